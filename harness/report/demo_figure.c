/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/demo_figure.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gsl/gsl_sort.h>

#include "harness/report/data.h"
#include "harness/report/gnuplot.h"
#include "harness/report/quantities.h"
#include "harness/results/store.h"

/* The data. */

/* Of so many times one may lie above the axis, so that it does not press all
 * the others together. */
static const size_t clipped_one_in = 50;

struct scale {
    double unit; /* nanoseconds */
    const char *name;
    double low, high;
};

static struct scale scale_of(const double *sorted, size_t n)
{
    static const struct scale units[] = {
        {1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    double last = sorted[n - 1 - n / clipped_one_in];
    double margin = 0.08 * (last - sorted[0]) + 0.01 * last;
    struct scale scale;
    size_t i = 0;

    while (i < 3 && last < units[i].unit)
        i++;
    scale = units[i];
    scale.low = fmax(0, sorted[0] - margin) / scale.unit;
    scale.high = (last + margin) / scale.unit;
    return scale;
}

static void write_sample(const struct scale *s, size_t number, bool is_b,
                         double time, FILE *out)
{
    double value = time / s->unit;
    bool clipped = value > s->high;

    fprintf(out, "sample\t%c\t%zu\t\t%.5g\t\t\t%d\t\n", is_b ? 'B' : 'A',
            number, clipped ? s->high : value, clipped);
}

static void write_median(const struct scale *s, char half, size_t first,
                         size_t last, double median, FILE *out)
{
    char text[QUANTITY_SIZE];

    quantity_ns(median, text, sizeof(text));
    fprintf(out, "median\t%c\t%zu\t%zu\t%.5g\t\t\t\tmedian of %c: %s\n", half,
            first, last, median / s->unit, half, text);
}

static void write_rows(const struct scale *s, const double *times, size_t n,
                       const struct noise_blocks *b, FILE *out)
{
    fputs("row\thalf\tnumber\tuntil\ttime\tlow\thigh\tclipped\tlabel\n", out);
    fprintf(out, "axis\t\t0\t%zu\t\t%.5g\t%.5g\t\t%s\n", n + 1, s->low, s->high,
            s->name);
    fprintf(out, "cut\t\t%.1f\t\t\t\t\t\t\n", (double)(n / 2) + 0.5);
    for (size_t i = 0; i < n; i++)
        write_sample(s, i + 1, i >= n / 2, times[i], out);
    write_median(s, 'A', 1, n / 2, b->a, out);
    write_median(s, 'B', n / 2 + 1, n, b->b, out);
}

void demo_figure_data(const double *times, size_t n,
                      const struct noise_blocks *b, FILE *out)
{
    double *sorted = calloc(n + 1, sizeof(*sorted));
    struct scale scale;

    n -= n % 2; /* the last one is in neither half */
    if (!sorted || n == 0) {
        free(sorted);
        return;
    }
    memcpy(sorted, times, n * sizeof(*sorted));
    gsl_sort(sorted, 1, n);
    scale = scale_of(sorted, n);
    write_rows(&scale, times, n, b, out);
    free(sorted);
}

/* Drawing. */

struct drawing {
    char dir[PATH_MAX]; /* for the data; removed afterwards */
    struct gnuplot gnuplot;
};

static int make_folder(struct drawing *d)
{
    const char *base = getenv("TMPDIR");

    /* gnuplot takes a name that begins with '<' or '|' for a command. */
    snprintf(d->dir, sizeof(d->dir), "%.3000s/baton-demo-XXXXXX",
             base && base[0] == '/' ? base : "/tmp");
    if (mkdtemp(d->dir))
        return 0;
    d->dir[0] = '\0';
    return -errno;
}

static void remove_in(const struct drawing *d, const char *name, bool folder)
{
    char path[PATH_MAX + 32];

    snprintf(path, sizeof(path), "%s%s", d->dir, name);
    if (folder)
        rmdir(path);
    else
        unlink(path);
}

static void remove_folder(const struct drawing *d)
{
    if (!d->dir[0])
        return;
    remove_in(d, "/figures/noise.tsv", false);
    if (d->gnuplot.picture[0])
        unlink(d->gnuplot.picture);
    remove_in(d, "/figures", true);
    remove_in(d, "", true);
}

static int write_data(const struct drawing *d, const char *data)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%.3900s/figures", d->dir);
    if (mkdir(folder, 0700))
        return -errno;
    return store_write_file(folder, "noise.tsv", data, strlen(data));
}

static int start(struct drawing *d, const struct demo_canvas *c, char *why,
                 size_t size)
{
    char columns[16], rows[16];
    char *more[] = {columns, rows, c->colour ? "ansi256" : "mono", NULL};

    snprintf(columns, sizeof(columns), "%u", c->columns ? c->columns : 80);
    snprintf(rows, sizeof(rows), "%u", c->rows ? c->rows : 24);
    return gnuplot_start(&d->gnuplot, "noise", "noise", d->dir, c->terminal,
                         more, why, size);
}

/* The picture, for free(); 0 or -errno. */
static int finish(struct drawing *d, char **ret, char *why, size_t size)
{
    int error = gnuplot_finish(&d->gnuplot, ret, why, size);

    if (!error && d->gnuplot.picture[0])
        *ret = data_text(d->gnuplot.picture);
    return !error && !*ret ? -ENOMEM : error;
}

int demo_figure_draw(const char *data, const struct demo_canvas *c, char **ret,
                     char *why, size_t size)
{
    struct drawing d = {0};
    int error = make_folder(&d);

    *ret = NULL;
    why[0] = '\0';
    if (!error)
        error = write_data(&d, data);
    if (!error)
        error = start(&d, c, why, size);
    if (!error)
        error = finish(&d, ret, why, size);
    remove_folder(&d);
    if (error && !why[0])
        snprintf(why, size, "%s", strerror(-error));
    return error;
}
