/*
 * saved.c - dialogs as text: written while they stand, used once after a crash.
 *
 * The sip thread. The text is our own JSON of texts only; nobody else writes it, yet
 * it is read with care, because it comes from a disk.
 */
#include "sip/saved.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    FIELD_SIZE = 1024,
    /* The text may be older than a refresh or two of ours; a CSeq may jump (RFC 3261
     * section 12.2.2), but must not be one that the phone has seen. */
    CSEQ_MARGIN = 100,
};

/* What a BYE needs. */
struct saved {
    char source[80]; /* as struct sip_binding.received */
    char call_id[FIELD_SIZE];
    char local_tag[256];
    char remote_tag[256];
    char target[FIELD_SIZE];
    char routes[FIELD_SIZE];
    char cseq[16];
};

/* X(member, name in the text) */
#define FIELDS(X)              \
    X(source, "source")        \
    X(call_id, "callId")       \
    X(local_tag, "localTag")   \
    X(remote_tag, "remoteTag") \
    X(target, "target")        \
    X(routes, "routes")        \
    X(cseq, "cseq")

static void add_field(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s\"%s\":\"", out->len > 1 ? "," : "", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            buf_printf(out, "\\%c", *value);
        else if ((unsigned char)*value < ' ')
            buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*value);
        else
            buf_char(out, *value);
    }
    buf_char(out, '"');
}

/* The value of one field, unescaped; false when it is not there or too long. */
static bool read_field(const char *text, const char *name, char *out, size_t size)
{
    char key[32];
    const char *at;
    size_t n = 0;

    (void)snprintf(key, sizeof(key), "\"%s\":\"", name);
    at = strstr(text, key);
    if (at == NULL)
        return false;
    for (at += strlen(key); *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (*at == '\0' || (unsigned char)*at < ' ' || (*at == 'u' && at[-1] == '\\') ||
            n + 1 >= size)
            return false;
        out[n++] = *at;
    }
    out[n] = '\0';
    return true;
}

static void read_leg(struct saved *v, nta_leg_t *leg, su_home_t *home)
{
    const sip_route_t *route = NULL;
    const sip_contact_t *target = NULL;
    const sip_replaces_t *ids = nta_leg_make_replaces(leg, home, 0);
    char *text;

    if (ids != NULL)
        (void)str_copy(v->call_id, sizeof(v->call_id), ids->rp_call_id);
    (void)str_copy(v->local_tag, sizeof(v->local_tag), nta_leg_get_tag(leg));
    if (nta_leg_get_rtag(leg) != NULL)
        (void)str_copy(v->remote_tag, sizeof(v->remote_tag), nta_leg_get_rtag(leg));
    (void)nta_leg_get_route(leg, &route, &target);
    text = target != NULL ? url_as_string(home, target->m_url) : NULL;
    if (text != NULL)
        (void)str_copy(v->target, sizeof(v->target), text);
    text = route != NULL ? sip_header_as_string(home, (const sip_header_t *)route) : NULL;
    if (text != NULL)
        (void)str_copy(v->routes, sizeof(v->routes), text);
    (void)snprintf(v->cseq, sizeof(v->cseq), "%" PRIu32, nta_leg_get_seq(leg));
}

char *saved_write(struct dialog *d)
{
    struct saved v = {0};
    struct buf out = {0};
    char address[ADDR_TEXT_SIZE];
    su_home_t home[SU_HOME_AUTO_SIZE(2048)];

    su_home_auto(home, sizeof(home));
    read_leg(&v, d->nta, home);
    su_home_deinit(home);
    (void)snprintf(v.source, sizeof(v.source), "%s:%s", d->transport,
                   addr_text(&d->source, address));
    buf_char(&out, '{');
#define X(member, name) add_field(&out, name, v.member);
    FIELDS(X)
#undef X
    buf_char(&out, '}');
    return buf_take(&out);
}

static bool read_saved(struct saved *v, const char *text)
{
    bool ok = true;

#define X(member, name) ok = ok && read_field(text, name, v->member, sizeof(v->member));
    FIELDS(X)
#undef X
    return ok && v->call_id[0] != '\0' && v->local_tag[0] != '\0' && v->remote_tag[0] != '\0' &&
           v->target[0] != '\0';
}

static nta_leg_t *make_leg(struct dialog *d, const struct saved *v, int64_t cseq, su_home_t *home)
{
    const struct stack *s = d->stack;
    nta_leg_t *leg = NULL;
    char *from =
        str_printf("<sip:carillon@%s:%u>;tag=%s", s->set.host, (unsigned)s->set.port, v->local_tag);
    char *to = str_printf("<%s>;tag=%s", v->target, v->remote_tag);
    char *target = str_printf("<%s>", v->target);
    sip_from_t *local = sip_from_make(home, from);
    sip_to_t *remote = sip_to_make(home, to);
    sip_contact_t *contact = sip_contact_make(home, target);
    sip_call_id_t *id = sip_call_id_make(home, v->call_id);

    if (local != NULL && remote != NULL && contact != NULL && id != NULL)
        leg = nta_leg_tcreate(
            s->agent, dialog_on_request, d, SIPTAG_CALL_ID(id), SIPTAG_FROM(local),
            SIPTAG_TO(remote),
            SIPTAG_CSEQ(sip_cseq_create(home, (uint32_t)cseq + CSEQ_MARGIN, SIP_METHOD_BYE)),
            NTATAG_TARGET(contact),
            TAG_IF(v->routes[0] != '\0', SIPTAG_ROUTE(sip_route_make(home, v->routes))), TAG_END());
    (void)mem_free(from);
    (void)mem_free(to);
    (void)mem_free(target);
    return leg;
}

void saved_free(struct stack *s, const char *text)
{
    struct saved v = {0};
    int64_t cseq = 0;
    su_home_t home[SU_HOME_AUTO_SIZE(4096)];
    struct dialog *d = NULL;

    if (text != NULL && read_saved(&v, text) &&
        str_number(v.cseq, 0, INT32_MAX - CSEQ_MARGIN, &cseq))
        d = dialog_new(s, s->next_leg, v.source);
    if (d == NULL) {
        log_line(LOG_WARN, "sip", NULL, "a stored dialog cannot be read; its phone is not freed");
        return;
    }
    s->next_leg += 2;
    dialog_quiet(d);
    su_home_auto(home, sizeof(home));
    d->nta = make_leg(d, &v, cseq, home);
    su_home_deinit(home);
    if (d->nta != NULL)
        dialog_bye(d, SIP_CAUSE_BYE_SENT, 200);
    dialog_settle(d);
}
