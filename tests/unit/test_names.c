/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell's name and parameters say what it was, and can be read back. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "harness/results/names.h"
#include "harness/results/text.h"

static const struct workload *counter, *download;

static int find_workloads(void **state)
{
    (void)state;
    counter = workload_find("counter");
    download = workload_find("download");
    return counter && download ? 0 : -1;
}

static void test_a_key_has_no_hyphens(void **state)
{
    const struct parameter p = {.name = "requests-per-connection"};
    char key[48];

    (void)state;
    parameter_key(&p, key, sizeof(key));
    assert_string_equal(key, "requests_per_connection");
}

static void test_a_name_has_what_differs(void **state)
{
    uint64_t values[MAX_PARAMETERS];
    char name[256];

    (void)state;
    workload_presets(counter, values);
    cell_name(counter, "locked", values, name, sizeof(name));
    assert_string_equal(name, "counter/locked/tasks:100/increments:1000");
    values[2] = 10;
    cell_name(counter, "libuv", values, name, sizeof(name));
    assert_string_equal(name,
                        "counter/libuv/tasks:100/increments:1000/per_turn:10");
    workload_presets(download, values);
    cell_name(download, "libuv", values, name, sizeof(name));
    assert_string_equal(name, "download/libuv/n:30");
    values[workload_parameter(download, "latency-ms")] = 200;
    cell_name(download, "libuv", values, name, sizeof(name));
    assert_string_equal(name, "download/libuv/n:30/latency_ms:200");
}

static void test_parameters_are_all_of_them(void **state)
{
    uint64_t values[MAX_PARAMETERS];
    char text[256];

    (void)state;
    workload_presets(counter, values);
    cell_parameters(counter, values, text, sizeof(text));
    assert_string_equal(text, "tasks=100,increments=1000,per_turn=0");
}

static void test_parameters_are_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_workloads; i++) {
        uint64_t values[MAX_PARAMETERS], back[MAX_PARAMETERS] = {0};
        char text[sizeof(((struct sample *)0)->parameters)];

        for (size_t j = 0; j < workloads[i]->n_parameters; j++)
            values[j] = workloads[i]->parameters[j].max - j;
        cell_parameters(workloads[i], values, text, sizeof(text));
        /* Also the longest ones fit a sample. */
        assert_true(strlen(text) < sizeof(text) - 1);
        assert_int_equal(cell_values(workloads[i], text, back), 0);
        assert_memory_equal(values, back,
                            workloads[i]->n_parameters * sizeof(values[0]));
    }
}

static void test_missing_parameters_are_the_presets(void **state)
{
    uint64_t values[MAX_PARAMETERS];

    (void)state;
    assert_int_equal(cell_values(counter, "increments=5", values), 0);
    assert_int_equal(values[0], 100);
    assert_int_equal(values[1], 5);
    assert_int_equal(values[2], 0);
    assert_int_equal(cell_values(counter, "", values), 0);
    assert_int_equal(values[1], 1000);
}

static void test_an_implied_preset_changes_no_name(void **state)
{
    int workers = workload_parameter(counter, "workers");
    uint64_t values[MAX_PARAMETERS];
    char text[256];

    (void)state;
    workload_presets(counter, values);
    assert_int_equal(workload_workers(counter, values), 0);
    values[workers] = 3;
    assert_int_equal(workload_workers(counter, values), 3);
    cell_parameters(counter, values, text, sizeof(text));
    assert_string_equal(text, "tasks=100,increments=1000,per_turn=0,workers=3");
    cell_name(counter, "locked", values, text, sizeof(text));
    assert_string_equal(text,
                        "counter/locked/tasks:100/increments:1000/workers:3");
    values[workers] = 0;
    cell_parameters(counter, values, text, sizeof(text));
    assert_string_equal(text, "tasks=100,increments=1000,per_turn=0");
}

static void test_unknown_parameters_are_refused(void **state)
{
    static const char *const bad[] = {
        "n=1", "tasks=1,x=2",       "tasks",
        "=1",  "tasks=1,perturn=2", "per-turns=1"};
    uint64_t values[MAX_PARAMETERS];
    char text[300];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(cell_values(counter, bad[i], values), -EINVAL);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(cell_values(counter, text, values), -EINVAL);
}

static void test_a_parameter_may_be_spelled_as_its_option(void **state)
{
    struct cell_parts parts;
    char why[256];

    (void)state;
    assert_int_equal(
        cell_read("counter/locked/per-turn:5", &parts, why, sizeof(why)), 0);
    assert_int_equal(parts.values[workload_parameter(counter, "per-turn")], 5);
    assert_int_equal(
        cell_read("counter/locked/per_turn:6", &parts, why, sizeof(why)), 0);
    assert_int_equal(parts.values[workload_parameter(counter, "per-turn")], 6);
}

static void test_one_parameter_is_found(void **state)
{
    const char *text = "tasks=100,increments=1000,per_turn=0";
    uint64_t value = 77;

    (void)state;
    assert_false(text_find_u64(text, ',', "task", &value));
    assert_false(text_find_u64(text, ',', "asks", &value));
    assert_false(text_find_u64(text, ',', "turn", &value));
    assert_false(text_find_u64("", ',', "tasks", &value));
    assert_int_equal(value, 77);
    assert_true(text_find_u64(text, ',', "tasks", &value));
    assert_int_equal(value, 100);
    assert_true(text_find_u64(text, ',', "increments", &value));
    assert_int_equal(value, 1000);
    assert_true(text_find_u64(text, ',', "per_turn", &value));
    assert_int_equal(value, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_has_no_hyphens),
        cmocka_unit_test(test_a_name_has_what_differs),
        cmocka_unit_test(test_parameters_are_all_of_them),
        cmocka_unit_test(test_parameters_are_read_back),
        cmocka_unit_test(test_missing_parameters_are_the_presets),
        cmocka_unit_test(test_an_implied_preset_changes_no_name),
        cmocka_unit_test(test_unknown_parameters_are_refused),
        cmocka_unit_test(test_a_parameter_may_be_spelled_as_its_option),
        cmocka_unit_test(test_one_parameter_is_found),
    };

    return cmocka_run_group_tests(tests, find_workloads, NULL);
}
