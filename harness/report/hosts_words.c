/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons on several hosts, in words and as JSON. */
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/hosts.h"
#include "harness/results/json.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

bool host_runs_shows(const struct host_runs *h, const struct comparison *c)
{
    return !h->claims || c->first->claim;
}

void host_runs_title(const struct comparison *c, char *out, size_t size)
{
    const struct finding *f = c->first;
    char task[320];

    snprintf(task, sizeof(task), "%s, ", f->a->workload);
    fact_parameters(f->a, ", ", task + strlen(task),
                    sizeof(task) - strlen(task));
    snprintf(out, size, "%s: %s against %s", f->claim ? f->claim->title : task,
             fact_label_of(f->a), fact_label_of(f->b));
}

void host_runs_agreement(const struct host_runs *h, const struct comparison *c,
                         char *out, size_t size)
{
    if (c->slower + c->faster == 0)
        snprintf(out, size, "no clear difference on any of %zu hosts", h->n);
    else if (c->slower && c->faster)
        snprintf(out, size, "slower on %zu, faster on %zu of %zu hosts",
                 c->slower, c->faster, h->n);
    else
        snprintf(out, size, "%s on %zu of %zu hosts",
                 c->slower ? "slower" : "faster", c->slower + c->faster, h->n);
}

static json_t *json_of_estimate(const struct estimate *e)
{
    json_t *o = json_object();

    json_object_set_new(o, "ratio", json_real(e->median));
    if (estimate_has_interval(e)) {
        json_object_set_new(o, "low", json_real(e->low));
        json_object_set_new(o, "high", json_real(e->high));
        json_object_set_new(o, "coverage", json_real(e->coverage));
    }
    return o;
}

static json_t *json_of_hosts(const struct host_runs *h,
                             const struct comparison *c)
{
    json_t *all = json_array();

    for (size_t i = 0; i < h->n; i++) {
        json_t *o = c->of[i] ? json_of_estimate(&c->of[i]->estimate) : NULL;

        if (!o)
            continue;
        json_set_text(o, "host", h->items[i].name);
        json_set_u64(o, "rounds", c->of[i]->estimate.n);
        json_set_text(o, "result", host_word(c->of[i]));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *json_of_comparison(const struct host_runs *h,
                                  const struct comparison *c)
{
    const struct finding *f = c->first;
    json_t *o = json_object(), *pooled;

    json_set_text(o, "workload", f->a->workload);
    json_set_text(o, "parameters", f->a->parameters);
    json_set_text(o, "a", f->a->model);
    json_set_text(o, "b", f->b->model);
    if (f->claim)
        json_set_text(o, "claim", f->claim->id);
    json_object_set_new(o, "hosts", json_of_hosts(h, c));
    json_object_set_new(o, "range", json_pack("[f, f]", c->low, c->high));
    json_set_u64(o, "measured", c->measured);
    json_set_u64(o, "slower", c->slower);
    json_set_u64(o, "faster", c->faster);
    if (c->pooled.n) {
        pooled = json_of_estimate(&c->pooled);
        json_set_u64(pooled, "hosts", c->pooled.n);
        json_object_set_new(o, "pooled", pooled);
    }
    return o;
}

json_t *host_runs_json(const struct host_runs *h, const struct recording *r)
{
    json_t *root = json_object(), *hosts = json_array();
    json_t *comparisons = json_array();

    for (size_t i = 0; i < h->n; i++) {
        json_t *host = json_object();
        char key[32], value[1024];

        snprintf(key, sizeof(key), "host.%zu", i + 1);
        recording_key(r, key, value, sizeof(value));
        json_set_text(host, "host", h->items[i].name);
        json_set_text(host, "is", value);
        json_set_u64(host, "rounds", h->items[i].table.rounds);
        json_array_append_new(hosts, host);
    }
    for (size_t i = 0; i < h->n_comparisons; i++)
        json_array_append_new(comparisons,
                              json_of_comparison(h, &h->comparisons[i]));
    json_object_set_new(root, "hosts", hosts);
    json_object_set_new(root, "comparisons", comparisons);
    return root;
}
