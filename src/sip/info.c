/*
 * info.c - INFO with application/dtmf-relay or application/dtmf.
 *
 * The sip thread; info_read() is pure. What was pressed is told and never logged.
 */
#include "sip/info.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { DEFAULT_KEY_MS = 160, MAX_KEY_MS = 10000 };

/* One character, or a number as some phones send it: 10 is *, 11 is #, 12 to 15 are A to D. */
static bool read_key(const char *text, char *key)
{
    static const char keys[] = "0123456789*#ABCD";
    int64_t n;

    if (text[0] != '\0' && text[1] == '\0') {
        char c = (char)(text[0] >= 'a' && text[0] <= 'd' ? text[0] - 32 : text[0]);

        *key = c;
        return strchr(keys, c) != NULL;
    }
    if (!str_number(text, 10, 15, &n))
        return false;
    *key = keys[n];
    return true;
}

/* The value after `name` and "=", without blanks; false when the line is another. */
static bool value_of(const char *line, const char *name, char *out, size_t size)
{
    size_t len = strlen(name);
    size_t n;

    if (strncasecmp(line, name, len) != 0)
        return false;
    line += len;
    line += strspn(line, " \t");
    if (*line != '=')
        return false;
    line++;
    line += strspn(line, " \t");
    n = strcspn(line, " \t");
    if (n == 0 || n >= size)
        return false;
    memcpy(out, line, n);
    out[n] = '\0';
    return true;
}

static bool read_relay(char *text, char *key, int *key_ms)
{
    char value[16];
    char *at = NULL;
    bool found = false;
    int64_t n;

    for (char *line = strtok_r(text, "\r\n", &at); line != NULL;
         line = strtok_r(NULL, "\r\n", &at)) {
        if (value_of(line, "Signal", value, sizeof(value)))
            found = read_key(value, key);
        else if (value_of(line, "Duration", value, sizeof(value)) &&
                 str_number(value, 1, MAX_KEY_MS, &n))
            *key_ms = (int)n;
    }
    return found;
}

bool info_read(bool relay, const char *body, size_t len, char *key, int *key_ms)
{
    char text[128];
    char *at = NULL;
    char *word;

    *key_ms = DEFAULT_KEY_MS;
    if (len == 0 || len >= sizeof(text))
        return false;
    memcpy(text, body, len);
    text[len] = '\0';
    if (relay)
        return read_relay(text, key, key_ms);
    word = strtok_r(text, " \t\r\n", &at);
    return word != NULL && read_key(word, key);
}

int info_on_request(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    struct sip_event e = {.kind = SIP_EV_KEY};
    const sip_payload_t *body = sip->sip_payload;
    const char *type = sip->sip_content_type != NULL ? sip->sip_content_type->c_type : NULL;
    bool relay = type != NULL && str_eq_nocase(type, "application/dtmf-relay");

    if (body == NULL || body->pl_len == 0)
        return 200; /* a sign of life */
    if (!relay && (type == NULL || !str_eq_nocase(type, "application/dtmf"))) {
        (void)nta_incoming_treply(irq, SIP_415_UNSUPPORTED_MEDIA,
                                  SIPTAG_ACCEPT_STR("application/dtmf-relay, application/dtmf"),
                                  TAG_END());
        return 415;
    }
    if (!info_read(relay, body->pl_data, body->pl_len, &e.key, &e.key_ms))
        return 400;
    if (d->state == DIALOG_UP || d->state == DIALOG_ANSWERED || d->state == DIALOG_UNACKED)
        dialog_tell(d, &e);
    return 200;
}
