/*
 * main_config.c - fuzz: any bytes as the configuration file, through YAML, tables and checks.
 *
 * What is taken must print as JSON that can be read, must equal itself, and its directory
 * must either be one or be refused with a sentence; what is refused says where and why.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "main/config.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void on_difference(const char *path, void *arg)
{
    (void)path;
    (void)arg;
    abort(); /* it differs from itself */
}

static void check_printed(const struct config *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct json *j;

    must(out != NULL);
    config_print(c, out);
    (void)config_unsafe(c, out);
    must(fclose(out) == 0);
    j = json_parse(text, (size_t)(strchr(text, '\n') - text), NULL);
    must(json_kind(j) == JSON_OBJECT);
    json_free(j);
    free(text);
}

static void check(struct config *c)
{
    struct directory *d = NULL;
    struct fail f = {0};

    config_differences(c, c, on_difference, NULL);
    if (config_check(c, &f) != ERR_OK)
        must(f.text[0] != '\0');
    check_printed(c);
    if (directory_new(&c->directory, c->sip.realm, &d, &f) != ERR_OK)
        must(d == NULL && f.text[0] != '\0');
    else if (trust_check(&c->identity.issuers, d, &f) != ERR_OK)
        must(f.text[0] != '\0');
    directory_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct config c;
    struct fail f = {0};
    char path[32];
    int fd = memfd_create("config", MFD_CLOEXEC);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (config_read(&c, path, NULL, 0, &a, &f) == ERR_OK)
        check(&c);
    else
        must(f.text[0] != '\0');
    config_locate(path, &f);
    (void)close(fd);
    arena_clear(&a);
    return 0;
}
