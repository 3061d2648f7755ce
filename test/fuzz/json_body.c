/*
 * json_body.c - libFuzzer: a request body through the lenient reader and every table.
 *
 * What was read is written again, and what is written must be read: a crash, a leak or
 * a failed assertion is a finding.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/graph_types.h"
#include "json/json.h"
#include "json/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(const struct type *t, const void *in, bool nulls)
{
    const struct write_how how = {.nulls = nulls};
    struct buf out = {0};
    struct writer w;
    struct json *j;

    writer_init(&w, &out);
    fields_write(&w, NULL, t, in, &how);
    j = json_parse(out.data, out.len, NULL);
    assert(j != NULL);
    json_free(j);
    buf_clear(&out);
}

static void read_as(const struct json *j, const struct type *t)
{
    struct arena a = {0};
    struct fail f;
    void *in = fields_read_new(j, t, &a, &f);

    if (in != NULL) {
        write_back(t, in, false);
        write_back(t, in, true);
    }
    arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fail f;
    bool lenient;
    struct json *j = json_parse_lenient((const char *)data, size, &lenient, &f);

    if (j != NULL)
        for (const struct type *const *t = graph_types; *t != NULL; t++)
            read_as(j, *t);
    json_free(j);
    json_free(yaml_parse("fuzz", (const char *)data, size, &f));
    (void)yaml_line((const char *)data, size, "a.b[0]");
    return 0;
}
