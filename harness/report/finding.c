/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/finding.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/matrix.h"
#include "harness/report/sweep.h"

struct finding finding_of_sites(const struct matrix *m)
{
    return (struct finding){.kind = FINDING_SITES,
                            .workload = m->workload,
                            .parameters = m->parameters,
                            .matrix = m,
                            .wrong = !matrix_is_alike(m)};
}

int findings_add(struct finding_list *f, struct finding finding)
{
    struct finding *grown = realloc(f->items, (f->n + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    f->items = grown;
    grown[f->n++] = finding;
    return 0;
}

void findings_finish(struct finding_list *f)
{
    free(f->items);
    free(f->notes);
    *f = (struct finding_list){0};
}

void finding_widen(struct finding *f, const struct entry *e,
                   struct estimate number)
{
    f->kind = FINDING_RANGE;
    if (!f->a || number.median < f->estimate.median) {
        f->a = e;
        f->estimate = number;
    }
    if (!f->b || number.median > f->most.median) {
        f->b = e;
        f->most = number;
    }
}

struct estimate noise_of_pair(const struct table *t, const struct entry *e)
{
    const struct entry *twin = e->twin ? NULL : table_twin(t, e);

    if (!twin)
        return (struct estimate){0};
    return table_ratio(e, twin, t->rounds, value_real_ns);
}

double noise_of(const struct table *t, const char *workload)
{
    double noise = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct estimate ratio = {0};

        if (strcmp(t->entries[i].workload, workload) == 0)
            ratio = noise_of_pair(t, &t->entries[i]);
        if (estimate_has_interval(&ratio))
            noise = fmax(noise, fmax(ratio.high, 1 / ratio.low));
    }
    return noise;
}

void finding_sweep(const struct finding *f, const struct table *t,
                   struct sweep *ret)
{
    char like[256], key[64];

    if (f->claim)
        claim_parameters(f->claim, like, sizeof(like));
    snprintf(key, sizeof(key), "%s", f->claim ? f->claim->over : f->over);
    for (char *c = key; (c = strchr(c, '-'));)
        *c = '_';
    sweep_collect(t, f->a->workload, f->a->model, key,
                  f->claim ? like : f->a->parameters, ret);
}

static struct estimate turned(struct estimate e)
{
    double low = e.low;

    e.median = 1 / e.median;
    if (estimate_has_interval(&e)) {
        e.low = 1 / e.high;
        e.high = 1 / low;
    }
    return e;
}

const char *ratio_word(struct estimate *e)
{
    if (estimate_has_interval(e) && estimate_spans(e, 1))
        return NULL;
    if (e->median >= 1)
        return "slower";
    *e = turned(*e);
    return "faster";
}
