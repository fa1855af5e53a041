/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a class can watch: so far, how noise decides a comparison. */
#include "harness/cli/demo.h"
#include "harness/results/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/report/data.h"
#include "harness/report/demo_figure.h"

enum { KEY_FROM = 'f', KEY_CELL = 'c', KEY_SEED = 's', KEY_SVG = 1000 };

static const char shipped[] = "results/noise/samples.tsv";

struct command {
    const char *demo, *from, *cell, *svg;
    uint64_t seed;
};

/* The pictures. */

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

/* For free(); NULL: no memory. */
static char *figure_data(const struct answers *a)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    demo_figure_data(a->cell->times, a->cell->n, &a->blocks, out);
    return text_close(out, &text);
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
    struct screen screen = demo_screen();
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
        demo_show(&screen, a);
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
    if (from) {
        snprintf(out, size, "%s", from);
        return holds_run(from) ? EXIT_DONE : EXIT_USAGE;
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
    int status = find_recording(c->from, dir, sizeof(dir));

    if (status)
        return status;
    if (read_run(dir, &recording))
        return EXIT_BROKEN;
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
