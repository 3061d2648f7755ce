/*
 * refusal.c - the table of refusal.h, looked up. Any thread.
 */
#include "http/refusal.h"

struct row {
    int status;
    enum err err;
    const char *text;
};

static const struct row rows[] = {
#define X(name, status, err, text) {status, ERR_##err, text},
    REFUSALS(X)
#undef X
};

int refusal_status(enum refusal r)
{
    return rows[r].status;
}

enum err refusal_err(enum refusal r)
{
    return rows[r].err;
}

const char *refusal_text(enum refusal r)
{
    return rows[r].text;
}
