/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `baton export` writes, from samples that are made up here. */
#include "tests/unit/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/formats.h"

static const char header[] = "# schema=1\n"
                             "# date=2026-01-02T03:04:05Z\n"
                             "# kernel=Linux 6.1.0-13 x86_64\n"
                             "# cpu=Some (R) CPU\n"
                             "# cpus_online=8\n"
                             "# cpus_allowed=0-2,5\n";
static const double times[] = {8e6, 5e6, 6e6, 9e6, 7e6, 4e6};

static struct samples samples;
static struct formatted made;
static json_t *root;

static int start(void **state)
{
    (void)state;
    samples = (struct samples){0};
    made = (struct formatted){0};
    root = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    json_decref(root);
    formatted_finish(&made);
    free(samples.items);
    return 0;
}

static void make_with(enum format format, const char *side, const char *about)
{
    struct recording r = {
        .header = strdup(about), .samples = samples.items, .n = samples.n};

    formatted_finish(&made);
    assert_int_equal(format_recording(format, &r, side, &made), 0);
    free(r.header);
}

static void make(enum format format, const char *side)
{

    make_with(format, side, header);
    if (!format_is_of_cells(format) || !made.text)
        return;
    json_decref(root);
    root = parse_json(made.text);
}

static const json_t *row(size_t i)
{
    return json_array_get(json_object_get(root, "benchmarks"), i);
}

static const json_t *latency_of(const char *name)
{
    return json_object_get(json_object_get(root, name), "latency");
}

/* The i-th line that begins so, up to its end. */
static const char *line_of(const char *beginning, size_t i)
{
    static char line[2048];
    const char *at = made.text;

    for (; *at; at += strcspn(at, "\n") + 1)
        if (strncmp(at, beginning, strlen(beginning)) == 0 && i-- == 0) {
            snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
            return line;
        }
    return "(no such line)";
}

/* A sample of a check's side. */
static struct sample *add_side(const char *side, uint32_t round, double real_ns)
{
    struct sample *s =
        add_sample(&samples, sample_of("counter", "null", "", round, real_ns));

    strcpy(s->side, side);
    s->stage = 1;
    return s;
}

/* Rows for cells. */

static void test_a_cell_is_one_row_of_medians(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "locked", "", times, 6);
    add_cell(&samples, "counter", "null", "tasks=4", times, 3);
    make(FORMAT_GBENCH_CELLS, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "benchmarks")), 2);
    assert_int_equal(made.rows, 2);
    assert_string_equal(string_of(row(0), "name"),
                        "counter/locked/tasks:100/increments:1000/real_time");
    assert_string_equal(string_of(row(0), "run_name"),
                        string_of(row(0), "name"));
    assert_string_equal(string_of(row(0), "run_type"), "iteration");
    assert_string_equal(string_of(row(0), "time_unit"), "ns");
    assert_near(number_of(row(0), "real_time"), 6.5e6, 0);
    assert_near(number_of(row(0), "cpu_time"), 3.25e6, 0);
    assert_near(number_of(row(0), "iterations"), 42, 0);
    assert_near(number_of(row(0), "repetitions"), 1, 0);
    assert_near(number_of(row(0), "repetition_index"), 0, 0);
    assert_near(number_of(row(0), "threads"), 1, 0);
    assert_near(number_of(row(0), "baton_samples"), 6, 0);
    assert_near(number_of(row(0), "baton_real_time_low"), 4e6, 0);
    assert_near(number_of(row(0), "baton_real_time_high"), 9e6, 0);
    assert_near(number_of(row(1), "real_time"), 6e6, 0);
    assert_near(number_of(row(1), "family_index"), 1, 0);
    assert_null(json_object_get(row(1), "baton_real_time_low"));
    assert_int_equal(made.text[strlen(made.text) - 1], '\n');
}

static void test_the_context_is_what_readers_insist_on(void **state)
{
    const json_t *context;

    (void)state;
    add_cell(&samples, "counter", "locked", "", times, 1);
    make(FORMAT_GBENCH_CELLS, NULL);
    context = json_object_get(root, "context");
    assert_true(json_is_array(json_object_get(context, "caches")));
    assert_string_equal(string_of(context, "date"), "2026-01-02T03:04:05Z");
    assert_near(number_of(context, "num_cpus"), 8, 0);
}

static void test_the_interval_goes_to_bencher(void **state)
{
    const json_t *latency;

    (void)state;
    add_cell(&samples, "counter", "locked", "", times, 6);
    add_cell(&samples, "counter", "null", "", times, 5);
    make(FORMAT_BENCHER, NULL);
    assert_int_equal(json_object_size(root), 2);
    latency = latency_of("counter/locked/tasks:100/increments:1000");
    assert_int_equal(json_object_size(latency), 3);
    assert_near(number_of(latency, "value"), 6.5e6, 0);
    assert_near(number_of(latency, "lower_value"), 4e6, 0);
    assert_near(number_of(latency, "upper_value"), 9e6, 0);
    /* Five have no interval of 95 %. */
    latency = latency_of("counter/null/tasks:100/increments:1000");
    assert_int_equal(json_object_size(latency), 1);
    assert_near(number_of(latency, "value"), 7e6, 0);
}

static void test_a_twin_is_no_cell_of_its_own(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "null", "", times, 3);
    add_sample(&samples, sample_of("counter", "null", "", 1, 1e3))->twin = 1;
    make(FORMAT_GBENCH_CELLS, NULL);
    assert_int_equal(made.rows, 1);
    assert_near(number_of(row(0), "real_time"), 6e6, 0);
    make(FORMAT_BENCHSTAT, NULL);
    assert_int_equal(made.rows, 4);
    assert_string_equal(line_of("BenchmarkCounter", 3),
                        "BenchmarkCounter/model=null/tasks=100/increments=1000/"
                        "per_turn=0/twin=yes-4\t7\t1000 ns/op\t500 cpu-ns/op\t"
                        "3 vol-switches/op");
}

/* What has no part in it. */

static void test_a_cell_that_was_wrong_is_left_out_and_named(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "locked", "", times, 6);
    add_cell(&samples, "counter", "null", "", times, 6);
    samples.items[3].status = STATUS_WRONG;
    strcpy(samples.items[3].text, "counter 7, should be 8");
    for (enum format f = 0; f < FORMAT_N; f++) {
        make(f, NULL);
        assert_non_null(made.text);
        assert_null(strstr(made.text, "locked"));
        assert_non_null(strstr(made.text, "null"));
        assert_int_equal(made.rows, format_is_of_cells(f) ? 1 : 6);
        assert_string_equal(made.left_out,
                            "counter/locked/tasks:100/increments:1000: left "
                            "out: wrong in 1 of 6 samples: counter 7, should "
                            "be 8\n");
    }
}

static void test_what_measured_nothing_is_counted(void **state)
{
    (void)state;
    add_cell(&samples, "counter", "null", "", times, 6);
    samples.items[1].status = STATUS_CRASHED;
    strcpy(samples.items[1].text, "ended by signal 11");
    samples.items[2].status = STATUS_HUNG;
    samples.items[4].real_ns = NAN;
    for (enum format f = 0; f < FORMAT_N; f++) {
        make(f, NULL);
        assert_int_equal(made.rows, format_is_of_cells(f) ? 1 : 3);
        assert_string_equal(made.left_out,
                            "counter/null/tasks:100/increments:1000: 3 of 6 "
                            "samples measured nothing: ended by signal 11\n");
    }
    make(FORMAT_GBENCH_CELLS, NULL);
    assert_near(number_of(row(0), "real_time"), 6e6, 0);
}

static void test_without_a_right_sample_there_is_no_text(void **state)
{
    (void)state;
    for (enum format f = 0; f < FORMAT_N; f++) {
        make(f, NULL);
        assert_null(made.text);
        assert_string_equal(made.left_out, "");
    }
    add_cell(&samples, "counter", "null", "", times, 1);
    samples.items[1].status = STATUS_WRONG;
    for (enum format f = 0; f < FORMAT_N; f++) {
        make(f, NULL);
        assert_null(made.text);
        assert_int_equal(made.rows, 0);
        assert_non_null(strstr(made.left_out, "wrong in 1 of 1"));
    }
}

/* Checks. */

static void test_of_a_check_a_cell_is_the_candidates(void **state)
{
    static const char name[] = "counter/null/tasks:100/increments:1000";

    (void)state;
    add_side("base", 1, 5e6);
    add_side("cand", 1, 6e6);
    add_side("copy", 1, 7e6);
    make(FORMAT_BENCHER, NULL);
    assert_int_equal(json_object_size(root), 1);
    assert_near(number_of(latency_of(name), "value"), 6e6, 0);
    make(FORMAT_BENCHER, "base");
    assert_near(number_of(latency_of(name), "value"), 5e6, 0);
    make(FORMAT_GBENCH_CELLS, "copy");
    assert_near(number_of(row(0), "real_time"), 7e6, 0);
    assert_string_equal(string_of(row(0), "name"),
                        "counter/null/tasks:100/increments:1000/real_time");
}

static void test_of_a_check_lines_tell_the_arms_apart(void **state)
{
    (void)state;
    add_side("base", 1, 5e6);
    add_side("cand", 1, 6e6);
    make(FORMAT_BENCHSTAT, NULL);
    assert_int_equal(made.rows, 2);
    assert_string_equal(line_of("BenchmarkCounter", 1),
                        "BenchmarkCounter/model=null/tasks=100/increments=1000/"
                        "per_turn=0/arm=cand-4\t7\t6000000 ns/op\t3000000 "
                        "cpu-ns/op\t3 vol-switches/op");
    make(FORMAT_CSV, "cand");
    assert_int_equal(made.rows, 1);
    assert_non_null(strstr(made.text, ",cand,0,1,0,0,"));
    assert_null(strstr(made.text, ",base,"));
}

static void test_an_arm_that_was_wrong_leaves_the_other(void **state)
{
    (void)state;
    add_side("base", 1, 5e6);
    add_side("cand", 1, 6e6)->status = STATUS_WRONG;
    make(FORMAT_BENCHSTAT, NULL);
    assert_int_equal(made.rows, 1);
    assert_non_null(strstr(made.left_out, "increments:1000 of cand: left out"));
    make(FORMAT_BENCHER, NULL);
    assert_null(made.text);
}

/* Of 10 iterations 2 were injected: the other 8 took as long as all 10. */
static void test_what_was_injected_slows_the_others(void **state)
{
    struct sample *s;

    (void)state;
    s = add_side("cand", 1, 8e6);
    s->iterations = 10;
    s->extra = 2;
    s->trial = 3;
    make(FORMAT_GBENCH_CELLS, NULL);
    assert_near(number_of(row(0), "real_time"), 1e7, 1e-15);
    assert_near(number_of(row(0), "cpu_time"), 5e6, 1e-15);
    assert_near(number_of(row(0), "iterations"), 8, 0);
    assert_string_equal(
        string_of(row(0), "name"),
        "counter/null/tasks:100/increments:1000/trial:3/real_time");
}

static void test_trials_are_not_mixed_up(void **state)
{
    (void)state;
    add_side("cand", 1, 5e6)->trial = 1;
    add_side("cand", 1, 6e6)->trial = 2;
    make(FORMAT_BENCHER, NULL);
    assert_int_equal(json_object_size(root), 2);
    assert_near(number_of(latency_of("counter/null/tasks:100/increments:1000/"
                                     "trial:2"),
                          "value"),
                6e6, 0);
}

static void add_command(const char *label, double real_ns)
{
    struct sample *s = add_side("cand", 1, real_ns);

    strcpy(s->workload, "command");
    snprintf(s->model, sizeof(s->model), "%s", label);
    s->parameters[0] = '\0';
}

static void test_a_command_has_its_label_for_a_name(void **state)
{
    (void)state;
    add_command("sort -n 2", 5e6);
    make(FORMAT_BENCHER, NULL);
    assert_near(number_of(latency_of("command/sort -n 2"), "value"), 5e6, 0);
}

/* Go's benchmark text. */

static void test_the_lines_above_are_those_of_go_test(void **state)
{
    static const char expected[] = "goos: linux\n"
                                   "goarch: amd64\n"
                                   "pkg: baton\n"
                                   "cpu: Some (R) CPU\n"
                                   "Unit ns/op better=lower\n"
                                   "Unit cpu-ns/op better=lower\n"
                                   "Unit vol-switches/op better=lower\n"
                                   "\n"
                                   "Benchmark";

    (void)state;
    add_cell(&samples, "counter-split", "null", "", times, 1);
    make(FORMAT_BENCHSTAT, NULL);
    assert_memory_equal(made.text, expected, strlen(expected));
    assert_memory_equal(line_of("Benchmark", 0),
                        "BenchmarkCounterSplit/model=null/",
                        strlen("BenchmarkCounterSplit/model=null/"));
}

/*
 * Blanks would end the name and a slash its part; a number behind the last
 * dash is of CPUs, whatever the label ends in.
 */
static void test_a_label_stays_one_part_of_the_name(void **state)
{
    (void)state;
    add_command("a b/c\td-2", 5e6);
    make(FORMAT_BENCHSTAT, NULL);
    assert_memory_equal(line_of("Benchmark", 0),
                        "BenchmarkCommand/model=a_b_c?d-2/arm=cand-4\t7\t5000",
                        strlen("BenchmarkCommand/model=a_b_c?d-2/arm=cand-4\t7"
                               "\t5000"));
}

static void test_cpus_are_those_the_samples_could_have(void **state)
{
    static const struct {
        const char *header, *suffix;
    } cases[] = {
        {"", "-1\t7"},
        {"# cpus_allowed=0-1\n", "-2\t7"},
        {"# cpus_allowed=0-1\n# pin=1\n", "-1\t7"},
        {"# cpus_allowed=0-63\n# pin=0-2,8,10-11\n", "-6\t7"},
        {"# cpus_allowed=unknown\n", "-1\t7"},
    };

    (void)state;
    add_cell(&samples, "counter", "null", "", times, 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        make_with(FORMAT_BENCHSTAT, NULL, cases[i].header);
        if (!strstr(made.text, cases[i].suffix))
            fail_msg("no %s in %s", cases[i].suffix, made.text);
    }
}

/* CSV. */

/* The fields of a record; returns what is behind its line's end. */
static const char *read_record(const char *at, char fields[][256], size_t *n)
{
    for (*n = 0;; at++) {
        char *out = fields[(*n)++];

        if (*at == '"') {
            for (at++; *at != '"' || at[1] == '"'; at++) {
                at += *at == '"';
                *out++ = *at;
            }
            at++;
        } else {
            while (!strchr(",\"\r\n", *at))
                *out++ = *at++;
        }
        *out = '\0';
        if (*at != ',')
            break;
    }
    assert_memory_equal(at, "\r\n", 2);
    return at + 2;
}

static void test_records_have_every_column(void **state)
{
    /* Four columns have the name of schema 1 besides. */
    const size_t all = n_sample_columns + 4;
    char names[96][256], fields[96][256];
    size_t n, m, found = 0;
    const char *at;
    struct sample *s;

    (void)state;
    s = add_sample(&samples, sample_of("counter", "null", "", 1, 1e6 / 3));
    strcpy(s->text, "he said \"no\", twice");
    s->audit = AUDIT_SERIALISED;
    s->most_rounds = 17;
    make(FORMAT_CSV, NULL);
    at = read_record(read_record(made.text, names, &n), fields, &m);
    assert_string_equal(at, "");
    assert_int_equal(n, all);
    assert_int_equal(m, all);
    for (size_t i = 0; i < n_sample_columns; i++)
        for (size_t j = 0; j < n; j++)
            found += strcmp(column_key(&sample_columns[i]), names[j]) == 0;
    assert_int_equal(found, n_sample_columns);
    assert_string_equal(names[n - 2], "parameters");
    assert_string_equal(fields[n - 2], "tasks=100,increments=1000,per_turn=0");
    assert_string_equal(names[n - 1], "text");
    assert_string_equal(fields[n - 1], s->text);
    for (size_t j = 0; j < n; j++) {
        if (strcmp(names[j], "real_ns") == 0)
            assert_near(strtod(fields[j], NULL), 1e6 / 3, 0);
        if (strcmp(names[j], "most_rounds") == 0)
            assert_string_equal(fields[j], "17");
        if (strcmp(names[j], "audit") == 0 || strcmp(names[j], "labels") == 0)
            assert_string_equal(fields[j], "serialised");
        if (strcmp(names[j], "status") == 0)
            assert_string_equal(fields[j], "ok");
    }
}

/* What splits at every comma finds all columns but the last two. */
static void test_only_the_last_columns_are_in_quotes(void **state)
{
    const char *line;
    size_t commas = 0;

    (void)state;
    add_cell(&samples, "counter", "null", "", times, 1);
    make(FORMAT_CSV, NULL);
    line = strchr(made.text, '\n') + 1;
    assert_int_equal(strcspn(made.text, "\""),
                     line - made.text + (long)strcspn(line, "\""));
    for (; *line != '"'; line++)
        commas += *line == ',';
    assert_int_equal(commas, n_sample_columns + 4 - 2);
    assert_string_equal(line,
                        "\"tasks=100,increments=1000,per_turn=0\",\"\"\r\n");
}

static void test_a_label_with_a_comma_is_quoted(void **state)
{
    (void)state;
    add_command("a,\"b\"", 5e6);
    make(FORMAT_CSV, NULL);
    assert_non_null(strstr(made.text, ",command,\"a,\"\"b\"\"\","));
}

int main(void)
{
#define FORMATTED(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        FORMATTED(test_a_cell_is_one_row_of_medians),
        FORMATTED(test_the_context_is_what_readers_insist_on),
        FORMATTED(test_the_interval_goes_to_bencher),
        FORMATTED(test_a_twin_is_no_cell_of_its_own),
        FORMATTED(test_a_cell_that_was_wrong_is_left_out_and_named),
        FORMATTED(test_what_measured_nothing_is_counted),
        FORMATTED(test_without_a_right_sample_there_is_no_text),
        FORMATTED(test_of_a_check_a_cell_is_the_candidates),
        FORMATTED(test_of_a_check_lines_tell_the_arms_apart),
        FORMATTED(test_an_arm_that_was_wrong_leaves_the_other),
        FORMATTED(test_what_was_injected_slows_the_others),
        FORMATTED(test_trials_are_not_mixed_up),
        FORMATTED(test_a_command_has_its_label_for_a_name),
        FORMATTED(test_the_lines_above_are_those_of_go_test),
        FORMATTED(test_a_label_stays_one_part_of_the_name),
        FORMATTED(test_cpus_are_those_the_samples_could_have),
        FORMATTED(test_records_have_every_column),
        FORMATTED(test_only_the_last_columns_are_in_quotes),
        FORMATTED(test_a_label_with_a_comma_is_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
