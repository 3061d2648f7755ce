/*
 * user.c - `carillon user add`: the lines of one more person for the configuration. One thread.
 *
 * The lines go to standard output, the password to standard error, once: what is appended to a
 * file by `>>` never holds it.
 */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "main/commands.h"
#include "json/writer.h"

enum { PASSWORD_LETTERS = 20, PASSWORD_BYTES = 257 };

/* 32 letters that nobody mistakes for others: five bits of a random byte choose one. */
static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789x";

static void make_password(char text[PASSWORD_BYTES])
{
    uint8_t random[PASSWORD_LETTERS];

    hash_random(random, sizeof(random));
    for (int i = 0; i < PASSWORD_LETTERS; i++)
        text[i] = letters[random[i] % 32];
    text[PASSWORD_LETTERS] = '\0';
}

static bool read_password(char text[PASSWORD_BYTES])
{
    if (fgets(text, PASSWORD_BYTES, stdin) == NULL)
        text[0] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (text[0] == '\0')
        (void)fprintf(stderr, "carillon: there is no password on standard input\n");
    return text[0] != '\0';
}

/* JSON is YAML, and its quotes keep a hash of digits from becoming a number. */
static void print_lines(const struct user *u)
{
    struct buf text = {0};
    struct writer w;

    writer_init(&w, &text);
    writer_object(&w, NULL);
    writer_text(&w, "id", u->id);
    writer_text(&w, "tenant", u->tenant);
    writer_text(&w, "name", u->name);
    writer_text(&w, "sip", u->sip);
    writer_text(&w, "ha1Md5", u->ha1_md5);
    writer_text(&w, "ha1Sha256", u->ha1_sha256);
    writer_end(&w);
    (void)printf("    # below users: of directory:\n    - %s\n", text.data);
    buf_clear(&text);
}

/* The directory itself judges the new one, among those that are there. */
static enum err check(const struct config *c, struct user *u, struct fail *f)
{
    struct arena a = {0};
    struct directory_config d = c->directory;
    struct directory *made = NULL;
    enum err e;

    d.users.items = arena_new(&a, (d.users.count + 1) * sizeof(void *));
    for (size_t i = 0; i < d.users.count; i++)
        d.users.items[i] = c->directory.users.items[i];
    d.users.items[d.users.count++] = u;
    e = directory_new(&d, c->sip.realm, &made, f);
    if (e == ERR_OK)
        print_lines(u);
    directory_free(made);
    arena_clear(&a);
    return e;
}

int command_user(const struct config *c, const struct command_args *args)
{
    char password[PASSWORD_BYTES];
    struct id id = id_new();
    struct user u = {.tenant = args->tenant, .sip = args->name, .password = password};
    struct fail f = {0};

    if (!str_eq(args->word, "add") || args->name == NULL || args->id == NULL ||
        args->tenant == NULL) {
        (void)fprintf(stderr, "carillon: user add --name SIPNAME --id GUID|new --tenant ID\n");
        return 2;
    }
    if (!str_eq(args->id, "new") && !id_read_text(&id, args->id)) {
        (void)fprintf(stderr, "carillon: --id wants a GUID, or the word new\n");
        return 2;
    }
    u.id = id.text;
    u.name = args->display != NULL ? args->display : args->name;
    if (!args->password_stdin)
        make_password(password);
    else if (!read_password(password))
        return 1;
    if (check(c, &u, &f) != ERR_OK) {
        (void)fprintf(stderr, "carillon: %s\n", f.text);
        return 1;
    }
    if (!args->password_stdin)
        (void)fprintf(stderr, "the password of %s, shown this once: %s\n", args->name, password);
    explicit_bzero(password, sizeof(password));
    return 0;
}
