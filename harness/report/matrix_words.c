/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the matrix shows, in sentences. */
#include <inttypes.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/matrix.h"
#include "workloads/kinds/outcome.h"

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

void matrix_task(const struct matrix *m, char *out, size_t size)
{
    const struct entry e = {.workload = m->workload,
                            .parameters = m->parameters};
    char parameters[256];

    fact_parameters(&e, ", ", parameters, sizeof(parameters));
    snprintf(out, size, "%s%s%s", m->workload, *parameters ? ", " : "",
             parameters);
}

const char *matrix_label(const struct matrix *m, size_t model)
{
    return fact_label(m->models[model], m->workload);
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
        fprintf(out, " got the outcome that it has to from %s",
                matrix_label(m, 0));
    else
        fprintf(out,
                " got the same outcome from all %zu models, and the same bytes "
                "where the server closes the connection",
                m->n_models);
}

/* "reset from sequential (should be truncated)". */
static void print_difference(const struct matrix_kind *k,
                             const struct matrix_cell *c, const char *label,
                             FILE *out)
{
    if (!c->wrong) {
        fprintf(out, "other bytes from %s (%" PRIu64, label, c->least);
        if (c->most != c->least)
            fprintf(out, " to %" PRIu64, c->most);
        fputs(")", out);
        return;
    }
    fprintf(out, "%s from %s", c->classes, label);
    if (k->known)
        fprintf(out, " (should be %s)", outcome_name(k->group.outcome));
}

void matrix_print_differences(const struct matrix *m,
                              const struct matrix_kind *k, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_models; i++) {
        if (!matrix_is_marked(&k->cells[i]))
            continue;
        fputs(n++ ? ", " : "", out);
        print_difference(k, &k->cells[i], matrix_label(m, i), out);
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
        fprintf(out, "%s%s: ", printed++ ? "; " : "", m->kinds[i].name);
        matrix_print_differences(m, &m->kinds[i], out);
    }
    if (printed < n)
        fprintf(out, "; and %zu more", n - printed);
}
