/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times become counts, and percentiles of any set of samples their sums. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/histogram.h"

static struct histogram h;

static int start(void **state)
{
    (void)state;
    h = (struct histogram){0};
    return 0;
}

/* For free(). */
static char *text_of(const struct histogram *of)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    histogram_print(of, out);
    fclose(out);
    return text;
}

static void test_any_time_is_known_within_one_percent(void **state)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    for (int bit = 0; bit < 64; bit++)
        for (int i = 0; i < 200; i++) {
            uint64_t ns = UINT64_C(1) << bit;
            double middle;

            ns += (uint64_t)(gsl_rng_uniform(random) * (double)(ns - 1));
            h = (struct histogram){0};
            for (int j = 0; j < 20; j++)
                histogram_add(&h, ns);
            assert_true(histogram_percentile(&h, 500, &middle));
            assert_near(middle, ns, ns < 128 ? 0 : 0.01);
        }
    gsl_rng_free(random);
    histogram_add(&h, 0);
    histogram_add(&h, UINT64_MAX);
    assert_int_equal(h.counts[0], 1);
    assert_int_equal(h.counts[HISTOGRAM_BUCKETS - 1], 1);
}

static void test_a_percentile_is_that_of_the_sorted_list(void **state)
{
    static const unsigned permille[] = {500, 900, 990, 999};
    static const size_t sizes[] = {20, 21, 99, 100, 999, 1000, 1001, 20000};
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double *times = calloc(sizes[i], sizeof(*times));

        h = (struct histogram){0};
        for (size_t j = 0; j < sizes[i]; j++) {
            uint64_t ns = (uint64_t)gsl_ran_lognormal(random, 16, 2);

            histogram_add(&h, ns);
            times[j] = (double)ns;
        }
        gsl_sort(times, 1, sizes[i]);
        for (size_t j = 0; j < COUNT(permille); j++) {
            size_t rank = (sizes[i] * permille[j] + 999) / 1000;
            double ns;

            if (histogram_percentile(&h, permille[j], &ns))
                assert_near(ns, times[rank - 1], 0.01);
            else
                assert_true(sizes[i] * (1000 - permille[j]) < 10000);
        }
        free(times);
    }
    gsl_rng_free(random);
}

static void test_a_percentile_needs_ten_longer_times(void **state)
{
    static const struct {
        unsigned permille;
        int least;
    } cases[] = {{500, 20}, {900, 100}, {990, 1000}, {999, 10000}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        double ns = -1;

        h = (struct histogram){0};
        for (int j = 1; j < cases[i].least; j++)
            histogram_add(&h, 1000);
        assert_false(histogram_percentile(&h, cases[i].permille, &ns));
        assert_near(ns, -1, 0);
        histogram_add(&h, 1000);
        assert_true(histogram_percentile(&h, cases[i].permille, &ns));
        assert_near(ns, 1000, 0.01);
    }
    assert_false(histogram_percentile(&h, 1000, &(double){0}));
}

static void test_a_sum_is_the_histogram_of_all_times(void **state)
{
    struct histogram a = {0}, b = {0};
    char *text;

    (void)state;
    for (uint64_t ns = 1; ns < 1000000; ns = ns * 3 / 2 + 1) {
        histogram_add(ns & 1 ? &a : &b, ns);
        histogram_add(&h, ns);
    }
    text = text_of(&b);
    assert_int_equal(histogram_add_text(&a, text), 0);
    assert_memory_equal(&a, &h, sizeof(h));
    free(text);
}

static void test_what_is_written_is_read(void **state)
{
    struct histogram back = {0};
    char *text = text_of(&h);

    (void)state;
    assert_string_equal(text, "");
    free(text);
    for (uint64_t ns = 1; ns < 1000000; ns = ns * 3 / 2 + 1)
        histogram_add(&h, ns);
    text = text_of(&h);
    assert_int_equal(histogram_add_text(&back, text), 0);
    assert_memory_equal(&back, &h, sizeof(h));
    free(text);
}

static void test_a_damaged_text_adds_nothing(void **state)
{
    static const char *const bad[] = {"1",          "1=",   "=1",   "1=2 x=1",
                                      "1=2 3776=1", "1=-1", "-1=1", "1=2,3=4",
                                      "1=2 3",      "1 =2", "1x=2"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(histogram_add_text(&h, bad[i]), -EINVAL);
        assert_int_equal(h.n, 0);
        assert_int_equal(h.counts[1], 0);
    }
    assert_int_equal(histogram_add_text(&h, "3775=1"), 0);
    assert_int_equal(h.n, 1);
}

int main(void)
{
#define FACT(test) cmocka_unit_test_setup(test, start)
    const struct CMUnitTest tests[] = {
        FACT(test_any_time_is_known_within_one_percent),
        FACT(test_a_percentile_is_that_of_the_sorted_list),
        FACT(test_a_percentile_needs_ten_longer_times),
        FACT(test_a_sum_is_the_histogram_of_all_times),
        FACT(test_what_is_written_is_read),
        FACT(test_a_damaged_text_adds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
