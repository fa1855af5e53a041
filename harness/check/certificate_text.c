/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate in words and as JSON. */
#include <gsl/gsl_sort.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/certificate.h"
#include "harness/results/json.h"

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

/* "A check of 10 cells (90 s, CPU 1, threshold 2 %)" */
static void say_check(const struct certificate *c, char *out, size_t size)
{
    char budget[32] = "", pin[96] = "";

    if (c->budget_s > 0)
        snprintf(budget, sizeof(budget), "%.3g s, ", c->budget_s);
    if (strcmp(c->pin, "none") == 0)
        snprintf(pin, sizeof(pin), "not pinned, ");
    else if (c->pin[0])
        snprintf(pin, sizeof(pin), "CPU %s, ", c->pin);
    snprintf(out, size, "A check of %zu cells (%s%sthreshold %.3g %%)", c->n,
             budget, pin, 100 * c->rules.threshold);
}

static void say(const struct certificate *c, char *out, size_t size)
{
    const struct live *live = &c->live[0];
    const struct resampling *re = &c->resampled[0];
    char most[32], half[32], check[192];

    say_check(c, check, sizeof(check));
    if (c->screen == 0) {
        snprintf(out, size,
                 "%s that compared identical code gave a false alarm in %u of "
                 "%u (at most %.3g %%); these are too few for other rates",
                 check, live->red, live->suites,
                 100 * certificate_bound(live->red, live->suites));
        return;
    }
    say_size(worst(c), most, sizeof(most));
    say_size(middle(c), half, sizeof(half));
    snprintf(out, size,
             "%s that compared identical code gave a false alarm in %u of %u "
             "(at most %.3g %%), resampled in %u of %u (at most %.3g %%); the "
             "smallest slowdown detected with 90 %% probability is %s for half "
             "of the cells, for every cell %s",
             check, live->red, live->suites,
             100 * certificate_bound(live->red, live->suites), re->red,
             re->suites, 100 * certificate_bound(re->red, re->suites), half,
             most);
}

/* Work is injected in whole iterations: some cells have too few to take any. */
static void print_live(const struct certificate *c, FILE *out)
{
    fputs("Live, complete checks and their cells (covered: intervals that "
          "contain "
          "what was added)\n"
          " added    checks fail improved disturbed  cells slower undecided "
          "passed  covered    s\n",
          out);
    for (size_t i = 0; i < CERTIFICATE_SIZES; i++) {
        const struct live *l = &c->live[i];
        char covered[24];

        if (l->suites + l->disturbed + l->broken == 0)
            continue;
        snprintf(covered, sizeof(covered), "%u/%u", l->covered, l->intervals);
        fprintf(out, "%+5.1f %% %8u %4u %8u %9u %6u %6u %9u %6u %8s %4.0f\n",
                100 * certificate_sizes[i], l->suites, l->red, l->improved,
                l->disturbed, l->cells, l->seen, l->undecided, l->passed,
                covered, l->seconds);
        if (l->untouched + l->broken)
            fprintf(out,
                    "         %u cells had too few iterations to take any; in "
                    "%u checks a cell could not be measured\n",
                    l->untouched, l->broken);
    }
    if (c->left_out)
        fprintf(out, "%zu cells were never measured\n", c->left_out);
}

static void print_resampled(const struct certificate *c, FILE *out)
{
    fprintf(
        out,
        "Resampled, %d checks each; %% of cells, whose interval covers what "
        "was added\n"
        " added    failed  slower  passed  covered  by the screen's\n",
        CERTIFICATE_SUITES);
    for (size_t i = 0; i < CERTIFICATE_SIZES; i++) {
        const struct resampling *re = &c->resampled[i];
        double n = re->suites * (double)c->n / 100;
        struct rate all = {0};

        for (size_t j = 0; j < c->n; j++) {
            all.regressed += re->cells[j].regressed;
            all.passed += re->cells[j].passed;
            all.covered += re->cells[j].covered;
            all.plain += re->cells[j].plain;
        }
        fprintf(out, "%+5.1f %% %8u %7.1f %7.1f %8.1f %16.1f\n",
                100 * certificate_sizes[i], re->red, all.regressed / n,
                all.passed / n, all.covered / n, all.plain / n);
    }
}

void certificate_print(const struct certificate *c, FILE *out)
{
    char sentence[512], size[32];

    print_live(c, out);
    if (c->screen) {
        print_resampled(c, out);
        fputs("The smallest slowdown detected with 90 % probability, "
              "resampled:\n",
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
                json_pack("{s:f,s:f,s:f,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:"
                          "i,s:i,s:i,s:i,s:f}",
                          "slowdown", certificate_sizes[i], "least", l->least,
                          "most", l->most, "untouched", (int)l->untouched,
                          "checks", (int)l->suites, "red", (int)l->red,
                          "improved", (int)l->improved, "decided",
                          (int)l->decided, "disturbed", (int)l->disturbed,
                          "broken", (int)l->broken, "cells", (int)l->cells,
                          "seen", (int)l->seen, "passed", (int)l->passed,
                          "undecided", (int)l->undecided, "intervals",
                          (int)l->intervals, "covered", (int)l->covered,
                          "median_s", l->seconds));
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
    char sentence[512];
    json_t *root;

    say(c, sentence, sizeof(sentence));
    root = json_pack("{s:s,s:s,s:s,s:f,s:s,s:f,s:s,s:s,s:f,s:i,s:o,s:o,s:o}",
                     "machine", machine, "date", date, "version", BATON_VERSION,
                     "budget_s", c->budget_s, "pin", c->pin, "threshold",
                     c->rules.threshold, "layout",
                     "one build: other layouts of its code are not covered",
                     "sentence", sentence,
                     "false_alarm_at_"
                     "most",
                     certificate_bound(c->live[0].red, c->live[0].suites),
                     "screen_pairs", (int)c->screen, "cells", cells_json(c),
                     "live", live_json(c), "resampled", resampled_json(c));
    return json_line(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
}
