/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/demo_figure.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gsl/gsl_sort.h>

#include "harness/report/data.h"
#include "harness/report/quantities.h"
#include "harness/results/store.h"

extern char **environ;

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
    char dir[PATH_MAX];     /* for the data; removed afterwards */
    int said, errors;       /* what gnuplot wrote */
    char picture[PATH_MAX]; /* "": it is in characters, in `said` */
};

static int open_drawing(struct drawing *d)
{
    const char *base = getenv("TMPDIR");

    *d = (struct drawing){.said = -1, .errors = -1};
    /* gnuplot takes a name that begins with '<' or '|' for a command. */
    snprintf(d->dir, sizeof(d->dir), "%.3000s/baton-demo-XXXXXX",
             base && base[0] == '/' ? base : "/tmp");
    if (!mkdtemp(d->dir)) {
        d->dir[0] = '\0';
        return -errno;
    }
    d->said = memfd_create("said", MFD_CLOEXEC);
    d->errors = memfd_create("errors", MFD_CLOEXEC);
    return d->said < 0 || d->errors < 0 ? -errno : 0;
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

static void close_drawing(struct drawing *d)
{
    if (d->dir[0]) {
        remove_in(d, "/figures/noise.tsv", false);
        if (d->picture[0])
            unlink(d->picture);
        remove_in(d, "/figures", true);
        remove_in(d, "", true);
    }
    if (d->said >= 0)
        close(d->said);
    if (d->errors >= 0)
        close(d->errors);
}

static int write_data(struct drawing *d, const char *data,
                      const struct demo_canvas *c)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%.3900s/figures", d->dir);
    if (mkdir(folder, 0700))
        return -errno;
    if (strcmp(c->terminal, "dumb") != 0)
        snprintf(d->picture, sizeof(d->picture), "%.3900s/noise.%s", folder,
                 c->terminal);
    return store_write_file(folder, "noise.tsv", data, strlen(data));
}

/* What people set up for drawings of their own must not change this one. */
static int run_gnuplot(const struct drawing *d, const struct demo_canvas *c,
                       const char *script, int *ret_status)
{
    char columns[16], rows[16];
    char *argv[] = {"env",
                    "-u",
                    "GNUTERM",
                    "-u",
                    "GNUPLOT_LIB",
                    "LC_ALL=C.UTF-8",
                    "gnuplot",
                    "-d",
                    "-c",
                    (char *)script,
                    (char *)d->dir,
                    (char *)c->terminal,
                    columns,
                    rows,
                    c->colour ? "ansi256" : "mono",
                    NULL};
    posix_spawn_file_actions_t files;
    pid_t pid;
    int error;

    snprintf(columns, sizeof(columns), "%u", c->columns ? c->columns : 80);
    snprintf(rows, sizeof(rows), "%u", c->rows ? c->rows : 24);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, d->said, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, d->errors, STDERR_FILENO);
    error = -posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (error)
        return error;
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* All of it, for free(); NULL: no memory, or it cannot be read. */
static char *read_all(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);

    if (text && pread(fd, text, (size_t)size, 0) != size) {
        free(text);
        return NULL;
    }
    if (text)
        text[size] = '\0';
    return text;
}

/* The last line that it wrote says what is wrong and where. */
static void read_error(int fd, char *out, size_t size)
{
    char *text = read_all(fd), *line;
    size_t n = text ? strlen(text) : 0;

    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
        text[--n] = '\0';
    line = text ? strrchr(text, '\n') : NULL;
    snprintf(out, size, "%.300s", line ? line + 1 : n ? text : "nothing");
    free(text);
}

/* On a full disk gnuplot ends well, and what it wrote does not. */
static bool is_whole(const char *picture, bool svg)
{
    return *picture && (!svg || strstr(picture, "</svg>"));
}

static int take_picture(const struct drawing *d, int status, char **ret,
                        char *why, size_t size)
{
    char said[320];
    int fd = d->picture[0] ? open(d->picture, O_RDONLY | O_CLOEXEC) : d->said;
    char *picture = status == 0 && fd >= 0 ? read_all(fd) : NULL;

    if (d->picture[0] && fd >= 0)
        close(fd);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        snprintf(why, size,
                 "gnuplot is not in PATH; install it (Debian and Ubuntu: apt "
                 "install gnuplot-nox)");
        return -ENOENT;
    }
    if (picture && is_whole(picture, d->picture[0])) {
        *ret = picture;
        return 0;
    }
    free(picture);
    read_error(d->errors, said, sizeof(said));
    snprintf(why, size, "gnuplot failed: it said %s", said);
    return -EIO;
}

int demo_figure_draw(const char *data, const struct demo_canvas *c, char **ret,
                     char *why, size_t size)
{
    char script[PATH_MAX + 64];
    struct drawing d;
    int error, status = 0;

    *ret = NULL;
    why[0] = '\0';
    if (data_path("plots/noise.gp", script, sizeof(script))) {
        snprintf(why, size,
                 "plots/noise.gp is not there; it belongs beside the program "
                 "or in ../share/baton, else set BATON_DATA to the folder that "
                 "has plots/");
        return -ENOENT;
    }
    error = open_drawing(&d);
    if (!error)
        error = write_data(&d, data, c);
    if (!error)
        error = run_gnuplot(&d, c, script, &status);
    if (!error)
        error = take_picture(&d, status, ret, why, size);
    close_drawing(&d);
    if (error && !why[0])
        snprintf(why, size, "%s", strerror(-error));
    return error;
}
