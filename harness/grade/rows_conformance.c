/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which programs check a model, and what a sanitizer's report is worth. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/grade/headers.h"
#include "harness/grade/rows.h"
#include "harness/grade/runners.h"
#include "workloads/kinds/kind.h"

enum { SANITIZER_POINTS = 3, HOSTILE_POINTS = 3, HOSTILE_S = 40 };

/* The kinds of work that were asked for, one after another; NULL ends them. */
static const struct kind *next_kind(const struct grade *g, size_t *i)
{
    while (*i < n_kinds) {
        const struct kind *kind = kind_list[(*i)++];

        if (!g->kind || strcmp(g->kind, kind->name) == 0)
            return kind;
    }
    return NULL;
}

/* Right models wait for seconds in other kinds than counting. */
static int start(const struct compiled *c, const struct kind *kind,
                 enum runner which, char *program, struct rows_run *run,
                 char *why, size_t size)
{
    bool quick = kind == &kind_counting;
    char *argv[] = {program,
                    "--json",
                    "--model-file",
                    "./" COMPILE_OBJECT,
                    "--kind",
                    (char *)kind->name,
                    quick ? "--patience" : NULL,
                    which == RUNNER_PLAIN ? "4" : "8",
                    NULL};

    return rows_start(run, c, argv, quick ? 30 : 150, which == RUNNER_THREAD,
                      why, size);
}

int rows_conformance(struct grade *g, const struct compiled *c, char *why,
                     size_t size)
{
    const struct kind *kind;
    char program[PATH_MAX];
    struct rows_run run;
    size_t i = 0;
    int error = runner_find(RUNNER_PLAIN, program, why, size);

    while (!error && !g->stops && (kind = next_kind(g, &i))) {
        error = start(c, kind, RUNNER_PLAIN, program, &run, why, size);
        if (!error)
            error = rows_add_all(g, &run, 1);
        rows_end(&run);
    }
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

/* The plain program came to its end: this one needs more, or does not start. */
static void tell_unfinished(struct grade_row *row, const struct rows_run *run)
{
    char end[128], words[300];

    box_describe_end(&run->box, &run->result, end, sizeof(end));
    rows_first_words(run, words, sizeof(words));
    row->end = GRADE_SKIPPED;
    snprintf(row->seen, sizeof(row->seen),
             "%s after %u checks without a report%s%s", end, run->checks,
             *words ? "; " : "", words);
}

/* The first report of a run, if it has one. */
static int judge(struct grade_row *row, struct rows_run *run, unsigned *checks)
{
    json_t *line;

    if (run->result.end == BOX_INTERRUPTED)
        return -EINTR;
    while ((line = rows_next(run))) {
        if (row->end == GRADE_PASSED && is_report(rows_text(line, "seen"))) {
            row->end = GRADE_FAILED;
            rows_copy(row, line);
        }
        json_decref(line);
    }
    *checks += run->checks;
    if (row->end == GRADE_PASSED && !run->finished)
        tell_unfinished(row, run);
    return 0;
}

static int run_kinds(struct grade *g, struct grade_row *row,
                     const struct compiled *c, enum runner which, char *program,
                     char *why, size_t size)
{
    const struct kind *kind;
    struct rows_run run;
    unsigned checks = 0;
    size_t i = 0;
    int error = 0;

    row->end = GRADE_PASSED;
    while (!error && row->end == GRADE_PASSED && (kind = next_kind(g, &i))) {
        error = start(c, kind, which, program, &run, why, size);
        if (!error)
            error = judge(row, &run, &checks);
        rows_end(&run);
    }
    if (row->end == GRADE_PASSED)
        snprintf(row->seen, sizeof(row->seen), "no report in %u checks",
                 checks);
    return error;
}

/* Whether a schedule has found what it should not. */
static bool loses(const struct grade *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->rows[i].end == GRADE_FAILED &&
            strncmp(g->rows[i].check, "schedule:", strlen("schedule:")) == 0)
            return true;
    return false;
}

/* Accesses of the counter are atomic, so that there is no race to report. */
static void tell_blind(struct grade_row *row)
{
    row->end = GRADE_SKIPPED;
    snprintf(row->seen, sizeof(row->seen),
             "it has no report, but it does not see an update that is lost "
             "between counter_load() and counter_store(); the schedules do");
}

int rows_sanitizer(struct grade *g, enum build build, char *why, size_t size)
{
    static const struct {
        const char *name;
        enum runner which;
    } sanitizers[] = {
        [BUILD_ADDRESS] = {"AddressSanitizer, UndefinedBehaviorSanitizer",
                           RUNNER_ADDRESS},
        [BUILD_THREAD] = {"ThreadSanitizer", RUNNER_THREAD},
    };
    struct grade_row *row =
        rows_add(g, sanitizers[build].name, SANITIZER_POINTS);
    enum runner which = sanitizers[build].which;
    char program[PATH_MAX];
    struct compiled c;
    int error;

    if (!row)
        return -ENOMEM;
    row->end = GRADE_SKIPPED;
    snprintf(row->seen, sizeof(row->seen), "%s", g->stops ? g->stops : "");
    if (g->stops || runner_find(which, program, row->seen, sizeof(row->seen)))
        return 0;
    error = compile(&g->submission, g->headers, build, &c, why, size);
    if (error)
        return error;
    snprintf(row->seen, sizeof(row->seen), "%s", c.object ? "" : c.said);
    if (c.object)
        error = run_kinds(g, row, &c, which, program, why, size);
    compile_finish(&c);
    if (build == BUILD_THREAD && row->end == GRADE_PASSED && loses(g))
        tell_blind(row);
    return error;
}

int rows_hostile(struct grade *g, char *why, size_t size)
{
    char program[PATH_MAX];
    char *argv[] = {program, "hostile", "./" COMPILE_OBJECT, NULL};
    struct compiled c;
    struct rows_run run;
    int error;

    if (g->broken || (g->kind && strcmp(g->kind, kind_counting.name) != 0))
        return 0;
    if (program_find("baton-watched", program)) {
        snprintf(why, size, "baton-watched did not come with this program");
        return -ECANCELED;
    }
    error = compile(&g->submission, g->headers, BUILD_WATCHED, &c, why, size);
    if (error || !c.object)
        return error;
    error = rows_start(&run, &c, argv, HOSTILE_S, false, why, size);
    if (!error)
        error = rows_add_all(g, &run, HOSTILE_POINTS);
    rows_end(&run);
    compile_finish(&c);
    return error;
}
