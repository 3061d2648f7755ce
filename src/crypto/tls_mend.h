/*
 * tls_mend.h - mends a leak of sofia-sip 1.12.11: its tls_free() shuts a TLS session
 * down and never frees it, 23 KiB for each connection that a phone (or a stranger)
 * ever made.
 *
 * We stand in for SSL_shutdown(), which tls_free() calls last of all with the
 * session: in a thread that asked for it, the session is freed there. To be
 * dropped when Debian's sofia-sip frees it itself (test/box/test_endings.py sees
 * the growth either way).
 */
#ifndef CRYPTO_TLS_MEND_H
#define CRYPTO_TLS_MEND_H

/* From now on, a session that this thread shuts down is freed. For sofia-sip's thread, which has
 * no other use of SSL_shutdown() (its STUN over TLS is never started). */
void tls_mend_this_thread(void);

#endif
