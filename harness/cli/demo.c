/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a class can watch: so far, how noise decides a comparison. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/report/data.h"
#include "harness/report/demo_cells.h"
#include "harness/report/demo_figure.h"
#include "harness/report/demo_noise.h"
#include "harness/report/quantities.h"
#include "harness/results/store.h"

enum { KEY_FROM = 'f', KEY_CELL = 'c', KEY_SEED = 's', KEY_SVG = 1000 };

static const char shipped[] = "results/noise/samples.tsv";

struct command {
    const char *demo, *from, *cell, *svg;
    uint64_t seed;
};

/* The answers, all computed before anything is shown. */
struct answers {
    const struct demo_cell *cell;
    const struct recording *recording;
    struct noise_blocks blocks;
    struct noise_pairs pairs;
    struct noise_windows windows;
    bool *b_first;
    uint64_t seed;
    char *picture; /* in characters; NULL: it could not be drawn */
};

struct screen {
    bool stepwise, colour;
    unsigned columns, rows;
};

/* The screen. */

static struct screen find_screen(void)
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

/* Beside the words of its step and the prompt. */
static unsigned picture_rows(const struct screen *s)
{
    unsigned rows = s->rows > 20 ? s->rows - 6 : 14;

    return rows > 32 ? 32 : rows;
}

static unsigned picture_columns(const struct screen *s)
{
    return s->columns < 60 ? 60 : s->columns > 160 ? 160 : s->columns;
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

static void show(const struct screen *s, const struct answers *a)
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

/* The pictures. */

/* For free(); NULL: no memory. */
static char *figure_data(const struct answers *a)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    demo_figure_data(a->cell->times, a->cell->n, &a->blocks, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int write_svg(const char *path, const char *data)
{
    const struct demo_canvas canvas = {.terminal = "svg"};
    char *picture, reason[512];
    int error =
        demo_figure_draw(data, &canvas, &picture, reason, sizeof(reason));

    if (error) {
        complain("the figure could not be drawn: %s", reason);
        return error;
    }
    error = output_text(path, picture);
    if (error)
        complain("cannot write %s: %s", path, strerror(-error));
    free(picture);
    return error;
}

/* Colours are sequences from an escape to an "m". */
static bool shows_nothing(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\033')
            i += strcspn(line + i, "m");
        else if (!isspace((unsigned char)line[i]))
            return false;
    }
    return true;
}

/* Without empty lines around it, and blanks behind its lines. */
static void tidy(char *picture)
{
    char *to = picture, *end = picture, *next;

    for (char *line = picture; *line; line = next) {
        size_t len = strcspn(line, "\n");
        bool seen = !shows_nothing(line, len), whole = line[len] == '\n';

        next = line + len + whole;
        if (!seen && end == picture)
            continue;
        while (len > 0 && isspace((unsigned char)line[len - 1]))
            len--;
        memmove(to, line, len);
        to += len;
        if (whole)
            *to++ = '\n';
        end = seen ? to : end;
    }
    *end = '\0';
}

/* Without the picture the rest can be shown. */
static char *draw_characters(const struct screen *s, const char *data)
{
    struct demo_canvas canvas = {
        .terminal = "dumb",
        .columns = picture_columns(s),
        .rows = picture_rows(s),
        .colour = s->colour,
    };
    char *picture, reason[512];

    if (demo_figure_draw(data, &canvas, &picture, reason, sizeof(reason))) {
        complain("the figure could not be shown: %s", reason);
        return NULL;
    }
    tidy(picture);
    return picture;
}

/* From a recording to the answers. */

static int answer(struct answers *a)
{
    const struct demo_cell *cell = a->cell;
    int error;

    a->b_first = calloc(cell->n, sizeof(*a->b_first));
    error =
        a->b_first ? noise_order(a->seed, cell->n / 2, a->b_first) : -ENOMEM;
    if (!error)
        error = noise_blocks(cell->times, cell->n, &a->blocks);
    if (!error)
        error = noise_pairs(cell->times, cell->n / 2, a->b_first, &a->pairs);
    if (!error)
        error = noise_windows(cell->times, cell->n, a->seed, &a->windows);
    return error;
}

static int play(const struct command *c, struct answers *a)
{
    struct screen screen = find_screen();
    char *data;
    int error = answer(a);

    data = error ? NULL : figure_data(a);
    if (!data) {
        complain("out of memory");
        return EXIT_BROKEN;
    }
    error = c->svg ? write_svg(c->svg, data) : 0;
    if (!error) {
        a->picture = draw_characters(&screen, data);
        show(&screen, a);
    }
    free(a->picture);
    free(data);
    return error ? EXIT_BROKEN : EXIT_DONE;
}

static void complain_cells(const struct demo_cells *cells)
{
    fprintf(stderr,
            "baton: the recording has %zu cells; choose one with --cell:\n",
            cells->n);
    for (size_t i = 0; i < cells->n; i++)
        fprintf(stderr, "  %s\n", cells->cells[i].name);
}

static void complain_cell(const struct demo_cells *cells, const char *name)
{
    const char **names = calloc(cells->n + 1, sizeof(*names));

    for (size_t i = 0; names && i < cells->n; i++)
        names[i] = cells->cells[i].name;
    complain_unknown("cell", name, names, names ? cells->n : 0);
    free(names);
}

/* EXIT_DONE, or EXIT_USAGE after complaining. */
static int choose(const struct command *c, const struct demo_cells *cells,
                  const struct demo_cell **ret)
{
    *ret = c->cell ? demo_cells_find(cells, c->cell)
                   : (cells->n ? &cells->cells[0] : NULL);
    if (cells->n == 0)
        complain("the recording has no samples that measured anything");
    else if (!*ret)
        complain_cell(cells, c->cell);
    else if (!c->cell && cells->n > 1)
        complain_cells(cells);
    else if ((*ret)->n < NOISE_LEAST)
        complain("%s has %zu samples; it takes %d to have an interval of the "
                 "pairs, and hundreds to see noise: --rounds 400",
                 (*ret)->name, (*ret)->n, NOISE_LEAST);
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

static int replay(const struct command *c, const struct recording *r)
{
    struct answers a = {.recording = r, .seed = c->seed};
    struct demo_cells cells;
    int status = EXIT_BROKEN;

    if (demo_cells_build(&cells, r))
        complain("out of memory");
    else
        status = choose(c, &cells, &a.cell);
    if (!status)
        status = play(c, &a);
    free(a.b_first);
    demo_cells_finish(&cells);
    return status;
}

/* The folder of the recording; EXIT_USAGE or EXIT_BROKEN after complaining. */
static int find_recording(const char *from, char *out, size_t size)
{
    char path[PATH_MAX + 32];

    if (from) {
        snprintf(out, size, "%s", from);
        snprintf(path, sizeof(path), "%s/samples.tsv", out);
        if (access(path, F_OK) == 0)
            return EXIT_DONE;
        complain("%.200s holds no run: it has no samples.tsv; --from takes a "
                 "directory that a run has written",
                 from);
        return EXIT_USAGE;
    }
    if (data_path(shipped, out, size)) {
        complain("%s is not there; it belongs beside the program or in "
                 "../share/baton; --from DIR replays another recording",
                 shipped);
        return EXIT_BROKEN;
    }
    *strrchr(out, '/') = '\0';
    return EXIT_DONE;
}

static int demo_noise(const struct command *c)
{
    struct recording recording;
    char dir[PATH_MAX];
    int status = find_recording(c->from, dir, sizeof(dir)), error;

    if (status)
        return status;
    error = store_read(dir, &recording);
    if (error) {
        complain("cannot read %.200s/samples.tsv: %s", dir,
                 error == -EPROTONOSUPPORT
                     ? "it has another schema than this version reads, or none"
                 : error == -EINVAL ? "columns are missing"
                                    : strerror(-error));
        return EXIT_BROKEN;
    }
    status = replay(c, &recording);
    recording_finish(&recording);
    return status;
}

/* The command. */

static const struct demo {
    const char *name;
    int (*run)(const struct command *c);
} demos[] = {
    {"noise", demo_noise},
};
enum { N_DEMOS = sizeof(demos) / sizeof(demos[0]) };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;

    switch (key) {
    case KEY_FROM:
        c->from = arg;
        return 0;
    case KEY_CELL:
        c->cell = arg;
        return 0;
    case KEY_SEED:
        if (read_number(arg, &c->seed) || c->seed > UINT32_MAX)
            argp_error(state, "--seed is a number below 2^32");
        return 0;
    case KEY_SVG:
        c->svg = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (c->demo)
            argp_error(state, "one demo only; '%s' is too much", arg);
        c->demo = arg;
        return 0;
    case ARGP_KEY_END:
        if (!c->demo)
            argp_error(state, "which demo? There is `baton demo noise`");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run_demo(const struct command *c)
{
    const char *names[N_DEMOS];

    for (size_t i = 0; i < N_DEMOS; i++) {
        if (strcmp(demos[i].name, c->demo) == 0)
            return demos[i].run(c);
        names[i] = demos[i].name;
    }
    complain_unknown("demo", c->demo, names, N_DEMOS);
    return EXIT_USAGE;
}

int cli_demo(int argc, char *argv[])
{
    static const struct argp_option options[] = {
        {"from", KEY_FROM, "DIR", 0,
         "Replays the run in DIR (default: one that comes with the program)",
         0},
        {"cell", KEY_CELL, "NAME", 0,
         "Which cell of it, where it has several; without, they are listed", 0},
        {"seed", KEY_SEED, "S", 0,
         "Of who is A and who B in the pairs (default: 1)", 0},
        {"svg", KEY_SVG, "FILE", 0, "Writes the picture as SVG, too", 0},
        {0},
    };
    static const struct argp argp = {
        options,
        parse,
        "DEMO",
        "Shows to a class what recorded samples teach. On a terminal it goes "
        "step by step.\n\n"
        "Demos:\n"
        "  noise   identical code, compared in block order and in pairs: "
        "opposite\n          conclusions from the same numbers\v"
        "Examples:\n  baton demo noise\n  baton demo noise --seed 2\n"
        "  baton demo noise --svg noise.svg > noise.txt\n"
        "  baton run counter --models sequential --rounds 400 --out mine\n"
        "  baton demo noise --from mine",
        NULL,
        NULL,
        NULL};
    struct command c = {.seed = 1};

    if (!options_known(argc, argv, options))
        return EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &c);
    return run_demo(&c);
}
