#include "base/clock.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define LAST_MS INT64_C(253402300799999) /* the end of the year 9999 */

static _Atomic int64_t offset_ms;

static int64_t read_us(clockid_t which)
{
    struct timespec t;

    (void)clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000 + atomic_load(&offset_ms);
}

int64_t clock_mono_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000 + atomic_load(&offset_ms);
}

int64_t clock_real_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void clock_advance_ms(int64_t ms)
{
    (void)atomic_fetch_add(&offset_ms, ms);
}

char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE])
{
    time_t s = (time_t)(wall_ms / 1000);
    struct tm tm;
    size_t n;

    (void)gmtime_r(&s, &tm);
    n = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out + n, CLOCK_TEXT_SIZE - n, ".%03dZ", (int)(wall_ms % 1000));
    return out;
}

/* Exactly n digits, in *s, which moves on; -1 when there are none. */
static int digits(const char **s, int n)
{
    int value = 0;

    for (; n > 0; n--, (*s)++) {
        if (**s < '0' || **s > '9')
            return -1;
        value = value * 10 + (**s - '0');
    }
    return value;
}

static bool skip(const char **s, char c)
{
    if (toupper((unsigned char)**s) != c)
        return false;
    (*s)++;
    return true;
}

/* ".1234567" as milliseconds; nothing is 0; -1 when the dot has no digit behind it. */
static int fraction_ms(const char **s)
{
    int ms = 0;
    int n = 0;

    if (**s != '.')
        return 0;
    for ((*s)++; **s >= '0' && **s <= '9'; (*s)++, n++)
        if (n < 3)
            ms = ms * 10 + (**s - '0');
    for (int i = n; i < 3; i++)
        ms *= 10;
    return n > 0 ? ms : -1;
}

/* "Z", "+01:00", "-0830" is none; in seconds. */
static bool offset_s(const char **s, int64_t *out)
{
    bool is_west = **s == '-';
    int hours;
    int minutes;

    *out = 0;
    if (skip(s, 'Z'))
        return true;
    if (!skip(s, '+') && !skip(s, '-'))
        return false;
    hours = digits(s, 2);
    if (hours < 0 || hours > 23 || !skip(s, ':'))
        return false;
    minutes = digits(s, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *out = (int64_t)(hours * 60 + minutes) * (is_west ? -60 : 60);
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static bool read_date(const char **s, struct tm *t)
{
    int year = digits(s, 4);
    int month = year >= 1970 && skip(s, '-') ? digits(s, 2) : -1;
    int day = month >= 1 && month <= 12 && skip(s, '-') ? digits(s, 2) : -1;

    if (day < 1 || day > days_in(year, month))
        return false;
    t->tm_year = year - 1900;
    t->tm_mon = month - 1;
    t->tm_mday = day;
    return true;
}

/* A leap second is the last of its minute: the clock has none either. */
static bool read_hours(const char **s, struct tm *t)
{
    t->tm_hour = digits(s, 2);
    t->tm_min = t->tm_hour >= 0 && t->tm_hour <= 23 && skip(s, ':') ? digits(s, 2) : -1;
    t->tm_sec = t->tm_min >= 0 && t->tm_min <= 59 && skip(s, ':') ? digits(s, 2) : -1;
    if (t->tm_sec == 60)
        t->tm_sec = 59;
    return t->tm_sec >= 0 && t->tm_sec <= 59;
}

bool clock_read(const char *text, int64_t *wall_ms)
{
    struct tm t = {0};
    int64_t offset;
    int ms;

    if (!read_date(&text, &t) || !skip(&text, 'T') || !read_hours(&text, &t))
        return false;
    ms = fraction_ms(&text);
    if (ms < 0 || !offset_s(&text, &offset) || *text != '\0')
        return false;
    *wall_ms = ((int64_t)timegm(&t) - offset) * 1000 + ms;
    return *wall_ms >= 0 && *wall_ms <= LAST_MS;
}
