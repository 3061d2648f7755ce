/*
 * statement.h - the table of statements, as the writer sees it.
 *
 * The rows are in rows.c. Any thread: nothing changes after the start.
 */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

#include <stddef.h>

struct statement {
    const char *name;
    const char *types; /* one letter for ?1, ?2, ...: i = int64, t = text, n = text or NULL */
    int keys;          /* so many of the first values say which row it is about; 0: not kept */
    const char *kept;  /* how redo.h keeps it when its batch fails; NULL: it does not */
    const char *sql;
};

/* All statements; an intent's number is the place in it. */
const struct statement *rows_statements(size_t *count);

#endif
