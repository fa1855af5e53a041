/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run beside an earlier one, whose rounds are not paired. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/against.h"
#include "harness/report/sections.h"
#include "tests/unit/json.h"

static char now_header[] = "# schema=2\n# version=2.0\n# cpu=one\n"
                           "# date=2026-02-01T00:00:00Z\n# asked=rounds=8\n"
                           "# library.libuv=1.2\n# seed=1\n# cells=abc\n"
                           "# command=baton run --n=2\n";
static char then_header[] = "# schema=2\n# version=1.0\n# cpu=one\n"
                            "# date=2026-01-01T00:00:00Z\n# asked=rounds=6\n"
                            "# kernel=old\n# seed=2\n# cells=def\n"
                            "# command=baton run --n=1\n";
static const double slow[] = {22e6, 20e6, 21e6, 23e6, 20e6, 22e6, 21e6, 21e6};
static const double fast[] = {11e6, 10e6, 10.5e6, 11.5e6, 10e6, 11e6, 10.5e6};

static struct samples now, then;
static struct recording now_recording, then_recording;
static struct table table;
static struct against against;

static int start(void **state)
{
    (void)state;
    now = then = (struct samples){0};
    table = (struct table){0};
    against = (struct against){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    against_finish(&against);
    table_finish(&table);
    free(now.items);
    free(then.items);
    return 0;
}

static void take(void)
{
    now_recording = (struct recording){
        .header = now_header, .samples = now.items, .n = now.n};
    then_recording = (struct recording){
        .header = then_header, .samples = then.items, .n = then.n};
}

static void make(void)
{
    struct results results = {.recording = &now_recording, .table = &table};

    take();
    assert_int_equal(table_build(&table, now.items, now.n), 0);
    assert_int_equal(
        against_make(&results, &then_recording, "monday", &against), 0);
}

static const struct against_cell *cell_of(const char *model)
{
    for (size_t i = 0; i < against.n_cells; i++) {
        const struct against_cell *c = &against.cells[i];

        if (strcmp((c->now ? c->now : c->then)->model, model) == 0)
            return c;
    }
    fail_msg("no cell of %s", model);
    return NULL;
}

static char *print(bool html)
{
    const struct results results = {.table = &table, .against = &against};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct document d = {.out = out, .html = html, .width = 80};

    section_against(&results, &d);
    fclose(out);
    return text;
}

static void test_a_cell_is_slower_or_faster_than_before(void **state)
{
    const struct against_cell *c;

    (void)state;
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&then, "counter", "locked", "", fast, 7);
    add_cell(&now, "counter", "null", "", fast, 7);
    add_cell(&then, "counter", "null", "", slow, 8);
    add_cell(&now, "counter", "sequential", "", slow, 8);
    add_cell(&then, "counter", "sequential", "", slow, 7);
    make();
    assert_int_equal(against.n_cells, 3);
    assert_int_equal(against.slower, 1);
    assert_int_equal(against.faster, 1);
    assert_int_equal(against.not_separated, 1);
    c = cell_of("locked");
    assert_near(c->ratio.median, 2, 1e-12);
    assert_int_equal(c->ratio.n, 7);
    assert_true(c->ratio.low > 1.5 && c->ratio.high < 2.7);
    assert_near(c->ratio.low * c->ratio.high, 4, 1e-12);
    assert_string_equal(against_word(c), "slower");
    assert_string_equal(against_word(cell_of("null")), "faster");
    assert_near(cell_of("null")->ratio.median, 0.5, 1e-12);
    assert_string_equal(against_word(cell_of("sequential")), "not significant");
}

static void test_five_rounds_have_no_interval(void **state)
{
    (void)state;
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&then, "counter", "locked", "", fast, 5);
    make();
    assert_near(cell_of("locked")->ratio.median, 2, 0.05);
    assert_false(estimate_has_interval(&cell_of("locked")->ratio));
    assert_string_equal(against_word(cell_of("locked")), "no interval");
}

/* A lock that loses updates is broken; an unlocked counter may lose some. */
static void test_wrong_results_have_no_ratio_where_right_ones_are_due(void **s)
{
    (void)s;
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&then, "counter", "locked", "", fast, 7);
    then.items[3].status = STATUS_WRONG;
    add_cell(&now, "counter", "null", "", slow, 8);
    add_cell(&then, "counter", "null", "", fast, 7);
    for (size_t i = 9; i < now.n; i++)
        now.items[i].status = STATUS_HUNG;
    make();
    assert_string_equal(cell_of("locked")->why, "broke its promise earlier");
    assert_int_equal(cell_of("locked")->ratio.n, 0);
    assert_string_equal(cell_of("null")->why, "not measured in this run");
}

static void test_lost_updates_are_said_and_never_ranked(void **state)
{
    char *text;

    (void)state;
    add_cell(&now, "counter", "thread-per-socket", "", slow, 8);
    add_cell(&then, "counter", "thread-per-socket", "", fast, 7);
    for (size_t i = 1; i < now.n; i++) {
        now.items[i].status = STATUS_WRONG;
        now.items[i].lost_updates = now.items[i].iterations * 25000;
    }
    make();
    assert_near(cell_of("thread-per-socket")->ratio.median, 2, 1e-12);
    assert_string_equal(against_word(cell_of("thread-per-socket")),
                        "wrong results");
    assert_int_equal(against.slower, 0);
    text = print(false);
    assert_non_null(strstr(text, "wrong results: 0 % of the updates lost "
                                 "earlier, 25 % now"));
    free(text);
}

/* All of them are on the page. */
static void test_of_many_cells_the_terminal_has_those_that_changed(void **state)
{
    char parameters[16], *text;

    (void)state;
    for (int i = 1; i <= 21; i++) {
        snprintf(parameters, sizeof(parameters), "tasks=%d", i);
        add_cell(&now, "counter", "locked", parameters, slow, 8);
        add_cell(&then, "counter", "locked", parameters, i == 7 ? fast : slow,
                 7);
    }
    make();
    text = print(false);
    assert_non_null(strstr(text, "tasks 7"));
    assert_null(strstr(text, "tasks 8"));
    assert_non_null(strstr(text, "The 20 that are not significant"));
    free(text);
    text = print(true);
    assert_non_null(strstr(text, "tasks 8"));
    free(text);
}

static void test_cells_of_one_run_are_named(void **state)
{
    (void)state;
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&now, "counter", "null", "tasks=4", slow, 8);
    add_cell(&then, "counter", "locked", "", slow, 8);
    add_cell(&then, "counter", "sequential", "", slow, 8);
    /* A copy of a cell is none of its own. */
    add_cell(&then, "counter", "libuv", "", slow, 1);
    then.items[then.n - 1].twin = then.items[then.n - 2].twin = 1;
    make();
    assert_int_equal(against.n_cells, 3);
    assert_string_equal(cell_of("locked")->why, "");
    assert_string_equal(cell_of("null")->why, "not in the earlier run");
    assert_string_equal(cell_of("sequential")->why, "not in this run");
}

static void test_machine_version_and_experiment_are_compared(void **state)
{
    static const struct {
        const char *about, *key, *then, *now;
    } differences[] = {
        {"machine", "kernel", "old", ""},
        {"version", "version", "1.0", "2.0"},
        {"version", "library.libuv", "", "1.2"},
        {"experiment", "asked", "rounds=6", "rounds=8"},
        {"experiment", "command", "baton run --n=1", "baton run --n=2"}};

    (void)state;
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&then, "counter", "locked", "", slow, 8);
    make();
    assert_int_equal(against.n_differences, COUNT(differences));
    for (size_t i = 0; i < COUNT(differences); i++) {
        const struct against_difference *d = &against.differences[i];

        assert_string_equal(d->about, differences[i].about);
        assert_string_equal(d->key, differences[i].key);
        assert_string_equal(d->then, differences[i].then);
        assert_string_equal(d->now, differences[i].now);
    }
}

static void assert_refused(const char *why)
{
    char *text;

    take();
    text = against_refusal(&now_recording, &then_recording, "monday");
    assert_non_null(text);
    if (why ? !strstr(text, why) : *text)
        fail_msg("refused with '%s'", text);
    free(text);
}

static void test_what_cannot_be_compared_is_refused_with_a_reason(void **state)
{
    (void)state;
    assert_refused("no samples");
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&then, "download", "libuv", "", slow, 8);
    assert_refused("another workload (download; this run: counter)");
    add_cell(&then, "counter", "null", "", slow, 8);
    assert_refused(NULL);
    strchr(then_header, '2')[0] = '1';
    assert_refused("monday has schema 1 and this run schema 2");
    strchr(then_header, '1')[0] = '2';
    assert_refused(NULL);
    strcpy(then.items[3].side, "cand");
    assert_refused("monday is a recording of `baton check`");
}

static void test_text_page_and_json_agree(void **state)
{
    json_t *root, *cells;
    char *text;

    (void)state;
    add_cell(&now, "counter", "locked", "", slow, 8);
    add_cell(&then, "counter", "locked", "", fast, 7);
    add_cell(&now, "counter", "null", "", fast, 7);
    make();
    text = print(false);
    assert_true(matches(text, "\n  threads \\+ mutex +10\\.5 ms +21\\.0 ms +2 "
                              "slower +1\\.[0-9]+ to 2\\.[0-9]+\n"));
    assert_true(matches(text, "\n  CPU floor .* - +not in the earlier run\n"));
    assert_non_null(strstr(text, "Of 2 cells are 1 slower, 0 faster, 0 not "
                                 "significant; 1 without"));
    assert_non_null(strstr(text, "prove less than `baton check`"));
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
        assert_in_range(strcspn(at, "\n"), 0, 80);
    free(text);
    text = print(true);
    assert_non_null(strstr(text, "slower</td>"));
    assert_non_null(strstr(text, "not in the earlier run</td>"));
    assert_non_null(strstr(text, "<li>version was 1.0, is 2.0"));
    free(text);
    root = against_json(&against);
    cells = json_object_get(root, "cells");
    assert_string_equal(string_of(root, "earlier"), "monday");
    assert_int_equal(json_array_size(cells), 2);
    assert_near(number_of(json_array_get(cells, 0), "ratio"), 2, 1e-12);
    assert_string_equal(string_of(json_array_get(cells, 1), "result"),
                        "not in the earlier run");
    json_decref(root);
}

int main(void)
{
#define FACT(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        FACT(test_a_cell_is_slower_or_faster_than_before),
        FACT(test_five_rounds_have_no_interval),
        FACT(test_wrong_results_have_no_ratio_where_right_ones_are_due),
        FACT(test_lost_updates_are_said_and_never_ranked),
        FACT(test_of_many_cells_the_terminal_has_those_that_changed),
        FACT(test_cells_of_one_run_are_named),
        FACT(test_machine_version_and_experiment_are_compared),
        FACT(test_what_cannot_be_compared_is_refused_with_a_reason),
        FACT(test_text_page_and_json_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
