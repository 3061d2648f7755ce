/*
 * model_meeting.c - fuzz: any text as a link to a meeting, as a number and as a time. What is read
 * must be what its own writer writes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "model/meeting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A link that was taken leads to the same place when we write it. */
static void write_again(const struct meeting_link *l, struct arena *a)
{
    struct meeting *m = meeting_new();
    struct meeting_link again;

    m->thread = l->thread;
    m->message = l->message;
    m->tenant = l->tenant;
    m->organizer = l->organizer;
    if (meeting_url_read(&again, meeting_url(m, "https://x", a), a, NULL) != ERR_OK ||
        !str_eq(again.thread, l->thread) || !str_eq(again.message, l->message) ||
        !str_eq(again.tenant.text, l->tenant.text) ||
        !str_eq(again.organizer.text, l->organizer.text))
        abort();
    (void)obj_unref(m);
}

static void read_time(const char *text)
{
    char again[CLOCK_TEXT_SIZE];
    int64_t ms;
    int64_t same;

    if (clock_read(text, &ms) && (!clock_read(clock_text(ms, again), &same) || same != ms))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_new(size + 1);
    char number[MEETING_NUMBER_CHARS + 1];
    struct meeting_link l;
    struct arena a = {0};

    (void)memcpy(text, data, size);
    if (meeting_url_read(&l, text, &a, NULL) == ERR_OK)
        write_again(&l, &a);
    if (meeting_number_read(number, text) && strspn(number, "0123456789") != strlen(number))
        abort();
    read_time(text);
    arena_clear(&a);
    (void)mem_free(text);
    return 0;
}
