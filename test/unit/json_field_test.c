/*
 * json_field_test.c - the interpreter of the tables, with tables of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "json/field.h"

/* clang-format off */
struct animal { struct odata odata; const char *name; };
struct dog { struct animal animal; struct opt_bool barks; };
struct cat { struct animal animal; struct opt_int lives; struct opt_real kilograms; };
struct person { struct odata odata; const char *id; const char *region; struct texts tags; };
struct manager { struct person person; struct opt_int level; };

struct house {
    struct odata odata;
    const char *street;
    struct opt_int number;
    struct opt_bool old;
    int colour;
    struct person *owner;
    struct objects people;
    struct objects pets;
    struct texts notes;
    struct enums colours;
    const char *secret;
    const char *state;
    const char *typed;
    const char *beta;
    const char *left_out;
    const char *raw;
};

enum { RED = 1, LIGHT_BLUE };
static const char *const colours[] = {"red", "lightBlue", NULL};

static const struct type dog_type, cat_type, manager_type;
static const struct type *const animals[] = {&dog_type, &cat_type, NULL};
static const struct type *const people[] = {&manager_type, NULL};

static const struct field animal_fields[] = {TEXT(struct animal, name, "name", REQUIRED), END};
static const struct field dog_fields[] = {BOOL(struct dog, barks, "barks", 0), END};
static const struct field cat_fields[] = {INT_IN(struct cat, lives, "lives", 0, 1, 9), REAL(struct cat, kilograms, "kilograms", 0), END};
static const struct field person_fields[] = {
    TEXT(struct person, id, "id", REQUIRED),
    TEXT(struct person, region, "region", NULL_SHOWN),
    TEXTS(struct person, tags, "tags", EMPTY_LIST | NULL_SHOWN, 0),
    END,
};
static const struct field manager_fields[] = {INT(struct manager, level, "level", 0), END};

static const struct type animal_type = {"animal", sizeof(struct animal), TYPE_ABSTRACT, NULL, animal_fields, animals};
static const struct type dog_type = {"dog", sizeof(struct dog), 0, &animal_type, dog_fields, NULL};
static const struct type cat_type = {"cat", sizeof(struct cat), 0, &animal_type, cat_fields, NULL};
static const struct type person_type = {"person", sizeof(struct person), TYPE_OPEN, NULL, person_fields, people};
static const struct type manager_type = {"manager", sizeof(struct manager), 0, &person_type, manager_fields, NULL};

static const struct field house_fields[] = {
    TEXT_MAX(struct house, street, "street", 0, 5),
    INT(struct house, number, "number", 0),
    BOOL(struct house, old, "old", 0),
    ENUM(struct house, colour, "colour", 0, colours),
    OBJECT(struct house, owner, "owner", 0, &person_type),
    OBJECTS(struct house, people, "people", EMPTY_LIST, &person_type, 3),
    OBJECTS(struct house, pets, "pets", 0, &animal_type, 0),
    TEXTS(struct house, notes, "notes", 0, 2),
    ENUMS(struct house, colours, "colours", EMPTY_LIST, colours),
    TEXT(struct house, secret, "secret", SECRET),
    TEXT(struct house, state, "state", OUT_ONLY),
    TEXT(struct house, typed, "typed", IN_ONLY),
    TEXT(struct house, beta, "beta", BETA_ONLY),
    TEXT(struct house, left_out, "leftOut", NEVER_NULL),
    RAW(struct house, raw, "raw", NEVER_NULL),
    END,
};
static const struct type house_type = {"house", sizeof(struct house), 0, NULL, house_fields, NULL};

struct limits { struct opt_int calls; };
struct config { const char *realm; struct limits limits; };
static const struct field limits_fields[] = {INT(struct limits, calls, "calls", REQUIRED), END};
static const struct type limits_type = {"limits", sizeof(struct limits), TYPE_PLAIN | TYPE_STRICT, NULL, limits_fields, NULL};
static const struct field config_fields[] = {
    TEXT(struct config, realm, "realm", 0),
    STRUCT(struct config, limits, "limits", 0, &limits_type),
    END,
};
static const struct type config_type = {"config", sizeof(struct config), TYPE_PLAIN | TYPE_STRICT, NULL, config_fields, NULL};
/* clang-format on */

static struct arena arena;
static struct fail fail;

static enum err read_as(const char *text, const struct type *t, void *out)
{
    struct json *j = json_parse(text, strlen(text), &fail);
    enum err e;

    if (j == NULL)
        fail_msg("'%s': %s", text, fail.text);
    fail = (struct fail){0};
    e = fields_read(j, t, out, &arena, &fail);
    json_free(j);
    return e;
}

static struct house read_house(const char *text)
{
    struct house h;

    if (read_as(text, &house_type, &h) != ERR_OK)
        fail_msg("%s: %s", text, fail.text);
    return h;
}

static void refused(const char *text, const char *sentence)
{
    struct house h;

    assert_int_equal(read_as(text, &house_type, &h), ERR_BAD_REQUEST);
    assert_int_equal(fail.err, ERR_BAD_REQUEST);
    assert_string_equal(fail.text, sentence);
}

static void written_as(const struct house *h, struct write_how how, const char *expected)
{
    struct buf out = {0};
    struct writer w;

    writer_init(&w, &out);
    fields_write(&w, NULL, &house_type, h, &how);
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

static int forget(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static void every_kind_is_read(void **state)
{
    struct house h = read_house(
        "{\"street\":\"Elm\",\"number\":-7,\"old\":false,\"colour\":\"LIGHTBLUE\",\"owner\":{"
        "\"id\":\"o\"},"
        "\"people\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"notes\":[\"x\",\"y\"],\"colours\":[\"Red\"],"
        "\"beta\":\"b\",\"typed\":\"t\"}");

    (void)state;
    assert_string_equal(h.street, "Elm");
    assert_true(h.number.set && h.number.value == -7);
    assert_true(h.old.set && !h.old.value);
    assert_int_equal(h.colour, LIGHT_BLUE);
    assert_string_equal(h.owner->id, "o");
    assert_int_equal(h.people.count, 2);
    assert_string_equal(((struct person *)h.people.items[1])->id, "b");
    assert_string_equal(h.notes.items[1], "y");
    assert_int_equal(h.colours.items[0], RED);
    assert_string_equal(h.beta, "b");
    assert_string_equal(h.typed, "t");
    assert_ptr_equal(h.odata.type, &house_type);
    assert_ptr_equal(h.owner->odata.type, &person_type);
}

static void what_is_absent_or_null_is_zero(void **state)
{
    struct house h = read_house("{\"street\":null,\"number\":null,\"old\":null,\"colour\":null,"
                                "\"owner\":null,\"people\":null,\"notes\":null}");

    (void)state;
    h.odata.type = NULL;
    assert_memory_equal(&h, &(struct house){0}, sizeof(h));
}

static void an_empty_list_is_not_an_absent_one(void **state)
{
    struct house h = read_house("{\"people\":[],\"notes\":[],\"colours\":[]}");

    (void)state;
    assert_non_null(h.people.items);
    assert_int_equal(h.people.count, 0);
    assert_non_null(h.notes.items);
    written_as(
        &h, (struct write_how){0},
        "{\"@odata.type\":\"#microsoft.graph.house\",\"people\":[],\"notes\":[],\"colours\":[]}");
}

static void a_wrong_kind_names_the_field(void **state)
{
    (void)state;
    refused("[]", "the body must be an object");
    refused("{\"street\":1}", "'street' must be a string");
    refused("{\"number\":\"1\"}", "'number' must be an integer");
    refused("{\"number\":1.5}", "'number' must be an integer");
    refused("{\"old\":\"true\"}", "'old' must be true or false");
    refused("{\"colour\":1}", "'colour' must be a string");
    refused("{\"owner\":[]}", "'owner' must be an object");
    refused("{\"people\":{}}", "'people' must be a list");
    refused("{\"people\":[null]}", "'people[0]' must be an object");
    refused("{\"notes\":[\"a\",1]}", "'notes[1]' must be a string");
    refused("{\"owner\":{\"id\":7}}", "'owner.id' must be a string");
    refused("{\"people\":[{\"id\":\"a\"},{\"id\":{}}]}", "'people[1].id' must be a string");
}

static void bounds_are_kept(void **state)
{
    struct house h = read_house("{\"street\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}");

    (void)state;
    assert_int_equal(strlen(h.street), 10); /* five characters, ten bytes */
    refused("{\"street\":\"abcdef\"}", "'street' must have at most 5 characters");
    refused("{\"notes\":[\"a\",\"b\",\"c\"]}", "'notes' must have at most 2 members");
    refused("{\"people\":[{},{},{},{}]}", "'people' must have at most 3 members");
    refused("{\"pets\":[{\"@odata.type\":\"cat\",\"name\":\"Tom\",\"lives\":10}]}",
            "'pets[0].lives' must be between 1 and 9");
    refused("{\"pets\":[{\"@odata.type\":\"cat\",\"name\":\"Tom\",\"lives\":0}]}",
            "'pets[0].lives' must be between 1 and 9");
}

static void a_real_may_be_whole(void **state)
{
    static const struct {
        const char *text, *again;
        double value;
    } rows[] = {
        {"4.5", "4.5", 4.5},
        {"4", "4", 4.0},
        {"-0.1", "-0.1", -0.1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cat cat, heavier = {0};
        struct buf out = {0};
        struct writer w;
        char text[64];

        (void)snprintf(text, sizeof(text), "{\"name\":\"Tom\",\"kilograms\":%s}", rows[i].text);
        assert_int_equal(read_as(text, &cat_type, &cat), ERR_OK);
        assert_true(cat.kilograms.set);
        assert_true(cat.kilograms.value - rows[i].value < 1e-9 &&
                    rows[i].value - cat.kilograms.value < 1e-9);
        fields_merge(&cat_type, &heavier, &cat);
        assert_true(heavier.kilograms.set);
        writer_init(&w, &out);
        fields_write(&w, NULL, &cat_type, &heavier, &(struct write_how){0});
        (void)snprintf(text, sizeof(text), "\"kilograms\":%s}", rows[i].again);
        assert_non_null(strstr(out.data, text));
        buf_clear(&out);
    }
    refused("{\"pets\":[{\"@odata.type\":\"cat\",\"name\":\"Tom\",\"kilograms\":\"4\"}]}",
            "'pets[0].kilograms' must be a number");
}

static void an_unknown_enum_name_is_told_the_known_ones(void **state)
{
    (void)state;
    refused("{\"colour\":\"green\"}", "'colour' must be one of red, lightBlue");
    refused("{\"colours\":[\"red\",\"\"]}", "'colours[1]' must be one of red, lightBlue");
}

static void what_is_required_must_be_there(void **state)
{
    (void)state;
    refused("{\"owner\":{}}", "'owner.id' is missing");
    refused("{\"people\":[{\"id\":\"a\"},{\"id\":null}]}", "'people[1].id' is missing");
    refused("{\"pets\":[{\"@odata.type\":\"#microsoft.graph.dog\"}]}", "'pets[0].name' is missing");
}

static void what_is_ours_to_say_is_not_read(void **state)
{
    struct house h =
        read_house("{\"state\":5,\"raw\":{\"a\":1},\"unknown\":{\"b\":2},\"other\":1}");

    (void)state;
    assert_null(h.state);
    assert_null(h.raw);
    assert_null(h.odata.extras);
}

static void an_abstract_type_is_what_it_says(void **state)
{
    struct house h = read_house(
        "{\"pets\":[{\"@odata.type\":\"#microsoft.graph.dog\",\"name\":\"Rex\",\"barks\":true},"
        "{\"@odata.type\":\"Microsoft.Graph.Cat\",\"name\":\"Tom\",\"lives\":9},"
        "{\"@odata.type\":\"#CAT\",\"name\":\"Kit\"}]}");
    struct dog *dog = h.pets.items[0];
    struct cat *cat = h.pets.items[1];

    (void)state;
    assert_ptr_equal(dog->animal.odata.type, &dog_type);
    assert_true(dog->barks.value);
    assert_ptr_equal(cat->animal.odata.type, &cat_type);
    assert_true(cat->lives.value == 9);
    assert_ptr_equal(((struct odata *)h.pets.items[2])->type, &cat_type);
    written_as(&h, (struct write_how){0},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"pets\":["
               "{\"@odata.type\":\"#microsoft.graph.dog\",\"name\":\"Rex\",\"barks\":true},"
               "{\"@odata.type\":\"#microsoft.graph.cat\",\"name\":\"Tom\",\"lives\":9},"
               "{\"@odata.type\":\"#microsoft.graph.cat\",\"name\":\"Kit\"}]}");
}

static void an_abstract_type_must_say_what_it_is(void **state)
{
    (void)state;
    refused("{\"pets\":[{\"name\":\"Rex\"}]}", "'pets[0].@odata.type' is missing");
    refused("{\"pets\":[{\"@odata.type\":1}]}", "'pets[0].@odata.type' must be a string");
    refused("{\"pets\":[{\"@odata.type\":\"#microsoft.graph.bird\"}]}",
            "'pets[0].@odata.type' does not name a type that is known here");
    refused("{\"pets\":[{\"@odata.type\":\"#microsoft.graph.animal\"}]}",
            "'pets[0].@odata.type' does not name a type that is known here");
}

static void a_concrete_type_may_say_more(void **state)
{
    struct house h =
        read_house("{\"owner\":{\"@odata.type\":\"#microsoft.graph.manager\",\"id\":\"m\","
                   "\"level\":3},\"people\":[{\"@odata.type\":\"#else\",\"id\":\"p\"}]}");

    (void)state;
    assert_ptr_equal(h.owner->odata.type, &manager_type);
    assert_true(((struct manager *)h.owner)->level.value == 3);
    assert_ptr_equal(((struct odata *)h.people.items[0])->type, &person_type);
}

static void the_outermost_may_be_abstract(void **state)
{
    static const char dog_text[] = "{\"@odata.type\":\"dog\",\"name\":\"Rex\"}";
    static const char none_text[] = "{\"name\":\"Rex\"}";
    struct json *dog = json_parse(dog_text, sizeof(dog_text) - 1, NULL);
    struct json *none = json_parse(none_text, sizeof(none_text) - 1, NULL);
    struct dog *d = fields_read_new(dog, &animal_type, &arena, &fail);

    (void)state;
    assert_ptr_equal(d->animal.odata.type, &dog_type);
    assert_null(fields_read_new(none, &animal_type, &arena, &fail));
    assert_string_equal(fail.text, "'@odata.type' is missing");
    assert_null(fields_read_new(NULL, &animal_type, &arena, &fail));
    json_free(dog);
    json_free(none);
}

static void an_open_type_keeps_unknown_scalars(void **state)
{
    struct house h = read_house(
        "{\"owner\":{\"z\":\"\\\"q\\\"\",\"id\":\"o\",\"n\":null,\"t\":true,\"i\":-5,\"r\":0.5,"
        "\"nested\":{\"a\":1},\"list\":[],\"@odata.etag\":\"e\",\"x@odata.type\":\"y\",\"$id\":"
        "\"1\"}}");

    (void)state;
    written_as(&h, (struct write_how){0},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"owner\":{\"@odata.type\":\"#"
               "microsoft.graph.person\","
               "\"id\":\"o\",\"z\":\"\\\"q\\\"\",\"n\":null,\"t\":true,\"i\":-5,\"r\":0.5}}");
}

static void openness_is_inherited(void **state)
{
    struct house h = read_house("{\"owner\":{\"@odata.type\":\"manager\",\"id\":\"m\",\"x\":1}}");

    (void)state;
    assert_non_null(h.owner->odata.extras);
    assert_string_equal(h.owner->odata.extras->name, "x");
    assert_string_equal(h.owner->odata.extras->json, "1");
}

static void read_with_extras(size_t count, size_t value_len, bool accepted)
{
    struct buf b = {0};
    struct house h;
    struct json *j;

    buf_text(&b, "{\"owner\":{\"id\":\"o\"");
    for (size_t i = 0; i < count; i++) {
        buf_printf(&b, ",\"k%03zu\":\"", i);
        for (size_t k = 0; k < value_len; k++)
            buf_char(&b, 'v');
        buf_char(&b, '"');
    }
    buf_text(&b, "}}");
    j = json_parse(b.data, b.len, NULL);
    assert_non_null(j);
    assert_int_equal(fields_read(j, &house_type, &h, &arena, &fail),
                     accepted ? ERR_OK : ERR_BAD_REQUEST);
    if (!accepted)
        assert_non_null(strstr(fail.text, "'owner' has too many unknown properties"));
    json_free(j);
    buf_clear(&b);
}

static void extras_are_bounded(void **state)
{
    (void)state;
    read_with_extras(32, 1, true);
    read_with_extras(33, 1, false);
    read_with_extras(8, 1024 - 4 - 2, true); /* 8,192 bytes of names and values */
    read_with_extras(8, 1024 - 4 - 1, false);
}

static void members_come_in_the_order_of_the_table(void **state)
{
    struct house h =
        read_house("{\"notes\":[\"n\"],\"colours\":[\"lightblue\"],\"colour\":\"red\",\"old\":true,"
                   "\"number\":3,\"street\":\"S\"}");

    (void)state;
    h.raw = "{\"any\":[1]}";
    h.state = "up";
    written_as(
        &h, (struct write_how){0},
        "{\"@odata.type\":\"#microsoft.graph.house\",\"street\":\"S\",\"number\":3,\"old\":true,"
        "\"colour\":\"red\",\"notes\":[\"n\"],\"colours\":[\"lightBlue\"],\"state\":\"up\","
        "\"raw\":{\"any\":[1]}}");
}

static void nulls_are_shown_outside_and_where_marked_inside(void **state)
{
    struct house h = read_house("{\"owner\":{\"id\":\"o\"}}");

    (void)state;
    written_as(
        &h, (struct write_how){.nulls = true},
        "{\"@odata.type\":\"#microsoft.graph.house\",\"street\":null,\"number\":null,\"old\":null,"
        "\"colour\":null,\"owner\":{\"@odata.type\":\"#microsoft.graph.person\",\"id\":\"o\","
        "\"region\":null,\"tags\":[]},\"people\":[],\"pets\":null,\"notes\":null,\"colours\":[],"
        "\"secret\":null,\"state\":null,\"beta\":null}");
}

static void secrets_are_hidden_when_asked(void **state)
{
    struct house h = read_house("{\"secret\":\"hunter2\"}");

    (void)state;
    written_as(&h, (struct write_how){.hide = true},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"secret\":\"***\"}");
    written_as(&h, (struct write_how){0},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"secret\":\"hunter2\"}");
}

static void beta_members_are_left_out_under_v1(void **state)
{
    struct house h = read_house("{\"beta\":\"b\",\"street\":\"S\",\"typed\":\"t\"}");

    (void)state;
    written_as(&h, (struct write_how){.v1 = true},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"street\":\"S\"}");
}

static void only_what_is_named_is_written_in_that_order(void **state)
{
    static const char *const only[] = {"owner", "street", "number", NULL};
    struct house h = read_house("{\"street\":\"S\",\"old\":true,\"owner\":{\"id\":\"o\",\"x\":1}}");

    (void)state;
    written_as(&h, (struct write_how){.only = only},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"owner\":{\"@odata.type\":\"#"
               "microsoft.graph.person\","
               "\"id\":\"o\",\"x\":1},\"street\":\"S\"}");
    written_as(
        &h, (struct write_how){.only = only, .nulls = true},
        "{\"@odata.type\":\"#microsoft.graph.house\",\"owner\":{\"@odata.type\":\"#microsoft.graph."
        "person\","
        "\"id\":\"o\",\"region\":null,\"tags\":[],\"x\":1},\"street\":\"S\",\"number\":null}");
}

static void a_struct_made_by_us_is_what_its_table_says(void **state)
{
    struct person p = {.id = "p"};
    struct house h = {.owner = &p};

    (void)state;
    written_as(&h, (struct write_how){0},
               "{\"@odata.type\":\"#microsoft.graph.house\",\"owner\":{\"@odata.type\":\"#"
               "microsoft.graph.person\","
               "\"id\":\"p\"}}");
}

static void configuration_is_plain_and_strict(void **state)
{
    struct config c;
    struct buf out = {0};
    struct writer w;

    (void)state;
    assert_int_equal(read_as("{\"realm\":\"r\",\"limits\":{\"calls\":5}}", &config_type, &c),
                     ERR_OK);
    assert_true(c.limits.calls.value == 5);
    writer_init(&w, &out);
    fields_write(&w, NULL, &config_type, &c, &(struct write_how){.nulls = true});
    assert_string_equal(out.data, "{\"realm\":\"r\",\"limits\":{\"calls\":5}}");
    buf_clear(&out);

    assert_int_equal(read_as("{\"relm\":\"r\",\"limits\":{\"calls\":5}}", &config_type, &c),
                     ERR_BAD_REQUEST);
    assert_string_equal(fail.text, "'relm' is not known");
    assert_int_equal(read_as("{\"limits\":{\"cals\":5}}", &config_type, &c), ERR_BAD_REQUEST);
    assert_string_equal(fail.text, "'limits.cals' is not known");
    assert_int_equal(read_as("{}", &config_type, &c), ERR_BAD_REQUEST);
    assert_string_equal(fail.text, "'limits.calls' is missing");
    assert_int_equal(read_as("{\"limits\":[]}", &config_type, &c), ERR_BAD_REQUEST);
    assert_string_equal(fail.text, "'limits' must be an object");
}

static void what_is_said_is_laid_over_what_was(void **state)
{
    struct house old;
    struct house new;

    (void)state;
    assert_int_equal(read_as("{\"street\":\"s\",\"number\":1,\"old\":true,\"colour\":\"red\","
                             "\"people\":[{\"id\":\"p\"}],\"notes\":[\"a\",\"b\"]}",
                             &house_type, &old),
                     ERR_OK);
    assert_int_equal(read_as("{\"number\":2,\"old\":false,\"colour\":\"lightBlue\",\"street\":null,"
                             "\"notes\":[\"c\"],\"colours\":[\"red\"]}",
                             &house_type, &new),
                     ERR_OK);
    fields_merge(&house_type, &old, &new);
    written_as(
        &old, (struct write_how){0},
        "{\"@odata.type\":\"#microsoft.graph.house\",\"street\":\"s\",\"number\":2,"
        "\"old\":false,\"colour\":\"lightBlue\",\"people\":[{\"@odata.type\":"
        "\"#microsoft.graph.person\",\"id\":\"p\"}],\"notes\":[\"c\"],\"colours\":[\"red\"]}");
}

static void objects_are_merged_unless_they_may_be_of_several_types(void **state)
{
    struct config was = {.realm = "r", .limits.calls = {true, 5}};
    const struct config over = {.limits.calls = {true, 7}};
    struct person old_owner = {.id = "p", .region = "x"};
    struct person new_owner = {.id = "q"};
    struct house old = {.owner = &old_owner};
    const struct house new = {.owner = &new_owner};

    (void)state;
    fields_merge(&config_type, &was, &over);
    assert_string_equal(was.realm, "r");
    assert_true(was.limits.calls.value == 7);
    fields_merge(&house_type, &old, &new); /* a person may be a manager */
    assert_ptr_equal(old.owner, &new_owner);
    assert_string_equal(old_owner.id, "p");
}

static void enum_names_and_numbers_go_both_ways(void **state)
{
    (void)state;
    assert_string_equal(field_enum_name(colours, LIGHT_BLUE), "lightBlue");
    assert_null(field_enum_name(colours, 0));
    assert_null(field_enum_name(colours, 3));
    assert_null(field_enum_name(colours, -1));
    assert_int_equal(field_enum_number(colours, "RED"), RED);
    assert_int_equal(field_enum_number(colours, "redd"), 0);
}

static void the_tables_print_themselves(void **state)
{
    static const struct type *const types[] = {&cat_type, &config_type, NULL};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    fields_dump(types, out);
    (void)fclose(out);
    assert_string_equal(
        text, "{\"name\":\"cat\",\"base\":\"animal\",\"flags\":[],\"fields\":["
              "{\"name\":\"lives\",\"kind\":\"int\",\"flags\":[],\"min\":1,\"max\":9},{\"name\":"
              "\"kilograms\",\"kind\":\"real\",\"flags\":[]}]}\n"
              "{\"name\":\"config\",\"base\":null,\"flags\":[\"PLAIN\",\"STRICT\"],\"fields\":["
              "{\"name\":\"realm\",\"kind\":\"text\",\"flags\":[]},"
              "{\"name\":\"limits\",\"kind\":\"struct\",\"flags\":[],\"type\":\"limits\"}]}\n");
    free(text);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_kind_is_read, forget),
        cmocka_unit_test_teardown(what_is_absent_or_null_is_zero, forget),
        cmocka_unit_test_teardown(an_empty_list_is_not_an_absent_one, forget),
        cmocka_unit_test_teardown(a_wrong_kind_names_the_field, forget),
        cmocka_unit_test_teardown(bounds_are_kept, forget),
        cmocka_unit_test_teardown(a_real_may_be_whole, forget),
        cmocka_unit_test_teardown(an_unknown_enum_name_is_told_the_known_ones, forget),
        cmocka_unit_test_teardown(what_is_required_must_be_there, forget),
        cmocka_unit_test_teardown(what_is_ours_to_say_is_not_read, forget),
        cmocka_unit_test_teardown(an_abstract_type_is_what_it_says, forget),
        cmocka_unit_test_teardown(an_abstract_type_must_say_what_it_is, forget),
        cmocka_unit_test_teardown(a_concrete_type_may_say_more, forget),
        cmocka_unit_test_teardown(the_outermost_may_be_abstract, forget),
        cmocka_unit_test_teardown(an_open_type_keeps_unknown_scalars, forget),
        cmocka_unit_test_teardown(openness_is_inherited, forget),
        cmocka_unit_test_teardown(extras_are_bounded, forget),
        cmocka_unit_test_teardown(members_come_in_the_order_of_the_table, forget),
        cmocka_unit_test_teardown(nulls_are_shown_outside_and_where_marked_inside, forget),
        cmocka_unit_test_teardown(secrets_are_hidden_when_asked, forget),
        cmocka_unit_test_teardown(beta_members_are_left_out_under_v1, forget),
        cmocka_unit_test_teardown(only_what_is_named_is_written_in_that_order, forget),
        cmocka_unit_test_teardown(a_struct_made_by_us_is_what_its_table_says, forget),
        cmocka_unit_test_teardown(configuration_is_plain_and_strict, forget),
        cmocka_unit_test_teardown(what_is_said_is_laid_over_what_was, forget),
        cmocka_unit_test(objects_are_merged_unless_they_may_be_of_several_types),
        cmocka_unit_test(enum_names_and_numbers_go_both_ways),
        cmocka_unit_test(the_tables_print_themselves),
    };
    /* clang-format on */

    return cmocka_run_group_tests(tests, NULL, NULL);
}
