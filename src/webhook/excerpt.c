/*
 * excerpt.c - finds the words that must not be kept. It knows no format.
 */
#include "webhook/excerpt.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    LONG_WORD = 40, /* no word of a sentence: a key, a token, a digest */
    MASK = 3,
};

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("-_.~+/", c) != NULL);
}

/* Does the text before this place announce a secret? Only signs and blanks may be between. */
static bool is_announced(const char *body, size_t at)
{
    static const char *const words[] = {"bearer",       "basic",  "password", "passwd",
                                        "access_token", "secret", "api_key",  "apikey"};

    while (at > 0 && (body[at - 1] == ' ' || body[at - 1] == ':' || body[at - 1] == '"' ||
                      body[at - 1] == '\'' || body[at - 1] == '='))
        at--;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);

        if (at >= len && strncasecmp(body + at - len, words[i], len) == 0)
            return true;
    }
    return false;
}

static bool is_secret(const char *body, size_t at, size_t len)
{
    static const char jwt[] = "eyJ";
    static const char key[] = "whsec_";

    return len >= LONG_WORD || (len >= 3 && strncmp(body + at, jwt, 3) == 0) ||
           (len >= 6 && strncmp(body + at, key, 6) == 0) || is_announced(body, at);
}

void excerpt_of(const char *body, size_t len, char out[EXCERPT_BYTES + 1])
{
    size_t used = 0;
    size_t at = 0;

    while (at < len && used < EXCERPT_BYTES) {
        size_t word = 0;
        bool masked;

        while (at + word < len && is_of_word(body[at + word]))
            word++;
        if (word == 0) {
            char c = body[at++];

            out[used++] =
                (char)(isprint((unsigned char)c) ? c : (isspace((unsigned char)c) ? ' ' : '?'));
            continue;
        }
        masked = is_secret(body, at, word);
        for (size_t i = 0; i < (masked ? MASK : word) && used < EXCERPT_BYTES; i++)
            out[used++] = (char)(masked ? '*' : body[at + i]);
        at += word;
    }
    out[used] = '\0';
}
