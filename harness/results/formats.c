/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/formats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/results/format_parts.h"

static const struct {
    format_print *print;
    bool of_cells;
} formats[FORMAT_N] = {
    [FORMAT_GBENCH_CELLS] = {format_gbench_cells, true},
    [FORMAT_BENCHER] = {format_bencher, true},
    [FORMAT_BENCHSTAT] = {format_benchstat, false},
    [FORMAT_CSV] = {format_csv, false},
};

const char *const format_names[FORMAT_N] = {
    [FORMAT_GBENCH_CELLS] = "gbench-cells",
    [FORMAT_BENCHER] = "bencher",
    [FORMAT_BENCHSTAT] = "benchstat",
    [FORMAT_CSV] = "csv",
};

bool format_is_of_cells(enum format format)
{
    return formats[format].of_cells;
}

bool recording_has_sides(const struct recording *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].side[0])
            return true;
    return false;
}

static int print_all(enum format format, const struct recording *r,
                     const struct groups *groups, struct formatted *f)
{
    size_t size;
    FILE *out = open_memstream(&f->left_out, &size);
    int error;

    if (!out)
        return -ENOMEM;
    groups_print_left_out(groups, out);
    error = fclose(out) ? -ENOMEM : 0;
    for (size_t i = 0; i < groups->n; i++)
        if (group_is_shown(groups->items[i]))
            f->rows += format_is_of_cells(format) ? 1 : groups->items[i]->n;
    if (error || f->rows == 0)
        return error;
    out = open_memstream(&f->text, &size);
    if (!out)
        return -ENOMEM;
    error = formats[format].print(r, groups, out);
    return fclose(out) && !error ? -ENOMEM : error;
}

int format_recording(enum format format, const struct recording *r,
                     const char *side, struct formatted *ret)
{
    bool of_cells = format_is_of_cells(format);
    struct formatted f = {0};
    struct groups groups = {0};
    int error;

    if (!side && of_cells && recording_has_sides(r))
        side = "cand";
    error = groups_collect(&groups, r, side, !of_cells);
    if (!error)
        error = print_all(format, r, &groups, &f);
    groups_finish(&groups);
    if (error)
        formatted_finish(&f);
    else
        *ret = f;
    return error;
}

void formatted_finish(struct formatted *f)
{
    free(f->text);
    free(f->left_out);
    *f = (struct formatted){0};
}
