/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the report says, in figures and in words. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/findings.h"
#include "harness/report/matrix.h"
#include "harness/report/summary.h"
#include "harness/results/names.h"
#include "models/model.h"
#include "tests/unit/visits.h"

extern const struct workload workload_counter, workload_download;

static struct samples samples;
static struct table table;
static struct sites sites;
static struct matrices matrices;
static char *text; /* what was printed last */
static bool with_map;

static int start(void **state)
{
    (void)state;
    samples = (struct samples){0};
    table = (struct table){0};
    sites = (struct sites){0};
    matrices = (struct matrices){0};
    text = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    table_finish(&table);
    matrices_finish(&matrices);
    sites_finish(&sites);
    free(samples.items);
    free(text);
    return 0;
}

static void build(void)
{
    table_finish(&table);
    matrices_finish(&matrices);
    assert_int_equal(table_build(&table, samples.items, samples.n), 0);
    assert_int_equal(matrices_build(&matrices, &sites), 0);
}

static struct sample *find_sample(const char *model, uint32_t round)
{
    for (size_t i = 0; i < samples.n; i++)
        if (strcmp(samples.items[i].model, model) == 0 &&
            samples.items[i].round == round)
            return &samples.items[i];
    fail_msg("no sample");
    return NULL;
}

/* The one finding of a claim in words; -ENOENT: it has none. */
static int print_claim(const struct claim *claim)
{
    struct claims claims = {.items = (struct claim *)(uintptr_t)claim, .n = 1};
    struct results results = {.table = &table, .claims = &claims};
    struct finding_list findings;
    struct wording words;
    bool any;

    assert_int_equal(findings_make(&results, &findings), 0);
    free(text);
    text = NULL;
    any = findings.n && findings.items[0].kind == FINDING_CLAIM;
    if (any) {
        assert_int_equal(finding_words(&findings.items[0], &table, 9, &words),
                         0);
        text = words.text;
    }
    findings_finish(&findings);
    return any ? 0 : -ENOENT;
}

static void print_summary(const char *header, bool colour)
{
    struct recording r = {
        .header = strdup(header), .samples = samples.items, .n = samples.n};
    struct results results = {.recording = &r,
                              .table = &table,
                              .matrices = &matrices,
                              .map = with_map};
    struct finding_list findings;
    size_t size;
    FILE *out;

    build();
    find_all(&results, &findings);
    free(text);
    text = NULL;
    out = open_memstream(&text, &size);
    summary_print(&results, colour, 100, out);
    fclose(out);
    findings_finish(&findings);
    free(r.header);
}

/* Times around `middle`, one percent apart: rounds 1..n. */
static void add_spread(const char *workload, const char *model,
                       const char *parameters, double middle, unsigned n)
{
    double times[64];

    for (unsigned i = 0; i < n; i++)
        times[i] = middle * (1 + 0.01 * ((double)i - (n - 1) / 2.0));
    add_cell(&samples, workload, model, parameters, times, n);
}

/* Like add_spread(), of constant length: ratios to it spread like the other. */
static void add_flat(const char *workload, const char *model,
                     const char *parameters, double middle, unsigned n)
{
    double times[64];

    for (unsigned i = 0; i < n; i++)
        times[i] = middle;
    add_cell(&samples, workload, model, parameters, times, n);
}

static const struct claim locked_null = {
    .id = "locked-null",
    .statistic = STATISTIC_RATIO,
    .workload = &workload_counter,
    .parameters = "",
    .pairs = {(char *[]){"locked/null"}, 1},
    .title = "the task",
};

/* Sentences. */

static void test_slower_has_the_ratio_and_its_interval(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 3e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_string_equal(text,
                        "the task: threads + mutex is 3 times slower than "
                        "CPU floor [2.91, 3.09] (98.4 %, 7 rounds)");
}

static void test_faster_is_the_inverse_with_its_ends_swapped(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 0.25e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_string_equal(text,
                        "the task: threads + mutex is 4 times faster than "
                        "CPU floor [3.88, 4.12] (98.4 %, 7 rounds)");
}

static void test_an_interval_that_spans_one_separates_nothing(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 1.01e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_string_equal(
        text, "the task: threads + mutex and CPU floor do not "
              "differ significantly, 1.01 times the time [0.98, 1.04] "
              "(98.4 %, 7 rounds)");
    assert_null(strstr(text, "slower"));
    assert_null(strstr(text, "faster"));
}

static void test_the_interval_just_beside_one_separates(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 1.04e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_non_null(strstr(text, "1.04 times slower than"));
}

/* What two equal cells differ by says nothing of two others. */
static void test_a_claim_within_the_noise_of_pairs_is_called_so(void **state)
{
    struct sample pair;

    (void)state;
    add_flat("counter", "locked", "", 1.1e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    for (uint32_t round = 1; round <= 7; round++) {
        pair = *find_sample("locked", round);
        pair.twin = 1;
        pair.real_ns *= 1.2;
        add_sample(&samples, pair);
    }
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_string_equal(text, "the task: threads + mutex is within noise of "
                              "CPU floor, 1.1 times the time [1.1, 1.1] "
                              "(98.4 %, 7 rounds); A/A pairs differ by up to "
                              "1.2 times");
}

static void test_few_rounds_say_that_there_is_no_interval(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 3e6, 5);
    add_flat("counter", "null", "", 1e6, 5);
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_string_equal(text,
                        "the task: threads + mutex is 3 times slower than "
                        "CPU floor (no interval, 5 rounds)");
}

static void test_one_round_is_no_rounds(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 1);
    add_flat("counter", "null", "", 4e6, 1);
    build();
    assert_int_equal(print_claim(&locked_null), 0);
    assert_string_equal(text,
                        "the task: threads + mutex is 4 times faster than "
                        "CPU floor (no interval, 1 round)");
}

static void test_a_missing_side_is_no_sentence(void **state)
{
    (void)state;
    build();
    assert_int_equal(print_claim(&locked_null), -ENOENT);
    assert_null(text);
    add_flat("counter", "locked", "", 1e6, 7);
    build();
    assert_int_equal(print_claim(&locked_null), -ENOENT);
    assert_null(text);
    /* Both are there, but never in one round. */
    add_flat("counter", "null", "", 1e6, 2);
    for (uint32_t round = 1; round <= 2; round++)
        find_sample("locked", round)->status = STATUS_FAILED;
    build();
    assert_int_equal(print_claim(&locked_null), -ENOENT);
    assert_null(text);
}

static void test_a_wrong_side_is_said_and_not_ranked(void **state)
{
    (void)state;
    add_spread("counter", "locked", "", 3e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    find_sample("null", 2)->status = STATUS_WRONG;
    find_sample("null", 3)->status = STATUS_WRONG;
    build();
    print_claim(&locked_null);
    assert_non_null(strstr(text, "threads + mutex takes 3 times the time of "
                                 "CPU floor ["));
    assert_non_null(
        strstr(text, "; CPU floor has wrong results in 2 of 7 samples"));
    assert_null(strstr(text, "mutex has wrong"));
    assert_null(strstr(text, "slower"));
}

static void test_a_note_stands_behind(void **state)
{
    struct claim h = locked_null;

    (void)state;
    h.note = "a book said so";
    add_flat("counter", "locked", "", 3e6, 1);
    add_flat("counter", "null", "", 1e6, 1);
    build();
    print_claim(&h);
    assert_true(matches(text, " \\(a book said so\\)$"));
}

static const struct claim lost = {
    .id = "lost",
    .statistic = STATISTIC_SHARE,
    .workload = &workload_counter,
    .parameters = "",
    .models = {(char *[]){"thread-per-socket"}, 1},
    .title = "the task",
};

static void test_lost_updates_have_their_share(void **state)
{
    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    for (uint32_t round = 1; round <= 6; round++) {
        struct sample *s = find_sample("thread-per-socket", round);

        s->status = STATUS_WRONG;
        s->wrong_iterations = 7;
        s->lost_updates = 7 * 1000 * round;
    }
    build();
    assert_int_equal(print_claim(&lost), 0);
    assert_string_equal(
        text, "the task: threads, no lock loses 3 % of the updates [0 %, 6 %] "
              "(98.4 %, 7 rounds), wrong in 6 of 7 samples and 86 % of the "
              "iterations; over all of these 3 % are lost and the counter ends "
              "at 97000, should be "
              "100000");
}

static void test_nothing_lost_is_said(void **state)
{
    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    build();
    assert_int_equal(print_claim(&lost), 0);
    assert_string_equal(
        text, "the task: threads, no lock lost no update in 49 iterations");
    samples.n = 0;
    build();
    assert_int_equal(print_claim(&lost), -ENOENT);
}

static const struct claim growth = {
    .id = "growth",
    .statistic = STATISTIC_EXPONENT,
    .workload = &workload_download,
    .parameters = "",
    .over = "n",
    .models = {(char *[]){"sequential"}, 1},
    .title = "download",
};

static void test_growth_is_the_exponent(void **state)
{
    (void)state;
    add_flat("download", "sequential", "n=1", 1e6, 7);
    add_flat("download", "sequential", "n=10", 1e7, 7);
    add_flat("download", "sequential", "n=100", 1e9, 7);
    /* Of another kind, and not to be mixed in. */
    add_flat("download", "sequential", "n=10,latency_ms=50", 1, 7);
    add_flat("download", "libuv", "n=10", 1, 7);
    build();
    assert_int_equal(print_claim(&growth), 0);
    assert_string_equal(text,
                        "download: sequential grows as n^1.50 [1.50, 1.50] "
                        "(98.4 %, 7 rounds) from 1 to 100; between "
                        "successive values 1.00, 2.00");
}

static void test_growth_needs_two_sizes(void **state)
{
    (void)state;
    add_flat("download", "sequential", "n=10", 1e6, 7);
    build();
    assert_int_equal(print_claim(&growth), -ENOENT);
    add_flat("download", "sequential", "n=100", 1e7, 5);
    build();
    assert_int_equal(print_claim(&growth), 0);
    assert_string_equal(text, "download: sequential grows as n^1.00 "
                              "(no interval, 5 rounds) from 10 to 100");
}

static void test_neighbours_are_neighbours_by_size(void **state)
{
    (void)state;
    /* As in `--n 100,1,10`. */
    add_flat("download", "sequential", "n=100", 1e9, 7);
    add_flat("download", "sequential", "n=1", 1e6, 7);
    add_flat("download", "sequential", "n=10", 1e7, 7);
    build();
    assert_int_equal(print_claim(&growth), 0);
    assert_non_null(strstr(text,
                           "from 1 to 100; between successive values 1.00, "
                           "2.00"));
}

static const struct claim most_threads = {
    .id = "most-threads",
    .statistic = STATISTIC_COUNT,
    .workload = &workload_counter,
    .parameters = "",
    .models = {(char *[]){"locked"}, 1},
    .metric = "threads_peak",
    .title = "the task",
};

static void test_a_count_is_the_median_of_its_metric(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 7);
    for (uint32_t round = 1; round <= 7; round++)
        find_sample("locked", round)->threads_peak = 90 + round;
    build();
    assert_int_equal(print_claim(&most_threads), 0);
    assert_string_equal(text, "the task: threads + mutex has threads_peak 94 "
                              "[91, 97] (98.4 %, 7 rounds)");
}

static void test_a_percentile_has_the_unit_of_its_metric(void **state)
{
    struct claim claim = most_threads;

    (void)state;
    claim.statistic = STATISTIC_PERCENTILE;
    claim.metric = "inner_ns";
    add_flat("counter", "locked", "", 1e6, 5);
    for (uint32_t round = 1; round <= 5; round++)
        find_sample("locked", round)->inner_ns = 1e6 * round;
    build();
    assert_int_equal(print_claim(&claim), 0);
    assert_string_equal(text, "the task: threads + mutex has inner_ns 3.00 ms "
                              "(no interval, 5 rounds)");
}

/* Each model against the base. */

static void unwrap(void)
{
    for (char *p = text; (p = strstr(p, "\n  "));) {
        *p = ' ';
        memmove(p + 1, p + 3, strlen(p + 3) + 1);
    }
}

static void test_each_model_is_compared_with_the_first(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 7);
    add_flat("counter", "sequential", "", 2e6, 7);
    add_spread("counter", "locked", "", 6e6, 7);
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "\n  sequential +2.00 ms +\\[[^]]*\\] +base "));
    assert_true(matches(text, "\n  threads \\+ mutex +6.00 ms +\\[[^]]*\\] +3 "
                              "\\[2.91, 3.09\\] "));
    unwrap();
    assert_true(matches(text, "^Findings\n- counter, tasks 100, increments "
                              "1000: CPU floor is 2 times faster than "
                              "sequential "));
    assert_non_null(strstr(text, "1000: threads + mutex is 3 times slower than "
                                 "sequential [2.91, 3.09] (98.4 %, 7 "
                                 "rounds)\n"));
}

static void test_a_ratio_has_as_many_digits_as_there_is_room_for(void **state)
{
    static const struct {
        double ratio;
        const char *text;
    } each[] = {{0.0012345, "0.0012"}, {0.012345, "0.0123"}, {1, "1"},
                {12.345, "12.3"},      {999.4, "999"},       {2080, "2080"}};
    char text_of[QUANTITY_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(each); i++) {
        quantity_ratio(each[i].ratio, text_of, sizeof(text_of));
        assert_string_equal(text_of, each[i].text);
    }
}

static void test_the_base_is_the_one_that_was_named(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 7);
    add_flat("counter", "sequential", "", 2e6, 7);
    print_summary("# seed=1\n# base=null\n", false);
    unwrap();
    assert_non_null(strstr(text, "sequential is 2 times slower than CPU floor "
                                 "[2, 2]"));
    /* Where it was not measured, the first that was. */
    print_summary("# seed=1\n# base=locked\n", false);
    unwrap();
    assert_non_null(
        strstr(text, "CPU floor is 2 times faster than sequential"));
}

static void test_what_waits_in_memory_is_compared_if_it_is_named(void **state)
{
    (void)state;
    add_flat("download", "null", "n=3", 1e3, 7);
    add_flat("download", "sequential", "n=3", 1e6, 7);
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, " times "));
    print_summary("# seed=1\n# base=null\n", false);
    unwrap();
    assert_non_null(strstr(text, "sequential is 1000 times slower than CPU "));
}

static void test_a_small_difference_is_within_noise(void **state)
{
    struct sample twin;

    (void)state;
    add_flat("counter", "sequential", "", 1e6, 7);
    add_flat("counter", "locked", "", 1.1e6, 7);
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text, "mutex is 1.1 times slower than sequential"));
    for (uint32_t round = 1; round <= 7; round++) {
        twin = *find_sample("sequential", round);
        twin.twin = 1;
        twin.real_ns *= 1.2;
        add_sample(&samples, twin);
    }
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text,
                           "mutex is within noise of sequential, 1.1 times "
                           "the time [1.1, 1.1] (98.4 %, 7 rounds)\n"));
    assert_true(matches(text, " ~1.1 \\[1.1, 1.1\\]"));
}

static void test_a_broken_promise_has_no_ratio(void **state)
{
    (void)state;
    add_flat("counter", "sequential", "", 1e6, 7);
    add_flat("counter", "locked", "", 2e6, 7);
    find_sample("locked", 3)->status = STATUS_WRONG;
    find_sample("locked", 3)->lost_updates = 1;
    print_summary("# seed=1\n", false);
    unwrap();
    assert_null(strstr(text, " times "));
    assert_non_null(strstr(text, "threads + mutex is not compared with "
                                 "sequential: threads + mutex was wrong in 1 "
                                 "of 7 samples\n"));
    find_sample("locked", 3)->status = STATUS_CRASHED;
    print_summary("# seed=1\n", false);
    unwrap();
    assert_null(strstr(text, " times "));
    assert_non_null(strstr(text, "sequential: threads + mutex is missing in 1 "
                                 "of 7 rounds\n"));
    find_sample("locked", 3)->status = STATUS_OK;
    find_sample("sequential", 3)->status = STATUS_CRASHED;
    print_summary("# seed=1\n", false);
    unwrap();
    assert_null(strstr(text, " times "));
    assert_non_null(strstr(text, "sequential: sequential is missing in 1 of 7 "
                                 "rounds\n"));
}

static void test_who_may_lose_has_a_ratio_and_what_it_loses(void **state)
{
    (void)state;
    add_flat("counter", "sequential", "tasks=3", 4e6, 7);
    add_flat("counter", "thread-per-socket", "tasks=3", 1e6, 7);
    find_sample("thread-per-socket", 3)->status = STATUS_WRONG;
    find_sample("thread-per-socket", 3)->lost_updates = 7 * 7 * 60;
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text, "threads, no lock (wrong results, 2 % of the "
                                 "updates lost) takes 1/4 of the time of "
                                 "sequential [1/4, 1/4]"));
    assert_null(strstr(text, "faster"));
}

static void test_an_interval_has_one_form(void **state)
{
    double times[7] = {1.4e6, 1.5e6, 1.6e6, 1.6e6, 1.6e6, 2.5e6, 2.6e6};

    (void)state;
    add_flat("counter", "sequential", "tasks=3", 4e6, 7);
    add_cell(&samples, "counter", "thread-per-socket", "tasks=3", times, 7);
    find_sample("thread-per-socket", 3)->status = STATUS_WRONG;
    find_sample("thread-per-socket", 3)->lost_updates = 7 * 7 * 60;
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text, "takes 1/2.5 of the time of sequential "
                                 "[1/2.86, 1/1.54]"));
}

/* Its time is that of its deadlines. */
static void test_sleepers_have_no_ratio_of_times(void **state)
{
    (void)state;
    add_flat("sleepers", "libuv", "tasks=3", 4e6, 7);
    add_flat("sleepers", "async", "tasks=3", 1e6, 7);
    print_summary("# seed=1\n", false);
    unwrap();
    assert_null(strstr(text, "faster"));
    assert_null(strstr(text, " times the time"));
}

static void test_an_interrupted_round_bars_nobody(void **state)
{
    (void)state;
    add_flat("counter", "sequential", "", 1e6, 7);
    add_flat("counter", "locked", "", 2e6, 6);
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text, "2 times slower than sequential [2, 2] (96.9 "
                                 "%, 6 rounds)"));
}

static void test_three_sizes_have_an_exponent_and_two_have_none(void **state)
{
    (void)state;
    add_flat("counter", "sequential", "tasks=10", 1e7, 7);
    add_flat("counter", "sequential", "tasks=1", 1e6, 7);
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "grows"));
    add_flat("counter", "sequential", "tasks=100", 1e8, 7);
    add_flat("counter", "sequential", "tasks=100,increments=1", 1e8, 7);
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(
        text,
        "- counter, increments 1000: sequential grows as tasks^1.00 [1.00, "
        "1.00] (98.4 %, 7 rounds) from 1 to 100"));
    assert_null(strstr(strstr(text, "grows") + 1, "grows"));
}

static void test_a_crossover_is_between_clear_neighbours(void **state)
{
    static const double times[] = {0.5, 0.5, 1, 2};

    (void)state;
    for (unsigned i = 0; i < COUNT(times); i++) {
        char parameters[16];

        snprintf(parameters, sizeof(parameters), "n=%u", 10 * (i + 1));
        add_flat("download", "sequential", parameters, 1e6, 7);
        add_spread("download", "thread-per-socket", parameters, 1e6 * times[i],
                   7);
    }
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text, "- download: threads is faster than "
                                 "sequential at n 20 and slower at n 40\n"));
}

/* The finding of that kind, for json_decref(). */
static json_t *json_of(const char *kind)
{
    struct recording r = {.header = (char *)(uintptr_t) "# base=sequential\n"};
    struct results results = {
        .recording = &r, .table = &table, .matrices = &matrices};
    struct finding_list findings;
    json_t *all, *found = NULL;

    build();
    find_all(&results, &findings);
    all = findings_json(&findings, &table, NULL);
    for (size_t i = 0; i < json_array_size(all) && !found; i++) {
        json_t *f = json_array_get(all, i);

        if (!json_object_get(f, "claim") &&
            strcmp(json_string_value(json_object_get(f, "kind")), kind) == 0)
            found = json_incref(f);
    }
    json_decref(all);
    findings_finish(&findings);
    assert_non_null(found);
    return found;
}

static void test_programs_get_the_same_findings(void **state)
{
    const char *over, *base;
    int within, wrong;
    double low, from, to;
    json_t *json;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        char parameters[16];

        snprintf(parameters, sizeof(parameters), "tasks=%u", 1 + 10 * i);
        add_flat("counter", "sequential", parameters, 1e6, 7);
        add_flat("counter", "locked", parameters, i < 2 ? 0.5e6 : 2e6, 7);
    }
    json = json_of("ratio");
    assert_int_equal(json_unpack(json, "{s:s, s:b, s:b, s:f}", "base", &base,
                                 "within_noise", &within, "wrong", &wrong,
                                 "low", &low),
                     0);
    assert_string_equal(base, "sequential");
    assert_true(!within && !wrong);
    assert_near(low, 0.5, 1e-9);
    json_decref(json);
    json = json_of("crossover");
    assert_int_equal(json_unpack(json, "{s:s, s:f, s:f}", "over", &over, "from",
                                 &from, "to", &to),
                     0);
    assert_string_equal(over, "tasks");
    assert_near(from, 11, 0);
    assert_near(to, 21, 0);
    json_decref(json);
    json = json_of("exponent");
    assert_int_equal(json_unpack(json, "{s:f}", "low", &low), 0);
    json_decref(json);
}

/* The whole report. */

/* What follows each match of `claim` must match `support`. */
static size_t check_support(const char *claim, const char *support)
{
    regmatch_t m;
    regex_t c, s;
    size_t n = 0;

    assert_int_equal(regcomp(&c, claim, REG_EXTENDED), 0);
    assert_int_equal(regcomp(&s, support, REG_EXTENDED | REG_NOSUB), 0);
    for (const char *at = text; regexec(&c, at, 1, &m, 0) == 0; n++) {
        at += m.rm_eo;
        if (regexec(&s, at, 0, NULL, 0))
            fail_msg("no interval behind: %.200s", at - 40);
    }
    regfree(&c);
    regfree(&s);
    return n;
}

#define INTERVAL                                                               \
    "( \\[[^]]+, [^]]+\\] \\([0-9.]+ %, [0-9]+ rounds\\)"                      \
    "| \\(no interval, [0-9]+ rounds?\\))"

static void check_intervals(unsigned rounds)
{
    size_t ratios, separate;

    samples.n = 0;
    add_claimed_cells(&samples, rounds);
    print_summary("# seed=1\n", false);
    unwrap();
    separate = check_support("times (slower|faster) than ",
                             "^[a-z ,+()]*[a-z)]" INTERVAL);
    ratios = separate + check_support("times the time", "^" INTERVAL);
    assert_true(ratios >= 6);
    assert_true(check_support("grows as n\\^[0-9.-]+", "^" INTERVAL) >= 3);
    /* There is no other way to print one. */
    assert_int_equal(check_support("(is|separated,) [0-9.e+-]+ times ", ""),
                     ratios);
}

static void test_every_ratio_has_its_interval_or_says_there_is_none(void **s)
{
    (void)s;
    check_intervals(7);
    check_intervals(20);
    assert_null(strstr(text, "no interval"));
    check_intervals(5);
    assert_non_null(strstr(text, "no interval"));
    check_intervals(1);
}

static void test_every_row_has_its_interval_or_says_there_is_none(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 12345678, 7);
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "threads \\+ mutex +12.3 ms +\\[12.3 ms, 12.3 ms"
                              "\\] +base +6.17 ms +3.0 MiB +3.0\n"));
    samples.n = 0;
    add_flat("counter", "locked", "", 12345678, 5);
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "threads \\+ mutex +12.3 ms +no interval +base"));
    assert_true(matches(text, "5 rounds, seed 1\\."));
}

static void test_an_interval_over_two_units_names_both(void **state)
{
    static const double times[] = {9e5, 9e5, 9e5, 1e6, 2e6, 2e6, 3e6};

    (void)state;
    add_cell(&samples, "counter", "locked", "", times, 7);
    print_summary("# seed=1\n", false);
    assert_true(matches(text, " 1.00 ms +\\[900 us, 3.00 ms\\] "));
}

static void test_wrong_cells_come_after_the_right_ones(void **state)
{
    const char *group, *second, *wrong;

    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    add_flat("counter", "locked", "", 9e6, 7);
    add_flat("counter", "null", "tasks=1", 1e6, 7);
    find_sample("thread-per-socket", 3)->status = STATUS_WRONG;
    find_sample("thread-per-socket", 3)->lost_updates = 3267;
    strcpy(find_sample("thread-per-socket", 3)->text,
           "counter 96733, should be 100000");
    print_summary("# seed=1\n", false);
    group = strstr(text, "counter  tasks 100  increments 1000\n");
    second = strstr(text, "counter  tasks 1  increments 1000\n");
    assert_non_null(group);
    assert_true(second > group);
    wrong = strstr(group, "threads, no lock");
    assert_true(wrong > strstr(group, "CPU floor"));
    assert_true(wrong > strstr(group, "threads + mutex"));
    assert_true(wrong < second);
    assert_true(matches(wrong, "^threads, no lock +[^\n]*\n"
                               "    wrong in 1 of 7 samples, 0.0667 % of the "
                               "updates lost; for example: counter 96733, "
                               "should be[ \n]+100000\n"));
    /* Once only. */
    assert_true(strstr(wrong + 1, "threads, no lock  ") == NULL ||
                strstr(wrong + 1, "threads, no lock  ") > second);
}

static void test_a_share_is_of_what_was_to_be_done(void **state)
{
    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    find_sample("thread-per-socket", 3)->status = STATUS_WRONG;
    find_sample("thread-per-socket", 3)->lost_updates = 3267;
    find_sample("thread-per-socket", 7)->status = STATUS_CRASHED;
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "inf"));
    assert_null(strstr(text, "nan"));
    build();
    print_claim(&lost);
    assert_non_null(strstr(text, "should be 100000"));
}

static void test_what_the_audit_rejects_is_not_among_the_right(void **state)
{
    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    add_flat("counter", "locked", "", 9e6, 7);
    for (uint32_t round = 1; round <= 4; round++)
        find_sample("thread-per-socket", round)->audit = AUDIT_SERIALISED;
    print_summary("# seed=1\n", false);
    assert_true(strstr(text, "\n  threads, no lock") >
                strstr(text, "\n  threads + mutex"));
    assert_true(matches(text,
                        "audit: fewer at once than it declares, in 4 of 7 "
                        "samples\n"));
    find_sample("thread-per-socket", 4)->audit = 0;
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "audit:"));
}

static void test_a_cell_without_measurement_says_why(void **state)
{
    (void)state;
    add_sample(&samples, sample_of("counter", "locked", "", 0, 0));
    samples.items[0].status = STATUS_FAILED;
    strcpy(samples.items[0].text, "Resource temporarily unavailable");
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "    threads \\+ mutex not measured: Resource "
                              "temporarily unavailable\n"));
    assert_null(strstr(text, "nan"));
}

static void set_times(const char *model, uint32_t round, double p50, double p99)
{
    struct sample *s = find_sample(model, round);
    double *metrics = sample_metrics(s, &kind_connections);

    s->latency_histogram = "800=1000";
    metrics[PAGE_P50_NS] = p50;
    metrics[PAGE_P99_NS] = p99;
}

static void test_times_of_pages_are_medians_of_percentiles(void **state)
{
    (void)state;
    add_spread("download", "libuv", "n=100,latency_ms=10", 12e6, 7);
    add_spread("download", "locked", "n=100,latency_ms=10", 12e6, 7);
    print_summary("", false);
    assert_null(strstr(text, "Time of each page")); /* as it was before */
    for (uint32_t round = 1; round <= 7; round++) {
        set_times("libuv", round, 1e6 * (10 + round), 1e6 * (20 + round));
        set_times("locked", round, 1e6 * (30 + round), 0);
    }
    print_summary("", false);
    assert_non_null(strstr(text, "Time of each page of download\n"));
    assert_true(matches(text, "\n  event loop \\(libuv\\) +14.0 ms "
                              "\\[11.0 ms, 17.0 ms\\] +- +24.0 ms"));
    assert_true(matches(text, "\n  threads \\+ mutex +34.0 ms "
                              "\\[31.0 ms, 37.0 ms\\] +- +- "));
    for (uint32_t round = 1; round <= 7; round++) {
        find_sample("libuv", round)->status = STATUS_WRONG;
        set_times("locked", round, 0, 0);
    }
    print_summary("", false);
    assert_null(strstr(text, "Time of each page"));
}

static void test_lateness_and_bytes_of_sleepers_are_shown(void **state)
{
    (void)state;
    add_flat("sleepers", "libuv", "", 1e8, 7);
    for (uint32_t round = 1; round <= 7; round++) {
        struct sample *s = find_sample("libuv", round);
        double *metrics = sample_metrics(s, &kind_sleeping);

        s->latency_histogram = "800=1000";
        metrics[LATENESS_P50_NS] = 1e6 * round;
        metrics[LATENESS_MAX_NS] = 1e7 * round;
        metrics[SLEEPER_BYTES] = 160 + round;
        metrics[SLEEPER_KERNEL_BYTES] = round;
    }
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text, "Lateness of each wake of sleepers\nFrom its "
                                 "deadline to "));
    assert_null(strstr(text, "first"));
    assert_true(matches(text, "\n  event loop \\(libuv\\) +4.00 ms "
                              "\\[1.00 ms, 7.00 ms\\] +- +- +- +40.0 ms"));
    assert_non_null(strstr(text, "\nsleepers: sleeper bytes, kernel bytes\n"));
    assert_true(matches(text, "\n  event loop \\(libuv\\) +164 B "
                              "\\[161 B, 167 B\\] +4.0 B "));
}

/* A model whose library waits does not know when it noticed a record. */
static void test_what_is_not_noticed_has_no_number(void **state)
{
    const struct column *noticed = sample_column("metric.noticed_p50_ns");
    const struct column *held = sample_column("metric.hold_max_ns");

    (void)state;
    add_flat("residency", "epoll", "", 1e6, 7);
    add_flat("residency", "libuv", "", 1e6, 7);
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "noticed"));
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(column_set(noticed, "12345", &samples.items[i]), 0);
    for (size_t i = 0; i < 14; i++)
        assert_int_equal(column_set(held, "5000000", &samples.items[i]), 0);
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text, "\nresidency: noticed p50"));
    assert_true(matches(text, "event loop .epoll. +12.3 us .* 5.00 ms"));
    assert_true(matches(text, "event loop .libuv. +- +5.00 ms"));
}

static void test_fairness_is_shown_where_it_was_recorded(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 7);
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "fairness"));
    for (uint32_t round = 1; round <= 7; round++) {
        double *metrics =
            sample_metrics(find_sample("locked", round), &kind_counting);

        metrics[COUNTING_FAIRNESS] = 0.1 * round;
        metrics[COUNTING_LEAST_SHARE] = 0;
        find_sample("locked", round)->status = STATUS_WRONG;
    }
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text, "\ncounter: fairness, least share\n"));
    assert_true(matches(text, "\n  threads \\+ mutex +0.4 \\[0.1, 0.7\\] +0 "
                              "\\[0, 0\\]"));
    assert_non_null(strstr(text, "- least share: the smallest"));
    /* Without intervals, too. */
    samples.n = 2;
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "\n  threads \\+ mutex +0.1[05]* +0 *\n"));
}

static void test_a_map_is_shown_where_it_is_asked_for(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 9; i++) {
        char parameters[64];

        snprintf(parameters, sizeof(parameters), "tasks=%u,hold=%u",
                 1U << i / 3, 100 * (i % 3));
        add_flat("counter", "locked", parameters, 2e6, 7);
        add_flat("counter", "libuv", parameters, i == 4 ? 1e6 : 2e6, 7);
        add_flat("counter", "process", parameters, 3e6, 7);
    }
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "the fastest model"));
    with_map = true;
    print_summary("# seed=1\n", false);
    with_map = false;
    assert_non_null(
        strstr(text, "\ncounter: the fastest model by tasks and hold\n"));
    assert_non_null(
        strstr(text, "\nhold down, tasks across; increments 1000\n"));
    assert_true(matches(text, "\n  0 +A ~1 +A ~1 +A ~1\n"));
    assert_true(matches(text, "\n  100 +A ~1 +B 2 +A ~1\n"));
    assert_non_null(strstr(text, "\n- B: event loop (libuv)\n"));
    assert_null(strstr(text, "\n- C: "));
}

static void test_gaps_are_listed(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 7);
    print_summary("# seed=1\n# gap=download/locked: no way\n# gap=x: y\n",
                  false);
    assert_true(matches(text, "\nNot run\n- download/locked: no way\n"
                              "- x: y\n"));
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "Not run"));
}

static void test_a_busy_machine_is_the_first_line(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 7);
    print_summary("# cpus_online=2\n# load=2.00\n", false);
    assert_null(strstr(text, "busy"));
    print_summary("# cpus_online=2\n# load=2.10\n", false);
    assert_true(matches(text, "^The machine was busy before the run: load 2.1 "
                              "on 2 CPUs\\. "));
    print_summary("# busy=a compiler uses 90 % of a CPU\n", false);
    assert_true(matches(text,
                        "^The machine was busy before the run: a compiler "
                        "uses 90 % of a CPU\\. "));
}

static void test_colours_are_only_around_the_words(void **state)
{
    char *plain;
    size_t n = 0;

    (void)state;
    add_claimed_cells(&samples, 7);
    samples.items[1].status = STATUS_WRONG;
    print_summary("# seed=1\n# gap=x: y\n", false);
    assert_null(strchr(text, '\033'));
    plain = text;
    text = NULL;
    print_summary("# seed=1\n# gap=x: y\n", true);
    assert_non_null(strstr(text, "\033[31m"));
    for (const char *p = text; *p; p++) {
        if (*p == '\033')
            p += strcspn(p, "m");
        else
            assert_int_equal(*p, plain[n++]);
    }
    assert_int_equal(plain[n], '\0');
    free(plain);
}

static void check_width(void)
{
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");

        if (len > 100)
            fail_msg("%zu columns: %.*s", len, (int)len, line);
        line += len + (line[len] != '\0');
    }
}

static void test_no_line_is_over_100_columns(void **state)
{
    (void)state;
    add_claimed_cells(&samples, 7);
    print_summary("# seed=4294967295\n", false);
    check_width();
}

static void test_no_note_is_over_100_columns(void **state)
{
    struct sample *s;

    (void)state;
    add_flat("download", "thread-per-socket", "n=1000", 1e6, 7);
    s = find_sample("thread-per-socket", 3);
    s->status = STATUS_WRONG;
    s->errors = 7000;
    strcpy(s->text, "page 1000: 123456789 bytes with a wrong checksum, should "
                    "be 4096; and then it said something that takes long");
    for (uint32_t round = 1; round <= 7; round++)
        find_sample("thread-per-socket", round)->audit =
            AUDIT_ORIGIN_BOUND | AUDIT_SERIALISED;
    print_summary("# seed=4294967295\n", false);
    check_width();
}

static void test_no_gap_is_over_100_columns(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 7);
    print_summary("# seed=4294967295\n"
                  "# gap=download/thread-per-socket/n:100000: 100000 at once "
                  "need 100064 tasks left in this cgroup (pids.max); the limit "
                  "is 16384; raise it: TasksMax= of the unit, or --pids-limit "
                  "of the container\n",
                  false);
    check_width();
}

/* What became of pages and sites. */

/* Every sample of the cell added last, that many of each. */
static void tally_last(unsigned n, uint64_t begun, uint64_t succeeded,
                       uint64_t cancelled, const char *outcomes)
{
    for (size_t i = samples.n - n; i < samples.n; i++) {
        struct tally *t = &samples.items[i].tally;

        assert_int_equal(column_set(sample_column("metric.outcomes"), outcomes,
                                    &samples.items[i]),
                         0);
        t->begun = begun;
        t->by[OUTCOME_OK] = succeeded;
        t->cancelled = cancelled;
    }
}

static void test_pages_that_failed_are_counted_by_class(void **state)
{
    (void)state;
    add_flat("download", "libuv", "", 1e6, 7);
    tally_last(7, 70, 70, 0, "");
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "succeeded"));
    tally_last(6, 70, 65, 1, "refused=3 reset=1");
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text,
                           "\n    of 490 pages 460 succeeded, 18 refused, "
                           "6 reset, 6 cancelled\n"));
    /* Old results do not know. */
    tally_last(7, 0, 0, 0, "");
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "succeeded"));
}

static void test_sites_that_are_to_fail_need_no_note(void **state)
{
    (void)state;
    add_flat("faults", "libuv", "", 1e6, 2);
    tally_last(2, 48, 25, 0, "refused=1 reset=22");
    print_summary("# seed=1\n", false);
    assert_null(strstr(text, "succeeded"));
    find_sample("libuv", 1)->status = STATUS_WRONG;
    find_sample("libuv", 1)->errors = 1;
    strcpy(find_sample("libuv", 1)->text, "site 3, silent: never done");
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text, "of 96 sites 50 succeeded, 2 refused, 44 "
                                 "reset\n"));
    assert_non_null(strstr(text, "wrong in 1 of 2 samples, 1 site failed; "));
}

static void add_faults(unsigned n)
{
    static const char *const names[] = {"null", "sequential", "libuv",
                                        "thread-per-socket"};

    for (size_t i = 0; i < COUNT(names); i++)
        add_flat("faults", names[i], "", 1e6, n);
    add_visits(&sites, n);
}

static void test_equal_sites_are_a_sentence_of_a_report(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 2);
    add_faults(2);
    print_summary("# seed=1\n", false);
    unwrap();
    assert_non_null(strstr(text,
                           "\n- faults, n 25: each of the 23 faults and 5 "
                           "healthy kinds got the same outcome from all 4 "
                           "models, and the same bytes where the server "
                           "closes the connection\n"));
    assert_null(strstr(text, "connect-timeout"));
}

static void test_a_run_of_faults_has_the_matrix(void **state)
{
    (void)state;
    add_faults(2);
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "\nThe fault matrix: how each site of faults, n "
                              "25 ends\n  site            class +bytes "));
    assert_true(matches(text, "\n  deaf            connect-timeout +- "));
    assert_null(strstr(text, "differs"));
    check_width();
}

static void test_unequal_sites_have_the_matrix_and_a_mark(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 2);
    add_faults(2);
    set_class(site_of(visit_of(&sites, "sequential", 1), "redirect-loop"),
              OUTCOME_STATUS);
    site_of(visit_of(&sites, "null", 2), "plain")->bytes = 3;
    print_summary("# seed=1\n", false);
    assert_true(matches(text, "\n  redirect-loop   differs +[^\n]*\n"
                              "    status, too-many-redirects from sequential "
                              "\\(should be too-many-redirects\\)\n"));
    assert_true(matches(text, "\n  plain           ok +3 to [^\n]*\n"
                              "    other bytes from CPU floor \\(3 to "));
    check_width();
    unwrap();
    assert_non_null(strstr(text, "- faults, n 25: 2 of 28 kinds of site are "
                                 "wrong or differ between models; "
                                 "redirect-loop: status, too-many-redirects "
                                 "from sequential (should be "
                                 "too-many-redirects); plain: other bytes from "
                                 "CPU floor (3 to "));
}

/* The verdict. */

static int verdict(void)
{
    struct results results = {.table = &table, .matrices = &matrices};

    build();
    return summary_verdict(&results);
}

static void test_all_right_is_0(void **state)
{
    (void)state;
    assert_int_equal(verdict(), 0);
    add_flat("counter", "null", "", 1e6, 7);
    add_flat("download", "libuv", "", 1e6, 7);
    assert_int_equal(verdict(), 0);
}

static void lose(const char *model)
{
    struct sample *s = find_sample(model, 2);

    s->status = STATUS_WRONG;
    s->wrong_iterations = 1;
    s->lost_updates = 10;
}

static void test_a_model_that_may_lose_is_no_finding(void **state)
{
    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    lose("thread-per-socket");
    assert_int_equal(verdict(), 0);
    if (model_find("libuv")->absent)
        return;
    add_flat("counter-split", "libuv", "", 1e6, 7);
    lose("libuv");
    assert_int_equal(verdict(), 0);
}

static void test_a_broken_promise_is_1(void **state)
{
    static const struct {
        const char *workload, *model;
    } exact[] = {
        {"counter", "locked"},     {"counter-split", "locked"},
        {"counter", "libuv"},      {"counter", "sequential"},
        {"counter-split", "null"}, {"download", "thread-per-socket"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(exact); i++) {
        samples.n = 0;
        add_flat(exact[i].workload, exact[i].model, "", 1e6, 7);
        assert_int_equal(verdict(), 0);
        lose(exact[i].model);
        assert_int_equal(verdict(), 1);
    }
}

static void test_wrong_beyond_any_promise_is_1(void **state)
{
    (void)state;
    add_flat("counter", "thread-per-socket", "", 1e6, 7);
    lose("thread-per-socket");
    find_sample("thread-per-socket", 2)->broken_iterations = 1;
    assert_int_equal(verdict(), 1);
}

static void test_a_declaration_that_is_not_kept_is_1(void **state)
{
    (void)state;
    add_flat("counter", "libuv", "", 1e6, 7);
    for (uint32_t round = 1; round <= 3; round++)
        find_sample("libuv", round)->audit = AUDIT_SERIALISED;
    assert_int_equal(verdict(), 0);
    find_sample("libuv", 4)->audit = AUDIT_OVERLAPPING;
    assert_int_equal(verdict(), 1);
    for (uint32_t round = 1; round <= 7; round++)
        find_sample("libuv", round)->audit = AUDIT_ORIGIN_BOUND;
    assert_int_equal(verdict(), 0);
}

static void test_more_than_a_tenth_missing_is_5(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 20);
    find_sample("null", 3)->status = STATUS_CRASHED;
    find_sample("null", 9)->status = STATUS_HUNG;
    assert_int_equal(verdict(), 0);
    find_sample("null", 11)->status = STATUS_FAILED;
    assert_int_equal(verdict(), 5);
}

static void test_rounds_that_are_not_there_are_missing(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 20);
    add_flat("counter", "locked", "", 1e6, 18);
    assert_int_equal(verdict(), 0);
    samples.n--; /* a cell that was given up */
    assert_int_equal(verdict(), 5);
}

static void test_a_cell_that_is_not_calibrated_is_5(void **state)
{
    (void)state;
    add_flat("counter", "null", "", 1e6, 7);
    find_sample("null", 0)->status = STATUS_FAILED;
    assert_int_equal(verdict(), 5);
}

static void test_a_cell_of_a_busy_machine_is_3(void **state)
{
    (void)state;
    add_flat("counter", "locked", "", 1e6, 7);
    add_flat("counter", "null", "", 1e6, 7);
    find_sample("null", 3)->status = STATUS_DISTURBED;
    assert_int_equal(verdict(), 3);
    strcpy(find_sample("null", 3)->text, "the machine was busy");
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text, "inconclusive, 1 of 7 samples missing: the "
                                 "machine was busy"));
    find_sample("null", 4)->status = STATUS_DISTURBED;
    samples.n--; /* given up */
    assert_int_equal(verdict(), 3);
    /* A crash has another reason, and a lost update is a finding. */
    find_sample("null", 5)->status = STATUS_CRASHED;
    assert_int_equal(verdict(), 5);
    find_sample("null", 5)->status = STATUS_OK;
    lose("locked");
    assert_int_equal(verdict(), 1);
}

static void test_a_cell_that_a_busy_machine_did_not_calibrate_is_3(void **s)
{
    (void)s;
    add_flat("counter", "null", "", 1e6, 0);
    find_sample("null", 0)->status = STATUS_DISTURBED;
    assert_int_equal(verdict(), 3);
    print_summary("# seed=1\n", false);
    assert_non_null(strstr(text, "inconclusive, not measured: "));
}

static void test_a_cell_that_is_only_in_the_first_rounds_misses_none(void **s)
{
    (void)s;
    add_flat("counter", "null", "", 1e6, 7);
    add_flat("faults", "null", "", 1e6, 2);
    assert_int_equal(verdict(), 5);
    for (size_t i = samples.n - 3; i < samples.n; i++)
        samples.items[i].most_rounds = 2;
    assert_int_equal(verdict(), 0);
    samples.n--;
    assert_int_equal(verdict(), 5);
}

static void test_sites_that_differ_are_1(void **state)
{
    (void)state;
    add_faults(2);
    assert_int_equal(verdict(), 0);
    site_of(visit_of(&sites, "null", 2), "short-body")->bytes--;
    assert_int_equal(verdict(), 1);
    site_of(visit_of(&sites, "null", 2), "short-body")->bytes++;
    set_class(site_of(visit_of(&sites, "libuv", 1), "silent"),
              OUTCOME_CANCELLED);
    assert_int_equal(verdict(), 1);
}

static void test_what_is_left_open_is_1(void **state)
{
    (void)state;
    add_flat("counter", "libuv", "", 1e6, 5);
    find_sample("libuv", 0)->fds_left = 9; /* a calibration */
    find_sample("libuv", 1)->threads_left = 1;
    find_sample("libuv", 2)->threads_left = 1;
    /* One that was just joined may still be counted. */
    assert_int_equal(verdict(), 0);
    find_sample("libuv", 3)->fds_left = 1;
    assert_int_equal(verdict(), 1);
}

static void test_a_heap_that_grows_in_the_median_round_is_1(void **state)
{
    (void)state;
    add_flat("counter", "libuv", "", 1e6, 5);
    for (unsigned round = 1; round <= 5; round++)
        find_sample("libuv", round)->heap_growth_bytes = LEAK_BYTES;
    find_sample("libuv", 1)->heap_growth_bytes *= 100;
    find_sample("libuv", 2)->heap_growth_bytes *= 100;
    assert_int_equal(verdict(), 0);
    find_sample("libuv", 3)->heap_growth_bytes += 1;
    assert_int_equal(verdict(), 1);
}

static void test_5_beats_1(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        samples.n = 0;
        add_flat("counter", order ? "null" : "locked", "", 1e6, 7);
        add_flat("counter", order ? "locked" : "null", "", 1e6, 7);
        lose("locked");
        assert_int_equal(verdict(), 1);
        find_sample("null", 3)->status = STATUS_CRASHED;
        assert_int_equal(verdict(), 5);
    }
}

int main(void)
{
#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, start, finish)
    const struct CMUnitTest tests[] = {
        WITH_TABLE(test_slower_has_the_ratio_and_its_interval),
        WITH_TABLE(test_faster_is_the_inverse_with_its_ends_swapped),
        WITH_TABLE(test_an_interval_that_spans_one_separates_nothing),
        WITH_TABLE(test_the_interval_just_beside_one_separates),
        WITH_TABLE(test_a_claim_within_the_noise_of_pairs_is_called_so),
        WITH_TABLE(test_few_rounds_say_that_there_is_no_interval),
        WITH_TABLE(test_one_round_is_no_rounds),
        WITH_TABLE(test_a_missing_side_is_no_sentence),
        WITH_TABLE(test_a_wrong_side_is_said_and_not_ranked),
        WITH_TABLE(test_a_note_stands_behind),
        WITH_TABLE(test_lost_updates_have_their_share),
        WITH_TABLE(test_nothing_lost_is_said),
        WITH_TABLE(test_growth_is_the_exponent),
        WITH_TABLE(test_growth_needs_two_sizes),
        WITH_TABLE(test_neighbours_are_neighbours_by_size),
        WITH_TABLE(test_a_count_is_the_median_of_its_metric),
        WITH_TABLE(test_a_percentile_has_the_unit_of_its_metric),
        WITH_TABLE(test_each_model_is_compared_with_the_first),
        WITH_TABLE(test_a_ratio_has_as_many_digits_as_there_is_room_for),
        WITH_TABLE(test_the_base_is_the_one_that_was_named),
        WITH_TABLE(test_what_waits_in_memory_is_compared_if_it_is_named),
        WITH_TABLE(test_a_small_difference_is_within_noise),
        WITH_TABLE(test_a_broken_promise_has_no_ratio),
        WITH_TABLE(test_who_may_lose_has_a_ratio_and_what_it_loses),
        WITH_TABLE(test_an_interval_has_one_form),
        WITH_TABLE(test_sleepers_have_no_ratio_of_times),
        WITH_TABLE(test_an_interrupted_round_bars_nobody),
        WITH_TABLE(test_three_sizes_have_an_exponent_and_two_have_none),
        WITH_TABLE(test_a_crossover_is_between_clear_neighbours),
        WITH_TABLE(test_programs_get_the_same_findings),
        WITH_TABLE(test_every_ratio_has_its_interval_or_says_there_is_none),
        WITH_TABLE(test_every_row_has_its_interval_or_says_there_is_none),
        WITH_TABLE(test_an_interval_over_two_units_names_both),
        WITH_TABLE(test_wrong_cells_come_after_the_right_ones),
        WITH_TABLE(test_a_share_is_of_what_was_to_be_done),
        WITH_TABLE(test_what_the_audit_rejects_is_not_among_the_right),
        WITH_TABLE(test_a_cell_without_measurement_says_why),
        WITH_TABLE(test_times_of_pages_are_medians_of_percentiles),
        WITH_TABLE(test_lateness_and_bytes_of_sleepers_are_shown),
        WITH_TABLE(test_what_is_not_noticed_has_no_number),
        WITH_TABLE(test_fairness_is_shown_where_it_was_recorded),
        WITH_TABLE(test_a_map_is_shown_where_it_is_asked_for),
        WITH_TABLE(test_gaps_are_listed),
        WITH_TABLE(test_a_busy_machine_is_the_first_line),
        WITH_TABLE(test_colours_are_only_around_the_words),
        WITH_TABLE(test_no_line_is_over_100_columns),
        WITH_TABLE(test_no_note_is_over_100_columns),
        WITH_TABLE(test_no_gap_is_over_100_columns),
        WITH_TABLE(test_pages_that_failed_are_counted_by_class),
        WITH_TABLE(test_sites_that_are_to_fail_need_no_note),
        WITH_TABLE(test_equal_sites_are_a_sentence_of_a_report),
        WITH_TABLE(test_a_run_of_faults_has_the_matrix),
        WITH_TABLE(test_unequal_sites_have_the_matrix_and_a_mark),
        WITH_TABLE(test_all_right_is_0),
        WITH_TABLE(test_a_model_that_may_lose_is_no_finding),
        WITH_TABLE(test_a_broken_promise_is_1),
        WITH_TABLE(test_wrong_beyond_any_promise_is_1),
        WITH_TABLE(test_a_declaration_that_is_not_kept_is_1),
        WITH_TABLE(test_more_than_a_tenth_missing_is_5),
        WITH_TABLE(test_rounds_that_are_not_there_are_missing),
        WITH_TABLE(test_a_cell_that_is_not_calibrated_is_5),
        WITH_TABLE(test_a_cell_of_a_busy_machine_is_3),
        WITH_TABLE(test_a_cell_that_a_busy_machine_did_not_calibrate_is_3),
        WITH_TABLE(test_a_cell_that_is_only_in_the_first_rounds_misses_none),
        WITH_TABLE(test_sites_that_differ_are_1),
        WITH_TABLE(test_what_is_left_open_is_1),
        WITH_TABLE(test_a_heap_that_grows_in_the_median_round_is_1),
        WITH_TABLE(test_5_beats_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
