/*
 * replay.c - feeds every file of the folders named on the command line to one fuzz
 * entry: what was ever found stays found. Used by `make test`; `make fuzz` links
 * libFuzzer instead.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 };

static int feed(const char *folder, const char *name)
{
    static uint8_t bytes[MOST];
    char path[1024];
    uint8_t *copy;
    FILE *in;
    size_t n;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    in = fopen(path, "rb");
    if (in == NULL)
        return 0;
    n = fread(bytes, 1, sizeof(bytes), in);
    (void)fclose(in);
    copy = malloc(n != 0 ? n : 1); /* of exact size, so that a sanitizer sees a step too far */
    if (copy == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        copy[i] = bytes[i];
    (void)LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    return 1;
}

int main(int argc, char **argv)
{
    int fed = 0;

    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);

        for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
            if (e->d_name[0] != '.')
                fed += feed(argv[i], e->d_name);
        if (d != NULL)
            (void)closedir(d);
    }
    (void)printf("%d inputs\n", fed);
    return fed != 0 ? 0 : 1; /* a corpus that is not there proves nothing */
}
