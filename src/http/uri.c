/*
 * uri.c - see uri.h. Any thread. Dot segments are left alone: no path of ours has one.
 */
#include "http/uri.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

/* Resolves escapes in place; what an escape stands for must be at least `least`. */
static bool unescape(char *s, size_t n, bool plus_is_space, int least)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++) {
        int high;
        int low;

        if (s[i] != '%') {
            s[to] = s[i];
            if (plus_is_space && s[i] == '+')
                s[to] = ' ';
            to++;
            continue;
        }
        if (n - i < 3)
            return false;
        high = str_hex_value(s[i + 1]);
        low = str_hex_value(s[i + 2]);
        if (high < 0 || low < 0 || high * 16 + low < least || (least > 1 && high * 16 + low == 127))
            return false;
        s[to++] = (char)(high * 16 + low);
        i += 2;
    }
    s[to] = '\0';
    return true;
}

char *uri_path(struct arena *a, const char *p, size_t n)
{
    char *s = arena_text(a, p, n);

    if (memchr(s, '%', n) == NULL)
        return s;
    return unescape(s, n, false, ' ') ? s : NULL;
}

char *uri_value(struct arena *a, const char *pairs, size_t n, const char *name)
{
    const char *end = pairs + n;

    while (pairs < end) {
        const char *amp = memchr(pairs, '&', (size_t)(end - pairs));
        const char *stop = amp != NULL ? amp : end;
        const char *equals = memchr(pairs, '=', (size_t)(stop - pairs));
        size_t name_len = (size_t)((equals != NULL ? equals : stop) - pairs);
        char *key = arena_text(a, pairs, name_len);

        if (unescape(key, name_len, true, 1) && str_eq(key, name)) {
            const char *from = equals != NULL ? equals + 1 : stop;
            char *value = arena_text(a, from, (size_t)(stop - from));

            return unescape(value, (size_t)(stop - from), true, 1) ? value : NULL;
        }
        pairs = amp != NULL ? amp + 1 : end;
    }
    return NULL;
}
