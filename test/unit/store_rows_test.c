/*
 * store_rows_test.c - every verb of store/rows.h, seen after a restart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "store/rows.h"
#include "store/store.h"

enum { PATIENCE = 2000, STEP_MS = 20 };

struct fixture {
    char folder[64];
    struct loop *loop;
    struct store *store;
    struct buf seen; /* what was loaded or told, as text */
    size_t told;
};

static struct fixture fx;

static void open_store(void)
{
    const struct store_settings settings = {.folder = fx.folder, .no_sync = true};
    struct fail f = {0};

    fx.loop = loop_new("test");
    if (store_open(fx.loop, &settings, NULL, NULL, &fx.store, &f) != ERR_OK)
        fail_msg("%s", f.text);
}

static void close_store(void)
{
    store_close(fx.store);
    loop_free(fx.loop);
    fx.loop = NULL;
}

/* What a restart leaves is what is on disk. */
static void restart(void)
{
    close_store();
    open_store();
    buf_clear(&fx.seen);
}

static int set_up(void **state)
{
    (void)state;
    (void)memset(&fx, 0, sizeof(fx));
    (void)snprintf(fx.folder, sizeof(fx.folder), "/tmp/carillon-rows-XXXXXX");
    if (mkdtemp(fx.folder) == NULL)
        return -1;
    open_store();
    return 0;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    close_store();
    buf_clear(&fx.seen);
    (void)snprintf(path, sizeof(path), "%s/carillon.db", fx.folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/lock", fx.folder);
    (void)unlink(path);
    return rmdir(fx.folder);
}

static const char *or_none(const char *s)
{
    return s != NULL ? s : "none";
}

static void on_call(const struct call_row *r, void *arg)
{
    buf_printf(arg, "%s %s %s %s %s %s %s %s %" PRId64 "\n", r->id, or_none(r->tenant),
               or_none(r->application), or_none(r->callback_uri), or_none(r->state),
               or_none(r->chain_id), or_none(r->scenario_id), or_none(r->resource), r->created_ms);
}

static void on_notice(const struct notice_row *r, void *arg)
{
    buf_printf(arg, "%" PRId64 " %s %s %s %s %s %s %s %s %" PRId64 "\n", r->number, r->call,
               or_none(r->application), or_none(r->tenant), or_none(r->uri), or_none(r->webhook_id),
               or_none(r->headers), or_none(r->body), or_none(r->state), r->made_ms);
}

static void on_key(const struct key_row *r, void *arg)
{
    buf_printf(arg, "%s %s %s %s %s %" PRId64 "\n", r->key, or_none(r->body_hash), or_none(r->call),
               or_none(r->location), or_none(r->response), r->made_ms);
}

static void on_binding(const struct binding_row *r, void *arg)
{
    buf_printf(arg, "%s %s %s %s %s %" PRId64 " %" PRId64 "\n", r->user, r->contact,
               or_none(r->received), or_none(r->instance), or_none(r->call_id), r->cseq,
               r->expires_ms);
}

static void on_meeting(const struct meeting_row *r, void *arg)
{
    buf_printf(arg, "%s %s %s %s %s %s %s %s %s %s %s %" PRId64 "\n", r->id, r->tenant,
               r->organizer, r->organizer_name, r->kind, r->thread, r->message, r->join_id,
               or_none(r->passcode), r->vtc_id, r->options, r->created_ms);
}

/* Loads with load(h) and compares. */
#define ASSERT_LOADS(load, h, want)                                          \
    do {                                                                     \
        struct fail why = {0};                                               \
                                                                             \
        buf_clear(&fx.seen);                                                 \
        assert_int_equal(load(fx.store, h, &fx.seen, &why), ERR_OK);         \
        assert_string_equal(fx.seen.data != NULL ? fx.seen.data : "", want); \
    } while (0)

static void on_done(bool ok, void *arg)
{
    (void)arg;
    assert_true(ok);
    fx.told++;
}

static void wait_until_told(size_t count)
{
    for (int i = 0; i < PATIENCE && fx.told < count; i++)
        loop_step(fx.loop, STEP_MS);
    assert_int_equal(fx.told, count);
}

static void commit(void)
{
    store_then(fx.store, on_done, NULL);
    wait_until_told(fx.told + 1);
}

static struct call_row call_of(const char *id)
{
    return (struct call_row){.id = id,
                             .tenant = "tenant",
                             .application = "app",
                             .callback_uri = "uri",
                             .state = "establishing",
                             .chain_id = "chain",
                             .resource = "{}",
                             .created_ms = 1700000000123};
}

static void an_empty_database_loads_nothing(void **state)
{
    (void)state;
    ASSERT_LOADS(store_load_calls, on_call, "");
    ASSERT_LOADS(store_load_notices, on_notice, "");
    ASSERT_LOADS(store_load_keys, on_key, "");
    ASSERT_LOADS(store_load_bindings, on_binding, "");
    ASSERT_LOADS(store_load_meetings, on_meeting, "");
}

static void a_call_comes_back_as_it_was_put(void **state)
{
    struct call_row r = call_of("c1");

    (void)state;
    store_put_call(fx.store, &r);
    r.id = "c2";
    r.scenario_id = "scenario";
    r.resource = "{\"name\":\"M\xc3\xbcller 'x'; --\"}";
    store_put_call(fx.store, &r);
    restart();
    ASSERT_LOADS(store_load_calls, on_call,
                 "c1 tenant app uri establishing chain none {} 1700000000123\n"
                 "c2 tenant app uri establishing chain scenario"
                 " {\"name\":\"M\xc3\xbcller 'x'; --\"} 1700000000123\n");
}

static void texts_are_copied_when_they_are_put(void **state)
{
    char resource[] = "before";
    struct call_row r = call_of("c1");

    (void)state;
    r.resource = resource;
    store_put_call(fx.store, &r);
    (void)memset(resource, 'x', sizeof(resource) - 1);
    restart();
    ASSERT_LOADS(store_load_calls, on_call,
                 "c1 tenant app uri establishing chain none before 1700000000123\n");
}

static void a_call_put_again_is_replaced_and_keeps_its_place(void **state)
{
    struct call_row r = call_of("c1");

    (void)state;
    store_put_call(fx.store, &r);
    r.id = "c2";
    store_put_call(fx.store, &r);
    store_put_call(fx.store, &(struct call_row){.id = "c1",
                                                .tenant = "T",
                                                .application = "A",
                                                .callback_uri = "U",
                                                .state = "established",
                                                .chain_id = "C",
                                                .scenario_id = "S",
                                                .resource = "R",
                                                .created_ms = 2});
    restart();
    ASSERT_LOADS(store_load_calls, on_call,
                 "c1 T A U established C S R 2\n"
                 "c2 tenant app uri establishing chain none {} 1700000000123\n");
}

static void a_state_changes_in_one_call_only(void **state)
{
    struct call_row r = call_of("c1");

    (void)state;
    store_put_call(fx.store, &r);
    r.id = "c2";
    store_put_call(fx.store, &r);
    store_call_state(fx.store, "c1", "established");
    store_call_state(fx.store, "nobody", "established");
    restart();
    ASSERT_LOADS(store_load_calls, on_call,
                 "c1 tenant app uri established chain none {} 1700000000123\n"
                 "c2 tenant app uri establishing chain none {} 1700000000123\n");
}

static void on_dialog(int64_t leg, const char *dialog, void *arg)
{
    buf_printf(arg, "%" PRId64 " %s\n", leg, dialog);
}

static void dialogs_are_kept_by_their_leg_until_it_is_gone(void **state)
{
    (void)state;
    store_put_dialog(fx.store, 2, "two");
    store_put_dialog(fx.store, 1, "one");
    store_put_dialog(fx.store, 3, "three");
    store_put_dialog(fx.store, 2, "two again");
    store_del_dialog(fx.store, 3);
    store_del_dialog(fx.store, 4);
    restart();
    ASSERT_LOADS(store_load_dialogs, on_dialog, "1 one\n2 two again\n");
}

static void on_life(const char *life, void *arg)
{
    (void)arg;
    buf_printf(&fx.seen, "%s\n", or_none(life));
    fx.told++;
}

static void an_ended_call_is_gone_but_its_life_can_be_asked(void **state)
{
    struct call_row r = call_of("c1");

    (void)state;
    store_put_call(fx.store, &r);
    store_end_call(fx.store, "c1", "its life", 5);
    store_ask_ended_call(fx.store, "c1", on_life, NULL); /* sees what was put before */
    store_ask_ended_call(fx.store, "c2", on_life, NULL);
    assert_int_equal(fx.told, 0);
    wait_until_told(2);
    assert_string_equal(fx.seen.data, "its life\nnone\n");
    restart();
    ASSERT_LOADS(store_load_calls, on_call, "");
    store_ask_ended_call(fx.store, "c1", on_life, NULL);
    wait_until_told(3);
    assert_string_equal(fx.seen.data, "its life\n");
}

static void questions_alone_commit_nothing(void **state)
{
    int64_t before = count_get(COUNT_STORE_COMMITS);

    (void)state;
    store_ask_ended_call(fx.store, "c1", on_life, NULL);
    wait_until_told(1);
    assert_int_equal(count_get(COUNT_STORE_COMMITS), before);
}

static void pruning_forgets_the_old_and_keeps_the_young(void **state)
{
    (void)state;
    store_end_call(fx.store, "old", "life of old", 99);
    store_end_call(fx.store, "young", "life of young", 100);
    store_put_key(fx.store, &(struct key_row){.key = "k1", .made_ms = 49});
    store_put_key(fx.store, &(struct key_row){.key = "k2", .made_ms = 50});
    store_prune(fx.store, 100, 50);
    store_ask_ended_call(fx.store, "old", on_life, NULL);
    store_ask_ended_call(fx.store, "young", on_life, NULL);
    wait_until_told(2);
    assert_string_equal(fx.seen.data, "none\nlife of young\n");
    ASSERT_LOADS(store_load_keys, on_key, "k2 none none none none 50\n");
}

static void on_transition(const struct transition_row *r, void *arg)
{
    buf_printf(arg, "%s %lld %s %s %s %s\n", r->call, (long long)r->at_ms, r->from, r->event, r->to,
               r->cause != NULL ? r->cause : "none");
}

static void transitions_come_back_for_calls_that_are_there(void **state)
{
    struct call_row r = call_of("c1");
    struct transition_row t = {
        .call = "c1", .at_ms = 7, .from = "ringing", .event = "HANGUP", .to = "terminating"};

    (void)state;
    store_put_call(fx.store, &r);
    store_add_transition(fx.store, &t);
    t.call = "gone";
    store_add_transition(fx.store, &t);
    t = (struct transition_row){.call = "c1",
                                .at_ms = 3, /* the order is that of the writing */
                                .from = "terminating",
                                .event = "RELEASED",
                                .to = "terminated",
                                .cause = "APP_HUNG_UP"};
    store_add_transition(fx.store, &t);
    commit();
    ASSERT_LOADS(store_load_transitions, on_transition,
                 "c1 7 ringing HANGUP terminating none\n"
                 "c1 3 terminating RELEASED terminated APP_HUNG_UP\n");
}

static int64_t rows_in(const char *table)
{
    sqlite3_stmt *st = NULL;
    sqlite3 *db = NULL;
    char text[160];
    int64_t n;

    (void)snprintf(text, sizeof(text), "%s/carillon.db", fx.folder);
    assert_int_equal(sqlite3_open(text, &db), SQLITE_OK);
    (void)snprintf(text, sizeof(text), "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return n;
}

static void pruning_goes_on_by_itself_in_small_steps(void **state)
{
    int64_t before;

    (void)state;
    for (int i = 0; i < 1700; i++)
        store_add_transition(fx.store, &(struct transition_row){.call = "c",
                                                                .at_ms = i < 1600 ? 1 : 100,
                                                                .from = "ringing",
                                                                .event = "answered",
                                                                .to = "established"});
    commit();
    assert_int_equal(rows_in("transitions"), 1700);
    before = count_get(COUNT_STORE_COMMITS);
    store_prune(fx.store, 100, 100);
    commit();
    assert_true(rows_in("transitions") <= 1200); /* the next step may be done already */
    for (int i = 0; i < PATIENCE && rows_in("transitions") > 100; i++)
        loop_step(fx.loop, STEP_MS);
    commit();
    assert_int_equal(rows_in("transitions"), 100);
    assert_int_equal(count_get(COUNT_STORE_COMMITS) - before, 4);
}

static struct notice_row notice_of(int64_t number, const char *call)
{
    return (struct notice_row){.number = number,
                               .call = call,
                               .application = "app",
                               .tenant = "tenant",
                               .uri = "uri",
                               .webhook_id = "w",
                               .headers = "{}",
                               .body = "body",
                               .state = "owed",
                               .made_ms = 7};
}

static void add_notice(int64_t number, const char *call)
{
    const struct notice_row r = notice_of(number, call);

    store_add_notice(fx.store, &r);
}

static void notices_come_back_by_number(void **state)
{
    (void)state;
    add_notice(3, "a");
    add_notice(1, "b");
    add_notice(1000000000000, "a");
    restart();
    ASSERT_LOADS(store_load_notices, on_notice,
                 "1 b app tenant uri w {} body owed 7\n"
                 "3 a app tenant uri w {} body owed 7\n"
                 "1000000000000 a app tenant uri w {} body owed 7\n");
}

static void the_last_number_is_remembered_though_the_notice_is_gone(void **state)
{
    int64_t last = -1;

    (void)state;
    assert_int_equal(store_load_last_notice(fx.store, &last, NULL), ERR_OK);
    assert_int_equal(last, 0);
    add_notice(7, "a");
    add_notice(41, "a");
    add_notice(9, "a");
    store_notice_delivered(fx.store, 41);
    restart();
    assert_int_equal(store_load_last_notice(fx.store, &last, NULL), ERR_OK);
    assert_int_equal(last, 41);
}

static void freezing_names_the_notices_of_one_call_in_a_span(void **state)
{
    (void)state;
    for (int i = 1; i <= 5; i++)
        add_notice(i, i == 3 ? "b" : "a");
    store_freeze_notices(fx.store, 2, 4, "a", "frozen");
    restart();
    ASSERT_LOADS(store_load_notices, on_notice,
                 "1 a app tenant uri w {} body owed 7\n"
                 "2 a app tenant uri frozen {} body owed 7\n"
                 "3 b app tenant uri w {} body owed 7\n"
                 "4 a app tenant uri frozen {} body owed 7\n"
                 "5 a app tenant uri w {} body owed 7\n");
}

static void a_delivered_notice_is_gone_and_a_parked_one_stays(void **state)
{
    (void)state;
    add_notice(1, "a");
    add_notice(2, "a");
    add_notice(3, "a");
    store_notice_delivered(fx.store, 1);
    store_notice_state(fx.store, &(struct notice_change){.number = 3, .state = "parked"});
    restart();
    ASSERT_LOADS(store_load_notices, on_notice,
                 "2 a app tenant uri w {} body owed 7\n"
                 "3 a app tenant uri w {} body parked 7\n");
}

static void on_notices(const struct notice_row *rows, size_t count, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < count; i++)
        buf_printf(&fx.seen, "%" PRId64 " %s %d %d %s;", rows[i].number, rows[i].state,
                   rows[i].tries, rows[i].last_status, or_none(rows[i].answer));
    buf_text(&fx.seen, "\n");
    fx.told++;
}

static void notices_can_be_asked_by_state_number_and_webhook_id(void **state)
{
    struct notice_row r = notice_of(4, "b");

    (void)state;
    add_notice(1, "a");
    add_notice(2, "a");
    add_notice(3, "a");
    r.webhook_id = "other";
    store_add_notice(fx.store, &r);
    store_notice_state(fx.store, &(struct notice_change){.number = 2,
                                                         .state = "parked",
                                                         .tries = 2,
                                                         .last_status = 404,
                                                         .answer = "no",
                                                         .at_ms = 50});
    store_notice_state(
        fx.store, &(struct notice_change){.number = 3, .state = "owed", .tries = 1, .at_ms = 51});
    store_ask_notices(fx.store, &(struct notices_ask){.state = "owed", .most = 10}, on_notices,
                      NULL);
    store_ask_notices(fx.store, &(struct notices_ask){.state = "parked", .most = 10}, on_notices,
                      NULL);
    store_ask_notices(fx.store, &(struct notices_ask){.after = 1, .most = 2}, on_notices, NULL);
    store_ask_notices(fx.store, &(struct notices_ask){.webhook_id = "other", .most = 10},
                      on_notices, NULL);
    store_ask_notices(fx.store, &(struct notices_ask){.state = "dead", .most = 10}, on_notices,
                      NULL);
    wait_until_told(5);
    assert_string_equal(fx.seen.data, "1 owed 0 0 none;3 owed 1 0 none;4 owed 0 0 none;\n"
                                      "2 parked 2 404 no;\n"
                                      "2 parked 2 404 no;3 owed 1 0 none;\n"
                                      "4 owed 0 0 none;\n"
                                      "\n");
}

static void a_page_of_notices_is_bounded_by_bytes_too(void **state)
{
    char *big = mem_new(NOTICES_ASK_BYTES + 1);
    struct notice_row r = notice_of(1, "a");

    (void)state;
    (void)memset(big, 'x', NOTICES_ASK_BYTES);
    r.body = big;
    store_add_notice(fx.store, &r);
    add_notice(2, "a");
    store_ask_notices(fx.store, &(struct notices_ask){.most = 10}, on_notices, NULL);
    wait_until_told(1);
    assert_string_equal(fx.seen.data, "1 owed 0 0 none;\n");
    (void)mem_free(big);
}

static void what_is_owed_no_more_is_forgotten_by_its_age(void **state)
{
    (void)state;
    for (int i = 1; i <= 4; i++)
        add_notice(i, "a");
    for (int i = 2; i <= 4; i++)
        store_notice_state(fx.store, &(struct notice_change){.number = i,
                                                             .state = i == 4 ? "dead" : "parked",
                                                             .at_ms = 100 - i});
    store_prune_notices(fx.store, 98);
    store_ask_notices(fx.store, &(struct notices_ask){.most = 10}, on_notices, NULL);
    wait_until_told(1);
    assert_string_equal(fx.seen.data, "1 owed 0 0 none;2 parked 0 0 none;\n");
}

static void a_key_comes_back_with_its_answer_and_a_new_one_replaces_it(void **state)
{
    (void)state;
    store_put_key(fx.store, &(struct key_row){.key = "k",
                                              .body_hash = "h",
                                              .call = "c",
                                              .location = "l",
                                              .response = "r",
                                              .made_ms = 1});
    store_put_key(fx.store, &(struct key_row){.key = "other", .made_ms = 2});
    store_put_key(fx.store, &(struct key_row){.key = "k",
                                              .body_hash = "h2",
                                              .call = "c2",
                                              .location = "l2",
                                              .response = "r2",
                                              .made_ms = 3});
    restart();
    ASSERT_LOADS(store_load_keys, on_key, "other none none none none 2\nk h2 c2 l2 r2 3\n");
}

static void put_meeting(const char *id, const char *passcode, const char *options)
{
    store_put_meeting(fx.store, &(struct meeting_row){.id = id,
                                                      .tenant = "t",
                                                      .organizer = "o",
                                                      .organizer_name = "Bob",
                                                      .kind = "meetNow",
                                                      .thread = "19:x",
                                                      .message = "0",
                                                      .join_id = "12",
                                                      .passcode = passcode,
                                                      .vtc_id = "34",
                                                      .options = options,
                                                      .created_ms = 5});
}

static void meetings_are_kept_by_id(void **state)
{
    (void)state;
    put_meeting("m1", NULL, "{}");
    put_meeting("m2", "secret", "{}");
    put_meeting("m3", NULL, "{}");
    put_meeting("m1", "later", "{\"a\":1}");
    store_del_meeting(fx.store, "m3");
    store_del_meeting(fx.store, "m4");
    restart();
    ASSERT_LOADS(store_load_meetings, on_meeting,
                 "m1 t o Bob meetNow 19:x 0 12 later 34 {\"a\":1} 5\n"
                 "m2 t o Bob meetNow 19:x 0 12 secret 34 {} 5\n");
}

static void put_binding(const char *user, const char *contact, int64_t cseq)
{
    store_put_binding(fx.store, &(struct binding_row){.user = user,
                                                      .contact = contact,
                                                      .received = "udp:192.0.2.1:5060",
                                                      .call_id = "id",
                                                      .cseq = cseq,
                                                      .expires_ms = 9});
}

static void bindings_are_kept_by_user_and_contact(void **state)
{
    (void)state;
    put_binding("john", "sip:1", 1);
    put_binding("john", "sip:2", 1);
    put_binding("bob", "sip:1", 1);
    put_binding("john", "sip:1", 2);
    store_del_binding(fx.store, "john", "sip:2");
    store_del_binding(fx.store, "bob", "sip:2");
    restart();
    ASSERT_LOADS(store_load_bindings, on_binding,
                 "john sip:1 udp:192.0.2.1:5060 none id 2 9\n"
                 "bob sip:1 udp:192.0.2.1:5060 none id 1 9\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_empty_database_loads_nothing),
        T(a_call_comes_back_as_it_was_put),
        T(texts_are_copied_when_they_are_put),
        T(a_call_put_again_is_replaced_and_keeps_its_place),
        T(a_state_changes_in_one_call_only),
        T(dialogs_are_kept_by_their_leg_until_it_is_gone),
        T(an_ended_call_is_gone_but_its_life_can_be_asked),
        T(questions_alone_commit_nothing),
        T(pruning_forgets_the_old_and_keeps_the_young),
        T(transitions_come_back_for_calls_that_are_there),
        T(pruning_goes_on_by_itself_in_small_steps),
        T(notices_come_back_by_number),
        T(the_last_number_is_remembered_though_the_notice_is_gone),
        T(freezing_names_the_notices_of_one_call_in_a_span),
        T(a_delivered_notice_is_gone_and_a_parked_one_stays),
        T(notices_can_be_asked_by_state_number_and_webhook_id),
        T(a_page_of_notices_is_bounded_by_bytes_too),
        T(what_is_owed_no_more_is_forgotten_by_its_age),
        T(a_key_comes_back_with_its_answer_and_a_new_one_replaces_it),
        T(bindings_are_kept_by_user_and_contact),
        T(meetings_are_kept_by_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
