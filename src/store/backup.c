/*
 * backup.c - see backup.h. All pages in one step: a reader sees one moment and holds up no
 * writer (WAL), while a copy in pieces would begin anew with each commit and never end.
 */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/db.h"

static enum err copy(sqlite3 *from, sqlite3 *to, struct fail *f)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int rc;

    if (b == NULL)
        return db_fail(to, f);
    rc = sqlite3_backup_step(b, -1);
    (void)sqlite3_backup_finish(b);
    if (rc != SQLITE_DONE)
        return err_set(f, ERR_INTERNAL, "the copy failed: %s (SQLite %d)", db_words(rc), rc);
    /* the copy is to be one file, without a log beside it */
    return db_exec(to, "PRAGMA journal_mode=DELETE", f);
}

enum err store_backup(const char *folder, const char *to, struct fail *f)
{
    char *path = str_printf("%s/carillon.db", folder);
    sqlite3 *in = NULL;
    sqlite3 *out = NULL;
    enum err e = db_open(path, false, &in, f);
    int fd = -1;

    (void)mem_free(path);
    if (e == ERR_OK) {
        fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            e = err_set(f, ERR_BAD_REQUEST, "%s cannot be made: %s", to, strerror(errno));
        else
            (void)close(fd);
    }
    if (e == ERR_OK)
        e = db_open(to, true, &out, f);
    if (e == ERR_OK)
        e = copy(in, out, f);
    db_close(out);
    db_close(in);
    if (e != ERR_OK && fd >= 0)
        (void)unlink(to);
    return e;
}
