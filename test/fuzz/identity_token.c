/*
 * identity_token.c - the fuzzer's way into token_verify().
 *
 * The input is what follows "Bearer ". Taken apart are header and claims; a signature
 * cannot be guessed, so no input may ever be taken, and that is asserted. One key ring is
 * made for the whole run, in a folder that is removed at once.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "identity/directory.h"
#include "identity/token.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct identity *identity;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf header = {0};
    struct caller who;
    struct fail f;

    if (identity == NULL)
        identity = world_open(NULL);
    buf_text(&header, "Bearer ");
    buf_add(&header, data, size);
    assert(token_verify(identity, header.data, &who, &f) != ERR_OK);
    buf_clear(&header);
    return 0;
}
