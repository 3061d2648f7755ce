/*
 * obj.h - reference-counted objects of one thread, with a roll-call at exit.
 *
 * A destructor frees memory and nothing else: it sends nothing, calls no one
 * back, takes no new reference. Ending something is a verb; freeing is not.
 * An object belongs to the thread that made it.
 */
#ifndef BASE_OBJ_H
#define BASE_OBJ_H

#include <stddef.h>
#include <stdio.h>

typedef void obj_free_h(void *p);

/* Zeroed, with one reference; never NULL. type is a literal, shown in the roll-call. */
void *obj_new(const char *type, size_t size, obj_free_h *on_free);

/* One more reference; returns p. NULL is fine. */
void *obj_ref(void *p);

/* One reference less; frees at zero. Always NULL, so that `x = obj_unref(x)` reads well. */
void *obj_unref(void *p);

/* How many objects of this thread are alive. */
size_t obj_count(void);

/* Lists what is still alive in this thread; returns how many. Zero is the only good answer. */
size_t obj_report(FILE *out);

#endif
