/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/text.h"

/* Below 2 * STEPS a time is its bucket; then its six highest bits count. */
static unsigned bucket_of(uint64_t ns)
{
    unsigned shift;

    if (ns < HISTOGRAM_STEPS)
        return (unsigned)ns;
    shift = 63 - 6 - (unsigned)__builtin_clzll(ns);
    return shift * HISTOGRAM_STEPS + (unsigned)(ns >> shift);
}

double histogram_time(unsigned bucket)
{
    unsigned shift =
        bucket < HISTOGRAM_STEPS ? 0 : bucket / HISTOGRAM_STEPS - 1;
    uint64_t low = (uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift;

    return (double)low + (double)((UINT64_C(1) << shift) - 1) / 2;
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->counts[bucket_of(ns)]++;
    h->n++;
}

void histogram_print(const void *histogram, FILE *out)
{
    const struct histogram *h = histogram;
    const char *between = "";

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (!h->counts[i])
            continue;
        fprintf(out, "%s%u=%llu", between, i, (unsigned long long)h->counts[i]);
        between = " ";
    }
}

/* Samples are copied as values, so their texts are owned here. */
struct kept {
    struct kept *next;
    char text[];
};

const char *histogram_keep_text(const char *text)
{
    static struct kept *all;
    struct kept *one;

    if (!*text || text[strspn(text, "0123456789= ")])
        return NULL;
    one = malloc(sizeof(*one) + strlen(text) + 1);
    if (!one)
        return NULL;
    one->next = all;
    all = one;
    return strcpy(one->text, text);
}

const char *histogram_keep(const struct histogram *h)
{
    char *text = text_of(histogram_print, h);
    const char *kept = text ? histogram_keep_text(text) : NULL;

    free(text);
    return kept;
}

/* The next "BUCKET=COUNT": 1, 0 at the end, or -EINVAL. */
static int next_count(const char **text, uint64_t *bucket, uint64_t *count)
{
    struct item item;
    const char *rest;

    if (!text_next(text, ' ', &item))
        return 0;
    if (text_u64_unit(item.key, bucket, &rest) || *rest != '=' ||
        *bucket >= HISTOGRAM_BUCKETS || item_u64(&item, count))
        return -EINVAL;
    return 1;
}

int histogram_add_text(struct histogram *h, const char *text)
{
    uint64_t bucket, count;
    const char *at = text;
    int more;

    while ((more = next_count(&at, &bucket, &count)) > 0)
        ;
    if (more < 0)
        return more;
    while (next_count(&text, &bucket, &count) > 0) {
        h->counts[bucket] += count;
        h->n += count;
    }
    return 0;
}

bool histogram_percentile(const struct histogram *h, unsigned permille,
                          double *ret_ns)
{
    uint64_t rank = (h->n * permille + 999) / 1000, below = 0;
    unsigned bucket = 0;

    if (permille >= 1000 || h->n * (1000 - permille) < 10 * 1000)
        return false;
    while (below + h->counts[bucket] < rank)
        below += h->counts[bucket++];
    *ret_ns = histogram_time(bucket);
    return true;
}
