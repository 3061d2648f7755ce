/*
 * model_media_blob.c - fuzz: any text as the blob of a media session, and any text as its mpUri.
 * What is taken has an address that is no secret path into something else.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/media_blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lead(const char *uri, struct arena *a)
{
    for (int how = MEDIA_NET_TCP_WSS; how <= MEDIA_NET_TCP_REFUSE; how++) {
        const char *url = media_blob_url(uri, (enum media_net_tcp)how, a, NULL);

        if (url != NULL && !str_starts(url, "ws://") && !str_starts(url, "wss://"))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_new(size + 1);
    struct media_blob blob;
    struct arena a = {0};

    (void)memcpy(text, data, size);
    lead(text, &a);
    if (media_blob_read(text, &blob, &a, NULL) == ERR_OK) {
        if (blob.mp_uri == NULL || media_format_name((enum media_format)blob.format) == NULL)
            abort();
        lead(blob.mp_uri, &a);
    }
    arena_clear(&a);
    (void)mem_free(text);
    return 0;
}
