/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/chart.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/quantities.h"
#include "harness/results/slices.h"
#include "workloads/workload.h"

/*
 * The swimlanes: a panel for each traced model, a row in it for each task or
 * lane, what it did over time.  Rows of the data: for each `panel` where it is
 * and its words, its `tick`s, a `name` for lanes that have room for one, a
 * `slice` for each stretch of time in one state, and for one thread's way from
 * lane to lane a `hand` for each hand-over.  Places are pixels from the top of
 * the picture, left and right are parts of its width.
 */
enum {
    COLUMNS = 800, /* what is narrower than a panel by this is not seen */
    MOST_HAND_OVERS = 400,
    MOST_SLICES = MOST_POINTS - MOST_HAND_OVERS,
    SHORT = 50, /* of these is the axis: as long as a hand-over may be */
};

/* Panels of a part stand in two columns; lengths are pixels. */
enum {
    MOST_PANELS = 6,
    TOP = 80, /* of the picture: its title, and what a bar means */
    BOTTOM = 660,
    WORDS = 28, /* above a panel */
    TICKS = 40, /* below it */
    LEAST = 4,  /* of a lane */
    MOST = 24,
    NAMED = 22, /* what the name of one takes */
};
static const double names_share = 0.065, gap_share = 0.025; /* of the width */

/*
 * All panels share one axis of time, so that lengths can be compared; where one
 * is longer than another by this, each has its own, and its title says so.
 */
static const uint64_t tenfold = 10;

struct panel {
    const struct traced *traced;
    struct timeline line;
    uint64_t shown_ns;  /* its axis's length */
    double left, right; /* of its axis */
    unsigned top;       /* of its words */
};

struct panels {
    const char *lane; /* what a lane is called */
    struct panel *items;
    size_t n, n_columns;
    unsigned pixels, height; /* of a lane, of the picture */
    bool own, thinned;
};

static void finish_panels(struct panels *p)
{
    for (size_t i = 0; i < p->n; i++)
        timeline_finish(&p->items[i].line);
    free(p->items);
}

/* Of all panels of the workload, whatever their part. */
static uint64_t find_length(struct panels *p, const struct traces *t,
                            const char *workload)
{
    uint64_t longest = 0, shortest = UINT64_MAX;

    for (size_t i = 0; t && i < t->n; i++) {
        uint64_t length = t->items[i].duration_ns;

        if (strcmp(t->items[i].workload, workload) != 0 || !length)
            continue;
        longest = length > longest ? length : longest;
        shortest = length < shortest ? length : shortest;
    }
    p->own = longest / tenfold >= shortest;
    return longest;
}

/* 0, -ENOENT or -ENOMEM; finish_panels() in any case. */
static int find_panels(const struct traces *t, const struct subject *of,
                       struct panels *ret)
{
    uint64_t longest = find_length(ret, t, of->workload);
    size_t skip = MOST_PANELS * of->part;
    int error = 0;

    ret->items = calloc(MOST_PANELS, sizeof(*ret->items));
    if (!ret->items)
        return -ENOMEM;
    for (size_t i = 0; t && i < t->n && ret->n < MOST_PANELS && !error; i++) {
        struct panel *p = &ret->items[ret->n];

        if (strcmp(t->items[i].workload, of->workload) != 0 || skip-- > 0)
            continue;
        skip = 0;
        p->traced = &t->items[i];
        p->shown_ns = ret->own ? p->traced->duration_ns : longest;
        error = timeline_build(p->traced, &p->line);
        ret->n++;
    }
    return error ? error : ret->n ? 0 : -ENOENT;
}

/* Lanes of the longest panel of a row. */
static uint32_t lanes_of_row(const struct panels *all, size_t row)
{
    uint32_t most = 1;

    for (size_t i = row * all->n_columns;
         i < (row + 1) * all->n_columns && i < all->n; i++)
        most =
            all->items[i].line.lanes > most ? all->items[i].line.lanes : most;
    return most;
}

static void place_panels(struct panels *all)
{
    size_t n = all->n_columns = all->n > 2 ? 2 : 1;
    size_t rows = (all->n + n - 1) / n, lanes = 0;
    size_t room = BOTTOM - TOP - rows * (WORDS + TICKS);

    for (size_t row = 0; row < rows; row++)
        lanes += lanes_of_row(all, row);
    all->pixels = (unsigned)(room / lanes < LEAST  ? LEAST
                             : room / lanes > MOST ? MOST
                                                   : room / lanes);
    all->height = TOP;
    for (size_t i = 0; i < all->n; i++) {
        struct panel *p = &all->items[i];

        p->left = (double)(i % n) / (double)n + names_share;
        p->right = (double)(i % n + 1) / (double)n - gap_share;
        p->top = all->height;
        if (i % n == n - 1 || i + 1 == all->n)
            all->height +=
                WORDS + lanes_of_row(all, i / n) * all->pixels + TICKS;
    }
}

static double milliseconds(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* The middle of a lane. */
static double place_of(const struct panels *all, const struct panel *p,
                       uint32_t lane)
{
    return p->top + WORDS + (lane + 0.5) * all->pixels;
}

/* Those on which a lane ran, without the one that only waits for them. */
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

/* Up to the next of 1, 2, 5, 10, ... */
static double round_up(double value)
{
    double unit = pow(10, floor(log10(value)));

    return value <= 1 * unit   ? unit
           : value <= 2 * unit ? 2 * unit
           : value <= 5 * unit ? 5 * unit
                               : 10 * unit;
}

static void write_ticks(const struct panels *all, const struct panel *p,
                        size_t number, FILE *out)
{
    double end = milliseconds(p->shown_ns), step = round_up(end / 5);
    double top = place_of(all, p, 0) - all->pixels / 2.0;
    double bottom = top + all->pixels * p->line.lanes;

    for (double at = 0; end > 0 && at <= end; at += step) {
        fprintf(out, "tick\t%zu\t%g\t%.5f\t\t%g\t\t\t\t", number, top, at,
                bottom);
        fprintf(out, at > 0 ? "%g ms\n" : "0\n", at);
    }
}

static void write_names(const struct panels *all, const struct panel *p,
                        size_t number, FILE *out)
{
    uint32_t step = (NAMED + all->pixels - 1) / all->pixels;

    for (uint32_t lane = 0; lane < p->line.lanes; lane += step)
        fprintf(out, "name\t%zu\t%g\t\t\t\t\t\t\t%s %u\n", number,
                place_of(all, p, lane), all->lane, lane + 1);
}

static void write_panel(const struct panels *all, const struct panel *p,
                        size_t number, FILE *out)
{
    const struct traced *t = p->traced;
    unsigned threads = count_threads(p);
    char time[QUANTITY_SIZE];

    quantity_ns((double)t->duration_ns, time, sizeof(time));
    fprintf(out,
            "panel\t%zu\t%u\t0\t%.5f\t\t%.5f\t%.5f\t\t%s: %s on %u thread%s"
            "%s%s\n",
            number, p->top + WORDS / 2, milliseconds(p->shown_ns), p->left,
            p->right, fact_label(t->model, t->workload), time, threads,
            threads == 1 ? "" : "s", all->own ? ", own axis" : "",
            t->whole_ns < t->duration_ns ? ", the beginning" : "");
    write_ticks(all, p, number, out);
    write_names(all, p, number, out);
}

/*
 * A slice that is extended while what follows looks the same at this scale:
 * more of its own state, or states that are together too narrow to be seen. A
 * slice that runs is always drawn.
 */
struct pending {
    struct slice slice;
    uint64_t own_end_ns; /* of its own state */
    bool any;
    const struct panels *all;
    const struct panel *panel;
    size_t number; /* of the panel */
    size_t n;      /* written so far */
    FILE *out;     /* NULL: they are only counted */
};

static void flush(struct pending *p)
{
    if (p->any && p->out)
        fprintf(p->out, "slice\t%zu\t%g\t%.5f\t%.5f\t\t\t\t%s\t\n", p->number,
                place_of(p->all, p->panel, p->slice.lane),
                milliseconds(p->slice.begin_ns), milliseconds(p->slice.end_ns),
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
static size_t write_slices(const struct panels *all, size_t number,
                           uint64_t column, FILE *out)
{
    const struct panel *p = &all->items[number - 1];
    struct pending pending = {
        .all = all, .panel = p, .number = number, .out = out};

    for (uint32_t lane = 0; lane < p->line.lanes; lane++) {
        for (size_t i = 0; i < p->line.n; i++)
            if (p->line.slices[i].lane == lane)
                add_slice(&pending, &p->line.slices[i], column);
        flush(&pending);
    }
    return pending.n;
}

/* The shortest time that is drawn: longer where there are very many slices. */
static uint64_t find_column(struct panels *all, size_t number)
{
    uint64_t shown = all->items[number - 1].shown_ns;
    uint64_t column = shown / COLUMNS;

    while (write_slices(all, number, column, NULL) > MOST_SLICES &&
           column < shown) {
        column = 2 * column + 1;
        all->thinned = true;
    }
    return column;
}

/*
 * Where one thread runs all lanes, a line shows how it goes from one to the
 * next. While the thread itself waits there is no line.
 */
static void write_hand_overs(const struct panels *all, size_t number, FILE *out)
{
    const struct panel *p = &all->items[number - 1];
    const struct timeline *line = &p->line;

    for (size_t i = 0; i < line->n_hand_overs; i++) {
        const struct slice *from = &line->slices[line->hand_overs[i].from];
        const struct slice *to = &line->slices[line->hand_overs[i].to];

        if (to->begin_ns - from->end_ns < p->shown_ns / SHORT)
            fprintf(out, "hand\t%zu\t%g\t%.5f\t%.5f\t%g\t\t\t\t\n", number,
                    place_of(all, p, from->lane), milliseconds(from->end_ns),
                    milliseconds(to->begin_ns), place_of(all, p, to->lane));
    }
}

static void write_panels(struct panels *all, FILE *out)
{
    fputs("row\tpanel\tplace\tbegin_ms\tend_ms\tto_place\tleft\tright\tstate\t"
          "label\n",
          out);
    /* How many panels, how high the picture and a lane are. */
    fprintf(out, "axis\t%zu\t%u\t\t\t%u\t\t\t\t\n", all->n, all->height,
            all->pixels);
    for (size_t i = 0; i < all->n; i++) {
        const struct panel *p = &all->items[i];

        write_panel(all, p, i + 1, out);
        write_slices(all, i + 1, find_column(all, i + 1), out);
        if (count_threads(p) == 1 && p->line.n_hand_overs <= MOST_HAND_OVERS)
            write_hand_overs(all, i + 1, out);
    }
}

/* The most slices at a time, of the lanes that run or of all. */
static unsigned peak_of(const struct timeline *line, bool running)
{
    double *begins = calloc(line->n + 1, sizeof(*begins));
    double *ends = calloc(line->n + 1, sizeof(*ends));
    size_t n = 0, ended = 0, peak = 0;

    for (size_t i = 0; begins && ends && i < line->n; i++)
        if (!running || line->slices[i].state == SLICE_RUNS) {
            begins[n] = (double)line->slices[i].begin_ns;
            ends[n++] = (double)line->slices[i].end_ns;
        }
    gsl_sort(begins, 1, n);
    gsl_sort(ends, 1, n);
    for (size_t i = 0; i < n; i++) {
        while (ends[ended] <= begins[i])
            ended++;
        peak = i + 1 - ended > peak ? i + 1 - ended : peak;
    }
    free(begins);
    free(ends);
    return (unsigned)peak;
}

static void find_overlaps(const struct panels *all, struct finding *ret)
{
    ret->kind = FINDING_OVERLAP;
    ret->workload = all->items[0].traced->workload;
    ret->parameters = all->items[0].traced->parameters;
    ret->overlaps = calloc(all->n, sizeof(*ret->overlaps));
    for (; ret->overlaps && ret->n_overlaps < all->n; ret->n_overlaps++) {
        const struct panel *p = &all->items[ret->n_overlaps];
        bool known = p->traced->switches_error == 0;

        ret->overlaps[ret->n_overlaps] =
            (struct overlap){p->traced->model, peak_of(&p->line, false),
                             known ? peak_of(&p->line, true) : 0};
    }
}

int lanes_write(const struct results *r, const struct subject *s, FILE *out,
                struct finding *ret_shown)
{
    const struct workload *w = workload_find(s->workload);
    struct panels all = {.lane = w && w->kind->served ? "lane" : "task"};
    int error = find_panels(r->traces, s, &all);

    if (!error) {
        place_panels(&all);
        write_panels(&all, out);
        find_overlaps(&all, ret_shown);
    }
    finish_panels(&all);
    return error ? error : all.thinned;
}
