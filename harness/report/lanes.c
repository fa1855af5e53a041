/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/lanes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/report/quantities.h"
#include "harness/results/slices.h"

enum {
    MOST_PANELS = 12,
    COLUMNS = 800, /* what is narrower than a panel by this is not seen */
    MOST_HAND_OVERS = 400,
    SHORT = 50, /* of these is the axis: as long as a hand-over may be */
};

/*
 * All panels share one axis of time, so that their lengths compare.  One that
 * is longer than all others by this is cut off instead of hiding them.
 */
static const uint64_t outlier = 10;

struct panels {
    const struct traced *items[MOST_PANELS];
    size_t n;
    uint64_t shown_ns; /* the axis's length */
};

static void find_panels(const struct results *r, const char *workload,
                        struct panels *ret)
{
    uint64_t longest = 0, second = 0;

    *ret = (struct panels){0};
    for (size_t i = 0; r->traces && i < r->traces->n; i++) {
        const struct traced *t = &r->traces->items[i];

        if (strcmp(t->workload, workload) != 0 || ret->n == MOST_PANELS)
            continue;
        ret->items[ret->n++] = t;
        if (t->duration_ns > longest) {
            second = longest;
            longest = t->duration_ns;
        } else if (t->duration_ns > second) {
            second = t->duration_ns;
        }
    }
    ret->shown_ns = second && longest > outlier * second ? second : longest;
}

static double milliseconds(uint64_t ns)
{
    return (double)ns / 1e6;
}

/* Those on which a lane ran; the one that only waits for them is none. */
static unsigned count_threads(const struct traced *t,
                              const struct timeline *line)
{
    unsigned n = 0;

    for (unsigned thread = 0; thread < t->threads; thread++)
        for (size_t i = 0; i < line->n; i++)
            if (line->slices[i].state == SLICE_RUNS &&
                line->slices[i].thread == thread) {
                n++;
                break;
            }
    return n;
}

/* Rows of the picture: a panel's words have two above its lanes. */
static unsigned first_place(const struct timeline lines[], size_t panel)
{
    unsigned place = 2;

    for (size_t i = 0; i < panel; i++)
        place += lines[i].lanes + 2;
    return place;
}

static void write_panel(const struct panels *p, const struct traced *t,
                        const struct timeline *line, unsigned place, FILE *out)
{
    unsigned threads = count_threads(t, line);
    char time[QUANTITY_SIZE];

    quantity_ns((double)t->duration_ns, time, sizeof(time));
    fprintf(out, "panel\t%u\t%.5f\t%.5f\t\t\t%s: %s on %u thread%s%s\n",
            place - 1, 0.0, milliseconds(p->shown_ns), fact_label(t->model),
            time, threads, threads == 1 ? "" : "s",
            t->duration_ns > p->shown_ns || t->whole_ns < t->duration_ns
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
};

static void flush(struct pending *p, FILE *out)
{
    if (p->any)
        fprintf(out, "slice\t%u\t%.5f\t%.5f\t\t%s\t\n",
                p->place + p->slice.lane, milliseconds(p->slice.begin_ns),
                milliseconds(p->slice.end_ns),
                slice_state_name(p->slice.state));
    p->any = false;
}

static void add_slice(struct pending *p, const struct slice *s, uint64_t column,
                      FILE *out)
{
    bool same = p->any && s->state == p->slice.state;
    bool unseen = p->any && !same && s->state != SLICE_RUNS &&
                  s->end_ns - p->own_end_ns < column;

    if (!same && !unseen) {
        flush(p, out);
        p->slice = *s;
        p->any = true;
    }
    p->slice.end_ns = s->end_ns;
    if (!unseen)
        p->own_end_ns = s->end_ns;
}

static void write_slices(const struct panels *p, const struct timeline *line,
                         unsigned place, FILE *out)
{
    uint64_t column = p->shown_ns / COLUMNS;

    for (uint32_t lane = 0; lane < line->lanes; lane++) {
        struct pending pending = {.place = place};

        for (size_t i = 0; i < line->n; i++) {
            struct slice s = line->slices[i];

            if (s.lane != lane || s.begin_ns >= p->shown_ns)
                continue;
            if (s.end_ns > p->shown_ns)
                s.end_ns = p->shown_ns;
            add_slice(&pending, &s, column, out);
        }
        flush(&pending, out);
    }
}

/*
 * Where one thread runs all, its way from lane to lane is the baton's; while
 * the thread itself waits, nobody has it.
 */
static void write_hand_overs(const struct panels *p,
                             const struct timeline *line, unsigned place,
                             FILE *out)
{
    for (size_t i = 0; i < line->n_hand_overs; i++) {
        const struct slice *from = &line->slices[line->hand_overs[i].from];
        const struct slice *to = &line->slices[line->hand_overs[i].to];

        if (to->begin_ns < p->shown_ns &&
            to->begin_ns - from->end_ns < p->shown_ns / SHORT)
            fprintf(out, "hand\t%u\t%.5f\t%.5f\t%u\t\t\n", place + from->lane,
                    milliseconds(from->end_ns), milliseconds(to->begin_ns),
                    place + to->lane);
    }
}

static void write_lines(const struct panels *p, const struct timeline lines[],
                        FILE *out)
{
    for (size_t i = 0; i < p->n; i++) {
        unsigned place = first_place(lines, i);

        write_panel(p, p->items[i], &lines[i], place, out);
        write_slices(p, &lines[i], place, out);
        if (count_threads(p->items[i], &lines[i]) == 1 &&
            lines[i].n_hand_overs <= MOST_HAND_OVERS)
            write_hand_overs(p, &lines[i], place, out);
    }
}

static int build_lines(const struct panels *p, struct timeline lines[])
{
    int error = 0;

    for (size_t i = 0; i < p->n && !error; i++)
        error = timeline_build(p->items[i], &lines[i]);
    return error;
}

static int write_lanes(const struct results *r, const char *workload, FILE *out)
{
    struct timeline lines[MOST_PANELS] = {0};
    struct panels p;
    int error;

    find_panels(r, workload, &p);
    if (p.n == 0)
        return -ENOENT;
    error = build_lines(&p, lines);
    fputs("row\tplace\tbegin_ms\tend_ms\tto_place\tstate\tlabel\n", out);
    fprintf(out, "axis\t%u\t0\t%.5f\t\t\t\n", first_place(lines, p.n) - 2,
            milliseconds(p.shown_ns));
    if (!error)
        write_lines(&p, lines, out);
    for (size_t i = 0; i < p.n; i++)
        timeline_finish(&lines[i]);
    return error;
}

int lanes_write_counter(const struct results *r, FILE *out)
{
    return write_lanes(r, "counter", out);
}

int lanes_write_download(const struct results *r, FILE *out)
{
    return write_lanes(r, "download", out);
}
