/*
 * entry.h - who is let into a meeting at once, who waits in the lobby, who is refused.
 *
 * Pure; any thread.
 */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include <stdbool.h>

#include "model/graph_enum.h"

/* X(NAME, word of a tenant in the directory): what becomes of those who are not its own. */
#define ENTRY_GUESTS(X) X(LOBBY, "lobby") X(JOIN, "join") X(REFUSE, "refuse")

/* X(NAME): whom the meeting lets past its lobby; TENANT: as the tenant says. */
#define ENTRY_SCOPES(X) X(TENANT) X(ORGANIZER) X(ORGANIZATION) X(EVERYONE)

/* clang-format off */
enum entry_guests {
#define X(name, text) ENTRY_GUESTS_##name,
    ENTRY_GUESTS(X)
#undef X
};
enum entry_scope {
#define X(name) ENTRY_SCOPE_##name,
    ENTRY_SCOPES(X)
#undef X
};
/* clang-format on */

enum entry { ENTRY_IN, ENTRY_WAIT, ENTRY_REFUSED };

struct entry_question {
    bool is_invited; /* somebody in it asked for this one */
    bool is_organizer;
    bool is_own;       /* of the meeting's tenant, and no guest */
    bool dials_in;     /* a phone */
    bool dial_in_free; /* isDialInBypassEnabled: phones do not wait */
    enum entry_scope scope;
    enum entry_guests guests;
};

/* A tenant that refuses guests refuses them whatever the meeting says; else the meeting's scope
 * goes before the tenant. */
enum entry entry_judge(const struct entry_question *q);

/* What a meeting's lobbyBypassSettings say. We have no federation, and whom the organizer invited
 * is not compared with who comes: those two mean the narrower one. */
enum entry_scope entry_scope_of(enum graph_lobby_scope scope);

/* A word of the directory; NULL and unknown words mean the lobby. */
enum entry_guests entry_guests_of(const char *word);

/* Can keys spell the passcode? Letters count as the digit they stand on (ITU-T E.161), in any
 * case. */
bool entry_keys_spell(const char *keys, const char *passcode);

#endif
