/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a demo, and their samples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"
#include "harness/report/facts.h"

static void print_id(const struct show *s, const char *part, char *out,
                     size_t size)
{
    snprintf(out, size, "demo-%s%s%s", s->demo->name, part ? "-" : "",
             part ? part : "");
}

const struct claim *demo_claim(const struct show *s, const char *part)
{
    char id[64];

    print_id(s, part, id, sizeof(id));
    for (size_t i = 0; i < s->claims.n; i++)
        if (strcmp(s->claims.items[i].id, id) == 0)
            return &s->claims.items[i];
    return NULL;
}

static const struct entry *find(const struct show *s, const struct claim *c,
                                size_t value, size_t model)
{
    uint64_t values[MAX_PARAMETERS];
    char parameters[SAMPLE_PARAMETERS];

    claim_values(c, &c->values, value, values);
    cell_parameters(c->workload, values, parameters, sizeof(parameters));
    return table_find(&s->table, c->workload->name, c->models.items[model],
                      parameters);
}

const struct entry *demo_cell(const struct show *s, const char *part,
                              size_t value, size_t model)
{
    return find(s, demo_claim(s, part), value, model);
}

uint64_t demo_parameter(const struct show *s, const char *part,
                        const char *name)
{
    const struct claim *c = demo_claim(s, part);
    uint64_t values[MAX_PARAMETERS];

    claim_values(c, &c->values, 0, values);
    return values[workload_parameter(c->workload, name)];
}

double demo_increments(const struct show *s, const char *part)
{
    return (double)(demo_parameter(s, part, "tasks") *
                    demo_parameter(s, part, "increments"));
}

double *demo_left(const struct show *s, const char *part, const struct entry *e,
                  size_t *ret_n)
{
    double *left = calloc(s->table.rounds + 1, sizeof(*left));

    *ret_n = 0;
    for (unsigned i = 0; left && i < s->table.rounds; i++) {
        const struct sample *sample = e->by_round[i];

        if (sample && sample->iterations)
            left[(*ret_n)++] =
                demo_increments(s, part) - (double)sample->lost_updates;
    }
    if (left)
        estimate_median(left, *ret_n);
    return left;
}

struct estimate demo_estimate(const struct show *s, const struct entry *e,
                              const char *metric)
{
    return table_estimate_metric(e->by_round, s->table.rounds, metric, true);
}

double demo_metric(const struct show *s, const struct entry *e,
                   const char *metric)
{
    return demo_estimate(s, e, metric).median;
}

const char *demo_label(const struct show *s, const char *part, size_t model)
{
    const struct claim *c = demo_claim(s, part);

    return fact_label(c->models.items[model], c->workload->name);
}

static bool is_traced(const struct show *s, const struct claim *c)
{
    for (size_t i = 0; i < s->record.traces.n; i++)
        if (strcmp(s->record.traces.items[i].workload, c->workload->name) == 0)
            return true;
    return false;
}

static int complain_cell(const struct show *s, const struct claim *c,
                         size_t value, size_t model)
{
    uint64_t values[MAX_PARAMETERS];
    char name[CELL_NAME_SIZE];

    claim_values(c, &c->values, value, values);
    cell_name(c->workload, c->models.items[model], values, name, sizeof(name));
    return complain_usage(
        "there is no measured sample%s of %s; `baton demo %s --live --out DIR` "
        "records what this demo shows",
        c->flags & CLAIM_TRACE ? " with a trace" : "", name, s->demo->name);
}

static int check_claim(const struct show *s, const struct claim *c)
{
    size_t value = 0;

    if (c->flags & CLAIM_TRACE)
        return is_traced(s, c) ? EXIT_DONE : complain_cell(s, c, 0, 0);
    do {
        for (size_t model = 0; model < c->models.n; model++) {
            const struct entry *e = find(s, c, value, model);

            if (!e || !e->measured)
                return complain_cell(s, c, value, model);
            if (s->demo->single && e->iterations != e->measured)
                return complain_usage(
                    "samples of %s are of several runs each; `baton demo %s "
                    "--live --out DIR` records single ones",
                    e->workload, s->demo->name);
        }
    } while (++value < c->values.n);
    return EXIT_DONE;
}

int demo_check(const struct show *s)
{
    int status = EXIT_DONE;

    for (size_t i = 0; i < s->claims.n && !status; i++)
        if (s->claims.items[i].flags & CLAIM_CHOSEN)
            status = check_claim(s, &s->claims.items[i]);
    return status;
}
