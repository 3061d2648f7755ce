/*
 * ready.c - see ready.h. At the start of a command, one thread.
 */
#include "main/ready.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "main/serve.h"

enum { READY_BYTES = 4096 };

/* Its pid may have gone to another program since, or wait for its parent after the end: name
 * and state are those of proc(5): "PID (NAME) STATE ...". */
static bool is_alive(int64_t pid)
{
    char path[64];
    char line[64] = "";
    const char *name;
    FILE *in;

    (void)snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    in = fopen(path, "re");
    if (in == NULL)
        return false;
    (void)fgets(line, sizeof(line), in);
    (void)fclose(in);
    name = strstr(line, " (carillon) ");
    return name != NULL && name[strlen(" (carillon) ")] != 'Z';
}

/* What the file says, whoever has written it; NULL with a sentence. */
static struct json *read_file(const char *data, struct arena *a, struct fail *f)
{
    const char *path = arena_printf(a, "%s/" SERVE_READY_FILE, data);
    FILE *in = fopen(path, "re");
    char *text;
    size_t n;

    if (in == NULL && errno != ENOENT)
        (void)err_set(f, ERR_BAD_REQUEST, "%s cannot be read: %s; be who runs the server, or root",
                      path, strerror(errno));
    else
        (void)err_set(f, ERR_BAD_REQUEST, "no server runs on %s", data);
    if (in == NULL)
        return NULL;
    text = arena_new(a, READY_BYTES);
    n = fread(text, 1, READY_BYTES, in);
    (void)fclose(in);
    return json_parse(text, n, NULL);
}

struct json *ready_read(const char *data, struct arena *a, struct fail *f)
{
    struct json *j = read_file(data, a, f);

    if (is_alive(json_int(json_get(j, "pid"))))
        return j;
    json_free(j);
    return NULL;
}

const char *ready_public_url(const char *data, struct arena *a)
{
    struct json *j = read_file(data, a, NULL);
    const char *url = arena_dup(a, json_text(json_get(j, "publicUrl")));

    json_free(j);
    return url;
}
