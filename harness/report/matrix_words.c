/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the matrix amounts to, in sentences, and what was left over. */
#include <inttypes.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "workloads/kinds/outcome.h"

/* What was left over. */

static double value_heap(const struct sample *s)
{
    return (double)s->heap_left_bytes;
}

void matrix_left(const struct matrix *m, const struct table *t,
                 const char *model, struct matrix_left *ret)
{
    const struct entry *e = table_find(t, m->workload, model, m->parameters);

    *ret = (struct matrix_left){0};
    for (unsigned r = 0; e && r < t->rounds; r++) {
        const struct sample *s = e->by_round[r];

        if (!s)
            continue;
        ret->of++;
        ret->samples += s->threads_left || s->fds_left;
        if (s->threads_left > ret->threads)
            ret->threads = s->threads_left;
        if (s->fds_left > ret->fds)
            ret->fds = s->fds_left;
    }
    if (e)
        ret->heap_bytes = table_estimate(e, t->rounds, value_heap).median;
}

bool matrix_leaks(const struct matrix_left *left)
{
    return left->samples * 2 > left->of;
}

bool matrix_is_finding(const struct matrix *m, const struct table *t)
{
    bool finding = !matrix_is_alike(m);

    for (size_t i = 0; i < m->n_models && !finding; i++) {
        struct matrix_left left;

        matrix_left(m, t, m->models[i], &left);
        finding = matrix_leaks(&left);
    }
    return finding;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void print_leak(const struct matrix_left *left, const char *model,
                       FILE *out)
{
    fprintf(out, "%s leaves ", fact_label(model));
    if (left->fds)
        fprintf(out, "%" PRIu64 " descriptor%s", left->fds, plural(left->fds));
    if (left->fds && left->threads)
        fputs(" and ", out);
    if (left->threads)
        fprintf(out, "%" PRIu64 " thread%s", left->threads,
                plural(left->threads));
    fprintf(out, " behind (%u of %u samples)", left->samples, left->of);
}

/* Of the model that leaves most, how much. */
static void print_memory(double bytes, const char *model, bool leaks, FILE *out)
{
    char most[QUANTITY_SIZE];

    quantity_bytes(bytes, most, sizeof(most));
    if (bytes > 0)
        fprintf(out, "; of memory at most %s, by %s", most, fact_label(model));
    else if (leaks)
        fputs("; of memory nothing", out);
}

void matrix_print_left(const struct matrix *m, const struct table *t, FILE *out)
{
    const char *model = "";
    double most = 0;
    size_t n = 0;

    for (size_t i = 0; i < m->n_models; i++) {
        struct matrix_left left;

        matrix_left(m, t, m->models[i], &left);
        if (left.samples) {
            fputs(n++ ? "; " : "", out);
            print_leak(&left, m->models[i], out);
        }
        if (left.heap_bytes > most) {
            most = left.heap_bytes;
            model = m->models[i];
        }
    }
    if (!n)
        fprintf(out, "no descriptor%s is left over",
                most > 0 ? " and no thread" : ", no thread and no memory");
    print_memory(most, model, n > 0, out);
}

/* The finding. */

void matrix_print_task(const struct matrix *m, FILE *out)
{
    const struct entry e = {.workload = m->workload,
                            .parameters = m->parameters};
    char parameters[256];

    fact_parameters(&e, ", ", parameters, sizeof(parameters));
    fprintf(out, "%s%s%s", m->workload, *parameters ? ", " : "", parameters);
}

/* "23 faults and 5 healthy kinds". */
static void print_kinds(const struct matrix *m, FILE *out)
{
    size_t n_faulty = 0, n_healthy;

    for (size_t i = 0; i < m->n_kinds; i++)
        n_faulty += matrix_is_fault(&m->kinds[i]);
    n_healthy = m->n_kinds - n_faulty;
    if (n_faulty)
        fprintf(out, "%zu fault%s", n_faulty, plural(n_faulty));
    if (n_faulty && n_healthy)
        fputs(" and ", out);
    if (n_healthy)
        fprintf(out, "%zu healthy kind%s", n_healthy, plural(n_healthy));
}

static void print_alike(const struct matrix *m, FILE *out)
{
    fputs(m->n_kinds == 1 ? "the " : "each of the ", out);
    print_kinds(m, out);
    if (m->n_models == 1)
        fprintf(out, " got the class that it has to from %s",
                fact_label(m->models[0]));
    else
        fprintf(out,
                " got the same class from all %zu models, and the same bytes "
                "where the server ends the talk",
                m->n_models);
}

/* "reset from sequential (should be truncated)". */
static void print_difference(const struct matrix_kind *k,
                             const struct matrix_cell *c, const char *model,
                             FILE *out)
{
    if (!c->wrong) {
        fprintf(out, "other bytes from %s (%" PRIu64, fact_label(model),
                c->least);
        if (c->most != c->least)
            fprintf(out, " to %" PRIu64, c->most);
        fputs(")", out);
        return;
    }
    fprintf(out, "%s from %s", c->classes, fact_label(model));
    if (k->known)
        fprintf(out, " (should be %s)", outcome_name(k->group.outcome));
}

static void print_differences(const struct matrix *m,
                              const struct matrix_kind *k, FILE *out)
{
    size_t n = 0;

    fprintf(out, "%s: ", k->name);
    for (size_t i = 0; i < m->n_models; i++) {
        if (!matrix_is_marked(&k->cells[i]))
            continue;
        fputs(n++ ? ", " : "", out);
        print_difference(k, &k->cells[i], m->models[i], out);
    }
}

void matrix_print_finding(const struct matrix *m, size_t most, FILE *out)
{
    size_t n = 0, printed = 0;

    for (size_t i = 0; i < m->n_kinds; i++)
        n += !m->kinds[i].alike;
    if (!n) {
        print_alike(m, out);
        return;
    }
    fprintf(out, "%zu of %zu kinds of site %s wrong or %s between models; ", n,
            m->n_kinds, n == 1 ? "is" : "are", n == 1 ? "differs" : "differ");
    for (size_t i = 0; i < m->n_kinds && printed < most; i++) {
        if (m->kinds[i].alike)
            continue;
        fputs(printed++ ? "; " : "", out);
        print_differences(m, &m->kinds[i], out);
    }
    if (printed < n)
        fprintf(out, "; and %zu more", n - printed);
}
