/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures and pages of twenty-six models in nine families.  The linker puts
 * __wrap_model_find() in the place of model_find(), so that the report knows
 * models that this build does not have.  With SCALE_DIR set the report stays
 * there, to be looked at.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/report/chart.h"
#include "harness/results/data.h"
#include "harness/report/facts.h"
#include "harness/report/figures.h"
#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/report/page.h"
#include "harness/report/summary.h"
#include "harness/results/traces.h"
#include "models/model.h"
#include "tests/unit/visits.h"

enum { ROUNDS = 40, LANES = 8, SLICES = 3000 };

#define MODEL(id, words, of, number)                                           \
    {                                                                          \
        .contract = MODEL_CONTRACT, .name = id, .label = words,                \
        .summary = "made up for a test", .family = FAMILY_##of,                \
        .mark = number, .connections = {                                       \
            .in_memory = number == 12                                          \
        }                                                                      \
    }

static const struct model many[] = {
    MODEL("null", "CPU floor", SEQUENTIAL, 12),
    MODEL("sequential", "sequential", SEQUENTIAL, 2),
    MODEL("thread-per-socket", "threads, no lock", THREADS, 1),
    MODEL("locked", "threads + mutex", LOCKS, 1),
    MODEL("atomic", "threads + atomic add", LOCKS, 2),
    MODEL("cas", "threads + compare-and-swap", LOCKS, 3),
    MODEL("spinlock", "threads + spinlock", LOCKS, 4),
    MODEL("ticket", "threads + ticket lock", LOCKS, 5),
    MODEL("mcs", "threads + MCS lock", LOCKS, 6),
    MODEL("rwlock", "threads + rwlock", LOCKS, 7),
    MODEL("semaphore", "threads + semaphore", LOCKS, 8),
    MODEL("sharded", "threads, sharded", LOCKS, 9),
    MODEL("stm", "transactional memory", LOCKS, 10),
    MODEL("openmp", "OpenMP", POOLS, 1),
    MODEL("thread-pool", "thread pool", POOLS, 2),
    MODEL("process", "processes", PROCESSES, 1),
    MODEL("process-pool", "process pool", PROCESSES, 2),
    MODEL("libuv", "event loop (libuv)", LOOPS, 1),
    MODEL("epoll", "epoll", LOOPS, 2),
    MODEL("poll", "poll", LOOPS, 3),
    MODEL("io-uring", "io_uring", LOOPS, 4),
    MODEL("epoll-mt", "epoll, 8 threads", LOOPS, 5),
    MODEL("coroutine", "coroutines", COROUTINES, 1),
    MODEL("async", "async functions", COROUTINES, 2),
    MODEL("actor", "actors", ACTORS, 1),
    MODEL("python-threads", "Python threads", REFERENCES, 1),
};
enum { MANY = COUNT(many) };

const struct model *__wrap_model_find(const char *name);
const struct model *__real_model_find(const char *name);

/* Those that no cell has are known to claims. */
const struct model *__wrap_model_find(const char *name)
{
    for (size_t i = 0; i < MANY; i++)
        if (strcmp(many[i].name, name) == 0)
            return &many[i];
    return __real_model_find(name);
}

static struct samples samples;
static struct table table;
static struct sites sites;
static struct matrices matrices;
static struct traces traces;
static struct drawings drawings;
static struct finding_list findings;
static struct recording recording;
static struct results results;
static char *scratch;

/* A recording. */

static void add(const char *workload, size_t model, const char *key,
                unsigned size, double middle)
{
    double times[ROUNDS];
    char parameters[32];

    snprintf(parameters, sizeof(parameters), "%s=%u", key, size);
    for (unsigned i = 0; i < ROUNDS; i++)
        times[i] = middle * (1 + 0.004 * (i * 17 % ROUNDS));
    add_cell(&samples, workload, many[model].name, parameters, times, ROUNDS);
}

/* Every third one loses some. */
static void lose(size_t model, unsigned tasks)
{
    for (size_t i = samples.n - ROUNDS; i < samples.n && model % 3 == 2; i++) {
        samples.items[i].status = STATUS_WRONG;
        samples.items[i].lost_updates = 7 * tasks * (10 + model);
        samples.items[i].wrong_iterations = 1 + i % 5;
    }
}

static void add_model(size_t i)
{
    static const unsigned tasks[] = {1, 4, 16, 64, 100};
    static const unsigned sizes[] = {1, 3, 10, 30, 100, 300, 1000};

    for (size_t j = 0; j < COUNT(tasks); j++) {
        add("counter", i, "tasks", tasks[j], 1e4 * tasks[j] * (double)(i + 3));
        lose(i, tasks[j]);
    }
    add("counter", i, "increments", 100000, 1e7 * (double)(i + 3));
    for (size_t j = 0; j < COUNT(sizes); j++)
        add("download", i, "n", sizes[j],
            1e7 * pow(sizes[j], (double)(i % 7) / 6) + 1e4 * (double)i);
    for (uint32_t round = 1; round <= 2; round++)
        add_visit(&sites, many[i].name, "", round);
}

/* More slices than a panel can show: each lane on a thread of its own. */
static void add_trace(size_t model)
{
    struct traced *t = &traces.items[traces.n++];

    *t = (struct traced){.threads = LANES, .n = 2 * SLICES};
    t->duration_ns = t->whole_ns = (uint64_t)SLICES * 1000;
    t->events = calloc(t->n, sizeof(*t->events));
    assert_non_null(t->events);
    strcpy(t->workload, "counter");
    strcpy(t->model, many[model].name);
    for (size_t i = 0; i < SLICES; i++) {
        uint32_t lane = (uint32_t)(i * i / 3 % LANES); /* uneven */

        t->events[2 * i] =
            (struct trace_event){1000 * i, lane, lane, TRACE_TURN, 0};
        t->events[2 * i + 1] =
            (struct trace_event){1000 * i + 500, lane, lane, TRACE_WAIT, 0};
    }
}

/* As they were taken: cell after cell in each round. */
static int by_round(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;

    return (int)x->round - (int)y->round;
}

static int start(void **state)
{
    static char header[] = "# cpus_online=2\n";

    (void)state;
    setenv("BATON_DATA", SOURCE_ROOT, 1);
    scratch = make_scratch();
    traces.items = calloc(MANY, sizeof(*traces.items));
    for (size_t i = 0; i < MANY; i++) {
        add_model(i);
        add_trace(i);
    }
    qsort(samples.items, samples.n, sizeof(*samples.items), by_round);
    for (size_t i = 0; i < samples.n; i++) {
        samples.items[i].start_ns = i * 50000000;
        samples.items[i].wall_ns = 50000000;
    }
    recording = (struct recording){
        .header = header, .samples = samples.items, .n = samples.n};
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
    assert_int_equal(matrices_build(&matrices, &sites), 0);
    results = (struct results){.recording = &recording,
                               .table = &table,
                               .traces = &traces,
                               .matrices = &matrices,
                               .drawings = &drawings};
    find_all(&results, &findings);
    assert_int_equal(drawings_build(&drawings, &results), 0);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    findings_finish(&findings);
    drawings_finish(&drawings);
    matrices_finish(&matrices);
    sites_finish(&sites);
    traces_finish(&traces);
    table_finish(&table);
    free(samples.items);
    remove_scratch(scratch);
    return 0;
}

/* Reading what was written. */

static const char *data_of(const char *name)
{
    for (size_t i = 0; i < drawings.n; i++)
        if (strcmp(drawings.items[i].name, name) == 0)
            return drawings.items[i].data;
    fail_msg("no figure %s", name);
    return NULL;
}

static const char *next_row(const char *data, const char *row)
{
    size_t len = strlen(row);

    for (; data && *data; data = strchr(data, '\n') + 1)
        if (strncmp(data, row, len) == 0 && data[len] == '\t')
            return data;
    return NULL;
}

/* What the column of that name holds; until the next call but seven. */
static const char *field(const char *data, const char *line, const char *column)
{
    static char ring[8][256];
    static size_t next;
    char *out = ring[next++ % 8];

    for (; *data != '\n';
         data += strcspn(data, "\t\n"), data += *data == '\t') {
        size_t len = strcspn(data, "\t\n");

        if (len == strlen(column) && strncmp(data, column, len) == 0) {
            snprintf(out, 256, "%.*s", (int)strcspn(line, "\t\n"), line);
            return out;
        }
        line += strcspn(line, "\t\n");
        line += *line == '\t';
    }
    fail_msg("no column %s", column);
    return NULL;
}

static double number(const char *data, const char *line, const char *column)
{
    return strtod(field(data, line, column), NULL);
}

#define EACH_ROW(line, data, row)                                              \
    const char *line = next_row(data, row);                                    \
    line;                                                                      \
    line = next_row(strchr(line, '\n') + 1, row)

static size_t count_rows(const char *data, const char *row)
{
    size_t n = 0;

    for (EACH_ROW(line, data, row))
        n++;
    return n;
}

static bool has_label(const char *data, const char *row, const char *label)
{
    for (EACH_ROW(line, data, row))
        if (strstr(field(data, line, "label"), label))
            return true;
    return false;
}

/* The next part of a figure; NULL: before the first, and behind the last. */
static const struct drawing *next_part(const struct drawing *d,
                                       const char *name)
{
    for (d = d ? d + 1 : drawings.items; d < drawings.items + drawings.n; d++)
        if (strncmp(d->name, name, strlen(name)) == 0)
            return d;
    return NULL;
}

#define EACH_PART(part, name)                                                  \
    const struct drawing *part = next_part(NULL, name);                        \
    part;                                                                      \
    part = next_part(part, name)

static bool is_shown(const char *name, const char *row, const char *label)
{
    bool shown = false;

    for (EACH_PART(part, name))
        shown |= has_label(part->data, row, label);
    return shown;
}

/* Facts. */

static void test_every_figure_shows_every_model(void **state)
{
    static const char *const rows[][2] = {
        {"cost-counter", "cell"},
        {"cost-counter", "sample"},
        {"growth-download-n", "label"},
        {"lanes-counter", "panel"},
    };
    const char *lost = "lost-counter-tasks";
    char others[32];
    size_t drawn = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t j = 0; j < MANY; j++)
            if (!is_shown(rows[i][0], rows[i][1], many[j].label))
                fail_msg("%s lacks %s", rows[i][0], many[j].name);
    for (size_t j = 0; j < MANY; j++)
        drawn += is_shown(lost, "label", many[j].label);
    snprintf(others, sizeof(others), "%zu other models", MANY - drawn);
    assert_true(is_shown(lost, "exact", others));
}

static void test_reported_sites_show_every_family(void **state)
{
    (void)state;
    for (size_t j = 0; j < MANY; j++) {
        const char *label = model_is_in_memory(&many[j])
                                ? many[j].label
                                : family_name(many[j].family);

        if (!is_shown("reported-faults", "model", label) ||
            !is_shown("reported-faults", "cell", label))
            fail_msg("reported-faults lacks %s", label);
    }
    for (EACH_PART(part, "reported-faults"))
        assert_true(count_rows(part->data, "model") <= FAMILY_N + 1);
}

static void check_families(const char *data, bool seen[FAMILY_N])
{
    for (EACH_ROW(line, data, "panel"))
        for (size_t i = 0; i < FAMILY_N; i++)
            seen[i] |= strcmp(field(data, line, "label"),
                              family_name((enum family)i)) == 0;
    for (EACH_ROW(label, data, "label"))
        for (EACH_ROW(other, data, "label"))
            if (number(data, label, "panel") == number(data, other, "panel")) {
                unsigned a = (unsigned)number(data, label, "style");
                unsigned b = (unsigned)number(data, other, "style");

                assert_true(a == 0 || b == 0 || a / 100 == b / 100);
                assert_true(a != b || label == other);
            }
}

static void test_a_panel_has_the_models_of_one_family(void **state)
{
    bool seen[FAMILY_N] = {false};
    size_t panels = 0;

    (void)state;
    for (EACH_PART(part, "growth-download-n")) {
        double last = 0;

        check_families(part->data, seen);
        /* Those of the other parts are grey lines. */
        for (EACH_ROW(cell, part->data, "cell"))
            last = fmax(last, number(part->data, cell, "panel"));
        assert_near(last, FAMILY_N, 0);
        panels += count_rows(part->data, "panel");
    }
    assert_int_equal(panels, FAMILY_N);
    for (size_t i = 0; i < FAMILY_N; i++)
        assert_true(seen[i]);
}

/* A panel's height in pixels, and where a value stands in it. */
static double height_of(const char *data, double panel)
{
    for (EACH_ROW(line, data, "frame"))
        if (number(data, line, "panel") == panel)
            return (number(data, line, "high") - number(data, line, "low")) *
                   number(data, next_row(data, "axis"), "y");
    fail_msg("no frame %g", panel);
    return 0;
}

static double place_of(const char *data, double panel, double value)
{
    for (EACH_ROW(line, data, "panel")) {
        double low = number(data, line, "low");
        double high = number(data, line, "high");
        bool linear = number(data, line, "hollow") > 0;

        if (number(data, line, "panel") == panel)
            return height_of(data, panel) *
                   (linear ? (value - low) / (high - low)
                           : log(value / low) / log(high / low));
    }
    fail_msg("no panel %g", panel);
    return 0;
}

static void check_labels(const char *data, double least)
{
    for (EACH_ROW(label, data, "label"))
        for (EACH_ROW(other, data, "label")) {
            double panel = number(data, label, "panel");

            if (label == other || number(data, other, "panel") != panel)
                continue;
            assert_true(
                fabs(place_of(data, panel, number(data, label, "place")) -
                     place_of(data, panel, number(data, other, "place"))) >
                least);
        }
}

static void test_no_labels_are_drawn_over_each_other(void **state)
{
    (void)state;
    /* Letters are 20 pixels high; growth has two lines of them. */
    for (EACH_PART(part, "growth-download-n"))
        check_labels(part->data, 50);
    for (EACH_PART(part, "lost-counter-tasks"))
        check_labels(part->data, 25);
    for (EACH_ROW(cell, data_of("cost-counter"), "cell"))
        for (EACH_ROW(other, data_of("cost-counter"), "cell"))
            assert_true(cell == other ||
                        fabs(number(data_of("cost-counter"), cell, "place") -
                             number(data_of("cost-counter"), other, "place")) >=
                            1);
}

/* Of one panel; of all when it is 0. */
static size_t count_points(const char *data, double panel)
{
    static const char *const rows[] = {"cell", "sample", "other"};
    size_t n = 0;

    for (size_t i = 0; i < COUNT(rows); i++)
        for (EACH_ROW(line, data, rows[i]))
            n += !(panel > 0) || number(data, line, "panel") == panel;
    return n;
}

static void test_a_panel_has_at_most_2000_points(void **state)
{
    static const char *const panels[] = {"growth-download-n",
                                         "lost-counter-tasks"};

    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++)
        for (EACH_ROW(line, data_of(panels[i]), "panel")) {
            double panel = number(data_of(panels[i]), line, "panel");
            size_t n = count_points(data_of(panels[i]), panel);

            assert_true(n > 10 && n <= MOST_POINTS);
        }
    assert_true(count_points(data_of("cost-counter"), 0) <= MOST_POINTS);
    assert_true(count_points(data_of("order"), 0) <= MOST_POINTS);
    assert_true(count_points(data_of("order"), 0) > MOST_POINTS / 2);
}

static void test_a_part_has_the_lines_of_a_screen(void **state)
{
    size_t cells = 0;

    (void)state;
    for (EACH_PART(part, "cost-counter")) {
        size_t n = count_rows(part->data, "cell");

        assert_in_range(n, 1, 12);
        /* What they are of is said again. */
        assert_true(count_rows(part->data, "task") >= 1);
        cells += n;
    }
    assert_int_equal(cells, 2 * MANY);
}

static void test_each_part_has_at_most_2000_slices_a_panel(void **state)
{
    size_t panels = 0;

    (void)state;
    for (size_t i = 0; i < drawings.n; i++) {
        const char *data = drawings.items[i].data;

        if (strncmp(drawings.items[i].name, "lanes-counter", 13) != 0)
            continue;
        for (EACH_ROW(panel, data, "panel")) {
            size_t n = 0;

            for (EACH_ROW(slice, data, "slice"))
                n += number(data, slice, "panel") ==
                     number(data, panel, "panel");
            assert_true(n > LANES && n <= MOST_POINTS);
            panels++;
        }
    }
    assert_int_equal(panels, MANY);
}

static void test_a_figure_with_fewer_points_than_samples_says_so(void **state)
{
    static const char *const thinned[] = {"cost-counter", "growth-download-n",
                                          "lanes-counter", "order"};
    size_t n = 0, all = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(thinned); i++) {
        bool any = false;

        for (EACH_PART(part, thinned[i])) {
            any |= part->thinned;
            n += part->thinned;
        }
        assert_true(any);
    }
    for (size_t i = 0; i < drawings.n; i++)
        all += drawings.items[i].thinned;
    assert_int_equal(n, all);
}

/* What stands for the samples of a cell has their ends and their median. */
static void test_quantiles_stand_for_samples(void **state)
{
    double least = INFINITY, most = 0;

    (void)state;
    for (EACH_PART(part, "growth-download-n"))
        for (EACH_ROW(line, part->data, "sample")) {
            const char *label = field(part->data, line, "label");

            if (strcmp(label, "threads + MCS lock") != 0 ||
                number(part->data, line, "x") != 100)
                continue;
            least = fmin(least, number(part->data, line, "y"));
            most = fmax(most, number(part->data, line, "y"));
        }
    assert_near(most / least, 1 + 0.004 * (ROUNDS - 1), 1e-5);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static const struct entry *entry_of(const char *model)
{
    for (size_t i = 0; i < table.n; i++)
        if (strcmp(table.entries[i].model, model) == 0)
            return &table.entries[i];
    fail_msg("no %s", model);
    return NULL;
}

static void test_a_table_shows_each_family_and_folds_the_rest(void **state)
{
    char *html = page_html(&results), *more = strstr(html, "<details>");
    size_t folded = fact_folded(&table, &table.entries[0]);

    (void)state;
    assert_non_null(more);
    assert_true(folded > 5);
    /* The floor, which all are compared with; the first of a family. */
    assert_false(fact_is_folded(&table, entry_of("null")));
    assert_false(fact_is_folded(&table, entry_of("sequential")));
    assert_false(fact_is_folded(&table, entry_of("locked")));
    assert_true(fact_is_folded(&table, entry_of("atomic")));
    /* A wrong one, though it is not the first. */
    assert_false(fact_is_folded(&table, entry_of("cas")));
    for (size_t i = 0; i < MANY; i++) {
        char row[128];

        snprintf(row, sizeof(row), "<th scope=\"row\">%s", many[i].label);
        assert_true(count(html, row) >= 13);
    }
    free(html);
}

static void test_the_terminal_names_how_many_rows_are_folded(void **state)
{
    char *text = NULL, expected[64];
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    summary_print(&results, false, 0, out);
    fclose(out);
    snprintf(expected, sizeof(expected), "  %zu more models are in report.html",
             fact_folded(&table, &table.entries[0]));
    assert_non_null(strstr(text, expected));
    assert_null(strstr(text, "\n  threads + atomic add"));
    assert_non_null(strstr(text, "\n  threads + compare-and-swap"));
    free(text);
}

/* In as many columns, whatever the models. */
static void test_the_matrix_sums_up_many_models(void **state)
{
    char *html = page_html(&results);
    char *matrix = strstr(html, "<h2>The fault matrix");
    char *end = strstr(matrix, "</table>");

    (void)state;
    *end = '\0';
    assert_int_equal(count(matrix, "<th scope=\"col\""), 7);
    assert_int_equal(count(matrix, "<th scope=\"row\""), n_faults);
    free(html);
}

static void test_all_is_drawn_and_stands_in_the_page(void **state)
{
    const char *dir = getenv("SCALE_DIR") ? getenv("SCALE_DIR") : scratch;
    char why[512], *html;

    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1") != 0)
        skip();
    mkdir(dir, 0777);
    assert_int_equal(drawings_write(dir, &drawings), 0);
    if (drawings_draw(dir, &drawings, true, why, sizeof(why)))
        fail_msg("%s", why);
    html = page_html(&results);
    assert_non_null(html);
    assert_null(strstr(html, "This figure is missing"));
    for (size_t i = 0; i < drawings.n; i++)
        assert_non_null(strstr(html, drawings.items[i].title));
    assert_non_null(strstr(html, "A panel shows at most 2000 points"));
    if (dir != scratch)
        store_write_file(dir, "report.html", html, strlen(html));
    free(html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_figure_shows_every_model),
        cmocka_unit_test(test_reported_sites_show_every_family),
        cmocka_unit_test(test_a_panel_has_the_models_of_one_family),
        cmocka_unit_test(test_no_labels_are_drawn_over_each_other),
        cmocka_unit_test(test_a_panel_has_at_most_2000_points),
        cmocka_unit_test(test_a_part_has_the_lines_of_a_screen),
        cmocka_unit_test(test_each_part_has_at_most_2000_slices_a_panel),
        cmocka_unit_test(test_a_figure_with_fewer_points_than_samples_says_so),
        cmocka_unit_test(test_quantiles_stand_for_samples),
        cmocka_unit_test(test_a_table_shows_each_family_and_folds_the_rest),
        cmocka_unit_test(test_the_terminal_names_how_many_rows_are_folded),
        cmocka_unit_test(test_the_matrix_sums_up_many_models),
        cmocka_unit_test(test_all_is_drawn_and_stands_in_the_page),
    };

    return cmocka_run_group_tests(tests, start, finish);
}
