#include "sip/accept.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rate.h"
#include "base/str.h"
#include "sip/dialog.h"
#include "sip/registrar.h"

static _Thread_local struct stack *watching;

void accept_watch(struct stack *s)
{
    link_init(&s->links, LINK_STRANGERS, LINK_STRANGERS_OF_ONE);
    watching = s;
}

void accept_forget(struct stack *s)
{
    watching = NULL;
    link_clear(&s->links);
}

static void on_binding(struct stack *s, const struct sip_binding *b, void *arg)
{
    link_use(&s->links, b->received, *(const int64_t *)arg);
}

void accept_sweep(struct stack *s)
{
    int64_t now_ms = clock_mono_ms();
    struct dialog *d;
    size_t at = 0;

    registrar_each(s, on_binding, &now_ms);
    while ((d = map_next(&s->dialogs, &at)) != NULL) {
        char source[LINK_SOURCE_SIZE];
        char text[ADDR_TEXT_SIZE];

        if (str_eq(d->transport, "udp"))
            continue;
        (void)snprintf(source, sizeof(source), "%s:%s", d->transport, addr_text(&d->source, text));
        link_use(&s->links, source, now_ms);
    }
    link_sweep(&s->links, now_ms);
}

/* sofia writes an IPv4 address as one, also when its socket is IPv6. */
static bool read_peer(struct addr *a, const struct sockaddr *sa, socklen_t len)
{
    memset(a, 0, sizeof(*a));
    if (len > sizeof(*a) || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
        return false;
    memcpy(a, sa, len);
    if (sa->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr)) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = a->in6.sin6_port};

        memcpy(&in.sin_addr, a->in6.sin6_addr.s6_addr + 12, 4);
        memset(a, 0, sizeof(*a));
        a->in = in;
    }
    return true;
}

static bool is_tls(const struct stack *s, int listener)
{
    struct addr a = {0};
    struct addr ours;
    socklen_t len = sizeof(a);

    return s->set.tls && getsockname(listener, &a.sa, &len) == 0 &&
           addr_read_ip(&ours, s->set.tls_ip, strlen(s->set.tls_ip), s->set.tls_port) &&
           addr_same(&a, &ours);
}

static void on_new(struct stack *s, int listener, int fd, const struct addr *a)
{
    char source[LINK_SOURCE_SIZE];
    char text[ADDR_TEXT_SIZE];
    int64_t now_ms = clock_mono_ms();

    (void)snprintf(source, sizeof(source), "%s:%s", is_tls(s, listener) ? "tls" : "tcp",
                   addr_text(a, text));
    if (!link_add(&s->links, fd, source, a, now_ms) && rate_take(s->limits.answers, a, now_ms))
        log_refused("connection", a, "more than %d at a time that no phone uses",
                    LINK_STRANGERS_OF_ONE);
}

typedef int accept_h(int listener, struct sockaddr *sa, socklen_t *len);

/* Its name for the linker is accept, and it is visible, so that the library's call finds this one
 * before libc's. (In C that name is taken, with a type of glibc's own.) */
__attribute__((visibility("default"))) accept_h accept_counted __asm__("accept");

int accept_counted(int listener, struct sockaddr *sa, socklen_t *len)
{
    accept_h *real = NULL;
    struct addr a;
    int fd;

    *(void **)&real = dlsym(RTLD_NEXT, "accept");
    if (real == NULL)
        abort(); /* there is no libc without it */
    fd = real(listener, sa, len);
    if (watching == NULL)
        return fd;
    if (fd >= 0 && sa != NULL && read_peer(&a, sa, *len))
        on_new(watching, listener, fd, &a);
    else if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        link_make_room(&watching->links);
    return fd;
}
