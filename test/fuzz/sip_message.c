/*
 * sip_message.c - fuzz: any bytes as a SIP message, and what we read of it ourselves:
 * credentials, descriptions, keys, display names.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/dialog.h"
#include "sip/digest.h"
#include "sip/info.h"
#include "sip/reoffer.h"
#include "sip/stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_credentials(const msg_auth_t *au)
{
    for (; au != NULL; au = au->au_next) {
        struct digest_answer a;
        char response[65];

        if (digest_read(&a, (const char *const *)au->au_params) && digest_matches(&a, "", "INVITE"))
            abort(); /* nobody knows an answer without a password */
        (void)digest_response(&a, "", "INVITE", response);
    }
}

static void read_body(const sip_t *sip)
{
    const sip_payload_t *body = sip->sip_payload;
    char *sdp = dialog_sdp_of(sip);
    char key = 0;
    int key_ms = 0;

    if (sdp != NULL && strlen(sdp) > body->pl_len)
        abort();
    if (sdp != NULL && strstr(sdp, "\no=") != NULL && !reoffer_same(sdp, sdp))
        abort();
    for (int relay = 0; relay < 2; relay++) {
        if (body != NULL && info_read(relay == 1, body->pl_data, body->pl_len, &key, &key_ms) &&
            (strchr("0123456789*#ABCD", key) == NULL || key_ms <= 0))
            abort();
    }
    (void)mem_free(sdp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    msg_t *msg = msg_make(sip_default_mclass(), 0, data, (ssize_t)size);
    const sip_t *sip = msg != NULL ? sip_object(msg) : NULL;
    char name[32];

    if (sip != NULL) {
        read_credentials(sip->sip_authorization);
        read_credentials(sip->sip_proxy_authorization);
        read_body(sip);
        if (sip->sip_from != NULL && sip->sip_from->a_display != NULL)
            stack_unquote(name, sizeof(name), sip->sip_from->a_display);
    }
    if (msg != NULL)
        msg_destroy(msg);
    return 0;
}
