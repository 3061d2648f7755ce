#include "model/states.h"

#include "model/call.h"
#include "model/conversation.h"
#include "model/leg.h"
#include "model/media_stream.h"
#include "model/operation.h"
#include "model/participant.h"

static const struct machine *const machines[] = {&call_machine,         &leg_machine,
                                                 &operation_machine,    &participant_machine,
                                                 &conversation_machine, &media_stream_machine};

static void print_effects(const struct machine *m, unsigned fx, struct buf *out)
{
    const char *between = "";

    for (int bit = 0; bit < m->effect_count; bit++) {
        if ((fx & (1U << bit)) == 0)
            continue;
        buf_printf(out, "%s%s", between, m->effects[bit]);
        between = ", ";
    }
}

static void print_machine(const struct machine *m, struct buf *out)
{
    buf_printf(
        out, "\n## %s\n\n%s\n\n| State | Event | Next | Then, in this order |\n|---|---|---|---|\n",
        m->name, m->about);
    for (int s = 0; s < m->state_count; s++) {
        for (int e = 0; e < m->event_count; e++) {
            const struct rule *r = &m->rules[s * m->event_count + e];

            if (!r->allowed)
                continue;
            buf_printf(out, "| %s | %s | %s | ", m->states[s], m->events[e], m->states[r->to]);
            print_effects(m, r->fx, out);
            buf_text(out, " |\n");
        }
    }
}

void states_print(struct buf *out)
{
    buf_text(
        out,
        "# The lives of things\n\n"
        "Printed from the tables of `src/model/` by `carillon --dump-states`; a test compares.\n"
        "A pair of state and event that has no row is refused and changes nothing.\n");
    for (unsigned i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        print_machine(machines[i], out);
}
