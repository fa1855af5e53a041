/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of the figures, and how gnuplot is made to draw them. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gsl/gsl_sort.h>

#include "harness/report/chart.h"
#include "harness/results/data.h"
#include "harness/report/facts.h"
#include "harness/report/figures.h"
#include "harness/report/prose.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/results/histogram.h"
#include "models/model.h"
#include "tests/unit/visits.h"

#define THREADS "thread-per-socket"

static struct samples samples;
static struct table table;
static struct sites sites;
static struct matrices matrices;
static struct drawings drawings;
static char *text; /* the data that were written last */
static char header[64];
static char *scratch;

static int start(void **state)
{
    (void)state;
    samples = (struct samples){0};
    table = (struct table){0};
    sites = (struct sites){0};
    matrices = (struct matrices){0};
    drawings = (struct drawings){0};
    text = NULL;
    scratch = make_scratch();
    strcpy(header, "# cpus_online=2\n");
    setenv("BATON_DATA", SOURCE_ROOT, 1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    table_finish(&table);
    matrices_finish(&matrices);
    sites_finish(&sites);
    drawings_finish(&drawings);
    free(samples.items);
    free(text);
    remove_scratch(scratch);
    return 0;
}

/* Building results. */

static void build(void)
{
    table_finish(&table);
    matrices_finish(&matrices);
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
    assert_int_equal(matrices_build(&matrices, &sites), 0);
}

/* Rounds of which each is `step` of `middle` longer than the one before. */
static void add_spread(const char *workload, const char *model,
                       const char *parameters, double middle, unsigned n,
                       double step)
{
    double times[64];

    for (unsigned i = 0; i < n; i++)
        times[i] = middle * (1 + step * ((double)i - (n - 1) / 2.0));
    add_cell(&samples, workload, model, parameters, times, n);
}

static void add_flat(const char *workload, const char *model,
                     const char *parameters, double middle, unsigned n)
{
    add_spread(workload, model, parameters, middle, n, 0);
}

/* Every sample of the cell added last. */
static void lose_last(unsigned n, uint64_t updates, uint64_t iterations)
{
    for (size_t i = samples.n - n; i < samples.n; i++) {
        samples.items[i].status = STATUS_WRONG;
        samples.items[i].lost_updates = updates;
        samples.items[i].wrong_iterations = iterations;
    }
}

static void add_twin(const char *workload, const char *model,
                     const char *parameters, double middle, unsigned n,
                     double step)
{
    size_t first = samples.n;

    add_spread(workload, model, parameters, middle, n, step);
    for (size_t i = first; i < samples.n; i++)
        samples.items[i].twin = 1;
}

/* All that the default comparison has, wrong ones among it. */
static void add_report(unsigned n)
{
    /* However many models there are besides. */
    static const char *const core[] = {"null",       "sequential", THREADS,
                                       "locked",     "libuv",      "process",
                                       "thread-pool"};
    static const char *const sizes[] = {"n=1", "n=10", "n=30", "n=100"};
    static const char *const tasks[] = {"tasks=1", "tasks=16", "",
                                        "increments=100000"};

    for (size_t i = 0; i < COUNT(core); i++) {
        const char *name = core[i];

        for (size_t j = 0; j < COUNT(tasks); j++) {
            add_spread("counter", name, tasks[j], 1e5 * (double)(i + 1), n,
                       0.1);
            if (strcmp(name, THREADS) == 0 && j > 0)
                lose_last(n, 7 * 160 * j, 5);
        }
        for (size_t j = 0; j < COUNT(sizes); j++)
            if (strcmp(name, "locked") != 0)
                add_spread("download", name, sizes[j],
                           1e6 * (double)(i * j + 1), n, 0.1);
    }
    add_twin("counter", "locked", "", 4e5, n, 0.12);
    add_twin("download", "libuv", "n=30", 5e6, n, 0.08);
    for (size_t j = 0; j < 2; j++)
        for (size_t i = 0; i < COUNT(core); i++)
            if (strcmp(core[i], "locked") != 0)
                add_spread("titles", core[i], j ? "n=30" : "n=1",
                           2e7 * (double)(i * j + 1), n, 0.1);
    sites_finish(&sites);
    add_visits(&sites, n < 2 ? n : 2);
}

/* Times at which samples are taken, one after the other. */
static void number_samples(void)
{
    for (size_t i = 0; i < samples.n; i++) {
        samples.items[i].start_ns = i * 100000000;
        samples.items[i].wall_ns = 100000000;
    }
}

/* Reading what was written. */

static struct recording recording(void)
{
    return (struct recording){
        .header = header, .samples = samples.items, .n = samples.n};
}

static void build_drawings(void)
{
    struct recording rec = recording();
    struct results r = {
        .recording = &rec, .table = &table, .matrices = &matrices};
    struct finding_list findings;

    build();
    find_all(&r, &findings);
    drawings_finish(&drawings);
    assert_int_equal(drawings_build(&drawings, &r), 0);
    findings_finish(&findings);
}

static const struct drawing *find_drawing(const char *name)
{
    for (size_t i = 0; i < drawings.n; i++)
        if (strcmp(drawings.items[i].name, name) == 0)
            return &drawings.items[i];
    return NULL;
}

/* All its parts, one after the other. */
static int write_data(const char *name)
{
    const struct drawing *d;
    size_t size;
    FILE *out;
    char part[128];
    int error = -ENOENT;

    build_drawings();
    free(text);
    out = open_memstream(&text, &size);
    snprintf(part, sizeof(part), "%s", name);
    for (size_t i = 2; (d = find_drawing(part)); i++) {
        error = 0;
        fputs(d->data, out);
        snprintf(part, sizeof(part), "%s-%zu", name, i);
    }
    fclose(out);
    return error;
}

static int write_files(void)
{
    build_drawings();
    return drawings_write(scratch, &drawings);
}

static bool is_row(const char *line, const char *row)
{
    size_t len = strlen(row);

    return strncmp(line, row, len) == 0 && line[len] == '\t';
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    assert_non_null(end);
    return end + 1;
}

/* The i-th line of that kind, from 0. */
static const char *find_row(const char *row, size_t i)
{
    for (const char *line = text; *line; line = next_line(line))
        if (is_row(line, row) && i-- == 0)
            return line;
    fail_msg("too few rows `%s` in:\n%s", row, text);
    return NULL;
}

static size_t count_rows(const char *row)
{
    size_t n = 0;

    for (const char *line = text; *line; line = next_line(line))
        n += is_row(line, row);
    return n;
}

static void split(const char *line, size_t column, char out[256])
{
    for (; column > 0; column--) {
        line += strcspn(line, "\t\n");
        assert_int_equal(*line, '\t');
        line++;
    }
    snprintf(out, 256, "%.*s", (int)strcspn(line, "\t\n"), line);
}

/* What the column of that name holds. */
static const char *field(const char *line, const char *column)
{
    static char ring[8][256];
    static size_t next;
    char *out = ring[next++ % 8];

    for (size_t i = 0; i < 20; i++) {
        split(text, i, out);
        if (strcmp(out, column) == 0) {
            split(line, i, out);
            return out;
        }
    }
    fail_msg("no column %s", column);
    return NULL;
}

static double number(const char *line, const char *column)
{
    const char *value = field(line, column);
    char *end;
    double ret = strtod(value, &end);

    if (!*value || *end)
        fail_msg("`%s` is no number", value);
    return ret;
}

/* The row of that kind whose `column` holds `value`. */
static const char *row_of(const char *row, const char *column,
                          const char *value)
{
    for (const char *line = text; *line; line = next_line(line))
        if (is_row(line, row) && strcmp(field(line, column), value) == 0)
            return line;
    fail_msg("no row `%s` with %s `%s` in:\n%s", row, column, value, text);
    return NULL;
}

/* What an increment costs. */

static void test_cost_has_medians_intervals_and_every_sample(void **state)
{
    const char *cell;

    (void)state;
    add_spread("counter", "sequential", "", 1e6, 7, 0.01);
    add_spread("counter", "locked", "", 4e6, 7, 0.01);
    assert_int_equal(write_data("cost-counter"), 0);
    assert_int_equal(count_rows("cell"), 2);
    assert_int_equal(count_rows("sample"), 14);
    assert_int_equal(count_rows("task"), 1);
    assert_int_equal(count_rows("group"), 0);
    assert_string_equal(field(find_row("task", 0), "label"),
                        "counter, tasks 100, increments 1000");
    cell = row_of("cell", "label", "threads + mutex");
    assert_near(number(cell, "ns"), 40, 1e-5);
    assert_near(number(cell, "low"), 40 * 0.97, 1e-5);
    assert_near(number(cell, "high"), 40 * 1.03, 1e-5);
    assert_near(number(cell, "end"), 40 * 1.03, 1e-5);
    assert_string_equal(field(cell, "text"), "40.0 ns");
    assert_string_equal(field(cell, "hollow"), "0");
    assert_near(number(find_row("sample", 0), "ns"), 9.7, 1e-5);
    assert_near(number(find_row("sample", 13), "ns"), 41.2, 1e-5);
    assert_true(number(find_row("axis", 0), "low") < 9.7);
    assert_true(number(find_row("axis", 0), "high") > 41.2);
}

static void test_wrong_cells_stand_below_and_say_how_wrong(void **state)
{
    const char *wrong;

    (void)state;
    add_flat("counter", THREADS, "", 1e6, 7);
    lose_last(7, 7 * 4800, 7);
    add_flat("counter", "locked", "", 4e6, 7);
    assert_int_equal(write_data("cost-counter"), 0);
    wrong = row_of("cell", "label", "threads, no lock");
    assert_string_equal(field(wrong, "hollow"), "1");
    assert_string_equal(field(wrong, "text"), "10.0 ns, 4.8 % lost");
    assert_true(number(wrong, "place") > number(find_row("group", 0), "place"));
    assert_true(number(find_row("group", 0), "place") >
                number(row_of("cell", "label", "threads + mutex"), "place"));
}

static void test_a_cell_the_audit_rejects_is_hollow_too(void **state)
{
    (void)state;
    add_flat("counter", "libuv", "", 1e6, 7);
    for (size_t i = 1; i <= 4; i++)
        samples.items[i].audit = AUDIT_SERIALISED;
    assert_int_equal(write_data("cost-counter"), 0);
    assert_string_equal(field(find_row("cell", 0), "hollow"), "1");
    assert_string_equal(field(find_row("cell", 0), "text"),
                        "10.0 ns, concurrency check failed");
}

static void test_few_rounds_draw_no_interval_and_say_so(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 5);
    assert_int_equal(write_data("cost-counter"), 0);
    assert_string_equal(field(find_row("cell", 0), "low"), "nan");
    assert_string_equal(field(find_row("cell", 0), "high"), "nan");
    assert_string_equal(field(find_row("axis", 0), "label"),
                        "no intervals: 5 rounds, 6 are needed");
    add_flat("counter", "null", "", 1e6, 6);
    assert_int_equal(write_data("cost-counter"), 0);
    assert_string_equal(field(find_row("axis", 0), "label"), "");
}

static void test_cost_shows_the_usual_tasks_else_the_first(void **state)
{
    (void)state;
    add_flat("counter", "null", "tasks=1", 1e3, 6);
    add_flat("counter", "null", "tasks=2,increments=10000", 2e4, 6);
    add_flat("counter", "null", "tasks=3", 3e3, 6);
    assert_int_equal(write_data("cost-counter"), 0);
    assert_int_equal(count_rows("cell"), 2);
    assert_string_equal(field(find_row("task", 0), "label"),
                        "counter, tasks 1, increments 1000");
    assert_string_equal(field(find_row("task", 1), "label"),
                        "counter, tasks 2, increments 10000");
    add_flat("counter", "null", "increments=100000", 1e7, 6);
    add_flat("counter", "null", "", 1e5, 6);
    assert_int_equal(write_data("cost-counter"), 0);
    assert_int_equal(count_rows("cell"), 2);
    assert_string_equal(field(find_row("task", 0), "label"),
                        "counter, tasks 100, increments 1000");
    assert_string_equal(field(find_row("task", 1), "label"),
                        "counter, tasks 100, increments 100000");
}

static void test_without_counting_there_is_no_cost(void **state)
{
    (void)state;
    assert_int_equal(write_data("cost-counter"), -ENOENT);
    add_flat("download", "libuv", "", 1e6, 7);
    assert_int_equal(write_data("cost-counter"), -ENOENT);
    /* Given up before it was measured. */
    add_sample(&samples, sample_of("counter", "locked", "", 0, 0));
    samples.items[samples.n - 1].status = STATUS_FAILED;
    assert_int_equal(write_data("cost-counter"), -ENOENT);
    assert_string_equal(text, "");
}

/* How much is lost. */

static void add_losers(void)
{
    add_flat("counter", THREADS, "tasks=1", 1e4, 7);
    add_flat("counter", THREADS, "", 1e6, 7);
    for (unsigned i = 0; i < 7; i++) {
        struct sample *s = &samples.items[samples.n - 7 + i];

        s->status = i ? STATUS_WRONG : STATUS_OK;
        s->lost_updates = 7 * 1000 * i;
        s->wrong_iterations = i;
    }
    add_flat("counter", "locked", "tasks=1", 1e4, 7);
    add_flat("counter", "locked", "", 1e6, 7);
}

static void test_lost_has_shares_and_how_often(void **state)
{
    const char *cell;

    (void)state;
    add_losers();
    assert_int_equal(write_data("lost-counter-tasks"), 0);
    assert_int_equal(count_rows("panel"), 2);
    assert_int_equal(count_rows("cell"), 4);
    assert_int_equal(count_rows("sample"), 28);
    cell = find_row("cell", 0);
    assert_near(number(cell, "x"), 1, 0);
    assert_near(number(cell, "y"), 0, 0);
    assert_string_equal(field(cell, "hollow"), "0");
    cell = find_row("cell", 1);
    assert_near(number(cell, "x"), 100, 0);
    assert_near(number(cell, "y"), 3, 1e-5);
    assert_near(number(cell, "low"), 0, 0);
    assert_near(number(cell, "high"), 6, 1e-5);
    assert_string_equal(field(cell, "hollow"), "1");
    cell = find_row("cell", 3);
    assert_near(number(cell, "panel"), 2, 0);
    assert_near(number(cell, "y"), 100 * 21 / 49.0, 1e-5);
    assert_string_equal(field(cell, "low"), "nan");
    assert_near(number(find_row("sample", 13), "y"), 6, 1e-5);
    assert_near(number(find_row("sample", 27), "y"), 600 / 7.0, 1e-5);
    assert_true(number(find_row("panel", 0), "high") >= 6);
    assert_near(number(find_row("panel", 1), "high"), 100, 0);
}

static void test_models_that_lose_nothing_are_counted(void **state)
{
    (void)state;
    add_losers();
    assert_int_equal(write_data("lost-counter-tasks"), 0);
    assert_int_equal(count_rows("exact"), 1);
    assert_string_equal(field(find_row("exact", 0), "label"),
                        "1 other model lost nothing in 98 iterations");
    add_flat("counter", "a-model-of-another-build", "tasks=1", 1e4, 7);
    add_flat("counter", "a-model-of-another-build", "", 1e4, 7);
    assert_int_equal(write_data("lost-counter-tasks"), 0);
    assert_string_equal(field(find_row("exact", 0), "label"),
                        "2 other models lost nothing in 196 iterations");
    assert_int_equal(count_rows("label"), 2);
}

static void test_the_claim_stands_where_it_was_made(void **state)
{
    const char *claim;

    (void)state;
    add_losers();
    assert_int_equal(write_data("lost-counter-tasks"), 0);
    claim = find_row("claim", 0);
    assert_int_equal(count_rows("claim"), 1);
    assert_near(number(claim, "x"), 100, 0);
    assert_near(number(claim, "y"), 3.27, 1e-6);
    /* Another sweep is not what it was said of. */
    samples.n = 0;
    add_flat("counter", THREADS, "tasks=1,increments=7", 1e4, 7);
    add_flat("counter", THREADS, "tasks=9,increments=7", 1e4, 7);
    add_flat("counter", THREADS, "", 1e4, 7);
    assert_int_equal(write_data("lost-counter-tasks"), 0);
    assert_int_equal(count_rows("claim"), 0);
}

static void test_losses_need_two_numbers_of_tasks(void **state)
{
    (void)state;
    assert_int_equal(write_data("lost-counter-tasks"), -ENOENT);
    add_flat("counter", THREADS, "tasks=4", 1e6, 7);
    add_flat("counter", THREADS, "tasks=5,increments=9", 1e6, 7);
    add_flat("counter", "locked", "tasks=6", 1e6, 7);
    assert_int_equal(write_data("lost-counter-tasks"), -ENOENT);
    add_flat("counter", THREADS, "tasks=5", 1e6, 7);
    assert_int_equal(write_data("lost-counter-tasks"), 0);
}

/* How time grows. */

static void test_growth_has_the_exponent_of_the_sentence(void **state)
{
    const char *label;

    (void)state;
    add_flat("download", "sequential", "n=1", 1e6, 7);
    add_flat("download", "sequential", "n=100", 1e9, 7);
    add_flat("download", "sequential", "n=10", 1e7, 7);
    assert_int_equal(write_data("growth-download-n"), 0);
    label = find_row("label", 0);
    assert_string_equal(field(label, "label"), "sequential");
    assert_string_equal(field(label, "text"), "n^1.50 [1.50, 1.50]");
    assert_near(number(label, "x"), 100, 0);
    assert_near(number(label, "y"), 1e9, 1e-6);
    assert_int_equal(count_rows("sample"), 21);
    for (size_t i = 0; i < 3; i++) {
        assert_near(number(find_row("cell", i), "x"), pow(10, (double)i), 0);
        assert_near(number(find_row("tick", i), "x"), pow(10, (double)i), 0);
    }
    assert_true(number(find_row("panel", 0), "low") < 1e6);
    assert_true(number(find_row("panel", 0), "high") > 1e9);
}

static void test_growth_of_few_rounds_has_no_interval(void **state)
{
    (void)state;
    add_flat("download", "sequential", "n=1", 1e6, 3);
    add_flat("download", "sequential", "n=10", 1e7, 3);
    assert_int_equal(write_data("growth-download-n"), 0);
    assert_string_equal(field(find_row("label", 0), "text"), "n^1.00");
    assert_string_equal(field(find_row("cell", 0), "low"), "nan");
    assert_string_equal(field(find_row("axis", 0), "label"),
                        "no intervals: 3 rounds, 6 are needed");
}

static void test_labels_of_close_curves_stand_apart(void **state)
{
    double high, low, places[2];

    (void)state;
    add_flat("download", "sequential", "n=1", 1e6, 7);
    add_flat("download", "sequential", "n=10", 1e8, 7);
    add_flat("download", THREADS, "n=1", 1e6, 7);
    add_flat("download", THREADS, "n=10", 1.01e8, 7);
    assert_int_equal(write_data("growth-download-n"), 0);
    high = number(find_row("panel", 0), "high");
    low = number(find_row("panel", 0), "low");
    for (size_t i = 0; i < 2; i++)
        places[i] =
            log(number(find_row("label", i), "place") / low) / log(high / low);
    assert_true(places[1] - places[0] > 0.1);
    assert_true(places[1] <= 1 + 1e-6);
}

static void test_the_longest_sweep_is_drawn(void **state)
{
    (void)state;
    add_flat("download", "libuv", "n=1,latency_ms=50", 1e6, 7);
    add_flat("download", "libuv", "n=2,latency_ms=50", 1e6, 7);
    add_flat("download", "libuv", "n=3,latency_ms=50", 1e6, 7);
    assert_int_equal(write_data("growth-download-n"), 0);
    assert_int_equal(count_rows("cell"), 3);
    assert_string_equal(field(find_row("axis", 0), "text"),
                        "download, latency-ms 50: n");
    for (size_t i = 0; i < 4; i++)
        add_flat("download", "libuv",
                 (const char *[]){"n=1", "n=2", "n=3", "n=4"}[i], 1e6, 7);
    assert_int_equal(write_data("growth-download-n"), 0);
    assert_int_equal(count_rows("cell"), 4);
    assert_string_equal(field(find_row("axis", 0), "text"), "download: n");
}

static void test_growth_needs_two_sizes(void **state)
{
    (void)state;
    assert_int_equal(write_data("growth-download-n"), -ENOENT);
    add_flat("download", "libuv", "n=10", 1e6, 7);
    add_flat("download", "sequential", "n=20", 1e6, 7);
    assert_int_equal(write_data("growth-download-n"), -ENOENT);
}

static void test_titles_grow_in_a_figure_of_their_own(void **state)
{
    (void)state;
    add_flat("download", "libuv", "n=1", 1e6, 7);
    add_flat("download", "libuv", "n=10", 1e6, 7);
    add_flat("titles", "libuv", "n=30", 4e6, 7);
    assert_int_equal(write_data("growth-titles-n"), -ENOENT);
    add_flat("titles", "libuv", "n=1", 2e6, 7);
    assert_int_equal(write_data("growth-titles-n"), 0);
    assert_int_equal(count_rows("cell"), 2);
    assert_near(number(find_row("cell", 1), "x"), 30, 0);
    assert_near(number(find_row("cell", 1), "y"), 4e6, 1e-6);
    assert_string_equal(field(find_row("axis", 0), "text"), "titles: n");
    assert_int_equal(write_data("growth-download-n"), 0);
    assert_string_equal(field(find_row("axis", 0), "text"), "download: n");
}

/* Maps. */

/* Cells of a grid of tasks and hold, of which (0, 0) is the first. */
static void add_grid(const char *model, double middle, unsigned n_hold)
{
    for (unsigned hold = 0; hold < n_hold; hold++)
        for (unsigned tasks = 0; tasks < 3; tasks++) {
            char parameters[64];

            snprintf(parameters, sizeof(parameters), "tasks=%u,hold=%u",
                     1U << tasks, 100 * hold);
            add_spread("counter", model, parameters, middle, 7, 0.001);
        }
}

/* The times of a cell of a model, times `factor`. */
static void change(const char *model, const char *parameters, double factor)
{
    struct sample like = sample_of("counter", model, parameters, 1, 1);

    for (size_t i = 0; i < samples.n; i++)
        if (strcmp(samples.items[i].model, model) == 0 &&
            strcmp(samples.items[i].parameters, like.parameters) == 0)
            samples.items[i].real_ns *= factor;
}

static const char *map_cell(unsigned x, unsigned y)
{
    for (const char *line = text; *line; line = next_line(line))
        if ((is_row(line, "cell") || is_row(line, "even") ||
             is_row(line, "none")) &&
            number(line, "x") == x && number(line, "y") == y)
            return line;
    fail_msg("no cell at %u, %u: %s", x, y, text);
    return NULL;
}

static void expect_cell(unsigned x, unsigned y, const char *row,
                        const char *model, const char *words)
{
    const char *line = map_cell(x, y);

    if (!is_row(line, row))
        fail_msg("not `%s`: %.40s", row, line);
    assert_near(number(line, "style"), model ? chart_style(&table, model) : 0,
                0);
    assert_string_equal(field(line, "text"), words);
}

static void test_a_map_has_the_fastest_model_of_each_cell(void **state)
{
    (void)state;
    add_grid("locked", 2e6, 3);
    add_grid("libuv", 3e6, 3);
    add_grid("null", 1e3, 3); /* the floor is no rival */
    change("libuv", "tasks=4,hold=100", 1.0 / 3);
    assert_int_equal(write_data("map-counter"), 0);
    assert_int_equal(count_rows("cell"), 9);
    expect_cell(1, 1, "cell", "locked", "1.5");
    expect_cell(3, 2, "cell", "libuv", "2");
    assert_int_equal(count_rows("model"), 2);
    assert_string_equal(field(find_row("x", 2), "text"), "4");
    assert_string_equal(field(find_row("y", 2), "text"), "200");
    assert_string_equal(field(find_row("across", 0), "text"), "tasks");
    assert_string_equal(field(find_row("down", 0), "text"), "hold (ns)");
    assert_string_equal(field(find_row("of", 0), "text"),
                        "counter, increments 1000");
}

static void test_a_cell_within_noise_is_grey(void **state)
{
    (void)state;
    add_grid("locked", 2e6, 3);
    add_grid("libuv", 2e6 * 1.2, 3);
    change("libuv", "tasks=1,hold=0", 1 / 1.2);
    assert_int_equal(write_data("map-counter"), 0);
    expect_cell(1, 1, "even", NULL, "~1");
    expect_cell(2, 1, "cell", "locked", "1.2");
    /* Clear by its interval, and yet less than A/A pairs differ by. */
    add_twin("counter", "locked", "tasks=2,hold=0", 2e6 * 1.3, 7, 0.001);
    assert_int_equal(write_data("map-counter"), 0);
    assert_int_equal(count_rows("even"), 9);
    assert_int_equal(count_rows("model"), 0);
    expect_cell(2, 1, "even", NULL, "~1.2");
}

static void test_what_is_wrong_wins_no_cell_of_a_map(void **state)
{
    (void)state;
    add_grid(THREADS, 1e6, 3);
    lose_last(7, 100, 5);
    add_grid("locked", 2e6, 3);
    assert_int_equal(write_data("map-counter"), 0);
    expect_cell(1, 1, "cell", THREADS, "2");
    expect_cell(3, 3, "cell", "locked", "only");
    lose_last(7, 100, 5);
    assert_int_equal(write_data("map-counter"), 0);
    expect_cell(3, 3, "none", NULL, "-");
}

static void test_a_map_needs_three_values_of_two_parameters(void **state)
{
    (void)state;
    add_grid("locked", 2e6, 2);
    add_grid("libuv", 3e6, 2);
    assert_int_equal(write_data("map-counter"), -ENOENT);
}

static void test_a_sweep_of_each_parameter_alone_is_no_map(void **state)
{
    static const char *const cross[] = {"tasks=1,hold=0", "tasks=2,hold=0",
                                        "tasks=4,hold=0", "tasks=1,hold=100",
                                        "tasks=1,hold=200"};

    (void)state;
    for (size_t i = 0; i < sizeof(cross) / sizeof(cross[0]); i++) {
        add_spread("counter", "locked", cross[i], 2e6, 7, 0.001);
        add_spread("counter", "libuv", cross[i], 3e6, 7, 0.001);
    }
    assert_int_equal(write_data("map-counter"), -ENOENT);
}

static void test_a_map_has_no_value_that_one_sweep_alone_has(void **state)
{
    (void)state;
    add_grid("locked", 2e6, 3);
    add_grid("libuv", 3e6, 3);
    for (unsigned tasks = 8; tasks <= 256; tasks *= 2) {
        char parameters[64];

        snprintf(parameters, sizeof(parameters), "tasks=%u,hold=200", tasks);
        add_spread("counter", "locked", parameters, 2e6, 7, 0.001);
    }
    assert_int_equal(write_data("map-counter"), 0);
    assert_int_equal(count_rows("cell"), 9);
    assert_int_equal(count_rows("none"), 0);
    assert_int_equal(count_rows("x"), 3);
}

/* Faults. */

static void test_each_site_has_a_line_in_its_group(void **state)
{
    char group[64] = "";
    size_t n = 0;

    (void)state;
    add_visits(&sites, 1);
    assert_int_equal(write_data("reported-faults"), 0);
    assert_int_equal(count_rows("site"), n_faults);
    assert_int_equal(count_rows("cell"), 4 * n_faults);
    for (const char *line = text; *line; line = next_line(line)) {
        const struct fault *fault;

        if (is_row(line, "group"))
            snprintf(group, sizeof(group), "%s", field(line, "label"));
        if (!is_row(line, "site"))
            continue;
        fault = fault_find(field(line, "label"), strlen(field(line, "label")));
        assert_string_equal(field(line, "text"), outcome_name(fault->outcome));
        assert_string_equal(
            group, fault->outcome == OUTCOME_OK ? "healthy, among all these"
                   : strstr(outcome_name(fault->outcome), "timeout")
                       ? "a deadline ends it"
                       : "the server ends it");
        n++;
    }
    assert_int_equal(n, n_faults);
}

static void test_a_mark_is_the_median_and_its_line_the_range(void **state)
{
    static const unsigned us[] = {30000, 10000, 12000};
    const char *cell = NULL;

    (void)state;
    add_visits(&sites, 3);
    for (uint32_t round = 1; round <= 3; round++)
        site_of(visit_of(&sites, "sequential", round), "silent")->elapsed_us =
            us[round - 1];
    assert_int_equal(write_data("reported-faults"), 0);
    for (const char *line = text; *line; line = next_line(line))
        if (is_row(line, "cell") &&
            strcmp(field(line, "label"), "sequential") == 0 &&
            fabs(number(line, "place") -
                 number(row_of("site", "label", "silent"), "place")) < 0.5)
            cell = line;
    assert_non_null(cell);
    assert_near(number(cell, "ms"), 12, 1e-6);
    assert_near(number(cell, "low"), 10, 1e-6);
    assert_near(number(cell, "high"), 30, 1e-6);
    assert_string_equal(field(cell, "hollow"), "0");
    assert_near(number(cell, "style"), chart_style(&table, "sequential"), 0);
    assert_true(number(find_row("axis", 0), "high") > 30);
}

static void test_the_legend_stands_in_the_first_part(void **state)
{
    size_t first = 0, others = 0;

    (void)state;
    add_visits(&sites, 1);
    assert_int_equal(write_data("reported-faults"), 0);
    for (size_t i = 0; i < count_rows("model"); i++) {
        bool has = *field(find_row("model", i), "low");

        first += has;
        others += !has;
    }
    assert_int_equal(first, 4);
    assert_true(others > 0 && others % 4 == 0);
}

static void test_many_models_have_a_mark_for_each_family(void **state)
{
    static const char *const many[] = {"null",    "sequential", "libuv",
                                       "process", "locked",     "own-1",
                                       "own-2",   "own-3"};
    const char *cell = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(many); i++)
        add_visit(&sites, many[i], "", 1);
    for (size_t i = 5; i < COUNT(many); i++)
        site_of(visit_of(&sites, many[i], 1), "silent")->elapsed_us =
            10000 * (unsigned)i;
    assert_int_equal(write_data("reported-faults"), 0);
    assert_int_equal(count_rows("cell"), 6 * n_faults);
    for (const char *line = text; *line; line = next_line(line))
        if (is_row(line, "cell") &&
            strstr(field(line, "label"), "another build") &&
            number(line, "high") > 60)
            cell = line;
    assert_non_null(cell);
    assert_near(number(cell, "low"), 50, 1e-6);
    assert_near(number(cell, "ms"), 60, 1e-6);
    assert_near(number(cell, "high"), 70, 1e-6);
}

static void test_deadlines_are_those_of_the_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        add_visit(&sites, i ? "libuv" : "null", "timeout_ms=200,latency_ms=15",
                  1);
    assert_int_equal(write_data("reported-faults"), 0);
    assert_int_equal(count_rows("deadline"), 4);
    for (const char *line = text, *site = text; *line; line = next_line(line)) {
        site = is_row(line, "site") ? line : site;
        /* A body has its time from the end of its header on. */
        if (is_row(line, "deadline"))
            assert_near(number(line, "ms"),
                        strcmp(field(site, "label"), "slow-body") == 0 ? 215
                                                                       : 200,
                        1e-9);
    }
    assert_true(number(find_row("axis", 0), "high") > 215);
    assert_string_equal(field(find_row("axis", 0), "label"),
                        "faults, n 25, latency-ms 15, timeout-ms 200");
}

static void test_who_differs_is_hollow(void **state)
{
    size_t hollow = 0;

    (void)state;
    add_visits(&sites, 1);
    set_class(site_of(visit_of(&sites, "libuv", 1), "short-body"),
              OUTCOME_RESET);
    site_of(visit_of(&sites, "null", 1), "plain")->bytes++;
    assert_int_equal(write_data("reported-faults"), 0);
    for (const char *line = text; *line; line = next_line(line))
        hollow +=
            is_row(line, "cell") && strcmp(field(line, "hollow"), "1") == 0;
    assert_int_equal(hollow, 2);
    assert_string_equal(field(row_of("site", "label", "short-body"), "text"),
                        "not all alike");
    assert_string_equal(field(row_of("site", "label", "silent"), "text"),
                        "header-timeout");
}

static void test_what_takes_no_time_stands_at_the_border(void **state)
{
    double low;

    (void)state;
    add_visits(&sites, 1);
    site_of(visit_of(&sites, "null", 1), "refused")->elapsed_us = 0;
    site_of(visit_of(&sites, "libuv", 1), "refused")->elapsed_us = 40;
    assert_int_equal(write_data("reported-faults"), 0);
    low = number(find_row("axis", 0), "low");
    assert_true(low > 0.5 && low < 10);
    assert_int_equal(count_rows("cell"), 4 * n_faults);
    for (size_t i = 0; i < count_rows("cell"); i++) {
        assert_true(number(find_row("cell", i), "ms") >= low);
        assert_true(number(find_row("cell", i), "low") >= low);
    }
}

static void test_who_never_ended_has_no_mark(void **state)
{
    (void)state;
    add_visits(&sites, 1);
    set_class(site_of(visit_of(&sites, "null", 1), "deaf"), OUTCOME_CANCELLED);
    assert_int_equal(write_data("reported-faults"), 0);
    assert_int_equal(count_rows("cell"), 4 * n_faults - 1);
    for (size_t i = 0; i < sites.n; i++)
        for (size_t j = 0; j < n_faults; j++)
            set_class(&sites.items[i].sites[j], OUTCOME_CANCELLED);
    assert_int_equal(write_data("reported-faults"), -ENOENT);
    sites_finish(&sites);
    assert_int_equal(write_data("reported-faults"), -ENOENT);
}

/* Ratios. */

static void test_every_ratio_of_the_findings_has_a_row(void **state)
{
    struct results r = {.table = &table};
    struct finding_list findings;
    size_t n = 0;

    (void)state;
    add_report(7);
    assert_int_equal(write_data("ratios"), 0);
    find_all(&r, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        const struct finding *f = &findings.items[i];
        const char *row;

        if (!f->b || !f->claim)
            continue;
        row = find_row("ratio", n++);
        assert_near(number(row, "ratio"), f->estimate.median, 1e-5);
        assert_near(number(row, "low"), f->estimate.low, 1e-5);
        assert_near(number(row, "high"), f->estimate.high, 1e-5);
        assert_near(number(row, "place"), n, 0);
        assert_string_equal(field(row, "task"), f->claim->title);
    }
    findings_finish(&findings);
    assert_true(n >= 5);
    assert_int_equal(count_rows("ratio"), n);
}

static void test_a_ratio_is_said_as_its_sentence_says_it(void **state)
{
    const char *row;

    (void)state;
    add_flat("counter", THREADS, "", 1e6, 7);
    add_spread("counter", "locked", "", 3e6, 7, 0.01);
    add_spread("counter", "libuv", "", 0.25e6, 7, 0.01);
    add_flat("counter", THREADS, "increments=100000", 1e6, 7);
    add_spread("counter", "libuv", "increments=100000", 1.01e6, 7, 0.01);
    assert_int_equal(write_data("ratios"), 0);
    row = find_row("ratio", 0);
    assert_string_equal(field(row, "label"),
                        "threads + mutex against threads, no lock");
    assert_string_equal(field(row, "text"), "3 times slower");
    assert_string_equal(field(row, "interval"), "[2.91, 3.09]");
    row = find_row("ratio", 1);
    assert_string_equal(field(row, "text"), "4 times faster");
    assert_string_equal(field(row, "interval"), "[3.88, 4.12]");
    row = find_row("ratio", 2);
    assert_string_equal(field(row, "text"), "not significant");
    assert_string_equal(field(row, "interval"), "1.01 [0.98, 1.04]");
}

static void test_ratios_of_few_rounds_have_no_interval(void **state)
{
    (void)state;
    add_flat("counter", THREADS, "", 1e6, 5);
    add_flat("counter", "locked", "", 3e6, 5);
    add_flat("counter", "libuv", "", 0.5e6, 5);
    add_twin("counter", "libuv", "", 1e6, 5, 0);
    assert_int_equal(write_data("ratios"), 0);
    assert_string_equal(field(find_row("ratio", 0), "text"), "3 times slower");
    assert_string_equal(field(find_row("ratio", 0), "interval"), "no interval");
    assert_string_equal(field(find_row("ratio", 1), "text"), "2 times faster");
    assert_string_equal(field(find_row("ratio", 1), "low"), "nan");
    assert_int_equal(count_rows("band"), 0);
    assert_string_equal(field(find_row("group", 0), "label"), "A/A pairs");
}

static void test_a_ratio_with_a_wrong_side_is_hollow(void **state)
{
    (void)state;
    add_flat("counter", THREADS, "", 1e6, 7);
    add_flat("counter", "locked", "", 3e6, 7);
    assert_int_equal(write_data("ratios"), 0);
    assert_string_equal(field(find_row("ratio", 0), "hollow"), "0");
    samples.items[3].status = STATUS_WRONG; /* the denominator */
    assert_int_equal(write_data("ratios"), 0);
    assert_string_equal(field(find_row("ratio", 0), "hollow"), "1");
    /* Nor does it say that one is slower. */
    assert_string_equal(field(find_row("ratio", 0), "text"),
                        "3 times the time");
}

static void test_claims_stand_in_the_rows_of_their_ratios(void **state)
{
    static const double claims[] = {10, 0.5, 1 / 3.0, 1 / 8.0};

    (void)state;
    add_report(7);
    assert_int_equal(write_data("ratios"), 0);
    assert_int_equal(count_rows("claim"), COUNT(claims));
    for (size_t i = 0; i < COUNT(claims); i++)
        assert_near(number(find_row("claim", i), "ratio"), claims[i], 1e-5);
    assert_near(number(find_row("claim", 0), "place"), 1, 0);
    assert_near(number(find_row("claim", 3), "place"),
                number(find_row("claim", 2), "place"), 0);
    assert_string_equal(field(find_row("claim", 3), "text"), "8 times faster");
    /* One name is enough. */
    assert_string_equal(field(find_row("claim", 0), "label"), "claimed");
    assert_string_equal(field(find_row("claim", 1), "label"), "");
}

static void test_a_band_is_the_noise_of_its_workloads_twins(void **state)
{
    double noise = 1;
    const char *row;

    (void)state;
    add_flat("counter", THREADS, "", 1e6, 7);
    add_flat("counter", "locked", "", 3e6, 7);
    add_twin("counter", "locked", "", 3e6, 7, 0.02);
    add_flat("counter", "null", "", 3e6, 7);
    add_twin("counter", "null", "", 3.1e6, 7, 0.01);
    add_flat("download", "libuv", "n=7", 1e6, 7);
    add_twin("download", "libuv", "n=7", 1.1e6, 7, 0.01);
    assert_int_equal(write_data("ratios"), 0);
    assert_int_equal(count_rows("twin"), 3);
    for (size_t i = 0; i < 3; i++) {
        row = find_row("twin", i);
        assert_true(number(row, "place") >
                    number(find_row("group", 0), "place"));
        if (i < 2)
            noise =
                fmax(noise, fmax(number(row, "high"), 1 / number(row, "low")));
    }
    /* Either twin may be the slower one. */
    assert_near(noise, 3.1 * 1.03 / 3, 1e-5);
    row = find_row("band", 0);
    assert_near(number(row, "high"), noise, 1e-5);
    assert_near(number(row, "low"), 1 / noise, 1e-5);
    assert_near(number(row, "place"), 1, 0);
    assert_near(number(row, "until"), 1, 0);
    row = find_row("band", 1);
    assert_near(number(row, "high"), noise, 1e-5);
    assert_near(number(row, "place"), 3, 0);
    assert_near(number(row, "until"), 4, 0);
    row = find_row("band", 2);
    assert_near(number(row, "high"), 1.1 * 1.03, 1e-5);
    assert_near(number(row, "place"), 5, 0);
    assert_int_equal(count_rows("band"), 3);
    assert_string_equal(field(find_row("twin", 0), "label"),
                        "threads + mutex against itself");
    assert_string_equal(field(find_row("twin", 0), "task"),
                        "counter, tasks 100, increments 1000");
    assert_string_equal(field(find_row("twin", 2), "task"), "download, n 7");
    assert_string_equal(field(find_row("group", 0), "label"),
                        "A/A pairs: the grey band");
}

static void test_without_twins_there_is_no_band(void **state)
{
    (void)state;
    add_flat("counter", THREADS, "", 1e6, 7);
    add_flat("counter", "locked", "", 3e6, 7);
    assert_int_equal(write_data("ratios"), 0);
    assert_int_equal(count_rows("twin"), 0);
    assert_int_equal(count_rows("group"), 0);
    assert_int_equal(count_rows("band"), 0);
    assert_near(number(find_row("axis", 0), "place"), 1, 0);
}

static void test_1_is_in_the_middle_and_all_is_on_the_axis(void **state)
{
    double low, high;

    (void)state;
    add_flat("counter", THREADS, "", 1e6, 7);
    add_spread("counter", "locked", "", 70e6, 7, 0.1);
    assert_int_equal(write_data("ratios"), 0);
    low = number(find_row("axis", 0), "low");
    high = number(find_row("axis", 0), "high");
    assert_near(low * high, 1, 1e-5);
    assert_true(high > 70 * 1.3);
    for (size_t i = 0; i < count_rows("tick"); i++) {
        double at = number(find_row("tick", i), "ratio");

        assert_true(at >= low && at <= high);
    }
}

static void test_without_claims_the_ratios_are_those_to_the_base(void **state)
{
    (void)state;
    add_flat("download", "sequential", "n=9", 4e6, 7);
    add_flat("download", THREADS, "n=9", 1e6, 7);
    add_flat("download", "libuv", "n=9", 2e6, 7);
    assert_int_equal(write_data("ratios"), 0);
    assert_int_equal(count_rows("ratio"), 2);
    assert_string_equal(field(find_row("ratio", 0), "label"),
                        "threads against sequential");
    assert_string_equal(field(find_row("ratio", 0), "task"), "download, n 9");
    assert_string_equal(field(find_row("ratio", 0), "text"), "4 times faster");
    assert_string_equal(field(find_row("ratio", 1), "text"), "2 times faster");
}

static void test_without_pairs_there_are_no_ratios(void **state)
{
    (void)state;
    assert_int_equal(write_data("ratios"), -ENOENT);
    add_flat("counter", THREADS, "", 1e6, 7);
    assert_int_equal(write_data("ratios"), -ENOENT);
}

/* Those of more than six models, on as many screens as they need. */
static void test_ratios_of_many_models_are_grouped_by_family(void **state)
{
    size_t parts = 0, headings = 0;

    (void)state;
    for (size_t i = 0; i < n_models; i++)
        if (models[i]->connections.run)
            add_flat("download", models[i]->name, "n=9", 1e6 + (double)i, 7);
    for (size_t i = 0; i < 5; i++)
        add_flat("download", (const char *[]){"a", "b", "c", "d", "e"}[i],
                 "n=9", 1e6, 7);
    add_twin("download", "e", "n=9", 1e6, 7, 0);
    assert_int_equal(write_data("ratios"), 0);
    for (const char *line = text; *line; line = next_line(line)) {
        parts += is_row(line, "row");
        headings += is_row(line, "group");
    }
    assert_true(headings > 2);
    assert_int_equal(count_rows("axis"), parts);
    for (size_t i = 0; i < parts; i++)
        assert_true(number(find_row("axis", i), "place") < 2 * 10);
}

/* Times that each right sample of the cell added last had. */
static void time_last(unsigned n, const char *histogram)
{
    for (size_t i = samples.n - n; i < samples.n; i++) {
        samples.items[i].latency_histogram = histogram;
        sample_metrics(&samples.items[i], &kind_connections)[PAGE_P50_NS] = 1e6;
    }
}

static void test_a_curve_is_of_the_times_of_all_right_samples(void **state)
{
    struct histogram h = {0};
    unsigned short_bucket = 0, long_bucket = 0;
    char histogram[64];

    (void)state;
    histogram_add(&h, 1000000);
    while (!h.counts[short_bucket])
        short_bucket++;
    histogram_add(&h, 5000000);
    for (long_bucket = short_bucket + 1; !h.counts[long_bucket];)
        long_bucket++;
    snprintf(histogram, sizeof(histogram), "%u=90 %u=10", short_bucket,
             long_bucket);
    add_flat("download", "libuv", "n=10,latency_ms=1", 1e7, 7);
    time_last(7, "3=100");
    add_flat("download", "libuv", "n=100,latency_ms=1", 1e7, 7);
    for (size_t i = samples.n - 7; i < samples.n; i++)
        samples.items[i].items = 100;
    time_last(7, histogram);
    add_flat("download", THREADS, "n=100,latency_ms=1", 1e7, 7);
    assert_int_equal(write_data("latency-download"), 0);
    assert_int_equal(count_rows("model"), 1);
    assert_int_equal(count_rows("point"), 2);
    assert_near(number(find_row("point", 0), "ms"), 1, 0.01);
    assert_near(number(find_row("point", 0), "share"), 1, 0);
    assert_near(number(find_row("point", 1), "ms"), 5, 0.01);
    assert_near(number(find_row("point", 1), "share"), 0.1, 1e-9);
    /* Of 700 times seven are longer than the 99th percentile: too few. */
    assert_int_equal(count_rows("mark"), 2);
    assert_near(number(find_row("mark", 1), "share"), 0.1, 1e-9);
    assert_string_equal(field(find_row("of", 0), "label"),
                        "n 100, latency-ms 1");
}

/* Programs get what a figure shows. */
static void check_json_of(const char *figure, const char *kind, double estimate)
{
    const struct finding_list none = {0};
    json_t *all = findings_json(&none, &table, &drawings), *f;
    size_t i, n = 0;

    json_array_foreach(all, i, f)
    {
        const char *of = json_string_value(json_object_get(f, "figure"));

        if (!of || strcmp(of, figure) != 0)
            continue;
        n++;
        assert_string_equal(json_string_value(json_object_get(f, "kind")),
                            kind);
        assert_near(json_number_value(json_object_get(f, "estimate")), estimate,
                    1e-6 * estimate);
        assert_non_null(json_object_get(f, "text"));
    }
    json_decref(all);
    assert_int_equal(n, 1);
}

static void test_latency_is_said_of_the_fastest_and_the_slowest_model(void **s)
{
    static const struct {
        const char *model, *histogram;
        double p50;
    } cells[] = {{"sequential", "64=20", 2e6},
                 {"libuv", "64=20", 1e6},
                 {THREADS, "100=18 110=2", 5e6}};
    const struct drawing *d;
    struct wording words;

    (void)s;
    for (size_t i = 0; i < COUNT(cells); i++) {
        add_flat("download", cells[i].model, "n=100", 1e7, 7);
        time_last(7, cells[i].histogram);
        for (size_t j = samples.n - 7; j < samples.n; j++) {
            double *m = sample_metrics(&samples.items[j], &kind_connections);

            m[PAGE_P50_NS] = cells[i].p50;
        }
    }
    assert_int_equal(write_data("latency-download"), 0);
    d = find_drawing("latency-download");
    assert_int_equal(finding_words(&d->shown, &table, 1, &words), 0);
    assert_string_equal(words.text,
                        "download, n 100: half of the pages take at most 1.00 "
                        "ms [1.00 ms, 1.00 ms] with event loop (libuv), 5.00 "
                        "ms [5.00 ms, 5.00 ms] with threads; over all samples "
                        "1 in 10 takes longer than 64.0 ns and 100 ns");
    assert_true(words.sure);
    free(words.text);
    check_json_of("latency-download", "range", 1e6);
}

static void test_lateness_has_words_of_its_own(void **state)
{
    const struct drawing *d;
    struct wording words;

    (void)state;
    add_flat("sleepers", "libuv", "", 1e8, 7);
    for (size_t i = 0; i < samples.n; i++) {
        struct sample *s = &samples.items[i];

        s->latency_histogram = "64=20";
        sample_metrics(s, &kind_sleeping)[LATENESS_P50_NS] = 3e6;
    }
    assert_int_equal(write_data("latency-sleepers"), 0);
    assert_string_equal(field(find_row("span", 0), "label"),
                        "from the deadline to the wake");
    d = find_drawing("latency-sleepers");
    assert_int_equal(finding_words(&d->shown, &table, 1, &words), 0);
    assert_non_null(strstr(words.text, ": half of the wakes are late by at "
                                       "most 3.00 ms [3.00 ms, 3.00 ms] with "
                                       "event loop (libuv); over all samples 1 "
                                       "in 10 is late by more than 64.0 ns"));
    free(words.text);
}

static void test_without_histograms_there_is_no_latency(void **state)
{
    (void)state;
    add_flat("download", "libuv", "n=100,latency_ms=1", 1e7, 7);
    assert_int_equal(write_data("latency-download"), -ENOENT);
}

/* In the order in which they were taken. */

static void test_order_has_every_measured_sample_once(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 1e6, 7, 0.01);
    add_spread("download", "libuv", "", 5e6, 7, 0.02);
    samples.items[5].status = STATUS_CRASHED;
    number_samples();
    assert_int_equal(write_data("order"), 0);
    assert_int_equal(count_rows("sample"), 13);
    assert_int_equal(count_rows("workload"), 2);
    /* Sample 0 is the calibration. */
    assert_near(number(find_row("sample", 0), "seconds"), 0.1, 1e-6);
    assert_near(number(find_row("sample", 0), "relative"), 0.97 / 0.995,
                1e-3); /* the median of six */
    assert_near(number(find_row("sample", 6), "seconds"), 0.9, 1e-6);
    assert_near(number(find_row("sample", 6), "relative"), 0.94, 1e-3);
    assert_string_equal(field(find_row("sample", 6), "label"), "download");
    assert_string_equal(field(find_row("sample", 6), "clipped"), "0");
}

static void test_what_lies_beyond_the_axis_is_marked_at_its_border(void **state)
{
    double bound;

    (void)state;
    add_flat("counter", "locked", "", 1e6, 60);
    samples.items[10].real_ns = 50e6;
    samples.items[11].real_ns = 1e3;
    number_samples();
    assert_int_equal(write_data("order"), 0);
    bound = number(find_row("axis", 0), "relative");
    assert_near(bound, 1.25, 1e-6);
    assert_string_equal(field(find_row("sample", 9), "clipped"), "1");
    assert_near(number(find_row("sample", 9), "relative"), bound, 1e-3);
    assert_string_equal(field(find_row("sample", 10), "clipped"), "-1");
    assert_near(number(find_row("sample", 10), "relative"), 1 / bound, 1e-3);
    for (size_t i = 0; i < 60; i++)
        if (i != 9 && i != 10)
            assert_string_equal(field(find_row("sample", i), "clipped"), "0");
}

static void test_the_axis_widens_when_many_lie_beyond_it(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 60);
    for (size_t i = 1; i <= 60; i += 10)
        samples.items[i].real_ns = 1.8e6;
    assert_int_equal(write_data("order"), 0);
    assert_near(number(find_row("axis", 0), "relative"), 2, 1e-6);
    for (size_t i = 1; i <= 60; i += 10)
        samples.items[i].real_ns = 30e6;
    assert_int_equal(write_data("order"), 0);
    assert_near(number(find_row("axis", 0), "relative"), 4, 1e-6);
}

static void test_steal_is_a_share_of_the_machine(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 7);
    number_samples();
    samples.items[3].steal_ticks = 5; /* 50 ms of 2 x 100 ms */
    assert_int_equal(write_data("order"), 0);
    assert_int_equal(count_rows("steal"), 1);
    assert_near(number(find_row("steal", 0), "steal"), 25, 1e-6);
    assert_near(number(find_row("steal", 0), "seconds"), 0.3, 1e-6);
    assert_near(number(find_row("axis steal", 0), "steal"), 25, 1e-6);
    /* Of a machine of unknown size no share can be told. */
    header[0] = '\0';
    assert_int_equal(write_data("order"), 0);
    assert_int_equal(count_rows("steal"), 0);
    assert_true(matches(field(find_row("axis steal", 0), "label"), "unknown"));
}

static void test_rounds_begin_with_their_first_sample(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 7);
    number_samples();
    assert_int_equal(write_data("order"), 0);
    assert_string_equal(field(find_row("round", 0), "label"), "calibration");
    assert_string_equal(field(find_row("round", 1), "label"), "round 1");
    for (size_t i = 1; i <= 7; i++)
        assert_near(number(find_row("round", i), "seconds"), 0.1 * (double)i,
                    1e-6);
    assert_int_equal(count_rows("round"), 8);
}

static void test_without_samples_there_is_no_order(void **state)
{
    (void)state;
    assert_int_equal(write_data("order"), -ENOENT);
    add_sample(&samples, sample_of("counter", "locked", "", 0, 1));
    assert_int_equal(write_data("order"), -ENOENT);
}

/* What they share. */

static void test_each_model_has_a_look_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_models; i++) {
        const struct model *m = models[i];
        unsigned style = chart_style(&table, m->name);

        /* Nothing but its own fields, so that it never changes. */
        assert_int_equal(style, m->connections.in_memory
                                    ? 0
                                    : 100 * (m->family + 1) + m->mark);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(style, chart_style(&table, models[j]->name));
    }
    /* Of another build. */
    add_flat("counter", "locked", "", 1e6, 1);
    for (size_t i = 0; i < 2; i++) {
        strcpy(samples.items[i].model, "stranger");
        add_sample(&samples, samples.items[i]);
        strcpy(samples.items[samples.n - 1].model, "other");
    }
    build();
    assert_int_equal(chart_style(&table, "stranger"), 1);
    assert_int_equal(chart_style(&table, "other"), 2);
}

static void test_quantiles_stand_for_many_values(void **state)
{
    static const size_t most[] = {101, 5, 0};
    double times[101];

    (void)state;
    for (size_t i = 0; i < 101; i++)
        times[i] = 1 + (double)(i * 37 % 101);
    add_cell(&samples, "counter", "locked", "", times, 101);
    build();
    for (size_t i = 0; i < COUNT(most); i++) {
        bool thinned = false;
        size_t n;
        double *values = chart_samples(&table.entries[0], table.rounds,
                                       value_real_ns, most[i], &n, &thinned);

        assert_int_equal(n, most[i]);
        assert_true(thinned == (i > 0));
        for (size_t j = 0; i == 1 && j < 5; j++)
            assert_near(values[j], 1 + 25 * (double)j, 0);
        free(values);
    }
}

static void test_labels_are_spread_and_keep_their_order(void **state)
{
    const struct axis a = {.low = 0, .high = 100, .linear = true};
    double places[] = {99, 10, 99.5, 10, 50};

    (void)state;
    axis_spread(&a, places, 5, 0.1);
    assert_near(places[4], 50, 1e-9);
    assert_true(places[2] - places[0] >= 10 - 1e-9);
    assert_true(fabs(places[1] - places[3]) >= 10 - 1e-9);
    for (size_t i = 0; i < 5; i++)
        assert_true(places[i] >= 0 && places[i] <= 100 + 1e-9);
}

static void test_too_many_labels_share_the_room(void **state)
{
    const struct axis a = {.low = 1, .high = 100};
    double places[11];

    (void)state;
    for (size_t i = 0; i < 11; i++)
        places[i] = 10;
    axis_spread(&a, places, 11, 0.5);
    gsl_sort(places, 1, 11);
    for (size_t i = 0; i < 11; i++)
        assert_near(places[i], pow(100, (double)i / 10), 1e-9);
}

static void test_a_label_of_what_lies_below_the_axis_stands_on_it(void **state)
{
    const struct axis a = {.low = 10, .high = 100, .linear = true};
    double places[] = {-50, 12};

    (void)state;
    axis_spread(&a, places, 2, 0.1);
    assert_near(places[0], 10, 1e-9);
    assert_near(places[1], 19, 1e-9);
}

static void test_ticks_leave_each_other_room(void **state)
{
    const struct axis a = {.low = 1, .high = 100};
    const double values[] = {1, 1.1, 10, 90, 100};
    bool shown[5];

    (void)state;
    axis_ticks(&a, values, 5, 0.1, shown);
    assert_true(shown[0] && !shown[1] && shown[2] && !shown[3] && shown[4]);
}

static void write_file(const char *folder, const char *name, const char *what)
{
    assert_int_equal(store_write_file(folder, name, what, strlen(what)), 0);
}

/* Of a workload of which claims name figures. */
static void test_claims_decide_which_figures_are_drawn(void **state)
{
    static const struct {
        const char *figure;
        bool cost, lost;
    } claimed[] = {{"", true, true},
                   {"figure=cost\n", true, false},
                   {"figure=lost\n", false, true},
                   {"figure=lost,cost\n", true, true}};

    (void)state;
    add_losers();
    for (size_t i = 0; i < COUNT(claimed); i++) {
        struct recording rec = recording();
        struct results r = {.recording = &rec, .table = &table};
        struct finding_list findings;
        struct claims claims;
        char claim[128], why[256];

        snprintf(claim, sizeof(claim), "workload=counter\nmodels=locked\n%s",
                 claimed[i].figure);
        write_file(scratch, "sets", "core=locked\nquick=locked\n");
        write_file(scratch, "one", claim);
        if (claims_read(scratch, &claims, why, sizeof(why)))
            fail_msg("%s", why);
        build();
        find_all(&r, &findings);
        r.claims = &claims;
        drawings_finish(&drawings);
        assert_int_equal(drawings_build(&drawings, &r), 0);
        assert_true(!find_drawing("cost-counter") == !claimed[i].cost);
        assert_true(!find_drawing("lost-counter-tasks") == !claimed[i].lost);
        assert_non_null(find_drawing("order"));
        findings_finish(&findings);
        claims_finish(&claims);
    }
}

/* Files. */

static void path_of(const char *name, const char *suffix, char out[512])
{
    snprintf(out, 512, "%s/figures/%s.%s", scratch, name, suffix);
}

static bool exists(const char *name, const char *suffix)
{
    char path[512];

    path_of(name, suffix, path);
    return access(path, F_OK) == 0;
}

static void check_columns(const char *name)
{
    size_t expected = 0;
    char file[64];

    snprintf(file, sizeof(file), "figures/%s.tsv", name);
    free(text);
    text = read_file(scratch, file, NULL);
    for (const char *line = text; *line; line = next_line(line)) {
        size_t n = 1;

        for (const char *p = line; *p != '\n'; p++)
            n += *p == '\t';
        if (line == text)
            expected = n;
        if (n != expected)
            fail_msg("%s: %zu columns, not %zu: %.60s", name, n, expected,
                     line);
    }
    assert_true(expected > 5);
    assert_null(strstr(text, "\tinf"));
    assert_null(strstr(text, "\t-"));
}

static const char *const names[] = {
    "ratios", "cost-counter",    "lost-counter-tasks", "growth-download-n",
    "order",  "growth-titles-n", "reported-faults-2"};

static void test_all_rows_have_the_columns_of_the_first(void **state)
{
    static const unsigned rounds[] = {7, 1};

    (void)state;
    for (size_t i = 0; i < COUNT(rounds); i++) {
        samples.n = 0;
        add_report(rounds[i]);
        number_samples();
        samples.items[9].steal_ticks = 3;
        assert_int_equal(write_files(), 0);
        for (size_t j = 0; j < COUNT(names); j++)
            check_columns(names[j]);
    }
}

static void test_figures_without_data_leave_nothing_behind(void **state)
{
    char folder[512];

    (void)state;
    add_report(7);
    assert_int_equal(write_files(), 0);
    snprintf(folder, sizeof(folder), "%s/figures", scratch);
    write_file(folder, "growth-download-n.svg", "old");
    write_file(folder, "growth-download-n.png", "old");
    write_file(folder, "cost-counter.svg", "old");
    samples.n = 0;
    add_flat("counter", "locked", "", 1e6, 7);
    assert_int_equal(write_files(), 0);
    assert_true(exists("cost-counter", "tsv"));
    /* Nor does an old picture pass for one of new data. */
    assert_false(exists("cost-counter", "svg"));
    assert_false(exists("growth-download-n", "tsv"));
    assert_false(exists("growth-download-n", "svg"));
    assert_false(exists("growth-download-n", "png"));
}

static void test_a_directory_that_is_not_there_is_an_error(void **state)
{
    char *inside = malloc(strlen(scratch) + 16);
    char *was = scratch;

    (void)state;
    sprintf(inside, "%s/no/where", scratch);
    scratch = inside;
    assert_int_equal(write_files(), -ENOENT);
    scratch = was;
    free(inside);
}

/* Scripts. */

static void test_scripts_have_the_titles_and_say_how_to_run_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_figures; i++) {
        char name[64], expected[256], *script;

        snprintf(name, sizeof(name), "plots/%s.gp", figures[i].name);
        script = data_read(name);
        if (!script)
            fail_msg("%s is not there", name);
        snprintf(expected, sizeof(expected),
                 "\nTITLE = (ARGC > 3 ? ARG4 : \"%s\")\n", figures[i].title);
        assert_non_null(strstr(script, expected));
        snprintf(expected, sizeof(expected), "gnuplot -c %s DIR ", name);
        assert_non_null(strstr(script, expected));
        free(script);
    }
}

static void test_every_figure_says_how_it_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_figures; i++) {
        assert_true(matches(figures[i].title, "^[A-Z].*\\?$"));
        assert_true(
            matches(prose_find(figures[i].name), "^[A-Z].{200,800}\\.$"));
    }
}

/* gnuplot. */

static char why[512];

static int draw(void)
{
    return drawings_draw(scratch, &drawings, true, why, sizeof(why));
}

static bool have_gnuplot(void)
{
    if (system("gnuplot --version >/dev/null 2>&1") == 0)
        return true;
    print_message("gnuplot is not installed\n");
    return false;
}

static char *keep(const char *variable)
{
    const char *value = getenv(variable);

    return value ? strdup(value) : NULL;
}

static void restore(const char *variable, char *value)
{
    if (value)
        setenv(variable, value, 1);
    else
        unsetenv(variable);
    free(value);
}

static void test_without_gnuplot_the_remedy_is_said(void **state)
{
    char *path = keep("PATH");

    (void)state;
    add_report(7);
    assert_int_equal(write_files(), 0);
    setenv("PATH", scratch, 1);
    assert_int_equal(draw(), -ENOENT);
    restore("PATH", path);
    assert_true(matches(why, "gnuplot is not in PATH.*apt install gnuplot"));
    assert_false(exists("cost-counter", "svg"));
}

static void test_without_scripts_their_place_is_said(void **state)
{
    (void)state;
    add_report(7);
    assert_int_equal(write_files(), 0);
    setenv("BATON_DATA", scratch, 1);
    assert_int_equal(draw(), -ENOENT);
    assert_true(matches(why, "plots/.*\\.gp is not there.*BATON_DATA"));
}

static void test_nothing_to_draw_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(draw(), 0);
    assert_string_equal(why, "");
}

/* One script of its own, in the place of all others. */
static void use_script(const char *name, const char *script)
{
    char folder[512], file[64];

    snprintf(folder, sizeof(folder), "%s/plots", scratch);
    mkdir(folder, 0777);
    snprintf(file, sizeof(file), "%s.gp", name);
    write_file(folder, file, script);
    setenv("BATON_DATA", scratch, 1);
}

static const char good_script[] = "set terminal svg\nplot x\n";

static void test_a_script_that_fails_says_where(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    add_flat("counter", "locked", "increments=5", 1e6, 7);
    assert_int_equal(write_files(), 0);
    use_script("order", good_script);
    use_script("cost", "set terminal svg\n"
                       "plot x\n"
                       "plot x\nplot nonsense + 1\n");
    assert_int_equal(draw(), -EIO);
    assert_true(matches(why,
                        "^gnuplot failed at cost-counter: .*cost.gp\" line 4: "
                        "undefined variable: nonsense$"));
    /* What it had drawn until then is no figure; the others are. */
    assert_false(exists("cost-counter", "svg"));
    assert_true(exists("order", "svg"));
}

static void test_a_script_that_draws_nothing_fails(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    add_flat("counter", "locked", "increments=5", 1e6, 7);
    assert_int_equal(write_files(), 0);
    use_script("order", good_script);
    use_script("cost", "set terminal svg\n");
    assert_int_equal(draw(), -EIO);
    assert_string_equal(why, "gnuplot failed at cost-counter: it drew nothing");
    assert_false(exists("cost-counter", "svg"));
    assert_true(exists("order", "svg"));
}

static char *read_picture(const char *name)
{
    char file[64];

    snprintf(file, sizeof(file), "figures/%s.svg", name);
    return read_file(scratch, file, NULL);
}

static void test_a_map_is_drawn(void **state)
{
    char *svg;

    (void)state;
    if (!have_gnuplot())
        skip();
    add_grid("locked", 2e6, 3);
    add_grid("libuv", 3e6, 3);
    change("libuv", "tasks=1,hold=0", 1 / 1.5);
    assert_int_equal(write_files(), 0);
    if (draw())
        fail_msg("%s", why);
    svg = read_picture("map-counter");
    assert_non_null(strstr(svg, "threads + mutex"));
    assert_non_null(strstr(svg, ">~1<"));
    assert_non_null(strstr(svg, ">1.5<"));
    assert_non_null(strstr(svg, "hold (ns)"));
    free(svg);
    /* No cell has a colour. */
    samples.n = 0;
    add_grid("locked", 2e6, 3);
    add_grid("libuv", 2e6, 3);
    assert_int_equal(write_files(), 0);
    if (draw())
        fail_msg("%s", why);
    svg = read_picture("map-counter");
    assert_null(strstr(svg, "threads + mutex"));
    assert_non_null(strstr(svg, ">~1<"));
    free(svg);
}

static void test_pictures_are_whole_and_small_and_have_the_labels(void **state)
{
    static const char *const labels[][4] = {
        {"threads + mutex against threads, no lock", "download, n = 30",
         "A/A pairs: the grey band", "claimed"},
        {"counter, tasks 100, increments 100000", "threads + mutex",
         "wrong results (not ranked):", " ns, "},
        {"lost nothing in ", "iterations that ended wrong",
         "the tutorial: ", "threads, no lock"},
        {"n^0.", "CPU floor", "growth exponents", "sequential"},
        {"time, relative to the median of its cell",
         "CPU time of other virtual machines", "round 1", "download"},
        {"n^0.", "titles: n (logarithmic)", "growth exponents", "sequential"},
        {"a deadline ends it", "silent", "header-timeout",
         "faults, n 25: until it was reported"},
    };
    size_t total = 0;

    (void)state;
    if (!have_gnuplot())
        skip();
    add_report(7);
    number_samples();
    assert_int_equal(write_files(), 0);
    if (draw())
        fail_msg("%s", why);
    for (size_t i = 0; i < COUNT(names); i++) {
        char *svg = read_picture(names[i]), title[256];

        assert_true(strncmp(svg, "<?xml ", 6) == 0);
        assert_true(matches(svg + strlen(svg) - 16, "</svg>[ \n]*$"));
        assert_null(strstr(svg, "NaN"));
        assert_null(strstr(svg, scratch));
        /* Alone on a slide it says what it is. */
        for (size_t j = 0; j < 2; j++) {
            snprintf(title, sizeof(title),
                     j ? ">%s</text>" : "<title>%s</title>",
                     find_drawing(names[i])->title);
            assert_non_null(strstr(svg, title));
        }
        for (size_t j = 0; j < 4; j++)
            if (!strstr(svg, labels[i][j]))
                fail_msg("%s lacks `%s`", names[i], labels[i][j]);
        total += strlen(svg);
        assert_true(strlen(svg) < 60 << 10);
        free(svg);
    }
    assert_true(total < 330 << 10);
}

/* Whatever a person has set up for gnuplot. */
static void test_pictures_are_the_same_bytes_for_everybody(void **state)
{
    static const char *const variables[] = {"HOME", "XDG_CONFIG_HOME",
                                            "GNUTERM", "LC_ALL"};
    char *first[COUNT(names)], *kept[COUNT(variables)];

    (void)state;
    if (!have_gnuplot())
        skip();
    add_report(7);
    assert_int_equal(write_files(), 0);
    assert_int_equal(draw(), 0);
    for (size_t i = 0; i < COUNT(names); i++)
        first[i] = read_picture(names[i]);
    write_file(scratch, ".gnuplot", "set title 'mine'\nset logscale y 3\n");
    for (size_t i = 0; i < COUNT(variables); i++)
        kept[i] = keep(variables[i]);
    setenv("HOME", scratch, 1);
    setenv("XDG_CONFIG_HOME", scratch, 1);
    setenv("GNUTERM", "dumb", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    assert_int_equal(draw(), 0);
    for (size_t i = 0; i < COUNT(variables); i++)
        restore(variables[i], kept[i]);
    for (size_t i = 0; i < COUNT(names); i++) {
        char *again = read_picture(names[i]);

        assert_string_equal(again, first[i]);
        free(again);
        free(first[i]);
    }
}

/* What is drawn in characters goes to the standard output. */
static char *draw_characters(void)
{
    char path[512];
    int out, was, error;

    snprintf(path, sizeof(path), "%s/out", scratch);
    fflush(stdout);
    was = dup(STDOUT_FILENO);
    out = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(was >= 0 && out >= 0);
    dup2(out, STDOUT_FILENO);
    error = drawings_draw(scratch, &drawings, false, why, sizeof(why));
    dup2(was, STDOUT_FILENO);
    close(was);
    close(out);
    if (error)
        fail_msg("%s", why);
    return read_file(scratch, "out", NULL);
}

static void test_a_terminal_shows_labels_and_marks(void **state)
{
    char *shown;

    (void)state;
    if (!have_gnuplot())
        skip();
    add_report(7);
    number_samples();
    assert_int_equal(write_files(), 0);
    shown = draw_characters();
    for (size_t i = 0; i < COUNT(names); i++)
        assert_non_null(strstr(shown, find_drawing(names[i])->title));
    assert_true(matches(shown, "threads \\+ mutex against threads, no lock .*o"
                               ".* slower"));
    assert_true(matches(shown, "lost nothing in "));
    assert_null(strchr(shown, '\033'));
    for (const char *line = shown; *line; line = next_line(line))
        if (strcspn(line, "\n") > 100)
            fail_msg("%.120s", line);
    free(shown);
}

static void test_a_run_of_one_round_and_one_model_can_be_drawn(void **state)
{
    static const struct {
        const char *workload, *model, *parameters[2];
    } runs[] = {
        {"counter", "locked", {"tasks=1", "tasks=10"}},
        {"counter", THREADS, {"tasks=3,increments=7", "increments=8"}},
        {"counter-split", "libuv", {"tasks=2", "tasks=4"}},
        {"download", "libuv", {"n=1", "n=1000"}},
        {"download", "null", {"n=5,latency_ms=0", "n=6,latency_ms=1"}},
    };

    (void)state;
    if (!have_gnuplot())
        skip();
    for (size_t i = 0; i < COUNT(runs); i++) {
        samples.n = 0;
        for (size_t j = 0; j < 2; j++)
            add_flat(runs[i].workload, runs[i].model, runs[i].parameters[j],
                     1e6, 1);
        if (i % 2)
            lose_last(1, 7, 7);
        number_samples();
        assert_int_equal(write_files(), 0);
        if (draw())
            fail_msg("run %zu: %s", i, why);
        free(draw_characters());
        assert_true(exists("order", "svg"));
    }
}

static void test_a_directory_is_never_a_command(void **state)
{
    char *was = scratch, old[512];

    (void)state;
    if (!have_gnuplot())
        skip();
    assert_non_null(getcwd(old, sizeof(old)));
    assert_int_equal(chdir(scratch), 0);
    scratch = (char[]){"< touch ran; # 'it\""};
    assert_int_equal(mkdir(scratch, 0777), 0);
    add_flat("counter", "locked", "", 1e6, 7);
    assert_int_equal(write_files(), 0);
    if (draw())
        fail_msg("%s", why);
    assert_true(exists("cost-counter", "svg"));
    assert_int_equal(access("ran", F_OK), -1);
    scratch = was;
    assert_int_equal(chdir(old), 0);
}

int main(void)
{
#define FACT(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        FACT(test_cost_has_medians_intervals_and_every_sample),
        FACT(test_wrong_cells_stand_below_and_say_how_wrong),
        FACT(test_a_cell_the_audit_rejects_is_hollow_too),
        FACT(test_few_rounds_draw_no_interval_and_say_so),
        FACT(test_cost_shows_the_usual_tasks_else_the_first),
        FACT(test_without_counting_there_is_no_cost),
        FACT(test_lost_has_shares_and_how_often),
        FACT(test_models_that_lose_nothing_are_counted),
        FACT(test_the_claim_stands_where_it_was_made),
        FACT(test_losses_need_two_numbers_of_tasks),
        FACT(test_growth_has_the_exponent_of_the_sentence),
        FACT(test_growth_of_few_rounds_has_no_interval),
        FACT(test_labels_of_close_curves_stand_apart),
        FACT(test_the_longest_sweep_is_drawn),
        FACT(test_growth_needs_two_sizes),
        FACT(test_titles_grow_in_a_figure_of_their_own),
        FACT(test_a_map_has_the_fastest_model_of_each_cell),
        FACT(test_a_cell_within_noise_is_grey),
        FACT(test_what_is_wrong_wins_no_cell_of_a_map),
        FACT(test_a_map_needs_three_values_of_two_parameters),
        FACT(test_a_map_has_no_value_that_one_sweep_alone_has),
        FACT(test_a_sweep_of_each_parameter_alone_is_no_map),
        FACT(test_a_map_is_drawn),
        FACT(test_each_site_has_a_line_in_its_group),
        FACT(test_a_mark_is_the_median_and_its_line_the_range),
        FACT(test_the_legend_stands_in_the_first_part),
        FACT(test_many_models_have_a_mark_for_each_family),
        FACT(test_deadlines_are_those_of_the_parameters),
        FACT(test_who_differs_is_hollow),
        FACT(test_what_takes_no_time_stands_at_the_border),
        FACT(test_who_never_ended_has_no_mark),
        FACT(test_every_ratio_of_the_findings_has_a_row),
        FACT(test_a_ratio_is_said_as_its_sentence_says_it),
        FACT(test_ratios_of_few_rounds_have_no_interval),
        FACT(test_a_ratio_with_a_wrong_side_is_hollow),
        FACT(test_claims_stand_in_the_rows_of_their_ratios),
        FACT(test_a_band_is_the_noise_of_its_workloads_twins),
        FACT(test_without_twins_there_is_no_band),
        FACT(test_1_is_in_the_middle_and_all_is_on_the_axis),
        FACT(test_without_claims_the_ratios_are_those_to_the_base),
        FACT(test_without_pairs_there_are_no_ratios),
        FACT(test_ratios_of_many_models_are_grouped_by_family),
        FACT(test_a_curve_is_of_the_times_of_all_right_samples),
        FACT(test_latency_is_said_of_the_fastest_and_the_slowest_model),
        FACT(test_lateness_has_words_of_its_own),
        FACT(test_without_histograms_there_is_no_latency),
        FACT(test_order_has_every_measured_sample_once),
        FACT(test_what_lies_beyond_the_axis_is_marked_at_its_border),
        FACT(test_the_axis_widens_when_many_lie_beyond_it),
        FACT(test_steal_is_a_share_of_the_machine),
        FACT(test_rounds_begin_with_their_first_sample),
        FACT(test_without_samples_there_is_no_order),
        FACT(test_each_model_has_a_look_of_its_own),
        FACT(test_quantiles_stand_for_many_values),
        FACT(test_labels_are_spread_and_keep_their_order),
        FACT(test_too_many_labels_share_the_room),
        FACT(test_a_label_of_what_lies_below_the_axis_stands_on_it),
        FACT(test_ticks_leave_each_other_room),
        FACT(test_claims_decide_which_figures_are_drawn),
        FACT(test_all_rows_have_the_columns_of_the_first),
        FACT(test_figures_without_data_leave_nothing_behind),
        FACT(test_a_directory_that_is_not_there_is_an_error),
        FACT(test_scripts_have_the_titles_and_say_how_to_run_them),
        FACT(test_every_figure_says_how_it_is_read),
        FACT(test_without_gnuplot_the_remedy_is_said),
        FACT(test_without_scripts_their_place_is_said),
        FACT(test_nothing_to_draw_is_no_error),
        FACT(test_a_script_that_fails_says_where),
        FACT(test_a_script_that_draws_nothing_fails),
        FACT(test_pictures_are_whole_and_small_and_have_the_labels),
        FACT(test_pictures_are_the_same_bytes_for_everybody),
        FACT(test_a_terminal_shows_labels_and_marks),
        FACT(test_a_run_of_one_round_and_one_model_can_be_drawn),
        FACT(test_a_directory_is_never_a_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
