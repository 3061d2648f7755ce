/*
 * reload_ask.c - `carillon reload`: asks the running server to read its configuration again and
 * waits for what it says. One thread.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "main/commands.h"
#include "main/ready.h"
#include "main/reload.h"

enum { OUTCOME_BYTES = 4096, LOOK_MS = 20, LOOKS = 500 };

/* The outcome, or NULL while there is none. */
static struct json *read_outcome(const char *path, char text[OUTCOME_BYTES])
{
    FILE *in = fopen(path, "re");
    size_t n;

    if (in == NULL)
        return NULL;
    n = fread(text, 1, OUTCOME_BYTES, in);
    (void)fclose(in);
    return json_parse(text, n, NULL);
}

static int wait_for(const char *path)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    char text[OUTCOME_BYTES];
    struct json *j = NULL;
    bool ok;

    for (int i = 0; i < LOOKS && j == NULL; i++) {
        (void)nanosleep(&pause, NULL);
        j = read_outcome(path, text);
    }
    if (j == NULL || json_text(json_get(j, "text")) == NULL) {
        (void)fprintf(stderr,
                      "carillon: the server was asked, and has not answered in %d s; "
                      "look at its log\n",
                      LOOK_MS * LOOKS / 1000);
        json_free(j);
        return 1;
    }
    ok = json_bool(json_get(j, "ok"));
    (void)fprintf(
        ok ? stdout : stderr, "%s%s\n",
        ok ? "" : "carillon: the configuration stays as it was: ", json_text(json_get(j, "text")));
    json_free(j);
    return ok ? 0 : 1;
}

int command_reload(const struct config *c, const struct command_args *args)
{
    struct arena a = {0};
    struct fail f = {0};
    struct json *ready = ready_read(c->server.data, &a, &f);
    const char *path = arena_printf(&a, "%s/" RELOAD_FILE, c->server.data);
    pid_t pid = (pid_t)json_int(json_get(ready, "pid"));
    int code = 1;

    (void)args;
    if (ready == NULL || pid <= 1)
        (void)fprintf(stderr, "carillon: %s\n", f.text);
    else if (remove(path) != 0 && errno != ENOENT)
        (void)fprintf(stderr, "carillon: %s cannot be taken away: %s\n", path, strerror(errno));
    else if (kill(pid, SIGHUP) != 0)
        (void)fprintf(stderr, "carillon: the server (pid %d) cannot be asked: %s\n", (int)pid,
                      strerror(errno));
    else
        code = wait_for(path);
    json_free(ready);
    arena_clear(&a);
    return code;
}
