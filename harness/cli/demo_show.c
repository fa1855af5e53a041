/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of `baton demo noise`. */
#include "harness/cli/demo.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/report/quantities.h"
#include "harness/results/names.h"

struct screen demo_screen(void)
{
    bool terminal = isatty(STDOUT_FILENO);
    struct winsize size = {0};
    struct screen s = {
        .stepwise = terminal && isatty(STDIN_FILENO),
        .colour = is_coloured(),
        .columns = 80,
        .rows = 24,
    };

    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col && size.ws_row) {
        s.columns = size.ws_col;
        s.rows = size.ws_row;
    }
    return s;
}

/* False: the user typed q, or the input has ended. */
static bool go_on(const struct screen *s)
{
    char *line = NULL;
    size_t size = 0;
    bool on;

    if (!s->stepwise) {
        putchar('\n');
        return true;
    }
    fputs("\nEnter: next step, q: quit ", stdout);
    fflush(stdout);
    on = getline(&line, &size, stdin) > 0 && line[0] != 'q';
    free(line);
    putchar('\n');
    return on;
}

static void print_heading(const struct screen *s, const char *text)
{
    printf(s->colour ? "\033[1m%s\033[0m\n\n" : "%s\n\n", text);
}

/* Without the form feed, empty lines around it, and blanks behind its lines. */
static void print_picture(const char *picture)
{
    size_t pending = 0;
    bool begun = false;

    while (picture && *picture) {
        size_t all = strcspn(picture, "\n"), len = all;

        while (len > 0 && isspace((unsigned char)picture[len - 1]))
            len--;
        pending = len ? pending : pending + begun;
        for (; len && pending; pending--)
            putchar('\n');
        if (len)
            printf("%.*s\n", (int)len, picture);
        begun = begun || len;
        picture += all + (picture[all] == '\n');
    }
}

static void show_recording(const struct screen *s, const struct answers *a)
{
    print_heading(s, "Is B slower than A?");
    printf("%zu samples in the order in which they were taken. The first half "
           "is A, the\nsecond half is B, as in a benchmark that runs one "
           "program and then the other.\n\n",
           a->n - a->n % 2);
    print_picture(a->picture);
}

/* `evidence` is the p value, or the ratio with its interval. */
static void print_verdict(const struct screen *s, double ratio,
                          bool significant, const char *evidence)
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
    printf(s->colour ? "\n  Verdict: \033[1m%s.\033[0m\n"
                     : "\n  Verdict: %s.\n",
           text);
}

static void show_blocks(const struct screen *s, const struct answers *a)
{
    const struct noise_blocks *b = &a->blocks;
    char median_a[QUANTITY_SIZE], median_b[QUANTITY_SIZE], p[32];

    quantity_ns(b->a, median_a, sizeof(median_a));
    quantity_ns(b->b, median_b, sizeof(median_b));
    snprintf(p, sizeof(p),
             b->p < 1e-300   ? "p < 1e-300"
             : b->p < 0.0005 ? "p = %.0e"
                             : "p = %.2g",
             b->p);
    print_heading(s, "1. Block order: all of A, then all of B");
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

static void show_pairs(const struct screen *s, const struct answers *a)
{
    const struct estimate *e = &a->pairs.ratio;
    /* A third digit where the end of an interval would else look like 1. */
    bool fine = fabs(e->low - 1) < 0.005 || fabs(e->high - 1) < 0.005;
    char ratio[64];

    snprintf(ratio, sizeof(ratio),
             fine ? "%.3f [%.3f, %.3f]" : "%.2f [%.2f, %.2f]", e->median,
             e->low, e->high);
    print_heading(s, "2. Interleaved: A and B are neighbours");
    printf("The same numbers in the same order. Only the names A and B are "
           "assigned\ndifferently: ABBA or BAAB, at random with seed %" PRIu64
           ":\n\n",
           a->seed);
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

static void show_truth(const struct screen *s, const struct answers *a)
{
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
    recording_key(a->recording, "date", date, sizeof(date));
    recording_key(a->recording, "cpu", cpu, sizeof(cpu));
    print_heading(s, "3. The truth");
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

static void show_windows(const struct screen *s, const struct answers *a)
{
    const struct noise_windows *w = &a->windows;

    print_heading(s, "4. Is it only this one division into halves?");
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

void demo_show(const struct screen *s, const struct answers *a)
{
    void (*const steps[])(const struct screen *s, const struct answers *a) = {
        show_recording, show_blocks, show_pairs, show_truth, show_windows};
    size_t n = sizeof(steps) / sizeof(steps[0]);

    for (size_t i = 0; i < n; i++) {
        steps[i](s, a);
        if (i + 1 < n && !go_on(s))
            return;
    }
}
