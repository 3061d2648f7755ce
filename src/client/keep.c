#include "client/keep.h"

static const struct guard_range *copy_ranges(struct arena *a, const struct guard_range *r,
                                             size_t count)
{
    struct guard_range *out = arena_new(a, (count + 1) * sizeof(*out));

    for (size_t i = 0; i < count; i++)
        out[i] = r[i];
    return out;
}

static const char *const *copy_names(struct arena *a, const char *const *names, size_t count)
{
    const char **out = arena_new(a, (count + 1) * sizeof(*out));

    for (size_t i = 0; i < count; i++)
        out[i] = arena_dup(a, names[i]);
    return out;
}

void keep_settings(struct client_settings *to, const struct client_settings *s, struct arena *a)
{
    struct client_proxy *proxy = &to->proxy;

    *to = *s;
    to->user_agent = arena_dup(a, s->user_agent);
    to->ca_file = arena_dup(a, s->ca_file);
    to->guard.allow = copy_ranges(a, s->guard.allow, s->guard.allow_count);
    proxy->url = arena_dup(a, s->proxy.url);
    proxy->user = arena_dup(a, s->proxy.user);
    proxy->password = arena_dup(a, s->proxy.password);
    proxy->names = copy_names(a, s->proxy.names, s->proxy.name_count);
    proxy->ranges = copy_ranges(a, s->proxy.ranges, s->proxy.range_count);
}
