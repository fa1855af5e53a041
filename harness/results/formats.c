/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/formats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/format_parts.h"
#include "harness/results/names.h"
#include "harness/results/text.h"

static format_print *const prints[FORMAT_N] = {
    [FORMAT_GBENCH_CELLS] = format_gbench_cells,
    [FORMAT_BENCHER] = format_bencher,
    [FORMAT_BENCHSTAT] = format_benchstat,
    [FORMAT_CSV] = format_csv,
};

const char *const format_names[FORMAT_N] = {
    [FORMAT_GBENCH_CELLS] = "gbench-cells",
    [FORMAT_BENCHER] = "bencher",
    [FORMAT_BENCHSTAT] = "benchstat",
    [FORMAT_CSV] = "csv",
};

bool format_is_of_cells(enum format format)
{
    return format == FORMAT_GBENCH_CELLS || format == FORMAT_BENCHER;
}

bool recording_has_sides(const struct recording *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].side[0])
            return true;
    return false;
}

bool selection_has(const struct selection *s, const struct entry *e)
{
    return (!s->side || strcmp(e->first->side, s->side) == 0) &&
           (s->twins || !e->twin);
}

bool selection_shows(const struct selection *s, const struct entry *e)
{
    return selection_has(s, e) && e->n_right > 0 && e->wrong == 0;
}

/* A line for a cell of which something is missing. */
static void print_left_out(const struct entry *e, FILE *out)
{
    const struct sample *s = e->first;
    unsigned all = e->measured + e->missing;
    char name[CELL_NAME_SIZE], why[sizeof(s->text)];

    if (e->n_right == all)
        return;
    sample_cell_name(s, name, sizeof(name));
    fprintf(out, "%s%s%s%s: ", name, s->twin ? " (A/A pair)" : "",
            s->side[0] ? " of " : "", s->side);
    if (e->wrong)
        fprintf(out, "left out: wrong in %u of %u samples", e->wrong, all);
    else
        fprintf(out, "%zu of %u samples measured nothing", all - e->n_right,
                all);
    clean_text(e->why, false, why, sizeof(why));
    fprintf(out, "%s%s\n", why[0] ? ": " : "", why);
}

static void print_all_left_out(const void *selection, FILE *out)
{
    const struct selection *s = selection;

    for (size_t i = 0; i < s->table.n; i++)
        if (selection_has(s, &s->table.entries[i]))
            print_left_out(&s->table.entries[i], out);
}

static int print_all(enum format format, const struct selection *s,
                     struct formatted *f)
{
    size_t size;
    FILE *out;
    int error;

    f->left_out = text_of(print_all_left_out, s);
    for (size_t i = 0; i < s->table.n; i++)
        if (selection_shows(s, &s->table.entries[i]))
            f->rows +=
                format_is_of_cells(format) ? 1 : s->table.entries[i].n_right;
    if (f->rows == 0)
        return f->left_out ? 0 : -ENOMEM;
    out = open_memstream(&f->text, &size);
    error = out ? prints[format](s, out) : -ENOMEM;
    return out && !text_close(out, &f->text) ? -ENOMEM : error;
}

int format_recording(enum format format, const struct recording *r,
                     const char *side, struct formatted *ret)
{
    bool of_cells = format_is_of_cells(format);
    struct selection s = {.recording = r, .side = side, .twins = !of_cells};
    struct formatted f = {0};
    int error = table_build(&s.table, r->samples, r->n);

    if (!side && of_cells && recording_has_sides(r))
        s.side = "cand";
    if (!error)
        error = print_all(format, &s, &f);
    table_finish(&s.table);
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
