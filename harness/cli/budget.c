/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a run will take, and whether that is what was asked for. */
#include <stdio.h>

#include "harness/cli/cli.h"
#include "harness/measure/estimate.h"
#include "workloads/clock.h"

static double in_seconds(uint64_t ns)
{
    return (double)((ns + NS_PER_S - 1) / NS_PER_S);
}

static int refuse(const struct session *s, uint64_t need_ns)
{
    complain("--budget of %.3g s is too short: %d rounds of %zu cell%s take "
             "about %.0f s, and fewer give no interval; take --budget %.0fs, "
             "or fewer cells, or --rounds N",
             (double)s->run.budget_ns / 1e9, ESTIMATE_ROUNDS, s->plan.n,
             s->plan.n == 1 ? "" : "s", in_seconds(need_ns),
             in_seconds(need_ns));
    return EXIT_USAGE;
}

/* How long another server takes for a page is not known before. */
static bool is_guess(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->cells[i].setup.path)
            return true;
    return false;
}

int session_budget(struct session *s)
{
    s->expected_ns = estimate_run_ns(
        &s->plan, &s->traced, s->run.rounds ? s->run.rounds : ESTIMATE_ROUNDS);
    if (s->run.rounds)
        return EXIT_DONE;
    s->run.fewest = ESTIMATE_ROUNDS;
    s->longer = s->expected_ns > s->run.budget_ns && !is_guess(&s->plan);
    if (s->longer && s->typed_budget)
        return refuse(s, s->expected_ns);
    if (s->longer)
        s->run.budget_ns = s->expected_ns;
    s->expected_ns = s->run.budget_ns;
    return EXIT_DONE;
}

void session_announce(const struct session *s, FILE *out)
{
    fprintf(out, "calibrating %zu cell%s; %.0f s in all%s\n", s->plan.n,
            s->plan.n == 1 ? "" : "s", in_seconds(s->expected_ns),
            s->longer ? ", for six rounds do not fit into less" : "");
}
