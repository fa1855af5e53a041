/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan has each cell once, and a reason for each that it lacks. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "harness/sample/plan.h"

static const struct workload *counter, *download;

static int find_workloads(void **state)
{
    (void)state;
    counter = workload_find("counter");
    download = workload_find("download");
    return counter && download ? 0 : -1;
}

static struct setup setup_of(const struct workload *w, const char *name,
                             uint64_t value)
{
    struct setup s = {.seed = 1};

    workload_presets(w, s.values);
    if (name)
        s.values[workload_parameter(w, name)] = value;
    return s;
}

static int refuse(void)
{
    return -EPERM;
}

static int accept_it(void)
{
    return 0;
}

static int count(struct counting *work)
{
    (void)work;
    return 0;
}

static int connect_all(struct connections *work)
{
    (void)work;
    return 0;
}

static struct model model_of(const char *name)
{
    return (struct model){
        .name = name,
        .counting = {.run = count, .at_once = AT_ONCE_ALL},
        .connections = {.gap = "it only counts", .at_once = AT_ONCE_ALL},
    };
}

/* Of a sweep only these cells: the others run. */
static void test_work_is_handed_away_only_where_a_model_can(void **state)
{
    const struct workload *hog = workload_find("hog");
    struct model m = model_of("alone");
    struct setup handed = setup_of(hog, "offload", 1);
    struct plan plan = {0};

    (void)state;
    m.connections =
        (struct connections_ability){.run = connect_all, .can_offload = false};
    for (uint64_t offload = 0; offload < 2; offload++) {
        struct setup s = setup_of(hog, "offload", offload);

        assert_int_equal(plan_add(&plan, hog, &m, &s), 0);
        assert_int_equal(plan.n, 1);
        assert_int_equal(plan.n_gaps, offload);
    }
    assert_string_equal(plan.gaps[0].why, "it hands no work to other threads");
    m.name = "with others";
    m.connections.can_offload = true;
    assert_int_equal(plan_add(&plan, hog, &m, &handed), 0);
    assert_int_equal(plan.n, 2);
    plan_finish(&plan);
}

static void test_cells_are_added_in_order(void **state)
{
    struct model a = model_of("a"), b = model_of("b");
    struct setup one = setup_of(counter, "tasks", 1);
    struct setup two = setup_of(counter, "tasks", 2);
    struct plan plan = {0};

    (void)state;
    assert_int_equal(plan_add(&plan, counter, &a, &one), 0);
    assert_int_equal(plan_add(&plan, counter, &b, &one), 0);
    assert_int_equal(plan_add(&plan, counter, &a, &two), 0);
    assert_int_equal(plan.n, 3);
    assert_int_equal(plan.n_gaps, 0);
    assert_ptr_equal(plan.cells[1].model, &b);
    assert_int_equal(plan.cells[2].setup.values[0], 2);
    assert_int_equal(plan.cells[0].iterations, 0);
    assert_int_equal(plan_find(&plan, "counter", "a", one.values), 0);
    assert_int_equal(plan_find(&plan, "counter", "b", one.values), 1);
    assert_int_equal(plan_find(&plan, "counter", "a", two.values), 2);
    assert_int_equal(plan_find(&plan, "counter", "b", two.values), -1);
    assert_int_equal(plan_find(&plan, "counter-split", "a", one.values), -1);
    plan_finish(&plan);
    assert_int_equal(plan.n, 0);
}

static void test_a_cell_is_added_once(void **state)
{
    struct model a = model_of("a");
    struct setup s = setup_of(counter, NULL, 0);
    struct plan plan = {0};

    (void)state;
    assert_int_equal(plan_add(&plan, counter, &a, &s), 0);
    assert_int_equal(plan_add(&plan, counter, &a, &s), 0);
    assert_int_equal(plan.n, 1);
    plan_finish(&plan);
}

static void test_a_missing_kind_is_a_gap_with_the_models_reason(void **state)
{
    struct model a = model_of("a");
    struct setup s = setup_of(download, NULL, 0);
    struct plan plan = {0};

    (void)state;
    assert_int_equal(plan_add(&plan, download, &a, &s), 0);
    assert_int_equal(plan.n, 0);
    assert_int_equal(plan.n_gaps, 1);
    assert_string_equal(plan.gaps[0].why, "it only counts");
    assert_ptr_equal(plan.gaps[0].model, &a);
    assert_ptr_equal(plan.gaps[0].workload, download);
    plan_finish(&plan);
}

static void test_an_absent_model_is_a_gap(void **state)
{
    struct model a = model_of("a");
    struct setup s = setup_of(counter, NULL, 0);
    struct plan plan = {0};

    (void)state;
    a.absent = "built without libfoo";
    assert_int_equal(plan_add(&plan, counter, &a, &s), 0);
    assert_int_equal(plan.n, 0);
    assert_int_equal(plan.n_gaps, 1);
    assert_string_equal(plan.gaps[0].why, "built without libfoo");
    plan_finish(&plan);
}

static void test_a_refusing_machine_is_a_gap(void **state)
{
    struct model no = model_of("no"), yes = model_of("yes");
    struct setup s = setup_of(counter, NULL, 0);
    struct plan plan = {0};

    (void)state;
    no.probe = refuse;
    yes.probe = accept_it;
    assert_int_equal(plan_add(&plan, counter, &no, &s), 0);
    assert_int_equal(plan_add(&plan, counter, &yes, &s), 0);
    assert_int_equal(plan.n, 1);
    assert_int_equal(plan.n_gaps, 1);
    assert_non_null(strstr(plan.gaps[0].why, strerror(EPERM)));
    plan_finish(&plan);
}

static void test_the_null_model_has_no_foreign_server(void **state)
{
    struct setup s = setup_of(download, NULL, 0);
    struct plan plan = {0};

    (void)state;
    s.path = "/";
    assert_int_equal(plan_add(&plan, download, model_find("null"), &s), 0);
    assert_int_equal(plan.n, 0);
    assert_int_equal(plan.n_gaps, 1);
    plan_finish(&plan);
}

static void test_a_limit_in_the_way_is_told_apart(void **state)
{
    const struct model *uv = model_find("libuv");
    struct setup s = setup_of(download, "n", 1000000);
    struct plan plan = {0};

    (void)state;
    if (!uv || uv->absent)
        skip();
    /* No machine has a million ports. */
    assert_int_equal(plan_add(&plan, download, uv, &s), 1);
    assert_int_equal(plan.n, 0);
    assert_int_equal(plan.n_gaps, 1);
    assert_non_null(strstr(plan.gaps[0].why, "1000000 at once need "));
    plan_finish(&plan);
}

static void test_no_limit_binds_one_after_another(void **state)
{
    static const char *const names[] = {"sequential", "null"};
    struct setup s = setup_of(download, "n", 100000);
    struct plan plan = {0};

    (void)state;
    s.values[workload_parameter(download, "bytes")] = 8;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(plan_add(&plan, download, model_find(names[i]), &s),
                         0);
    assert_int_equal(plan.n, 2);
    assert_non_null(plan.cells[0].expected);
    plan_finish(&plan);
}

static void test_limits_bind_workers_alone(void **state)
{
    struct model a = model_of("a");
    struct setup s = setup_of(counter, "tasks", 1000000);
    struct plan plan = {0};

    (void)state;
    a.counting.unit = UNIT_PROCESS;
    if (plan_add(&plan, counter, &a, &s) == 0)
        skip(); /* a machine for a million processes */
    a.counting.at_once = AT_ONCE_WORKERS;
    assert_int_equal(plan_add(&plan, counter, &a, &s), 0);
    assert_int_equal(plan.n, 1);
    plan_finish(&plan);
}

static void test_more_tasks_than_a_model_can_is_a_gap(void **state)
{
    struct model a = model_of("a");
    struct setup few = setup_of(counter, "tasks", 4);
    struct setup many = setup_of(counter, "tasks", 5);
    struct plan plan = {0};

    (void)state;
    a.counting.most_tasks = 4;
    a.counting.most_why = "each needs a CPU";
    assert_int_equal(plan_add(&plan, counter, &a, &few), 0);
    assert_int_equal(plan_add(&plan, counter, &a, &many), 0);
    assert_int_equal(plan.n, 1);
    assert_int_equal(plan.n_gaps, 1);
    assert_true(plan.gaps[0].by_limit);
    assert_string_equal(plan.gaps[0].why, "at most 4 tasks: each needs a CPU");
    plan_finish(&plan);
}

static int sleep_all(struct sleeping *work)
{
    (void)work;
    return 0;
}

static void test_what_would_take_too_long_is_a_gap_with_its_time(void **state)
{
    const struct workload *sleepers = workload_find("sleepers");
    struct setup s = setup_of(sleepers, "tasks", 1000);
    struct model m = {.name = "m", .sleeping.run = sleep_all};
    struct model simulated = {
        .name = "simulated",
        .sleeping = {.run = sleep_all, .in_memory = true},
    };
    struct plan plan = {0};

    (void)state;
    m.sleeping.at_once = AT_ONCE_ONE;
    /* No limit of the machine: a run of several models goes on. */
    assert_int_equal(plan_add(&plan, sleepers, &m, &s), 0);
    assert_int_equal(plan.n_gaps, 1);
    assert_true(plan.gaps[0].by_limit);
    assert_string_equal(plan.gaps[0].why,
                        "an iteration would take 100 s, with 1 at once; the "
                        "limit is 10 s");
    m.sleeping.at_once = AT_ONCE_WORKERS;
    s.values[workload_parameter(sleepers, "workers")] = 4;
    assert_int_equal(plan_add(&plan, sleepers, &m, &s), 0);
    assert_non_null(strstr(plan.gaps[1].why, "25 s, with 4 at once"));
    m.sleeping.at_once = AT_ONCE_ALL;
    assert_int_equal(plan_add(&plan, sleepers, &m, &s), 0);
    assert_int_equal(plan_add(&plan, sleepers, &simulated, &s), 0);
    assert_int_equal(plan.n, 2);
    plan_finish(&plan);
}

static void test_no_port_binds_what_stays_in_memory(void **state)
{
    struct model a = model_of("a");
    struct setup s = setup_of(download, "n", 100000);
    struct plan plan = {0};

    (void)state;
    s.values[workload_parameter(download, "bytes")] = 8;
    a.connections.run = connect_all;
    assert_int_equal(plan_add(&plan, download, &a, &s), 1);
    a.connections.in_memory = true;
    assert_int_equal(plan_add(&plan, download, &a, &s), 0);
    assert_int_equal(plan.n, 1);
    plan_finish(&plan);
}

static void test_a_twin_is_in_the_rounds_of_the_other(void **state)
{
    const struct setup s = setup_of(counter, NULL, 0);
    struct model m = model_of("m");
    struct plan plan = {0};

    (void)state;
    assert_int_equal(plan_add(&plan, counter, &m, &s), 0);
    assert_int_equal(plan.cells[0].most_rounds, 0);
    plan.cells[0].most_rounds = 3;
    assert_int_equal(plan_add_twin(&plan, 0), 1);
    assert_true(plan.cells[1].twin);
    assert_int_equal(plan.cells[1].most_rounds, 3);
    plan_finish(&plan);
}

static struct plan plan_of(uint64_t tasks, bool twin)
{
    static const struct model *null;
    struct setup s = setup_of(counter, "tasks", tasks);
    struct plan plan = {0};

    null = model_find("null");
    s.seed = tasks;
    assert_int_equal(plan_add(&plan, counter, null, &s), 0);
    if (twin)
        assert_int_equal(plan_add_twin(&plan, 0), 1);
    return plan;
}

/* Parts that are merged have the same one, whatever their seed is. */
static void test_the_hash_is_of_all_cells(void **state)
{
    struct plan plans[] = {plan_of(1, false), plan_of(2, false),
                           plan_of(1, true)};
    struct plan again = plan_of(1, false);

    (void)state;
    again.cells[0].setup.seed = 77;
    assert_int_equal(plan_hash(&plans[0], NULL), plan_hash(&again, NULL));
    for (size_t i = 0; i < COUNT(plans); i++)
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(plan_hash(&plans[i], NULL),
                                 plan_hash(&plans[j], NULL));
            assert_int_not_equal(plan_hash(&plans[i], &plans[j]),
                                 plan_hash(&plans[i], NULL));
        }
    for (size_t i = 0; i < COUNT(plans); i++)
        plan_finish(&plans[i]);
    plan_finish(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_is_handed_away_only_where_a_model_can),
        cmocka_unit_test(test_cells_are_added_in_order),
        cmocka_unit_test(test_the_hash_is_of_all_cells),
        cmocka_unit_test(test_a_cell_is_added_once),
        cmocka_unit_test(test_a_missing_kind_is_a_gap_with_the_models_reason),
        cmocka_unit_test(test_an_absent_model_is_a_gap),
        cmocka_unit_test(test_a_refusing_machine_is_a_gap),
        cmocka_unit_test(test_the_null_model_has_no_foreign_server),
        cmocka_unit_test(test_a_limit_in_the_way_is_told_apart),
        cmocka_unit_test(test_no_limit_binds_one_after_another),
        cmocka_unit_test(test_limits_bind_workers_alone),
        cmocka_unit_test(test_more_tasks_than_a_model_can_is_a_gap),
        cmocka_unit_test(test_what_would_take_too_long_is_a_gap_with_its_time),
        cmocka_unit_test(test_no_port_binds_what_stays_in_memory),
        cmocka_unit_test(test_a_twin_is_in_the_rounds_of_the_other),
    };

    return cmocka_run_group_tests(tests, find_workloads, NULL);
}
