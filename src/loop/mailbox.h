/*
 * mailbox.h - messages from any thread to one.
 *
 * Messages are copied by value, in the order in which they were posted. A
 * pointer inside one is a gift: who posts it never touches it again, who
 * receives it frees it. This is the only place of the server with a lock, and
 * it is held for a copy.
 */
#ifndef LOOP_MAILBOX_H
#define LOOP_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct mailbox;

/* msg is valid during the call. */
typedef void mailbox_h(void *msg, void *arg);

/* A mailbox for messages of msg_size bytes. With a loop, h is called in it for each
 * message. Without one (NULL), the owner watches mailbox_fd() and calls mailbox_drain(). */
struct mailbox *mailbox_new(struct loop *l, size_t msg_size, mailbox_h *h, void *arg);

/* Any thread. Never blocks, never fails; what may be posted is limited by who posts. */
void mailbox_post(struct mailbox *m, const void *msg);

/* Readable when there are messages (an eventfd). */
int mailbox_fd(const struct mailbox *m);

/* Handles what is there; the owner's thread. Returns how many. */
size_t mailbox_drain(struct mailbox *m);

/* Waits until there is a message, at most wait_ms (-1: for ever); then as mailbox_drain().
 * For threads without a loop. */
size_t mailbox_wait(struct mailbox *m, int wait_ms);

/* Messages not yet handled are handled first, so that gifts are not lost. The owner's
 * thread, or any once that has ended. NULL is fine. */
void mailbox_free(struct mailbox *m);

#endif
