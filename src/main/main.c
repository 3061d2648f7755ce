/*
 * main.c - the words of the command line.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/routes.h"
#include "base/mem.h"
#include "base/str.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/lan.h"
#include "main/reload.h"
#include "main/serve.h"
#include "model/graph_types.h"
#include "model/states.h"

enum { FLAGS_MOST = 64 };

/* What stood on the command line behind the command. */
struct line {
    const char *file; /* --config */
    const char *lan;  /* --lan: "auto", or the address behind it; NULL: not given */
    struct config_flag flags[FLAGS_MOST];
    size_t flag_count;
    struct command_args args;
};

struct command {
    const char *word;
    int (*run)(const struct config *c, const struct command_args *a);
    const char *words; /* what stands behind it without dashes */
    size_t most;       /* so many of them at most */
    const char *help;
};

static int run_serve(const struct config *c, const struct command_args *a)
{
    struct fail f;

    if (config_check(c, &f) != ERR_OK) {
        config_locate(a->source->file, &f);
        (void)fprintf(stderr, "carillon: %s\n", f.text);
        return 1;
    }
    if (!config_is_dev(c) && config_unsafe(c, stderr) != 0)
        return 1;
    return serve_run(c, a->source);
}

/* clang-format off */
static const struct command commands[] = {
    {"serve",   run_serve,       NULL,             1, "run the server"},
    {"reload",  command_reload,  NULL,             1, "have the running server read directory, certificate, limits anew"},
    {"calls",   command_calls,   "[ID]",           1, "the calls of the running server; with the id of one its life"},
    {"call",    command_call,    "WHO...",         COMMAND_WORDS, "call people (SIP name, name, id), or join a meeting by its number, as a bot"},
    {"hangup",  command_hangup,  "ID",             1, "end a call"},
    {"play",    command_play,    "ID WAV",         2, "play a file or a URI into a call, to its end"},
    {"tail",    command_tail,    "[ID]",           1, "notices as they are made and delivered, one line each"},
    {"notices", command_notices, NULL,             1, "what the running server owes, has parked or given up; send it again"},
    {"backup",  command_backup,  "FILE",           1, "copy the database to FILE, the keys to FILE.keys"},
    {"user",    command_user,    "add",            1, "the lines of a new user for the configuration, and the password"},
    {"token",   command_token,   NULL,             1, "print a bearer token (dev)"},
    {"ca",      command_ca,      "print",          1, "the local CA as PEM"},
    {"config",  command_config,  "check | print",  1, "is the configuration good; the effective one, secrets hidden"},
    {"doctor",  command_doctor,  NULL,             1, "look for what is wrong with this machine"},
};

/* The flags of single commands, beside those of the server (options in config.c). */
#define AT(member) offsetof(struct command_args, member)
static const struct own_flag {
    const char *command;
    const char *name;
    const char *value; /* what it wants; NULL: nothing, the member is a bool */
    size_t at;
    const char *help;
} own_flags[] = {
    {"notices", "--state",          "owed|parked|dead", AT(state),          "only those; without it all"},
    {"notices", "--replay",         "WEBHOOK-ID|all",   AT(replay),         "send a parked or dead one again; all: the parked ones, or those of --state"},
    {"notices", "--json",           NULL,               AT(json),           "the list as JSON, bodies too"},
    {"calls",   "--json",           NULL,               AT(json),           "what the server says"},
    {"call",    "--app",            "NAME|ID",          AT(app),            "as whom [Calling Bot]"},
    {"call",    "--play",           "WAV",              AT(play),           "play a file or a URI once it is established"},
    {"call",    "--wait",           NULL,               AT(wait),           "until the call's end, not only until it is established"},
    {"call",    "--passcode",       "TEXT",             AT(passcode),       "of the meeting, seen in the list of processes [the directory's]"},
    {"call",    "--callback",       "URI",              AT(callback),       "where its notices go [dev: the server's inbox 'shell']"},
    {"call",    "--token-file",     "FILE",             AT(token_file),     "a token of your own issuer; or in CARILLON_TOKEN"},
    {"hangup",  "--token-file",     "FILE",             AT(token_file),     "a token of your own issuer; or in CARILLON_TOKEN"},
    {"play",    "--loop",           NULL,               AT(loop),           "again and again, until ^C"},
    {"play",    "--token-file",     "FILE",             AT(token_file),     "a token of your own issuer; or in CARILLON_TOKEN"},
    {"tail",    "--json",           NULL,               AT(json),           "each as a line of JSON"},
    {"user",    "--name",           "SIPNAME",          AT(name),           "what a phone registers as"},
    {"user",    "--id",             "GUID|new",         AT(id),             "the user's id; new: one is made"},
    {"user",    "--tenant",         "ID",               AT(tenant),         "a tenant of the directory"},
    {"user",    "--display",        "NAME",             AT(display),        "a name for people [SIPNAME]"},
    {"user",    "--password-stdin", NULL,               AT(password_stdin), "take the password from standard input"},
    {"token",   "--app",            "NAME|ID",          AT(app),            "whose token [Calling Bot]"},
    {"token",   "--tenant",         "ID",               AT(tenant),         "for which tenant [the application's]"},
    {"doctor",  "--callback",       "URI",              AT(callback),       "send a notice without news there"},
};
/* clang-format on */

enum {
    COMMANDS = sizeof(commands) / sizeof(commands[0]),
    OWN_FLAGS = sizeof(own_flags) / sizeof(own_flags[0])
};

static void help(FILE *out)
{
    (void)fprintf(out, "carillon " VERSION ": a calling server that speaks the Graph calls API\n\n"
                       "usage: carillon COMMAND [--config FILE] [FLAGS]\n\ncommands, each with "
                       "--help of its own:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(out, "  %-24s %s\n", commands[i].word, commands[i].help);
    (void)fprintf(out, "\nflags (also in the file, or as CARILLON_<SECTION>_<KEY>):\n");
    config_help(out);
    (void)fprintf(out, "  %-24s %s\n", "--lan [ADDRESS]",
                  "let phones of this network in: SIP and RTP on its address");
    (void)fprintf(out, "\n  --version, --help\n  --dump-fields, --dump-states, --dump-routes, "
                       "--dump-coverage: the tables, for tests\n");
}

static void help_of(const struct command *cmd, FILE *out)
{
    const char *words = cmd->words != NULL ? cmd->words : "";

    (void)fprintf(out, "carillon %s%s%s: %s\n\n", cmd->word, words[0] != '\0' ? " " : "", words,
                  cmd->help);
    for (size_t i = 0; i < OWN_FLAGS; i++) {
        const struct own_flag *o = &own_flags[i];
        char text[48];

        if (!str_eq(o->command, cmd->word))
            continue;
        (void)snprintf(text, sizeof(text), "%s%s%s", o->name, o->value != NULL ? " " : "",
                       o->value != NULL ? o->value : "");
        (void)fprintf(out, "  %-28s %s\n", text, o->help);
    }
    (void)fprintf(out, "  %-28s %s\n", "--config FILE", "the configuration, YAML");
    (void)fprintf(out, "  %-28s %s\n", "...",
                  "and the server's flags (carillon --help); --data says which server");
}

static int dump(const char *what)
{
    struct buf text = {0};

    if (str_eq(what, "--dump-fields")) {
        fields_dump(graph_types, stdout);
    } else if (str_eq(what, "--dump-routes")) {
        routes_dump(stdout);
    } else if (str_eq(what, "--dump-coverage")) {
        coverage_dump(stdout);
    } else {
        states_print(&text);
        (void)fputs(text.data, stdout);
        buf_clear(&text);
    }
    return 0;
}

static const struct own_flag *own_flag(const char *command, const char *name)
{
    for (size_t i = 0; i < OWN_FLAGS; i++)
        if (str_eq(own_flags[i].command, command) && str_eq(own_flags[i].name, name))
            return &own_flags[i];
    return NULL;
}

/* Takes the flag at argv[0] with its value; how many words that was, 0: it is not known. */
static int take_flag(int argc, char **argv, const char *command, struct line *l)
{
    const struct own_flag *own = own_flag(command, argv[0]);
    void *member = own != NULL ? (char *)&l->args + own->at : NULL;

    if (str_eq(argv[0], "--lan")) { /* the only flag whose value may be left out */
        l->lan = argc > 1 && argv[1][0] != '-' ? argv[1] : "auto";
        return argc > 1 && argv[1][0] != '-' ? 2 : 1;
    }
    if (own != NULL && own->value == NULL) {
        *(bool *)member = true;
        return 1;
    }
    if (argc < 2)
        return 0;
    if (own != NULL)
        *(const char **)member = argv[1];
    else if (str_eq(argv[0], "--config"))
        l->file = argv[1];
    else if (config_is_flag(argv[0]) && l->flag_count < FLAGS_MOST)
        l->flags[l->flag_count++] = (struct config_flag){argv[0], argv[1]};
    else
        return 0;
    return 2;
}

static bool take_word(char *word, size_t most, struct command_args *a)
{
    if (word[0] == '-' || a->word_count == most)
        return false;
    a->words[a->word_count++] = word;
    a->word = a->words[0];
    return true;
}

static bool read_line(int argc, char **argv, size_t most, struct line *l)
{
    for (int i = 2; i < argc;) {
        int taken =
            take_word(argv[i], most, &l->args) ? 1 : take_flag(argc - i, argv + i, argv[1], l);

        if (taken == 0) {
            (void)fprintf(stderr, "carillon: %s%s; see carillon %s --help\n", argv[i],
                          i + 1 >= argc ? " needs a value, or is not known" : " is not known",
                          argv[1]);
            return false;
        }
        i += taken;
    }
    return true;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (str_eq(argv[i], "--help"))
            return true;
    return false;
}

static int run(const struct command *cmd, const struct line *l)
{
    const struct reload_source source = {
        .file = l->file, .lan = l->lan, .flags = l->flags, .flag_count = l->flag_count};
    struct command_args args = l->args;
    struct arena arena = {0};
    struct config c;
    struct fail f;
    int code = 2;
    enum err e = config_read(&c, l->file, l->flags, l->flag_count, &arena, &f);

    if (e == ERR_OK && l->lan != NULL)
        e = lan_apply(&c, l->lan, &arena, &c.lan_help, &f);
    args.source = &source;
    if (e == ERR_OK)
        code = cmd->run(&c, &args);
    else
        (void)fprintf(stderr, "carillon: %s\n", f.text);
    arena_clear(&arena);
    return code;
}

int main(int argc, char **argv)
{
    struct line l = {0};

    if (argc < 2) {
        help(stderr);
        return 2;
    }
    if (str_eq(argv[1], "--version")) {
        (void)printf("carillon " VERSION "\n");
        return 0;
    }
    if (str_eq(argv[1], "--help")) {
        help(stdout);
        return 0;
    }
    if (str_starts(argv[1], "--dump-"))
        return dump(argv[1]);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (!str_eq(argv[1], commands[i].word))
            continue;
        if (wants_help(argc, argv)) {
            help_of(&commands[i], stdout);
            return 0;
        }
        return read_line(argc, argv, commands[i].most, &l) ? run(&commands[i], &l) : 2;
    }
    (void)fprintf(stderr, "carillon: '%s' is not a command; see carillon --help\n", argv[1]);
    return 2;
}
