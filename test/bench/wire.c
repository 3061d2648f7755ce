#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "watch.h"

static SSL *shake_hands(int fd)
{
    static SSL_CTX *context;
    SSL *ssl;

    if (context == NULL)
        context = SSL_CTX_new(TLS_client_method());
    ssl = SSL_new(context);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
        watch_die("the TLS handshake");
    return ssl;
}

void wire_open(struct wire *w, const struct sockaddr_in *at, bool with_tls)
{
    int one = 1;

    *w = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(w->fd, (const struct sockaddr *)at, sizeof(*at)) != 0)
        watch_die("connect");
    (void)setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (with_tls)
        w->ssl = shake_hands(w->fd);
    (void)fcntl(w->fd, F_SETFL, O_NONBLOCK);
}

void wire_clear(struct wire *w)
{
    SSL_free(w->ssl);
    w->ssl = NULL;
}

void wire_send(struct wire *w, const char *p, size_t n)
{
    ssize_t sent;

    if (w->ssl != NULL)
        sent = SSL_write(w->ssl, p, (int)n);
    else
        sent = send(w->fd, p, n, MSG_NOSIGNAL);
    if (sent != (ssize_t)n)
        watch_die("a request could not be sent");
}

ssize_t wire_receive(struct wire *w, void *p, size_t n)
{
    int got;

    if (w->ssl == NULL)
        return recv(w->fd, p, n, 0);
    got = SSL_read(w->ssl, p, (int)n);
    if (got > 0)
        return got;
    errno = EAGAIN;
    return SSL_get_error(w->ssl, got) == SSL_ERROR_WANT_READ ? -1 : 0;
}
