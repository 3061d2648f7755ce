/*
 * model_entry_test.c - who is let in, who waits, who is refused: every question there is; and
 * what keys spell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "model/entry.h"

/* What becomes of one of the meeting's own tenant and of another, and of each when it dials in
 * and the meeting lets phones pass. Who is invited or organizes comes in, whatever stands here. */
#define S(name) ENTRY_SCOPE_##name
#define G(name) ENTRY_GUESTS_##name
/* clang-format off */
static const struct {
    enum entry_scope scope;
    enum entry_guests guests;
    enum entry own, other, own_phone, other_phone;
} rows[] = {
    {S(TENANT),       G(LOBBY),  ENTRY_IN,   ENTRY_WAIT,    ENTRY_IN, ENTRY_IN},
    {S(TENANT),       G(JOIN),   ENTRY_IN,   ENTRY_IN,      ENTRY_IN, ENTRY_IN},
    {S(TENANT),       G(REFUSE), ENTRY_IN,   ENTRY_REFUSED, ENTRY_IN, ENTRY_REFUSED},
    {S(ORGANIZER),    G(LOBBY),  ENTRY_WAIT, ENTRY_WAIT,    ENTRY_IN, ENTRY_IN},
    {S(ORGANIZER),    G(JOIN),   ENTRY_WAIT, ENTRY_WAIT,    ENTRY_IN, ENTRY_IN},
    {S(ORGANIZER),    G(REFUSE), ENTRY_WAIT, ENTRY_REFUSED, ENTRY_IN, ENTRY_REFUSED},
    {S(ORGANIZATION), G(LOBBY),  ENTRY_IN,   ENTRY_WAIT,    ENTRY_IN, ENTRY_IN},
    {S(ORGANIZATION), G(JOIN),   ENTRY_IN,   ENTRY_WAIT,    ENTRY_IN, ENTRY_IN},
    {S(ORGANIZATION), G(REFUSE), ENTRY_IN,   ENTRY_REFUSED, ENTRY_IN, ENTRY_REFUSED},
    {S(EVERYONE),     G(LOBBY),  ENTRY_IN,   ENTRY_IN,      ENTRY_IN, ENTRY_IN},
    {S(EVERYONE),     G(JOIN),   ENTRY_IN,   ENTRY_IN,      ENTRY_IN, ENTRY_IN},
    {S(EVERYONE),     G(REFUSE), ENTRY_IN,   ENTRY_REFUSED, ENTRY_IN, ENTRY_REFUSED},
};
/* clang-format on */
enum { ROWS = sizeof(rows) / sizeof(rows[0]), YES_OR_NO = 5 };

static enum entry expected(size_t row, const struct entry_question *q)
{
    bool passes = q->dials_in && q->dial_in_free;

    if (q->is_invited || q->is_organizer)
        return ENTRY_IN;
    if (q->is_own)
        return passes ? rows[row].own_phone : rows[row].own;
    return passes ? rows[row].other_phone : rows[row].other;
}

static void every_question_has_the_answer_of_the_table(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++)
        for (unsigned bits = 0; bits < 1U << YES_OR_NO; bits++) {
            const struct entry_question q = {
                .is_invited = (bits & 1U) != 0,
                .is_organizer = (bits & 2U) != 0,
                .is_own = (bits & 4U) != 0,
                .dials_in = (bits & 8U) != 0,
                .dial_in_free = (bits & 16U) != 0,
                .scope = rows[row].scope,
                .guests = rows[row].guests,
            };

            if (entry_judge(&q) != expected(row, &q))
                fail_msg("row %zu, question %#x: %d", row, bits, (int)entry_judge(&q));
        }
}

static void the_table_has_every_scope_with_every_word_once(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        unsigned bit = 1U << ((unsigned)rows[row].scope * 3 + (unsigned)rows[row].guests);

        assert_int_equal(seen & bit, 0);
        seen |= bit;
    }
    assert_int_equal(seen, (1U << ROWS) - 1);
}

static void only_strangers_are_refused_and_only_where_guests_are(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        assert_int_not_equal(rows[row].own, ENTRY_REFUSED);
        assert_int_not_equal(rows[row].own_phone, ENTRY_REFUSED);
        assert_int_equal(rows[row].other == ENTRY_REFUSED, rows[row].guests == G(REFUSE));
    }
}

static void graphs_scopes_mean_one_of_ours(void **state)
{
    (void)state;
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_ABSENT), S(TENANT));
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_ORGANIZER), S(ORGANIZER));
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_INVITED), S(ORGANIZER));
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_ORGANIZATION), S(ORGANIZATION));
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_ORGANIZATION_AND_FEDERATED), S(ORGANIZATION));
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_ORGANIZATION_EXCLUDING_GUESTS),
                     S(ORGANIZATION));
    assert_int_equal(entry_scope_of(GRAPH_LOBBY_SCOPE_EVERYONE), S(EVERYONE));
}

static void words_of_the_directory_are_read_and_all_else_means_the_lobby(void **state)
{
    (void)state;
    assert_int_equal(entry_guests_of("lobby"), G(LOBBY));
    assert_int_equal(entry_guests_of("join"), G(JOIN));
    assert_int_equal(entry_guests_of("refuse"), G(REFUSE));
    assert_int_equal(entry_guests_of(NULL), G(LOBBY));
    assert_int_equal(entry_guests_of(""), G(LOBBY));
    assert_int_equal(entry_guests_of("Join"), G(LOBBY));
}

/* The keys of ITU-T E.161, figure 2: what is printed on each. */
static void every_letter_is_typed_with_the_key_that_it_stands_on(void **state)
{
    static const char *const keypad[10] = {"0",    "1",    "2abc",  "3def", "4ghi",
                                           "5jkl", "6mno", "7pqrs", "8tuv", "9wxyz"};

    (void)state;
    for (int key = 0; key < 10; key++)
        for (const char *at = keypad[key]; *at != '\0'; at++)
            for (int typed = 0; typed < 10; typed++) {
                const char keys[2] = {(char)('0' + typed), '\0'};
                const char small[2] = {*at, '\0'};
                const char capital[2] = {(char)(*at >= 'a' ? *at - 'a' + 'A' : *at), '\0'};

                assert_int_equal(entry_keys_spell(keys, small), typed == key);
                assert_int_equal(entry_keys_spell(keys, capital), typed == key);
            }
}

static void a_passcode_is_spelled_from_its_first_character_to_its_last(void **state)
{
    (void)state;
    assert_true(entry_keys_spell("235571", "Bells1"));
    assert_true(entry_keys_spell("235571", "BELLS1"));
    assert_false(entry_keys_spell("235577", "Bells1"));
    assert_false(entry_keys_spell("23557", "Bells1"));
    assert_false(entry_keys_spell("2355711", "Bells1"));
    assert_false(entry_keys_spell("", "Bells1"));
    assert_false(entry_keys_spell("2", ""));
}

static void what_no_key_has_cannot_be_typed(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        const char passcode[2] = {(char)c, '\0'};
        bool has_key = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool typed = false;

        for (char key = '0'; key <= '9'; key++)
            typed = typed || entry_keys_spell((const char[]){key, '\0'}, passcode);
        assert_int_equal(typed, has_key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_has_the_answer_of_the_table),
        cmocka_unit_test(the_table_has_every_scope_with_every_word_once),
        cmocka_unit_test(only_strangers_are_refused_and_only_where_guests_are),
        cmocka_unit_test(graphs_scopes_mean_one_of_ours),
        cmocka_unit_test(words_of_the_directory_are_read_and_all_else_means_the_lobby),
        cmocka_unit_test(every_letter_is_typed_with_the_key_that_it_stands_on),
        cmocka_unit_test(a_passcode_is_spelled_from_its_first_character_to_its_last),
        cmocka_unit_test(what_no_key_has_cannot_be_typed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
