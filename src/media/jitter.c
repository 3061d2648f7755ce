/*
 * jitter.c - the jitter buffer: packets, order, when to play. The stretching of
 * sound is in stretch.c. The leg's media thread.
 *
 * Positions are timestamps unwrapped to 64 bits; a "delay" is an arrival time
 * less the time that a position stands for, so only differences of delays mean
 * something.
 */
#include "media/jitter.h"

#include <string.h>

#include "base/mem.h"
#include "media/level.h"
#include "media/pieces.h"
#include "media/stretch.h"

enum {
    SLOTS = 64,        /* 640 ms in slices of 10: more than RANGE_US */
    WINDOW = 256,      /* delays that are remembered: 5 s at 20 ms */
    WINDOW_EVERY = 16, /* packets between two looks at them */
    START_US = 40000,  /* the first target */
    MARGIN_US = 22000, /* a frame may begin anywhere in a tick */
    TARGET_MAX_US = 100000,
    TOO_EARLY_US = 6000, /* how far the play time may be from the target */
    TOO_LATE_US = 15000,
    MUCH_TOO_LATE_US = 45000,
    RANGE_US = 500000,  /* further away is another stream */
    JUMP_EVERY = 4,     /* ticks between two tries to move the play time */
    CONCEAL_FRAMES = 5, /* then silence */
    LATE_IN_A_ROW = 6,  /* then the delay has really changed */
    IDLE_FRAMES = 100,  /* then the next packet begins anew */
    SILENT_LEVEL = 70,  /* -70 dBov: below it a packet says that it is silent, */
    SILENT_PACKETS = 5, /* and after so many they are not decoded */
    SILENT_POWER = 100, /* -70 dBFS as a mean square */
};

struct jitter {
    const struct codec *codec;
    const struct kit *kit;
    struct pieces *pool;
    uint32_t pieces_held;
    struct jitter_counts counts;
    bool running;
    bool heard;   /* something was played, */
    bool audible; /* and the last of it was not silence */
    bool anew;    /* the decoder has to forget all before the next packet */
    uint32_t ssrc;
    int64_t next; /* position after the last sample in `sound` */
    int quiet;    /* frames without a packet, in a row */
    int since_jump;
    int late_in_a_row;
    int silent; /* packets in a row that said so; more than SILENT_PACKETS: not decoded */

    uint64_t used; /* bits: slots that hold a packet */
    uint64_t seen; /* bits: sequence numbers `highest` (bit 0) and before */
    uint16_t highest;

    bool strange; /* a packet from far away came; one more of its kind is believed */
    uint32_t strange_timestamp;

    int32_t delays[WINDOW]; /* less delay_base */
    size_t delay_count;     /* ever put in since the start */
    int64_t delay_base;
    int64_t delay_min;
    int64_t target;

    struct stretch sound;
    int64_t positions[SLOTS]; /* together, because they are searched */
    uint16_t lens[SLOTS];
    uint8_t levels[SLOTS];
    uint32_t pieces[SLOTS];         /* the first of each */
    int16_t narrow[STRETCH_NARROW]; /* for a codec without a kit */
};

static const uint8_t *payload_of(const struct jitter *j, unsigned at,
                                 uint8_t whole[CODEC_PACKET_MAX])
{
    return pieces_payload(j->pool, j->pieces[at], j->lens[at], whole);
}

static void let_go(struct jitter *j, unsigned at)
{
    pieces_give(j->pool, &j->pieces_held, j->pieces[at]);
    j->used &= ~((uint64_t)1 << at);
}

static void let_all_go(struct jitter *j)
{
    while (j->used != 0)
        let_go(j, (unsigned)__builtin_ctzll(j->used));
}

void jitter_use(struct jitter *j, struct pieces *p)
{
    j->pool = p;
}

void jitter_close(struct jitter *j)
{
    let_all_go(j);
    j->pool = NULL;
}

struct jitter *jitter_new(const struct codec *c)
{
    struct jitter *j = mem_new(sizeof(*j));

    jitter_reset(j, c, NULL);
    return j;
}

void jitter_free(struct jitter *j)
{
    mem_free(j);
}

/* Forgets what was heard; the decoder begins anew too. */
static void clear_sound(struct jitter *j)
{
    int16_t *pcm = j->kit != NULL ? j->kit->sound : j->narrow;

    stretch_init(&j->sound, j->codec->rate, pcm, j->kit != NULL ? STRETCH_WIDE : STRETCH_NARROW);
    j->anew = true;
}

void jitter_reset(struct jitter *j, const struct codec *c, const struct kit *kit)
{
    j->codec = c;
    j->kit = kit;
    j->running = false;
    j->heard = false;
    j->strange = false;
    let_all_go(j);
    j->seen = 0;
    j->quiet = 0;
    j->late_in_a_row = 0;
    j->delay_count = 0;
    j->target = START_US;
    j->silent = 0;
    clear_sound(j);
}

static int64_t position_us(const struct jitter *j, int64_t position)
{
    return position * (1000000 / 1000) / (j->codec->clock / 1000);
}

/* How long n samples last, in timestamp units. */
static int64_t span(const struct jitter *j, size_t n)
{
    return (int64_t)(n * j->codec->clock / j->codec->rate);
}

/* The position of the sample that is played next. */
static int64_t playing(const struct jitter *j)
{
    return j->next - span(j, stretch_ready(&j->sound));
}

static void begin(struct jitter *j, const struct rtp_packet *p)
{
    jitter_reset(j, j->codec, j->kit);
    j->running = true;
    j->ssrc = p->ssrc;
    j->highest = p->sequence;
    j->next = ((int64_t)1 << 32) + p->timestamp;
    j->next -= (int64_t)START_US / 1000 * j->codec->clock / 1000;
    j->counts.resets++;
}

/* The target: nearly the greatest of the remembered delays, and a margin. The worst of a hundred
 * is left to concealment. */
static void look_at_delays(struct jitter *j)
{
    uint16_t bins[TARGET_MAX_US / 1000 + 1] = {0};
    size_t n = j->delay_count < WINDOW ? j->delay_count : WINDOW;
    size_t spare = n / 100;
    size_t bin = TARGET_MAX_US / 1000;
    int32_t least = j->delays[0];

    for (size_t i = 1; i < n; i++)
        least = j->delays[i] < least ? j->delays[i] : least;
    for (size_t i = 0; i < n; i++) {
        uint32_t ms = ((uint32_t)j->delays[i] - (uint32_t)least) / 1000;

        bins[ms < TARGET_MAX_US / 1000 ? ms : TARGET_MAX_US / 1000]++;
    }
    j->delay_min = j->delay_base + least;
    for (; bin > 0 && bins[bin] <= spare; bin--)
        spare -= bins[bin];

    j->target = (int64_t)bin * 1000 + MARGIN_US;
    if (j->target > TARGET_MAX_US)
        j->target = TARGET_MAX_US;
}

static void remember_delay(struct jitter *j, int64_t delay)
{
    int64_t away = delay - j->delay_base;
    bool later;

    if (away > INT32_MAX || away < INT32_MIN) /* 36 minutes: clocks that drift for weeks */
        j->delay_count = 0;
    if (j->delay_count == 0) {
        j->delay_base = delay;
        away = 0;
    }
    later = j->delay_count > 0 && delay > j->delay_min + j->target - MARGIN_US;
    j->delays[j->delay_count++ % WINDOW] = (int32_t)away;
    if (j->delay_count == 1 || delay < j->delay_min)
        j->delay_min = delay;
    if (j->delay_count % WINDOW_EVERY == 0 || (later && j->delay_count > 2))
        look_at_delays(j);
}

/* Has this sequence number come before? Notes that it has come now. */
static bool was_seen(struct jitter *j, uint16_t sequence)
{
    int ahead = (int16_t)(uint16_t)(sequence - j->highest);
    uint64_t bit;

    if (ahead > 0) {
        j->seen = ahead < 64 ? j->seen << ahead : 0;
        j->highest = sequence;
        ahead = 0;
    } else if (ahead < 0 && ahead > -64) {
        j->counts.reordered++;
    } else if (ahead <= -64) { /* a jump of the number alone; the timestamp decides */
        j->seen = 0;
        j->highest = sequence;
        ahead = 0;
    }
    bit = (uint64_t)1 << -ahead;
    if ((j->seen & bit) != 0) {
        if (ahead < 0)
            j->counts.reordered--;
        return true;
    }
    j->seen |= bit;
    return false;
}

/* A timestamp from far away: two of a kind are a new stream, one is an accident. */
static bool is_new_stream(struct jitter *j, const struct rtp_packet *p)
{
    int32_t step = (int32_t)(p->timestamp - j->strange_timestamp);
    bool again =
        j->strange && step > 0 && step <= (int32_t)(j->codec->clock / (1000000 / RANGE_US));

    j->strange = true;
    j->strange_timestamp = p->timestamp;
    return again;
}

/* Keeps a packet, or a slice of one. */
static void keep(struct jitter *j, int64_t position, const struct rtp_packet *p, size_t from,
                 size_t len)
{
    uint32_t piece;
    unsigned at;

    if (j->used == UINT64_MAX) { /* more than the range holds: the stream is broken */
        let_all_go(j);
        j->counts.late += SLOTS;
    }
    piece = pieces_store(j->pool, &j->pieces_held, p->payload + from, len);
    if (piece == 0) {
        j->counts.late++;
        return;
    }
    at = (unsigned)__builtin_ctzll(~j->used);
    j->positions[at] = position;
    j->lens[at] = (uint16_t)len;
    j->levels[at] = p->level;
    j->pieces[at] = piece;
    j->used |= (uint64_t)1 << at;
}

static void keep_all(struct jitter *j, int64_t position, const struct rtp_packet *p)
{
    size_t slice = j->codec->slice != 0 ? j->codec->slice : p->len;

    for (size_t at = 0; at < p->len; at += slice) {
        size_t len = p->len - at < slice ? p->len - at : slice;

        keep(j, position + (int64_t)at, p, at, len); /* a byte is a unit, where it can be cut */
    }
}

void jitter_put(struct jitter *j, const struct rtp_packet *p, int64_t now_us)
{
    uint32_t length = p->len <= CODEC_PACKET_MAX ? j->codec->span(p->payload, p->len) : 0;
    int64_t position, away;

    if (length == 0)
        return;
    if (!j->running || j->ssrc != p->ssrc)
        begin(j, p);

    position = j->next + (int32_t)(p->timestamp - (uint32_t)j->next);
    away = position_us(j, position - playing(j));
    if (away > RANGE_US || away < -RANGE_US) {
        if (!is_new_stream(j, p))
            return;
        begin(j, p);
        position = j->next + (int32_t)(p->timestamp - (uint32_t)j->next);
    }
    j->strange = false;

    if (was_seen(j, p->sequence)) {
        j->counts.duplicates++;
        return;
    }
    remember_delay(j, now_us - position_us(j, position));
    if (position + length <= j->next) {
        j->counts.late++;
        if (++j->late_in_a_row >= LATE_IN_A_ROW)
            begin(j, p);
        return;
    }
    j->late_in_a_row = 0;
    keep_all(j, position, p);
}

/* The packet that is to be played first, or -1. */
static int first_slot(const struct jitter *j)
{
    int best = -1;

    for (uint64_t left = j->used; left != 0; left &= left - 1) {
        int at = __builtin_ctzll(left);

        if (best < 0 || j->positions[at] < j->positions[best])
            best = at;
    }
    return best;
}

static bool is_loud(const struct jitter *j, unsigned at)
{
    return j->levels[at] == RTP_NO_LEVEL || j->levels[at] < SILENT_LEVEL;
}

static bool is_asleep(const struct jitter *j)
{
    return j->silent > SILENT_PACKETS;
}

/* What the codec itself puts into a gap of n samples before the packet in slot `next` (-1: none).
 */
static bool conceal_by_codec(struct jitter *j, size_t n, int next)
{
    int16_t pcm[CODEC_FRAME_MAX];
    uint8_t whole[CODEC_PACKET_MAX];
    const uint8_t *payload = NULL;
    size_t len = 0;

    if (j->codec->conceal == NULL || j->anew)
        return false;
    if (next >= 0 && j->positions[next] - j->next == span(j, n)) {
        payload = payload_of(j, (unsigned)next, whole);
        len = j->lens[next];
    }
    if (!j->codec->conceal(j->kit->decoder, payload, len, pcm, n))
        return false;
    stretch_add(&j->sound, pcm, n);
    return true;
}

/* Fills a gap of n samples: with what was heard before, softer and softer, then with silence, as
 * at once where nothing was to be heard before (a sender that pauses in silence). */
static void conceal(struct jitter *j, size_t n, int next, bool move)
{
    if (j->heard && j->audible && j->quiet <= CONCEAL_FRAMES) {
        if (!conceal_by_codec(j, n, next))
            stretch_conceal(&j->sound, n);
        j->counts.concealed++;
    } else {
        stretch_silence(&j->sound, n);
    }
    if (move)
        j->next += span(j, n);
}

/* The samples of a slot's packet. 0: it is broken. A decoder that has slept begins anew, for what
 * it remembers is long past. */
static size_t decode(struct jitter *j, unsigned at, int16_t pcm[CODEC_PACKET_SAMPLES])
{
    uint8_t whole[CODEC_PACKET_MAX];
    void *state = j->kit != NULL ? j->kit->decoder : NULL;

    j->silent = is_loud(j, at) ? 0 : j->silent + 1;
    if (j->anew && state != NULL)
        j->codec->decoder_init(state);
    j->anew = false;
    return j->codec->decode(state, payload_of(j, at, whole), j->lens[at], pcm,
                            CODEC_PACKET_SAMPLES);
}

static void play_slot(struct jitter *j, unsigned at)
{
    int64_t position = j->positions[at];
    int16_t pcm[CODEC_PACKET_SAMPLES];
    size_t n = decode(j, at, pcm);
    int64_t end = position + span(j, n);
    size_t skip = (size_t)((j->next - position) * j->codec->rate / j->codec->clock);

    let_go(j, at);
    if (end <= j->next) /* its time was concealed meanwhile, or it is broken */
        return;
    skip = skip < n ? skip : n;
    stretch_add(&j->sound, pcm + skip, n - skip);
    j->next = end;
    j->quiet = 0;
    j->heard = true;
    j->audible = level_power(pcm, n) > SILENT_POWER;
}

/* How much the play time is behind where it should be; negative: too early. */
static int64_t excess_us(const struct jitter *j, int64_t now_us)
{
    return now_us - position_us(j, playing(j)) - j->delay_min - j->target;
}

/* Makes sure that n samples are ready, concealing what is missing. */
static void fill(struct jitter *j, int64_t now_us, size_t n)
{
    while (stretch_ready(&j->sound) < n) {
        int at = first_slot(j);
        size_t frame = codec_frame(j->codec);
        int64_t gap = at < 0 ? INT64_MAX : j->positions[at] - j->next;

        if (gap <= 0) {
            play_slot(j, (unsigned)at);
            continue;
        }
        j->quiet++;
        if (gap < (int64_t)codec_step(j->codec))
            frame = (size_t)(gap * j->codec->rate / j->codec->clock);
        /* Nothing at hand and played too early: waiting costs nothing now. */
        conceal(j, frame, at, at >= 0 || excess_us(j, now_us) > -TOO_EARLY_US);
    }
}

/* Is what follows here already? */
static bool is_at_hand(const struct jitter *j)
{
    int at = first_slot(j);

    return at >= 0 && j->positions[at] <= j->next;
}

/* Brings the play time nearer to its target by one period of the sound. */
static void adjust(struct jitter *j, int64_t now_us)
{
    int64_t excess = excess_us(j, now_us);
    bool moved = false;

    if (++j->since_jump < JUMP_EVERY || !j->heard || j->quiet > 0)
        return;
    if (excess < -TOO_EARLY_US) {
        moved = stretch_back(&j->sound, excess < -TOO_LATE_US);
    } else if (excess > TOO_LATE_US && is_at_hand(j)) {
        fill(j, now_us, 2 * codec_frame(j->codec));
        moved = stretch_forward(&j->sound, excess > MUCH_TOO_LATE_US);
    } else {
        return;
    }
    j->since_jump = 0; /* to look for a period is dear, also where none is found */
    if (moved)
        j->counts.jumps++;
}

static void fall_asleep(struct jitter *j)
{
    j->next = playing(j);
    clear_sound(j);
}

/* A tick of a leg whose packets say that they are silent: they go by and are not decoded, and the
 * play time is simply put right. False: there is one that is not. */
static bool sleep_on(struct jitter *j, int64_t now_us)
{
    int64_t excess, until;

    if (!j->anew)
        fall_asleep(j);
    excess = excess_us(j, now_us);
    if (excess < -TOO_EARLY_US || excess > TOO_EARLY_US)
        j->next += excess * (j->codec->clock / 1000) / 1000;
    until = j->next + codec_step(j->codec);
    j->quiet++;
    for (uint64_t left = j->used; left != 0; left &= left - 1) {
        unsigned at = (unsigned)__builtin_ctzll(left);

        if (j->positions[at] >= until)
            continue;
        if (is_loud(j, at)) {
            j->silent = 0;
            j->quiet = CONCEAL_FRAMES; /* what is before it is silence */
            return false;
        }
        let_go(j, at);
        j->quiet = 0;
    }
    j->next = until;
    return true;
}

bool jitter_pull(struct jitter *j, int64_t now_us, int16_t *out)
{
    size_t n = codec_frame(j->codec);

    bool asleep;

    if (!j->running)
        return false;
    asleep = is_asleep(j) && sleep_on(j, now_us);
    if (!asleep) {
        fill(j, now_us, n);
        adjust(j, now_us);
        stretch_take(&j->sound, out, n);
    }
    if (j->quiet > IDLE_FRAMES)
        j->running = false;
    return !asleep && j->heard && j->quiet <= CONCEAL_FRAMES;
}

const struct jitter_counts *jitter_count(const struct jitter *j)
{
    return &j->counts;
}

double jitter_depth_ms(const struct jitter *j)
{
    return j->running ? (double)j->target / 1000.0 : 0;
}
