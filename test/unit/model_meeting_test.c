/*
 * model_meeting_test.c - ids of meetings, and links to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/obj.h"
#include "base/str.h"
#include "model/meeting.h"

#define TENANT "aa67bd4c-8475-432d-bd41-39f255720e0a"
#define BOB "5810cede-f3cc-42eb-b2c1-e9bd5d53ec96"
#define THREAD "19:meeting_Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm@thread.v2"
#define LINK                                                                 \
    "http://127.0.0.1:8080/l/meetup-join/19%3ameeting_"                      \
    "Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm%40thread.v2/0?context=" \
    "%7b%22Tid%22%3a%22" TENANT "%22%2c%22Oid%22%3a%22" BOB "%22%7d"

static struct meeting *first_meeting(void)
{
    struct meeting *m = meeting_new();

    assert_true(id_read_text(&m->tenant, TENANT) && id_read_text(&m->organizer, BOB));
    m->thread = THREAD;
    m->message = "0";
    return m;
}

static void a_link_says_where_the_meeting_is_and_whose(void **state)
{
    struct meeting *m = first_meeting();
    struct arena a = {0};

    (void)state;
    assert_string_equal(meeting_url(m, "http://127.0.0.1:8080", &a), LINK);
    arena_clear(&a);
    (void)obj_unref(m);
}

static void a_link_that_was_written_is_read_again(void **state)
{
    struct meeting *m = first_meeting();
    struct arena a = {0};
    struct meeting_link l;
    struct fail f;

    (void)state;
    m->thread = "19:a+b=c&d%@thread.v2"; /* what must be escaped, also what is no thread id */
    m->message = "1533758867081";
    assert_int_equal(meeting_url_read(&l, meeting_url(m, "https://x", &a), &a, &f),
                     ERR_BAD_REQUEST);
    m->thread = "19:a+b=c&d@thread.v2";
    assert_int_equal(meeting_url_read(&l, meeting_url(m, "https://x", &a), &a, &f), ERR_OK);
    assert_string_equal(l.thread, m->thread);
    assert_string_equal(l.message, m->message);
    assert_string_equal(l.tenant.text, TENANT);
    assert_string_equal(l.organizer.text, BOB);
    arena_clear(&a);
    (void)obj_unref(m);
}

/* clang-format off */
static const struct {
    const char *url;
    const char *tenant; /* "" when the link does not say; NULL: refused */
} links[] = {
    {LINK, TENANT},
    {"https://teams.microsoft.com/l/meetup-join/19%3Ameeting_Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm%40thread.v2"
     "/0?context=%7B%22Tid%22:%22AA67BD4C8475432DBD4139F255720E0A%22,%22Oid%22:%22" BOB "%22%7D", TENANT},
    /* resolved once already, as in the value of a query */
    {"https://x/l/meetup-join/" THREAD "/0?context={\"Tid\":\"" TENANT "\",\"Oid\":\"" BOB "\"}", TENANT},
    {"https://x/l/meetup-join/" THREAD "/0?anon=true&context={\"Tid\":\"" TENANT "\"}&more=1", TENANT},
    {"https://x/l/meetup-join/" THREAD "/0?context={\"Oid\":\"" BOB "\"}", ""},
    {"https://x/l/meetup-join/" THREAD "/0", ""},
    {"https://x/l/meetup-join/" THREAD "/0/", ""},
    {"https://x/prefix/l/meetup-join/" THREAD "/0#fragment", ""},
    {"https://x/l/meetup-join/" THREAD "/0?context=nonsense", NULL},
    {"https://x/l/meetup-join/" THREAD "/0?context=%7b%22Tid%22", NULL},
    {"https://x/l/meetup-join/" THREAD "/0?context=%", NULL},
    {"https://x/l/meetup-join/" THREAD "/0?context=[1]", NULL},
    {"https://x/l/meetup-join/" THREAD, NULL},
    {"https://x/l/meetup-join/" THREAD "/", NULL},
    {"https://x/l/meetup-join//0", NULL},
    {"https://x/l/meetup-join/18:meeting@thread.v2/0", NULL},
    {"https://x/l/meetup-join/19%3a%0a@thread.v2/0", NULL},
    {"https://x/?to=/l/meetup-join/" THREAD "/0", NULL},
    {"https://x/l/meetup/" THREAD "/0", NULL},
    {"ftp://x/l/meetup-join/" THREAD "/0", NULL},
    {"/l/meetup-join/" THREAD "/0", NULL},
    {"", NULL},
};
/* clang-format on */

static void links_are_read_whatever_their_host(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct arena a = {0};
        struct meeting_link l;
        struct fail f = {0};
        enum err e = meeting_url_read(&l, links[i].url, &a, &f);

        if ((e == ERR_OK) != (links[i].tenant != NULL))
            fail_msg("link %zu: %s", i, e == ERR_OK ? "taken" : f.text);
        if (e == ERR_OK) {
            assert_string_equal(l.thread, THREAD);
            assert_string_equal(l.message, "0");
            assert_string_equal(l.tenant.text, links[i].tenant);
        }
        arena_clear(&a);
    }
}

static void a_link_that_is_too_long_is_none(void **state)
{
    struct buf b = {0};
    struct arena a = {0};
    struct meeting_link l;

    (void)state;
    buf_text(&b, LINK "&x=");
    while (b.len <= MEETING_URL_CHARS)
        buf_char(&b, 'y');
    assert_int_equal(meeting_url_read(&l, b.data, &a, NULL), ERR_BAD_REQUEST);
    b.data[MEETING_URL_CHARS] = '\0';
    assert_int_equal(meeting_url_read(&l, b.data, &a, NULL), ERR_OK);
    buf_clear(&b);
    arena_clear(&a);
}

static void thread_and_message_ids_are_what_fits_a_path_and_a_header(void **state)
{
    static const char *const bad[] = {"",         "19:",         "18:x@thread.v2", "19:a b",
                                      "19:a/b",   "19:a\"b",     "19:a%b",         "19:a?b",
                                      "19:a\x7f", "19:\xc3\xa9", "19:a\n"};
    char text[MEETING_THREAD_CHARS + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(meeting_is_thread(bad[i]));
    assert_false(meeting_is_thread(NULL));
    assert_true(meeting_is_thread(THREAD));
    assert_true(meeting_is_thread("19:cbee7c1c860e465f8258e3cebf7bee0d@thread.skype"));
    (void)memset(text, 'x', sizeof(text));
    (void)memcpy(text, "19:", 3);
    text[MEETING_THREAD_CHARS + 1] = '\0';
    assert_false(meeting_is_thread(text));
    text[MEETING_THREAD_CHARS] = '\0';
    assert_true(meeting_is_thread(text));
    assert_true(meeting_is_message("0") && meeting_is_message("1533758867081"));
    assert_false(meeting_is_message("") || meeting_is_message("a b") || meeting_is_message(NULL));
}

static void numbers_are_compared_as_people_write_them(void **state)
{
    char out[MEETING_NUMBER_CHARS + 1];

    (void)state;
    assert_true(meeting_number_read(out, "200 000-000 001"));
    assert_string_equal(out, "200000000001");
    assert_true(meeting_number_read(out, "12345678901234567890123456789012"));
    assert_false(meeting_number_read(out, "123456789012345678901234567890123"));
    assert_false(meeting_number_read(out, "12a") || meeting_number_read(out, "") ||
                 meeting_number_read(out, " - ") || meeting_number_read(out, NULL));
}

static void fill(uint8_t random[MEETING_RANDOM], uint8_t with)
{
    (void)memset(random, with, MEETING_RANDOM);
}

static void new_ids_have_their_form_whatever_chance_gives(void **state)
{
    uint8_t random[MEETING_RANDOM];

    (void)state;
    for (int with = 0; with < 256; with++) {
        struct meeting *m = meeting_new();

        fill(random, (uint8_t)with);
        meeting_make_ids(m, random);
        assert_int_equal(strlen(m->thread), strlen("19:meeting_@thread.v2") + 48);
        assert_true(meeting_is_thread(m->thread));
        assert_true(str_starts(m->thread, "19:meeting_"));
        assert_string_equal(strchr(m->thread, '@'), "@thread.v2");
        assert_string_equal(m->message, "0");
        assert_int_equal(strlen(m->join_id), 12);
        assert_int_equal(strlen(m->vtc_id), 10);
        assert_int_equal(strspn(m->join_id, "0123456789"), 12);
        assert_true(m->join_id[0] != '0' && m->vtc_id[0] != '0');
        (void)obj_unref(m);
    }
}

/* Every byte counts: none of them could be left out by mistake. */
static void every_random_byte_changes_an_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < 52; i++) {
        uint8_t random[MEETING_RANDOM];
        struct meeting *a = meeting_new();
        struct meeting *b = meeting_new();

        fill(random, 7);
        meeting_make_ids(a, random);
        random[i] ^= 0x41;
        meeting_make_ids(b, random);
        if (str_eq(a->thread, b->thread) && str_eq(a->join_id, b->join_id) &&
            str_eq(a->vtc_id, b->vtc_id))
            fail_msg("byte %zu changes nothing", i);
        (void)obj_unref(a);
        (void)obj_unref(b);
    }
}

static void a_passcode_can_be_read_aloud(void **state)
{
    static const uint8_t random[8] = {0, 31, 32, 255, 128, 7, 9, 200};
    char out[MEETING_PASSCODE_SIZE];

    (void)state;
    assert_string_equal(meeting_make_passcode(out, random), "A9A9AHKJ");
    assert_null(strpbrk(out, "IO01"));
}

static void kinds_have_words(void **state)
{
    (void)state;
    for (int k = 0; k < MEETING_KIND_COUNT; k++)
        assert_int_equal(meeting_kind_of(meeting_kind_name((enum meeting_kind)k)), k);
    assert_int_equal(meeting_kind_of("party"), MEETING_KIND_COUNT);
    assert_int_equal(meeting_kind_of(NULL), MEETING_KIND_COUNT);
}

static void escapes_are_resolved_or_refused(void **state)
{
    struct arena a = {0};

    (void)state;
    assert_string_equal(meeting_unescape(&a, "19%3aa%40b", 10), "19:a@b");
    assert_string_equal(meeting_unescape(&a, "plain", 5), "plain");
    assert_null(meeting_unescape(&a, "%4", 2));
    assert_null(meeting_unescape(&a, "%zz", 3));
    assert_null(meeting_unescape(&a, "%00", 3));
    assert_null(meeting_unescape(&a, "%7f", 3));
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_says_where_the_meeting_is_and_whose),
        cmocka_unit_test(a_link_that_was_written_is_read_again),
        cmocka_unit_test(links_are_read_whatever_their_host),
        cmocka_unit_test(a_link_that_is_too_long_is_none),
        cmocka_unit_test(thread_and_message_ids_are_what_fits_a_path_and_a_header),
        cmocka_unit_test(numbers_are_compared_as_people_write_them),
        cmocka_unit_test(new_ids_have_their_form_whatever_chance_gives),
        cmocka_unit_test(every_random_byte_changes_an_id),
        cmocka_unit_test(a_passcode_can_be_read_aloud),
        cmocka_unit_test(kinds_have_words),
        cmocka_unit_test(escapes_are_resolved_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
