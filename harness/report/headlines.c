/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/headlines.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "harness/results/names.h"
#include "models/model.h"

#define THREADS "thread-per-socket"

const struct headline headlines[] = {
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "locked", ""},
     .b = {"counter", THREADS, ""},
     .task = "counter, 100 x 1000",
     .note = "the tutorial said at least 10 times slower"},
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "locked", "increments=100000"},
     .b = {"counter", THREADS, "increments=100000"},
     .task = "counter, 100 x 100,000"},
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "libuv", ""},
     .b = {"counter", THREADS, ""},
     .task = "counter, 100 x 1000",
     .note = "the tutorial said twice as fast, of Twisted"},
    {.statistic = STATISTIC_RATIO,
     .a = {"counter", "libuv", "increments=100000"},
     .b = {"counter", THREADS, "increments=100000"},
     .task = "counter, 100 x 100,000"},
    {.statistic = STATISTIC_LOST,
     .a = {"counter", THREADS, ""},
     .task = "counter, 100 x 1000",
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
};
const size_t n_headlines = sizeof(headlines) / sizeof(headlines[0]);

enum { MAX_SIZES = 32 };

int side_parameters(const struct side *side, char *out, size_t size)
{
    const struct workload *w = workload_find(side->workload);
    uint64_t values[MAX_PARAMETERS];

    if (!w || cell_values(w, side->parameters, values))
        return -EINVAL;
    cell_parameters(w, values, out, size);
    return 0;
}

static const char *label_of(const char *name)
{
    const struct model *m = model_find(name);

    return m ? m->label : name;
}

static const struct entry *entry_of(const struct table *t,
                                    const struct side *side)
{
    char parameters[256];

    if (!side->workload ||
        side_parameters(side, parameters, sizeof(parameters)))
        return NULL;
    return table_find(t, side->workload, side->model, parameters);
}

/* No "-0.00". */
static struct estimate tidy(struct estimate e)
{
    e.median = fabs(e.median) < 0.005 ? 0 : e.median;
    e.low = fabs(e.low) < 0.005 ? 0 : e.low;
    e.high = fabs(e.high) < 0.005 ? 0 : e.high;
    return e;
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
        fprintf(out, "; the audit objects to %s", label_of(e->model));
    if (e->wrong)
        fprintf(out, "; %s is wrong in %u of %u samples", label_of(e->model),
                e->wrong, e->measured);
}

static struct estimate turned(struct estimate e)
{
    double low = e.low;

    e.median = 1 / e.median;
    e.low = 1 / e.high;
    e.high = 1 / low;
    return e;
}

static int print_ratio(const struct headline *h, const struct table *t,
                       FILE *out)
{
    const struct entry *a = entry_of(t, &h->a), *b = entry_of(t, &h->b);
    struct estimate e;
    bool slower;

    if (!a || !b)
        return -ENOENT;
    e = table_ratio(a, b, t->rounds, value_real_ns);
    if (e.n == 0)
        return -ENOENT;
    fprintf(out, "%s: ", h->task);
    slower = e.median >= 1;
    if (estimate_has_interval(&e) && estimate_spans(&e, 1)) {
        fprintf(out, "%s and %s are not separated, %.3g times the time",
                label_of(a->model), label_of(b->model), e.median);
    } else {
        if (!slower && estimate_has_interval(&e))
            e = turned(e);
        else if (!slower)
            e.median = 1 / e.median;
        fprintf(out, "%s is %.3g times %s than %s", label_of(a->model),
                e.median, slower ? "slower" : "faster", label_of(b->model));
    }
    print_interval(&e, 1, "%.3g", out);
    print_wrong(a, out);
    print_wrong(b, out);
    return 0;
}

static int print_lost(const struct headline *h, const struct table *t,
                      FILE *out)
{
    const struct entry *e = entry_of(t, &h->a);
    struct estimate share;
    uint64_t items;

    if (!e || !e->measured)
        return -ENOENT;
    fprintf(out, "%s: %s ", h->task, label_of(e->model));
    if (e->lost_updates == 0 && e->wrong) {
        fprintf(out, "is wrong in %u of %u samples: %s", e->wrong, e->measured,
                e->text);
        return 0;
    }
    if (e->lost_updates == 0) {
        fprintf(out, "lost nothing in %" PRIu64 " iterations", e->iterations);
        return 0;
    }
    share = table_estimate(e, t->rounds, value_lost_share);
    items = e->last->items;
    fprintf(out, "loses %.3g %% of the updates", 100 * share.median);
    print_interval(&share, 100, "%.3g", out);
    fprintf(out,
            ", wrong in %u of %u samples and %.0f %% of the iterations; on "
            "average the counter ends at %.0f, should be %" PRIu64,
            e->wrong, e->measured,
            100.0 * (double)e->wrong_iterations / (double)e->iterations,
            (double)items - (double)e->lost_updates / (double)e->iterations,
            items);
    return 0;
}

/* Smallest first, whatever the order in which they were asked for. */
static void insert(const struct entry *e, double size,
                   const struct entry *found[], double sizes[], size_t n)
{
    for (; n > 0 && sizes[n - 1] > size; n--) {
        found[n] = found[n - 1];
        sizes[n] = sizes[n - 1];
    }
    found[n] = e;
    sizes[n] = size;
}

/* The entries of one model whose parameters differ in `key` alone. */
static size_t collect(const struct headline *h, const struct table *t,
                      const struct entry *found[], double sizes[])
{
    size_t n = 0;

    for (size_t i = 0; i < t->n && n < MAX_SIZES; i++) {
        const struct entry *e = &t->entries[i];
        struct side side = h->a;
        char only[64], expected[256];
        uint64_t size;

        if (e->twin || strcmp(e->workload, side.workload) != 0 ||
            strcmp(e->model, side.model) != 0 || !e->measured ||
            !sample_parameter(e->parameters, h->size, &size))
            continue;
        snprintf(only, sizeof(only), "%s=%" PRIu64, h->size, size);
        side.parameters = only;
        if (side_parameters(&side, expected, sizeof(expected)) ||
            strcmp(expected, e->parameters) != 0)
            continue;
        insert(e, (double)size, found, sizes, n++);
    }
    return n;
}

static void print_steps(const struct entry *const found[], const double sizes[],
                        size_t n, unsigned rounds, FILE *out)
{
    fputs("; between neighbours", out);
    for (size_t i = 0; i + 1 < n; i++) {
        struct estimate e = table_exponent(found + i, sizes + i, 2, rounds);

        fprintf(out, "%s %.2f", i ? "," : "", tidy(e).median);
    }
}

static int print_exponent(const struct headline *h, const struct table *t,
                          FILE *out)
{
    const struct entry *found[MAX_SIZES];
    double sizes[MAX_SIZES];
    size_t n = collect(h, t, found, sizes);
    struct estimate e;

    if (n < 2)
        return -ENOENT;
    e = tidy(table_exponent(found, sizes, n, t->rounds));
    if (e.n == 0)
        return -ENOENT;
    fprintf(out, "%s: %s grows as %s^%.2f", h->task, label_of(h->a.model),
            h->size, e.median);
    print_interval(&e, 1, "%.2f", out);
    fprintf(out, " from %.0f to %.0f", sizes[0], sizes[n - 1]);
    if (n > 2)
        print_steps(found, sizes, n, t->rounds, out);
    for (size_t i = 0; i < n; i++)
        if (found[i]->wrong || found[i]->labelled * 2 > found[i]->measured) {
            print_wrong(found[i], out);
            break;
        }
    return 0;
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
