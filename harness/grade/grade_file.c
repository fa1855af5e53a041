/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/grade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/grade/headers.h"
#include "harness/grade/rows.h"
#include "harness/results/json.h"

/* A submission that prints forged lines cannot use up the memory. */
enum { MOST_ROWS = 1000 };

struct grade_row *rows_add(struct grade *g, const char *check, unsigned points)
{
    struct grade_row *more =
        g->n < MOST_ROWS ? realloc(g->rows, (g->n + 1) * sizeof(*more)) : NULL;

    if (!more)
        return NULL;
    g->rows = more;
    more += g->n++;
    *more = (struct grade_row){.points = points};
    snprintf(more->check, sizeof(more->check), "%s", check);
    return more;
}

static int add_compiled(struct grade *g, const struct compiled *c)
{
    struct grade_row *row = rows_add(g, "the file compiles", 1);

    if (!row)
        return -ENOMEM;
    row->end = c->object ? GRADE_PASSED : GRADE_FAILED;
    if (c->warnings)
        snprintf(row->seen, sizeof(row->seen), "%u warning%s; the first: %s",
                 c->warnings, c->warnings == 1 ? "" : "s", c->said);
    if (!c->object) {
        snprintf(row->seen, sizeof(row->seen), "%s", c->said);
        snprintf(row->look, sizeof(row->look),
                 "the first message of the compiler; later ones may follow "
                 "from it");
    }
    return 0;
}

static void tell(const struct grade *g, const char *what)
{
    if (g->progress->step)
        g->progress->step(what);
}

static int run_checks(struct grade *g, const struct compiled *plain, char *why,
                      size_t size)
{
    int error;

    tell(g, "conformance");
    error = rows_conformance(g, plain, why, size);
    tell(g, "schedules");
    if (!error)
        error = rows_hostile(g, why, size);
    tell(g, "AddressSanitizer");
    if (!error)
        error = rows_sanitizer(g, BUILD_ADDRESS, why, size);
    tell(g, "ThreadSanitizer");
    return error ? error : rows_sanitizer(g, BUILD_THREAD, why, size);
}

static int run_all(struct grade *g, char *why, size_t size)
{
    struct compiled plain;
    int error;

    tell(g, "the compiler");
    error = compile(&g->submission, g->headers, BUILD_PLAIN, &plain, why, size);
    if (error)
        return error;
    error = add_compiled(g, &plain);
    if (!error && plain.object)
        error = run_checks(g, &plain, why, size);
    compile_finish(&plain);
    return error;
}

int grade_file(const char *path, const char *kind,
               const struct grade_progress *progress, struct grade *ret,
               char *why, size_t size)
{
    int error;

    *ret = (struct grade){.kind = kind, .progress = progress};
    error = submission_read(path, &ret->submission, why, size);
    if (error)
        return -EINVAL;
    if (headers_find(ret->headers)) {
        snprintf(why, size, "models/model.h did not come with this program");
        return -ENOENT;
    }
    if (box_probe(&ret->holds)) {
        snprintf(why, size, "what is not trusted cannot be run here: %s (%s)",
                 ret->holds.missing, "docs/classroom.md has the remedies");
        return -ECANCELED;
    }
    if (progress->begin)
        progress->begin(&ret->holds);
    why[0] = '\0';
    error = run_all(ret, why, size);
    if (error == -EINTR)
        snprintf(why, size, "a signal came");
    if (error && !why[0])
        snprintf(why, size, "%s", strerror(-error));
    return error == -EINVAL ? -EIO : error;
}

void grade_finish(struct grade *g)
{
    submission_finish(&g->submission);
    free(g->rows);
    g->rows = NULL;
    g->n = 0;
}

void grade_sum(const struct grade *g, unsigned *ret_got, unsigned *ret_of)
{
    *ret_got = *ret_of = 0;
    for (size_t i = 0; i < g->n; i++) {
        const struct grade_row *row = &g->rows[i];

        if (row->end == GRADE_PASSED || row->end == GRADE_FAILED)
            *ret_of += row->points;
        *ret_got += row->end == GRADE_PASSED ? row->points : 0;
    }
}

const char *grade_end_name(enum grade_end end)
{
    static const char *const names[] = {"passed", "failed", "skipped",
                                        "not applicable"};

    return names[end];
}

static json_t *json_of_row(const struct grade_row *row)
{
    json_t *object = json_object();

    json_set_text(object, "check", row->check);
    json_set_text(object, "result", grade_end_name(row->end));
    json_set_u64(object, "points", row->end == GRADE_PASSED ? row->points : 0);
    json_set_u64(object, "of", row->points);
    json_set_text(object, "seen", row->seen);
    json_set_text(object, "look_at", row->look);
    return object;
}

json_t *grade_json(const struct grade *g)
{
    json_t *root = json_object(), *rows = json_array();
    unsigned got, of;

    grade_sum(g, &got, &of);
    for (size_t i = 0; i < g->n; i++)
        json_array_append_new(rows, json_of_row(&g->rows[i]));
    json_set_text(root, "file", g->submission.name);
    json_set_text(root, "model", g->submission.model);
    json_set_u64(root, "points", got);
    json_set_u64(root, "of", of);
    json_object_set_new(
        root, "box",
        json_pack("{s:b, s:b, s:b, s:s}", "other_user", g->holds.other_user,
                  "namespaces", g->holds.namespaces, "pids_cgroup",
                  g->holds.cgroup, "missing", g->holds.missing));
    json_object_set_new(root, "checks", rows);
    return root;
}
