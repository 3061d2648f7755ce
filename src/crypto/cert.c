/*
 * cert.c - the local CA and its leaf: looked at, made, written. Any thread, at start.
 *
 * A key and its certificate are made together and written before what depends on them;
 * each file appears whole or not at all. A crash in between leaves a pair that does not
 * match, which is seen at the next start and made anew. It revokes nothing.
 */
#include "crypto/cert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"

enum {
    DAY_S = 86400,
    CA_DAYS = 3650,
    LEAF_DAYS = 397,  /* browsers believe no more (CA/Browser Forum, 6.3.2) */
    RENEW_DAYS = 30,  /* made anew when it ends sooner */
    SERIAL_BYTES = 16 /* random, so that two CAs of one name never say the same */
};

struct pair {
    EVP_PKEY *key;
    X509 *cert;
};

struct profile {
    const char *name;
    int days;
    bool is_ca;
    const char *san; /* NULL: none */
};

static void clear_pair(struct pair *p)
{
    EVP_PKEY_free(p->key);
    X509_free(p->cert);
    *p = (struct pair){0};
}

static enum err broken(struct fail *f, const char *what)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());

    ERR_clear_error();
    return err_set(f, ERR_INTERNAL, "%s: %s", what, why != NULL ? why : "OpenSSL failed");
}

/* ---- files ---- */

static enum err file_failed(struct fail *f, const char *path)
{
    return err_set(f, ERR_INTERNAL, "cannot write '%s': %s", path, strerror(errno));
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return fsync(fd) == 0;
}

/* Through a temporary file, so that nobody ever reads half a key. */
static enum err write_file(const char *folder, const char *name, const char *p, size_t n,
                           struct fail *f)
{
    char *path = str_printf("%s/%s", folder, name);
    char *temporary = str_printf("%s/.%s.XXXXXX", folder, name);
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    enum err e = ERR_OK;
    bool whole;

    if (fd < 0) {
        e = file_failed(f, path);
    } else {
        whole = write_all(fd, p, n);
        whole = close(fd) == 0 && whole;
        if (!whole || rename(temporary, path) != 0) {
            e = file_failed(f, path);
            (void)unlink(temporary);
        }
    }
    (void)mem_free(path);
    (void)mem_free(temporary);
    return e;
}

static bool add_key(BIO *b, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) == 1;
}

/* Writes what of key, cert and chain is not NULL, in this order. */
static enum err write_pem(const char *folder, const char *name, EVP_PKEY *key, X509 *cert,
                          X509 *chain, struct fail *f)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *text = NULL;
    long n;
    enum err e;

    if (b == NULL || (key != NULL && !add_key(b, key)) ||
        (cert != NULL && PEM_write_bio_X509(b, cert) != 1) ||
        (chain != NULL && PEM_write_bio_X509(b, chain) != 1)) {
        e = broken(f, name);
    } else {
        n = BIO_get_mem_data(b, &text);
        e = write_file(folder, name, text, (size_t)n, f);
    }
    BIO_free_all(b);
    return e;
}

/* A pair of files, when both are there, belong together and live long enough. */
static bool read_pair(const char *folder, const char *cert_name, const char *key_name,
                      struct pair *out)
{
    char *cert_path = str_printf("%s/%s", folder, cert_name);
    char *key_path = str_printf("%s/%s", folder, key_name);
    BIO *cert = BIO_new_file(cert_path, "r");
    BIO *key = BIO_new_file(key_path, "r");
    time_t soon = (time_t)(clock_wall_ms() / 1000 + (int64_t)RENEW_DAYS * DAY_S);
    time_t now = (time_t)(clock_wall_ms() / 1000);
    bool good;

    if (cert != NULL)
        out->cert = PEM_read_bio_X509(cert, NULL, NULL, NULL);
    if (key != NULL)
        out->key = PEM_read_bio_PrivateKey(key, NULL, NULL, "");
    good = out->cert != NULL && out->key != NULL &&
           X509_check_private_key(out->cert, out->key) == 1 &&
           X509_cmp_time(X509_get0_notAfter(out->cert), &soon) > 0 &&
           X509_cmp_time(X509_get0_notBefore(out->cert), &now) < 0;
    BIO_free_all(cert);
    BIO_free_all(key);
    (void)mem_free(cert_path);
    (void)mem_free(key_path);
    ERR_clear_error();
    if (!good)
        clear_pair(out);
    return good;
}

/* ---- certificates ---- */

/* "DNS:localhost,IP:127.0.0.1"; refuses what is neither, since the text is a language. */
static enum err write_san(const char *const *names, struct buf *out, struct fail *f)
{
    struct addr a;

    for (size_t i = 0; names[i] != NULL; i++) {
        size_t n = strlen(names[i]);
        bool is_ip = addr_read_ip(&a, names[i], n, 0);

        if (n == 0 || (!is_ip && names[i][strspn(names[i], "abcdefghijklmnopqrstuvwxyz"
                                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                           "0123456789-._*")] != '\0'))
            return err_set(f, ERR_BAD_REQUEST, "'%s' is no name for a certificate", names[i]);
        buf_printf(out, "%s%s:%s", i > 0 ? "," : "", is_ip ? "IP" : "DNS", names[i]);
    }
    if (out->len == 0)
        return err_set(f, ERR_BAD_REQUEST, "a certificate needs a name");
    return ERR_OK;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    bool added;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    added = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return added;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct profile *p)
{
    if (!add_extension(cert, issuer, NID_subject_key_identifier, "hash") ||
        !add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always"))
        return false;
    if (p->is_ca)
        return add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
               add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    /* SIP peers dial each other, so the leaf is a client's too (RFC 5922). */
    return add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
           add_extension(cert, issuer, NID_subject_alt_name, p->san);
}

static bool set_serial(X509 *cert)
{
    uint8_t raw[SERIAL_BYTES];
    BIGNUM *n;
    bool set;

    hash_random(raw, sizeof(raw));
    raw[0] = (uint8_t)((raw[0] & 0x7f) | 0x40); /* positive, never short (RFC 5280, 4.1.2.2) */
    n = BN_bin2bn(raw, sizeof(raw), NULL);
    set = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
    BN_free(n);
    return set;
}

static bool set_names(X509 *cert, const X509 *issuer, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(cert);

    return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                      (const unsigned char *)"Carillon", -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1;
}

/* Valid from an hour ago, for clients whose clock is late. */
static bool set_validity(X509 *cert, int days)
{
    time_t from = (time_t)(clock_wall_ms() / 1000 - 3600);

    return ASN1_TIME_adj(X509_getm_notBefore(cert), from, 0, 0) != NULL &&
           ASN1_TIME_adj(X509_getm_notAfter(cert), from, days, 0) != NULL;
}

/* A key and its certificate, signed by ca, or by itself when ca is NULL. */
static enum err make_pair(const struct profile *p, const struct pair *ca, struct pair *out,
                          struct fail *f)
{
    X509 *issuer;

    out->key = EVP_EC_gen("P-256");
    out->cert = X509_new();
    issuer = ca != NULL ? ca->cert : out->cert;
    if (out->key == NULL || out->cert == NULL || X509_set_version(out->cert, X509_VERSION_3) != 1 ||
        !set_serial(out->cert) || !set_names(out->cert, issuer, p->name) ||
        !set_validity(out->cert, p->days) || X509_set_pubkey(out->cert, out->key) != 1 ||
        !add_extensions(out->cert, issuer, p) ||
        X509_sign(out->cert, ca != NULL ? ca->key : out->key, EVP_sha256()) == 0) {
        clear_pair(out);
        return broken(f, p->name);
    }
    return ERR_OK;
}

/* Is this leaf signed by this CA, for exactly these names? */
static bool fits(const struct pair *leaf, const struct pair *ca, const char *san)
{
    X509V3_CTX ctx;
    X509_EXTENSION *want;
    int at = X509_get_ext_by_NID(leaf->cert, NID_subject_alt_name, -1);
    bool same;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
    want = X509V3_EXT_nconf_nid(NULL, &ctx, NID_subject_alt_name, san);
    same = want != NULL && at >= 0 &&
           ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(want),
                                 X509_EXTENSION_get_data(X509_get_ext(leaf->cert, at))) == 0;
    same = same && X509_verify(leaf->cert, ca->key) == 1;
    X509_EXTENSION_free(want);
    ERR_clear_error();
    return same;
}

static enum err get_ca(const char *folder, struct pair *ca, struct fail *f)
{
    static const struct profile profile = {"Carillon local CA", CA_DAYS, true, NULL};
    enum err e;

    if (read_pair(folder, "ca.pem", "ca.key", ca))
        return ERR_OK;
    e = make_pair(&profile, NULL, ca, f);
    if (e == ERR_OK)
        e = write_pem(folder, "ca.key", ca->key, NULL, NULL, f);
    if (e == ERR_OK)
        e = write_pem(folder, "ca.pem", NULL, ca->cert, NULL, f);
    return e;
}

static enum err get_leaf(const char *folder, const char *san, const struct pair *ca,
                         struct pair *leaf, struct fail *f)
{
    /* Names are looked for in the SAN only (RFC 9110, 4.3.4); this one is for people. */
    const struct profile profile = {"Carillon server", LEAF_DAYS, false, san};
    enum err e;

    if (read_pair(folder, "server.pem", "server.key", leaf)) {
        if (fits(leaf, ca, san))
            return ERR_OK;
        clear_pair(leaf);
    }
    e = make_pair(&profile, ca, leaf, f);
    if (e == ERR_OK)
        e = write_pem(folder, "server.key", leaf->key, NULL, NULL, f);
    if (e == ERR_OK)
        e = write_pem(folder, "server.pem", NULL, leaf->cert, ca->cert, f);
    return e;
}

/* The last two are written at every start: cheap, and they always match the rest. */
enum err cert_make(const char *folder, const char *const *names, struct fail *f)
{
    struct pair ca = {0};
    struct pair leaf = {0};
    struct buf san = {0};
    enum err e = write_san(names, &san, f);

    if (e == ERR_OK)
        e = get_ca(folder, &ca, f);
    if (e == ERR_OK)
        e = get_leaf(folder, san.data, &ca, &leaf, f);
    if (e == ERR_OK)
        e = write_pem(folder, "agent.pem", leaf.key, leaf.cert, ca.cert, f);
    if (e == ERR_OK)
        e = write_pem(folder, "cafile.pem", NULL, ca.cert, NULL, f);
    clear_pair(&ca);
    clear_pair(&leaf);
    buf_clear(&san);
    return e;
}

/* Whole days; a certificate that ended an hour ago has -1. */
enum err cert_days_left(const char *pem_file, int *days, struct fail *f)
{
    BIO *b = BIO_new_file(pem_file, "r");
    X509 *cert = b != NULL ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(clock_wall_ms() / 1000));
    int seconds = 0;
    enum err e = ERR_OK;

    if (cert == NULL || now == NULL ||
        ASN1_TIME_diff(days, &seconds, now, X509_get0_notAfter(cert)) != 1)
        e = err_set(f, ERR_INTERNAL, "'%s' holds no certificate that can be read", pem_file);
    else if (ASN1_TIME_compare(X509_get0_notBefore(cert), now) > 0)
        e = err_set(f, ERR_CONFLICT, "'%s' is not valid yet", pem_file);
    else if (seconds < 0)
        *days -= 1;
    ASN1_TIME_free(now);
    X509_free(cert);
    BIO_free_all(b);
    ERR_clear_error();
    return e;
}
