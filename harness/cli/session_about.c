/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run says of itself before it measures: its time, and its header. */
#include <inttypes.h>
#include <string.h>

#include "harness/cli/session_about.h"
#include "harness/measure/estimate.h"
#include "harness/sample/busy.h"
#include "workloads/clock.h"

static void print_gap(const struct gap *gap, FILE *out)
{
    char name[256];

    if (gap->by_limit)
        cell_name(gap->workload, gap->model->name, gap->setup.values, name,
                  sizeof(name));
    else
        snprintf(name, sizeof(name), "%s/%s", gap->workload->name,
                 gap->model->name);
    fprintf(out, "# gap=%s: %s\n", name, gap->why);
}

/* "# judged=ID,ID": the claims for which the run was made. */
static void print_judged(const struct claims *claims, FILE *out)
{
    const char *last = NULL;

    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *c = &claims->items[i];
        const char *id = claim_id(c);

        if (!c->rule.kind || (last && strcmp(last, id) == 0))
            continue;
        fprintf(out, "%s%s", last ? "," : "# judged=", id);
        last = id;
    }
    fputs(last ? "\n" : "", out);
}

void session_describe(const void *context, FILE *out)
{
    const struct session *s = context;
    char busy[256];

    if (s->waited_ns)
        fprintf(out, "# waited_ns=%" PRIu64 "\n", s->waited_ns);
    if (s->asked.pin)
        fprintf(out, "# pin=%s\n", s->asked.pin);
    if (s->asked.pin_origin)
        fprintf(out, "# pin_origin=%s\n", s->asked.pin_origin);
    if (s->audit)
        fprintf(out, "# audit=%s\n", s->audit);
    if (busy_describe(busy, sizeof(busy)))
        fprintf(out, "# busy=%s\n", busy);
    if (s->base)
        fprintf(out, "# base=%s\n", s->base->name);
    if (s->verdicts)
        print_judged(&s->claims, out);
    for (size_t i = 0; i < s->plan.n_gaps; i++)
        print_gap(&s->plan.gaps[i], out);
}

double session_seconds(uint64_t ns)
{
    return (double)((ns + NS_PER_S - 1) / NS_PER_S);
}

static int refuse(const struct session *s, uint64_t need_ns)
{
    return complain_usage(
        "--budget of %.3g s is too short: %d rounds of %zu cell%s take about "
        "%.0f s, and fewer give no interval; take --budget %.0fs, or fewer %s",
        (double)s->asked.budget_ns / 1e9, ESTIMATE_ROUNDS, s->plan.n,
        s->plan.n == 1 ? "" : "s", session_seconds(need_ns),
        session_seconds(need_ns),
        s->verdicts ? "claims" : "cells, or --rounds N");
}

/*
 * A budget that was typed is to hold six rounds; another one is made as long.
 * The time of another server is only a guess, for which nothing is refused.
 */
int session_plan_time(struct session *s)
{
    struct asked *asked = &s->asked;
    bool guess = s->plan.n && s->plan.cells[0].setup.path;

    s->expected_ns = estimate_run_ns(
        &s->plan, &s->traced, asked->rounds ? asked->rounds : ESTIMATE_ROUNDS);
    if (asked->rounds)
        return EXIT_DONE;
    s->longer = s->expected_ns > asked->budget_ns && !guess;
    if (s->longer && asked->typed_budget)
        return refuse(s, s->expected_ns);
    if (s->longer)
        asked->budget_ns = s->expected_ns;
    s->expected_ns = asked->budget_ns;
    return EXIT_DONE;
}

bool session_has_few_rounds(const struct session *s)
{
    return s->asked.rounds && s->asked.rounds < ESTIMATE_ROUNDS;
}

void session_announce(const struct session *s)
{
    fprintf(stderr, "calibrating %zu cell%s; %.0f s in all%s\n", s->plan.n,
            s->plan.n == 1 ? "" : "s", session_seconds(s->expected_ns),
            s->longer ? ", for six rounds do not fit into less"
            : session_has_few_rounds(s) ? "; intervals need six rounds at least"
                                        : "");
}
