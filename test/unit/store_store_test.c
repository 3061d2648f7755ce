/*
 * store_store_test.c - the store as a whole: batches, callbacks, refusals, a full disk.
 *
 * Real files in a folder of their own, the real threads, a loop that is stepped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
    struct store_settings settings;
    char told[256]; /* one letter for each who was told: its own, or '-' when it was not ok */
    size_t told_count;
    char why[256];
    bool durable;
    size_t health_count;
    size_t rows;
};

static struct fixture fx;

static void on_health(bool durable, const char *why, void *arg)
{
    struct fixture *x = arg;

    x->durable = durable;
    x->health_count++;
    (void)str_copy(x->why, sizeof(x->why), why);
}

static void open_store(void)
{
    struct fail f = {0};

    fx.loop = loop_new("test");
    if (store_open(fx.loop, &fx.settings, on_health, &fx, &fx.store, &f) != ERR_OK)
        fail_msg("%s", f.text);
}

static void close_store(void)
{
    store_close(fx.store);
    fx.store = NULL;
    loop_free(fx.loop);
    fx.loop = NULL;
}

static int set_up(void **state)
{
    (void)state;
    (void)memset(&fx, 0, sizeof(fx));
    fx.durable = true;
    (void)snprintf(fx.folder, sizeof(fx.folder), "/tmp/carillon-store-XXXXXX");
    if (mkdtemp(fx.folder) == NULL)
        return -1;
    fx.settings = (struct store_settings){.folder = fx.folder, .no_sync = true};
    return 0;
}

static void path_of(const char *name, char out[128])
{
    (void)snprintf(out, 128, "%s/%s", fx.folder, name);
}

static int tear_down(void **state)
{
    static const char *const names[] = {"carillon.db", "carillon.db-wal", "carillon.db-shm",
                                        "lock"};
    char path[128];

    (void)state;
    if (fx.loop != NULL)
        close_store();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_of(names[i], path);
        (void)unlink(path);
    }
    return rmdir(fx.folder);
}

static void on_done(bool ok, void *arg)
{
    const char *letter = ok ? arg : "-";

    fx.told[fx.told_count++] = *letter;
}

static void wait_told(size_t count)
{
    for (int i = 0; i < PATIENCE && fx.told_count < count; i++)
        loop_step(fx.loop, STEP_MS);
    assert_int_equal(fx.told_count, count);
}

static void put_call_of(const char *id, const char *resource)
{
    store_put_call(fx.store, &(struct call_row){.id = id,
                                                .tenant = "t",
                                                .application = "a",
                                                .callback_uri = "http://127.0.0.1/",
                                                .state = "establishing",
                                                .chain_id = "c",
                                                .resource = resource,
                                                .created_ms = 1});
}

static void put_call(const char *id)
{
    put_call_of(id, "{}");
}

static void on_call(const struct call_row *r, void *arg)
{
    struct buf *b = arg;

    buf_text(b, r->id);
    buf_char(b, ' ');
}

/* The ids of all calls that are on disk, a space after each. */
static void assert_calls(const char *want)
{
    struct buf b = {0};
    struct fail f = {0};

    assert_int_equal(store_load_calls(fx.store, on_call, &b, &f), ERR_OK);
    assert_string_equal(b.data != NULL ? b.data : "", want);
    buf_clear(&b);
}

static int64_t commits(void)
{
    return count_get(COUNT_STORE_COMMITS);
}

static void what_is_put_in_one_turn_is_one_commit(void **state)
{
    int64_t before = commits();
    int64_t rows = count_get(COUNT_STORE_ROWS);

    (void)state;
    open_store();
    for (int i = 0; i < 100; i++)
        put_call(i % 2 == 0 ? "one" : "two");
    store_then(fx.store, on_done, "a");
    assert_int_equal(store_waiting(fx.store), 100);
    wait_told(1);
    assert_int_equal(commits() - before, 1);
    assert_int_equal(count_get(COUNT_STORE_ROWS) - rows, 100);
    assert_int_equal(store_waiting(fx.store), 0);
    assert_calls("one two ");
}

static void those_who_wait_are_told_in_order_and_never_before_return(void **state)
{
    (void)state;
    open_store();
    store_then(fx.store, on_done, "a");
    put_call("one");
    store_then(fx.store, on_done, "b");
    put_call("two");
    store_then(fx.store, on_done, "c");
    assert_int_equal(fx.told_count, 0);
    loop_step(fx.loop, 0); /* the first batch is under way or done; the next begins */
    store_then(fx.store, on_done, "d");
    put_call("three");
    store_then(fx.store, on_done, "e");
    wait_told(5);
    assert_string_equal(fx.told, "abcde");
}

static void who_waits_for_nothing_new_is_told_without_a_commit(void **state)
{
    int64_t before;

    (void)state;
    open_store();
    before = commits();
    store_then(fx.store, on_done, "a");
    assert_int_equal(fx.told_count, 0);
    wait_told(1);
    assert_string_equal(fx.told, "a");
    assert_int_equal(commits(), before);
}

static void put_more(bool ok, void *arg)
{
    on_done(ok, arg);
    if (fx.told_count < 5) {
        put_call(arg);
        store_then(fx.store, put_more, (char *)arg + 1);
    }
}

static void who_is_told_may_put_more(void **state)
{
    (void)state;
    open_store();
    store_then(fx.store, put_more, "abcde");
    wait_told(5);
    assert_string_equal(fx.told, "abcde");
    assert_calls("abcde bcde cde de ");
}

static void closing_commits_what_waits_and_tells(void **state)
{
    (void)state;
    open_store();
    put_call("one");
    store_then(fx.store, put_more, "abcde");
    close_store();
    assert_string_equal(fx.told, "abcde");
    open_store();
    assert_calls("one abcde bcde cde de ");
}

static void closing_while_a_batch_is_under_way_loses_nothing(void **state)
{
    (void)state;
    open_store();
    put_call("one");
    store_then(fx.store, on_done, "a");
    loop_step(fx.loop, 0);
    put_call("two");
    store_then(fx.store, on_done, "b");
    close_store();
    assert_string_equal(fx.told, "ab");
    open_store();
    assert_calls("one two ");
}

static void the_folder_is_made_and_is_for_us_alone(void **state)
{
    char folder[128];
    char path[160];
    struct stat st;

    (void)state;
    path_of("data", folder);
    fx.settings.folder = folder;
    open_store();
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    (void)snprintf(path, sizeof(path), "%s/carillon.db", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    (void)snprintf(path, sizeof(path), "%s/carillon.db-wal", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    close_store();
    (void)snprintf(path, sizeof(path), "%s/carillon.db", folder);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/lock", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else is left: the log is gone */
}

static void refuse(enum err code, struct fail *f)
{
    struct loop *l = loop_new("second");
    struct store *s = NULL;

    assert_int_equal(store_open(l, &fx.settings, NULL, NULL, &s, f), code);
    assert_null(s);
    loop_free(l);
}

static void a_folder_that_cannot_be_made_is_refused_by_name(void **state)
{
    struct fail f = {0};
    char folder[128];

    (void)state;
    path_of("no/such", folder);
    fx.settings.folder = folder;
    refuse(ERR_INTERNAL, &f);
    assert_non_null(strstr(f.text, folder));
}

static void a_second_server_is_refused_and_told_who_holds_the_folder(void **state)
{
    struct fail f = {0};
    char want[200];

    (void)state;
    open_store();
    refuse(ERR_BUSY, &f);
    (void)snprintf(want, sizeof(want),
                   "the folder '%s' is in use by process %ld: stop it or use another --data",
                   fx.folder, (long)getpid());
    assert_string_equal(f.text, want);
    close_store();
    open_store(); /* free again */
}

static void run_sql(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;

    path_of("carillon.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_newer_database_is_refused_and_not_touched(void **state)
{
    struct fail f = {0};

    (void)state;
    open_store();
    put_call("one");
    close_store();
    run_sql("PRAGMA user_version=7");
    refuse(ERR_INTERNAL, &f);
    assert_non_null(strstr(f.text, "is of schema version 7; this program knows up to 4: start the"
                                   " newer carillon or use another --data"));
    run_sql("PRAGMA user_version=4");
    open_store();
    assert_calls("one ");
}

static void the_database_of_another_program_is_refused(void **state)
{
    struct fail f = {0};

    (void)state;
    run_sql("CREATE TABLE theirs (x)");
    refuse(ERR_INTERNAL, &f);
    assert_non_null(strstr(f.text, "another program"));
    run_sql("INSERT INTO theirs VALUES (1)"); /* still theirs */
}

static void a_damaged_file_is_refused_in_clear_words(void **state)
{
    struct fail f = {0};
    char path[128];
    FILE *out;

    (void)state;
    path_of("carillon.db", path);
    out = fopen(path, "w");
    assert_non_null(out);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("this is no database ", out) >= 0);
    assert_int_equal(fclose(out), 0);
    refuse(ERR_INTERNAL, &f);
    assert_non_null(strstr(f.text, path));
    assert_non_null(strstr(f.text, "not a database"));
}

/* Opens a store that takes little, and fills it until it is full. Ends with one failed batch
 * of two calls. */
static void fill(void)
{
    char *big = mem_new(100001);
    char id[24];

    (void)memset(big, 'x', 100000);
    fx.settings.max_pages = 44; /* room for one big call, not for two */
    open_store();
    for (size_t i = 0; i < 50 && fx.durable; i++) {
        (void)snprintf(id, sizeof(id), "big%zu", i);
        put_call("small");
        put_call_of(id, big);
        store_then(fx.store, on_done, "a");
        wait_told(i + 1);
    }
    (void)mem_free(big);
    assert_false(fx.durable);
}

static void a_batch_that_fails_is_not_there_at_all_and_says_so(void **state)
{
    int64_t errors = count_get(COUNT_STORE_ERRORS);

    (void)state;
    fill();
    assert_int_equal(fx.health_count, 1);
    assert_non_null(strstr(fx.why, "the disk is full"));
    assert_int_equal(count_get(COUNT_STORE_ERRORS) - errors, 1);
    assert_string_equal(fx.told, "a-");
    assert_calls("small big0 ");
}

/* At the end of the turn, after the store's own handler: the first batch is with the writer
 * for sure, and its answer has not been read. */
static void put_meanwhile(void *arg)
{
    bool *once = arg;

    if (*once)
        return;
    *once = true;
    put_call("meanwhile");
    store_then(fx.store, on_done, "c");
}

static void what_was_put_while_a_batch_failed_shares_its_fate(void **state)
{
    char *big = mem_new(100001);
    bool once = false;

    (void)state;
    fill();
    (void)memset(big, 'x', 100000);
    loop_at_end_of_turn(fx.loop, put_meanwhile, &once);
    put_call_of("big", big);
    store_then(fx.store, on_done, "b");
    wait_told(4);
    assert_string_equal(fx.told, "a---");
    assert_calls("small big0 ");
    (void)mem_free(big);
}

static void it_recovers_when_there_is_room_again(void **state)
{
    (void)state;
    fill();
    store_end_call(fx.store, "big0", "{}", 5);
    store_then(fx.store, on_done, "b");
    wait_told(3);
    assert_true(fx.durable);
    assert_int_equal(fx.health_count, 2);
    put_call("after");
    store_then(fx.store, on_done, "c");
    wait_told(4);
    assert_string_equal(fx.told, "a-bc");
    assert_calls("small after ");
}

static void pruning_alone_finds_that_the_disk_is_back(void **state)
{
    (void)state;
    fill();
    store_prune(fx.store, 0, 0); /* deletes nothing, but its probe does not fit */
    store_then(fx.store, on_done, "b");
    wait_told(3);
    assert_false(fx.durable);
    assert_int_equal(fx.health_count, 1); /* said once */
    run_sql("DELETE FROM calls WHERE id='big0'");
    store_prune(fx.store, 0, 0);
    store_then(fx.store, on_done, "c");
    wait_told(4);
    assert_true(fx.durable);
    assert_int_equal(fx.health_count, 2);
    assert_string_equal(fx.told, "a--c");
}

static void on_life(const char *life, void *arg)
{
    (void)arg;
    assert_string_equal(life, "life");
    fx.told[fx.told_count++] = '?';
}

static void ask_meanwhile(void *arg)
{
    bool *once = arg;

    if (*once)
        return;
    *once = true;
    put_call("meanwhile");
    store_ask_ended_call(fx.store, "ended", on_life, NULL);
}

static void questions_are_answered_though_the_disk_is_full(void **state)
{
    char *big = mem_new(100001);
    bool once = false;

    (void)state;
    fill();
    (void)memset(big, 'x', 100000);
    store_end_call(fx.store, "ended", "life", 1);
    store_then(fx.store, on_done, "b");
    wait_told(3);
    loop_at_end_of_turn(fx.loop, ask_meanwhile, &once);
    put_call_of("big", big);
    store_ask_ended_call(fx.store, "ended", on_life, NULL);
    store_then(fx.store, on_done, "c");
    wait_told(6);
    assert_string_equal(fx.told, "a-b?-?");
    assert_calls("small big0 ");
    (void)mem_free(big);
}

static void add_notice(int64_t number, const char *body)
{
    store_add_notice(
        fx.store,
        &(struct notice_row){
            .number = number, .call = "c", .webhook_id = "w", .body = body, .state = "owed"});
}

static void on_notice(const struct notice_row *r, void *arg)
{
    buf_printf(arg, "%d %s %s;", (int)r->number, r->body, r->state);
}

static void assert_notices(const char *want)
{
    struct buf b = {0};
    struct fail f = {0};

    assert_int_equal(store_load_notices(fx.store, on_notice, &b, &f), ERR_OK);
    assert_string_equal(b.data != NULL ? b.data : "", want);
    buf_clear(&b);
}

/* Room again, and a batch that is committed. */
static void make_room(void)
{
    size_t told = fx.told_count;

    run_sql("DELETE FROM calls WHERE id='big0'");
    store_prune(fx.store, 0, 0);
    store_then(fx.store, on_done, "r");
    wait_told(told + 1);
    assert_true(fx.durable);
}

/* Puts something that does not fit, so that all that is put with it fails. */
static void fail_with(char letter)
{
    static char letters[2];
    char *big = mem_new(100001);
    size_t told = fx.told_count;

    (void)memset(big, 'x', 100000);
    letters[0] = letter;
    put_call_of("big", big);
    store_then(fx.store, on_done, letters);
    wait_told(told + 1);
    assert_int_equal(fx.told[told], '-');
    (void)mem_free(big);
}

static void what_a_failed_batch_said_of_notices_is_written_first_when_there_is_room(void **state)
{
    (void)state;
    fill();
    add_notice(1, "one");
    add_notice(2, "two");
    store_call_state(fx.store, "small", "terminated");
    store_put_key(fx.store, &(struct key_row){.key = "k", .made_ms = 1});
    put_call("refused");
    fail_with('b');
    add_notice(3, "three");
    store_notice_delivered(fx.store, 1); /* it was never there */
    store_notice_state(fx.store, &(struct notice_change){.number = 2, .state = "parked"});
    fail_with('c');
    assert_notices("");
    make_room();
    assert_notices("2 two parked;3 three owed;");
    assert_calls("small "); /* and what was refused is not there, nor its key */
    close_store();
    open_store();
    assert_notices("2 two parked;3 three owed;");
}

static void the_end_of_a_call_is_not_lost_with_a_failed_batch(void **state)
{
    (void)state;
    fill();
    store_end_call(fx.store, "small", "its life", 5);
    fail_with('b');
    assert_calls("small big0 ");
    make_room();
    assert_calls("");
}

static void a_freeze_that_failed_is_not_done_later(void **state)
{
    (void)state;
    fill();
    add_notice(1, "one");
    fail_with('b');
    store_freeze_notices(fx.store, 1, 1, "c", "frozen");
    fail_with('c');
    make_room();
    run_sql("DELETE FROM notices WHERE webhook_id<>'w'");
    assert_notices("1 one owed;");
}

static void closing_is_the_last_chance_of_what_failed(void **state)
{
    (void)state;
    fill();
    add_notice(1, "one");
    fail_with('b');
    run_sql("DELETE FROM calls WHERE id='big0'");
    close_store();
    open_store();
    assert_notices("1 one owed;");
}

/* What version 1 of the schema was, word by word; the migration must bring its rows along. */
static const char version_1[] =
    "CREATE TABLE calls (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT,"
    " application TEXT, callback_uri TEXT, state TEXT NOT NULL, chain_id TEXT,"
    " scenario_id TEXT, resource TEXT, dialogs TEXT, created_ms INTEGER NOT NULL);"
    "CREATE TABLE ended_calls (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, life TEXT,"
    " ended_ms INTEGER NOT NULL);"
    "CREATE TABLE transitions (row INTEGER PRIMARY KEY, call TEXT NOT NULL,"
    " at_ms INTEGER NOT NULL, from_state TEXT, event TEXT, to_state TEXT, cause TEXT);"
    "CREATE TABLE notices (number INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL,"
    " application TEXT, tenant TEXT, uri TEXT, webhook_id TEXT, headers TEXT, body TEXT,"
    " state TEXT NOT NULL, answer TEXT, made_ms INTEGER NOT NULL);"
    "CREATE TABLE keys (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT,"
    " call TEXT, location TEXT, response TEXT, made_ms INTEGER NOT NULL);"
    "CREATE TABLE bindings (row INTEGER PRIMARY KEY, user TEXT NOT NULL,"
    " contact TEXT NOT NULL, received TEXT, instance TEXT, call_id TEXT,"
    " cseq INTEGER NOT NULL, expires_ms INTEGER NOT NULL, UNIQUE (user, contact));"
    "CREATE TABLE probe (row INTEGER PRIMARY KEY, room BLOB);"
    "INSERT INTO notices VALUES (7,'c','a','t','u','w','{}','seven','owed',NULL,1);"
    "INSERT INTO calls (id,state,created_ms) VALUES ('one','established',1);"
    "PRAGMA user_version=1; PRAGMA application_id=1128354380";

static void a_database_of_version_1_is_brought_up_with_its_rows(void **state)
{
    (void)state;
    run_sql(version_1);
    open_store();
    assert_calls("one ");
    assert_notices("7 seven owed;");
    store_notice_state(fx.store,
                       &(struct notice_change){.number = 7, .state = "parked", .tries = 2});
    store_then(fx.store, on_done, "a");
    wait_told(1);
    assert_string_equal(fx.told, "a");
    close_store();
    open_store();
    assert_notices("7 seven parked;");
}

static void the_log_does_not_grow_for_ever(void **state)
{
    enum { BYTES = 400000, ROUNDS = 200 }; /* 80 MB in all; the log begins anew after 32 */
    char *big = mem_new(BYTES + 1);
    char path[128];
    struct stat st;

    (void)state;
    open_store();
    (void)memset(big, 'x', BYTES);
    for (size_t i = 0; i < ROUNDS; i++) {
        put_call_of("big", big);
        store_then(fx.store, on_done, "a");
        wait_told(i + 1);
    }
    path_of("carillon.db-wal", path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size < 50000000);
    (void)mem_free(big);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_is_put_in_one_turn_is_one_commit),
        T(those_who_wait_are_told_in_order_and_never_before_return),
        T(who_waits_for_nothing_new_is_told_without_a_commit),
        T(who_is_told_may_put_more),
        T(closing_commits_what_waits_and_tells),
        T(closing_while_a_batch_is_under_way_loses_nothing),
        T(the_folder_is_made_and_is_for_us_alone),
        T(a_folder_that_cannot_be_made_is_refused_by_name),
        T(a_second_server_is_refused_and_told_who_holds_the_folder),
        T(a_newer_database_is_refused_and_not_touched),
        T(the_database_of_another_program_is_refused),
        T(a_damaged_file_is_refused_in_clear_words),
        T(a_batch_that_fails_is_not_there_at_all_and_says_so),
        T(what_was_put_while_a_batch_failed_shares_its_fate),
        T(it_recovers_when_there_is_room_again),
        T(pruning_alone_finds_that_the_disk_is_back),
        T(questions_are_answered_though_the_disk_is_full),
        T(what_a_failed_batch_said_of_notices_is_written_first_when_there_is_room),
        T(the_end_of_a_call_is_not_lost_with_a_failed_batch),
        T(a_freeze_that_failed_is_not_done_later),
        T(closing_is_the_last_chance_of_what_failed),
        T(a_database_of_version_1_is_brought_up_with_its_rows),
        T(the_log_does_not_grow_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
