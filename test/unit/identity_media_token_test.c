/*
 * identity_media_token_test.c - the token of a media socket: what it says, and that it opens
 * nothing else.
 */
#include "identity_world.h"

#include "identity/join_token.h"
#include "identity/jwk.h"
#include "identity/jwt.h"
#include "identity/media_token.h"

#define CALL "57dab8b1-894c-409a-b240-bd8beae78896"

static char *good_token(void)
{
    struct fail f = {0};
    char *token = media_token_make(
        world.identity,
        &(struct media_token){
            .issuer = "http://127.0.0.1:9080", .application = BOT, .tenant = CONTOSO, .call = CALL},
        &f);

    if (token == NULL)
        fail_msg("%s", f.text);
    return token;
}

static void it_says_for_which_call_of_whose_it_is_and_for_five_minutes(void **state)
{
    char *token = good_token();
    struct jwt t = {
        .what = "media token", .refusal = ERR_UNAUTHENTICATED, .text = token, .len = strlen(token)};
    const struct jwk *key;

    (void)state;
    assert_int_equal(jwt_read(&t, NULL), ERR_OK);
    assert_true(jwt_is_typ(&t, "media+jwt"));
    key = keys_find(world.keys, KEY_MEDIA, jwt_header(&t, "kid"));
    assert_non_null(key);
    assert_true(jwk_verify(key, t.text, t.len));
    assert_string_equal(jwt_claim(&t, "iss"), "http://127.0.0.1:9080");
    assert_string_equal(jwt_claim(&t, "aud"), BOT);
    assert_string_equal(jwt_claim(&t, "tid"), CONTOSO);
    assert_string_equal(jwt_claim(&t, "callId"), CALL);
    assert_int_equal(jwt_check_times(&t, 0, NULL), ERR_OK);
    assert_in_range((uintmax_t)(t.expires_ms - clock_wall_ms()), 298000, 300000);
    jwt_clear(&t);
    (void)mem_free(token);
}

static void its_keys_are_published_and_are_not_those_of_notices(void **state)
{
    struct buf media = {0};
    struct buf notices = {0};
    struct json *j;
    const char *kid;

    (void)state;
    media_keys(world.identity, &media);
    notice_keys(world.identity, &notices);
    j = json_parse(media.data, media.len, NULL);
    assert_non_null(j);
    kid = json_text(json_get(json_at(json_get(j, "keys"), 0), "kid"));
    assert_non_null(kid);
    assert_null(strstr(notices.data, kid));
    json_free(j);
    buf_clear(&media);
    buf_clear(&notices);
}

static void it_opens_nothing_else(void **state)
{
    char *token = good_token();
    struct join_token join;
    char *header = str_printf("Bearer %s", token);
    struct caller who;

    (void)state;
    assert_int_not_equal(join_token_verify(world.identity, token, &join, NULL), ERR_OK);
    assert_int_not_equal(token_verify(world.identity, header, &who, NULL), ERR_OK);
    (void)mem_free(header);
    (void)mem_free(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_for_which_call_of_whose_it_is_and_for_five_minutes),
        cmocka_unit_test(its_keys_are_published_and_are_not_those_of_notices),
        cmocka_unit_test(it_opens_nothing_else),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
