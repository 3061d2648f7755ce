/*
 * rooms.c - how much a media thread can carry: rooms of phones that talk and listen, in this
 * process.
 *
 * The real media room with real sockets on loopback. Its one media thread has the first core, the
 * phones (this program's main thread) have the second. Phones send every 20 ms, spread over it, and
 * take in all that comes. Prints one line of JSON. What can be chosen: `usage` below.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "media/codec.h"
#include "media/kit.h"
#include "media/media.h"
#include "media/rtp.h"

enum {
    LEGS_MAX = 16000,
    SOCKETS = 64, /* of the phones; each has many legs' packets */
    SLOTS = 20,   /* of one millisecond */
    VOICE = 250,  /* frames of a voice that is said over and over: 5 s */
    BATCH = 64,   /* packets read at once */
    PACKET = 400, /* the longest that we send or take */
    DELAYS = 100000,
    TOO_LATE_US = 2000000, /* the phones themselves have no time */
};

/* What phones that listen send. */
enum quiet { QUIET_PACKETS, QUIET_LEVELS, QUIET_DTX };

static const char usage[] =
    "usage: rooms [--codec PCMU|G722|opus] [--legs N] [--room N] [--talkers N]\n"
    "  [--quiet packets|levels|dtx] [--bursts] [--seconds S]\n"
    "--legs in all, in rooms of --room (0: one room), --talkers of each talk all the time;\n"
    "--quiet: the others send packets of silence that have to be decoded, or ones that say that "
    "they\n"
    "are silent (RFC 6464), or (Opus) one packet in 400 ms. --bursts: the talkers say 100 ms in "
    "700, so\n"
    "that the delay from mouth to ear can be measured.\n";

struct options {
    enum sdp_codec codec;
    int legs, room, talkers;
    enum quiet quiet;
    bool bursts;
    double seconds;
};

struct leg {
    uint32_t port;
    int socket; /* of the phones */
    struct addr server;
    bool talks;
    uint16_t sequence;
    uint32_t timestamp;
    int frame; /* of the voice */
};

struct frame {
    size_t len;
    uint8_t bytes[CODEC_PAYLOAD_MAX];
};

struct world {
    struct options o;
    const struct codec *codec;
    struct loop *loop;
    struct media *media;
    int sockets[SOCKETS];
    struct addr at[SOCKETS];
    struct leg legs[LEGS_MAX];
    struct frame voice[VOICE], silence;
    int64_t packets_in, packets_out;
    /* delays: a burst began; who has heard it since is counted once */
    int64_t burst_us;
    bool *heard; /* by number of the leg that a packet came from */
    double delays_ms[DELAYS];
    size_t delay_count;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "rooms: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void on_event(const struct media_event *e, void *arg)
{
    (void)arg;
    if (e->kind == MEDIA_EV_GONE)
        (void)mem_free(e->stats);
}

/* Goes to the core of that number among these; stays where it is when there is only one. */
static void use_core(const cpu_set_t *may, int which)
{
    cpu_set_t one;
    size_t cpu = 0;

    if (CPU_COUNT(may) < 2)
        return;
    while (!CPU_ISSET(cpu, may) || which-- > 0)
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)sched_setaffinity(0, sizeof(one), &one);
}

/* Seconds of CPU of the media thread. */
static double media_cpu(void)
{
    char path[80], text[80];

    for (int tid = getpid(); tid < getpid() + 64; tid++) {
        unsigned long long ns = 0;
        FILE *f;

        (void)snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
        f = fopen(path, "r");
        if (f == NULL)
            continue;
        if (fgets(text, sizeof(text), f) == NULL)
            text[0] = 0;
        (void)fclose(f);
        if (strcmp(text, "media-0\n") != 0)
            continue;
        (void)snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
        f = fopen(path, "r");
        if (f == NULL || fscanf(f, "%llu", &ns) != 1)
            die("schedstat");
        (void)fclose(f);
        return (double)ns / 1e9;
    }
    die("no media thread");
    return 0;
}

/* A vowel that is sung up and down, 5 s; and silence as a phone's own encoder makes it, with a
 * little noise in the line, which costs a decoder what it costs. */
static void make_sounds(struct world *w)
{
    struct kit *kit = kit_new(w->codec);
    struct codec_tuning t = {.bitrate = 24000};
    size_t n = codec_frame(w->codec);
    unsigned dice = 1;

    if (kit != NULL)
        w->codec->encoder_init(kit->encoder);
    if (w->codec->encoder_tune != NULL)
        w->codec->encoder_tune(kit->encoder, &t);
    for (int f = 0; f < VOICE + 50; f++) {
        struct frame *to = f < VOICE ? &w->voice[f] : &w->silence;
        int16_t pcm[CODEC_FRAME_MAX];

        for (size_t i = 0; i < n; i++) {
            double at = ((double)f * (double)n + (double)i) / w->codec->rate;
            double turns = 140 * at - 6 * cos(2 * M_PI * 1.5 * at), v = 0;

            for (int k = 1; k <= 6; k++)
                v += sin(2 * M_PI * k * turns) / k;
            dice = dice * 1664525u + 1013904223u;
            pcm[i] = f < VOICE ? (int16_t)(3000 * v) : (int16_t)((int)(dice >> 30) - 2);
        }
        to->len = w->codec->encode(kit != NULL ? kit->encoder : NULL, pcm, n, to->bytes);
    }
    kit_free(kit);
}

static void open_sockets(struct world *w)
{
    for (int i = 0; i < SOCKETS; i++) {
        socklen_t len = sizeof(w->at[i]);
        int room = 8 << 20;

        if (!addr_read_ip(&w->at[i], "127.0.0.1", 9, 0))
            die("address");
        w->sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (w->sockets[i] < 0 || bind(w->sockets[i], &w->at[i].sa, addr_len(&w->at[i])) != 0 ||
            getsockname(w->sockets[i], &w->at[i].sa, &len) != 0)
            die("socket");
        (void)setsockopt(w->sockets[i], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    }
}

/* A full ring is waited for. */
static void open_leg(struct world *w, struct leg *l, uint32_t room)
{
    struct media_socket s;
    struct media_peer peer;

    if (media_socket_open(w->media, &s, NULL) != ERR_OK)
        die("no ports");
    while ((l->port = media_port_rtp(w->media, room, &s, "leg")) == 0)
        loop_step(w->loop, 5);
    l->server = s.rtp;
    memset(&peer, 0, sizeof(peer));
    peer.agreed.codec = w->o.codec;
    peer.agreed.payload_type = 96;
    peer.agreed.telephone_event = 101;
    peer.agreed.level_id = w->o.quiet == QUIET_LEVELS ? 1 : 0;
    peer.agreed.rtp = peer.agreed.rtcp = peer.signalling = w->at[l->socket];
    peer.agreed.rtcp_mux = true;
    peer.agreed.direction = SDP_SENDRECV;
    while (!media_port_peer(w->media, l->port, &peer))
        loop_step(w->loop, 5);
}

static void open_rooms(struct world *w)
{
    int size = w->o.room > 0 ? w->o.room : w->o.legs;
    uint32_t room = 0;

    for (int i = 0; i < w->o.legs; i++) {
        struct leg *l = &w->legs[i];

        while (i % size == 0 && (room = media_room_new(w->media)) == 0)
            loop_step(w->loop, 5);
        l->socket = i % SOCKETS;
        l->talks = i % size < w->o.talkers;
        l->frame = i * 37 % VOICE;
        open_leg(w, l, room);
        if (i % 100 == 0)
            loop_step(w->loop, 0);
    }
}

/* Does this leg send in this tick, and what? */
static const struct frame *says(const struct world *w, const struct leg *l, int64_t tick)
{
    bool talks = l->talks && (!w->o.bursts || tick % 35 < 5);

    if (talks)
        return &w->voice[l->frame];
    if (w->o.quiet == QUIET_DTX && (tick + l->frame) % 20 != 0)
        return NULL;
    return &w->silence;
}

static void speak(struct world *w, struct leg *l, int64_t tick)
{
    const struct frame *f = says(w, l, tick);
    uint8_t bytes[PACKET];
    size_t at = RTP_HEADER;
    struct rtp_packet p = {
        .payload_type = 96, .sequence = l->sequence, .timestamp = l->timestamp, .ssrc = l->port};

    l->timestamp += codec_step(w->codec);
    l->frame = (l->frame + 1) % VOICE;
    if (f == NULL)
        return;
    l->sequence++;
    rtp_write_header(&p, bytes);
    if (w->o.quiet == QUIET_LEVELS) {
        static const uint8_t extension[] = {0xbe, 0xde, 0, 1, 0x10, 127, 0, 0};

        bytes[0] |= 0x10;
        memcpy(bytes + at, extension, sizeof(extension));
        if (f != &w->silence)
            bytes[at + 5] = 0x80 | 25;
        at += sizeof(extension);
    }
    memcpy(bytes + at, f->bytes, f->len);
    if (sendto(w->sockets[l->socket], bytes, at + f->len, 0, &l->server.sa, addr_len(&l->server)) >
        0)
        w->packets_out++;
    if (w->o.bursts && l->talks && tick % 35 == 0) {
        w->burst_us = clock_real_us();
        memset(w->heard, 0, 65536 * sizeof(*w->heard));
    }
}

/* Is there a voice in it? Of Opus and G.722: by their length, or that they are not all alike. */
static bool is_loud(const struct world *w, const uint8_t *payload, size_t len)
{
    int16_t pcm[CODEC_FRAME_MAX];
    size_t n;

    if (w->o.codec == SDP_OPUS)
        return len > 20;
    n = w->codec->decode(NULL, payload, len, pcm, CODEC_FRAME_MAX);
    for (size_t i = 0; i < n; i++) {
        if (abs(pcm[i]) > 500)
            return true;
    }
    return false;
}

static void on_packet(struct world *w, const struct addr *from, const uint8_t *bytes, size_t len)
{
    bool *heard = &w->heard[addr_port(from)];
    double ms;

    if (rtp_is_rtcp(bytes, len))
        return;
    w->packets_in++;
    if (!w->o.bursts || w->burst_us == 0 || *heard || len <= RTP_HEADER)
        return;
    if (!is_loud(w, bytes + RTP_HEADER, len - RTP_HEADER))
        return;
    *heard = true;
    ms = (double)(clock_real_us() - w->burst_us) / 1000;
    if (w->delay_count < DELAYS)
        w->delays_ms[w->delay_count++] = ms;
}

static void hear(struct world *w)
{
    static uint8_t bytes[BATCH][PACKET];
    static struct addr from[BATCH];
    static struct iovec parts[BATCH];
    static struct mmsghdr heads[BATCH];

    for (int s = 0; s < SOCKETS; s++) {
        int n;

        do {
            for (int i = 0; i < BATCH; i++) {
                parts[i] = (struct iovec){bytes[i], PACKET};
                heads[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
                                                   .msg_namelen = sizeof(from[i]),
                                                   .msg_iov = &parts[i],
                                                   .msg_iovlen = 1};
            }
            n = recvmmsg(w->sockets[s], heads, BATCH, MSG_DONTWAIT, NULL);
            for (int i = 0; i < n; i++)
                on_packet(w, &from[i], bytes[i], heads[i].msg_len);
        } while (n == BATCH);
    }
}

/* So many seconds of it. Returns how late the phones themselves were at worst, in ms. */
static double run(struct world *w, double seconds)
{
    int64_t begin = clock_real_us(), ticks = (int64_t)(seconds * 50), late = 0;

    for (int64_t slot = 0; slot < ticks * SLOTS; slot++) {
        int64_t due = begin + slot * (20000 / SLOTS), now = clock_real_us();

        while (now < due) {
            struct timespec t = {.tv_nsec = (due - now) * 1000};

            hear(w);
            now = clock_real_us();
            if (now < due)
                (void)nanosleep(&t, NULL);
            now = clock_real_us();
        }
        late = now - due > late ? now - due : late;
        if (late > TOO_LATE_US) {
            (void)fprintf(stderr, "rooms: the phones have not enough time; the machine is busy\n");
            exit(2);
        }
        for (int i = (int)(slot % SLOTS); i < w->o.legs; i += SLOTS)
            speak(w, &w->legs[i], slot / SLOTS);
        if (slot % SLOTS == 0) {
            hear(w);
            loop_step(w->loop, 0);
        }
    }
    return (double)late / 1000;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double delay(const struct world *w, double part)
{
    return w->delay_count == 0 ? -1 : w->delays_ms[(size_t)(part * (double)(w->delay_count - 1))];
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f == NULL || fscanf(f, "%*s %ld", &pages) != 1)
        die("statm");
    (void)fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What was counted between two moments. */
struct counts {
    double cpu;
    int64_t at_us, ticks_late;
};

static struct counts count(void)
{
    return (struct counts){media_cpu(), clock_real_us(), count_get(COUNT_MEDIA_TICKS_LATE)};
}

static void print(struct world *w, const struct counts *from, const struct counts *to)
{
    double took = (double)(to->at_us - from->at_us) / 1e6;
    double cpu = to->cpu - from->cpu;
    double each = cpu * 1e6 / w->o.legs / took;

    qsort(w->delays_ms, w->delay_count, sizeof(w->delays_ms[0]), by_size);
    printf("{\"codec\": \"%s\", \"legs\": %d, \"cpu\": %.3f, \"us_per_leg_s\": %.1f, ",
           w->codec->name, w->o.legs, cpu / took, each);
    printf("\"us_per_leg_tick\": %.2f, \"late\": %.4f, ", each / 50,
           (double)(to->ticks_late - from->ticks_late) / (took * 50));
    printf("\"packets_in\": %.1f, \"packets_out\": %.1f, ",
           (double)w->packets_out / w->o.legs / took, (double)w->packets_in / w->o.legs / took);
    printf("\"delay_p50_ms\": %.1f, \"delay_p99_ms\": %.1f, \"delays\": %zu, ", delay(w, 0.5),
           delay(w, 0.99), w->delay_count);
}

static void measure(struct world *w)
{
    long before_kib = resident_kib();
    struct counts from, to;
    double late;

    open_rooms(w);
    (void)run(w, 2); /* jitter buffers settle, addresses are learnt */
    w->packets_in = w->packets_out = 0;
    w->delay_count = 0;
    w->burst_us = 0;
    from = count();
    late = run(w, w->o.seconds);
    to = count();
    print(w, &from, &to);
    printf("\"kib_per_leg\": %.1f, \"phones_late_ms\": %.1f}\n",
           (double)(resident_kib() - before_kib) / w->o.legs, late);
}

static enum sdp_codec codec_named(const char *name)
{
    for (int i = 0; i < SDP_CODEC_COUNT; i++) {
        if (strcmp(sdp_codec_name((enum sdp_codec)i), name) == 0)
            return (enum sdp_codec)i;
    }
    die("no such codec");
    return SDP_PCMU;
}

static void read_options(int argc, char **argv, struct options *o)
{
    static const struct option names[] = {
        {"codec", required_argument, NULL, 'c'},   {"legs", required_argument, NULL, 'l'},
        {"room", required_argument, NULL, 'r'},    {"talkers", required_argument, NULL, 't'},
        {"quiet", required_argument, NULL, 'q'},   {"bursts", no_argument, NULL, 'b'},
        {"seconds", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
    };
    int c;

    *o = (struct options){.codec = SDP_PCMU, .legs = 100, .talkers = 3, .seconds = 5};
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (c == 'c')
            o->codec = codec_named(optarg);
        else if (c == 'l')
            o->legs = (int)strtol(optarg, NULL, 10);
        else if (c == 'r')
            o->room = (int)strtol(optarg, NULL, 10);
        else if (c == 't')
            o->talkers = (int)strtol(optarg, NULL, 10);
        else if (c == 'q')
            o->quiet = optarg[0] == 'l'   ? QUIET_LEVELS
                       : optarg[0] == 'd' ? QUIET_DTX
                                          : QUIET_PACKETS;
        else if (c == 'b')
            o->bursts = true;
        else if (c == 's')
            o->seconds = strtod(optarg, NULL);
        else
            exit((int)fwrite(usage, sizeof(usage) - 1, 1, stderr));
    }
    if (o->legs < 1 || o->legs > LEGS_MAX || o->room < 0 || o->seconds <= 0 || o->seconds > 600)
        die("options");
}

int main(int argc, char **argv)
{
    struct rlimit files = {0};
    cpu_set_t may;
    struct world *w = mem_new(sizeof(*w));
    struct media_settings s = {.threads = 1, .silence_ms = 30000, .loopback = true};

    read_options(argc, argv, &w->o);
    CPU_ZERO(&may);
    (void)sched_getaffinity(0, sizeof(may), &may);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    w->codec = codec_find(w->o.codec);
    w->heard = mem_array(65536, sizeof(*w->heard));
    w->loop = loop_new("bench");
    if (!addr_read_ip(&s.listen, "127.0.0.1", 9, 0))
        die("address");
    make_sounds(w);
    open_sockets(w);
    use_core(&may, 0); /* the media thread inherits it */
    if (media_start(w->loop, &s, on_event, w, &w->media, NULL) != ERR_OK)
        die("media");
    use_core(&may, 1);
    measure(w);
    media_stop(w->media);
    loop_free(w->loop);
    for (int i = 0; i < SOCKETS; i++)
        (void)close(w->sockets[i]);
    (void)mem_free(w->heard);
    (void)mem_free(w);
    return 0;
}
