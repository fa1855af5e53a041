/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/measure/order.h"
#include "harness/cli/cli.h"
#include "harness/results/formats.h"
#include "harness/results/text.h"

struct command {
    const char *dir, *out;
    const char *to, *side; /* as they were given */
    int format;            /* enum format */
};

static void take_directory(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (c->dir)
        argp_error(state, "one directory at a time; '%s' is too much", arg);
    c->dir = arg;
}

static const struct option_row rows[] = {
    {"to", "gbench-cells|bencher|benchstat|csv", "The format (needed)",
     OPTION_TEXT, offsetof(struct command, to), 0, NULL, 't'},
    {"out", "FILE", "Write there (default: standard output)", OPTION_TEXT,
     offsetof(struct command, out), 0, NULL, 'o'},
    {"arm", "base|cand|copy",
     "Of a check, these samples only (default: cand; all of them for benchstat "
     "and csv)",
     OPTION_TEXT, offsetof(struct command, side), 0, NULL, 'a'},
    {0},
};

/* EXIT_DONE, or EXIT_USAGE after complaining. */
static int read_given(struct command *c)
{
    if (!c->dir || !c->to)
        return complain_usage(c->dir
                                  ? "which format? --to gbench-cells, bencher, "
                                    "benchstat, or csv"
                                  : "which run? the directory that holds its "
                                    "samples.tsv");
    if (c->side && side_find(c->side) < 0)
        return complain_unknown("arm", c->side, side_names, SIDE_N);
    c->format = text_index(format_names, FORMAT_N, c->to);
    if (c->format >= 0)
        return EXIT_DONE;
    return complain_unknown("format", c->to, format_names, FORMAT_N);
}

/* The samples are nowhere else. */
static int check_out(const struct command *c)
{
    if (output_keeps(c->out, c->dir))
        return EXIT_DONE;
    return complain_usage("%s is %s: choose another --out",
                          c->out ? c->out : "standard output",
                          "a file with the samples of a run");
}

static int load(const struct command *c, struct recording *r)
{
    if (read_run(c->dir, r))
        return EXIT_BROKEN;
    if (r->skipped)
        complain("%s/samples.tsv: %zu lines could not be read", c->dir,
                 r->skipped);
    if (format_is_of_cells((enum format)c->format) &&
        recording_u64(r, "self_test"))
        return complain_usage(
            "%s holds a self-test, whose trials are checks of their own: %s "
            "has one number for a cell; --to csv has all samples",
            c->dir, c->to);
    if (!c->side || recording_has_sides(r))
        return EXIT_DONE;
    return complain_usage(
        "%s is no check's run, so none of its samples has a side: leave out "
        "--arm",
        c->dir);
}

static void complain_left_out(const char *lines)
{
    while (*lines) {
        size_t len = strcspn(lines, "\n");

        complain("%.*s", (int)len, lines);
        lines += len + 1;
    }
}

static int write_formatted(const struct command *c, const struct formatted *f)
{
    complain_left_out(f->left_out);
    if (!f->text)
        return complain_broken(
            "%s has no right sample%s%s in any round: there is nothing to "
            "export",
            c->dir, c->side ? " of " : "", c->side ? c->side : "");
    return output_text(c->out, f->text) ? EXIT_BROKEN : EXIT_DONE;
}

static int export(const struct command *c)
{
    struct recording r = {0};
    struct formatted f = {0};
    int status = check_out(c), error;

    if (!status)
        status = load(c, &r);
    if (!status) {
        error = format_recording((enum format)c->format, &r, c->side, &f);
        if (error)
            complain("cannot export %s: %s", c->dir, strerror(-error));
        status = error ? EXIT_BROKEN : write_formatted(c, &f);
    }
    formatted_finish(&f);
    recording_finish(&r);
    return status;
}

int cli_export(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .args = "DIR",
        .argument = take_directory,
        .doc =
            "Writes the samples of the run in DIR as other tools read them: "
            "gbench-cells, Google Benchmark's JSON with one row, the medians, "
            "for each cell; bencher, Bencher Metric Format; benchstat, the "
            "text of Go's benchmarks, a line for each sample; csv, all columns "
            "of samples.tsv. Times are nanoseconds of one iteration. A cell "
            "that was wrong is left out, and named.\v"
            "Examples:\n"
            "  baton export baton-results/20260102T030405Z-counter --to "
            "bencher\n"
            "  baton export monday --to benchstat > monday.txt\n"
            "  benchstat -col /model monday.txt\n"
            "  baton export checked --to gbench-cells --arm base --out "
            "base.json\n"
            "  baton export monday --to csv --out monday.csv\n\n"
            "In csv, the columns parameters and text stand last and in quotes, "
            "so "
            "that `awk -F,' finds all the others.",
    };
    struct command c = {0};

    if (!options_read(&options, argc, argv, &c) || read_given(&c))
        return EXIT_USAGE;
    return export(&c);
}
