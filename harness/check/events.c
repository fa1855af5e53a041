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

/* What one build did, over all of its samples; the copy is base as well. */
struct deeds {
    size_t n; /* measured */
    uint64_t iterations, wrong, begun;
    double *switches, *requests, *threads, *errors; /* [n], an iteration */
    double switches_median, requests_median, threads_median;
    double most_errors;           /* an iteration, in one sample */
    const char *text;             /* the first thing that was wrong, or "" */
    size_t failed, hung;          /* by its own fault, or perhaps not */
    const struct sample *failure; /* the first of these, a failed one first */
    const struct sample *any;     /* whose cell it is; NULL: none was taken */
};

/* Wrong, and it had said that it would not be. */
static bool breaks_promise(const struct sample *s)
{
    const struct workload *w = workload_find(s->workload);
    const struct model *m = model_find(s->model);

    return s->broken_iterations > 0 ||
           (s->wrong_iterations > 0 && w && m && cell_promised_exact(w, m));
}

static void add(struct deeds *d, const struct sample *s)
{
    double k = (double)s->iterations;

    d->iterations += s->iterations;
    d->begun += s->tally.begun;
    if (breaks_promise(s)) {
        d->wrong++;
        if (!d->text[0])
            d->text = s->text;
    }
    d->switches[d->n] = (double)s->voluntary / k;
    /* The origin counts from the warm-up on. */
    d->requests[d->n] = (double)s->origin_requests / (k + 1);
    d->threads[d->n] = (double)s->threads_peak;
    d->errors[d->n] = (double)s->errors / k;
    d->most_errors = fmax(d->most_errors, d->errors[d->n]);
    d->n++;
}

/* A process may hang, or not begin, without a fault of its own. */
static bool is_own_fault(const struct sample *s)
{
    return s->status == STATUS_CRASHED ||
           (s->status == STATUS_FAILED && !model_find(s->model));
}

static void add_failure(struct deeds *d, const struct sample *s)
{
    bool own = is_own_fault(s);

    if (!d->failure || (own && d->failed == 0))
        d->failure = s;
    if (own)
        d->failed++;
    else
        d->hung++;
}

static void deeds_finish(struct deeds *d)
{
    free(d->switches);
    free(d->requests);
    free(d->threads);
    free(d->errors);
}

static int deeds_init(struct deeds *d, const struct recording *r,
                      unsigned trial, unsigned cell, enum sample_side side)
{
    *d = (struct deeds){.text = ""};
    d->switches = calloc(r->n + 1, sizeof(double));
    d->requests = calloc(r->n + 1, sizeof(double));
    d->threads = calloc(r->n + 1, sizeof(double));
    d->errors = calloc(r->n + 1, sizeof(double));
    if (!d->switches || !d->requests || !d->threads || !d->errors)
        return -ENOMEM;
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial != trial || s->cell != cell || s->round == 0 ||
            (side_find(s->side) == SIDE_CAND) != (side == SIDE_CAND))
            continue;
        d->any = s;
        if (pairs_measured(s))
            add(d, s);
        else
            add_failure(d, s);
    }
    d->switches_median = estimate_median(d->switches, d->n).median;
    d->requests_median = estimate_median(d->requests, d->n).median;
    d->threads_median = estimate_median(d->threads, d->n).median;
    return 0;
}

__attribute__((format(printf, 2, 3))) static void say(struct events *e,
                                                      const char *format, ...)
{
    size_t len = strlen(e->words);
    va_list args;

    if (len && len + 2 < sizeof(e->words)) {
        strcpy(e->words + len, "; ");
        len += 2;
    }
    va_start(args, format);
    vsnprintf(e->words + len, sizeof(e->words) - len, format, args);
    va_end(args);
}

/*
 * Fisher's exact test, one-sided: were it all the same who is the candidate, so
 * many of the k would be his with this chance at most.  (Fisher, Statistical
 * Methods for Research Workers, 1934, 21.02.)
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
static void judge_failures(const struct rules *rules, const struct deeds *base,
                           const struct deeds *cand, struct events *e)
{
    size_t base_all = base->failed + base->hung, n_base = base->n + base_all;
    size_t cand_all = cand->failed + cand->hung, n_cand = cand->n + cand_all;
    bool worse = (cand->failed && !base->failed) ||
                 is_more(rules, cand_all, n_cand, base_all, n_base);

    if (!worse && (cand->hung == 0 || base->hung > 0))
        return;
    say(e, "failed in %zu of %zu samples, base in %zu of %zu: %s%s%.120s",
        cand_all, n_cand, base_all, n_base,
        status_name((enum status)cand->failure->status),
        cand->failure->text[0] ? ", " : "", cand->failure->text);
    e->cand_worse |= worse;
    e->doubtful |= !worse;
}

static size_t count_above(const double values[], size_t n, double bound)
{
    size_t above = 0;

    for (size_t i = 0; i < n; i++)
        above += values[i] > bound + 1e-9;
    return above;
}

/* In any sample more than in any of base's. */
static void judge_errors(const struct deeds *base, const struct deeds *cand,
                         struct events *e)
{
    size_t above = count_above(cand->errors, cand->n, base->most_errors);

    if (above == 0)
        return;
    say(e,
        "errors: up to %.4g an iteration, base at most %.4g, in %zu of %zu "
        "samples",
        cand->most_errors, base->most_errors, above, cand->n);
    e->cand_worse = true;
}

static double per(uint64_t count, uint64_t iterations)
{
    return iterations ? (double)count / (double)iterations : 0;
}

static void judge_results(const struct deeds *base, const struct deeds *cand,
                          struct events *e)
{
    double begun = per(cand->begun, cand->iterations);

    if (cand->wrong) {
        say(e, "wrong in %" PRIu64 " of %zu samples: %.120s", cand->wrong,
            cand->n, cand->text);
        e->cand_worse = true;
    }
    if (base->wrong) {
        say(e, "base is wrong in %" PRIu64 " of %zu samples: %.120s",
            base->wrong, base->n, base->text);
        e->base_wrong = true;
    }
    if (fabs(begun - per(base->begun, base->iterations)) > 1e-9) {
        say(e, "operations: %.4g an iteration, base %.4g", begun,
            per(base->begun, base->iterations));
        e->cand_worse = true;
    }
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

static void judge_counts(const struct deeds *base, const struct deeds *cand,
                         struct events *e)
{
    double slack = fmax(1, base->threads_median / 10);
    size_t before = strlen(e->words);

    if (fabs(cand->requests_median - base->requests_median) > 1e-9)
        say(e, "requests: %.4g an iteration, base %.4g", cand->requests_median,
            base->requests_median);
    if (cand->threads_median > base->threads_median + slack)
        say(e, "threads: %.0f, base %.0f", cand->threads_median,
            base->threads_median);
    if (cand->switches_median > 2 * base->switches_median + EVENTS_SWITCHES)
        say(e, "voluntary switches: %.4g an iteration, base %.4g",
            cand->switches_median, base->switches_median);
    e->cand_worse |= strlen(e->words) > before;
}

int events_find(const struct rules *rules, const struct recording *r,
                unsigned trial, unsigned cell, struct events *ret)
{
    struct deeds base, cand = {0};
    int error = deeds_init(&base, r, trial, cell, SIDE_BASE);

    *ret = (struct events){0};
    if (!error)
        error = deeds_init(&cand, r, trial, cell, SIDE_CAND);
    if (!error && base.n && cand.n) {
        judge_results(&base, &cand, ret);
        judge_failures(rules, &base, &cand, ret);
        judge_errors(&base, &cand, ret);
        if (are_alike(base.any, cand.any))
            judge_counts(&base, &cand, ret);
    }
    deeds_finish(&base);
    deeds_finish(&cand);
    return error;
}
