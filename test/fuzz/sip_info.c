/*
 * sip_info.c - fuzz: any bytes as the body of an INFO that says which key was pressed.
 *
 * Read both ways; what is read must be a key, and must read the same from its own form.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/info.h"

enum { KEY_MS_MOST = 10000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(char key, int key_ms)
{
    char body[64];
    char again = 0;
    int again_ms = 0;
    int n = snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%d\r\n", key, key_ms);

    if (strchr("0123456789*#ABCD", key) == NULL || key == '\0' || key_ms < 1 ||
        key_ms > KEY_MS_MOST)
        abort();
    if (!info_read(true, body, (size_t)n, &again, &again_ms) || again != key || again_ms != key_ms)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int relay = 0; relay < 2; relay++) {
        char key = 0;
        int key_ms = 0;

        if (info_read(relay == 1, (const char *)data, size, &key, &key_ms))
            check(key, key_ms);
    }
    return 0;
}
