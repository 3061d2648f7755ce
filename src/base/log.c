#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

enum { LINE_BYTES = 2048 };

static const char *const names[] = {"debug", "info", "warn", "error"};
static _Atomic int least = LOG_INFO; /* set at start and by SIGUSR1; only read elsewhere */
static int usual = LOG_INFO;
static enum log_form form = LOG_TEXT;

void log_open(enum log_level level, enum log_form f)
{
    atomic_store(&least, (int)level);
    usual = (int)level;
    form = f;
}

void log_toggle_debug(void)
{
    atomic_store(&least, atomic_load(&least) == LOG_DEBUG ? usual : LOG_DEBUG);
}

bool log_wants(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

/* Text from outside may carry anything: control characters, those of C1 too (U+0080 to U+009F),
 * must neither end the line nor move a terminal's cursor, and quotes must not end a field of
 * JSON. */
static size_t escape(char *out, size_t size, const char *s)
{
    size_t n = 0;

    for (; *s != '\0' && n + 7 < size; s++) {
        unsigned char c = (unsigned char)*s;

        if (str_is_c1(s))
            n += (size_t)snprintf(out + n, size - n, "\\u%04x", (unsigned char)*++s);
        else if (c < 0x20 || c == 0x7f || (form == LOG_JSON && (c == '"' || c == '\\')))
            n += (size_t)snprintf(out + n, size - n, "\\u%04x", c);
        else
            out[n++] = (char)c;
    }
    out[n] = '\0';
    return n;
}

void log_line(enum log_level level, const char *room, const char *call, const char *fmt, ...)
{
    char raw[LINE_BYTES / 2];
    char text[LINE_BYTES - 256];
    char line[LINE_BYTES];
    char at[CLOCK_TEXT_SIZE];
    va_list ap;
    int n;

    if (!log_wants(level))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(raw, sizeof(raw), fmt, ap);
    va_end(ap);
    (void)escape(text, sizeof(text), raw);
    (void)clock_text(clock_wall_ms(), at);
    if (form == LOG_JSON)
        n = snprintf(line, sizeof(line),
                     "{\"at\":\"%s\",\"level\":\"%s\",\"room\":\"%s\",%s%s%s\"text\":\"%s\"}\n", at,
                     names[level], room, call != NULL ? "\"call\":\"" : "",
                     call != NULL ? call : "", call != NULL ? "\"," : "", text);
    else
        n = snprintf(line, sizeof(line), "%s %-5s %-8s %s%s%s\n", at, names[level], room,
                     call != NULL ? call : "", call != NULL ? " " : "", text);
    if (n > 0 &&
        write(STDERR_FILENO, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1) < 0)
        return; /* nowhere left to say it */
}

void log_refused(const char *what, const struct addr *from, const char *fmt, ...)
{
    char why[LINE_BYTES / 4];
    char ip[ADDR_TEXT_SIZE];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    log_line(LOG_WARN, "security", NULL, "%s refused from %s: %s", what, addr_ip_text(from, ip),
             why);
}
