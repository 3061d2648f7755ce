/*
 * list.h - doubly linked lists whose links live inside the members.
 *
 * A zeroed list is an empty list; a zeroed node is in no list. The list never
 * owns its members. One thread at a time.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list;

struct list_node {
    struct list_node *next;
    struct list_node *prev;
    struct list *in; /* NULL: in no list */
};

struct list {
    struct list_node *first;
    struct list_node *last;
    size_t count;
};

/* The struct around a node. */
#define LIST_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Walks a list; the current node may be removed in the body. */
#define LIST_EACH(n, l)                                                                       \
    for (struct list_node *n = (l)->first, *n##_next = n != NULL ? n->next : NULL; n != NULL; \
         n = n##_next, n##_next = n != NULL ? n->next : NULL)

/* Adds at the end. */
static inline void list_push(struct list *l, struct list_node *n)
{
    n->in = l;
    n->next = NULL;
    n->prev = l->last;
    if (l->last != NULL)
        l->last->next = n;
    else
        l->first = n;
    l->last = n;
    l->count++;
}

/* Takes a node out of its list; nothing happens when it is in none. */
static inline void list_remove(struct list_node *n)
{
    struct list *l = n->in;

    if (l == NULL)
        return;
    if (n->prev != NULL)
        n->prev->next = n->next;
    else
        l->first = n->next;
    if (n->next != NULL)
        n->next->prev = n->prev;
    else
        l->last = n->prev;
    l->count--;
    n->next = n->prev = NULL;
    n->in = NULL;
}

/* Takes out the first node, or returns NULL. */
static inline struct list_node *list_pop(struct list *l)
{
    struct list_node *n = l->first;

    if (n != NULL)
        list_remove(n);
    return n;
}

static inline bool list_empty(const struct list *l)
{
    return l->first == NULL;
}

#endif
