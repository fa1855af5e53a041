/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of `baton demo noise`, for a class to watch. */
#include "harness/cli/demo.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/report/quantities.h"

/* The screen. */

struct screen demo_screen(void)
{
    const char *none = getenv("NO_COLOR");
    bool terminal = isatty(STDOUT_FILENO);
    struct winsize size = {0};
    struct screen s = {
        .stepwise = terminal && isatty(STDIN_FILENO),
        .colour = terminal && !(none && *none),
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

/* Who has seen enough says so with q, or by the end of the input. */
static bool go_on(const struct screen *s)
{
    char *line = NULL;
    size_t size = 0;
    bool on;

    if (!s->stepwise) {
        putchar('\n');
        return true;
    }
    fputs("\n[Enter] goes on, q ends ", stdout);
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

static void print_verdict(const struct screen *s, const char *text)
{
    printf(s->colour ? "\n  Verdict: \033[1m%s\033[0m\n" : "\n  Verdict: %s\n",
           text);
}

/* The steps. */

static void show_recording(const struct screen *s, const struct answers *a)
{
    print_heading(s, "Is B slower than A?");
    printf("%zu samples in the order in which they were taken. The first half "
           "is A, the\nsecond half B, as in any benchmark that runs one "
           "program and then another.\n\n%s%s",
           a->cell->n - a->cell->n % 2, a->picture ? a->picture : "",
           s->colour ? "\033[0m" : "");
}

static void format_p(double p, char *out, size_t size)
{
    snprintf(out, size,
             p < 1e-300   ? "p < 1e-300"
             : p < 0.0005 ? "p = %.0e"
             : p < 0.0995 ? "p = %.2g"
                          : "p = %.2f",
             p);
}

/* "12 % slower", "0.4 % faster". */
static void format_change(double ratio, char *out, size_t size)
{
    double percent = 100 * fabs(ratio - 1);

    snprintf(out, size, percent < 9.95 ? "%.1f %% %s" : "%.0f %% %s", percent,
             ratio < 1 ? "faster" : "slower");
}

static void say_blocks(const struct noise_blocks *b, char *out, size_t size)
{
    char p[32], change[32];

    format_p(b->p, p, sizeof(p));
    format_change(b->ratio, change, sizeof(change));
    if (b->alarm)
        snprintf(out, size, "B is %s, %s, %s.", change, p,
                 b->p < 0.001 ? "certain" : "significant");
    else if (b->p < noise_level)
        snprintf(out, size, "no alarm: B is %s, %s, but that is below %g %%.",
                 change, p, 100 * noise_threshold);
    else
        snprintf(out, size, "no difference found, %s.", p);
}

static void show_blocks(const struct screen *s, const struct answers *a)
{
    const struct noise_blocks *b = &a->blocks;
    char median_a[QUANTITY_SIZE], median_b[QUANTITY_SIZE], p[32], text[160];

    quantity_ns(b->a, median_a, sizeof(median_a));
    quantity_ns(b->b, median_b, sizeof(median_b));
    format_p(b->p, p, sizeof(p));
    print_heading(s, "1. Block order: all of A, then all of B");
    printf("  median of A           %s, %zu samples\n"
           "  median of B           %s, %zu samples\n"
           "  B / A                 %.3f\n"
           "  Mann-Whitney test     %s, two-sided\n",
           median_a, a->cell->n / 2, median_b, a->cell->n / 2, b->ratio, p);
    say_blocks(b, text, sizeof(text));
    print_verdict(s, text);
    puts("\nTools that are given two files of results compare them like this.");
}

/* A third digit where the end of an interval would else look like 1. */
static void format_ratio(const struct estimate *e, char *out, size_t size)
{
    bool fine = fabs(e->low - 1) < 0.005 || fabs(e->high - 1) < 0.005;

    snprintf(out, size, fine ? "%.3f [%.3f, %.3f]" : "%.2f [%.2f, %.2f]",
             e->median, e->low, e->high);
}

static void say_pairs(const struct noise_pairs *p, char *out, size_t size)
{
    char ratio[64], change[32];

    format_ratio(&p->ratio, ratio, sizeof(ratio));
    format_change(p->ratio.median, change, sizeof(change));
    if (p->alarm)
        snprintf(out, size, "B is %s: %s.", change, ratio);
    else if (!estimate_spans(&p->ratio, 1))
        snprintf(out, size, "no alarm: B is %s, %s, but that is below %g %%.",
                 change, ratio, 100 * noise_threshold);
    else
        snprintf(out, size, "not separated: %s.", ratio);
}

static void print_order(const struct answers *a)
{
    size_t groups = a->cell->n / 4 < 10 ? a->cell->n / 4 : 10;

    printf("   ");
    for (size_t i = 0; i < groups; i++)
        printf(" %s", a->b_first[2 * i] ? "BAAB" : "ABBA");
    puts(a->cell->n > 4 * groups ? " ..." : "");
}

static void show_pairs(const struct screen *s, const struct answers *a)
{
    const struct estimate *e = &a->pairs.ratio;
    char ratio[64], text[160];

    format_ratio(e, ratio, sizeof(ratio));
    print_heading(s, "2. Interleaved: A and B are neighbours");
    printf("The same numbers in the same order. Only who is called A and who "
           "B is another:\nABBA or BAAB, tossed with seed %" PRIu64 ":\n\n",
           a->seed);
    print_order(a);
    printf("\n  B / A in each pair    %s: median, and its exact interval\n"
           "  sign test             %zu pairs, the interval covers %.1f %%\n",
           ratio, e->n, 100 * e->coverage);
    say_pairs(&a->pairs, text, sizeof(text));
    print_verdict(s, text);
}

static const char why[] =
    "Why? The same program ran faster at some times than at others: look at "
    "the\npicture. In block order that looks like a difference between A and "
    "B. The test\ncannot tell: it takes the samples for independent of each "
    "other, and they are\nnot. Neighbours are taken under nearly the same "
    "conditions, so in their ratio\nit divides out.";

static const char *judge(const struct answers *a)
{
    if (a->blocks.alarm && a->pairs.alarm)
        return "Both methods are wrong here. An interval of 95 % misses in 5 "
               "of 100 cases;\nanother order (--seed) may do better, and so "
               "may more samples.";
    if (a->pairs.alarm)
        return "Here it is the pairs that are wrong, and block order is "
               "right. An interval of\n95 % misses in 5 of 100 cases.";
    if (a->blocks.alarm)
        return "So block order is wrong, and the pairs are right: opposite "
               "conclusions from\nthe same numbers.";
    return "So this recording shows no contradiction: neither method raises "
           "an alarm, and\nboth are right. The machine was quiet enough.";
}

static void show_truth(const struct screen *s, const struct answers *a)
{
    char date[32], cpu[96];

    recording_key(a->recording, "date", date, sizeof(date));
    recording_key(a->recording, "cpu", cpu, sizeof(cpu));
    print_heading(s, "3. The truth");
    printf("It was the same program all along:\n\n  %s\n", a->cell->name);
    if (date[0])
        printf("  recorded %.10s%s%s\n", date, cpu[0] ? " on " : "", cpu);
    printf("\n%s\n", judge(a));
    if (a->blocks.alarm && !a->pairs.alarm)
        printf("\n%s\n", why);
}

static void print_share(const char *name, size_t alarms, size_t n)
{
    enum { WIDTH = 30 };
    size_t length = (alarms * WIDTH + n / 2) / n;

    printf("  %-12s %5zu of %zu windows  %3.0f %%  ", name, alarms, n,
           100 * (double)alarms / (double)n);
    for (size_t i = 0; i < length; i++)
        putchar('#');
    putchar('\n');
}

/* The share is an estimate itself, of windows that overlap. */
static const char *judge_share(size_t alarms, size_t n)
{
    double share = (double)alarms / (double)n;

    return share <= noise_level       ? "keep"
           : share <= 2 * noise_level ? "nearly keep"
                                      : "break";
}

static void show_windows(const struct screen *s, const struct answers *a)
{
    const struct noise_windows *w = &a->windows;

    print_heading(s, "4. Was it this one cut?");
    if (w->n == 0) {
        printf("That needs %d samples or more; this recording has %zu.\n",
               NOISE_WINDOW, a->cell->n);
        return;
    }
    printf("Every %d samples in a row are asked the same: the first %d against "
           "the last %d,\nand as %d pairs. An alarm is a difference of more "
           "than %g %% that is significant\n(at 5 %%). Here each alarm is a "
           "false one:\n\n",
           NOISE_WINDOW, NOISE_WINDOW / 2, NOISE_WINDOW / 2, NOISE_WINDOW / 2,
           100 * noise_threshold);
    print_share("block order", w->blocks, w->n);
    print_share("pairs", w->pairs, w->n);
    printf(
        "\nBoth promise at most 5 of 100: block order %ss that, the pairs %s "
        "it.\n(The windows overlap: they are not %zu independent "
        "trials.)\n",
        judge_share(w->blocks, w->n), judge_share(w->pairs, w->n), w->n);
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
