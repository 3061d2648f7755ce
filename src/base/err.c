#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    int http;
    const char *code;
    const char *text;
} errors[] = {
#define X(name, http, code, text) [ERR_##name] = {http, code, text},
    ERRORS(X)
#undef X
};

int err_http(enum err e)
{
    return errors[e].http;
}

const char *err_code(enum err e)
{
    return errors[e].code;
}

const char *err_text(enum err e)
{
    return errors[e].text;
}

enum err err_set(struct fail *f, enum err e, const char *fmt, ...)
{
    if (f != NULL) {
        va_list ap;

        f->err = e;
        va_start(ap, fmt);
        (void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
        va_end(ap);
    }
    return e;
}
