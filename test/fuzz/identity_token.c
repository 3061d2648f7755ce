/*
 * identity_token.c - the fuzzer's way into token_verify().
 *
 * The input is what follows "Bearer ". Taken apart are header and claims; a signature
 * cannot be guessed, so no input may ever be taken, and that is asserted. One key ring is
 * made for the whole run, in a folder that is removed at once.
 */
#include <assert.h>
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "identity/directory.h"
#include "identity/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct identity *identity;

static void sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *file;

    while (dir != NULL && (file = readdir(dir)) != NULL)
        (void)unlinkat(dirfd(dir), file->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(folder);
}

static void open_world(void)
{
    static const struct identity_settings settings = {.public_url = "http://localhost",
                                                      .embedded_issuer = true};
    static struct directory_config config;
    static struct arena arena;
    static struct directory *directory;
    static struct keys *keys;
    char folder[] = "/tmp/carillon-fuzz-XXXXXX";

    dev_directory_fill(&config, &arena);
    if (mkdtemp(folder) == NULL || keys_open(folder, &keys, NULL) != ERR_OK ||
        directory_new(&config, "carillon", &directory, NULL) != ERR_OK)
        abort();
    sweep(folder);
    identity = identity_new(&settings, directory, keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf header = {0};
    struct caller who;
    struct fail f;

    if (identity == NULL)
        open_world();
    buf_text(&header, "Bearer ");
    buf_add(&header, data, size);
    assert(token_verify(identity, header.data, &who, &f) != ERR_OK);
    buf_clear(&header);
    return 0;
}
