/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo noise`: how noise decides a comparison, for a class. */
#include "harness/cli/demo.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/report/data.h"
#include "harness/report/gnuplot.h"
#include "harness/results/table.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

enum { KEY_FROM = 'f', KEY_CELL = 'c', KEY_SEED = 's', KEY_SVG = 1000 };

static const char shipped[] = "results/noise/samples.tsv";

struct command {
    const char *demo, *from, *cell, *svg;
    uint64_t seed;
};

/* Draws for `terminal`; for free(), or NULL after complaining. */
static char *draw(const struct answers *a, const struct screen *s,
                  const char *terminal)
{
    char *data = NULL, *picture = NULL, columns[16], rows[16], why[512] = "";
    char *more[] = {columns, rows, NULL};
    size_t size;
    FILE *out = open_memstream(&data, &size);
    int error = out ? noise_figure(a->times, a->n, &a->blocks, out) : -ENOMEM;

    /* The step has words above the picture and the prompt below it. */
    snprintf(rows, sizeof(rows), "%u", MIN(MAX(s->rows, 21u) - 6, 32u));
    snprintf(columns, sizeof(columns), "%u", MIN(MAX(s->columns, 60u), 160u));
    if (out && !text_close(out, &data))
        error = -ENOMEM;
    if (!error)
        error = gnuplot_draw("noise", "noise", data, terminal, more, &picture,
                             why, sizeof(why));
    free(data);
    if (error)
        complain("the figure could not be drawn: %s",
                 why[0] ? why : strerror(-error));
    return picture;
}

static int write_svg(const struct answers *a, const struct screen *s,
                     const char *path)
{
    char *picture = draw(a, s, "svg");
    int error = picture ? output_text(path, picture) : 0;

    if (error)
        complain("cannot write %s: %s", path, strerror(-error));
    error = picture ? error : -EIO;
    free(picture);
    return error;
}

static int compute(struct answers *a, const struct entry *e)
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
    error = noise_order(a->seed, a->n / 2, a->b_first);
    if (!error)
        error = noise_blocks(a->times, a->n, &a->blocks);
    if (!error)
        error = noise_pairs(a->times, a->n / 2, a->b_first, &a->pairs);
    if (!error)
        error = noise_windows(a->times, a->n, a->seed, &a->windows);
    return error;
}

/* EXIT_DONE, or EXIT_BROKEN after complaining. */
static int play(const struct command *c, struct answers *a)
{
    struct screen screen = demo_screen();

    if (c->svg && write_svg(a, &screen, c->svg))
        return EXIT_BROKEN;
    a->picture = draw(a, &screen, "dumb"); /* without it the words remain */
    demo_show(&screen, a);
    free(a->picture);
    return EXIT_DONE;
}

/* A/A pairs and the sides of a check are cells of their own here. */
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

static int replay(const struct command *c, const struct recording *r)
{
    struct answers a = {.recording = r, .seed = c->seed};
    struct table table;
    const struct entry *found = NULL;
    int error = table_build(&table, r->samples, r->n);
    int status = EXIT_USAGE;

    if (!error)
        found = choose(&table, c->cell);
    if (found && found->n_right < NOISE_LEAST)
        complain("the cell has %zu samples; an interval of the pairs needs %d, "
                 "and noise is seen in hundreds: --rounds 400",
                 found->n_right, NOISE_LEAST);
    else if (found && !(error = compute(&a, found)))
        status = play(c, &a);
    if (error) {
        complain("out of memory");
        status = EXIT_BROKEN;
    }
    free(a.times);
    free(a.b_first);
    table_finish(&table);
    return status;
}

static int demo_noise(const struct command *c)
{
    struct recording recording;
    char dir[PATH_MAX];
    int status;

    if (!c->from && data_path(shipped, dir, sizeof(dir))) {
        complain("%s is not there; it belongs beside the program or in "
                 "../share/baton; --from DIR replays another recording",
                 shipped);
        return EXIT_BROKEN;
    }
    if (!c->from)
        *strrchr(dir, '/') = '\0';
    else if (!holds_run(c->from))
        return EXIT_USAGE;
    if (read_run(c->from ? c->from : dir, &recording))
        return EXIT_BROKEN;
    status = replay(c, &recording);
    recording_finish(&recording);
    return status;
}

static const struct setting settings[] = {
    SETTING(KEY_FROM, TEXT, from),
    SETTING(KEY_CELL, TEXT, cell),
    SETTING(KEY_SEED, SEED, seed),
    SETTING(KEY_SVG, TEXT, svg),
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;

    switch (key) {
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
        return setting_take(settings, key, arg, state);
    }
}

int cli_demo(int argc, char *argv[])
{
    static const struct argp_option options[] = {
        {"from", KEY_FROM, "DIR", 0,
         "Replay the run in DIR (default: one that comes with the program)", 0},
        {"cell", KEY_CELL, "NAME", 0,
         "The cell to replay, of several (without this they are listed)", 0},
        {"seed", KEY_SEED, "S", 0,
         "Seed for assigning A and B within each pair (default: 1)", 0},
        {"svg", KEY_SVG, "FILE", 0, "Write the picture as SVG, too", 0},
        {0},
    };
    static const struct argp argp = {
        options,
        parse,
        "DEMO",
        "Shows a step-by-step demonstration with recorded samples. On a "
        "terminal it waits for Enter after each step.\n\n"
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
    static const char *const demos[] = {"noise"};
    struct command c = {.seed = 1};

    if (!options_known(argc, argv, options))
        return EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &c);
    if (strcmp(c.demo, demos[0]) == 0)
        return demo_noise(&c);
    complain_unknown("demo", c.demo, demos, 1);
    return EXIT_USAGE;
}
