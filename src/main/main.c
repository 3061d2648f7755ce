/*
 * main.c - the words of the command line.
 */
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

static const struct command commands[] = {
    {"serve", run_serve, "run the server"},
    {"reload", command_reload, "have the running server read directory, certificate, limits anew"},
    {"backup", command_backup, "backup FILE: copy the database to FILE, the keys to FILE.keys"},
    {"user", command_user,
     "user add --name SIPNAME --id GUID|new --tenant ID [--display NAME] [--password-stdin]"},
    {"token", command_token, "print a bearer token (dev): --app NAME|ID [--tenant ID]"},
    {"ca", command_ca, "ca print: the local CA as PEM"},
    {"config", command_config, "config check | config print: the effective configuration"},
    {"doctor", command_doctor, "look for what is wrong with this machine: [--callback URI]"},
};

static void help(FILE *out)
{
    (void)fprintf(out, "carillon " VERSION ": a calling server that speaks the Graph calls API\n\n"
                       "usage: carillon COMMAND [--config FILE] [FLAGS]\n\ncommands:\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        (void)fprintf(out, "  %-24s %s\n", commands[i].word, commands[i].help);
    (void)fprintf(out, "\nflags (also in the file, or as CARILLON_<SECTION>_<KEY>):\n");
    config_help(out);
    (void)fprintf(out, "  %-24s %s\n", "--lan [ADDRESS]",
                  "let phones of this network in: SIP and RTP on its address");
    (void)fprintf(out, "\n  --version, --help\n  --dump-fields, --dump-states, --dump-routes: the "
                       "tables, for tests\n");
}

static int dump(const char *what)
{
    struct buf text = {0};

    if (str_eq(what, "--dump-fields")) {
        fields_dump(graph_types, stdout);
    } else if (str_eq(what, "--dump-routes")) {
        routes_dump(stdout);
    } else {
        states_print(&text);
        (void)fputs(text.data, stdout);
        buf_clear(&text);
    }
    return 0;
}

/* The flags that belong to single commands. */
static const char **own_flag(struct command_args *a, const char *name)
{
    if (str_eq(name, "--app"))
        return &a->app;
    if (str_eq(name, "--tenant"))
        return &a->tenant;
    if (str_eq(name, "--callback"))
        return &a->callback;
    if (str_eq(name, "--name"))
        return &a->name;
    if (str_eq(name, "--id"))
        return &a->id;
    if (str_eq(name, "--display"))
        return &a->display;
    return NULL;
}

static bool read_line(int argc, char **argv, struct line *l)
{
    for (int i = 2; i < argc; i++) {
        const char **own = own_flag(&l->args, argv[i]);

        if (str_eq(argv[i], "--lan")) { /* the only flag whose value may be left out */
            l->lan = i + 1 < argc && argv[i + 1][0] != '-' ? argv[++i] : "auto";
            continue;
        }
        if (str_eq(argv[i], "--password-stdin")) {
            l->args.password_stdin = true;
            continue;
        }
        if (argv[i][0] != '-' && l->args.word == NULL) {
            l->args.word = argv[i];
            continue;
        }
        if (i + 1 >= argc ||
            (own == NULL && !str_eq(argv[i], "--config") && !config_is_flag(argv[i]))) {
            (void)fprintf(stderr, "carillon: %s%s; see carillon --help\n", argv[i],
                          i + 1 >= argc ? " needs a value, or is not known" : " is not known");
            return false;
        }
        if (own != NULL)
            *own = argv[i + 1];
        else if (str_eq(argv[i], "--config"))
            l->file = argv[i + 1];
        else if (l->flag_count < FLAGS_MOST)
            l->flags[l->flag_count++] = (struct config_flag){argv[i], argv[i + 1]};
        i++; /* the value */
    }
    return true;
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
    if (str_eq(argv[1], "--help") || (argc > 2 && str_eq(argv[2], "--help"))) {
        help(stdout);
        return 0;
    }
    if (str_starts(argv[1], "--dump-"))
        return dump(argv[1]);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!str_eq(argv[1], commands[i].word))
            continue;
        return read_line(argc, argv, &l) ? run(&commands[i], &l) : 2;
    }
    (void)fprintf(stderr, "carillon: '%s' is not a command; see carillon --help\n", argv[1]);
    return 2;
}
