#include "base/id.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/str.h"

static const char hex[] = "0123456789abcdef";

/* Random bytes are fetched from the kernel a page at a time: one id is made per
 * call, notice and participant, and a system call each would show. */
static void random_bytes(unsigned char out[16])
{
    static _Thread_local unsigned char pool[1024];
    static _Thread_local size_t left;

    if (left < 16) {
        size_t have = 0;

        while (have < sizeof(pool)) {
            ssize_t n = getrandom(pool + have, sizeof(pool) - have, 0);

            if (n < 0)
                abort(); /* an id that can be guessed is worse than none */
            have += (size_t)n;
        }
        left = sizeof(pool);
    }
    (void)memcpy(out, pool + sizeof(pool) - left, 16);
    (void)memset(pool + sizeof(pool) - left, 0, 16);
    left -= 16;
}

static struct id print(const unsigned char b[16])
{
    struct id id;
    char *p = id.text;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = hex[b[i] >> 4];
        *p++ = hex[b[i] & 15];
    }
    *p = '\0';
    return id;
}

struct id id_new(void)
{
    unsigned char b[16];

    random_bytes(b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return print(b);
}

struct id id_new_at(struct id_place place, int64_t wall_ms)
{
    uint32_t at = (place.region & 0x3fU) << 26 | (place.cell & 0x3fU) << 20 |
                  (place.node & 0xfffU) << 8 | place.epoch;
    unsigned char b[16];

    random_bytes(b);
    b[0] = (unsigned char)(at >> 24);
    b[1] = (unsigned char)(at >> 16);
    b[2] = (unsigned char)(at >> 8);
    b[3] = (unsigned char)at;
    b[4] = (unsigned char)(wall_ms >> 20);
    b[5] = (unsigned char)(wall_ms >> 12);
    b[6] = (unsigned char)((wall_ms >> 8 & 0x0f) | 0x80);
    b[7] = (unsigned char)wall_ms;
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return print(b);
}

bool id_read(struct id *id, const char *s, size_t len)
{
    unsigned char b[16] = {0};
    size_t at = 0;

    if (len != 36 && len != 32)
        return false;
    for (size_t i = 0; i < len; i++) {
        int d;

        if (len == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (s[i] != '-')
                return false;
            continue;
        }
        d = str_hex_value(s[i]);
        if (d < 0)
            return false;
        b[at / 2] = (unsigned char)(b[at / 2] << 4 | d);
        at++;
    }
    *id = print(b);
    return true;
}

bool id_read_text(struct id *id, const char *s)
{
    return s != NULL && id_read(id, s, strlen(s));
}

struct id_place id_place_of(const struct id *id)
{
    uint32_t at = (uint32_t)strtoul(id->text, NULL, 16); /* stops at the first dash */

    return (struct id_place){.region = (uint8_t)(at >> 26),
                             .cell = (uint8_t)(at >> 20 & 0x3f),
                             .node = (uint16_t)(at >> 8 & 0xfff),
                             .epoch = (uint8_t)at};
}
