#include "main/follow.h"

#include <stdio.h>

#include "base/str.h"

enum { PATH_BYTES = 128 };

static void keep(struct follower *l)
{
    json_free(l->facts);
    l->facts = l->q->body;
    l->q->body = NULL;
    l->after = json_int(json_get(l->facts, "last"));
    l->missed = json_int(json_get(l->facts, "missed"));
}

enum err follow_begin(struct follower *l, struct asked *q)
{
    enum err e;

    *l = (struct follower){.q = q};
    e = ask_own(q, "GET", "/_/tail");
    if (e == ERR_OK)
        keep(l);
    return e;
}

enum err follow_more(struct follower *l, int seconds)
{
    char path[PATH_BYTES];
    enum err e;

    (void)snprintf(path, sizeof(path), "/_/tail?after=%lld&wait=%d%s%s", (long long)l->after,
                   seconds, l->call != NULL ? "&call=" : "", l->call != NULL ? l->call : "");
    e = ask_own(l->q, "GET", path);
    if (e == ERR_OK)
        keep(l);
    return e;
}

void follow_end(struct follower *l)
{
    json_free(l->facts);
    l->facts = NULL;
}

bool follow_is_made(const struct json *fact)
{
    return str_eq(json_text(json_get(fact, "state")), "owed") &&
           json_int(json_get(fact, "tries")) == 0;
}
