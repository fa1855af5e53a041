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

static void announce(const struct session *s, unsigned rounds, uint64_t ns)
{
    fprintf(stderr, "%zu cell%s, %u round%s: about %.0f s\n", s->plan.n,
            s->plan.n == 1 ? "" : "s", rounds, rounds == 1 ? "" : "s",
            in_seconds(ns));
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

int session_budget(struct session *s)
{
    uint64_t need_ns = estimate_run_ns(
        &s->plan, &s->traced, s->run.rounds ? s->run.rounds : ESTIMATE_ROUNDS);

    if (s->run.rounds) {
        announce(s, s->run.rounds, need_ns);
        return EXIT_DONE;
    }
    s->run.fewest = ESTIMATE_ROUNDS;
    if (need_ns <= s->run.budget_ns) {
        fprintf(stderr, "%zu cells: as many rounds as fit into %.0f s\n",
                s->plan.n, in_seconds(s->run.budget_ns));
        return EXIT_DONE;
    }
    if (s->typed_budget)
        return refuse(s, need_ns);
    announce(s, ESTIMATE_ROUNDS, need_ns);
    s->run.budget_ns = need_ns;
    return EXIT_DONE;
}
