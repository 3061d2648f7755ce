#include "main/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "json/yaml.h"

enum { FILE_BYTES = 1 << 20, REWRITES = 100, RANGES = 64 };

/* clang-format off */
static const struct field server_fields[] = {
    TEXT(struct config_server, data,           "data",           0),
    TEXT(struct config_server, http,           "http",           0),
    TEXT(struct config_server, https,          "https",          0),
    TEXT(struct config_server, admin,          "admin",          0),
    TEXT(struct config_server, public_url,     "public_url",     0),
    TEXT(struct config_server, operator_token, "operator_token", SECRET),
    END,
};
static const struct field sip_fields[] = {
    TEXT(struct config_sip,   listen,               "listen",               0),
    TEXT(struct config_sip,   tls,                  "tls",                  0),
    TEXT(struct config_sip,   realm,                "realm",                0),
    TEXT(struct config_sip,   digest,               "digest",               0),
    INT_IN(struct config_sip, registers_per_minute, "registers_per_minute", 0, 1, 1000000),
    INT_IN(struct config_sip, invites_per_minute,   "invites_per_minute",   0, 1, 1000000),
    INT_IN(struct config_sip, options_per_minute,   "options_per_minute",   0, 1, 1000000),
    INT_IN(struct config_sip, failures_per_minute,  "failures_per_minute",  0, 1, 1000000),
    END,
};
static const struct field media_fields[] = {
    TEXT(struct config_media,   ports,   "ports",   0),
    TEXT(struct config_media,   address, "address", 0),
    INT_IN(struct config_media, threads, "threads", 0, 1, 64),
    INT_IN(struct config_media, timeout, "timeout", 0, 5, 3600),
    TEXT(struct config_media,   tap,     "tap",     0),
    TEXT(struct config_media,   net_tcp, "net_tcp", 0),
    END,
};
static const struct field api_fields[] = {
    BOOL(struct config_api,   strict_json,         "strict_json",         0),
    INT_IN(struct config_api, idempotency_minutes, "idempotency_minutes", 0, 0, 1440),
    BOOL(struct config_api,   embedded_issuer,     "embedded_issuer",     0),
    INT_IN(struct config_api, failures_per_minute, "failures_per_minute", 0, 1, 1000000),
    INT_IN(struct config_api, tokens_per_minute,   "tokens_per_minute",   0, 1, 1000000),
    END,
};
static const struct field identity_fields[] = {
    OBJECTS(struct config_identity, issuers, "issuers", 0, &trust_type, TRUST_MAX),
    END,
};
static const struct field calls_fields[] = {
    INT_IN(struct config_calls, ring_seconds,      "ring_seconds",      0, 1, 115),
    INT_IN(struct config_calls, keepalive_minutes, "keepalive_minutes", 0, 0, 1440),
    INT_IN(struct config_calls, per_application,   "per_application",   0, 1, 1000000),
    END,
};
static const struct field meetings_fields[] = {
    INT_IN(struct config_meetings, participants,  "participants",  0, 2, 100000),
    INT_IN(struct config_meetings, lobby_minutes, "lobby_minutes", 0, 1, 1440),
    INT_IN(struct config_meetings, alone_seconds, "alone_seconds", 0, 0, 86400),
    END,
};
static const struct field rewrite_fields[] = {
    TEXT(struct config_rewrite, from, "from", REQUIRED),
    TEXT(struct config_rewrite, to,   "to",   REQUIRED),
    END,
};
static const struct type rewrite_type = {.name = "rewrite", .size = sizeof(struct config_rewrite), .flags = TYPE_PLAIN | TYPE_STRICT, .fields = rewrite_fields};
static const struct field notices_fields[] = {
    TEXT(struct config_notices,    issuer,  "issuer",  0),
    BOOL(struct config_notices,    ringing, "ringing", 0),
    TEXT_MAX(struct config_notices, calling_webhook, "calling_webhook", 0, 2048),
    INT_IN(struct config_notices,  in_memory, "in_memory", 0, 1, 1000000),
    OBJECTS(struct config_notices, rewrite, "rewrite", 0, &rewrite_type, REWRITES),
    END,
};
static const struct field dial_out_fields[] = {
    BOOL(struct config_dial_out,   plain_http,     "plain_http",     0),
    BOOL(struct config_dial_out,   loopback,       "loopback",       0),
    BOOL(struct config_dial_out,   private_nets,   "private_nets",   0),
    TEXTS(struct config_dial_out,  allow,          "allow",          0, RANGES),
    TEXT(struct config_dial_out,   ca_file,        "ca_file",        0),
    TEXT(struct config_dial_out,   proxy,          "proxy",          0),
    TEXT(struct config_dial_out,   proxy_user,     "proxy_user",     0),
    TEXT(struct config_dial_out,   proxy_password, "proxy_password", SECRET),
    BOOL(struct config_dial_out,   proxy_resolves, "proxy_resolves", 0),
    TEXTS(struct config_dial_out,  no_proxy,       "no_proxy",       0, RANGES),
    END,
};
static const struct field prompts_fields[] = {
    TEXT(struct config_prompts,   folder,    "folder",    0),
    INT_IN(struct config_prompts, cache_mib, "cache_mib", 0, 1, 65536),
    END,
};
static const struct field log_fields[] = {
    TEXT(struct config_log, level, "level", 0),
    TEXT(struct config_log, form,  "form",  0),
    END,
};

#define SECTION(word) \
    static const struct type word##_type = {.name = #word, .size = sizeof(struct config_##word), .flags = TYPE_PLAIN | TYPE_STRICT, .fields = word##_fields}
SECTION(server);
SECTION(sip);
SECTION(media);
SECTION(api);
SECTION(identity);
SECTION(calls);
SECTION(meetings);
SECTION(notices);
SECTION(dial_out);
SECTION(prompts);
SECTION(log);

static const struct field config_fields[] = {
    TEXT(struct config,   profile,   "profile",   0),
    STRUCT(struct config, server,    "server",    0, &server_type),
    STRUCT(struct config, sip,       "sip",       0, &sip_type),
    STRUCT(struct config, media,     "media",     0, &media_type),
    STRUCT(struct config, api,       "api",       0, &api_type),
    STRUCT(struct config, identity,  "identity",  0, &identity_type),
    STRUCT(struct config, calls,     "calls",     0, &calls_type),
    STRUCT(struct config, meetings,  "meetings",  0, &meetings_type),
    STRUCT(struct config, notices,   "notices",   0, &notices_type),
    STRUCT(struct config, dial_out,  "dial_out",  0, &dial_out_type),
    STRUCT(struct config, prompts,   "prompts",   0, &prompts_type),
    STRUCT(struct config, log,       "log",       0, &log_type),
    STRUCT(struct config, directory, "directory", 0, &directory_type),
    END,
};
static const struct type config_type = {.name = "config", .size = sizeof(struct config), .flags = TYPE_PLAIN | TYPE_STRICT, .fields = config_fields};

/* Every setting with one value: its path, its flag (or NULL), the defaults of the two profiles
 * (NULL: none) and what it is. */
static const struct {
    const char *path;
    const char *flag;
    const char *dev;
    const char *production;
    const char *help;
} options[] = {
    {"profile",                 "--profile",        "dev",             "dev",               "dev or production"},
    {"server.data",             "--data",           "./data",          "/var/lib/carillon", "folder of the database, keys, certificates"},
    {"server.http",             "--http",           "127.0.0.1:8080",  "127.0.0.1:8080",    "address of the API"},
    {"server.https",            "--https",          "127.0.0.1:8443",  "127.0.0.1:8443",    "the same with TLS"},
    {"server.admin",            "--admin",          NULL,              NULL,                "loopback address of our own verbs, away from the API's"},
    {"server.public_url",       "--public-url",     NULL,              NULL,                "what Location, issuer and contexts say"},
    {"server.operator_token",   NULL,               NULL,              NULL,                "bearer for our own verbs; production makes one"},
    {"sip.listen",              "--sip",            "127.0.0.1:5060",  "127.0.0.1:5060",    "phones by UDP and TCP"},
    {"sip.tls",                 "--sips",           "127.0.0.1:5061",  "127.0.0.1:5061",    "phones by TLS"},
    {"sip.realm",               NULL,               "carillon",        "carillon",          "realm of the phones' passwords"},
    {"sip.digest",              NULL,               "md5",             "md5",               "md5, sha256 or both"},
    {"sip.registers_per_minute", NULL,              "60000",           "600",               "REGISTERs from one address"},
    {"sip.invites_per_minute",  NULL,               "60000",           "600",               "INVITEs from one address that open calls"},
    {"sip.options_per_minute",  NULL,               "60000",           "600",               "OPTIONS and the rest outside of calls, from one address"},
    {"sip.failures_per_minute", NULL,               "6000",            "60",                "wrong phone passwords from one address"},
    {"media.ports",             "--rtp-ports",      "10000-29999",     "10000-29999",       "RTP and RTCP ports; 0-0: the system chooses"},
    {"media.address",           "--media-address",  "127.0.0.1",       "127.0.0.1",         "LISTEN[/ADVERTISED]"},
    {"media.threads",           "--media-threads",  "1",               "1",                 "media threads"},
    {"media.timeout",           NULL,               "30",              "30",                "seconds without RTP and RTCP that end a call"},
    {"media.net_tcp",           NULL,               "ws",              "wss",               "how a bot's net.tcp:// media is dialled: wss, ws, refuse"},
    {"media.tap",               "--tap",            NULL,              NULL,                "dev: folder for the sound of every leg as WAV"},
    {"api.strict_json",         NULL,               "false",           "false",             "refuse trailing commas"},
    {"api.idempotency_minutes", NULL,               "10",              "10",                "how long client-request-id is remembered"},
    {"api.embedded_issuer",     NULL,               "true",            "false",             "issue access tokens ourselves"},
    {"api.failures_per_minute", NULL,               "600",             "60",                "wrong tokens and secrets from one address"},
    {"api.tokens_per_minute",   NULL,               "6000",            "600",               "tokens for one address from the embedded issuer"},
    {"calls.ring_seconds",      NULL,               "60",              "60",                "ring time when the request names none"},
    {"calls.keepalive_minutes", NULL,               "45",              "45",                "0: calls need no keepAlive"},
    {"calls.per_application",   "--calls-per-application", "100",      "100",               "calls at a time"},
    {"meetings.participants",   NULL,               "1000",            "1000",              "of one meeting at a time"},
    {"meetings.lobby_minutes",  NULL,               "30",              "30",                "who waits longer is sent away"},
    {"meetings.alone_seconds",  NULL,               "60",              "60",                "for how long bots stay when all people have left"},
    {"notices.issuer",          NULL,               "https://graph.microsoft.com", NULL,    "iss of notice tokens"},
    {"notices.ringing",         NULL,               "false",           "false",             "tell bots that it rings"},
    {"notices.calling_webhook", "--calling-webhook", NULL,             NULL,                "dev: where the Calling Bot hears of calls to it"},
    {"notices.in_memory",       NULL,               "10000",           "10000",             "kept while the disk fails; the oldest are lost beyond"},
    {"dial_out.plain_http",     NULL,               "true",            "false",             "allow http: callbacks and prompts"},
    {"dial_out.loopback",       NULL,               "true",            "false",             "allow loopback addresses"},
    {"dial_out.private_nets",   NULL,               "true",            "false",             "allow private addresses"},
    {"dial_out.ca_file",        NULL,               NULL,              NULL,                "more CAs to trust, PEM"},
    {"dial_out.proxy",          NULL,               NULL,              NULL,                "http://HOST:PORT that callbacks, prompts and keys go through"},
    {"dial_out.proxy_user",     NULL,               NULL,              NULL,                "its user, Basic"},
    {"dial_out.proxy_password", NULL,               NULL,              NULL,                "and the password"},
    {"dial_out.proxy_resolves", NULL,               "false",           "false",             "names are the proxy's to resolve, and to judge"},
    {"prompts.folder",          NULL,               NULL,              NULL,                "folder behind file:/// prompts"},
    {"prompts.cache_mib",       NULL,               "256",             "256",               "memory for decoded prompts"},
    {"log.level",               "--log-level",      "info",            "info",              "debug, info, warn, error"},
    {"log.form",                "--log",            "text",            "text",              "text or json"},
};
/* clang-format on */

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

/* The field that a path names, and the struct it is in. */
static const struct field *find(const char *path, void *c, void **in)
{
    const struct field *t = config_fields;
    const char *dot = strchr(path, '.');
    const char *name = path;

    *in = c;
    if (dot != NULL) {
        for (; t->name != NULL; t++)
            if (strncmp(t->name, path, (size_t)(dot - path)) == 0 && t->name[dot - path] == '\0')
                break;
        *in = (char *)c + t->at;
        t = t->type->fields;
        name = dot + 1;
    }
    for (; t->name != NULL; t++)
        if (str_eq(t->name, name))
            return t;
    abort(); /* the two tables above disagree */
}

static bool is_set(const struct field *t, const void *in)
{
    const void *m = (const char *)in + t->at;

    switch ((int)t->kind) {
    case KIND_TEXT:
        return *(const char *const *)m != NULL;
    case KIND_INT:
        return ((const struct opt_int *)m)->set;
    case KIND_BOOL:
        return ((const struct opt_bool *)m)->set;
    default:
        abort(); /* options[] has single values only */
    }
}

static enum err set(const struct field *t, void *in, const char *value, const char *who,
                    struct arena *a, struct fail *f)
{
    void *m = (char *)in + t->at;
    struct opt_int *number = m;
    struct opt_bool *flag = m;

    switch ((int)t->kind) {
    case KIND_TEXT:
        *(const char **)m = arena_dup(a, value);
        return ERR_OK;
    case KIND_INT:
        if (!str_number(value, t->min, t->max, &number->value))
            return err_set(f, ERR_BAD_REQUEST, "%s: '%s' is not a number from %lld to %lld", who,
                           value, (long long)t->min, (long long)t->max);
        number->set = true;
        return ERR_OK;
    case KIND_BOOL:
        if (!str_eq(value, "true") && !str_eq(value, "false"))
            return err_set(f, ERR_BAD_REQUEST, "%s: '%s' is neither true nor false", who, value);
        *flag = (struct opt_bool){.set = true, .value = str_eq(value, "true")};
        return ERR_OK;
    default:
        abort();
    }
}

/* The whole file, to be freed; NULL with a sentence. */
static char *slurp(const char *file, size_t *len, struct fail *f)
{
    FILE *in = fopen(file, "re");
    char *text;

    if (in == NULL) {
        (void)err_set(f, ERR_BAD_REQUEST, "%s cannot be read: %s", file, strerror(errno));
        return NULL;
    }
    text = mem_new(FILE_BYTES + 1);
    *len = fread(text, 1, FILE_BYTES + 1, in);
    (void)fclose(in);
    if (*len <= FILE_BYTES)
        return text;
    (void)err_set(f, ERR_BAD_REQUEST, "%s is larger than 1 MiB", file);
    return mem_free(text);
}

/* The last member or place of a path goes: what is missing has no line, what it is missing in
 * has. */
static void shorten(char *path)
{
    char *dot = strrchr(path, '.');
    char *bracket = strrchr(path, '[');
    char *cut = bracket != NULL && (dot == NULL || bracket > dot) ? bracket : dot;

    *(cut != NULL ? cut : path) = '\0';
}

void config_locate(const char *file, struct fail *f)
{
    char path[160] = "";
    struct fail why = *f;
    size_t len = 0;
    char *text;
    int line = 0;

    if (file == NULL || sscanf(f->text, "'%159[^']'", path) != 1)
        return;
    text = slurp(file, &len, &why);
    for (; text != NULL && line == 0 && path[0] != '\0'; shorten(path))
        line = yaml_line(text, len, path);
    if (line != 0)
        (void)err_set(f, f->err, "%s:%d: %s", file, line, why.text);
    (void)mem_free(text);
}

static enum err read_file(struct config *c, const char *file, struct arena *a, struct fail *f)
{
    size_t len = 0;
    char *text = slurp(file, &len, f);
    struct json *j = text != NULL ? yaml_parse(file, text, len, f) : NULL;
    enum err e = ERR_BAD_REQUEST;

    if (j != NULL)
        e = fields_read(j, &config_type, c, a, f);
    if (j != NULL && e != ERR_OK)
        config_locate(file, f);
    json_free(j);
    (void)mem_free(text);
    return e;
}

static char shout(char c)
{
    if (c == '.')
        return '_';
    return (char)toupper((unsigned char)c);
}

/* CARILLON_SIP_REALM for sip.realm. */
static const char *from_environment(const char *path, char *name, size_t size)
{
    size_t n = (size_t)snprintf(name, size, "CARILLON_%s", path);

    for (size_t i = 0; i < n && i < size; i++)
        name[i] = shout(name[i]);
    return getenv(name);
}

static enum err overlay(struct config *c, const struct config_flag *flags, size_t count,
                        struct arena *a, struct fail *f)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        char name[80];
        void *in;
        const struct field *t = find(options[i].path, c, &in);
        const char *value = from_environment(options[i].path, name, sizeof(name));
        enum err e = ERR_OK;

        if (value != NULL)
            e = set(t, in, value, name, a, f);
        for (size_t k = 0; e == ERR_OK && k < count; k++)
            if (str_eq(options[i].flag, flags[k].name))
                e = set(t, in, flags[k].value, flags[k].name, a, f);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err fill_defaults(struct config *c, struct arena *a, struct fail *f)
{
    bool dev = c->profile == NULL || config_is_dev(c);

    for (size_t i = 0; i < OPTIONS; i++) {
        void *in;
        const struct field *t = find(options[i].path, c, &in);
        const char *value = dev ? options[i].dev : options[i].production;
        enum err e;

        if (value == NULL || is_set(t, in))
            continue;
        e = set(t, in, value, options[i].path, a, f);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* The addresses that the documentation's examples use lead to ourselves in dev. */
static void fill_rewrites(struct config *c, struct arena *a)
{
    static const struct config_rewrite dev[] = {
        {"https://bot.contoso.com/callback", "inbox:first"},
        {"https://cdn.contoso.com/beep.wav", "builtin:beep"},
        {"https://cdn.contoso.com/cool.wav", "builtin:cool"},
    };
    struct objects *list = &c->notices.rewrite;

    if (!config_is_dev(c) || list->items != NULL)
        return;
    list->count = sizeof(dev) / sizeof(dev[0]);
    list->items = arena_new(a, list->count * sizeof(void *));
    for (size_t i = 0; i < list->count; i++) {
        struct config_rewrite *r = arena_new(a, sizeof(*r));

        *r = dev[i];
        list->items[i] = r;
    }
}

/* The Calling Bot is the first application of the dev directory. */
static void fill_directory(struct config *c, struct arena *a)
{
    struct application *bot;

    if (!config_is_dev(c) || c->directory.tenants.count != 0)
        return;
    dev_directory_fill(&c->directory, a);
    bot = c->directory.applications.items[0];
    if (c->notices.calling_webhook != NULL)
        bot->calling_webhook = c->notices.calling_webhook;
}

/* Settings that are one of a few words. */
static enum err check_words(struct config *c, struct fail *f)
{
    static const struct {
        const char *path;
        const char *words[5];
    } rows[] = {
        {"log.level", {"debug", "info", "warn", "error"}},
        {"log.form", {"text", "json"}},
        {"media.net_tcp", {"wss", "ws", "refuse"}},
        {"sip.digest", {"md5", "sha256", "both"}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        void *in;
        const struct field *t = find(rows[i].path, c, &in);
        const char *value = *(const char *const *)(const void *)((const char *)in + t->at);
        size_t k = 0;

        while (rows[i].words[k] != NULL && !str_eq(rows[i].words[k], value))
            k++;
        if (rows[i].words[k] == NULL)
            return err_set(f, ERR_BAD_REQUEST, "%s: '%s' is not a word that is known here",
                           rows[i].path, value);
    }
    return ERR_OK;
}

enum err config_read(struct config *c, const char *file, const struct config_flag *flags,
                     size_t count, struct arena *a, struct fail *f)
{
    enum err e = ERR_OK;

    *c = (struct config){0};
    if (file != NULL)
        e = read_file(c, file, a, f);
    if (e == ERR_OK)
        e = overlay(c, flags, count, a, f);
    if (e == ERR_OK && c->profile != NULL && !config_is_dev(c) && !str_eq(c->profile, "production"))
        e = err_set(f, ERR_BAD_REQUEST, "profile: '%s' is neither dev nor production", c->profile);
    if (e == ERR_OK)
        e = fill_defaults(c, a, f);
    if (e == ERR_OK)
        e = check_words(c, f);
    if (e != ERR_OK)
        return e;
    fill_rewrites(c, a);
    fill_directory(c, a);
    return ERR_OK;
}

bool config_is_dev(const struct config *c)
{
    return str_eq(c->profile, "dev");
}

struct sip_limits config_sip_limits(const struct config_sip *c)
{
    return (struct sip_limits){.registers = (int)c->registers_per_minute.value,
                               .invites = (int)c->invites_per_minute.value,
                               .others = (int)c->options_per_minute.value,
                               .failures = (int)c->failures_per_minute.value};
}

bool config_is_flag(const char *name)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (str_eq(options[i].flag, name))
            return true;
    return false;
}

void config_help(FILE *out)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (options[i].flag != NULL)
            (void)fprintf(out, "  %-24s %s%s%s%s\n", options[i].flag, options[i].help,
                          options[i].dev != NULL ? " [" : "",
                          options[i].dev != NULL ? options[i].dev : "",
                          options[i].dev != NULL ? "]" : "");
}

void config_print(const struct config *c, FILE *out)
{
    const struct write_how how = {.nulls = true, .hide = true, .dev = config_is_dev(c)};
    struct buf text = {0};
    struct writer w;

    writer_init(&w, &text);
    fields_write(&w, NULL, &config_type, c, &how);
    (void)fprintf(out, "%s\n", text.data);
    buf_clear(&text);
}

/* One section, or one text of the top, as it would be printed with its secrets. */
static void print_part(const struct field *t, const struct config *c, struct buf *out)
{
    const struct write_how how = {.nulls = true};
    const void *m = (const char *)c + t->at;
    struct writer w;

    writer_init(&w, out);
    if (t->kind == KIND_TEXT)
        writer_text(&w, NULL, *(const char *const *)m);
    else
        fields_write(&w, NULL, t->type, m, &how);
}

static bool is_same_option(size_t i, const struct config *a, const struct config *b)
{
    void *in_a;
    void *in_b;
    const struct field *t = find(options[i].path, (void *)(uintptr_t)a, &in_a);
    const char *x;
    const char *y;

    (void)find(options[i].path, (void *)(uintptr_t)b, &in_b);
    x = (const char *)in_a + t->at;
    y = (const char *)in_b + t->at;
    if (t->kind == KIND_INT)
        return ((const struct opt_int *)(const void *)x)->value ==
               ((const struct opt_int *)(const void *)y)->value;
    if (t->kind == KIND_BOOL)
        return ((const struct opt_bool *)(const void *)x)->value ==
               ((const struct opt_bool *)(const void *)y)->value;
    x = *(const char *const *)(const void *)x;
    y = *(const char *const *)(const void *)y;
    return x == y || (x != NULL && y != NULL && str_eq(x, y));
}

/* Names the options of a section that differ; how many. */
static size_t name_options(const char *section, const struct config *a, const struct config *b,
                           config_differs_h *h, void *arg)
{
    size_t len = strlen(section);
    size_t n = 0;

    for (size_t i = 0; i < OPTIONS; i++) {
        const char *path = options[i].path;

        if (strncmp(path, section, len) != 0 || (path[len] != '.' && path[len] != '\0') ||
            is_same_option(i, a, b))
            continue;
        h(path, arg);
        n++;
    }
    return n;
}

void config_differences(const struct config *a, const struct config *b, config_differs_h *h,
                        void *arg)
{
    for (const struct field *t = config_fields; t->name != NULL; t++) {
        struct buf x = {0};
        struct buf y = {0};

        if (t->type == &directory_type)
            continue;
        print_part(t, a, &x);
        print_part(t, b, &y);
        if (!str_eq(x.data, y.data) && name_options(t->name, a, b, h, arg) == 0)
            h(t->name, arg);
        buf_clear(&x);
        buf_clear(&y);
    }
}

enum media_net_tcp config_net_tcp(const struct config_media *m)
{
    if (str_eq(m->net_tcp, "refuse"))
        return MEDIA_NET_TCP_REFUSE;
    return str_eq(m->net_tcp, "ws") ? MEDIA_NET_TCP_WS : MEDIA_NET_TCP_WSS;
}
