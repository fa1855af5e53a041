/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/events.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/measure/order.h"
#include "harness/check/pairs.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

/* What is counted in each sample: an iteration's, but for the threads. */
enum count { SWITCHES, REQUESTS, THREADS, ERRORS, LEFT, HEAP, COUNTS };

/* The counts of one build over all of its samples; the copy counts as base. */
struct totals {
    size_t n; /* measured */
    uint64_t iterations, wrong, begun;
    double *counts[COUNTS]; /* [n] each, sorted in the end */
    double median[COUNTS];
    const char *text;    /* the first thing that was wrong, or "" */
    size_t failed, hung; /* by its own fault, or possibly the machine's */
    const struct sample *failure; /* the first of these, a failed one first */
    const struct sample *any; /* a sample of the cell; NULL: none was taken */
};

/* Wrong although the model promises exact results. */
static bool breaks_promise(const struct sample *s)
{
    const struct workload *w = workload_find(s->workload);
    const struct model *m = model_find(s->model);

    return s->broken_iterations > 0 ||
           (s->wrong_iterations > 0 && w && m && cell_promised_exact(w, m));
}

static void add(struct totals *t, const struct sample *s)
{
    double k = (double)s->iterations;
    const double counts[COUNTS] = {
        [SWITCHES] = (double)s->voluntary / k,
        /* The origin counts from the warm-up on. */
        [REQUESTS] = (double)s->origin_requests / (k + 1),
        [THREADS] = (double)s->threads_peak,
        [ERRORS] = (double)s->errors / k,
        [LEFT] = (double)(s->threads_left + s->fds_left),
        [HEAP] = s->heap_growth_bytes,
    };

    t->iterations += s->iterations;
    t->begun += s->tally.begun;
    if (breaks_promise(s) && t->wrong++ == 0)
        t->text = s->text;
    for (int i = 0; i < COUNTS; i++)
        t->counts[i][t->n] = counts[i];
    t->n++;
}

/* A busy machine can make a process hang or fail to start. */
static void add_failure(struct totals *t, const struct sample *s)
{
    bool own = s->status == STATUS_CRASHED ||
               (s->status == STATUS_FAILED && !model_find(s->model));

    if (!t->failure || (own && t->failed == 0))
        t->failure = s;
    t->failed += own;
    t->hung += !own;
}

/* Ends with free(ret->counts[0]). */
static int count(const struct recording *r, unsigned cell,
                 enum sample_side side, struct totals *t)
{
    double *room = calloc(COUNTS * (r->n + 1), sizeof(*room));

    *t = (struct totals){.text = ""};
    if (!room)
        return -ENOMEM;
    for (size_t i = 0; i < COUNTS; i++)
        t->counts[i] = room + i * (r->n + 1);
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->cell != cell || s->round == 0 ||
            (side_find(s->side) == SIDE_CAND) != (side == SIDE_CAND))
            continue;
        t->any = s;
        if (pairs_measured(s))
            add(t, s);
        else if (s->status !=
                 STATUS_DISTURBED) /* false: possibly caused by the machine */
            add_failure(t, s);
    }
    for (int i = 0; i < COUNTS; i++)
        t->median[i] = estimate_median(t->counts[i], t->n).median;
    return 0;
}

/* Adds to what was found, and sets one of the flags. */
__attribute__((format(printf, 3, 4))) static void
find(struct events *e, bool *flag, const char *format, ...)
{
    char words[sizeof(e->words)];
    va_list args;

    *flag = true;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    text_add(e->words, sizeof(e->words), "%s%s", e->words[0] ? "; " : "",
             words);
}

/*
 * Fisher's exact test, one-sided: were it all the same which one is the
 * candidate, so many of the k would be its with this chance at most.  (Fisher,
 * Statistical Methods for Research Workers, 1934, 21.02.)
 */
static bool is_more(const struct rules *rules, size_t cand, size_t n_cand,
                    size_t base, size_t n_base)
{
    return cand > 0 &&
           gsl_cdf_hypergeometric_Q((unsigned)cand - 1, (unsigned)n_cand,
                                    (unsigned)n_base,
                                    (unsigned)(cand + base)) <= rules->alpha;
}

/*
 * A crash is its own doing, and so is a command's exit status.  A sample that
 * hangs, or lacks a thread, may be the machine's, unless it is no chance that
 * it is the candidate's.
 */
static void judge_failures(const struct rules *rules, const struct totals *base,
                           const struct totals *cand, struct events *e)
{
    size_t base_all = base->failed + base->hung, n_base = base->n + base_all;
    size_t cand_all = cand->failed + cand->hung, n_cand = cand->n + cand_all;
    bool worse = (cand->failed && !base->failed) ||
                 is_more(rules, cand_all, n_cand, base_all, n_base);

    if (!worse && (cand->hung == 0 || base->hung > 0))
        return;
    find(e, worse ? &e->cand_worse : &e->doubtful,
         "failed in %zu of %zu samples, base in %zu of %zu: %s%s%.120s",
         cand_all, n_cand, base_all, n_base,
         status_name((enum status)cand->failure->status),
         cand->failure->text[0] ? ", " : "", cand->failure->text);
}

/* In any sample more than in any of base's. */
static void judge_errors(const struct totals *base, const struct totals *cand,
                         struct events *e)
{
    double most = base->counts[ERRORS][base->n - 1];
    size_t above = 0;

    for (size_t i = 0; i < cand->n; i++)
        above += cand->counts[ERRORS][i] > most + 1e-9;
    if (above)
        find(e, &e->cand_worse,
             "errors: up to %.4g an iteration, base at most %.4g, in %zu of "
             "%zu samples",
             cand->counts[ERRORS][cand->n - 1], most, above, cand->n);
}

static double begun(const struct totals *t)
{
    return t->iterations ? (double)t->begun / (double)t->iterations : 0;
}

static void judge_results(const struct totals *base, const struct totals *cand,
                          struct events *e)
{
    if (cand->wrong)
        find(e, &e->cand_worse, "wrong in %" PRIu64 " of %zu samples: %.120s",
             cand->wrong, cand->n, cand->text);
    if (base->wrong)
        find(e, &e->base_wrong,
             "base is wrong in %" PRIu64 " of %zu samples: %.120s", base->wrong,
             base->n, base->text);
    if (fabs(begun(cand) - begun(base)) > 1e-9)
        find(e, &e->cand_worse, "operations: %.4g an iteration, base %.4g",
             begun(cand), begun(base));
}

/* What base leaves open too is no change. */
static void judge_leaks(const double base[], const double cand[],
                        struct events *e)
{
    if (cand[LEFT] > base[LEFT])
        find(e, &e->cand_worse,
             "left open: %.0f threads and descriptors, base %.0f", cand[LEFT],
             base[LEFT]);
    if (cand[HEAP] > LEAK_BYTES && base[HEAP] <= LEAK_BYTES)
        find(e, &e->cand_worse,
             "each iteration leaves %.0f bytes of memory allocated, base %.0f",
             cand[HEAP], fmax(0, base[HEAP]));
}

/*
 * Two models have their own ways each, and so has one with other parameters; of
 * commands it is not known how they are meant to work.
 */
static bool are_alike(const struct sample *a, const struct sample *b)
{
    return strcmp(a->model, b->model) == 0 && model_find(a->model) &&
           strcmp(a->parameters, b->parameters) == 0;
}

/* A thread may end before the last one begins: base's largest peak counts. */
static void judge_threads(const struct totals *base, const struct totals *cand,
                          struct events *e)
{
    double most = base->counts[THREADS][base->n - 1];

    if (cand->median[THREADS] > most + fmax(1, most / 10))
        find(e, &e->cand_worse, "threads: %.0f, base %.0f",
             cand->median[THREADS], most);
}

static void judge_counts(const double base[], const double cand[],
                         struct events *e)
{
    if (fabs(cand[REQUESTS] - base[REQUESTS]) > 1e-9)
        find(e, &e->cand_worse, "requests: %.4g an iteration, base %.4g",
             cand[REQUESTS], base[REQUESTS]);
    if (cand[SWITCHES] > 2 * base[SWITCHES] + EVENTS_SWITCHES)
        find(e, &e->cand_worse,
             "voluntary switches: %.4g an iteration, base %.4g", cand[SWITCHES],
             base[SWITCHES]);
}

int events_find(const struct rules *rules, const struct recording *r,
                unsigned cell, struct events *ret)
{
    struct totals base, cand = {0};
    int error = count(r, cell, SIDE_BASE, &base);

    *ret = (struct events){0};
    if (!error)
        error = count(r, cell, SIDE_CAND, &cand);
    if (!error && base.n && cand.n) {
        judge_results(&base, &cand, ret);
        judge_failures(rules, &base, &cand, ret);
        judge_errors(&base, &cand, ret);
        judge_leaks(base.median, cand.median, ret);
        if (are_alike(base.any, cand.any)) {
            judge_threads(&base, &cand, ret);
            judge_counts(base.median, cand.median, ret);
        }
    }
    free(base.counts[0]);
    free(cand.counts[0]);
    return error;
}
