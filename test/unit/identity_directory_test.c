/*
 * The directory: what is refused and with which words, what is computed, and that the dev
 * directory is the one that the documentation promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "identity/directory.h"

#define CONTOSO "aa67bd4c-8475-432d-bd41-39f255720e0a"
#define BOT "2891555a-92ff-42e6-80fa-6e1300c6b5c6"
#define BOB "5810cede-f3cc-42eb-b2c1-e9bd5d53ec96"

struct dev {
    struct arena arena;
    struct directory_config config;
    struct directory *directory;
};

static int open_dev(void **state)
{
    static struct dev dev;
    struct fail f = {0};

    dev = (struct dev){0};
    dev_directory_fill(&dev.config, &dev.arena);
    *state = &dev;
    if (directory_new(&dev.config, "carillon", &dev.directory, &f) != ERR_OK) {
        print_error("%s\n", f.text);
        return -1;
    }
    return 0;
}

static int close_dev(void **state)
{
    struct dev *dev = *state;

    directory_free(dev->directory);
    arena_clear(&dev->arena);
    return 0;
}

static void the_dev_directory_is_a_good_one(void **state)
{
    struct dev *dev = *state;
    const struct application *bot = directory_application(dev->directory, BOT);

    assert_string_equal(directory_tenant(dev->directory, CONTOSO)->name, "Contoso");
    assert_string_equal(directory_tenant(dev->directory, CONTOSO)->guests, "lobby");
    assert_string_equal(bot->name, "Calling Bot");
    assert_string_equal(bot->secret, "carillon-dev-secret");
    assert_int_equal(bot->role_bits, ROLES_ALL);
    assert_ptr_equal(directory_application_by_sip(dev->directory, "callingbot"), bot);
    assert_ptr_equal(directory_application_named(dev->directory, "calling bot"), bot);
    assert_null(directory_application_named(dev->directory, "nobody"));
    assert_int_equal(directory_all(dev->directory)->meetings.count, 3);
    assert_null(directory_user(dev->directory, BOT));
    assert_null(directory_tenant(dev->directory, BOB));
}

static void dev_applications_have_the_roles_of_their_names(void **state)
{
    struct dev *dev = *state;
    const struct directory *d = dev->directory;

    assert_int_equal(directory_application_named(d, "Guest Bot")->role_bits,
                     ROLE(JOIN_GROUP_AS_GUEST));
    assert_int_equal(directory_application_named(d, "Bare Bot")->role_bits, 0);
    assert_int_equal(directory_application_named(d, "No Media Bot")->role_bits,
                     ROLES_ALL & ~ROLE(ACCESS_MEDIA));
    assert_int_equal(directory_application_named(d, "Fabrikam Bot")->role_bits, ROLES_ALL);
}

static void dev_users_have_the_phones_of_their_names(void **state)
{
    struct dev *dev = *state;
    const struct directory *d = dev->directory;
    const struct phone_script *bob = directory_user(d, BOB)->virtual_phone;
    const struct phone_script *phones[7];

    for (int i = 1; i <= 6; i++) {
        char id[] = "0c0ffee0-0000-4000-8000-000000000000";

        id[35] = (char)('0' + i);
        phones[i] = directory_user(d, id)->virtual_phone;
    }
    assert_int_equal(bob->answer_after_ms.value, 300);
    assert_true(bob->echo.value);
    assert_int_equal(phones[1]->refuse_with.value, 486);
    assert_int_equal(phones[2]->refuse_with.value, 603);
    assert_false(phones[3]->answer_after_ms.set);
    assert_false(phones[3]->refuse_with.set);
    assert_null(phones[4]);
    assert_int_equal(phones[5]->answer_after_ms.value, 200);
    assert_true(phones[5]->echo.value);
    assert_int_equal(phones[6]->hang_up_after_ms.value, 2000);
    assert_true(phones[6]->answer_after_ms.set);
}

static void passwords_become_digests_and_are_forgotten(void **state)
{
    struct dev *dev = *state;
    const struct user *bob = directory_user_by_sip(dev->directory, "bob");

    assert_string_equal(bob->id, BOB);
    assert_null(bob->password);
    /* printf bob:carillon:bob-dev-secret | md5sum, sha256sum */
    assert_string_equal(bob->ha1_md5, "4e761616d42e9178198e1c07e6db91dd");
    assert_string_equal(bob->ha1_sha256,
                        "f5b27ca28bf1843b818064e3bfcbfc4ce539f927a04135223f8bdce80db34c28");
}

static void sip_names_are_found_in_any_letter_case(void **state)
{
    struct dev *dev = *state;
    char long_name[200];

    (void)memset(long_name, 'b', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    assert_non_null(directory_user_by_sip(dev->directory, "Bob"));
    assert_null(directory_application_by_sip(dev->directory, "bob"));
    assert_null(directory_user_by_sip(dev->directory, "callingbot"));
    assert_null(directory_user_by_sip(dev->directory, "echo"));
    assert_null(directory_user_by_sip(dev->directory, "200000000001"));
    assert_null(directory_user_by_sip(dev->directory, long_name));
    assert_null(directory_user_by_sip(dev->directory, ""));
    assert_null(directory_user_by_sip(dev->directory, NULL));
}

static void ids_come_out_in_one_form_however_they_were_written(void **state)
{
    struct tenant t = {.id = "AA67BD4C8475432DBD4139F255720E0A", .name = "T"};
    struct user u = {.id = "5810CEDE-F3CC-42EB-B2C1-E9BD5D53EC96", .tenant = CONTOSO, .name = "U"};
    void *tenants[] = {&t};
    void *users[] = {&u};
    struct directory_config c = {.tenants = {tenants, 1}, .users = {users, 1}};
    struct directory *d = NULL;

    (void)state;
    assert_int_equal(directory_new(&c, "carillon", &d, NULL), ERR_OK);
    assert_string_equal(directory_tenant(d, CONTOSO)->id, CONTOSO);
    assert_string_equal(directory_user(d, BOB)->tenant, CONTOSO);
    assert_string_equal(t.guests, "lobby");
    directory_free(d);
}

static void role_names_mean_the_same_in_all_documented_spellings(void **state)
{
    static const struct {
        const char *name;
        unsigned role;
    } rows[] = {
        {"Calls.Initiate.All", ROLE(INITIATE)},
        {"Calls.InitiateGroupCall.All", ROLE(INITIATE_GROUP)},
        {"Calls.InitiateGroupCalls.All", ROLE(INITIATE_GROUP)},
        {"Calls.JoinGroupCall.All", ROLE(JOIN_GROUP)},
        {"Calls.JoinGroupCalls.All", ROLE(JOIN_GROUP)},
        {"Calls.JoinGroupCallAsGuest.All", ROLE(JOIN_GROUP_AS_GUEST)},
        {"Calls.JoinGroupCallasGuest.All", ROLE(JOIN_GROUP_AS_GUEST)},
        {"Calls.JoinGroupCallsasGuest.All", ROLE(JOIN_GROUP_AS_GUEST)},
        {"Calls.JoinGroupCallsAsGuest.All", ROLE(JOIN_GROUP_AS_GUEST)},
        {"calls.accessmedia.all", ROLE(ACCESS_MEDIA)},
        {"OnlineMeetings.Read.All", ROLE(MEETINGS_READ)},
        {"OnlineMeetings.ReadWrite.All", ROLE(MEETINGS_WRITE)},
        {"Calls.JoinGroupCalls.Chat", 0},
        {"Calls.Initiate", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(role_of(rows[i].name), rows[i].role);
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        assert_int_equal(role_of(role_name(1u << i)), 1u << i);
}

static void a_missing_role_is_named(void **state)
{
    const unsigned both = ROLE(INITIATE) | ROLE(ACCESS_MEDIA);
    struct fail f;

    (void)state;
    assert_int_equal(role_check(both, both, "this", &f), ERR_OK);
    assert_int_equal(role_check(0, 0, "this", &f), ERR_OK);
    assert_int_equal(role_check(ROLE(INITIATE), both, "this", &f), ERR_ROLE_MISSING);
    assert_string_equal(f.text, "The application lacks the role Calls.AccessMedia.All, which this "
                                "needs.");
    assert_int_equal(role_check(0, both, "this", &f), ERR_ROLE_MISSING);
    assert_non_null(strstr(f.text, "Calls.")); /* one of them */
}

/* One wrong thing in the dev directory, and the words it is refused with. */
struct wrong {
    const char *what;
    void (*spoil)(struct directory_config *c);
    const char *words;
};

#define ITEM(c, list, i, type) ((struct type *)(c)->list.items[i])

static void bad_id(struct directory_config *c)
{
    ITEM(c, users, 1, user)->id = "bob";
}
static void no_id(struct directory_config *c)
{
    ITEM(c, tenants, 1, tenant)->id = NULL;
}
static void same_id(struct directory_config *c)
{
    ITEM(c, users, 0, user)->id = "5810CEDEF3CC42EBB2C1E9BD5D53EC96";
}
static void id_of_other_kind(struct directory_config *c)
{
    ITEM(c, users, 0, user)->id = BOT;
}
static void no_tenant(struct directory_config *c)
{
    ITEM(c, applications, 0, application)->tenant = BOT;
}
static void odd_guests(struct directory_config *c)
{
    ITEM(c, tenants, 0, tenant)->guests = "maybe";
}
static void odd_role(struct directory_config *c)
{
    ITEM(c, applications, 0, application)->roles.items[2] = "Calls.Whistle.All";
}
static void short_webhook_secret(struct directory_config *c)
{
    ITEM(c, applications, 0, application)->webhook_secret = "whsec_c2hvcnQ=";
}
static void bare_webhook_secret(struct directory_config *c)
{
    ITEM(c, applications, 0, application)->webhook_secret = "secret";
}
static void same_sip(struct directory_config *c)
{
    ITEM(c, users, 0, user)->sip = "BOB";
}
static void sip_of_bot(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = "callingbot";
}
static void sip_echo(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = "Echo";
}
static void sip_guid(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = BOB;
}
static void sip_space(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = "bob smith";
}
static void sip_empty(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = "";
}
static void sip_of_meeting(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = "200000000002";
}
static void password_alone(struct directory_config *c)
{
    ITEM(c, users, 1, user)->sip = NULL;
}
static void odd_ha1(struct directory_config *c)
{
    ITEM(c, users, 1, user)->ha1_md5 = "1234";
}
static void no_name(struct directory_config *c)
{
    ITEM(c, users, 1, user)->name = "";
}
static void foreign_organizer(struct directory_config *c)
{
    ITEM(c, meetings, 2, meeting_entry)->organizer = BOB;
}
static void odd_kind(struct directory_config *c)
{
    ITEM(c, meetings, 1, meeting_entry)->kind = "party";
}
static void same_thread(struct directory_config *c)
{
    ITEM(c, meetings, 2, meeting_entry)->thread = ITEM(c, meetings, 0, meeting_entry)->thread;
}
static void same_vtc(struct directory_config *c)
{
    ITEM(c, meetings, 2, meeting_entry)->vtc_id = "200000000001";
}
static void lettered_number(struct directory_config *c)
{
    ITEM(c, meetings, 0, meeting_entry)->join_id = "20000000000a";
}

static void odd_thread(struct directory_config *c)
{
    ITEM(c, meetings, 1, meeting_entry)->thread = "meeting of the board";
}

static void odd_message(struct directory_config *c)
{
    ITEM(c, meetings, 1, meeting_entry)->message = "a b";
}

static void odd_lobby(struct directory_config *c)
{
    ITEM(c, meetings, 1, meeting_entry)->lobby_bypass = "friends";
}

static void no_thread(struct directory_config *c)
{
    ITEM(c, meetings, 2, meeting_entry)->thread = NULL;
}

static void a_wrong_directory_is_refused_by_field_and_reason(void **state)
{
    /* clang-format off */
    static const struct wrong rows[] = {
        {"id",             bad_id,               "'directory.users[1].id' must be a GUID"},
        {"no id",          no_id,                "'directory.tenants[1].id' must be a GUID"},
        {"same id",        same_id,              "'directory.users[1].id': the id 5810cede-f3cc-42eb-b2c1-e9bd5d53ec96 is used twice"},
        {"other kind",     id_of_other_kind,     "'directory.users[0].id': the id 2891555a-92ff-42e6-80fa-6e1300c6b5c6 is used twice"},
        {"tenant",         no_tenant,            "'directory.applications[0].tenant': there is no tenant 2891555a-92ff-42e6-80fa-6e1300c6b5c6"},
        {"guests",         odd_guests,           "'directory.tenants[0].guests' must be lobby, join or refuse"},
        {"role",           odd_role,             "'directory.applications[0].roles': 'Calls.Whistle.All' is no role"},
        {"short webhook",  short_webhook_secret, "'directory.applications[0].webhookSecret' must be whsec_"},
        {"bare webhook",   bare_webhook_secret,  "'directory.applications[0].webhookSecret' must be whsec_"},
        {"same sip",       same_sip,             "'directory.users[1].sip': the SIP name 'bob' is taken by user 'John'"},
        {"sip of bot",     sip_of_bot,           "'directory.users[1].sip': the SIP name 'callingbot' is taken by application 'Calling Bot'"},
        {"echo",           sip_echo,             "'directory.users[1].sip': the SIP name 'echo' is the server's own"},
        {"guid",           sip_guid,             "'directory.users[1].sip': a GUID"},
        {"space",          sip_space,            "'directory.users[1].sip': a SIP name has"},
        {"empty",          sip_empty,            "'directory.users[1].sip': a SIP name has"},
        {"meeting number", sip_of_meeting,       "'directory.meetings[1].joinMeetingId': the SIP name '200000000002' is taken by user 'Bob'"},
        {"password alone", password_alone,       "'directory.users[1].sip' is missing"},
        {"ha1",            odd_ha1,              "'directory.users[1].sip': ha1Md5"},
        {"no name",        no_name,              "'directory.users[1].name' is missing"},
        {"organizer",      foreign_organizer,    "'directory.meetings[2].organizer': the meeting's tenant has no user"},
        {"kind",           odd_kind,             "'directory.meetings[1].kind' must be"},
        {"same thread",    same_thread,          "'directory.meetings[2].thread': thread and message"},
        {"same number",    same_vtc,             "'directory.meetings[2].vtcId': the SIP name '200000000001' is taken by a meeting"},
        {"lettered",       lettered_number,      "'directory.meetings[0].joinMeetingId' must be digits"},
        {"odd thread",     odd_thread,           "'directory.meetings[1].thread' and message must be like"},
        {"odd message",    odd_message,          "'directory.meetings[1].thread' and message must be like"},
        {"odd lobby",      odd_lobby,            "'directory.meetings[1].lobbyBypass' must be a scope"},
        {"no thread",      no_thread,            "'directory.meetings[2].thread' is missing"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena a = {0};
        struct directory_config c = {0};
        struct directory *d = NULL;
        struct fail f = {0};

        dev_directory_fill(&c, &a);
        rows[i].spoil(&c);
        assert_int_equal(directory_new(&c, "carillon", &d, &f), ERR_BAD_REQUEST);
        assert_null(d);
        if (!str_starts(f.text, rows[i].words))
            fail_msg("%s: got: %s", rows[i].what, f.text);
        arena_clear(&a);
    }
}

static void a_directory_is_read_from_its_tables(void **state)
{
    static const char text[] =
        "{\"tenants\":[{\"id\":\"" CONTOSO "\",\"name\":\"C\",\"guests\":\"refuse\"}],"
        "\"applications\":[{\"id\":\"" BOT "\",\"tenant\":\"" CONTOSO "\",\"name\":\"B\","
        "\"roles\":[\"Calls.JoinGroupCallsasGuest.All\"]}],"
        "\"users\":[{\"id\":\"" BOB "\",\"tenant\":\"" CONTOSO "\",\"name\":\"U\",\"sip\":\"u\","
        "\"virtualPhone\":{\"answerAfterMs\":5,\"pressKeys\":\"1#\"}}]}";
    struct arena a = {0};
    struct directory_config c;
    struct directory *d = NULL;
    struct json *j = json_parse(text, sizeof(text) - 1, NULL);

    (void)state;
    assert_non_null(j);
    assert_int_equal(fields_read(j, &directory_type, &c, &a, NULL), ERR_OK);
    json_free(j);
    assert_int_equal(directory_new(&c, "carillon", &d, NULL), ERR_OK);
    assert_string_equal(directory_tenant(d, CONTOSO)->guests, "refuse");
    assert_int_equal(directory_application(d, BOT)->role_bits, ROLE(JOIN_GROUP_AS_GUEST));
    assert_string_equal(directory_user_by_sip(d, "u")->virtual_phone->press_keys, "1#");
    assert_null(directory_user_by_sip(d, "u")->ha1_md5);
    directory_free(d);
    arena_clear(&a);
}

static void an_unknown_key_of_the_directory_is_refused(void **state)
{
    static const char text[] =
        "{\"tenants\":[{\"id\":\"" CONTOSO "\",\"name\":\"C\",\"gests\":\"join\"}]}";
    struct arena a = {0};
    struct directory_config c;
    struct fail f = {0};
    struct json *j = json_parse(text, sizeof(text) - 1, NULL);

    (void)state;
    assert_non_null(j);
    assert_int_equal(fields_read(j, &directory_type, &c, &a, &f), ERR_BAD_REQUEST);
    assert_non_null(strstr(f.text, "gests"));
    json_free(j);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_dev_directory_is_a_good_one, open_dev, close_dev),
        cmocka_unit_test_setup_teardown(dev_applications_have_the_roles_of_their_names, open_dev,
                                        close_dev),
        cmocka_unit_test_setup_teardown(dev_users_have_the_phones_of_their_names, open_dev,
                                        close_dev),
        cmocka_unit_test_setup_teardown(passwords_become_digests_and_are_forgotten, open_dev,
                                        close_dev),
        cmocka_unit_test_setup_teardown(sip_names_are_found_in_any_letter_case, open_dev,
                                        close_dev),
        cmocka_unit_test(ids_come_out_in_one_form_however_they_were_written),
        cmocka_unit_test(role_names_mean_the_same_in_all_documented_spellings),
        cmocka_unit_test(a_missing_role_is_named),
        cmocka_unit_test(a_wrong_directory_is_refused_by_field_and_reason),
        cmocka_unit_test(a_directory_is_read_from_its_tables),
        cmocka_unit_test(an_unknown_key_of_the_directory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
