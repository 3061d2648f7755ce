/*
 * reload.h - the configuration read again while calls go on (SIGHUP): the directory, the
 * certificate of HTTPS, and limits. All of it or nothing; no call is touched.
 *
 * The control thread: a person asks for it, and it reads one small file.
 */
#ifndef MAIN_RELOAD_H
#define MAIN_RELOAD_H

#include "main/config.h"

struct api;
struct control;
struct tls_context;
struct reload;

/* Where the configuration came from; the environment does not change. Lives while the server runs.
 */
struct reload_source {
    const char *file; /* --config, or NULL */
    const char *lan;  /* --lan, or NULL */
    const struct config_flag *flags;
    size_t flag_count;
};

/* What is changed; all of it outlives the reload but for control (reload_free()). */
struct reload_parts {
    const struct config *running; /* of the start */
    const struct reload_source *source;
    struct control *control;
    struct api *api;
    struct tls_context *tls;
};

struct reload *reload_new(const struct reload_parts *p);

/* Reads again and changes over, or keeps everything; logs which, and writes it to RELOAD_FILE. */
void reload_now(struct reload *r);

/* When control and identity have been freed. NULL is fine. */
void reload_free(struct reload *r);

/* In the data folder: {"at","ok","text"} of the last time. */
#define RELOAD_FILE "reload.json"

#endif
