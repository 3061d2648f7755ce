/*
 * load.c - the load of the benchmarks: a bot, its callback receiver and a phone in one program.
 *
 * run.py starts it with a socket that is registered as a phone, and reads one
 * line of JSON from it. Every call that was begun must be heard to end; what is
 * missing is counted and the exit code is 1.
 *
 *   create  calls that end by themselves: POST, and wait for `terminated`
 *   whole   POST, INVITE, 200, `established`, DELETE, `terminated`
 *   hold    calls that stay up, with sound and a prompt if wanted, until standard input says so
 *   get     one call that stays up, and is asked for
 *   owe     as create, but no notice is answered before standard input says so
 *   register  phones that register
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot.h"
#include "hearer.h"
#include "ledger.h"
#include "registers.h"
#include "samples.h"
#include "sender.h"
#include "softphone.h"
#include "watch.h"

enum { SECOND_NS = 1000000000, REPEAT_NS = 250 * 1000000, END_WAIT_S = 15 };

enum mode { MODE_CREATE, MODE_WHOLE, MODE_HOLD, MODE_GET, MODE_OWE, MODE_REGISTER };

static struct {
    enum mode mode;
    struct bot_settings bot;
    struct sockaddr_in sip;
    int phone_fd;
    double rate; /* calls a second; 0: as fast as answers come */
    int flight;  /* rate 0: calls, requests or phones at a time */
    double seconds;
    long most; /* calls */
    bool with_sound;
} o = {.bot = {.connections = 64}, .phone_fd = -1, .flight = 64, .seconds = 5, .most = 1000000};

static struct {
    uint64_t from_ns, until_ns; /* when calls are begun */
    uint64_t last_ns;           /* the last thing that counts happened */
    uint64_t heard_ns;          /* the last `terminated` came */
    long begun, created, established, ended, ready;
    long never_up; /* ended without `established` */
    long in_time;  /* ended, created in mode create, got in mode get, before until_ns */
    bool is_over;
    struct samples to_invite; /* POST sent to INVITE here */
    struct samples to_told;   /* 200 sent to `established` here */
    struct samples to_end;    /* POST to `terminated` */
} run;

static void begin(uint64_t now)
{
    run.begun++;
    bot_ask(ASK_CREATE, NULL, now);
}

static bool may_begin(uint64_t now)
{
    return now < run.until_ns && run.begun < o.most;
}

/* Closed loop: what is over makes room for the next. */
static void one_is_over(void)
{
    uint64_t now = watch_now();

    run.last_ns = now;
    if (now < run.until_ns)
        run.in_time++;
    if (o.rate == 0 && may_begin(now))
        begin(now);
}

/* The INVITE may be here before the 201: whoever comes second measures. */
static void time_invite(struct entry *e)
{
    if (e->was_timed || e->sent_ns == 0 || e->invited_ns == 0)
        return;
    e->was_timed = true;
    samples_add(&run.to_invite, e->sent_ns, e->invited_ns);
}

static void hang_up(struct entry *e)
{
    if (e->is_deleted || !e->is_answered || e->heard < HEARD_ESTABLISHED ||
        e->heard >= HEARD_TERMINATING)
        return;
    e->is_deleted = true;
    bot_ask(ASK_DELETE, e, watch_now());
}

static void get(struct entry *e)
{
    if (watch_now() < run.until_ns)
        bot_ask(ASK_GET, e, watch_now());
}

static void on_answer(enum ask kind, struct entry *e)
{
    if (kind == ASK_PLAY)
        run.ready++;
    if (kind == ASK_GET) {
        run.in_time += watch_now() < run.until_ns;
        get(e);
    }
    if (kind != ASK_CREATE)
        return;
    run.created++;
    time_invite(e);
    if (o.mode == MODE_CREATE || o.mode == MODE_OWE)
        one_is_over();
    if (o.mode == MODE_WHOLE)
        hang_up(e);
}

static void on_failure(enum ask kind)
{
    if (kind == ASK_CREATE)
        one_is_over();
}

static void on_heard(struct entry *e, enum heard state)
{
    if (state == HEARD_ESTABLISHED) {
        run.established++;
        e->told_ns = watch_now();
        samples_add(&run.to_told, e->picked_up_ns, e->told_ns);
        if (o.mode == MODE_WHOLE)
            hang_up(e);
        if (o.mode == MODE_HOLD && o.bot.prompt != NULL)
            bot_ask(ASK_PLAY, e, e->told_ns);
        else if (o.mode == MODE_HOLD || o.mode == MODE_GET)
            run.ready++;
    }
    if (state == HEARD_TERMINATED) {
        run.ended++;
        samples_add(&run.to_end, e->sent_ns, watch_now());
        run.heard_ns = watch_now();
        run.never_up += o.mode != MODE_CREATE && o.mode != MODE_OWE && e->told_ns == 0;
        if (o.mode == MODE_WHOLE || o.mode == MODE_HOLD)
            one_is_over();
    }
}

static void on_invite(struct entry *e)
{
    time_invite(e);
}

/* Begins what the rate wants, and says when the next one is due. */
static uint64_t begin_due(uint64_t now)
{
    uint64_t due = run.from_ns + (uint64_t)((double)run.begun * SECOND_NS / o.rate);

    while (due <= now && may_begin(due)) {
        begin(due);
        due = run.from_ns + (uint64_t)((double)run.begun * SECOND_NS / o.rate);
    }
    return due;
}

static void step(void)
{
    static uint64_t repeated_ns;
    uint64_t now = watch_now();
    uint64_t due = now + REPEAT_NS;

    if (o.rate != 0 && may_begin(now)) {
        uint64_t next = begin_due(now);

        due = next < due ? next : due;
    }
    if (now - repeated_ns > REPEAT_NS) {
        repeated_ns = now;
        softphone_repeat(now);
        registers_repeat(now);
    }
    watch_step(due);
}

/* 'c': how many packets so far? The end of the input: the calls may go. */
static void on_word(struct watch *w, uint32_t events)
{
    char words[64];
    ssize_t n = read(w->fd, words, sizeof(words));

    (void)events;
    run.is_over = n == 0;
    for (ssize_t i = 0; i < n; i++)
        if (words[i] == 'c')
            (void)printf("{\"sent\":%llu,\"heard\":%llu}\n", (unsigned long long)sender_sent(),
                         (unsigned long long)sender_heard());
    (void)fflush(stdout);
}

static void hold(void)
{
    static struct watch words = {.fd = STDIN_FILENO, .h = on_word};
    uint64_t give_up = run.until_ns + END_WAIT_S * (uint64_t)SECOND_NS;

    while (run.ready + bot_failures() < run.begun && watch_now() < give_up)
        step();
    (void)printf("{\"up\":%ld}\n", run.ready);
    (void)fflush(stdout);
    (void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    watch_add(&words);
    while (!run.is_over)
        step();
    for (struct entry *e = ledger_newest(); e != NULL; e = e->older)
        hang_up(e);
}

/* All calls were made, none of their notices answered. From now on they are. */
static void owe(void)
{
    static struct watch words = {.fd = STDIN_FILENO, .h = on_word};

    while (bot_waiting() != 0)
        step();
    bot_close();
    (void)printf("{\"created\":%ld}\n", run.created);
    (void)fflush(stdout);
    (void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    watch_add(&words);
    while (!run.is_over)
        step();
    run.from_ns = watch_now();
    run.until_ns = run.from_ns + (uint64_t)(o.seconds * SECOND_NS);
    run.in_time = 0;
    hearer_hold(false);
    while (run.ended < run.created && watch_now() < run.until_ns)
        step();
    run.in_time = hearer_notices();
    run.until_ns = run.heard_ns;
}

static void ask_for_one(void)
{
    while (run.ready == 0 && bot_failures() == 0 && watch_now() < run.until_ns)
        step();
    run.from_ns = watch_now();
    run.until_ns = run.from_ns + (uint64_t)(o.seconds * SECOND_NS);
    for (int i = 0; i < o.flight && run.ready != 0; i++)
        get(ledger_newest());
    while (watch_now() < run.until_ns)
        step();
    while (bot_waiting() != 0)
        step();
    if (run.ready != 0)
        hang_up(ledger_newest());
}

static int register_phones(void)
{
    uint64_t give_up;

    registers_open(&o.sip, o.flight);
    while (watch_now() < run.until_ns)
        step();
    run.in_time = registers_done();
    registers_stop();
    give_up = watch_now() + END_WAIT_S * (uint64_t)SECOND_NS;
    while (registers_waiting() != 0 && watch_now() < give_up)
        step();
    (void)printf("{\"registered\":%ld,\"again\":%ld,\"refused\":%ld,\"unanswered\":%ld,"
                 "\"per_second\":%.0f,\"took\":",
                 registers_done(), registers_again(), registers_refused(), registers_waiting(),
                 (double)run.in_time / o.seconds);
    samples_print(registers_took(), stdout);
    (void)printf("}\n");
    return registers_refused() == 0 && registers_waiting() == 0 ? 0 : 1;
}

static void print_samples(const char *name, struct samples *s)
{
    (void)printf(",\"%s\":", name);
    samples_print(s, stdout);
}

static int report(void)
{
    double seconds = (double)(run.until_ns - run.from_ns) / SECOND_NS;
    long lost = run.created - run.ended;

    if (run.last_ns > run.from_ns && run.last_ns < run.until_ns && run.begun == o.most)
        seconds = (double)(run.last_ns - run.from_ns) / SECOND_NS;
    (void)printf("{\"begun\":%ld,\"created\":%ld,\"established\":%ld,\"ended\":%ld,\"never_up\":%"
                 "ld,\"lost\":%ld,\"failed\":%ld,"
                 "\"unanswered\":%ld,\"seconds\":%.2f,\"per_second\":%.0f,\"callbacks\":%ld,"
                 "\"disorder\":%ld,"
                 "\"notices\":%ld,\"heard_ns\":%llu,\"invites_again\":%ld,\"oks_again\":%ld,"
                 "\"byes\":%ld,\"first_failure\":\"%s\"",
                 run.begun, run.created, run.established, run.ended, run.never_up, lost,
                 bot_failures(), bot_waiting(), seconds, (double)run.in_time / seconds,
                 hearer_posts(), hearer_disorder(), hearer_notices(),
                 (unsigned long long)run.heard_ns, softphone_invites_again(),
                 softphone_said_again(), softphone_byes(), bot_first_failure());
    print_samples("post", bot_took(ASK_CREATE));
    print_samples("get", bot_took(ASK_GET));
    print_samples("delete", bot_took(ASK_DELETE));
    print_samples("post_to_invite", &run.to_invite);
    print_samples("ok_to_established", &run.to_told);
    print_samples("post_to_end", &run.to_end);
    (void)printf("}\n");
    return lost == 0 && bot_failures() == 0 && bot_waiting() == 0 && hearer_disorder() == 0 ? 0 : 1;
}

static void read_address(struct sockaddr_in *at, const char *text)
{
    const char *colon = strrchr(text, ':');
    char host[64];

    at->sin_family = AF_INET;
    if (colon == NULL ||
        snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text) >= (int)sizeof(host) ||
        inet_pton(AF_INET, host, &at->sin_addr) != 1)
        watch_die("an address is HOST:PORT");
    at->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
}

static void read_option(const char *name, const char *value)
{
    static const char *const modes[] = {"create", "whole", "hold", "get", "owe", "register"};

    if (strcmp(name, "--mode") == 0) {
        for (int i = 0; i <= MODE_REGISTER; i++)
            if (strcmp(value, modes[i]) == 0)
                o.mode = (enum mode)i;
    } else if (strcmp(name, "--http") == 0) {
        o.bot.host = value;
        read_address(&o.bot.at, value);
    } else if (strcmp(name, "--tls") == 0) {
        o.bot.with_tls = strcmp(value, "yes") == 0;
    } else if (strcmp(name, "--sip") == 0) {
        read_address(&o.sip, value);
    } else if (strcmp(name, "--phone-fd") == 0) {
        o.phone_fd = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--token") == 0) {
        o.bot.token = value;
    } else if (strcmp(name, "--user") == 0) {
        o.bot.user = value;
    } else if (strcmp(name, "--prompt") == 0) {
        o.bot.prompt = value;
    } else if (strcmp(name, "--connections") == 0) {
        o.bot.connections = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--flight") == 0) {
        o.flight = (int)strtol(value, NULL, 10);
    } else if (strcmp(name, "--rate") == 0) {
        o.rate = strtod(value, NULL);
    } else if (strcmp(name, "--seconds") == 0) {
        o.seconds = strtod(value, NULL);
    } else if (strcmp(name, "--most") == 0) {
        o.most = strtol(value, NULL, 10);
    } else if (strcmp(name, "--sound") == 0) {
        o.with_sound = strcmp(value, "yes") == 0;
    } else {
        watch_die(name);
    }
}

static void open_all(void)
{
    static char callback[64];

    watch_open();
    sender_open(o.with_sound);
    (void)snprintf(callback, sizeof(callback), "http://127.0.0.1:%u/callback",
                   hearer_open(on_heard));
    if (o.phone_fd >= 0)
        softphone_open(o.phone_fd, &o.sip, "john", on_invite);
    o.bot.callback = callback;
    o.bot.on_answer = on_answer;
    o.bot.on_failure = on_failure;
    bot_open(&o.bot);
}

/* Begins all that is to be begun. */
static void begin_all(void)
{
    for (int i = 0; o.rate == 0 && i < o.flight && may_begin(watch_now()); i++)
        begin(watch_now());
    while (may_begin(watch_now()))
        step();
}

static int run_calls(void)
{
    uint64_t give_up;

    hearer_hold(o.mode == MODE_OWE);
    begin_all();
    if (o.mode == MODE_HOLD)
        hold();
    if (o.mode == MODE_GET)
        ask_for_one();
    if (o.mode == MODE_OWE)
        owe();
    give_up = watch_now() + END_WAIT_S * (uint64_t)SECOND_NS;
    while ((bot_waiting() != 0 || run.ended < run.created) && watch_now() < give_up)
        step();
    return report();
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2)
        read_option(argv[i], argv[i + 1]);
    if (o.bot.host == NULL || o.bot.token == NULL || o.bot.user == NULL)
        watch_die("wants --http, --token and --user");
    open_all();
    run.from_ns = watch_now();
    run.until_ns = run.from_ns + (uint64_t)(o.seconds * SECOND_NS);
    return o.mode == MODE_REGISTER ? register_phones() : run_calls();
}
