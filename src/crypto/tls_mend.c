#include "crypto/tls_mend.h"

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local bool frees;

void tls_mend_this_thread(void)
{
    frees = true;
}

/* Visible, so that the library's call finds this one before OpenSSL's. */
__attribute__((visibility("default"))) int SSL_shutdown(SSL *ssl)
{
    typedef int shutdown_h(SSL * s);
    shutdown_h *real = NULL;
    int result;

    *(void **)&real = dlsym(RTLD_NEXT, "SSL_shutdown");
    if (real == NULL)
        abort(); /* we are linked with OpenSSL */
    result = real(ssl);
    if (!frees)
        return result;
    /* tls_free() lets go of the BIO and of the context afterwards, though it never took a reference
     * of its own: those of the session that was never freed stood in for them. */
    (void)BIO_up_ref(SSL_get_rbio(ssl));
    (void)SSL_CTX_up_ref(SSL_get_SSL_CTX(ssl));
    SSL_free(ssl);
    return result;
}
