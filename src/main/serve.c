#include "main/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "appmedia/appmedia.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "client/client.h"
#include "core/control.h"
#include "core/hosted.h"
#include "core/phones.h"
#include "core/recover.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/tls.h"
#include "http/server.h"
#include "identity/keys.h"
#include "identity/token.h"
#include "loop/loop.h"
#include "main/hello.h"
#include "main/issuer_fetch.h"
#include "main/operator.h"
#include "main/reload.h"
#include "main/secret.h"
#include "main/wanted.h"
#include "media/files.h"
#include "media/media.h"
#include "sip/sip.h"
#include "store/store.h"
#include "webhook/deliver.h"

enum { STOP_MS = 8000, STOP_LOOK_MS = 20, SIP_STOP_MS = 1000, STORE_STOP_MS = 5000 };

struct server {
    const struct config *config;
    struct arena arena;
    struct loop *loop;
    struct keys *keys;
    struct directory *directory;
    struct store *store;
    struct tls_context *tls;
    struct http_server *http;
    struct http_server *https;
    struct http_server *admin; /* or NULL */
    struct identity *identity;
    struct client *client;
    struct deliver *deliver;
    struct control *control;
    struct media *media;
    struct appmedia *appmedia;
    struct files *files;
    struct sip *sip;
    struct api *api;
    struct reload *reload;
    struct guard guard;
    struct addr http_at;
    struct addr https_at;
    struct addr admin_at; /* where our own verbs are; without --admin where http is */
    const char *public_url;
    const char *tls_url; /* what we are called over TLS: the same, if the operator named it */
    const char *notice_issuer;
    const char *operator_token; /* NULL: our own verbs need none */
    const char *advertised;     /* what phones are told instead of where we listen; or NULL */
    struct timer stop_look;
    int64_t stop_began_ms;
    int signals;
};

typedef enum err open_h(struct server *s, struct fail *f);

static void on_request(struct http_request *r, void *arg)
{
    api_on_request(r, ((struct server *)arg)->api);
}

static void on_admin_request(struct http_request *r, void *arg)
{
    api_on_admin_request(r, ((struct server *)arg)->api);
}

static void on_health(bool durable, const char *why, void *arg)
{
    const struct server *s = arg;

    if (s->control != NULL)
        control_on_health(durable, why, s->control);
}

static enum err open_folder(struct server *s, struct fail *f)
{
    const char *data = s->config->server.data;
    static const char *const names[] = {"localhost", "127.0.0.1", "::1", NULL};
    enum err e;

    if (mkdir(data, 0700) != 0 && errno != EEXIST)
        return err_set(f, ERR_INTERNAL, "the data folder %s cannot be made: %s", data,
                       strerror(errno));
    e = store_open(s->loop, &(struct store_settings){.folder = data}, on_health, s, &s->store, f);
    if (e == ERR_OK)
        e = cert_make(data, names, f);
    if (e == ERR_OK)
        e = keys_open(arena_printf(&s->arena, "%s/keys", data), &s->keys, f);
    return e;
}

static enum err open_directory(struct server *s, struct fail *f)
{
    /* the configuration stays as it is; the directory works on its lists */
    struct directory_config *d = arena_new(&s->arena, sizeof(*d));

    *d = s->config->directory;
    return directory_new(d, s->config->sip.realm, &s->directory, f);
}

/* Without a name of the operator's we are where we listen: whoever has come over TLS must not
 * be led away from it. */
static void name_ourselves(struct server *s)
{
    const char *url = s->config->server.public_url;
    char text[ADDR_TEXT_SIZE];

    s->public_url = url;
    s->tls_url = url;
    if (url != NULL)
        return;
    s->public_url = arena_printf(&s->arena, "http://%s", addr_text(&s->http_at, text));
    s->tls_url = arena_printf(&s->arena, "https://%s", addr_text(&s->https_at, text));
}

static enum err open_http(struct server *s, struct fail *f)
{
    const struct config_server *c = &s->config->server;
    const struct http_settings h = {
        .on_request = on_request, .on_refused = api_on_refused, .arg = s};
    const char *data = c->data;
    enum err e = addr_read(&s->http_at, c->http, true, f);

    if (e == ERR_OK)
        e = http_listen(s->loop, &s->http_at, NULL, &h, &s->http, f);
    if (e == ERR_OK)
        e = tls_context_open(arena_printf(&s->arena, "%s/server.pem", data),
                             arena_printf(&s->arena, "%s/server.key", data), &s->tls, f);
    if (e == ERR_OK)
        e = addr_read(&s->https_at, c->https, true, f);
    if (e == ERR_OK)
        e = http_listen(s->loop, &s->https_at, s->tls, &h, &s->https, f);
    name_ourselves(s);
    s->notice_issuer =
        s->config->notices.issuer != NULL ? s->config->notices.issuer : s->public_url;
    return e;
}

/* Our own verbs on a port of their own, away from whoever can reach the API's. */
static enum err open_admin(struct server *s, struct fail *f)
{
    const char *wanted = s->config->server.admin;
    const struct http_settings h = {
        .on_request = on_admin_request, .on_refused = api_on_refused, .arg = s};
    enum err e;

    s->admin_at = s->http_at;
    if (wanted == NULL)
        return ERR_OK;
    e = addr_read(&s->admin_at, wanted, true, f);
    return e == ERR_OK ? http_listen(s->loop, &s->admin_at, NULL, &h, &s->admin, f) : e;
}

/* Through the client, which is open by now, come the keys of other issuers. */
static enum err open_identity(struct server *s, struct fail *f)
{
    const struct objects *issuers = &s->config->identity.issuers;
    const struct identity_settings set = {.public_url = s->public_url,
                                          .tls_url = s->tls_url,
                                          .embedded_issuer = s->config->api.embedded_issuer.value,
                                          .trusted = issuers,
                                          .loop = s->loop,
                                          .fetch = issuer_fetch,
                                          .fetch_arg = s->client};
    enum err e = trust_check(issuers, s->directory, f);

    if (e != ERR_OK)
        return e;
    if (!set.embedded_issuer && issuers->count == 0)
        log_line(LOG_WARN, "main", NULL,
                 "no issuer: identity.issuers is empty, so no access token is accepted");
    s->identity = identity_new(&set, s->directory, s->keys);
    return operator_token(s->config, &s->arena, &s->operator_token, f);
}

static enum err open_client(struct server *s, struct fail *f)
{
    struct client_settings set;
    enum err e = wanted_client(s->config, &s->arena, &set, f);

    s->guard = set.guard;
    if (e == ERR_OK && set.proxy.url != NULL)
        log_line(set.proxy.resolves ? LOG_WARN : LOG_INFO, "main", NULL,
                 "callbacks, prompts and keys go through the proxy %s%s", set.proxy.url,
                 set.proxy.resolves ? ", which resolves names and must refuse private ones" : "");
    return e == ERR_OK ? client_start(s->loop, &set, &s->client, f) : e;
}

/* Where an address of the table really leads, now that our own is known. */
static const struct rewrite *rewrites(struct server *s)
{
    const struct objects *list = &s->config->notices.rewrite;
    struct rewrite *out = arena_new(&s->arena, (list->count + 1) * sizeof(*out));
    char text[ADDR_TEXT_SIZE];

    for (size_t i = 0; i < list->count; i++) {
        const struct config_rewrite *r = list->items[i];

        out[i].from = r->from;
        out[i].to = r->to;
        if (str_starts(r->to, "inbox:"))
            out[i].to = arena_printf(&s->arena, "http://%s/_/inbox/%s",
                                     addr_text(&s->admin_at, text), r->to + strlen("inbox:"));
    }
    return out;
}

static enum err open_control(struct server *s, struct fail *f)
{
    static const enum sdp_codec codecs[] = {SDP_OPUS, SDP_G722, SDP_PCMU, SDP_PCMA};
    const struct config *c = s->config;
    const struct settings set = {
        .notice_issuer = s->notice_issuer,
        .public_url = s->public_url,
        .recording_folder = arena_printf(&s->arena, "%s/recordings", c->server.data),
        .notices_ringing = c->notices.ringing.value,
        .notices_in_memory = (size_t)c->notices.in_memory.value,
        .ring_default_s = (int)c->calls.ring_seconds.value,
        .release_ms = 2000,
        .keepalive_minutes = (int)c->calls.keepalive_minutes.value,
        .calls_per_application = (int)c->calls.per_application.value,
        .operations_per_call = 100,
        .participants_per_meeting = (int)c->meetings.participants.value,
        .lobby_minutes = (int)c->meetings.lobby_minutes.value,
        .alone_seconds = (int)c->meetings.alone_seconds.value,
        .idempotency_minutes = (int)c->api.idempotency_minutes.value,
        .ended_minutes = 60,
        .prompt_folder = c->prompts.folder,
        .prompt_bytes = (size_t)20 << 20,
        .prompt_ms = 5 * 60000,
        .prompt_cache_bytes = (size_t)c->prompts.cache_mib.value << 20,
        .codecs = codecs,
        .codec_count = sizeof(codecs) / sizeof(codecs[0]),
        .place = {.epoch = (uint8_t)(clock_wall_ms() / 1000)},
        .rewrites = rewrites(s),
        .rewrite_count = c->notices.rewrite.count,
        .net_tcp = config_net_tcp(&c->media),
    };

    (void)f;
    s->control = control_new(&set, &(struct drivers){.loop = s->loop,
                                                     .directory = s->directory,
                                                     .identity = s->identity,
                                                     .keys = s->keys,
                                                     .store = s->store,
                                                     .client = s->client,
                                                     .guard = &s->guard});
    s->deliver = deliver_new(
        s->loop, s->client,
        &(struct deliver_settings){.timeout_ms = 10000, .in_flight = 256, .give_up_hours = 24},
        control_deliver_hooks(s->control));
    s->control->with.deliver = s->deliver;
    return ERR_OK;
}

static enum err open_media(struct server *s, struct fail *f)
{
    const char *tap = s->config->media.tap;
    struct media_settings m;
    enum err e = wanted_media(s->config, &m, &s->advertised, f);

    if (e == ERR_OK && tap != NULL && mkdir(tap, 0700) != 0 && errno != EEXIST)
        e = err_set(f, ERR_INTERNAL, "the folder %s cannot be made: %s", tap, strerror(errno));
    if (e == ERR_OK)
        e = media_start(s->loop, &m, control_on_media, s->control, &s->media, f);
    if (e == ERR_OK)
        e = files_start(s->loop, &s->files, f);
    s->control->settings.media_advertise = s->advertised;
    s->control->with.media = s->media;
    s->control->with.files = s->files;
    return e;
}

/* Bots that host their own media are dialled as their callbacks are. */
static enum err open_appmedia(struct server *s, struct fail *f)
{
    struct appmedia_settings set = {
        .bell_fd = media_bell_fd(s->media), .first_ms = 5000, .resume_ms = 15000, .ping_ms = 5000};
    enum err e = wanted_client(s->config, &s->arena, &set.dial, f);

    if (e == ERR_OK)
        e = appmedia_start(s->loop, &set, hosted_on_stream, s->control, &s->appmedia, f);
    s->control->with.appmedia = s->appmedia;
    return e;
}

/* What SIP knows its own tags by, after a crash too. */
static enum err read_tag_key(const struct server *s, uint8_t out[OWN_TAG_KEY_BYTES], struct fail *f)
{
    char *path = str_printf("%s/sip-tag-key", s->config->server.data);
    char text[SECRET_TEXT_SIZE];
    bool is_new;
    enum err e = secret_get(path, "key of SIP tags", text, &is_new, f);

    if (e == ERR_OK)
        hash_sha256(text, SECRET_CHARS, out);
    explicit_bzero(text, sizeof(text));
    (void)mem_free(path);
    return e;
}

static enum err open_sip(struct server *s, struct fail *f)
{
    const struct config_sip *c = &s->config->sip;
    uint8_t tag_key[OWN_TAG_KEY_BYTES];
    const struct sip_settings set = {
        .listen = c->listen,
        .listen_tls = c->tls,
        .advertise = s->advertised,
        .tls_folder = s->config->server.data,
        .realm = c->realm,
        .digest = c->digest,
        .min_expires_s = 60,
        .max_expires_s = 3600,
        .contacts_per_user = 10,
        .session_expires_s = 1800,
        .nonce_life_s = 300,
        .limits = config_sip_limits(c),
        .tag_key = tag_key,
    };
    enum err e = read_tag_key(s, tag_key, f);

    if (e == ERR_OK)
        e = sip_start(s->loop, &set, control_on_sip, s->control, &s->sip, f);
    s->control->with.sip = s->sip;
    if (e == ERR_OK)
        phones_accounts(s->control);
    return e;
}

static enum err open_yesterday(struct server *s, struct fail *f)
{
    return recover_all(s->control, f);
}

static enum err open_api(struct server *s, struct fail *f)
{
    const struct api_settings a = {
        .public_url = s->public_url,
        .tls_url = s->tls_url,
        .notice_issuer = s->notice_issuer,
        .operator_token = s->operator_token,
        .dev = config_is_dev(s->config),
        .has_admin = s->admin != NULL,
        .strict_json = s->config->api.strict_json.value,
        .failures_per_minute = (int)s->config->api.failures_per_minute.value,
        .tokens_per_minute = (int)s->config->api.tokens_per_minute.value};

    (void)f;
    s->api = api_new(&a, s->loop, s->control, s->identity);
    return ERR_OK;
}

/* In this order; what a step needs, the ones before it have opened. */
static open_h *const steps[] = {open_folder,   open_directory, open_http,      open_admin,
                                open_client,   open_identity,  open_control,   open_media,
                                open_appmedia, open_sip,       open_yesterday, open_api};

static void close_all(struct server *s)
{
    http_close(s->http);
    http_close(s->https);
    http_close(s->admin);
    sip_stop(s->sip, SIP_STOP_MS);
    if (s->deliver != NULL)
        deliver_stop(s->deliver);
    identity_stop(s->identity);
    client_stop(s->client);
    appmedia_stop(s->appmedia); /* before the media threads, whose bell it watches */
    loop_step(s->loop, 0);      /* what both still had to say, while those it is for are there */
    media_stop(s->media);
    files_stop(s->files);
    loop_step(s->loop, 0); /* and these two */
    store_flush(s->store, STORE_STOP_MS);
    loop_step(s->loop, 0); /* and the answers that waited for the disk */
    store_close(s->store); /* no timer may run any more: calls that are cut would write */
    deliver_free(s->deliver);
    api_free(s->api);
    control_free(s->control);
    identity_free(s->identity);
    reload_free(s->reload);
    keys_close(s->keys);
    directory_free(s->directory);
    tls_context_free(s->tls);
    timer_stop(&s->stop_look);
    loop_free(s->loop);
    arena_clear(&s->arena);
}

/* Calls have ended, bots have been told as far as they answer: it is time to go. */
static void on_stop_look(void *arg)
{
    struct server *s = arg;
    int64_t waited = clock_real_us() / 1000 - s->stop_began_ms;

    if ((control_is_quiet(s->control) && store_waiting(s->store) == 0 &&
         client_waiting(s->client) == 0) ||
        waited > STOP_MS)
        loop_stop(s->loop);
    else
        timer_start(&s->stop_look, s->loop, STOP_LOOK_MS, on_stop_look, s);
}

static void on_stop(void *arg)
{
    struct server *s = arg;

    if (s->signals++ != 0)
        _exit(1); /* he means it */
    log_line(LOG_INFO, "main", NULL, "stopping: calls are ended, notices go out");
    s->stop_began_ms = clock_real_us() / 1000;
    http_drain(s->http);
    http_drain(s->https);
    if (s->admin != NULL)
        http_drain(s->admin);
    control_stop(s->control);
    timer_start(&s->stop_look, s->loop, STOP_LOOK_MS, on_stop_look, s);
}

static void on_reload(void *arg)
{
    struct server *s = arg;

    if (s->signals == 0)
        reload_now(s->reload);
}

static void on_toggle(void *arg)
{
    (void)arg;
    log_toggle_debug();
}

/* One socket for each phone and each callback: the usual 1 024 descriptors are too few. */
static void raise_descriptors(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
}

static void set_up_log(const struct config_log *c)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    int level = LOG_INFO;

    for (int i = 0; i < 4; i++)
        if (str_eq(c->level, levels[i]))
            level = i;
    log_open((enum log_level)level, str_eq(c->form, "json") ? LOG_JSON : LOG_TEXT);
}

int serve_run(const struct config *c, const struct reload_source *source)
{
    struct server s = {.config = c};
    struct fail f = {0};
    enum err e = ERR_OK;

    set_up_log(&c->log);
    raise_descriptors();
    (void)umask(077);
    s.loop = loop_new("control");
    for (size_t i = 0; e == ERR_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
        e = steps[i](&s, &f);
    if (e != ERR_OK) {
        config_locate(source->file, &f);
        (void)fprintf(stderr, "carillon: %s\n", f.text);
        close_all(&s);
        return 1;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    loop_on_signal(s.loop, SIGTERM, on_stop, &s);
    loop_on_signal(s.loop, SIGINT, on_stop, &s);
    loop_on_signal(s.loop, SIGUSR1, on_toggle, &s);
    s.reload = reload_new(&(struct reload_parts){
        .running = c, .source = source, .control = s.control, .api = s.api, .tls = s.tls});
    loop_on_signal(s.loop, SIGHUP, on_reload, &s);
    hello_ready(&(struct hello){.config = c,
                                .http = &s.http_at,
                                .https = &s.https_at,
                                .admin = s.admin != NULL ? &s.admin_at : NULL,
                                .sip = sip_address(s.sip),
                                .sips = sip_tls_address(s.sip),
                                .public_url = s.public_url});
    loop_run(s.loop);
    close_all(&s);
    return obj_report(stderr) == 0 ? 0 : 2;
}
