/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grades a model that someone has written: a file, compiled and run in a box.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/grade/grade.h"
#include "harness/process/interrupt.h"
#include "harness/results/json.h"

struct command {
    const char *file, *kind;
    bool json, all;
};

static const struct option_row rows[] = {
    {"json", NULL, "Print the grade as JSON", OPTION_ON,
     offsetof(struct command, json), 0, NULL, 'j'},
    {"kind", "counting|connections|relay|sleeping",
     "Only the checks of this kind of work", OPTION_TEXT,
     offsetof(struct command, kind), 0, NULL, 'k'},
    {"all", NULL, "Print all checks, also those that passed", OPTION_ON,
     offsetof(struct command, all), 0, NULL, 'a'},
    {0},
};

static void take_file(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    if (c->file)
        argp_error(state, "one file at a time: %s is a second one", arg);
    c->file = arg;
}

enum { WIDTH = 79, INDENT = 10 };

/* A text whose lines begin below its first one. */
static void print_wrapped(const char *head, const char *text)
{
    size_t at = (size_t)printf("%*s%-9s", INDENT, "", head);

    while (*text) {
        size_t len = strcspn(text, " ");

        if (at + len + 1 > WIDTH && at > INDENT + 9)
            at = (size_t)printf("\n%*s", INDENT + 9, "") - 1;
        at += (size_t)printf(" %.*s", (int)len, text);
        text += len + strspn(text + len, " ");
    }
    putchar('\n');
}

static void print_row(const struct grade_row *row, const char *last_look)
{
    bool counts = row->end == GRADE_PASSED || row->end == GRADE_FAILED;
    char points[32] = "  -";

    if (counts)
        snprintf(points, sizeof(points), "%u/%u",
                 row->end == GRADE_PASSED ? row->points : 0, row->points);
    printf("%-8s  %s%s%s%s\n", points, row->check, counts ? "" : " (",
           counts ? "" : grade_end_name(row->end), counts ? "" : ")");
    if (row->seen[0])
        print_wrapped(counts ? "seen" : "because", row->seen);
    if (row->look[0] && strcmp(row->look, last_look) != 0)
        print_wrapped("look at", row->look);
}

static void print_box(const struct box_protections *holds)
{
    printf("Compiled and run in a box: as %s;\n"
           "with processes, mounts, network and IPC of its own; all but a "
           "folder of 64 MiB\nis read-only; at most %d processes (%s).\n\n",
           holds->other_user ? "another user"
                             : "this user, whose files it can read",
           BOX_PROCESSES, holds->cgroup ? "cgroup" : "RLIMIT_NPROC");
    fflush(stdout);
}

/* On a terminal: in place of the last one. */
static void print_step(const char *what)
{
    fprintf(stderr, "\r\033[K%s%s", what, *what ? " ..." : "");
    fflush(stderr);
}

static bool is_worth_a_line(const struct grade_row *row)
{
    return row->end == GRADE_FAILED || row->end == GRADE_SKIPPED ||
           (row->end == GRADE_PASSED && row->seen[0]);
}

static void print_rest(const struct grade *g)
{
    unsigned passed = 0, others = 0;
    char points[32];

    for (size_t i = 0; i < g->n; i++) {
        passed += g->rows[i].end == GRADE_PASSED && !g->rows[i].seen[0]
                      ? g->rows[i].points
                      : 0;
        others += g->rows[i].end == GRADE_NOT_ASKED;
    }
    snprintf(points, sizeof(points), "%u/%u", passed, passed);
    if (passed)
        printf("%-8s  all other checks\n", points);
    if (others)
        printf("          (%u check%s not for this model; --all lists all "
               "checks)\n",
               others, others == 1 ? " is" : "s are");
}

static void print_grade(const struct grade *g, bool all)
{
    unsigned got, of;
    const char *last_look = "";

    puts("points    check");
    for (size_t i = 0; i < g->n; i++)
        if (all || is_worth_a_line(&g->rows[i])) {
            print_row(&g->rows[i], last_look);
            last_look = g->rows[i].look;
        }
    if (!all)
        print_rest(g);
    grade_sum(g, &got, &of);
    printf("%u/%u in all for %s (%s)\n", got, of, g->submission.name,
           g->submission.model);
}

static int show(const struct grade *g, const struct command *c)
{
    unsigned got, of;

    grade_sum(g, &got, &of);
    if (c->json) {
        char *text = json_line(grade_json(g), JSON_INDENT(2));

        if (output_text(NULL, text))
            return EXIT_BROKEN;
        free(text);
    } else {
        print_grade(g, c->all);
    }
    return got < of ? EXIT_FINDING : EXIT_DONE;
}

/* For a program that reads the grades of a class. */
static int refuse(const struct command *c, const char *why)
{
    json_t *root = json_object();
    char *text;

    if (c->json) {
        json_set_text(root, "file", c->file);
        json_set_u64(root, "points", 0);
        json_set_u64(root, "of", 0);
        json_set_text(root, "refused", why);
        text = json_line(root, JSON_INDENT(2));
        output_text(NULL, text);
        free(text);
    } else {
        json_decref(root);
    }
    return complain_usage("%s: %s", c->file, why);
}

static int grade(const struct command *c)
{
    bool follows = takes_escapes(STDERR_FILENO);
    const struct grade_progress progress = {c->json ? NULL : print_box,
                                            follows ? print_step : NULL};
    struct grade g;
    char why[512];
    int error, status;

    interrupt_catch();
    error = grade_file(c->file, c->kind, &progress, &g, why, sizeof(why));
    if (follows)
        print_step("");
    if (error == -EINVAL)
        status = refuse(c, why);
    else if (error)
        status = complain_broken("%s was not graded: %s", c->file, why);
    else
        status = show(&g, c);
    grade_finish(&g);
    return status;
}

static bool is_kind(const char *name)
{
    for (size_t i = 0; i < n_kinds; i++)
        if (strcmp(kind_list[i]->name, name) == 0)
            return true;
    return false;
}

int cli_grade(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows},
        .argument = take_file,
        .args = "FILE.c",
        .doc = "Compiles a model, a single C file, and runs all checks with it "
               "in a box: conformance, faults, what is left open, schedules, "
               "sanitizers. "
               "docs/classroom.md says what the box holds.\v"
               "Exit status: 0 all points; 1 some are missing; 4 the file is "
               "not one model; 5 it could not be graded.\n\n"
               "Examples:\n  baton grade mine.c\n"
               "  baton grade mine.c --kind counting --json",
    };
    struct command c = {0};

    if (!options_read(&options, argc, argv, &c))
        return EXIT_USAGE;
    if (!c.file)
        return complain_usage("grade needs a file: baton grade mine.c");
    if (c.kind && !is_kind(c.kind))
        return complain_usage("there is no kind of work '%s'; `baton list` "
                              "shows them",
                              c.kind);
    return grade(&c);
}
