#include "model/entry.h"

#include <ctype.h>
#include <stddef.h>

#include "base/str.h"

enum entry entry_judge(const struct entry_question *q)
{
    if (q->is_invited || q->is_organizer)
        return ENTRY_IN;
    if (!q->is_own && q->guests == ENTRY_GUESTS_REFUSE)
        return ENTRY_REFUSED;
    if (q->dials_in && q->dial_in_free)
        return ENTRY_IN;
    switch (q->scope) {
    case ENTRY_SCOPE_EVERYONE:
        return ENTRY_IN;
    case ENTRY_SCOPE_ORGANIZER:
        return ENTRY_WAIT;
    case ENTRY_SCOPE_ORGANIZATION:
        return q->is_own ? ENTRY_IN : ENTRY_WAIT;
    case ENTRY_SCOPE_TENANT:
        break;
    }
    return q->is_own || q->guests == ENTRY_GUESTS_JOIN ? ENTRY_IN : ENTRY_WAIT;
}

enum entry_scope entry_scope_of(enum graph_lobby_scope scope)
{
    switch (scope) {
    case GRAPH_LOBBY_SCOPE_ABSENT:
        break;
    case GRAPH_LOBBY_SCOPE_ORGANIZER:
    case GRAPH_LOBBY_SCOPE_INVITED:
        return ENTRY_SCOPE_ORGANIZER;
    case GRAPH_LOBBY_SCOPE_ORGANIZATION:
    case GRAPH_LOBBY_SCOPE_ORGANIZATION_AND_FEDERATED:
    case GRAPH_LOBBY_SCOPE_ORGANIZATION_EXCLUDING_GUESTS:
        return ENTRY_SCOPE_ORGANIZATION;
    case GRAPH_LOBBY_SCOPE_EVERYONE:
        return ENTRY_SCOPE_EVERYONE;
    }
    return ENTRY_SCOPE_TENANT;
}

enum entry_guests entry_guests_of(const char *word)
{
    static const char *const words[] = {
#define X(name, text) text,
        ENTRY_GUESTS(X)
#undef X
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_eq(word, words[i]))
            return (enum entry_guests)i;
    return ENTRY_GUESTS_LOBBY;
}

/* The key that a character of a passcode is typed with. */
static char key_of(char c)
{
    static const char keypad[] = "22233344455566677778889999"; /* of A to Z */

    if (isalpha((unsigned char)c))
        return keypad[toupper((unsigned char)c) - 'A'];
    return c;
}

bool entry_keys_spell(const char *keys, const char *passcode)
{
    while (*keys != '\0' && *passcode != '\0' && *keys == key_of(*passcode)) {
        keys++;
        passcode++;
    }
    return *keys == '\0' && *passcode == '\0';
}
