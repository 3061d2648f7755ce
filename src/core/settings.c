#include "core/settings.h"

#include "base/str.h"

const char *settings_rewrite(const struct settings *s, const char *uri)
{
    for (size_t i = 0; i < s->rewrite_count; i++)
        if (str_eq(s->rewrites[i].from, uri))
            return s->rewrites[i].to;
    return uri;
}
