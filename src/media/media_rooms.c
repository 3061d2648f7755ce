/*
 * media_rooms.c - the verbs of rooms. The control thread's.
 */
#include "media/media_inside.h"

#include <assert.h>

#include "base/mem.h"
#include "loop/loop.h"
#include "media/room.h"
#include "media/route.h"

static struct thread *least_busy(struct media *m)
{
    struct thread *best = &m->threads[0];

    for (size_t i = 1; i < m->thread_count; i++) {
        struct thread *t = &m->threads[i];

        if (t->ports < best->ports || (t->ports == best->ports && t->rooms < best->rooms))
            best = t;
    }
    return best;
}

static uint32_t add_room(struct media *m, struct thread *t)
{
    struct command c = {.kind = COMMAND_ROOM_ADD};
    struct room_ref *ref;

    c.number = ++m->last_number;
    c.room = room_new(c.number);
    if (!media_tell(m, t, &c, false)) {
        room_free(c.room);
        return 0;
    }
    ref = mem_new(sizeof(*ref));
    ref->number = c.number;
    ref->thread = t;
    t->rooms++;
    (void)map_put_num(&m->rooms, ref->number, ref);
    return ref->number;
}

uint32_t media_room_new(struct media *m)
{
    assert(loop_is_mine(m->loop));
    return add_room(m, least_busy(m));
}

uint32_t media_room_new_beside(struct media *m, uint32_t room)
{
    const struct room_ref *ref = map_find_num(&m->rooms, room);

    assert(loop_is_mine(m->loop));
    return ref == NULL ? 0 : add_room(m, ref->thread);
}

void media_room_remove(struct media *m, uint32_t room)
{
    struct command c = {.kind = COMMAND_ROOM_REMOVE, .number = room};
    struct room_ref *ref = map_find_num(&m->rooms, room);

    if (ref != NULL)
        (void)media_tell(m, ref->thread, &c, true);
}

void media_room_watch(struct media *m, uint32_t room, bool watch)
{
    struct command c = {.kind = COMMAND_ROOM_WATCH, .number = room, .on = watch};
    struct room_ref *ref = map_find_num(&m->rooms, room);

    if (ref != NULL)
        (void)media_tell(m, ref->thread, &c, true);
}

/* The place that a group has or may have, or -1. */
static int place_of(const struct room_ref *ref, uint32_t group)
{
    int place = -1;

    for (int i = MEDIA_ROUTE_GROUPS - 1; i >= 0; i--) {
        if (ref->grouped[i] && ref->groups[i] == group)
            return i;
        if (!ref->grouped[i])
            place = i;
    }
    return place;
}

bool media_room_route(struct media *m, uint32_t room, uint32_t group, const struct media_route *r)
{
    struct command c = {.kind = COMMAND_ROOM_ROUTE, .number = room};
    struct room_ref *ref = map_find_num(&m->rooms, room);
    int place = ref == NULL ? -1 : place_of(ref, group);
    bool removed = r->source_count == 0;

    if (place < 0)
        return removed && ref != NULL;
    c.route.place = (size_t)place;
    if (!removed)
        c.route.route = route_new(group, r);
    if (!removed && c.route.route == NULL)
        return false;
    if (!media_tell(m, ref->thread, &c, removed)) {
        route_free(c.route.route);
        return false;
    }
    ref->grouped[place] = !removed;
    ref->groups[place] = group;
    return true;
}
