#include "main/whom.h"

#include <string.h>

#include "base/id.h"
#include "base/str.h"

/* The digits of a meeting's number, blanks and dashes left out; NULL: it is none. */
static const char *digits_of(const char *word, struct arena *a)
{
    char *out = arena_new(a, strlen(word) + 1);
    size_t n = 0;

    for (; *word != '\0'; word++) {
        if (*word >= '0' && *word <= '9')
            out[n++] = *word;
        else if (*word != ' ' && *word != '-')
            return NULL;
    }
    return n != 0 ? out : NULL;
}

/* By SIP name, which is one user's alone, else by name, which may be several's. */
static const char *user_named(const struct directory_config *d, const char *word, size_t *count)
{
    const char *found = NULL;

    for (size_t i = 0; i < d->users.count; i++) {
        const struct user *u = d->users.items[i];

        if (str_eq(u->sip, word)) {
            *count = 1;
            return u->id;
        }
        if (u->name == NULL || !str_eq_nocase(u->name, word))
            continue;
        found = u->id;
        (*count)++;
    }
    return found;
}

static const char *passcode_of(const struct directory_config *d, const char *join_id)
{
    for (size_t i = 0; i < d->meetings.count; i++) {
        const struct meeting_entry *m = d->meetings.items[i];

        if (str_eq(m->join_id, join_id))
            return m->passcode;
    }
    return NULL;
}

static enum err take_meeting(struct whom *out, const struct directory_config *d, const char *number,
                             struct fail *f)
{
    if (out->join_id != NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s and %s: one call joins one meeting", out->join_id,
                       number);
    out->join_id = number;
    out->passcode = passcode_of(d, number);
    return ERR_OK;
}

static enum err take(struct whom *out, const struct directory_config *d, const char *word,
                     struct arena *a, struct fail *f)
{
    struct id *id = arena_new(a, sizeof(*id));
    const char *user = id_read_text(id, word) ? id->text : NULL;
    const char *number = digits_of(word, a);
    size_t count = 0;

    if (user == NULL)
        user = user_named(d, word, &count);
    if (count > 1)
        return err_set(f, ERR_BAD_REQUEST, "%zu users are called '%.64s': say a SIP name, or an id",
                       count, word);
    if (user == NULL && number != NULL)
        return take_meeting(out, d, number, f);
    if (user == NULL)
        return err_set(f, ERR_BAD_REQUEST,
                       "'%.64s' is no user's SIP name, name or id, and no number of a meeting",
                       word);
    if (out->user_count == WHOM_MOST)
        return err_set(f, ERR_BAD_REQUEST, "a call has at most %d targets", WHOM_MOST);
    out->users[out->user_count++] = user;
    return ERR_OK;
}

enum err whom_read(struct whom *out, const struct directory_config *d, const char *const *words,
                   size_t count, struct arena *a, struct fail *f)
{
    enum err e = ERR_OK;

    *out = (struct whom){0};
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        e = take(out, d, words[i], a, f);
    return e;
}

static void write_target(struct writer *w, const char *user)
{
    writer_object(w, NULL);
    writer_text(w, "@odata.type", "#microsoft.graph.participantInfo");
    writer_object(w, "identity");
    writer_text(w, "@odata.type", "#microsoft.graph.identitySet");
    writer_object(w, "user");
    writer_text(w, "@odata.type", "#microsoft.graph.identity");
    writer_text(w, "id", user);
    writer_end(w);
    writer_end(w);
    writer_end(w);
}

void whom_write(const struct whom *x, struct writer *w)
{
    if (x->user_count != 0) {
        writer_list(w, "targets");
        for (size_t i = 0; i < x->user_count; i++)
            write_target(w, x->users[i]);
        writer_end(w);
    }
    if (x->join_id == NULL)
        return;
    writer_object(w, "meetingInfo");
    writer_text(w, "@odata.type", "#microsoft.graph.joinMeetingIdMeetingInfo");
    writer_text(w, "joinMeetingId", x->join_id);
    if (x->passcode != NULL)
        writer_text(w, "passcode", x->passcode);
    writer_end(w);
}
