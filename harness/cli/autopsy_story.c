/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two columns of `baton autopsy`: an eraser, and the others. */
#include <inttypes.h>
#include <string.h>

#include "harness/cli/autopsy.h"

enum { RIGHT = 48 }; /* where the right column begins */

const char *grouped(uint64_t value, char out[GROUPED_SIZE])
{
    char digits[GROUPED_SIZE];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, value), at = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

const char *autopsy_held(const struct autopsy *a)
{
    return a->run.workload->split ? "yielded" : "was stopped";
}

double autopsy_us(const struct autopsy *a, uint64_t from, uint64_t to)
{
    return to > from ? (double)(to - from) / a->ticks_per_us : 0;
}

/* A line of the story; the left text may be empty, the right one too. */
static void show_line(const char *when, const char *left, const char *right,
                      FILE *out)
{
    char line[160];
    int len = snprintf(line, sizeof(line), "  %10s  %-*s  %s", when, RIGHT - 16,
                       left, right);

    while (len > 0 && line[len - 1] == ' ')
        line[--len] = '\0';
    fprintf(out, "%s\n", line);
}

struct line {
    const struct autopsy *a;
    char when[24], left[64], right[64];
};

static void at(struct line *l, uint64_t ticks)
{
    snprintf(l->when, sizeof(l->when), "%.1f",
             autopsy_us(l->a, l->a->erasures.worst.read.ticks, ticks));
}

static void end_line(struct line *l, FILE *out)
{
    show_line(l->when, l->left, l->right, out);
    l->when[0] = l->left[0] = l->right[0] = '\0';
}

static void show_others(struct line *l, const struct erasure *e, FILE *out)
{
    at(l, e->first.ticks);
    snprintf(l->left, sizeof(l->left), "| %s, holds %s", autopsy_held(l->a),
             GROUPED(e->read.value));
    snprintf(l->right, sizeof(l->right), "stores %s (task %zu)",
             GROUPED(e->first.value), e->first.task + 1);
    end_line(l, out);
    snprintf(l->left, sizeof(l->left), "| for %.1f us",
             autopsy_us(l->a, e->read.ticks, e->store.ticks));
    if (e->stores > 2)
        snprintf(l->right, sizeof(l->right), "%s stores",
                 GROUPED(e->stores - 2));
    end_line(l, out);
    if (e->stores < 2)
        return;
    at(l, e->over.ticks);
    snprintf(l->left, sizeof(l->left), "|");
    snprintf(l->right, sizeof(l->right), "stores %s (task %zu)",
             GROUPED(e->over.value), e->over.task + 1);
    end_line(l, out);
}

void autopsy_story(const struct autopsy *a, FILE *out)
{
    const struct erasure *e = &a->erasures.worst;
    struct line l = {.a = a};

    snprintf(l.when, sizeof(l.when), "time us");
    snprintf(l.left, sizeof(l.left), "task %zu (the eraser)", e->read.task + 1);
    snprintf(l.right, sizeof(l.right), "%zu other%s", e->others,
             plural(e->others));
    end_line(&l, out);
    at(&l, e->read.ticks);
    snprintf(l.left, sizeof(l.left), "reads %s", GROUPED(e->read.value));
    end_line(&l, out);
    show_others(&l, e, out);
    at(&l, e->store.ticks);
    snprintf(l.left, sizeof(l.left), "stores %s over %s",
             GROUPED(e->store.value), GROUPED(e->over.value));
    snprintf(l.right, sizeof(l.right), "<- erases %s update%s",
             GROUPED(e->erased), plural(e->erased));
    end_line(&l, out);
    if (!e->read_again)
        return;
    at(&l, e->again.ticks);
    snprintf(l.right, sizeof(l.right), "reads %s (task %zu)",
             GROUPED(e->again.value), e->again.task + 1);
    end_line(&l, out);
}
