/*
 * world.h - what the fuzz entries of identity/ need: an identity with the dev directory.
 *
 * One key ring is made for the whole run, in a folder that is removed at once.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "identity/directory.h"
#include "identity/keys.h"
#include "identity/token.h"

static inline void world_sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *file;

    while (dir != NULL && (file = readdir(dir)) != NULL)
        (void)unlinkat(dirfd(dir), file->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(folder);
}

/* Lives as long as the process; known, if given, is its directory. */
static inline struct identity *world_open(const struct directory_config **known)
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
    world_sweep(folder);
    if (known != NULL)
        *known = directory_all(directory);
    return identity_new(&settings, directory, keys);
}

#endif
