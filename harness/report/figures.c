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
    {
        .name = "ratios",
        .title = "Which differences are larger than noise?",
        .reading =
            "Each row compares two models at one task: the mark is the median "
            "ratio of their times, the line its interval; to the right of 1 "
            "the first takes longer. The grey band is what cells of that "
            "workload differ by when they are compared with themselves: noise "
            "alone can make a difference inside it. Hollow marks have a side "
            "whose results were wrong, so they compare speeds and not "
            "solutions. A star is what the tutorial claimed.",
        .scope = OF_RUN,
        .parts = true,
        .write = ratios_write,
    },
    {
        .name = "cost",
        .title = "What does one operation cost?",
        .reading =
            "Time divided by the number of operations, on a logarithmic axis: "
            "a step to the right is several times as expensive. Each faint "
            "stroke is one sample, a process of its own; the mark is their "
            "median, the line its exact interval. Models with a wrong "
            "result are hollow and stand below the others: they are not "
            "ranked, even if they are fast. Two clusters of strokes in one row "
            "are two "
            "speeds of the same instructions, which docs/measuring.md "
            "explains.",
        .scope = OF_WORKLOAD,
        .parts = true,
        .write = cost_write,
    },
    {
        .name = "lost",
        .title = "How many updates are lost, and how often?",
        .reading =
            "Above: the share of updates that the counter lacks at the end; "
            "faint strokes are samples, marks their medians with intervals. "
            "Below: the share of all iterations that ended wrong. It has no "
            "interval of its own, because iterations in one process are not "
            "independent. A program can be right in most runs and still be "
            "wrong: look at the left end. A star is what the tutorial "
            "claimed. Grey lines are the models of the other panels.",
        .scope = OF_SWEEP,
        .parts = true,
        .write = curves_write_lost,
    },
    {
        .name = "growth",
        .title = "How does time grow?",
        .reading =
            "Both axes are logarithmic: growth as a power is a straight line, "
            "and its slope, the exponent, stands at the end of each curve "
            "with its interval. An exponent of 1 is one task after another, 0 "
            "all of them in the time of one. Faint strokes are samples, marks "
            "their medians; how far one curve lies below another at the right "
            "end is the speed-up. A curve that bends upwards pays for each "
            "task, which one exponent hides. The dashed line is the CPU "
            "time without a network; it does not include waiting. Grey lines "
            "are "
            "the models of the other panels.",
        .scope = OF_SWEEP,
        .parts = true,
        .write = curves_write_growth,
    },
    {
        .name = "latency",
        .title = "How long did the slowest take?",
        .reading =
            "A curve shows which share of all items took at least so long, "
            "over all samples of the cells with the most items. Both the share "
            "and, where times differ tenfold, the time have a logarithmic "
            "axis. Marks stand at the median and at the 90th, 99th and "
            "99.9th percentile, as far as at least ten items took longer. A "
            "curve that falls steeply treats all alike; one with a long tail "
            "lets a few wait.",
        .scope = OF_WORKLOAD,
        .parts = true,
        .write = latency_write,
    },
    {
        .name = "lanes",
        .title = "Which task ran when, and which waited?",
        .reading =
            "One panel for each model, drawn from one real traced sample of "
            "each; time runs from left to right, and all panels share its "
            "axis unless their times differ tenfold. A full bar is a task that "
            "runs, a slim one a task that "
            "could run while another one does, a line one that waits: for "
            "bytes, for a lock, for the start, or for a CPU after it was "
            "woken. Where one thread runs all tasks, the thin line shows how "
            "it goes from one to the next. Threads are stopped anywhere, a "
            "lock turns them into a queue, and the tasks of an event loop "
            "hand over by themselves.",
        .scope = OF_WORKLOAD,
        .parts = true,
        .write = lanes_write,
    },
    {
        .name = "reported",
        .title = "How long until each site is reported?",
        .reading =
            "A line for each kind of site, all met in one iteration. A mark "
            "for each model, or for each family of more than six, is the "
            "median time until it reported the outcome of the site, the line "
            "through it reaches from the shortest to the longest; shorter "
            "times are drawn at the left border. What the "
            "server ends should be reported as soon as it ends, what a "
            "deadline ends at the deadline, the upright stroke. Healthy sites "
            "are each timed from their own start: where all go at once, one "
            "that waits for a broken one shows it there. The CPU floor waits "
            "in virtual time, so it stands where the server's own waits end. "
            "On the right is the outcome; hollow marks have a wrong one, or "
            "other bytes than the other models.",
        .scope = OF_WORKLOAD,
        .parts = true,
        .write = reported_write,
    },
    {
        .name = "order",
        .title = "Was the machine quiet while it measured?",
        .reading =
            "Every sample at the moment it was taken, by its time relative to "
            "the median of its cell. Samples that drift or jump together show "
            "that the machine changed, not the models; arrowheads at the "
            "border lie beyond it. The bars below are the share of its time "
            "that the machine lost to others (steal). Light lines are the "
            "borders of rounds: ratios are formed inside a round, where such "
            "changes divide out.",
        .scope = OF_RUN,
        .write = order_write,
    },
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
    return !any;
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
    error = try(d, &figures[0], all, r);
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

/* Writing. */

/*
 * An old picture would pass for one of these data: "growth-download-n.svg", but
 * nothing that somebody else put there.
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

/* Drawing. */

/* gnuplot calls all of its drawings "Gnuplot"; frees that one. */
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
    /* One that fails leaves the others; without gnuplot all fail alike. */
    for (size_t i = 0; i < d->n && error != -ENOENT; i++) {
        int failed = draw(folder, &d->items[i], svg, said, sizeof(said));

        if (failed && !error)
            snprintf(why, size, "%s", said);
        error = error ? error : failed;
    }
    return error;
}
