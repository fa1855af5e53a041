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
#include "harness/results/data.h"
#include "harness/report/gnuplot.h"
#include "harness/results/table.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

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

    /* A step has text above the figure and the prompt below it. */
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
    int error = picture ? output_text(path, picture) : -EIO;

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
    a->picture =
        draw(a, &screen, "dumb"); /* without gnuplot only the text is shown */
    demo_show(&screen, a);
    free(a->picture);
    return EXIT_DONE;
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
    if (error)
        status = complain_broken("out of memory");
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

    if (!c->from && data_path(shipped, dir, sizeof(dir)))
        return complain_broken(
            "%s is not there; it belongs beside the program or in "
            "../share/baton; --from DIR replays another recording",
            shipped);
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

#define TEXT(member) OPTION_TEXT, offsetof(struct command, member), 0, NULL

static const struct option_row rows[] = {
    {"from", "DIR",
     "Replay the run in DIR (default: one that comes with the program)",
     TEXT(from), 'f'},
    {"cell", "NAME",
     "The cell to replay, of several (without this they are listed)",
     TEXT(cell), 'c'},
    {"seed", "S", "Seed for assigning A and B within each pair (default: 1)",
     OPTION_NUMBER, offsetof(struct command, seed), 0, NULL, 's', 0,
     UINT32_MAX},
    {"svg", "FILE", "Write the picture as SVG, too", TEXT(svg)},
    {0},
};

static void take_demo(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (c->demo)
        argp_error(state, "one demo only; '%s' is too much", arg);
    c->demo = arg;
}

int cli_demo(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .args = "DEMO",
        .argument = take_demo,
        .doc =
            "Shows a step-by-step demonstration with recorded samples. On a "
            "terminal it waits for Enter after each step.\n\n"
            "Demos:\n"
            "  noise   identical code, compared in block order and in pairs: "
            "opposite\n          conclusions from the same numbers\v"
            "Examples:\n  baton demo noise\n  baton demo noise --seed 2\n"
            "  baton demo noise --svg noise.svg > noise.txt\n"
            "  baton run counter --models sequential --rounds 400 --out mine\n"
            "  baton demo noise --from mine",
    };
    static const char *const demos[] = {"noise"};
    struct command c = {.seed = 1};

    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    if (!c.demo)
        complain("which demo? There is `baton demo noise`");
    else if (strcmp(c.demo, demos[0]) == 0)
        return demo_noise(&c);
    else
        complain_unknown("demo", c.demo, demos, 1);
    return EXIT_USAGE;
}
