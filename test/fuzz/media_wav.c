/*
 * media_wav.c - fuzz: any bytes as a prompt.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "media/prompt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prompt *p = NULL;
    struct fail f;

    if (prompt_decode(data, size, 2000, &p, &f) == ERR_OK) {
        size_t len = 0;

        if (prompt_ms(p) > 2000 || prompt_frames(p) == 0 ||
            prompt_payload(p, SDP_PCMU, prompt_frames(p) - 1, &len) == NULL || len != 160)
            abort();
    }
    prompt_free(p);
    return 0;
}
