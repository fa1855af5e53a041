/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/report/figures.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/chart.h"
#include "harness/report/gnuplot.h"
#include "harness/report/lanes.h"

const struct figure figures[] = {
    {
        .name = "ratios",
        .title = "Which differences are larger than noise?",
        .reading =
            "Each row compares two models at one task: the mark is the median "
            "ratio of their times, the line its interval; to the right of 1 "
            "the first takes longer. The grey band is what cells of that "
            "workload "
            "differ by when they are compared with themselves: noise alone "
            "can make a difference inside it. Hollow marks have a side whose "
            "results were wrong, so they compare speeds and not solutions. A "
            "star is what the tutorial claimed.",
        .write = ratios_write,
    },
    {
        .name = "cost",
        .title = "What does one increment cost?",
        .reading =
            "Time divided by increments, on a logarithmic axis: a step to the "
            "right is several times as dear. Each faint stroke is one "
            "sample, a process of its own; the mark is their median, the line "
            "its exact interval. Models whose counter came out wrong are "
            "hollow and stand below the others: a fast wrong answer is no "
            "answer. Two clusters of strokes in one row are two speeds of the "
            "same instructions, which docs/measuring.md explains.",
        .write = cost_write,
    },
    {
        .name = "lost",
        .title = "How much is lost, and how often, as tasks are added?",
        .reading =
            "Above: the share of updates that the counter lacks at the end, "
            "against the number of tasks; faint strokes are samples, marks "
            "their medians with intervals. Below: the share of all iterations "
            "that ended wrong. It has no interval of its own, because "
            "iterations in one process are not independent. A program that "
            "comes out right now and then is not right: look at the left end.",
        .write = lost_write,
    },
    {
        .name = "lanes-counter",
        .title = "Who counted when?",
        .reading =
            "Eight tasks count, one panel for each model, drawn from one real "
            "traced sample of each; time runs from left to right, and all "
            "panels share its axis. A full bar is a task that runs, a slim "
            "one a task that could run while another one does, a line one "
            "that waits for the lock, for the start, or for a CPU after it "
            "was woken. Where one thread runs "
            "all, the thin line is the way of the baton. Look at how threads "
            "are stopped anywhere, how the lock turns eight of them into a "
            "queue, and that the event loop's tasks hand over by themselves.",
        .write = lanes_write_counter,
    },
    {
        .name = "growth",
        .title = "How does time grow with the number of downloads?",
        .reading =
            "Both axes are logarithmic: growth as a power of n is a straight "
            "line, and its slope, the exponent, stands at the end of each "
            "curve with its interval (1 is one page after another, 0 all of "
            "them in the time of one). Faint strokes are samples, marks their "
            "medians. A curve that bends upwards has left the latency behind "
            "and pays for each page, which one exponent hides. The dashed line "
            "is the CPU's share without a network: no floor for waiting.",
        .write = growth_write_downloads,
    },
    {
        .name = "lanes-download",
        .title = "Who waited when?",
        .reading =
            "Eight downloads, one panel for each model, drawn from one real "
            "traced sample of each; all panels share the axis of time. Almost "
            "everything is waiting: a download runs for microseconds, at its "
            "beginning and when its bytes come. One after another the waits "
            "add up; at once they cost one. Whether a thread waits for each, "
            "or one loop for all, is a difference in threads, hardly in time.",
        .write = lanes_write_download,
    },
    {
        .name = "growth-titles",
        .title = "How does time grow with the number of blogs?",
        .reading =
            "For each blog two pages, of which the second is known only when "
            "the first is there. The axes are logarithmic and the slope of a "
            "curve, the exponent, stands at its end with its interval: 1 is "
            "one blog after another, 0 all of them in the time of one. Faint "
            "strokes are samples, marks their medians. How far one curve lies "
            "below another at the right end is the speed-up. The dashed line "
            "is the CPU's share without a network: no floor for waiting.",
        .write = growth_write_titles,
    },
    {
        .name = "faults",
        .title = "How long until each fault is reported?",
        .reading =
            "A line for each kind of site, all met in one iteration. A mark "
            "for each model is the median time until it told what became of "
            "the site, the line through it reaches from the shortest to the "
            "longest; at the left border stands what took less. What the "
            "server ends should be told as soon as it ends, what a deadline "
            "ends at the deadline, the upright stroke. Below are the healthy "
            "sites, each timed from its own turn: where all go at once, one "
            "that waits for a broken one shows it there; one after another, "
            "they wait for their turn instead. The CPU floor waits in virtual "
            "time, so it stands where the server's own waits end. On the right "
            "is the class; hollow marks have a wrong one, or other bytes than "
            "the other models.",
        .write = faults_write,
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
        .write = order_write,
    },
};
const size_t n_figures = sizeof(figures) / sizeof(figures[0]);

/* Writing. */

static void remove_file(const char *folder, const struct figure *f,
                        const char *suffix)
{
    char path[PATH_MAX + 64];

    snprintf(path, sizeof(path), "%s/%s.%s", folder, f->name, suffix);
    unlink(path);
}

static void remove_files(const char *folder, const struct figure *f)
{
    static const char *const suffixes[] = {"tsv", "svg", "png"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        remove_file(folder, f, suffixes[i]);
}

static int write_figure(const char *folder, const struct figure *f,
                        const struct results *r)
{
    char *text = NULL, name[64];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int error;

    if (!out)
        return -ENOMEM;
    error = f->write(r, out);
    if (fclose(out) && !error)
        error = -ENOMEM;
    snprintf(name, sizeof(name), "%s.tsv", f->name);
    /* An old picture would pass for one of these data. */
    remove_files(folder, f);
    if (error == -ENOENT) {
        error = 0;
    } else if (!error) {
        error = store_write_file(folder, name, text, size);
    }
    free(text);
    return error;
}

int figures_write(const char *dir, const struct results *r)
{
    char folder[PATH_MAX];
    int error = 0;

    if (snprintf(folder, sizeof(folder), "%s/figures", dir) >= PATH_MAX)
        return -ENAMETOOLONG;
    if (mkdir(folder, 0777) && errno != EEXIST)
        return -errno;
    for (size_t i = 0; i < n_figures && !error; i++)
        error = write_figure(folder, &figures[i], r);
    return error;
}

/* Drawing. */

/* The processors of a small machine. */
enum { MOST_AT_ONCE = 2 };

/* Without the form feed before it and the blanks behind its lines. */
static void show(char *text)
{
    char *line;

    while ((line = strsep(&text, "\n"))) {
        size_t len = strlen(line);

        if (!text && len == 0)
            break; /* behind the last line's end */
        while (len > 0 && isspace((unsigned char)line[len - 1]))
            line[--len] = '\0';
        puts(line + (line[0] == '\f'));
    }
    fflush(stdout);
}

static int finish_drawing(struct gnuplot *g, char *why, size_t size)
{
    char *said;
    int error = gnuplot_finish(g, &said, why, size);

    if (said)
        show(said);
    free(said);
    return error;
}

static bool has_data(const char *dir, const struct figure *f)
{
    char path[PATH_MAX + 64];

    snprintf(path, sizeof(path), "%s/figures/%s.tsv", dir, f->name);
    return access(path, R_OK) == 0;
}

/* What was said first counts; a cause that said nothing says its name. */
static void remember(int *error, int failed, char *why, size_t size,
                     const char *said)
{
    if (!failed || *error)
        return;
    *error = failed;
    snprintf(why, size, "%s", *said ? said : strerror(-failed));
}

/* Draws the next ones, as many at once; 0 or -errno. */
static int draw_some(const char *dir, const char *terminal, size_t *next,
                     char *why, size_t size)
{
    struct gnuplot drawings[MOST_AT_ONCE];
    char said[512] = "";
    size_t n = 0;
    int error = 0;

    for (; *next < n_figures && n < MOST_AT_ONCE && !error; ++*next) {
        if (!has_data(dir, &figures[*next]))
            continue;
        remember(&error,
                 gnuplot_start(&drawings[n], figures[*next].name, dir, terminal,
                               NULL, said, sizeof(said)),
                 why, size, said);
        n += !error;
    }
    for (size_t i = 0; i < n; i++) {
        int failed = finish_drawing(&drawings[i], said, sizeof(said));

        remember(&error, failed, why, size, said);
    }
    return error;
}

int figures_draw(const char *dir, const char *terminal, char *why, size_t size)
{
    size_t next = 0;
    char path[PATH_MAX], said[512];
    int error = 0;

    why[0] = '\0';
    /* gnuplot takes a name that begins with '<' or '|' for a command. */
    if (snprintf(path, sizeof(path), "%s%s", dir[0] == '/' ? "" : "./", dir) >=
        PATH_MAX)
        return -ENAMETOOLONG;
    /* Without gnuplot all fail alike; one that fails leaves the others. */
    while (next < n_figures && error != -ENOENT)
        remember(&error, draw_some(path, terminal, &next, said, sizeof(said)),
                 why, size, said);
    return error;
}
