/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/headlines.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/results/names.h"
#include "models/model.h"

#define THREADS "thread-per-socket"

/*
 * The claims are those of the two tutorial pages that Baton grew out of, both
 * on Twisted and Python: of locks (`10 * no_lock < chrono(safe_incr)`), of the
 * loop ("twice faster as the code running 100 threads without locks") and of
 * the 3.27 % on the page on preemption; "three times faster", then 1 min 22.9 s
 * down to 10.3 s, on the page on concurrent downloads.
 */
const struct headline headlines[] = {
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "locked", ""},
     .b = {"counter", THREADS, ""},
     .task = "counter, 100 x 1000",
     .claims = {10},
     .note = "the tutorial said at least 10 times slower"},
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "locked", "increments=100000"},
     .b = {"counter", THREADS, "increments=100000"},
     .task = "counter, 100 x 100,000"},
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "libuv", ""},
     .b = {"counter", THREADS, ""},
     .task = "counter, 100 x 1000",
     .claims = {1 / 2.0},
     .note = "the tutorial said twice as fast, of Twisted"},
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "libuv", "increments=100000"},
     .b = {"counter", THREADS, "increments=100000"},
     .task = "counter, 100 x 100,000"},
    {.statistic = STATISTIC_LOST,
     .a = {"counter", THREADS, ""},
     .task = "counter, 100 x 1000",
     .claims = {0.0327},
     .note = "the tutorial once lost 3.27 %"},
    {.statistic = STATISTIC_LOST,
     .a = {"counter", THREADS, "increments=100000"},
     .task = "counter, 100 x 100,000"},
    {.statistic = STATISTIC_LOST,
     .a = {"counter-split", "libuv", ""},
     .task = "counter-split, 100 x 1000",
     .note = "a cooperative task that hands over in the middle is not safe"},
    {.statistic = STATISTIC_LOST,
     .a = {"counter-split", "locked", ""},
     .task = "counter-split, 100 x 1000"},
    {.statistic = STATISTIC_RATIO,
     .a = {"download", "libuv", "n=30"},
     .b = {"download", "sequential", "n=30"},
     .task = "download, n = 30",
     .claims = {1 / 3.0, 1 / 8.0},
     .note = "the tutorial said three times faster, then eight"},
    {.statistic = STATISTIC_RATIO,
     .a = {"download", "libuv", "n=100"},
     .b = {"download", THREADS, "n=100"},
     .task = "download, n = 100"},
    {.statistic = STATISTIC_EXPONENT,
     .a = {"download", "sequential", ""},
     .size = "n",
     .task = "download"},
    {.statistic = STATISTIC_EXPONENT,
     .a = {"download", THREADS, ""},
     .size = "n",
     .task = "download"},
    {.statistic = STATISTIC_EXPONENT,
     .a = {"download", "libuv", ""},
     .size = "n",
     .task = "download"},
    {.statistic = STATISTIC_RATIO,
     .a = {"titles", "libuv", "n=30"},
     .b = {"titles", "sequential", "n=30"},
     .task = "titles, 30 blogs"},
    {.statistic = STATISTIC_EXPONENT,
     .a = {"titles", "sequential", ""},
     .size = "n",
     .task = "titles"},
    {.statistic = STATISTIC_EXPONENT,
     .a = {"titles", THREADS, ""},
     .size = "n",
     .task = "titles"},
    {.statistic = STATISTIC_EXPONENT,
     .a = {"titles", "libuv", ""},
     .size = "n",
     .task = "titles"},
};
const size_t n_headlines = sizeof(headlines) / sizeof(headlines[0]);

int side_parameters(const struct side *side, char *out, size_t size)
{
    const struct workload *w = workload_find(side->workload);
    uint64_t values[MAX_PARAMETERS];

    if (!w || cell_values(w, side->parameters, values))
        return -EINVAL;
    cell_parameters(w, values, out, size);
    return 0;
}

const struct entry *headline_entry(const struct side *side,
                                   const struct table *t)
{
    char parameters[256];

    if (!side->workload ||
        side_parameters(side, parameters, sizeof(parameters)))
        return NULL;
    return table_find(t, side->workload, side->model, parameters);
}

/* " [1.08, 1.31] (98.4 %, 7 rounds)", or that there is none. */
static void print_interval(const struct estimate *e, double scale,
                           const char *format, FILE *out)
{
    if (!estimate_has_interval(e)) {
        fprintf(out, " (no interval, %zu round%s)", e->n, e->n == 1 ? "" : "s");
        return;
    }
    fputs(" [", out);
    fprintf(out, format, e->low * scale);
    fputs(", ", out);
    fprintf(out, format, e->high * scale);
    fprintf(out, "] (%.1f %%, %zu rounds)", 100 * e->coverage, e->n);
}

/* Wrong sides are compared, but never without saying so. */
static void print_wrong(const struct entry *e, FILE *out)
{
    if (e->labelled * 2 > e->measured)
        fprintf(out, "; the audit objects to %s", fact_label(e->model));
    if (e->wrong)
        fprintf(out, "; %s is wrong in %u of %u samples", fact_label(e->model),
                e->wrong, e->measured);
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

static int print_ratio(const struct headline *h, const struct table *t,
                       FILE *out)
{
    const struct entry *a = headline_entry(&h->a, t);
    const struct entry *b = headline_entry(&h->b, t);
    struct estimate e;
    const char *word;
    double noise;

    if (headline_estimate(h, t, &e))
        return -ENOENT;
    fprintf(out, "%s: ", h->task);
    word = ratio_word(&e);
    if (word)
        fprintf(out, "%s is %.3g times %s than %s", fact_label(a->model),
                e.median, word, fact_label(b->model));
    else
        fprintf(out, "%s and %s are not separated, %.3g times the time",
                fact_label(a->model), fact_label(b->model), e.median);
    print_interval(&e, 1, "%.3g", out);
    noise = word ? headline_noise(t, a->workload) : 0;
    if (noise > e.median)
        fprintf(out,
                "; identical pairs differ by up to %.3g times, so this may be "
                "noise",
                noise);
    print_wrong(a, out);
    print_wrong(b, out);
    return 0;
}

static int print_lost(const struct headline *h, const struct table *t,
                      FILE *out)
{
    const struct entry *e = headline_entry(&h->a, t);
    struct estimate share;
    uint64_t items;

    if (headline_estimate(h, t, &share))
        return -ENOENT;
    fprintf(out, "%s: %s ", h->task, fact_label(e->model));
    if (e->lost_updates == 0 && e->wrong) {
        fprintf(out, "is wrong in %u of %u samples: %s", e->wrong, e->measured,
                e->text);
        return 0;
    }
    if (e->lost_updates == 0) {
        fprintf(out, "lost nothing in %" PRIu64 " iterations", e->iterations);
        return 0;
    }
    items = e->last->items;
    fprintf(out, "loses %.3g %% of the updates", 100 * share.median);
    print_interval(&share, 100, "%.3g", out);
    fprintf(out,
            ", wrong in %u of %u samples and %.0f %% of the iterations; over "
            "all of these %.3g %% are lost and the counter ends at %.0f, "
            "should be %" PRIu64,
            e->wrong, e->measured,
            100.0 * (double)e->wrong_iterations / (double)e->iterations,
            100.0 * (double)e->lost_updates /
                ((double)e->iterations * (double)items),
            (double)items - (double)e->lost_updates / (double)e->iterations,
            items);
    return 0;
}

int headline_sweep(const struct headline *h, const struct table *t,
                   struct sweep *ret)
{
    char parameters[256];

    ret->n = 0;
    if (h->statistic == STATISTIC_EXPONENT &&
        side_parameters(&h->a, parameters, sizeof(parameters)) == 0)
        sweep_collect(t, h->a.workload, h->a.model, h->size, parameters, ret);
    return ret->n ? 0 : -ENOENT;
}

int headline_estimate(const struct headline *h, const struct table *t,
                      struct estimate *ret)
{
    const struct entry *a, *b;
    struct sweep sweep;

    *ret = (struct estimate){0};
    if (h->statistic == STATISTIC_EXPONENT) {
        if (headline_sweep(h, t, &sweep) == 0)
            *ret = sweep_exponent(&sweep, t->rounds);
        return ret->n ? 0 : -ENOENT;
    }
    a = headline_entry(&h->a, t);
    if (a && h->statistic == STATISTIC_LOST)
        *ret = table_estimate(a, t->rounds, value_lost_share);
    else if (a && (b = headline_entry(&h->b, t)))
        *ret = table_ratio(a, b, t->rounds, value_real_ns);
    return ret->n ? 0 : -ENOENT;
}

static void print_steps(const struct sweep *s, unsigned rounds, FILE *out)
{
    fputs("; between neighbours", out);
    for (size_t i = 0; i + 1 < s->n; i++) {
        struct estimate e = sweep_step(s, i, rounds);

        fprintf(out, "%s %.2f", i ? "," : "", e.median);
    }
}

static int print_exponent(const struct headline *h, const struct table *t,
                          FILE *out)
{
    struct sweep s;
    struct estimate e;

    if (headline_sweep(h, t, &s) || headline_estimate(h, t, &e))
        return -ENOENT;
    fprintf(out, "%s: %s grows as %s^%.2f", h->task, fact_label(h->a.model),
            h->size, e.median);
    print_interval(&e, 1, "%.2f", out);
    fprintf(out, " from %.0f to %.0f", s.sizes[0], s.sizes[s.n - 1]);
    if (s.n > 2)
        print_steps(&s, t->rounds, out);
    for (size_t i = 0; i < s.n; i++)
        if (fact_is_wrong(s.entries[i])) {
            print_wrong(s.entries[i], out);
            break;
        }
    return 0;
}

struct estimate headline_twin(const struct table *t, const struct entry *e)
{
    const struct entry *twin = e->twin ? NULL : table_twin(t, e);

    if (!twin)
        return (struct estimate){0};
    return table_ratio(e, twin, t->rounds, value_real_ns);
}

double headline_noise(const struct table *t, const char *workload)
{
    double noise = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct estimate ratio = headline_twin(t, &t->entries[i]);

        if (estimate_has_interval(&ratio) &&
            strcmp(t->entries[i].workload, workload) == 0)
            noise = fmax(noise, fmax(ratio.high, 1 / ratio.low));
    }
    return noise;
}

int headline_print(const struct headline *h, const struct table *t, FILE *out)
{
    int error = h->statistic == STATISTIC_RATIO  ? print_ratio(h, t, out)
                : h->statistic == STATISTIC_LOST ? print_lost(h, t, out)
                                                 : print_exponent(h, t, out);

    if (!error && h->note)
        fprintf(out, " (%s)", h->note);
    return error;
}
