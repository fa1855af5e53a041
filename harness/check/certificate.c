/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/check/certificate.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/decide.h"
#include "harness/check/pairs.h"

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

/* Live trials. */

/* What was really injected: whole iterations. */
static double true_ratio(const struct recording *r, unsigned trial,
                         unsigned cell)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct sample *s = &r->samples[i];

        if (s->trial == trial && s->cell == cell && s->round > 0 &&
            arm_find(s->arm) == ARM_CAND && s->iterations > s->extra)
            return (double)s->iterations / (double)(s->iterations - s->extra);
    }
    return 1;
}

static void count_cells(const struct recording *r, unsigned trial,
                        double slowdown, const struct verdict *v,
                        struct live *live)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct checked *c = &v->cells[i];
        double truth = true_ratio(r, trial, (unsigned)i);

        /* An iteration that is a whole sample takes no five per cent more. */
        if (slowdown > 0 && truth <= 1)
            continue;
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

static int count_trial(const struct recording *r, unsigned trial,
                       double slowdown, struct live *live, double *ret_seconds)
{
    const struct recording part = pairs_trial(r, trial);
    struct verdict v;
    int error = verdict_reach(&part, trial, &v);

    if (error)
        return error;
    *ret_seconds = (double)v.elapsed_ns / 1e9;
    if (v.count[RULING_BROKEN] || v.disturbed) {
        live->broken += v.count[RULING_BROKEN] > 0;
        live->disturbed += v.disturbed;
        verdict_finish(&v);
        return 0;
    }
    live->suites++;
    live->red += v.count[RULING_REGRESSED] > 0;
    live->improved += v.count[RULING_IMPROVED] > 0;
    count_cells(&part, trial, slowdown, &v, live);
    verdict_finish(&v);
    return 0;
}

static int count_live(const struct recording *r, const double slowdowns[],
                      unsigned trials, struct certificate *c)
{
    double *seconds = calloc(trials + 1, sizeof(*seconds));
    int error = seconds ? 0 : -ENOMEM;

    for (size_t size = 0; size < CERTIFICATE_SIZES && !error; size++) {
        size_t n = 0;

        for (unsigned i = 0; i < trials && !error; i++)
            if (slowdowns[i] >= 0 && find_size(slowdowns[i]) == size)
                error = count_trial(r, i + 1, slowdowns[i], &c->live[size],
                                    &seconds[n++]);
        gsl_sort(seconds, 1, n);
        if (n)
            c->live[size].seconds =
                gsl_stats_median_from_sorted_data(seconds, 1, n);
    }
    free(seconds);
    return error;
}

/* What the clean ones recorded. */

static int append(double **to, size_t *n, const struct pair_set *pairs)
{
    double *grown = realloc(*to, (*n + pairs->n + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    if (pairs->n)
        memcpy(grown + *n, pairs->ln, pairs->n * sizeof(*grown));
    *to = grown;
    *n += pairs->n;
    return 0;
}

static int add_pairs(const struct recording *r, unsigned trial, unsigned cell,
                     enum arm arm, double **to, size_t *n)
{
    struct pair_set pairs;
    int error = pairs_collect(r, trial, cell, 0, arm, &pairs);

    if (error)
        return error;
    error = append(to, n, &pairs);
    free(pairs.ln);
    return error;
}

/* The most pairs that the screen of a cell had. */
static int count_screen(const struct recording *r, unsigned trial,
                        unsigned cell, size_t *screen)
{
    struct pair_set pairs;
    int error = pairs_collect(r, trial, cell, 1, ARM_CAND, &pairs);

    if (error)
        return error;
    if (pairs.n > *screen)
        *screen = pairs.n;
    free(pairs.ln);
    return 0;
}

static int record_trial(const struct recording *r, unsigned trial,
                        struct certificate *c)
{
    const struct recording part = pairs_trial(r, trial);
    struct verdict v;
    int error = verdict_reach(&part, trial, &v);

    for (size_t i = 0; !error && i < c->n && i < v.n; i++) {
        struct recorded *to = &c->recorded[i];

        strcpy(to->name, v.cells[i].name);
        error = count_screen(&part, trial, (unsigned)i, &c->screen);
        if (!error)
            error = add_pairs(&part, trial, (unsigned)i, ARM_CAND, &to->pairs,
                              &to->n);
        if (!error)
            error = add_pairs(&part, trial, (unsigned)i, ARM_COPY, &to->control,
                              &to->n_control);
    }
    if (!error)
        verdict_finish(&v);
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

static int record(const struct recording *r, const double slowdowns[],
                  unsigned trials, struct certificate *c)
{
    int error = 0;

    for (unsigned i = 0; i < trials && !error; i++)
        if (slowdowns[i] >= 0 && find_size(slowdowns[i]) == 0)
            error = record_trial(r, i + 1, c);
    for (size_t i = 0; i < c->n && !error; i++)
        if (c->recorded[i].n < 2)
            error = -EINVAL;
    return error;
}

/* The windows of one slowdown. */
struct windows {
    FILE *out;
    double slowdown;
    size_t screen;
};

/* "first" counts pairs, in the order of the file, of the clean trials. */
static void print_windows(void *context, unsigned suite, const size_t first[],
                          const struct checked cells[], size_t n)
{
    const struct windows *w = context;

    for (size_t i = 0; i < n; i++)
        fprintf(w->out, "%g\t%u\t%zu\t%zu\t%zu\t%s\n", w->slowdown, suite, i,
                first[i], w->screen, ruling_name(cells[i].ruling));
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
    struct windows windows = {.out = out};
    char seed[32];
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
    recording_key(r, "seed", seed, sizeof(seed));
    for (size_t i = 0; i < CERTIFICATE_SIZES && !error; i++) {
        struct resample_setup setup = {
            .rules = &c->rules,
            .seed = strtoull(seed, NULL, 10),
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
    struct certificate c = {.n = cells_of(r)};
    int error = -ENOMEM;

    c.recorded = calloc(c.n + 1, sizeof(*c.recorded));
    c.smallest = calloc(c.n + 1, sizeof(*c.smallest));
    if (c.recorded && c.smallest)
        error = count_live(r, slowdowns, trials, &c);
    if (!error)
        error = record(r, slowdowns, trials, &c);
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

/* In words. */

static double worst(const struct certificate *c)
{
    double most = 0;

    for (size_t i = 0; i < c->n; i++)
        most = fmax(most, c->smallest[i]);
    return most;
}

static double middle(const struct certificate *c)
{
    double *sorted = malloc((c->n + 1) * sizeof(*sorted)), median;

    if (!sorted)
        return NAN;
    memcpy(sorted, c->smallest, c->n * sizeof(*sorted));
    gsl_sort(sorted, 1, c->n);
    median = sorted[c->n / 2];
    free(sorted);
    return median;
}

static void say_size(double size, char *out, size_t room)
{
    if (isfinite(size))
        snprintf(out, room, "%.3g %%", 100 * size);
    else
        snprintf(out, room, "none up to %.0f %%",
                 100 * certificate_sizes[CERTIFICATE_SIZES - 1]);
}

static void say(const struct certificate *c, char *out, size_t size)
{
    const struct live *live = &c->live[0];
    const struct resampling *re = &c->resampled[0];
    char most[32], half[32];

    if (c->screen == 0) {
        snprintf(out, size,
                 "A check of %zu cells (threshold %.3g %%) that compared "
                 "identical code was red in %u of %u (at most %.2g %%), which "
                 "is too few to say more",
                 c->n, 100 * c->rules.threshold, live->red, live->suites,
                 100 * certificate_bound(live->red, live->suites));
        return;
    }
    say_size(worst(c), most, sizeof(most));
    say_size(middle(c), half, sizeof(half));
    snprintf(out, size,
             "A check of %zu cells (threshold %.3g %%) that compared identical "
             "code was red in %u of %u (at most %.2g %%), resampled in %u of "
             "%u (at most %.2g "
             "%%); the smallest slowdown seen nine times of ten is %s for "
             "half of the cells, for every cell %s",
             c->n, 100 * c->rules.threshold, live->red, live->suites,
             100 * certificate_bound(live->red, live->suites), re->red,
             re->suites, 100 * certificate_bound(re->red, re->suites), half,
             most);
}

static void print_live(const struct certificate *c, FILE *out)
{
    fputs("Live, whole checks:\n", out);
    for (size_t i = 0; i < CERTIFICATE_SIZES; i++) {
        const struct live *l = &c->live[i];

        if (l->suites + l->disturbed + l->broken == 0)
            continue;
        fprintf(out, "  %+5.1f %%  ", 100 * certificate_sizes[i]);
        if (i == 0)
            fprintf(out,
                    "%u red of %u, at most %.2g %%; %u with an improvement; "
                    "besides, %u with a disturbed control, %u broken; median "
                    "%.0f s\n",
                    l->red, l->suites,
                    100 * certificate_bound(l->red, l->suites), l->improved,
                    l->disturbed, l->broken, l->seconds);
        else
            fprintf(out,
                    "seen in %u of %u cells, undecided %u, passed %u; median "
                    "%.0f s\n",
                    l->seen, l->cells, l->undecided, l->passed, l->seconds);
    }
}

static unsigned sum(const struct resampling *re, size_t n, size_t offset)
{
    unsigned total = 0;

    for (size_t i = 0; i < n; i++)
        total += *(const unsigned *)(const void *)((const char *)&re->cells[i] +
                                                   offset);
    return total;
}

static void print_resampled(const struct certificate *c, FILE *out)
{
    fprintf(out, "Resampled, %d checks each:\n", CERTIFICATE_SUITES);
    for (size_t i = 0; i < CERTIFICATE_SIZES; i++) {
        const struct resampling *re = &c->resampled[i];
        double checks = sum(re, c->n, offsetof(struct rate, checks));
        unsigned red = sum(re, c->n, offsetof(struct rate, regressed));
        unsigned passed = sum(re, c->n, offsetof(struct rate, passed));
        unsigned covered = sum(re, c->n, offsetof(struct rate, covered));
        unsigned plain = sum(re, c->n, offsetof(struct rate, plain));

        fprintf(out, "  %+5.1f %%  ", 100 * certificate_sizes[i]);
        if (i == 0)
            fprintf(out, "%u red of %u, at most %.2g %%; ", re->red, re->suites,
                    100 * certificate_bound(re->red, re->suites));
        else
            fprintf(out, "seen in %.1f %% of cells, passed %.1f %%; ",
                    100 * red / checks, 100 * passed / checks);
        fprintf(out,
                "interval holds the truth in %.1f %% (the screen's in %.1f "
                "%%)\n",
                100 * covered / checks, 100 * plain / checks);
    }
}

void certificate_print(const struct certificate *c, FILE *out)
{
    char sentence[512], size[32];

    print_live(c, out);
    if (c->screen) {
        print_resampled(c, out);
        fputs("The smallest slowdown seen nine times of ten, resampled:\n",
              out);
    }
    for (size_t i = 0; c->screen && i < c->n; i++) {
        say_size(c->smallest[i], size, sizeof(size));
        fprintf(out, "  %-16s %s\n", size, c->recorded[i].name);
    }
    say(c, sentence, sizeof(sentence));
    fprintf(out, "\n%s.\n", sentence);
}

static json_t *live_json(const struct certificate *c)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < CERTIFICATE_SIZES; i++) {
        const struct live *l = &c->live[i];

        if (l->suites)
            json_array_append_new(
                rows,
                json_pack("{s:f,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:f}",
                          "slowdown", certificate_sizes[i], "checks",
                          (int)l->suites, "red", (int)l->red, "improved",
                          (int)l->improved, "disturbed", (int)l->disturbed,
                          "cells", (int)l->cells, "seen", (int)l->seen,
                          "passed", (int)l->passed, "undecided",
                          (int)l->undecided, "intervals", (int)l->intervals,
                          "covered", (int)l->covered, "median_s", l->seconds));
    }
    return rows;
}

static json_t *cell_rates(const struct certificate *c, size_t size)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < c->n; i++) {
        const struct rate *r = &c->resampled[size].cells[i];

        json_array_append_new(
            rows,
            json_pack("{s:s,s:i,s:i,s:i,s:i,s:i}", "name", c->recorded[i].name,
                      "seen", (int)r->regressed, "improved", (int)r->improved,
                      "passed", (int)r->passed, "covered", (int)r->covered,
                      "covered_by_screen", (int)r->plain));
    }
    return rows;
}

static json_t *resampled_json(const struct certificate *c)
{
    json_t *rows = json_array();

    for (size_t i = 0; c->screen && i < CERTIFICATE_SIZES; i++) {
        const struct resampling *re = &c->resampled[i];

        json_array_append_new(
            rows,
            json_pack("{s:f,s:i,s:i,s:i,s:i,s:o}", "slowdown",
                      certificate_sizes[i], "checks", (int)re->suites, "red",
                      (int)re->red, "improved", (int)re->improved, "disturbed",
                      (int)re->disturbed, "cells", cell_rates(c, i)));
    }
    return rows;
}

static json_t *cells_json(const struct certificate *c)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < c->n; i++) {
        json_t *row = json_pack("{s:s,s:i}", "name", c->recorded[i].name,
                                "pairs", (int)c->recorded[i].n);

        if (isfinite(c->smallest[i]))
            json_object_set_new(row, "smallest_seen",
                                json_real(c->smallest[i]));
        json_array_append_new(rows, row);
    }
    return rows;
}

char *certificate_json(const struct certificate *c, const char *machine,
                       const char *date)
{
    char sentence[512], *text, *line;
    json_t *root;

    say(c, sentence, sizeof(sentence));
    root =
        json_pack("{s:s,s:s,s:s,s:s,s:f,s:i,s:o,s:o,s:o}", "machine", machine,
                  "date", date, "version", BATON_VERSION, "sentence", sentence,
                  "false_alarm_at_"
                  "most",
                  certificate_bound(c->live[0].red, c->live[0].suites),
                  "screen_pairs", (int)c->screen, "cells", cells_json(c),
                  "live", live_json(c), "resampled", resampled_json(c));
    text =
        root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(root);
    line = text ? realloc(text, strlen(text) + 2) : NULL;
    if (line)
        strcat(line, "\n");
    else
        free(text);
    return line;
}

/* Where it is kept. */

int certificate_path(char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state && state[0] == '/')
        snprintf(out, size, "%s/baton/certificate.json", state);
    else if (home && home[0] == '/')
        snprintf(out, size, "%s/.local/state/baton/certificate.json", home);
    else
        return -ENOENT;
    return 0;
}

void certificate_quote(const char *machine, char *out, size_t size)
{
    char path[4096];
    const char *of, *sentence, *date;
    json_t *root;

    out[0] = '\0';
    if (certificate_path(path, sizeof(path)))
        return;
    root = json_load_file(path, 0, NULL);
    of = json_string_value(json_object_get(root, "machine"));
    sentence = json_string_value(json_object_get(root, "sentence"));
    date = json_string_value(json_object_get(root, "date"));
    if (of && sentence && date && strcmp(of, machine) == 0)
        snprintf(out, size, "%s (%s)", sentence, date);
    json_decref(root);
}
