/*
 * config.h - what the operator wants: file, environment, flags, defaults; one table.
 *
 * Flags win over environment (CARILLON_<SECTION>_<KEY>) over file over the
 * profile's defaults. The file's schema is the field tables below; an unknown key
 * is an error that names its line. At start, one thread.
 */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "identity/directory.h"
#include "identity/trust.h"
#include "model/media_blob.h"
#include "sip/sip.h"
#include "json/field.h"

struct config_server {
    const char *data;
    const char *http;
    const char *https;
    const char *admin; /* NULL: our own verbs are on http and https */
    const char *public_url;
    const char *operator_token;
};
struct config_sip {
    const char *listen;
    const char *tls;
    const char *realm;
    const char *digest;
    struct opt_int registers_per_minute;
    struct opt_int invites_per_minute;
    struct opt_int options_per_minute;
    struct opt_int failures_per_minute;
};
struct config_media {
    const char *ports;   /* "10000-29999" */
    const char *address; /* "LISTEN[/ADVERTISED]" */
    struct opt_int threads;
    struct opt_int timeout; /* seconds */
    const char *tap;
    const char *net_tcp; /* wss, ws, refuse */
};
struct config_api {
    struct opt_bool strict_json;
    struct opt_int idempotency_minutes;
    struct opt_bool embedded_issuer;
    struct opt_int failures_per_minute;
    struct opt_int tokens_per_minute;
};
struct config_identity {
    struct objects issuers; /* struct trust (identity/trust.h) */
};
struct config_calls {
    struct opt_int ring_seconds;
    struct opt_int keepalive_minutes;
    struct opt_int per_application;
};
struct config_meetings {
    struct opt_int participants;
    struct opt_int lobby_minutes;
    struct opt_int alone_seconds;
};
struct config_rewrite {
    const char *from;
    const char *to;
};
struct config_notices {
    const char *issuer;
    struct opt_bool ringing;
    struct opt_int in_memory;
    const char *calling_webhook; /* of the dev directory's Calling Bot */
    struct objects rewrite;      /* struct config_rewrite */
};
struct config_dial_out {
    struct opt_bool plain_http;
    struct opt_bool loopback;
    struct opt_bool private_nets;
    struct texts allow; /* "10.1.0.0/16": these all the same */
    const char *proxy;  /* "http://HOST:PORT" */
    const char *proxy_user;
    const char *proxy_password;
    struct opt_bool proxy_resolves;
    struct texts no_proxy; /* names with all below them, ranges */
    const char *ca_file;
};
struct config_prompts {
    const char *folder;
    struct opt_int cache_mib;
};
struct config_log {
    const char *level; /* debug, info, warn, error */
    const char *form;  /* text, json */
};

struct config {
    const char *profile; /* dev, production */
    struct config_server server;
    struct config_sip sip;
    struct config_media media;
    struct config_api api;
    struct config_identity identity;
    struct config_calls calls;
    struct config_meetings meetings;
    struct config_notices notices;
    struct config_dial_out dial_out;
    struct config_prompts prompts;
    struct config_log log;
    struct directory_config directory;
    const char *lan_help; /* what to type into a phone, after lan_apply(); no row */
};

/* One flag on the command line. */
struct config_flag {
    const char *name; /* "--http" */
    const char *value;
};

/* Reads everything into *c; texts in the arena. ERR_BAD_REQUEST with a sentence that names the
 * file and line, the variable or the flag. */
NODISCARD enum err config_read(struct config *c, const char *file, const struct config_flag *flags,
                               size_t flag_count, struct arena *a, struct fail *f);

/* Can a server run with it? Addresses, ranges, URLs; not the directory, which directory_new()
 * judges, nor the issuers (trust_check()). Nothing is opened. */
NODISCARD enum err config_check(const struct config *c, struct fail *f);

/* A sentence that begins with the path of a setting in quotes gets "FILE:LINE: " in front, if the
 * file has it. file may be NULL. */
void config_locate(const char *file, struct fail *f);

/* Is this a flag of the server? takes_value is always true for those. */
bool config_is_flag(const char *name);

/* The flags with their help, one a line. */
void config_help(FILE *out);

/* The effective configuration as JSON, secrets hidden; in dev the webhook secrets are shown, for
 * bots that check signatures. */
void config_print(const struct config *c, FILE *out);

/* Production only: every unsafe default that is left, one sentence each; how many. */
size_t config_unsafe(const struct config *c, FILE *out);

/* Tells h the path of every setting that differs, except of the directory; of a section whose
 * lists differ, its name. */
typedef void config_differs_h(const char *path, void *arg);
void config_differences(const struct config *a, const struct config *b, config_differs_h *h,
                        void *arg);

bool config_is_dev(const struct config *c);

/* What a bot's net.tcp:// means. */
enum media_net_tcp config_net_tcp(const struct config_media *m);

/* How often phones may ask, as the sip room wants it. */
struct sip_limits config_sip_limits(const struct config_sip *c);

#endif
