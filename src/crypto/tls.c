/*
 * tls.c - OpenSSL between two memory BIOs; nothing here waits or knows a socket.
 *
 * It sets no cipher list: OpenSSL's defaults age better than a list of ours. A context
 * and its reload belong to one thread at a time; sessions made before a reload keep
 * the certificate they began with.
 */
#include "crypto/tls.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"

enum { READ_BYTES = 16384, WRITE_BYTES = 1 << 30 };

struct tls_context {
    SSL_CTX *ssl;
    char *cert_file;
    char *key_file;
};

struct tls {
    SSL *ssl; /* owns both BIOs */
    BIO *in;
    BIO *out;
};

/* RFC 7301, 3.2: a client that names protocols but not ours is refused. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *offered, unsigned offered_len, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *found = NULL;

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&found, out_len, ours, sizeof(ours) - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = found;
    return SSL_TLSEXT_ERR_OK;
}

/* The newest OpenSSL error as words; the queue is empty afterwards. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return text != NULL ? text : "unknown reason";
}

static enum err open_files(const struct tls_context *c, SSL_CTX **out, struct fail *f)
{
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    enum err e = ERR_OK;

    if (ssl == NULL)
        return err_set(f, ERR_INTERNAL, "no TLS context: %s", reason());
    (void)SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS); /* 34 KB less per idle session */
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(ssl, c->cert_file) != 1)
        e = err_set(f, ERR_INTERNAL, "certificate '%s': %s", c->cert_file, reason());
    else if (SSL_CTX_use_PrivateKey_file(ssl, c->key_file, SSL_FILETYPE_PEM) != 1)
        e = err_set(f, ERR_INTERNAL, "key '%s': %s", c->key_file, reason());
    else if (SSL_CTX_check_private_key(ssl) != 1)
        e = err_set(f, ERR_INTERNAL, "key '%s' is not that of '%s'", c->key_file, c->cert_file);
    ERR_clear_error();
    if (e != ERR_OK)
        SSL_CTX_free(ssl);
    else
        *out = ssl;
    return e;
}

enum err tls_context_open(const char *cert_pem_file, const char *key_pem_file,
                          struct tls_context **out, struct fail *f)
{
    struct tls_context *c = mem_new(sizeof(*c));
    enum err e;

    c->cert_file = str_dup(cert_pem_file);
    c->key_file = str_dup(key_pem_file);
    e = open_files(c, &c->ssl, f);
    if (e != ERR_OK)
        tls_context_free(c);
    else
        *out = c;
    return e;
}

enum err tls_context_reload(struct tls_context *c, struct fail *f)
{
    SSL_CTX *fresh = NULL;
    enum err e = open_files(c, &fresh, f);

    if (e != ERR_OK)
        return e;
    SSL_CTX_free(c->ssl); /* counted: running sessions hold it */
    c->ssl = fresh;
    return ERR_OK;
}

void tls_context_free(struct tls_context *c)
{
    if (c == NULL)
        return;
    SSL_CTX_free(c->ssl);
    (void)mem_free(c->cert_file);
    (void)mem_free(c->key_file);
    (void)mem_free(c);
}

struct tls *tls_new(struct tls_context *c)
{
    struct tls *t = mem_new(sizeof(*t));

    t->ssl = SSL_new(c->ssl);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    if (t->ssl == NULL || t->in == NULL || t->out == NULL)
        abort();                             /* as base/mem.h: only for want of memory */
    (void)BIO_set_mem_eof_return(t->in, -1); /* empty means "later", not "the end" */
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_accept_state(t->ssl);
    return t;
}

void tls_free(struct tls *t)
{
    if (t == NULL)
        return;
    SSL_free(t->ssl);
    (void)mem_free(t);
}

static void take_wire(struct tls *t, struct buf *wire)
{
    char *p = NULL;
    long n = BIO_get_mem_data(t->out, &p);

    if (n <= 0)
        return;
    buf_add(wire, p, (size_t)n);
    (void)BIO_reset(t->out);
}

static bool read_plain(struct tls *t, struct buf *plain)
{
    char part[READ_BYTES];
    int n;

    while ((n = SSL_read(t->ssl, part, sizeof(part))) > 0)
        buf_add(plain, part, (size_t)n);
    return SSL_get_error(t->ssl, n) == SSL_ERROR_WANT_READ;
}

bool tls_feed(struct tls *t, const char *p, size_t n, struct buf *plain, struct buf *wire)
{
    bool alive = true;

    ERR_clear_error(); /* SSL_get_error() looks at the thread's queue */
    while (n > 0 && alive) {
        size_t part = n < WRITE_BYTES ? n : WRITE_BYTES;

        alive = BIO_write(t->in, p, (int)part) == (int)part && read_plain(t, plain);
        p += part;
        n -= part;
    }
    take_wire(t, wire);
    ERR_clear_error();
    return alive;
}

bool tls_write(struct tls *t, const char *p, size_t n, struct buf *wire)
{
    bool alive = true;

    ERR_clear_error();
    while (n > 0 && alive) {
        size_t part = n < WRITE_BYTES ? n : WRITE_BYTES;

        alive = SSL_is_init_finished(t->ssl) && SSL_write(t->ssl, p, (int)part) == (int)part;
        p += part;
        n -= part;
    }
    take_wire(t, wire);
    ERR_clear_error();
    return alive;
}

void tls_end(struct tls *t, struct buf *wire)
{
    if (SSL_is_init_finished(t->ssl))
        (void)SSL_shutdown(t->ssl); /* once: the peer's own is not waited for */
    take_wire(t, wire);
    ERR_clear_error();
}
