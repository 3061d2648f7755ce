/*
 * gate.c - the letter of RFC 9112, sections 2.2, 3 and 5, line by line. Any thread.
 *
 * It decides nothing about what a header means; that is admit.c.
 */
#include "http/gate.h"

#include <string.h>

/* RFC 9110, 5.6.2: a token is made of digits, letters and these. */
static const bool is_token[256] = {
    ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true,
    ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^'] = true, ['_'] = true,
    ['`'] = true, ['|'] = true, ['~'] = true, ['0'] = true, ['1'] = true, ['2'] = true,
    ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true,
    ['9'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,
    ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true,
    ['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true,
    ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true, ['W'] = true,
    ['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true,
    ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true,
    ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true,
    ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true,
    ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true,
};

bool gate_is_token(char c)
{
    return is_token[(unsigned char)c];
}

/* What every line must be free of; its CR LF is not counted in *n afterwards. */
static enum refusal check_ends(const char *p, size_t *n)
{
    if (memchr(p, '\0', *n) != NULL)
        return REFUSAL_NUL;
    if (*n < 2 || p[*n - 2] != '\r')
        return REFUSAL_BARE_LF;
    *n -= 2;
    return memchr(p, '\r', *n) != NULL ? REFUSAL_BARE_CR : REFUSAL_NOTHING;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum refusal check_version(const char *p, size_t n)
{
    if (n != 8 || memcmp(p, "HTTP/", 5) != 0 || !is_digit(p[5]) || p[6] != '.' || !is_digit(p[7]))
        return REFUSAL_REQUEST_LINE;
    return p[5] == '1' && p[7] <= '1' ? REFUSAL_NOTHING : REFUSAL_VERSION;
}

enum refusal gate_request_line(const char *p, size_t n)
{
    enum refusal r = check_ends(p, &n);
    size_t method = 0;
    size_t target;

    if (r != REFUSAL_NOTHING)
        return r;
    while (method < n && gate_is_token(p[method]))
        method++;
    if (method == 0 || method == n || p[method] != ' ')
        return REFUSAL_REQUEST_LINE;
    target = method + 1;
    while (target < n && p[target] > ' ' && p[target] < 0x7f)
        target++;
    if (target == method + 1 || target == n || p[target] != ' ')
        return REFUSAL_REQUEST_LINE;
    return check_version(p + target + 1, n - target - 1);
}

enum refusal gate_header_line(const char *p, size_t n)
{
    enum refusal r = check_ends(p, &n);
    size_t i = 0;

    if (r != REFUSAL_NOTHING || n == 0)
        return r;
    if (p[0] == ' ' || p[0] == '\t')
        return REFUSAL_FOLDED;
    while (i < n && gate_is_token(p[i]))
        i++;
    if (i == 0 || i == n || p[i] != ':')
        return REFUSAL_NAME;
    for (i++; i < n; i++) {
        if (((unsigned char)p[i] < ' ' && p[i] != '\t') || p[i] == 0x7f)
            return REFUSAL_VALUE;
    }
    return REFUSAL_NOTHING;
}
