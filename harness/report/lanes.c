/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/chart.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/quantities.h"
#include "harness/results/slices.h"

/*
 * The swimlanes: a panel for each traced model, a row in it for each task or
 * lane, what it did over time.  Rows of the data: the `axis` (as many places,
 * as much time), then for each `panel` its words, a `slice` for each stretch of
 * time in one state, and for one thread's way from lane to lane a `hand` for
 * each hand-over.
 */
enum {
    COLUMNS = 800, /* what is narrower than a panel by this is not seen */
    MOST_HAND_OVERS = 400,
    MOST_SLICES = MOST_POINTS - MOST_HAND_OVERS,
    SHORT = 50, /* of these is the axis: as long as a hand-over may be */
};

/*
 * All panels share one axis of time, so that their lengths compare.  One that
 * is longer than all others by this is cut off instead of hiding them.
 */
static const uint64_t outlier = 10;

struct panel {
    const struct traced *traced;
    struct timeline line;
    unsigned place; /* of its first lane: its words have two rows above it */
};

struct panels {
    struct panel *items;
    size_t n;
    uint64_t shown_ns; /* the axis's length */
    unsigned places;   /* rows of the picture */
    bool thinned;
};

static void find_length(struct panels *p)
{
    uint64_t longest = 0, second = 0;

    for (size_t i = 0; i < p->n; i++) {
        uint64_t length = p->items[i].traced->duration_ns;

        second = length > longest ? longest : length > second ? length : second;
        longest = length > longest ? length : longest;
    }
    p->shown_ns = second && longest > outlier * second ? second : longest;
}

static void finish_panels(struct panels *p)
{
    for (size_t i = 0; i < p->n; i++)
        timeline_finish(&p->items[i].line);
    free(p->items);
}

/* 0, -ENOENT or -ENOMEM; finish_panels() in any case. */
static int find_panels(const struct traces *t, const char *workload,
                       struct panels *ret)
{
    int error = 0;

    *ret = (struct panels){0};
    ret->items = calloc(t && t->n ? t->n : 1, sizeof(*ret->items));
    if (!ret->items)
        return -ENOMEM;
    for (size_t i = 0; t && i < t->n && !error; i++) {
        struct panel *p = &ret->items[ret->n];

        if (strcmp(t->items[i].workload, workload) != 0)
            continue;
        *p = (struct panel){.traced = &t->items[i], .place = ret->places + 2};
        error = timeline_build(p->traced, &p->line);
        ret->places += p->line.lanes + 2;
        ret->n++;
    }
    find_length(ret);
    return error ? error : ret->n ? 0 : -ENOENT;
}

static double milliseconds(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* Those on which a lane ran; the one that only waits for them is none. */
static unsigned count_threads(const struct panel *p)
{
    unsigned n = 0;

    for (unsigned thread = 0; thread < p->traced->threads; thread++)
        for (size_t i = 0; i < p->line.n; i++)
            if (p->line.slices[i].state == SLICE_RUNS &&
                p->line.slices[i].thread == thread) {
                n++;
                break;
            }
    return n;
}

static void write_panel(const struct panels *all, const struct panel *p,
                        FILE *out)
{
    const struct traced *t = p->traced;
    unsigned threads = count_threads(p);
    char time[QUANTITY_SIZE];

    quantity_ns((double)t->duration_ns, time, sizeof(time));
    fprintf(out, "panel\t%u\t%.5f\t%.5f\t\t\t%s: %s on %u thread%s%s\n",
            p->place - 1, 0.0, milliseconds(all->shown_ns),
            fact_label(t->model), time, threads, threads == 1 ? "" : "s",
            t->duration_ns > all->shown_ns || t->whole_ns < t->duration_ns
                ? ", of which this is the beginning"
                : "");
}

/*
 * A slice that grows while what follows looks the same at this scale: by more
 * of its own state, or by what altogether is too narrow to be seen.  What runs
 * is always seen.
 */
struct pending {
    struct slice slice;
    uint64_t own_end_ns; /* of its own state */
    bool any;
    unsigned place; /* of the panel's first lane */
    size_t n;       /* written so far */
    FILE *out;      /* NULL: they are only counted */
};

static void flush(struct pending *p)
{
    if (p->any && p->out)
        fprintf(p->out, "slice\t%u\t%.5f\t%.5f\t\t%s\t\n",
                p->place + p->slice.lane, milliseconds(p->slice.begin_ns),
                milliseconds(p->slice.end_ns),
                slice_state_name(p->slice.state));
    p->n += p->any;
    p->any = false;
}

static void add_slice(struct pending *p, const struct slice *s, uint64_t column)
{
    bool same = p->any && s->state == p->slice.state;
    bool unseen = p->any && !same && s->state != SLICE_RUNS &&
                  s->end_ns - p->own_end_ns < column;

    if (!same && !unseen) {
        flush(p);
        p->slice = *s;
        p->any = true;
    }
    p->slice.end_ns = s->end_ns;
    if (!unseen)
        p->own_end_ns = s->end_ns;
}

/* How many they are; without `out` they are only counted. */
static size_t write_slices(const struct panels *all, const struct panel *p,
                           uint64_t column, FILE *out)
{
    struct pending pending = {.place = p->place, .out = out};

    for (uint32_t lane = 0; lane < p->line.lanes; lane++) {
        for (size_t i = 0; i < p->line.n; i++) {
            struct slice s = p->line.slices[i];

            if (s.lane != lane || s.begin_ns >= all->shown_ns)
                continue;
            if (s.end_ns > all->shown_ns)
                s.end_ns = all->shown_ns;
            add_slice(&pending, &s, column);
        }
        flush(&pending);
    }
    return pending.n;
}

/* Stretches of time that are told apart: fewer where there are very many. */
static uint64_t find_column(struct panels *all, const struct panel *p)
{
    uint64_t column = all->shown_ns / COLUMNS;

    while (write_slices(all, p, column, NULL) > MOST_SLICES &&
           column < all->shown_ns) {
        column = 2 * column + 1;
        all->thinned = true;
    }
    return column;
}

/*
 * Where one thread runs all, its way from lane to lane is the baton's; while
 * the thread itself waits, nobody has it.
 */
static void write_hand_overs(const struct panels *all, const struct panel *p,
                             FILE *out)
{
    const struct timeline *line = &p->line;

    for (size_t i = 0; i < line->n_hand_overs; i++) {
        const struct slice *from = &line->slices[line->hand_overs[i].from];
        const struct slice *to = &line->slices[line->hand_overs[i].to];

        if (to->begin_ns < all->shown_ns &&
            to->begin_ns - from->end_ns < all->shown_ns / SHORT)
            fprintf(out, "hand\t%u\t%.5f\t%.5f\t%u\t\t\n",
                    p->place + from->lane, milliseconds(from->end_ns),
                    milliseconds(to->begin_ns), p->place + to->lane);
    }
}

static void write_panels(struct panels *all, FILE *out)
{
    fputs("row\tplace\tbegin_ms\tend_ms\tto_place\tstate\tlabel\n", out);
    fprintf(out, "axis\t%u\t0\t%.5f\t\t\t\n", all->places,
            milliseconds(all->shown_ns));
    for (size_t i = 0; i < all->n; i++) {
        const struct panel *p = &all->items[i];

        write_panel(all, p, out);
        write_slices(all, p, find_column(all, p), out);
        if (count_threads(p) == 1 && p->line.n_hand_overs <= MOST_HAND_OVERS)
            write_hand_overs(all, p, out);
    }
}

int lanes_write(const struct results *r, const struct subject *s, FILE *out)
{
    struct panels all;
    int error = find_panels(r->traces, s->workload, &all);

    if (!error)
        write_panels(&all, out);
    finish_panels(&all);
    return error ? error : all.thinned;
}
