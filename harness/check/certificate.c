/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/certificate.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/decide.h"
#include "harness/check/pairs.h"
#include "harness/results/array.h"

const double certificate_sizes[CERTIFICATE_SIZES] = {
    0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.10, 0.15, 0.20, 0.30, 0.50};

double certificate_bound(unsigned r, unsigned n)
{
    return r >= n ? 1 : gsl_cdf_beta_Pinv(0.95, r + 1.0, (double)(n - r));
}

static size_t find_size(double slowdown)
{
    for (size_t i = 0; i < CERTIFICATE_SIZES; i++)
        if (fabs(certificate_sizes[i] - slowdown) < 1e-6)
            return i;
    return CERTIFICATE_SIZES;
}

/* What was really injected: whole iterations.  Of one trial's samples. */
static double true_ratio(const struct recording *r, unsigned cell)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->cell == cell && s->round > 0 &&
            side_find(s->side) == SIDE_CAND && s->iterations > s->extra)
            return (double)s->iterations / (double)(s->iterations - s->extra);
    }
    return 1;
}

static void count_cells(const struct recording *r, double slowdown,
                        const struct verdict *v, struct live *live)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct checked *c = &v->cells[i];
        double truth = true_ratio(r, (unsigned)i);

        if (c->ruling == RULING_BROKEN)
            continue;
        /* An iteration that is a whole sample takes no five per cent more. */
        if (slowdown > 0 && truth <= 1) {
            live->untouched++;
            continue;
        }
        live->least = live->cells ? fmin(live->least, truth - 1) : truth - 1;
        live->most = fmax(live->most, truth - 1);
        live->cells++;
        live->seen += c->ruling == RULING_REGRESSED;
        live->passed +=
            c->ruling == RULING_PASS || c->ruling == RULING_IMPROVED;
        live->undecided += c->ruling == RULING_INCONCLUSIVE;
        if (!estimate_has_interval(&c->ratio))
            continue;
        live->intervals++;
        live->covered += estimate_spans(&c->ratio, truth);
    }
}

static void count_live(const struct recording *r, double slowdown,
                       const struct verdict *v, struct live *live)
{
    live->disturbed += v->disturbed;
    live->broken += v->count[RULING_BROKEN] > 0;
    /* Clean checks that could not have been red count for nothing. */
    if (v->count[RULING_BROKEN] == v->n ||
        (slowdown == 0 && v->disturbed && !v->count[RULING_REGRESSED]))
        return;
    live->suites++;
    live->red += v->count[RULING_REGRESSED] > 0;
    live->improved += v->count[RULING_IMPROVED] > 0;
    live->decided += v->count[RULING_INCONCLUSIVE] == 0;
    count_cells(r, slowdown, v, live);
}

static int append(const struct recording *r, size_t cell, enum sample_side side,
                  double **to, size_t *n)
{
    struct pair_set pairs = {0};
    int error = pairs_collect(r, (unsigned)cell, 0, side, &pairs);

    for (size_t i = 0; !error && i < pairs.n; i++)
        if (ARRAY_ROOM(*to, *n))
            (*to)[(*n)++] = pairs.ln[i];
        else
            error = -ENOMEM;
    free(pairs.ln);
    return error;
}

/* The pairs of a clean trial; *ret_screen: the most in any cell's screen. */
static int record(const struct recording *r, const struct verdict *v,
                  struct certificate *c, double *ret_screen)
{
    int error = 0;

    for (size_t i = 0; !error && i < c->n && i < v->n; i++) {
        struct recorded *to = &c->recorded[i];

        strcpy(to->name, v->cells[i].name);
        to->cell = i;
        *ret_screen = fmax(*ret_screen, (double)v->cells[i].screened);
        error = append(r, i, SIDE_CAND, &to->pairs, &to->n);
        if (!error)
            error = append(r, i, SIDE_COPY, &to->control, &to->n_control);
    }
    return error;
}

static int add_trial(const struct recording *r, unsigned trial, size_t size,
                     struct certificate *c, double *ret_seconds,
                     double *ret_screen)
{
    const struct recording part = pairs_trial(r, trial);
    struct verdict v;
    int error = verdict_reach(&part, trial, &v);

    if (error)
        return error;
    *ret_seconds = (double)v.elapsed_ns / 1e9;
    count_live(&part, certificate_sizes[size], &v, &c->live[size]);
    if (size == 0)
        error = record(&part, &v, c, ret_screen);
    verdict_finish(&v);
    return error;
}

static int add_trials(const struct recording *r, const double slowdowns[],
                      unsigned trials, struct certificate *c)
{
    double *seconds = calloc(trials + 1, sizeof(*seconds));
    double *screens = calloc(trials + 1, sizeof(*screens));
    int error = seconds && screens ? 0 : -ENOMEM;

    for (size_t size = 0; size < CERTIFICATE_SIZES && !error; size++) {
        size_t n = 0;

        for (unsigned i = 0; i < trials && !error; i++)
            if (slowdowns[i] >= 0 && find_size(slowdowns[i]) == size) {
                error = add_trial(r, i + 1, size, c, &seconds[n], &screens[n]);
                n++;
            }
        c->live[size].seconds = estimate_median(seconds, n).median;
        if (size || error || !n)
            continue;
        /* A typical clean trial's screen: not that of the quickest. */
        gsl_sort(screens, 1, n);
        c->screen = (size_t)screens[(n - 1) / 2];
    }
    free(seconds);
    free(screens);
    return error;
}

static size_t cells_of(const struct recording *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].cell >= n && r->samples[i].cell < VERDICT_MOST_CELLS)
            n = r->samples[i].cell + 1u;
    return n;
}

/* One that never ran cannot be resampled; the others can. */
static void leave_out(struct certificate *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (c->recorded[i].n >= 2) {
            c->recorded[kept++] = c->recorded[i];
            continue;
        }
        free(c->recorded[i].pairs);
        free(c->recorded[i].control);
    }
    c->left_out = c->n - kept;
    c->n = kept;
}

/* The windows of one slowdown. */
struct windows {
    FILE *out;
    const struct recorded *recorded;
    double slowdown;
    size_t screen;
};

/* "first" counts pairs, in the order of the file, of the clean trials. */
static void print_windows(void *context, unsigned suite, const size_t first[],
                          const struct checked cells[], size_t n)
{
    const struct windows *w = context;

    for (size_t i = 0; i < n; i++)
        fprintf(w->out, "%g\t%u\t%zu\t%zu\t%zu\t%s\n", w->slowdown, suite,
                w->recorded[i].cell, first[i], w->screen,
                ruling_name(cells[i].ruling));
}

/* A window that begins again before its end would confirm itself. */
static void fit_screen(struct certificate *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->recorded[i].n < (1 + DECIDE_FRESH) * c->screen)
            c->screen = c->recorded[i].n / (1 + DECIDE_FRESH);
    c->screen -= c->screen % 2;
}

static bool is_compared(double slowdown)
{
    return slowdown == 0 || slowdown == 0.05 || slowdown == 0.10;
}

static int resample_all(const struct recording *r, FILE *out,
                        struct certificate *c)
{
    struct windows windows = {.out = out, .recorded = c->recorded};
    int error = 0;

    rules_read(r, &c->rules);
    fit_screen(c);
    windows.screen = c->screen;
    if (c->screen < DECIDE_FEWEST) {
        c->screen = 0;
        return 0;
    }

    if (out)
        fputs("slowdown\tsuite\tcell\tfirst\tscreen\truling\n", out);
    for (size_t i = 0; i < CERTIFICATE_SIZES && !error; i++) {
        struct resample_setup setup = {
            .rules = &c->rules,
            /* Each has windows of its own, or all would be one draw. */
            .seed = recording_u64(r, "seed") + i,
            .suites = CERTIFICATE_SUITES,
            .screen = c->screen,
            .slowdown = certificate_sizes[i],
            .on_suite =
                out && is_compared(certificate_sizes[i]) ? print_windows : NULL,
            .context = &windows,
        };

        windows.slowdown = certificate_sizes[i];
        error = resample(&setup, c->recorded, c->n, &c->resampled[i]);
    }
    return error;
}

/* From there on every larger one is seen as well. */
static double smallest_seen(const struct certificate *c, size_t cell)
{
    double smallest = INFINITY;

    if (c->screen == 0)
        return smallest;
    for (size_t i = CERTIFICATE_SIZES; i-- > 1;) {
        const struct rate *rate = &c->resampled[i].cells[cell];

        if (rate->regressed * 10 < rate->checks * 9)
            break;
        smallest = certificate_sizes[i];
    }
    return smallest;
}

int certificate_make(const struct recording *r, const double slowdowns[],
                     unsigned trials, FILE *windows, struct certificate *ret)
{
    struct certificate c = {.n = cells_of(r),
                            .budget_s = recording_real(r, "budget_s")};
    int error = -ENOMEM;

    recording_key(r, "pin", c.pin, sizeof(c.pin));
    c.recorded = calloc(c.n + 1, sizeof(*c.recorded));
    c.smallest = calloc(c.n + 1, sizeof(*c.smallest));
    if (c.recorded && c.smallest)
        error = add_trials(r, slowdowns, trials, &c);
    if (!error)
        leave_out(&c);
    if (!error && c.n == 0)
        error = -EINVAL;
    if (!error)
        error = resample_all(r, windows, &c);
    if (error) {
        certificate_finish(&c);
        return error;
    }
    for (size_t i = 0; i < c.n; i++)
        c.smallest[i] = smallest_seen(&c, i);
    *ret = c;
    return 0;
}

void certificate_finish(struct certificate *c)
{
    for (size_t i = 0; c->recorded && i < c->n; i++) {
        free(c->recorded[i].pairs);
        free(c->recorded[i].control);
    }
    for (size_t i = 0; i < CERTIFICATE_SIZES; i++)
        free(c->resampled[i].cells);
    free(c->recorded);
    free(c->smallest);
    *c = (struct certificate){0};
}
