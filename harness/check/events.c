/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/events.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/order.h"
#include "harness/check/pairs.h"
#include "harness/results/names.h"

/* What one arm did, over all of its measured samples. */
struct deeds {
    size_t n;
    uint64_t iterations, errors, wrong, begun;
    double *switches, *requests, *threads; /* [n], an iteration */
    double switches_median, requests_median, threads_median;
    const char *text;             /* the first thing that was wrong, or "" */
    size_t failed;                /* samples that measured nothing */
    const struct sample *failure; /* the first of these */
    const char *model;
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
    d->errors += s->errors;
    d->begun += s->begun;
    if (breaks_promise(s)) {
        d->wrong++;
        if (!d->text[0])
            d->text = s->text;
    }
    d->switches[d->n] = (double)s->voluntary / k;
    /* The origin counts from the warm-up on. */
    d->requests[d->n] = (double)s->origin_requests / (k + 1);
    d->threads[d->n] = (double)s->threads_peak;
    d->n++;
}

static double median(double *values, size_t n)
{
    if (n == 0)
        return 0;
    gsl_sort(values, 1, n);
    return gsl_stats_median_from_sorted_data(values, 1, n);
}

static void deeds_finish(struct deeds *d)
{
    free(d->switches);
    free(d->requests);
    free(d->threads);
}

static int deeds_init(struct deeds *d, const struct recording *r,
                      unsigned trial, unsigned cell, enum arm arm)
{
    *d = (struct deeds){.text = "", .model = ""};
    d->switches = calloc(r->n + 1, sizeof(double));
    d->requests = calloc(r->n + 1, sizeof(double));
    d->threads = calloc(r->n + 1, sizeof(double));
    if (!d->switches || !d->requests || !d->threads)
        return -ENOMEM;
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial != trial || s->cell != cell || s->round == 0 ||
            arm_find(s->arm) != (int)arm)
            continue;
        d->model = s->model;
        if (pairs_measured(s))
            add(d, s);
        else if (d->failed++ == 0)
            d->failure = s;
    }
    d->switches_median = median(d->switches, d->n);
    d->requests_median = median(d->requests, d->n);
    d->threads_median = median(d->threads, d->n);
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
    e->cand_worse = true;
}

static double per(uint64_t count, uint64_t iterations)
{
    return iterations ? (double)count / (double)iterations : 0;
}

static void compare_results(const struct deeds *base, const struct deeds *cand,
                            struct events *e)
{
    double begun = per(cand->begun, cand->iterations);

    if (cand->wrong)
        say(e, "wrong in %" PRIu64 " of %zu samples: %.120s", cand->wrong,
            cand->n, cand->text);
    if (base->wrong) {
        say(e, "base is wrong in %" PRIu64 " of %zu samples: %.120s",
            base->wrong, base->n, base->text);
        e->base_wrong = true;
    }
    if (fabs(begun - per(base->begun, base->iterations)) > 1e-9)
        say(e, "operations: %.4g an iteration, base %.4g", begun,
            per(base->begun, base->iterations));
    if (cand->failed && !base->failed)
        say(e, "failed in %zu of %zu samples, base in none: %s%s%.120s",
            cand->failed, cand->failed + cand->n,
            status_name((enum status)cand->failure->status),
            cand->failure->text[0] ? ", " : "", cand->failure->text);
    if (per(cand->errors, cand->iterations) >
        per(base->errors, base->iterations))
        say(e, "errors: %.4g an iteration, base %.4g",
            per(cand->errors, cand->iterations),
            per(base->errors, base->iterations));
}

/* Two models have their own ways each; of commands nothing is known. */
static bool are_other_models(const char *a, const char *b)
{
    return strcmp(a, b) != 0 && model_find(a) && model_find(b);
}

static void compare_counts(const struct deeds *base, const struct deeds *cand,
                           struct events *e)
{
    double slack = fmax(1, base->threads_median / 10);

    if (fabs(cand->requests_median - base->requests_median) > 1e-9)
        say(e, "requests: %.4g an iteration, base %.4g", cand->requests_median,
            base->requests_median);
    if (cand->threads_median > base->threads_median + slack)
        say(e, "threads: %.0f, base %.0f", cand->threads_median,
            base->threads_median);
    if (cand->switches_median > 2 * base->switches_median + EVENTS_SWITCHES)
        say(e, "voluntary switches: %.4g an iteration, base %.4g",
            cand->switches_median, base->switches_median);
}

int events_find(const struct recording *r, unsigned trial, unsigned cell,
                struct events *ret)
{
    struct deeds base, cand = {0};
    int error = deeds_init(&base, r, trial, cell, ARM_BASE);

    *ret = (struct events){0};
    if (!error)
        error = deeds_init(&cand, r, trial, cell, ARM_CAND);
    if (!error && base.n && cand.n) {
        compare_results(&base, &cand, ret);
        if (!are_other_models(base.model, cand.model))
            compare_counts(&base, &cand, ret);
    }
    deeds_finish(&base);
    deeds_finish(&cand);
    return error;
}
