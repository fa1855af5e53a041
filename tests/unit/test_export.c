/* SPDX-License-Identifier: GPL-3.0-or-later */
/* benchmark.json is what readers of Google Benchmark's format take. */
#include "tests/unit/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/formats.h"
#include "harness/results/names.h"
#include "harness/sample/gbench.h"

static struct samples samples;
static json_t *root;

static int start(void **state)
{
    (void)state;
    samples = (struct samples){0};
    root = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    json_decref(root);
    free(samples.items);
    return 0;
}

static void export(const char *header, const char *context)
{
    struct recording r = {.header = header ? strdup(header) : NULL,
                          .samples = samples.items,
                          .n = samples.n};
    char *text = export_benchmark_json(&r, context, NULL);

    assert_non_null(text);
    assert_int_equal(text[strlen(text) - 1], '\n');
    json_decref(root);
    root = parse_json(text);
    free(text);
    free(r.header);
}

static const json_t *context(void)
{
    return json_object_get(root, "context");
}

static size_t n_rows(void)
{
    assert_true(json_is_array(json_object_get(root, "benchmarks")));
    return json_array_size(json_object_get(root, "benchmarks"));
}

static const json_t *row(size_t i)
{
    return json_array_get(json_object_get(root, "benchmarks"), i);
}

static const double times[] = {5e6, 6e6, 7e6};

static void test_a_row_has_all_keys(void **state)
{
    struct sample *s;

    (void)state;
    s = add_sample(&samples, sample_of("counter", "locked", "", 3, 5e6));
    s->status = STATUS_WRONG;
    s->lost_updates = 11;
    s->wrong_iterations = 2;
    s->voluntary = 33;
    s->involuntary = 44;
    s->peak_rss_bytes = 55;
    s->errors = 66;
    sample_metrics(s, &kind_counting)[COUNTING_FAIRNESS] = 0.25;
    export("# seed=1\n", "{}");
    assert_int_equal(n_rows(), 1);
    assert_string_equal(string_of(row(0), "name"),
                        "counter/locked/tasks:100/increments:1000/real_time");
    assert_string_equal(string_of(row(0), "run_name"),
                        string_of(row(0), "name"));
    assert_string_equal(string_of(row(0), "run_type"), "iteration");
    assert_string_equal(string_of(row(0), "time_unit"), "ns");
    assert_string_equal(string_of(row(0), "workload"), "counter");
    assert_string_equal(string_of(row(0), "model"), "locked");
    assert_near(number_of(row(0), "family_index"), 0, 0);
    assert_near(number_of(row(0), "per_family_instance_index"), 0, 0);
    assert_near(number_of(row(0), "repetitions"), 1, 0);
    assert_near(number_of(row(0), "repetition_index"), 0, 0);
    assert_near(number_of(row(0), "threads"), 1, 0);
    assert_near(number_of(row(0), "iterations"), 7, 0);
    assert_near(number_of(row(0), "real_time"), 5e6, 0);
    assert_near(number_of(row(0), "cpu_time"), 2.5e6, 0);
    assert_near(number_of(row(0), "items_per_second"), 1e5 / 5e-3, 1e-12);
    assert_near(number_of(row(0), "tasks"), 100, 0);
    assert_near(number_of(row(0), "increments"), 1000, 0);
    assert_near(number_of(row(0), "per_turn"), 0, 0);
    assert_near(number_of(row(0), "lost_updates"), 11, 0);
    assert_near(number_of(row(0), "wrong_iterations"), 2, 0);
    assert_near(number_of(row(0), "context_switches_voluntary"), 33, 0);
    assert_near(number_of(row(0), "context_switches_involuntary"), 44, 0);
    assert_near(number_of(row(0), "peak_rss_bytes"), 55, 0);
    assert_near(number_of(row(0), "errors"), 66, 0);
    assert_near(number_of(row(0), "fairness"), 0.25, 0);
    assert_null(json_object_get(row(0), "page_p50_ns"));
    assert_null(json_object_get(row(0), "error_occurred"));
}

static void test_times_keep_their_digits(void **state)
{
    (void)state;
    add_sample(&samples, sample_of("counter", "null", "", 1, 12345.6789012345));
    export(NULL, "{}");
    assert_near(number_of(row(0), "real_time"), 12345.6789012345, 1e-14);
}

static void test_repetitions_are_counted_in_each_cell(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "locked", "", times, 3);
    add_cell(&samples, "counter", "null", "", times, 2);
    add_cell(&samples, "counter", "null", "tasks=4", times, 1);
    samples.items[2].status = STATUS_CRASHED;
    export(NULL, "{}");
    assert_int_equal(n_rows(), 5);
    for (size_t i = 0; i < 5; i++) {
        static const struct {
            int family, repetitions, index;
            double real_time;
        } is[] = {{0, 2, 0, 5e6},
                  {0, 2, 1, 7e6},
                  {1, 2, 0, 5e6},
                  {1, 2, 1, 6e6},
                  {2, 1, 0, 5e6}};

        assert_near(number_of(row(i), "family_index"), is[i].family, 0);
        assert_near(number_of(row(i), "repetitions"), is[i].repetitions, 0);
        assert_near(number_of(row(i), "repetition_index"), is[i].index, 0);
        assert_near(number_of(row(i), "real_time"), is[i].real_time, 0);
    }
    assert_string_equal(string_of(row(4), "name"),
                        "counter/null/tasks:4/increments:1000/real_time");
}

static void test_what_was_not_measured_has_no_row(void **state)
{
    (void)state;
    add_sample(&samples, sample_of("counter", "null", "", 0, 5e6));
    for (uint32_t status = 0; status < STATUS_N; status++)
        add_sample(&samples, sample_of("counter", "null", "", status + 1, 5e6))
            ->status = status;
    export(NULL, "{}");
    assert_int_equal(n_rows(), 2);
    assert_near(number_of(context(), "dropped_samples"), STATUS_N - 2, 0);
}

static void test_an_empty_run_has_no_rows(void **state)
{
    (void)state;
    export(NULL, "{}");
    assert_int_equal(n_rows(), 0);
    assert_near(number_of(context(), "dropped_samples"), 0, 0);
}

static void check_finite(const json_t *value)
{
    const char *key;
    json_t *member;

    if (json_is_object(value))
        json_object_foreach((json_t *)value, key, member) check_finite(member);
    else if (json_is_number(value))
        assert_true(isfinite(json_number_value(value)));
}

static void test_nothing_is_infinite(void **state)
{
    static const double odd[] = {0, NAN, INFINITY, 1e-300, 1e300};

    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct sample *s =
            add_sample(&samples, sample_of("counter", "null", "", 1, odd[i]));

        s->cpu_ns = odd[i];
    }
    export(NULL, "{}");
    assert_int_equal(n_rows(), COUNT(odd));
    for (size_t i = 0; i < n_rows(); i++) {
        check_finite(row(i));
        /* And nothing is left out for it. */
        assert_true(number_of(row(i), "real_time") >= 0);
        assert_true(number_of(row(i), "cpu_time") >= 0);
        assert_true(number_of(row(i), "items_per_second") >= 0);
    }
}

static void test_caches_are_always_there(void **state)
{
    json_t *caches;

    (void)state;
    export(NULL, "{}");
    assert_true(json_is_array(json_object_get(context(), "caches")));
    export(NULL, NULL);
    assert_true(json_is_array(json_object_get(context(), "caches")));
    export(NULL, "{\"caches\": [{\"level\": 1}]}");
    caches = json_object_get(context(), "caches");
    assert_int_equal(json_array_size(caches), 1);
}

static void test_a_context_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {"", "[]", "{", "1", "{\"a\": }"};
    struct recording r = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_null(export_benchmark_json(&r, bad[i], NULL));
}

static void test_the_header_is_in_the_context(void **state)
{
    (void)state;
    export("# schema=1\n# seed=42\n# command=baton run --n=3\nno header\n",
           "{\"date\": \"today\", \"num_cpus\": 2}");
    assert_string_equal(string_of(context(), "baton_seed"), "42");
    assert_string_equal(string_of(context(), "baton_command"),
                        "baton run --n=3");
    assert_string_equal(string_of(context(), "date"), "today");
    assert_near(number_of(context(), "num_cpus"), 2, 0);
}

static void test_the_librarys_own_context_is_taken(void **state)
{
    char *text;

    (void)state;
    gbench_start();
    text = gbench_context();
    export(NULL, text);
    assert_true(number_of(context(), "num_cpus") >= 1);
    assert_true(json_is_array(json_object_get(context(), "caches")));
    free(text);
}

static void test_an_unknown_workload_has_rows_too(void **state)
{
    struct sample *s;

    (void)state;
    s = add_sample(&samples, sample_of("counter", "null", "", 1, 5e6));
    strcpy(s->workload, "later");
    strcpy(s->parameters, "hops=3,odd");
    export(NULL, "{}");
    assert_string_equal(string_of(row(0), "name"),
                        "later/null/hops=3,odd/real_time");
    assert_near(number_of(row(0), "hops"), 3, 0);
}

/* Of a check, whose sides do the same work. */
static void test_arms_are_families_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        strcpy(add_sample(&samples, sample_of("counter", "null", "", 1, 5e6))
                   ->side,
               i % 2 ? "cand" : "base");
    export(NULL, "{}");
    assert_near(number_of(row(0), "repetitions"), 2, 0);
    assert_string_equal(
        string_of(row(0), "name"),
        "counter/null/tasks:100/increments:1000/arm:base/real_time");
    assert_string_equal(
        string_of(row(3), "name"),
        "counter/null/tasks:100/increments:1000/arm:cand/real_time");
    assert_near(number_of(row(3), "family_index"), 1, 0);
}

/* Of reporter.h and json_reporter.cc, 1.7 to 1.9. */
static const char *const google_keys[] = {
    "name",
    "family_index",
    "per_family_instance_index",
    "run_name",
    "run_type",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
    "time_unit",
    "items_per_second",
    "bytes_per_second",
    "label",
    "error_occurred",
    "error_message",
    "skipped",
    "skip_message",
    "aggregate_name",
    "aggregate_unit",
    "cv",
    "rms",
    "big_o",
    "cpu_coefficient",
    "real_coefficient",
    "complexity_n",
    "allocs_per_iter",
    "max_bytes_used",
    "total_allocated_bytes",
    "net_heap_growth",
};

static void test_no_parameter_collides(void **state)
{
    static const char *const ours[] = {
        "workload",
        "model",
        "lost_updates",
        "wrong_iterations",
        "context_switches_voluntary",
        "context_switches_involuntary",
        "peak_rss_bytes",
        "errors",
        "round",
    };

    (void)state;
    for (size_t i = 0; i < n_workloads; i++)
        for (size_t j = 0; j < workloads[i]->n_parameters; j++) {
            char key[48];

            parameter_key(&workloads[i]->parameters[j], key, sizeof(key));
            for (size_t k = 0; k < COUNT(google_keys); k++)
                assert_string_not_equal(key, google_keys[k]);
            for (size_t k = 0; k < COUNT(ours); k++)
                assert_string_not_equal(key, ours[k]);
        }
}

/* Keys that Google Benchmark would not write, or not with this meaning. */
static void test_only_ours_stand_beside_googles(void **state)
{
    static const char *const written[] = {"name",
                                          "family_index",
                                          "per_family_instance_index",
                                          "run_name",
                                          "run_type",
                                          "repetitions",
                                          "repetition_index",
                                          "threads",
                                          "iterations",
                                          "real_time",
                                          "cpu_time",
                                          "time_unit",
                                          "items_per_second"};
    const char *key;
    json_t *value;

    (void)state;
    for (size_t i = 0; i < n_workloads; i++)
        add_sample(&samples, sample_of(workloads[i]->name, "null", "", 1, 5e6));
    export(NULL, "{}");
    for (size_t i = 0; i < n_rows(); i++)
        json_object_foreach((json_t *)row(i), key, value)
        {
            bool google = false, meant = false;

            for (size_t k = 0; k < COUNT(google_keys); k++)
                google = google || strcmp(key, google_keys[k]) == 0;
            for (size_t k = 0; k < COUNT(written); k++)
                meant = meant || strcmp(key, written[k]) == 0;
            assert_int_equal(google, meant);
        }
}

int main(void)
{
#define WITH_SAMPLES(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        WITH_SAMPLES(test_a_row_has_all_keys),
        WITH_SAMPLES(test_times_keep_their_digits),
        WITH_SAMPLES(test_repetitions_are_counted_in_each_cell),
        WITH_SAMPLES(test_what_was_not_measured_has_no_row),
        WITH_SAMPLES(test_an_empty_run_has_no_rows),
        WITH_SAMPLES(test_nothing_is_infinite),
        WITH_SAMPLES(test_caches_are_always_there),
        WITH_SAMPLES(test_a_context_that_is_none_is_refused),
        WITH_SAMPLES(test_the_header_is_in_the_context),
        WITH_SAMPLES(test_the_librarys_own_context_is_taken),
        WITH_SAMPLES(test_an_unknown_workload_has_rows_too),
        WITH_SAMPLES(test_arms_are_families_of_their_own),
        WITH_SAMPLES(test_no_parameter_collides),
        WITH_SAMPLES(test_only_ours_stand_beside_googles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
