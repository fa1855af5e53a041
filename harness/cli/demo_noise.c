/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo noise`: how noise decides a comparison, for a class. */
#include "harness/check/demo_noise.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"
#include "harness/report/quantities.h"

/* All that is shown, computed before the first page. */
struct answers {
    const struct entry *cell;
    double *times; /* ns of each sample, in run order */
    size_t n;
    bool *b_first; /* by pair */
    struct noise_blocks blocks;
    struct noise_pairs pairs;
    struct noise_windows windows;
};

static int compute(struct answers *a, const struct entry *e, uint64_t seed)
{
    int error;

    a->cell = e;
    a->n = e->n_right;
    a->times = calloc(a->n, sizeof(*a->times));
    a->b_first = calloc(a->n, sizeof(*a->b_first));
    if (!a->times || !a->b_first)
        return -ENOMEM;
    for (size_t i = 0; i < a->n; i++)
        a->times[i] = value_real_ns(e->right[i]);
    error = noise_order(seed, a->n / 2, a->b_first);
    if (!error)
        error = noise_blocks(a->times, a->n, &a->blocks);
    if (!error)
        error = noise_pairs(a->times, a->n / 2, a->b_first, &a->pairs);
    if (!error)
        error = noise_windows(a->times, a->n, seed, &a->windows);
    return error;
}

/* A/A pairs and the sides of a check count as cells here. */
static void name_of(const struct entry *e, char *out, size_t size)
{
    char cell[CELL_NAME_SIZE];

    sample_cell_name(e->first, cell, sizeof(cell));
    snprintf(out, size, "%s%s%s%s", cell, e->twin ? "/twin" : "",
             e->first->side[0] ? "/arm:" : "", e->first->side);
}

/* The cell with the name `wanted`, or the only one; NULL after complaining. */
static const struct entry *choose(const struct table *t, const char *wanted)
{
    const struct entry *found = NULL;
    char name[CELL_NAME_SIZE + 64];
    size_t n = 0;

    for (size_t i = 0; i < t->n && !(found && wanted); i++) {
        name_of(&t->entries[i], name, sizeof(name));
        n += t->entries[i].n_right > 0;
        if (t->entries[i].n_right > 0 && (!wanted || strcmp(name, wanted) == 0))
            found = &t->entries[i];
    }
    if (found && (wanted || n == 1))
        return found;
    if (n == 0) {
        complain("the recording has no samples with a right result");
        return NULL;
    }
    if (wanted)
        complain("there is no cell '%s'; the recording has:", wanted);
    else
        complain("the recording has %zu cells; choose one with --cell:", n);
    for (size_t i = 0; i < t->n; i++) {
        name_of(&t->entries[i], name, sizeof(name));
        if (t->entries[i].n_right > 0)
            fprintf(stderr, "  %s\n", name);
    }
    return NULL;
}

static void show_recording(const struct show *s)
{
    const struct answers *a = s->own;
    demo_heading(s, "Is B slower than A?");
    printf("%zu samples in the order in which they were taken. The first half "
           "is A, the\nsecond half is B, as in a benchmark that runs one "
           "program and then the other.\n\n",
           a->n - a->n % 2);
    demo_picture(s->picture);
}

/* `evidence` is the p value, or the ratio with its interval. */
static void print_verdict(const struct show *s, double ratio, bool significant,
                          const char *evidence)
{
    double percent = 100 * fabs(ratio - 1);
    char change[32], text[160];

    snprintf(change, sizeof(change),
             percent < 9.95 ? "B is %.1f %% %s" : "B is %.0f %% %s", percent,
             ratio < 1 ? "faster" : "slower");
    if (!significant)
        snprintf(text, sizeof(text), "no significant difference (%s)",
                 evidence);
    else if (fabs(log(ratio)) > log1p(noise_threshold))
        snprintf(text, sizeof(text), "%s (%s)", change, evidence);
    else
        snprintf(text, sizeof(text),
                 "no alarm: %s (%s), but that is below %g %%", change, evidence,
                 100 * noise_threshold);
    printf(s->look.colour ? "\n  Verdict: \033[1m%s.\033[0m\n"
                          : "\n  Verdict: %s.\n",
           text);
}

static void show_blocks(const struct show *s)
{
    const struct answers *a = s->own;
    const struct noise_blocks *b = &a->blocks;
    char median_a[QUANTITY_SIZE], median_b[QUANTITY_SIZE], p[32];

    quantity_ns(b->a, median_a, sizeof(median_a));
    quantity_ns(b->b, median_b, sizeof(median_b));
    snprintf(p, sizeof(p),
             b->p < 1e-300   ? "p < 1e-300"
             : b->p < 0.0005 ? "p = %.0e"
                             : "p = %.2g",
             b->p);
    demo_heading(s, "1. Block order: all of A, then all of B");
    printf("  median of A           %s, %zu samples\n"
           "  median of B           %s, %zu samples\n"
           "  B / A                 %.3f\n"
           "  Mann-Whitney test     %s, two-sided\n",
           median_a, a->n / 2, median_b, a->n / 2, b->ratio, p);
    print_verdict(s, b->ratio, b->p < noise_level, p);
    puts("\nTools that read two files of results compare them like this.");
}

static void print_order(const struct answers *a)
{
    size_t groups = a->n / 4 < 10 ? a->n / 4 : 10;

    printf("   ");
    for (size_t i = 0; i < groups; i++)
        printf(" %s", a->b_first[2 * i] ? "BAAB" : "ABBA");
    puts(a->n > 4 * groups ? " ..." : "");
}

static void show_pairs(const struct show *s)
{
    const struct answers *a = s->own;
    const struct estimate *e = &a->pairs.ratio;
    /* A third digit where the end of an interval would else look like 1. */
    bool fine = fabs(e->low - 1) < 0.005 || fabs(e->high - 1) < 0.005;
    char ratio[64];

    snprintf(ratio, sizeof(ratio),
             fine ? "%.3f [%.3f, %.3f]" : "%.2f [%.2f, %.2f]", e->median,
             e->low, e->high);
    demo_heading(s, "2. Interleaved: A and B are neighbours");
    printf("The same numbers in the same order. Only the names A and B are "
           "assigned\ndifferently: ABBA or BAAB, at random with seed %" PRIu64
           ":\n\n",
           s->seed);
    print_order(a);
    printf("\n  B / A in each pair    %s: median, and its exact interval\n"
           "  sign test             %zu pairs, the interval covers %.1f %%\n",
           ratio, e->n, 100 * e->coverage);
    print_verdict(s, e->median, !estimate_spans(e, 1), ratio);
}

static const char why[] =
    "Why? The same program ran faster at some times than at others: see the "
    "picture.\nIn block order that looks like a difference between A and B. "
    "The test assumes\nthat samples are independent of each other, and these "
    "are not. Neighbours are\ntaken under nearly the same conditions, so in "
    "their ratio these divide out.";

static void show_truth(const struct show *s)
{
    const struct answers *a = s->own;
    /* [alarm in block order][alarm of the pairs] */
    static const char *const judgements[2][2] = {
        {"This recording shows no contradiction: neither method raises an "
         "alarm, and both\nare right. The machine was steady enough.",
         "Here the pairs are wrong, and block order is right. An interval of "
         "95 % misses\nin 5 of 100 cases."},
        {"So block order is wrong, and the pairs are right: opposite "
         "conclusions from\nthe same numbers.",
         "Both methods are wrong here. An interval of 95 % misses in 5 of 100 "
         "cases;\nanother order (--seed) or more samples may give the right "
         "answer."}};
    bool blocks = a->blocks.alarm, pairs = a->pairs.alarm;
    char date[32], cpu[96], cell[CELL_NAME_SIZE];

    sample_cell_name(a->cell->first, cell, sizeof(cell));
    recording_key(&s->record.recording, "date", date, sizeof(date));
    recording_key(&s->record.recording, "cpu", cpu, sizeof(cpu));
    demo_heading(s, "3. The truth");
    printf("A and B were the same program:\n\n  %s\n", cell);
    if (date[0])
        printf("  recorded %.10s%s%s\n", date, cpu[0] ? " on " : "", cpu);
    printf("\n%s\n", judgements[blocks][pairs]);
    if (blocks && !pairs)
        printf("\n%s\n", why);
}

static void print_share(const char *name, size_t alarms, size_t n)
{
    static const char bar[] = "##############################";
    double share = (double)alarms / (double)n;

    printf("  %-12s %5zu of %zu windows  %3.0f %%  %.*s\n", name, alarms, n,
           100 * share, (int)lround(share * (double)strlen(bar)), bar);
}

static void show_windows(const struct show *s)
{
    const struct answers *a = s->own;
    const struct noise_windows *w = &a->windows;

    demo_heading(s, "4. Is it only this one division into halves?");
    if (w->n == 0) {
        printf("That needs %d samples or more; this recording has %zu.\n",
               NOISE_WINDOW, a->n);
        return;
    }
    printf("Both methods are applied to every %d samples in a row: the first "
           "%d against the\nlast %d, and as %d pairs. An alarm is a difference "
           "of more than %g %% that is\nsignificant (at 5 %%). Here each alarm "
           "is a false one:\n\n",
           NOISE_WINDOW, NOISE_WINDOW / 2, NOISE_WINDOW / 2, NOISE_WINDOW / 2,
           100 * noise_threshold);
    print_share("block order", w->blocks, w->n);
    print_share("pairs", w->pairs, w->n);
    printf(
        "\nBoth promise at most 5 of 100. (The windows overlap: they are not "
        "%zu\nindependent trials.)\n",
        w->n);
}

static int figure(const struct show *s, FILE *out)
{
    const struct answers *a = s->own;

    return noise_figure(a->times, a->n, &a->blocks, out);
}

static int prepare(struct show *s)
{
    struct answers *a = s->own = calloc(1, sizeof(*a));
    const struct entry *found = a ? choose(&s->table, s->cell) : NULL;

    if (!found)
        return a ? EXIT_USAGE : complain_broken("out of memory");
    if (found->n_right < NOISE_LEAST)
        return complain_usage(
            "the cell has %zu samples; an interval of the pairs needs %d, "
            "and noise is seen in hundreds: --rounds 400",
            found->n_right, NOISE_LEAST);
    return compute(a, found, s->seed) ? complain_broken("out of memory")
                                      : EXIT_DONE;
}

static void finish(struct show *s)
{
    struct answers *a = s->own;

    free(a ? a->times : NULL);
    free(a ? a->b_first : NULL);
    free(a);
}

static const struct page pages[] = {{show_recording},
                                    {show_blocks},
                                    {show_pairs},
                                    {show_truth},
                                    {show_windows}};

const struct demo demo_noise = {
    .name = "noise",
    .summary =
        "identical code, compared in block order and in pairs: opposite\n"
        "conclusions from the same numbers",
    .pages = pages,
    .n_pages = sizeof(pages) / sizeof(pages[0]),
    .recorded = "results/noise",
    .script = "noise",
    .draws = true,
    .prepare = prepare,
    .figure = figure,
    .finish = finish,
};
