#include "model/end.h"

#include <stdio.h>

#include "base/str.h"

static const struct {
    const char *name;
    int code;
    int subcode;
    const char *text;
} rows[END_COUNT] = {
#define X(name, code, sub, text) [END_##name] = {#name, code, sub, text},
    ENDS(X)
#undef X
};

/* What single SIP answers mean; everything else by class. 0: nobody answered at all, which is
 * a 408 (RFC 3261 section 16.7, step 6). */
/* clang-format off */
static const struct {
    int status;
    enum end why;
} sip_rows[] = {
    {486, END_BUSY},        {600, END_BUSY},      {603, END_DECLINED}, {404, END_NO_SUCH_USER},
    {480, END_UNAVAILABLE}, {408, END_NO_ANSWER}, {0, END_NO_ANSWER},  {488, END_NO_CODEC},
    {415, END_NO_CODEC},    {606, END_NO_CODEC},
};
/* clang-format on */

struct ending ending_of(enum end why, int status)
{
    return (struct ending){.why = why,
                           .code = rows[why].code != 0 ? rows[why].code : status,
                           .subcode = rows[why].subcode};
}

struct ending ending_of_sip(int status)
{
    for (unsigned i = 0; i < sizeof(sip_rows) / sizeof(sip_rows[0]); i++)
        if (sip_rows[i].status == status)
            return ending_of(sip_rows[i].why, status);
    return ending_of(status >= 600 ? END_DECLINED_ALL : END_UNREACHABLE, status);
}

int ending_sip_status(const struct ending *e)
{
    static const int passed_on[] = {404, 482, 486, 488, 503, 603};

    for (unsigned i = 0; e != NULL && i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
        if (passed_on[i] == e->code)
            return e->code;
    return 480;
}

void ending_message(const struct ending *e, char *out, unsigned long size)
{
    (void)snprintf(out, size, "%s. DiagCode: %d#%d.@", rows[e->why].text, e->code, e->subcode);
}

const char *end_name(enum end why)
{
    return rows[why].name;
}

enum end end_named(const char *name)
{
    for (int i = 0; i < END_COUNT; i++)
        if (str_eq(name, rows[i].name))
            return (enum end)i;
    return END_NONE;
}

const char *end_text(enum end why)
{
    return rows[why].text;
}
