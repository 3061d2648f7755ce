/*
 * doctor.c - `carillon doctor`: what is wrong with this machine, one line a check, in plain
 * words. At start, one thread.
 *
 * It changes nothing: sockets are bound and closed, no folder is made, no certificate renewed.
 */
#include "main/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/cert.h"
#include "main/ready.h"

enum {
    DESCRIPTORS_LEAST = 4096,
    DISK_LEAST_MIB = 100,
    CERT_LEAST_DAYS = 30,
    PAIRS_FEW = 100 /* each phone that rings or talks holds one */
};

/* 2024-01-01: before that, this program did not exist. */
static const int64_t CLOCK_LEAST_MS = 1704067200000;

struct check {
    const char *name;
    void (*run)(struct doctor *d, const struct check *c);
    size_t at;        /* of the text in struct config */
    const char *flag; /* what changes it */
    bool udp;         /* besides TCP */
};

void doctor_say(struct doctor *d, enum doctor_verdict v, const char *what, const char *fmt, ...)
{
    static const char *const words[] = {
#define X(name, text) text,
        DOCTOR_VERDICTS(X)
#undef X
    };
    va_list ap;

    va_start(ap, fmt);
    (void)printf("%s %s: ", words[v], what);
    (void)vprintf(fmt, ap);
    (void)printf("\n");
    va_end(ap);
    (void)fflush(stdout);
    d->is_bad = d->is_bad || v == DOCTOR_BAD;
}

static const char *text_of(const struct doctor *d, const struct check *c)
{
    return *(const char *const *)(const void *)((const char *)d->config + c->at);
}

/* 0, or the errno that says why nobody can listen there. */
static int try_bind(const struct addr *at, int type)
{
    int fd = socket(at->sa.sa_family, type | SOCK_CLOEXEC, 0);
    int on = 1;
    int why = 0;

    if (fd < 0)
        return errno;
    if (type == SOCK_STREAM)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &at->sa, addr_len(at)) != 0 || (type == SOCK_STREAM && listen(fd, 1) != 0))
        why = errno;
    (void)close(fd);
    return why;
}

static const char *help_of(int why)
{
    if (why == EADDRINUSE)
        return "stop the program that holds it, or choose another address";
    if (why == EADDRNOTAVAIL)
        return "this machine has no such address; choose one that `ip address` lists";
    if (why == EACCES)
        return "ports below 1024 need a right; choose a higher one";
    return "choose another address";
}

/* Is it our own server that holds this port? */
static bool is_ours(const struct doctor *d, const char *name, const struct addr *at)
{
    const char *held = json_text(json_get(d->ready, name));
    struct addr theirs;

    return held != NULL && addr_read(&theirs, held, true, NULL) == ERR_OK &&
           addr_port(&theirs) == addr_port(at);
}

static void check_address(struct doctor *d, const struct check *c)
{
    const char *text = text_of(d, c);
    struct addr at;
    struct fail f = {0};
    int why;

    if (text == NULL)
        return;
    if (addr_read(&at, text, true, &f) != ERR_OK) {
        doctor_say(d, DOCTOR_BAD, c->name, "%s (%s)", f.text, c->flag);
        return;
    }
    why = try_bind(&at, SOCK_STREAM);
    if (why == 0 && c->udp)
        why = try_bind(&at, SOCK_DGRAM);
    if (why == 0)
        doctor_say(d, DOCTOR_OK, c->name,
                   addr_port(&at) != 0 ? "%s is free" : "%s, the system chooses", text);
    else if (why == EADDRINUSE && is_ours(d, c->name, &at))
        doctor_say(d, DOCTOR_OK, c->name, "%s is held by the running server (pid %lld)", text,
                   (long long)json_int(json_get(d->ready, "pid")));
    else
        doctor_say(d, DOCTOR_BAD, c->name, "%s cannot be bound: %s (%s: %s)", text, strerror(why),
                   help_of(why), c->flag);
}

/* "LISTEN[/ADVERTISED]" */
static void check_media_address(struct doctor *d, const struct check *c)
{
    const char *text = text_of(d, c);
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct addr at;
    struct addr said;
    int why;

    if (!addr_read_ip(&at, text, len, 0) ||
        (slash != NULL && !addr_read_ip(&said, slash + 1, strlen(slash + 1), 0))) {
        doctor_say(d, DOCTOR_BAD, c->name, "'%s' is not an IP address (%s LISTEN[/ADVERTISED])",
                   text, c->flag);
        return;
    }
    why = try_bind(&at, SOCK_DGRAM);
    if (slash == NULL)
        said = at;
    if (why != 0)
        doctor_say(d, DOCTOR_BAD, c->name, "%s cannot be bound: %s (%s: %s)", text, strerror(why),
                   help_of(why), c->flag);
    else if (addr_class(&said) == ADDR_UNUSABLE || addr_class(&said) == ADDR_MULTICAST)
        doctor_say(d, DOCTOR_BAD, c->name,
                   "phones would be told to send their voice to %s (%s LISTEN/ADVERTISED)",
                   slash != NULL ? slash + 1 : text, c->flag);
    else
        doctor_say(d, DOCTOR_OK, c->name, "%s can be bound", text);
}

static void check_media_ports(struct doctor *d, const struct check *c)
{
    const char *text = text_of(d, c);
    unsigned low = 0;
    unsigned high = 0;
    unsigned pairs;
    char rest = '\0';

    if (sscanf(text, "%5u-%5u%c", &low, &high, &rest) != 2 || low > high || high > UINT16_MAX) {
        doctor_say(d, DOCTOR_BAD, c->name, "'%s' is not LOW-HIGH (%s)", text, c->flag);
        return;
    }
    low += low & 1U; /* RTP is even, RTCP the odd one above */
    pairs = high > low ? (high - low + 1) / 2 : 0;
    if (high == 0)
        doctor_say(d, DOCTOR_OK, c->name, "the system chooses");
    else if (pairs == 0)
        doctor_say(d, DOCTOR_BAD, c->name, "%s holds no pair of ports (%s 10000-29999)", text,
                   c->flag);
    else if (low < 1024)
        doctor_say(d, DOCTOR_WARN, c->name, "%s has ports below 1024 (%s 10000-29999)", text,
                   c->flag);
    else if (pairs < PAIRS_FEW)
        doctor_say(d, DOCTOR_WARN, c->name, "%s is enough for %u phones at a time (%s 10000-29999)",
                   text, pairs, c->flag);
    else
        doctor_say(d, DOCTOR_OK, c->name, "%s is enough for %u phones at a time", text, pairs);
}

/* The server raises the soft limit to the hard one itself. */
static void check_descriptors(struct doctor *d, const struct check *c)
{
    struct rlimit r = {0};

    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        doctor_say(d, DOCTOR_WARN, c->name, "the limit is not known: %s (look at ulimit -Hn)",
                   strerror(errno));
    else if (r.rlim_max == RLIM_INFINITY)
        doctor_say(d, DOCTOR_OK, c->name, "as many as wanted");
    else if (r.rlim_max < DESCRIPTORS_LEAST)
        doctor_say(d, DOCTOR_WARN, c->name,
                   "%llu are few: each phone and each bot needs some (raise ulimit -Hn, or "
                   "LimitNOFILE of systemd, to %d or more)",
                   (unsigned long long)r.rlim_max, DESCRIPTORS_LEAST);
    else
        doctor_say(d, DOCTOR_OK, c->name, "%llu may be open", (unsigned long long)r.rlim_max);
}

/* The folder above; "." when there is none in the text. */
static const char *parent_of(struct doctor *d, const char *path)
{
    size_t n = strlen(path);
    const char *slash;

    while (n > 1 && path[n - 1] == '/')
        n--;
    slash = memrchr(path, '/', n);
    if (slash == NULL)
        return ".";
    return slash == path ? "/" : arena_text(&d->arena, path, (size_t)(slash - path));
}

static void check_data(struct doctor *d, const struct check *c)
{
    const char *data = text_of(d, c);
    const char *parent = parent_of(d, data);
    struct stat s;

    if (stat(data, &s) != 0) {
        if (errno == ENOENT && access(parent, W_OK | X_OK) == 0)
            doctor_say(d, DOCTOR_OK, c->name, "%s will be made by the first start", data);
        else
            doctor_say(d, DOCTOR_BAD, c->name,
                       "%s is not there and cannot be made: %s (make it, or choose another: %s)",
                       data, strerror(errno), c->flag);
    } else if (!S_ISDIR(s.st_mode)) {
        doctor_say(d, DOCTOR_BAD, c->name, "%s is no folder (choose another: %s)", data, c->flag);
    } else if (access(data, R_OK | W_OK | X_OK) != 0) {
        doctor_say(d, DOCTOR_BAD, c->name, "%s cannot be written: %s (chown it to who runs us)",
                   data, strerror(errno));
    } else if ((s.st_mode & 07777) != 0700) {
        doctor_say(d, DOCTOR_WARN, c->name, "%s has mode %04o; keys live there (chmod 0700 %s)",
                   data, (unsigned)(s.st_mode & 07777), data);
    } else {
        doctor_say(d, DOCTOR_OK, c->name, "%s is ours alone and can be written", data);
    }
}

static void check_disk(struct doctor *d, const struct check *c)
{
    const char *data = text_of(d, c);
    struct statvfs v;
    unsigned long long mib;

    if (statvfs(data, &v) != 0 && statvfs(parent_of(d, data), &v) != 0) {
        doctor_say(d, DOCTOR_WARN, c->name, "the free space at %s is not known: %s (look at df)",
                   data, strerror(errno));
        return;
    }
    mib = (unsigned long long)v.f_bavail * v.f_frsize >> 20;
    if (mib < DISK_LEAST_MIB)
        doctor_say(d, DOCTOR_BAD, c->name, "%llu MiB are free at %s (make room for %d MiB or more)",
                   mib, data, DISK_LEAST_MIB);
    else
        doctor_say(d, DOCTOR_OK, c->name, "%llu MiB are free at %s", mib, data);
}

/* name is that of the file; a start makes what is missing, runs out or cannot be read. */
static void check_cert(struct doctor *d, const struct check *c)
{
    static const char again[] = "restart the server: it makes a new one";
    const char *path = arena_printf(&d->arena, "%s/%s", text_of(d, c), c->name);
    struct fail f = {0};
    int days = 0;
    enum err e;

    if (access(path, F_OK) != 0) {
        doctor_say(d, DOCTOR_OK, c->name, "will be made by the first start");
        return;
    }
    e = cert_days_left(path, &days, &f);
    if (e != ERR_OK)
        doctor_say(d, DOCTOR_BAD, c->name, "%s (%s)", f.text,
                   e == ERR_CONFLICT ? "is the clock right?" : again);
    else if (days < 0)
        doctor_say(d, DOCTOR_BAD, c->name, "has ended (%s)", again);
    else if (days < CERT_LEAST_DAYS)
        doctor_say(d, DOCTOR_WARN, c->name, "ends in %d days (%s)", days, again);
    else
        doctor_say(d, DOCTOR_OK, c->name, "is valid for %d more days", days);
}

static void check_clock(struct doctor *d, const struct check *c)
{
    char now[CLOCK_TEXT_SIZE];

    (void)clock_text(clock_wall_ms(), now);
    if (clock_wall_ms() < CLOCK_LEAST_MS)
        doctor_say(d, DOCTOR_BAD, c->name, "it says %s (set it; tokens and certificates need it)",
                   now);
    else
        doctor_say(d, DOCTOR_OK, c->name, "it says %s", now);
}

static void check_directory(struct doctor *d, const struct check *c)
{
    struct directory_config copy = d->config->directory;
    struct directory *directory = NULL;
    struct fail f = {0};

    if (directory_new(&copy, d->config->sip.realm, &directory, &f) != ERR_OK)
        doctor_say(d, DOCTOR_BAD, c->name, "%s (correct the configuration)", f.text);
    else
        doctor_say(d, DOCTOR_OK, c->name, "%zu tenants, %zu applications, %zu users",
                   copy.tenants.count, copy.applications.count, copy.users.count);
    directory_free(directory);
}

/* A folder or a file that the configuration names, to be read. */
static void check_readable(struct doctor *d, const struct check *c)
{
    const char *path = text_of(d, c);

    if (path == NULL)
        return;
    if (access(path, R_OK) != 0)
        doctor_say(d, DOCTOR_BAD, c->name, "%s cannot be read: %s (correct the configuration)",
                   path, strerror(errno));
    else
        doctor_say(d, DOCTOR_OK, c->name, "%s can be read", path);
}

static void check_callback(struct doctor *d, const struct check *c)
{
    (void)c;
    doctor_callback(d);
}

/* clang-format off */
#define AT(member) offsetof(struct config, member)
static const struct check checks[] = {
    {"http",             check_address,       AT(server.http),       "--http",          false},
    {"https",            check_address,       AT(server.https),      "--https",         false},
    {"admin",            check_address,       AT(server.admin),      "--admin",         false},
    {"sip",              check_address,       AT(sip.listen),        "--sip",           true},
    {"sips",             check_address,       AT(sip.tls),           "--sips",          false},
    {"media.address",    check_media_address, AT(media.address),     "--media-address", false},
    {"media.ports",      check_media_ports,   AT(media.ports),       "--rtp-ports",     false},
    {"descriptors",      check_descriptors,   0,                     NULL,              false},
    {"data",             check_data,          AT(server.data),       "--data",          false},
    {"disk",             check_disk,          AT(server.data),       "--data",          false},
    {"ca.pem",           check_cert,          AT(server.data),       "--data",          false},
    {"server.pem",       check_cert,          AT(server.data),       "--data",          false},
    {"clock",            check_clock,         0,                     NULL,              false},
    {"directory",        check_directory,     0,                     NULL,              false},
    {"prompts.folder",   check_readable,      AT(prompts.folder),    NULL,              false},
    {"dial_out.ca_file", check_readable,      AT(dial_out.ca_file),  NULL,              false},
    {"callback",         check_callback,      0,                     "--callback",      false},
};
/* clang-format on */

int command_doctor(const struct config *c, const struct command_args *args)
{
    struct doctor d = {.config = c, .args = args};
    struct json *ready = ready_read(c->server.data, &d.arena, NULL);

    log_open(LOG_ERROR, LOG_TEXT);
    d.ready = ready;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        checks[i].run(&d, &checks[i]);
    json_free(ready);
    arena_clear(&d.arena);
    return d.is_bad ? 1 : 0;
}
