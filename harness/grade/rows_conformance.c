/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which programs check a model, and what a sanitizer's report is worth. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/grade/rows.h"
#include "harness/grade/runners.h"

enum { DEADLINE_S = 30, SANITIZER_POINTS = 3 };

static int start(const struct grade *g, const struct compiled *c,
                 enum runner which, char *program, struct rows_run *run,
                 char *why, size_t size)
{
    char *argv[] = {program,
                    "--json",
                    "--model-file",
                    "./" COMPILE_OBJECT,
                    "--patience",
                    which == RUNNER_PLAIN ? "4" : "8",
                    g->kind ? "--kind" : NULL,
                    (char *)g->kind,
                    NULL};

    return rows_start(run, c, argv, DEADLINE_S, which == RUNNER_THREAD, why,
                      size);
}

int rows_conformance(struct grade *g, const struct compiled *c, char *why,
                     size_t size)
{
    char program[PATH_MAX];
    struct rows_run run;
    int error = runner_find(RUNNER_PLAIN, program, why, size);

    if (!error)
        error = start(g, c, RUNNER_PLAIN, program, &run, why, size);
    if (error)
        return error;
    error = rows_add_all(g, &run, 1);
    rows_end(&run);
    return error;
}

/* Words of a sanitizer, in what a failed check has seen. */
static bool is_report(const char *seen)
{
    static const char *const words[] = {"Sanitizer", "runtime error", "leaked",
                                        "data race"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strstr(seen, words[i]))
            return true;
    return false;
}

static void judge(struct grade_row *row, struct rows_run *run)
{
    json_t *line;

    row->end = GRADE_PASSED;
    while ((line = rows_next(run))) {
        if (row->end == GRADE_PASSED && is_report(rows_text(line, "seen"))) {
            row->end = GRADE_FAILED;
            rows_copy(row, line);
        }
        json_decref(line);
    }
    if (row->end != GRADE_PASSED)
        return;
    if (run->checks) {
        snprintf(row->seen, sizeof(row->seen), "no report in %u checks%s",
                 run->checks,
                 run->finished ? "" : ", which did not come to their end");
    } else {
        row->end = GRADE_SKIPPED;
        rows_first_words(run, row->seen, sizeof(row->seen));
    }
}

/* Compiles it once more; NULL in ret->object: `row` says why not. */
static int compile_for(struct grade *g, struct grade_row *row, enum build build,
                       struct compiled *ret, char *why, size_t size)
{
    int error = compile(&g->submission, g->headers, build, ret, why, size);

    if (error || ret->object)
        return error;
    row->end = GRADE_SKIPPED;
    snprintf(row->seen, sizeof(row->seen), "%s", ret->said);
    return 0;
}

int rows_sanitizer(struct grade *g, enum build build, char *why, size_t size)
{
    bool thread = build == BUILD_THREAD;
    enum runner which = thread ? RUNNER_THREAD : RUNNER_ADDRESS;
    struct grade_row *row =
        rows_add(g,
                 thread ? "ThreadSanitizer"
                        : "AddressSanitizer, UndefinedBehaviorSanitizer",
                 SANITIZER_POINTS);
    char program[PATH_MAX];
    struct compiled c;
    struct rows_run run;
    int error;

    if (!row)
        return -ENOMEM;
    row->end = GRADE_SKIPPED;
    snprintf(row->seen, sizeof(row->seen), "%s", g->stops ? g->stops : "");
    if (g->stops || runner_find(which, program, row->seen, sizeof(row->seen)))
        return 0;
    error = compile_for(g, row, build, &c, why, size);
    if (error || !c.object)
        return error;
    error = start(g, &c, which, program, &run, why, size);
    if (!error && run.result.end == BOX_INTERRUPTED)
        error = -EINTR;
    if (!error)
        judge(row, &run);
    rows_end(&run);
    compile_finish(&c);
    return error;
}
