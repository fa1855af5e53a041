/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_CHECK_H
#define BATON_HARNESS_CLI_CHECK_H

#include "harness/sample/builds.h"
#include "harness/check/check.h"
#include "harness/sample/command.h"
#include "harness/check/verdict.h"
#include "harness/cli/cli.h"

/* What `baton check` was asked for. */
struct comparison {
    struct asked asked; /* budget 0: 9 s for each cell; of a part: a cell's */
    const char *base, *cand;             /* builds; NULL: this program */
    const char *base_cell, *cand_cell;   /* or two cells of one build */
    char **base_command, **cand_command; /* or two commands, NULL at the end */
    const char *names[2]; /* of the commands; NULL: the program's */
    const char *output;   /* of commands: "pipe" (NULL), "null", or a file */
    unsigned variants;    /* of each side; 0: one build, or command */
    const char *cells;    /* patterns; NULL: the suite */
    struct rules rules;
    bool strict;
};

/*
 * The cells that are checked: of a suite that is quick enough for hundreds of
 * samples, those that match a pattern of --cells, or the cells themselves that
 * it names.  `cand` is left empty unless base and candidate are two cells.
 * EXIT_DONE, or the exit status after complaining.
 */
int comparison_plan(const struct comparison *asked, struct plan *base,
                    struct plan *cand);

/*
 * Where a side is a folder: its variants, whose paths base and cand are then,
 * with "{n}" in them, or its only build.  EXIT_DONE, or EXIT_USAGE after
 * complaining.
 */
int comparison_find_variants(struct comparison *g);

/* A check under way: what it writes, and what is kept for the verdict. */
struct comparing {
    const struct comparison *asked;
    struct recorder recorder;
    struct plan plan, cand_plan;
    uint64_t hash;         /* of all cells, those of other parts included */
    size_t all;            /* how many these are; 0: of commands */
    uint64_t budget_ns;    /* of the cells that are measured here */
    uint64_t waited_ns;    /* for other parts on this host */
    int lock;              /* or -1 */
    struct builds *builds; /* one of the two */
    struct commands *commands;
    struct taker *taker;
    const char *patterns; /* of a self-test's cells; NULL: of no self-test */
    unsigned trial;
    bool left_said; /* that a command leaves processes running */
    bool one_speed; /* see machine_disable_store_bypass() */
};

/*
 * Everything up to the first sample; a budget that was not given is settled.
 * EXIT_DONE, or the exit status after complaining.  comparison_close() in any
 * case.
 */
int comparison_open(struct comparison *asked, const char *name,
                    const char *patterns, struct comparing *ret);

/* Takes the samples of one check; 0 or -errno after complaining. */
int comparison_run(struct comparing *run, struct check *check);
void comparison_close(struct comparing *run);

/* On standard output, as JSON where that was asked for; the exit status. */
int print_verdict(const struct verdict *v, const struct comparison *asked,
                  bool colour);
/*
 * Writes verdict.json, summary.md, junit.xml, base.json and cand.json into
 * `dir` and prints the verdict.  The exit status.
 */
/* Where a part is, and what it is for; EXIT_FINDING: a result was wrong. */
int comparison_part(const struct comparing *run);
int comparison_publish(const char *dir, const struct recording *r,
                       const struct verdict *v, const struct comparison *asked);

/*
 * The certificate once more, from a self-test's samples, and the files that are
 * made from them in `dir`.  The exit status.
 */
int self_test_replay(const char *dir, const struct recording *r, bool json);

/* The exit status. */
int self_test(struct comparison *asked, uint64_t time_ns);

#endif
