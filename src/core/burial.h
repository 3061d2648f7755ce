/*
 * burial.h - from the end of a call to the end of what is kept of it.
 *
 * A call that is over stays in memory while notices are owed or ports still go;
 * then its life is written to the store, where it can be read for an hour. The
 * control thread.
 */
#ifndef CORE_BURIAL_H
#define CORE_BURIAL_H

#include "core/live.h"

/* The call has left the tables: no more notices will come. */
void burial_end(struct live_call *lc);

/* Buries it when nothing keeps it any more and the disk takes it; fine at any time. */
void burial_check(struct live_call *lc);

/* Frees what still waits for its burial, at the end of the server. */
void burial_clear(struct control *ctl);

#endif
