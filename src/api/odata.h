/*
 * odata.h - query options of OData (protocol 4.0, part 2, section 5): what is served is read, what
 * is not is refused, never ignored.
 *
 * Options of one's own, without the dollar, are no concern of OData and pass.
 */
#ifndef API_ODATA_H
#define API_ODATA_H

#include "api/api.h"

/* Is every option of the query that begins with a dollar one of these, and there once? `allowed`
 * ends with NULL. Else ERR_BAD_REQUEST says which may be. */
NODISCARD enum err odata_check(struct ask *a, const char *const *allowed, struct fail *f);

/* A filter of the one form that is served: <property> eq '<text>'. */
struct odata_equals {
    const char *property; /* as sent: to be compared without regard to case */
    const char *text;     /* with its doubled quotes made single */
};

/* Reads $filter. ERR_BAD_REQUEST: there is none, or it is of another form. */
NODISCARD enum err odata_filter(struct ask *a, struct odata_equals *out, struct fail *f);

/* Reads $select: *out are those of `names` (ends with NULL) that it lists, in their own order,
 * with those that begin with '@'; all of them without a $select. ERR_BAD_REQUEST: it lists
 * something else. */
NODISCARD enum err odata_select(struct ask *a, const char *const *names, const char *const **out,
                                struct fail *f);

/* The only option of a single resource of that type: $select, of what its table writes in the
 * version of the request. *only is for struct write_how: NULL without a $select.
 * ERR_BAD_REQUEST. */
NODISCARD enum err odata_single(struct ask *a, const struct type *t, const char *const **only,
                                struct fail *f);

#endif
