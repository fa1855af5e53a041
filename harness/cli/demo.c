/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `baton demo NAME`: a demonstration for a class, page by page. */
#include "harness/cli/demo.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/predict.h"
#include "harness/report/gnuplot.h"
#include "harness/results/data.h"
#include "harness/results/text.h"

static const struct demo *const demos[] = {&demo_buffer, &demo_cooperative,
                                           &demo_hog,    &demo_lock,
                                           &demo_noise,  &demo_race};
enum { DEMOS = sizeof(demos) / sizeof(demos[0]) };

struct command {
    struct asked asked;
    const char *demo, *from, *cell, *svg;
    bool live;
};

/* Draws for `terminal`; for free(), or NULL after complaining. */
static char *draw(const struct show *s, const char *terminal)
{
    char *data = NULL, *picture = NULL, columns[16], rows[16], why[512] = "";
    const char *name = s->demo->script;
    char *title = (char *)s->demo->title;
    char *sized[] = {columns, rows, NULL};
    char *titled[] = {(char *)name, title, columns, NULL};
    size_t size;
    FILE *out = open_memstream(&data, &size);
    int error = out ? s->demo->figure(s, out) : -ENOMEM;

    /* A page has text above the figure and the prompt below it. */
    snprintf(rows, sizeof(rows), "%u", MIN(MAX(s->look.rows, 21u) - 6, 32u));
    snprintf(columns, sizeof(columns), "%u",
             MIN(MAX(s->look.columns, 60u), 160u));
    if (out && !text_close(out, &data))
        error = -ENOMEM;
    if (!error)
        error = gnuplot_draw(name, name, data, terminal, title ? titled : sized,
                             &picture, why, sizeof(why));
    free(data);
    if (error)
        complain("the figure could not be drawn: %s",
                 why[0] ? why : strerror(-error));
    return picture;
}

static int write_svg(const struct show *s, const char *path)
{
    char *picture = draw(s, "svg");
    int error = picture ? output_text(path, picture) : -EIO;

    free(picture);
    return error;
}

/* The samples, live or recorded: EXIT_DONE, or after complaining. */
static int read_samples(const struct command *c, struct show *s)
{
    char path[PATH_MAX], file[96];
    const char *dir = c->from;
    int error;

    if (dir && !holds_run(dir))
        return EXIT_USAGE;
    snprintf(file, sizeof(file), "%s%s/samples.tsv",
             s->demo->recorded ? s->demo->recorded : "results/demos/",
             s->demo->recorded ? "" : s->demo->name);
    if (!dir && data_path(file, path, sizeof(path)))
        return complain_broken(
            "%s is not there; it belongs beside the program or in "
            "../share/baton; --from DIR replays another recording",
            file);
    if (!dir)
        *strrchr(path, '/') = '\0';
    if (read_run(dir ? dir : path, &s->record.recording))
        return EXIT_BROKEN;
    error = traces_read(dir ? dir : path, &s->record.traces);
    if (error)
        return complain_broken("%s/events.tsv cannot be read: %s",
                               dir ? dir : path, strerror(-error));
    return EXIT_DONE;
}

/* *again: the demo is to be measured now. */
static int play(const struct command *c, struct show *s, bool *again)
{
    if (c->svg && write_svg(s, c->svg))
        return EXIT_BROKEN;
    *again = demo_pages(s, s->live ? 0 : demo_seconds(s, &c->asked));
    return EXIT_DONE;
}

static int prepare(struct show *s)
{
    int status = EXIT_DONE;

    if (table_build(&s->table, s->record.recording.samples,
                    s->record.recording.n))
        return complain_broken("out of memory");
    if (s->demo->rounds)
        status = demo_check(s);
    if (!status && s->demo->prepare)
        status = s->demo->prepare(s);
    return status;
}

static void choose_claims(struct show *s)
{
    char id[48];
    size_t len = (size_t)snprintf(id, sizeof(id), "demo-%s", s->demo->name);

    for (size_t i = 0; i < s->claims.n; i++) {
        struct claim *c = &s->claims.items[i];

        if (strncmp(c->id, id, len) == 0 && strchr("-", c->id[len]))
            c->flags |= CLAIM_CHOSEN;
    }
}

static int read_demo(const struct command *c, struct show *s, bool live)
{
    char why[512] = "";
    int status;

    /* The pages are of these claims, whatever is installed. */
    if (claims_read(NULL, &s->claims, why, sizeof(why)))
        return complain_broken("%s", why);
    choose_claims(s);
    if (live)
        fprintf(stderr, "Measuring: about %.0f s.\n",
                demo_seconds(s, &c->asked));
    status = live ? demo_measure(s, &c->asked) : read_samples(c, s);
    return status ? status : prepare(s);
}

static int show(const struct command *c, const struct demo *demo, bool live,
                bool *again)
{
    struct show s = {.demo = demo,
                     .look = demo_look(),
                     .asked = &c->asked,
                     .seed = c->asked.seed,
                     .cell = c->cell};
    int status = read_demo(c, &s, live);

    /* Without gnuplot only the text is shown. */
    if (!status && demo->draws)
        s.picture = draw(&s, "dumb");
    if (!status)
        status = play(c, &s, again);
    free(s.picture);
    if (demo->finish)
        demo->finish(&s);
    table_finish(&s.table);
    traces_finish(&s.record.traces);
    recording_finish(&s.record.recording);
    claims_finish(&s.claims);
    return status;
}

#define TEXT(member) OPTION_TEXT, offsetof(struct command, member), 0, NULL

static const struct option_row rows[] = {
    {"from", "DIR",
     "Replay the run in DIR (default: one that comes with the program)",
     TEXT(from), 'f'},
    {"live", NULL, "Measure on this machine now; it takes some seconds",
     OPTION_ON, offsetof(struct command, live), 0, NULL, 'l'},
    OPTION_ROW_ROUNDS("With --live: rounds (default: each demo's own)"),
    {"out", "DIR",
     "With --live: the samples go here (default: baton-results/UTC-NAME)",
     OPTION_TEXT, ASKED(out), 0, NULL, 'o'},
    {"cell", "NAME",
     "noise: the cell to replay, of several (without this they are listed)",
     TEXT(cell), 'c'},
    {"seed", "S",
     "noise: seed for assigning A and B within each pair (default: 1); with "
     "--live: of the order of the samples",
     OPTION_NUMBER, ASKED(seed), ASKED(seeded), NULL, 's', 0, UINT32_MAX},
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

static const char *mixture(const void *command)
{
    const struct command *c = command;

    if (c->live && c->from)
        return "--from replays a recording, and --live measures: choose one";
    if (!c->live && (c->asked.rounds || c->asked.out))
        return "--rounds and --out go with --live";
    return NULL;
}

/* The names of all demos and what each shows; for free(). */
static void print_help(const void *unused, FILE *out)
{
    (void)unused;
    fputs("Shows a step-by-step demonstration with recorded samples, or "
          "measures them now. On a terminal it waits for Enter after each "
          "step, and asks for guesses and hands.\n\nDemos:",
          out);
    for (size_t i = 0; i < DEMOS; i++) {
        const char *text = demos[i]->summary, *end = strchr(text, '\n');

        fprintf(out, "\n  %-12s  %.*s", demos[i]->name,
                end ? (int)(end - text) : 80, text);
        if (end)
            fprintf(out, "\n                %s", end + 1);
    }
    fputs("\vExamples:\n"
          "  baton demo noise\n  baton demo noise --seed 2\n"
          "  baton demo race --live\n"
          "  baton demo race --svg race.svg > race.txt\n"
          "  baton run counter --models sequential --rounds 400 --out mine\n"
          "  baton demo noise --from mine",
          out);
}

static const struct demo *choose_demo(const char *name)
{
    const char *names[DEMOS];

    for (size_t i = 0; i < DEMOS; i++)
        names[i] = demos[i]->name;
    for (size_t i = 0; name && i < DEMOS; i++)
        if (strcmp(names[i], name) == 0)
            return demos[i];
    if (name)
        complain_unknown("demo", name, names, DEMOS);
    else
        complain("which demo? `baton demo %s` is one, `baton demo --help` "
                 "lists all",
                 demo_noise.name);
    return NULL;
}

static bool asks_number(const struct demo *demo)
{
    for (size_t i = 0; i < demo->n_pages; i++)
        if (demo->pages[i].question && !demo->pages[i].question->choices)
            return true;
    return false;
}

static int run_demo(const struct command *c)
{
    const struct demo *demo = choose_demo(c->demo);
    bool again = false;
    int status;

    if (!demo)
        return EXIT_USAGE;
    if (c->live && !demo->rounds)
        return complain_usage("%s has no --live: --from DIR replays samples of "
                              "this machine (see the examples of --help)",
                              demo->name);
    if (predict_wanted(&c->asked) && !asks_number(demo))
        return complain_usage("%s asks for no number that could be predicted",
                              demo->name);
    status = show(c, demo, c->live, &again);
    return again ? show(c, demo, true, &again) : status;
}

int cli_demo(int argc, char *argv[])
{
    char *doc = text_of(print_help, NULL);
    const struct options options = {.tables = {rows},
                                    .common = COMMON_PREDICT,
                                    .args = "DEMO",
                                    .argument = take_demo,
                                    .mixture = mixture,
                                    .doc = doc};
    struct command c = {.asked.seed = 1};
    int status = EXIT_USAGE;

    if (!doc)
        return complain_broken("out of memory");
    if (options_read(&options, argc, argv, &c))
        status = run_demo(&c);
    free(doc);
    return status;
}
