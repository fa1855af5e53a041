/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/figures.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/chart.h"
#include "harness/report/gnuplot.h"
#include "harness/report/matrix.h"
#include "harness/results/claims.h"
#include "harness/results/text.h"
#include "harness/results/traces.h"
#include "workloads/workload.h"

const struct figure figures[] = {
    {"ratios", "Which differences are larger than noise?", OF_RUN, true,
     ratios_write},
    {"forest", "Do the hosts agree?", OF_RUN, true, forest_write},
    {"cost", "What does one operation cost?", OF_WORKLOAD, true, cost_write},
    {"lost", "How many updates are lost, and how often?", OF_SWEEP, true,
     curves_write_lost},
    {"growth", "How does time grow?", OF_SWEEP, true, curves_write_growth},
    {"map", "Which model is the fastest where?", OF_WORKLOAD, true, map_write,
     .whenever = true},
    {"latency", "How long did the slowest take?", OF_WORKLOAD, true,
     latency_write},
    {"lanes", "Which task ran when, and which waited?", OF_WORKLOAD, true,
     lanes_write},
    {"reported", "How long until each site is reported?", OF_WORKLOAD, true,
     reported_write},
    {"order", "Was the machine quiet while it measured?", OF_RUN, false,
     order_write},
};
const size_t n_figures = sizeof(figures) / sizeof(figures[0]);

static void name_it(struct drawing *d, const struct subject *s)
{
    const char *of = s->workload ? s->workload : "";
    const char *by = s->parameter ? s->parameter : "";
    char part[32] = "", parted[32] = "";

    if (s->part) {
        snprintf(part, sizeof(part), "-%zu", s->part + 1);
        snprintf(parted, sizeof(parted), " (part %zu)", s->part + 1);
    }
    snprintf(d->name, sizeof(d->name), "%s%s%s%s%s%s", d->figure->name,
             *of ? "-" : "", of, *by ? "-" : "", by, part);
    snprintf(d->title, sizeof(d->title), "%s%s%s%s%s%s%s", d->figure->title,
             *of ? " (" : "", of, *by ? ", " : "", by, *of ? ")" : "", parted);
}

/* Adds the figure; -ENOENT: these results have no data for it. */
static int add(struct drawings *d, const struct figure *f,
               const struct subject *s, const struct results *r)
{
    struct drawing *grown =
        reallocarray(d->items, d->n + 1, sizeof(d->items[0]));
    struct drawing *drawing = grown ? &grown[d->n] : NULL;
    FILE *out;
    int error;

    if (!grown)
        return -ENOMEM;
    d->items = grown;
    *drawing = (struct drawing){.figure = f, .of = *s};
    out = open_memstream(&drawing->data, &drawing->size);
    if (!out)
        return -ENOMEM;
    error = f->write(r, s, out, &drawing->shown);
    if (fclose(out) && error >= 0)
        error = -ENOMEM;
    if (error < 0) {
        free(drawing->data);
        return error;
    }
    drawing->thinned = error == 1;
    name_it(drawing, s);
    d->n++;
    return 0;
}

/* All its parts that there are data for. */
static int try(struct drawings *d, const struct figure *f, struct subject s,
               const struct results *r)
{
    int error;

    do {
        error = add(d, f, &s, r);
        s.part++;
    } while (!error && f->parts);
    return error == -ENOENT ? 0 : error;
}

bool figure_is_named(const struct figure *f, const struct claim *c)
{
    const char *list = c->figure;
    struct item item;

    while (list && text_next(&list, ',', &item))
        if (item_is(&item, f->name))
            return true;
    return false;
}

static bool is_wanted(const struct figure *f, const struct workload *w,
                      const struct results *r)
{
    bool any = false;

    for (size_t i = 0; r->claims && i < r->claims->n; i++) {
        const struct claim *c = &r->claims->items[i];

        if (c->workload == w && figure_is_named(f, c))
            return true;
        any = any || (c->workload == w && c->figure);
    }
    return !any || f->whenever;
}

static int try_workload(struct drawings *d, const struct figure *f,
                        const struct workload *w, const struct results *r)
{
    struct subject s = {.workload = w->name};
    int error = 0;

    if (f->scope == OF_WORKLOAD)
        return try(d, f, s, r);
    for (size_t i = 0; f->scope == OF_SWEEP && i < w->n_parameters; i++) {
        s.parameter = w->parameters[i].name;
        error = error ? error : try(d, f, s, r);
    }
    return error;
}

int drawings_build(struct drawings *d, const struct results *r)
{
    const struct subject all = {0};
    int error;

    *d = (struct drawings){0};
    /* The samples of several hosts are in no other one. */
    error = try(d, &figures[r->hosts ? 1 : 0], all, r);
    if (r->hosts)
        return error;
    for (size_t i = 0; i < n_workloads; i++)
        for (size_t j = 0; j < n_figures && !error; j++)
            if (is_wanted(&figures[j], workloads[i], r))
                error = try_workload(d, &figures[j], workloads[i], r);
    if (!error)
        error = try(d, &figures[n_figures - 1], all, r);
    if (error)
        drawings_finish(d);
    return error;
}

void drawings_finish(struct drawings *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->items[i].data);
        free(d->items[i].svg);
        free(d->items[i].shown.overlaps);
    }
    free(d->items);
    *d = (struct drawings){0};
}

/*
 * A file of an earlier call, such as "growth-download-n.svg", which does not
 * match the new data; no file of another program.
 */
static bool is_own(const char *file)
{
    char pattern[64];

    for (size_t i = 0; i < n_figures; i++) {
        snprintf(pattern, sizeof(pattern), "%.32s@(|-*).@(tsv|svg|png)",
                 figures[i].name);
        if (fnmatch(pattern, file, FNM_EXTMATCH) == 0)
            return true;
    }
    return false;
}

static void remove_old(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (is_own(entry->d_name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
}

int drawings_write(const char *dir, const struct drawings *d)
{
    char folder[PATH_MAX], name[128];
    int error = 0;

    if (snprintf(folder, sizeof(folder), "%s/figures", dir) >= PATH_MAX)
        return -ENAMETOOLONG;
    if (mkdir(folder, 0777) && errno != EEXIST)
        return -errno;
    remove_old(folder);
    for (size_t i = 0; i < d->n && !error; i++) {
        snprintf(name, sizeof(name), "%s.tsv", d->items[i].name);
        error =
            store_write_file(folder, name, d->items[i].data, d->items[i].size);
    }
    return error;
}

/*
 * gnuplot titles all its drawings "Gnuplot"; frees the text that it replaces.
 */
static char *name_picture(char *svg, const char *title)
{
    static const char given[] = "<title>Gnuplot</title>";
    const char *at = strstr(svg, given);
    char *named = NULL;

    if (at && asprintf(&named, "%.*s<title>%s</title>%s", (int)(at - svg), svg,
                       title, at + strlen(given)) < 0)
        named = NULL;
    if (!named)
        return svg;
    free(svg);
    return named;
}

static int draw(const char *folder, struct drawing *d, bool svg, char *why,
                size_t size)
{
    char file[128], *picture;
    int error =
        gnuplot_draw(d->figure->name, d->name, d->data, svg ? "svg" : "dumb",
                     (char *[]){d->name, d->title, NULL}, &picture, why, size);

    if (!error && svg) {
        snprintf(file, sizeof(file), "%s.svg", d->name);
        free(d->svg);
        d->svg = picture = name_picture(picture, d->title);
        error = store_write_file(folder, file, picture, strlen(picture));
    } else if (!error) {
        /* Without the form feed before it. */
        fputs(picture + (picture[0] == '\f'), stdout);
        fflush(stdout);
        free(picture);
    }
    if (error && !*why)
        snprintf(why, size, "%s: %s", d->name, strerror(-error));
    return error;
}

int drawings_draw(const char *dir, struct drawings *d, bool svg, char *why,
                  size_t size)
{
    char folder[PATH_MAX], said[512];
    int error = 0;

    why[0] = '\0';
    if (snprintf(folder, sizeof(folder), "%s/figures", dir) >= PATH_MAX)
        return -ENAMETOOLONG;
    /* After a failure the others are drawn; without gnuplot all would fail. */
    for (size_t i = 0; i < d->n && error != -ENOENT; i++) {
        int failed = draw(folder, &d->items[i], svg, said, sizeof(said));

        if (failed && !error)
            snprintf(why, size, "%s", said);
        error = error ? error : failed;
    }
    return error;
}
