/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of a workload's parameters, from a command line. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/options_parts.h"

void sweeps_init(struct sweeps *s, const struct workload *w, size_t most)
{
    *s = (struct sweeps){.workload = w, .most = most};
    for (size_t i = 0; i < w->n_parameters; i++) {
        const struct parameter *p = &w->parameters[i];

        s->of[i] = (struct sweep){{p->preset, p->beside},
                                  p->beside && most > 1 ? 2 : 1};
    }
}

static int read_sweep(const struct parameter *p, const char *text, size_t most,
                      struct sweep *ret)
{
    char *copy = strdup(text), *rest = copy, *item;
    int error = copy ? 0 : -ENOMEM;

    ret->n = 0;
    while (!error && (item = strsep(&rest, ","))) {
        uint64_t value = 0;

        error = ret->n == most ? -E2BIG : parameter_read(p, item, &value);
        if (!error)
            ret->values[ret->n++] = value;
    }
    free(copy);
    return error;
}

void sweeps_take(struct sweeps *s, size_t index, const char *arg,
                 struct argp_state *state)
{
    const struct parameter *p = &s->workload->parameters[index];
    int error = read_sweep(p, arg, s->most, &s->of[index]);

    if (error == -E2BIG && s->most > 1)
        argp_error(state, "--%s takes at most %zu values", p->name, s->most);
    if (error)
        argp_error(state,
                   "--%s takes %s from %" PRIu64 " to %" PRIu64
                   "%s%s, not '%.60s'",
                   p->name, s->most > 1 ? "numbers" : "one number", p->min,
                   p->max, p->kib ? " (KiB, MiB, GiB understood)" : "",
                   s->most > 1 ? ", separated by commas" : "", arg);
    s->given[index] = true;
}
