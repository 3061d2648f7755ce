/*
 * msg.h - everything the control thread can say to a media thread, and back.
 *
 * Messages are copied by value. A pointer inside one is a gift: who sends it
 * never touches it again, who receives it frees it; a media thread frees
 * nothing, it sends the gift back. Prompts are lent until their PLAYED.
 */
#ifndef MEDIA_MSG_H
#define MEDIA_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "media/dtmf.h"
#include "media/media.h"

struct kit;
struct port;
struct recorder;
struct room;
struct route;

/* Control to media. */
enum command_kind {
    COMMAND_ROOM_ADD,    /* room: gift */
    COMMAND_ROOM_REMOVE, /* number; when it has no port */
    COMMAND_ROOM_WATCH,
    COMMAND_ROOM_ROUTE, /* a place of the room's routes; route: gift, or NULL */
    COMMAND_PORT_ADD,   /* number of the room; port: gift */
    COMMAND_PORT_REMOVE,
    COMMAND_PEER,
    COMMAND_KEYS_BY_INFO,
    COMMAND_MUTE,
    COMMAND_APART,
    COMMAND_MAIN,
    COMMAND_MOVE,
    COMMAND_PLAY,
    COMMAND_PLAY_STOP,
    COMMAND_PLAY_TO,
    COMMAND_PLAY_TO_STOP,
    COMMAND_RECORD, /* recorder: gift */
    COMMAND_RECORD_STOP,
    COMMAND_SEND_KEYS,
    COMMAND_STATS, /* stats: gift, to be filled in */
    COMMAND_STOP,  /* everything is given back, the thread ends */
};

struct command {
    enum command_kind kind;
    uint32_t number; /* of the port, or of the room */
    union {
        struct room *room;
        struct port *port;
        struct {
            struct media_peer peer;
            struct kit *kit; /* gift, or NULL */
        } agree;
        struct {
            bool in, out;
        } mute;
        struct recorder *recorder;
        bool on; /* watch, apart, main */
        uint32_t to_room;
        struct {
            size_t place;
            struct route *route;
        } route;
        struct {
            uint32_t number;
            const struct prompt *prompt;
            int times;
        } play;
        struct {
            char keys[DTMF_KEYS_MAX + 1];
            int gap_ms;
        } keys;
        struct {
            struct media_stats *stats;
            media_stats_h *h;
            void *arg;
        } ask;
    };
};

/* Media to control. */
enum report_kind {
    REPORT_EVENT,
    REPORT_PORT_GONE,  /* port: gift; event.stats too */
    REPORT_ROOM_GONE,  /* room: gift */
    REPORT_ROUTE_GONE, /* route: gift */
    REPORT_KIT_GONE,   /* kit: gift */
    REPORT_STATS,      /* ask, with found: is the port there? */
};

struct report {
    enum report_kind kind;
    struct media_event event;
    union {
        struct room *room;
        struct port *port;
        struct route *route;
        struct kit *kit;
        struct {
            struct media_stats *stats;
            media_stats_h *h;
            void *arg;
            bool found;
        } ask;
    };
};

#endif
