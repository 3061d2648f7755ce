/*
 * client_url.c - fuzz: any text as a URL, as a range and as an address; the verdict is checked
 * against libcurl's own reading of the same URL.
 */
#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What we let pass, libcurl must read as http(s) to the same kind of host, nobody's name in it. */
static void compare(const struct guard *g, const char *url)
{
    CURLU *u = curl_url();
    char *host = NULL;
    char *user = NULL;
    struct addr a;

    if (u == NULL || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        abort();
    if (curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_NO_USER)
        abort();
    if (host[0] == '[') {
        host[strlen(host) - 1] = '\0';
        if (!addr_read_ip(&a, host + 1, strlen(host + 1), 0) || !guard_allows(g, &a))
            abort();
    } else if (addr_read_ip(&a, host, strlen(host), 0) && !guard_allows(g, &a)) {
        abort(); /* libcurl turned a name into an address that is refused */
    }
    curl_free(host);
    curl_url_cleanup(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct guard strict = {0};
    static const struct guard dev = {.plain_http = true, .loopback = true, .private_nets = true};
    char *text = mem_new(size + 1);
    struct guard_range r;
    struct addr a;
    struct fail f;

    (void)memcpy(text, data, size);
    if (guard_url(&strict, text, &f) == ERR_OK) {
        if (guard_url(&dev, text, &f) != ERR_OK)
            abort(); /* what the strict one allows, all allow */
        compare(&strict, text);
    }
    if (guard_url(&dev, text, &f) == ERR_OK)
        compare(&dev, text);
    if (guard_range_read(&r, text, &f) == ERR_OK) {
        struct guard g = {.allow = &r, .allow_count = 1};

        (void)guard_allows(&g, &r.net);
    }
    if (addr_read_ip(&a, text, strlen(text), 0) && guard_allows(&strict, &a) &&
        addr_class(&a) != ADDR_PUBLIC)
        abort();
    (void)mem_free(text);
    return 0;
}
