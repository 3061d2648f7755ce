/*
 * identity_join_token_test.c - tokens that let into one meeting: made, read, forged.
 */
#include "identity_world.h"

#include "base/obj.h"
#include "identity/join_token.h"

#define THREAD "19:meeting_Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm@thread.v2"
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

static char *good_token(void)
{
    struct meeting *m = meeting_new();
    struct fail f = {0};
    char *token;

    assert_true(id_read_text(&m->tenant, CONTOSO));
    m->thread = THREAD;
    m->message = "0";
    token = join_token_make(world.identity, m, &f);
    if (token == NULL)
        fail_msg("%s", f.text);
    (void)obj_unref(m);
    return token;
}

static void must_not_join(const char *what, const char *token, const char *words)
{
    struct join_token out;
    struct fail f = {0};
    enum err e = join_token_verify(world.identity, token, &out, &f);

    if (e != ERR_JOIN_TOKEN || strstr(f.text, words) == NULL)
        fail_msg("%s: got %d: %s", what, (int)e, f.text);
    assert_string_equal(out.thread, "");
    assert_string_equal(out.tenant.text, "");
    assert_true(strlen(token) < 20 || strstr(f.text, token) == NULL);
}

static char *signed_as(enum key_kind kind, const char *claims)
{
    char *token = keys_sign(world.keys, kind, claims, NULL);

    assert_non_null(token);
    return token;
}

static void a_token_says_which_meeting_and_until_when(void **state)
{
    char *token = good_token();
    struct join_token out;
    struct fail f = {0};

    (void)state;
    assert_int_equal(join_token_verify(world.identity, token, &out, &f), ERR_OK);
    assert_string_equal(out.tenant.text, CONTOSO);
    assert_string_equal(out.thread, THREAD);
    assert_string_equal(out.message, "0");
    assert_in_range((uintmax_t)(out.expires_ms - clock_wall_ms()), DAY_MS - 2000, DAY_MS);
    (void)mem_free(token);
}

static void a_token_is_good_for_a_day_and_no_longer(void **state)
{
    char *token = good_token();
    struct join_token out;

    (void)state;
    clock_advance_ms(DAY_MS - 5000);
    assert_int_equal(join_token_verify(world.identity, token, &out, NULL), ERR_OK);
    clock_advance_ms(6000);
    must_not_join("old", token, "has expired");
    (void)mem_free(token);
}

static void no_byte_of_a_token_may_be_changed(void **state)
{
    char *token = good_token();
    size_t len = strlen(token);
    struct join_token out;

    (void)state;
    for (size_t i = 0; i < len; i++) {
        char was = token[i];

        token[i] = was == 'A' ? 'B' : 'A';
        if (join_token_verify(world.identity, token, &out, NULL) == ERR_OK)
            fail_msg("byte %zu of %zu was changed from %c", i, len, was);
        token[i] = was;
    }
    assert_int_equal(join_token_verify(world.identity, token, &out, NULL), ERR_OK);
    (void)mem_free(token);
}

/* However well they are signed. */
static void tokens_of_the_other_kinds_do_not_let_in(void **state)
{
    char *claims = str_printf("{\"tid\":\"" CONTOSO "\",\"thread\":\"" THREAD
                              "\",\"message\":\"0\",\"exp\":%lld}",
                              (long long)(clock_wall_ms() / 1000 + 60));
    struct join_token out;

    (void)state;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        char *token = signed_as((enum key_kind)kind, claims);

        if (kind != KEY_JOIN)
            must_not_join(keys_typ((enum key_kind)kind), token, "typ");
        else
            assert_int_equal(join_token_verify(world.identity, token, &out, NULL), ERR_OK);
        (void)mem_free(token);
    }
    (void)mem_free(claims);
}

static void a_join_token_is_no_access_token(void **state)
{
    char *token = good_token();
    char *claims = claims_with(NULL, NULL);
    char *dressed = signed_as(KEY_JOIN, claims); /* with all that an access token says */

    (void)state;
    must_refuse("join token", token, ERR_UNAUTHENTICATED, "");
    must_refuse("join token", dressed, ERR_UNAUTHENTICATED, "typ");
    (void)mem_free(dressed);
    (void)mem_free(claims);
    (void)mem_free(token);
}

static char *part_of(const char *json)
{
    struct buf b = {0};

    hash_base64url(json, strlen(json), &b);
    return buf_take(&b);
}

/* Another header over the claims and the signature of a good token. */
static void a_header_that_was_changed_is_refused(void **state)
{
    /* clang-format off */
    static const struct {
        const char *form, *words; /* form: with the kid */
    } rows[] = {
        {"{\"alg\":\"none\",\"typ\":\"join+jwt\",\"kid\":\"%s\"}",                       "alg"},
        {"{\"alg\":\"HS256\",\"typ\":\"join+jwt\",\"kid\":\"%s\"}",                      "alg"},
        {"{\"alg\":\"RS256\",\"typ\":\"join+jwt\",\"kid\":\"%s\",\"x\":1}",              "signature"},
        {"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",                           "typ"},
        {"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",                        "typ"},
        {"{\"alg\":\"RS256\",\"typ\":\"join+jwt\",\"kid\":\"%s0\"}",                     "kid"},
        {"{\"alg\":\"RS256\",\"typ\":\"join+jwt\",\"x\":\"%s\"}",                        "alg, typ and kid"},
        {"{\"alg\":\"RS256\",\"typ\":\"join+jwt\",\"kid\":\"%s\",\"jwk\":{}}",           "'jwk'"},
        {"{\"alg\":\"RS256\",\"typ\":\"join+jwt\",\"kid\":\"%s\",\"crit\":[\"exp\"]}",   "'crit'"},
    };
    /* clang-format on */
    char *good = good_token();
    char *kid = kid_of(good);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf header = {0};
        char *part;
        char *token;

        for (const char *p = rows[i].form; *p != '\0'; p++) {
            if (p[0] == '%' && p[1] == 's') {
                buf_text(&header, kid);
                p++;
            } else {
                buf_char(&header, *p);
            }
        }
        part = part_of(header.data);
        token = str_printf("%s%s", part, strchr(good, '.'));
        must_not_join(header.data, token, rows[i].words);
        (void)mem_free(token);
        (void)mem_free(part);
        buf_clear(&header);
    }
    (void)mem_free(kid);
    (void)mem_free(good);
}

/* Signed by us, but not saying what a join token must say. */
static void a_token_that_names_no_meeting_is_refused(void **state)
{
    /* clang-format off */
    static const struct {
        const char *claims, *words;
    } rows[] = {
        {"{\"tid\":\"" CONTOSO "\",\"thread\":\"" THREAD "\",\"message\":\"0\"}",                     "exp is missing"},
        {"{\"exp\":1,\"tid\":\"" CONTOSO "\",\"thread\":\"" THREAD "\",\"message\":\"0\"}",           "expired"},
        {"{\"exp\":99999999999,\"nbf\":99999999998,\"tid\":\"" CONTOSO "\"}",                         "not valid yet"},
        {"{\"exp\":99999999999,\"tid\":\"" CONTOSO "\",\"thread\":\"" THREAD "\"}",                   "no meeting"},
        {"{\"exp\":99999999999,\"tid\":\"" CONTOSO "\",\"message\":\"0\"}",                           "no meeting"},
        {"{\"exp\":99999999999,\"tid\":\"" CONTOSO "\",\"thread\":\"18:x\",\"message\":\"0\"}",       "no meeting"},
        {"{\"exp\":99999999999,\"tid\":\"Contoso\",\"thread\":\"" THREAD "\",\"message\":\"0\"}",     "no meeting"},
        {"{\"exp\":99999999999,\"thread\":\"" THREAD "\",\"message\":\"0\"}",                         "no meeting"},
        {"{\"exp\":99999999999,\"tid\":\"" CONTOSO "\",\"thread\":7,\"message\":\"0\"}",              "no meeting"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token = signed_as(KEY_JOIN, rows[i].claims);

        must_not_join(rows[i].claims, token, rows[i].words);
        (void)mem_free(token);
    }
}

static void what_is_no_token_is_refused(void **state)
{
    static const char *const texts[] = {
        "", ".", "..", "...", "a.b.c", "e30.e30.QUJD", "W10.e30.QUJD"};
    char *large = mem_new(9000);

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        must_not_join(texts[i], texts[i], "join token");
    (void)memset(large, 'A', 8999);
    must_not_join("long", large, "longer than 8 KiB");
    (void)mem_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_which_meeting_and_until_when),
        cmocka_unit_test(no_byte_of_a_token_may_be_changed),
        cmocka_unit_test(tokens_of_the_other_kinds_do_not_let_in),
        cmocka_unit_test(a_join_token_is_no_access_token),
        cmocka_unit_test(a_header_that_was_changed_is_refused),
        cmocka_unit_test(a_token_that_names_no_meeting_is_refused),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_token_is_good_for_a_day_and_no_longer), /* moves the clock: last */
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
