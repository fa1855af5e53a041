/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the parts of one run, or the runs of several hosts. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/cli/cli.h"
#include "harness/results/array.h"
#include "harness/results/clean.h"
#include "harness/results/merge.h"

struct command {
    struct asked asked;
    const char **dirs; /* for free() */
    size_t n;
};

static void add_dir(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (!ARRAY_ROOM(c->dirs, c->n))
        argp_error(state, "out of memory");
    c->dirs[c->n++] = arg;
}

static int merge(const struct command *c)
{
    char why[1024], to[PATH_MAX];
    bool check;
    int error;

    if (!c->n || !c->asked.out)
        return complain_usage("name the directories of all parts, or of the "
                              "runs of all hosts, and --out DIR for the whole");
    for (size_t i = 0; i < c->n; i++)
        if (!holds_run(c->dirs[i]))
            return EXIT_USAGE;
    error = merge_parts(c->dirs, c->n, c->asked.out, command_line(), &check,
                        why, sizeof(why));
    if (error)
        return error == -EINVAL ? complain_usage("%s", why)
                                : complain_broken("%s", why);
    clean_text(c->asked.out, false, to, sizeof(to));
    printf("Merged %zu recordings: %s\n%s %s\n", c->n, to,
           check ? "Verdict: baton check --replay"
                 : "Report: baton report --from",
           to);
    return EXIT_DONE;
}

int cli_merge(int argc, char *argv[])
{
    static const struct options options = {
        .args = "DIR...",
        .argument = add_dir,
        .common = COMMON_OUT,
        .doc =
            "Joins the parts of one run (--shard K/N of run, report, "
            "verdict or check) to one recording: each part once, in any order. "
            "Nothing is computed. Whole runs of one experiment by "
            "several hosts are joined, too: the report then has the "
            "ratios of each host beside each other.\v"
            "Examples:\n"
            "  baton report --rounds 7 --seed 1 --shard 1/2 --out part1\n"
            "  baton report --rounds 7 --seed 1 --shard 2/2 --out part2\n"
            "  baton merge part1 part2 --out whole\n"
            "  baton report --from whole\n"
            "  baton merge run-of-host-a run-of-host-b --out hosts",
    };
    struct command c = {0};
    int status =
        options_read(&options, argc, argv, &c) ? merge(&c) : EXIT_USAGE;

    free(c.dirs);
    return status;
}
