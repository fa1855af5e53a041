/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `baton demo noise` computes. */
#include "tests/unit/unit.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/demo_noise.h"

enum { MANY = 400 };

static double p_of(const double *times, size_t n, size_t m)
{
    double p = -1;

    assert_int_equal(mann_whitney(times, n, m, &p), 0);
    return p;
}

static double two_sided(double z)
{
    return erfc(z / sqrt(2));
}

/* U = 0, mean 4.5, variance 9 / 12 * 7 = 5.25. */
static void test_mann_whitney_by_hand(void **state)
{
    const double ab[] = {3, 1, 2, 6, 4, 5}, ba[] = {6, 4, 5, 3, 1, 2};

    (void)state;
    assert_near(p_of(ab, 3, 3), two_sided(4 / sqrt(5.25)), 1e-12);
    assert_near(p_of(ab, 3, 3), 0.0808556, 1e-6);
    assert_near(p_of(ba, 3, 3), p_of(ab, 3, 3), 1e-12);
}

/*
 * Ranks 1, 3 3 3, 5.5 5.5, 7, 8; those of a sum up to 12.5, so U = 2.5; mean 8;
 * ties 3^3 - 3 + 2^3 - 2 = 30; variance 16 / 12 * (9 - 30 / 56).
 */
static void test_mann_whitney_with_ties_by_hand(void **state)
{
    const double times[] = {2, 1, 3, 2, 5, 3, 2, 4};
    double variance = 16.0 / 12 * (9 - 30.0 / 56);

    (void)state;
    assert_near(p_of(times, 4, 4), two_sided(5 / sqrt(variance)), 1e-12);
    assert_near(p_of(times, 4, 4), 0.1366583, 1e-6);
}

/* U = 4 of 6, mean 3, variance 6 / 12 * 6 = 3. */
static void test_mann_whitney_of_unequal_counts(void **state)
{
    const double times[] = {2, 5, 1, 3, 4};

    (void)state;
    assert_near(p_of(times, 2, 3), two_sided(0.5 / sqrt(3)), 1e-12);
}

static void test_equal_values_are_no_evidence(void **state)
{
    const double equal[] = {7, 7, 7, 7, 7, 7};
    const double same[] = {1, 2, 2, 1, 1, 2, 2, 1};

    (void)state;
    assert_near(p_of(equal, 3, 3), 1, 0);
    assert_near(p_of(same, 4, 4), 1, 0);
}

static void test_blocks_are_the_halves(void **state)
{
    const double times[] = {5, 1, 3, 6, 2, 4.5, 1000};
    struct noise_blocks b;

    (void)state;
    assert_int_equal(noise_blocks(times, 7, &b), 0);
    assert_near(b.a, 3, 0);
    assert_near(b.b, 4.5, 0);
    assert_near(b.ratio, 1.5, 1e-12);
    assert_near(b.p, p_of(times, 3, 3), 0);
    assert_false(b.alarm); /* large, and not significant */
}

static void test_an_alarm_is_large_and_significant(void **state)
{
    double times[MANY];
    struct noise_blocks b;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        times[i] = 100 + (double)(i % 5) * 0.01 + (i < MANY / 2 ? 0 : 1.9);
    assert_int_equal(noise_blocks(times, MANY, &b), 0);
    assert_true(b.p < 1e-9);
    assert_false(b.alarm); /* 1.9 % */
    for (size_t i = MANY / 2; i < MANY; i++)
        times[i] += 0.3;
    assert_int_equal(noise_blocks(times, MANY, &b), 0);
    assert_true(b.alarm);
    for (size_t i = 0; i < MANY; i++) /* the other way round */
        times[i] = 1 / times[i];
    assert_int_equal(noise_blocks(times, MANY, &b), 0);
    assert_true(b.alarm);
    assert_true(b.ratio < 1);
}

static void test_the_order_is_abba_or_baab(void **state)
{
    bool order[MANY], again[MANY], other[MANY];
    size_t b_first = 0;

    (void)state;
    assert_int_equal(noise_order(1, MANY, order), 0);
    for (size_t i = 0; i < MANY; i += 2) {
        assert_true(order[i] != order[i + 1]);
        b_first += order[i];
    }
    assert_true(b_first > MANY / 8 && b_first < MANY / 2 - MANY / 8);
    assert_int_equal(noise_order(1, MANY, again), 0);
    assert_memory_equal(order, again, sizeof(order));
    assert_int_equal(noise_order(2, MANY, other), 0);
    assert_memory_not_equal(order, other, sizeof(order));
}

/* AB BA AB ...: B takes 1.1 times as long in each, whatever the speed. */
static void test_pairs_find_what_is_there(void **state)
{
    double times[24];
    bool b_first[12];
    struct noise_pairs p;

    (void)state;
    for (size_t i = 0; i < 12; i++) {
        double a = 10 + (double)i * 7;

        b_first[i] = i % 2;
        times[2 * i + b_first[i]] = a;
        times[2 * i + !b_first[i]] = a * 1.1;
    }
    assert_int_equal(noise_pairs(times, 12, b_first, &p), 0);
    assert_int_equal(p.ratio.n, 12);
    assert_near(p.ratio.median, 1.1, 1e-12);
    assert_near(p.ratio.low, 1.1, 1e-12);
    assert_near(p.ratio.high, 1.1, 1e-12);
    assert_true(p.alarm);
}

static void test_few_pairs_raise_no_alarm(void **state)
{
    const double times[] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    const bool b_first[5] = {false};
    struct noise_pairs p;

    (void)state;
    assert_int_equal(noise_pairs(times, 5, b_first, &p), 0);
    assert_near(p.ratio.median, 2, 1e-12);
    assert_false(estimate_has_interval(&p.ratio));
    assert_false(p.alarm);
}

/* A machine that is 20 % slower from `slow` on; every sample scatters by 3 %.
 */
static void simulate(double times[MANY], size_t slow)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    gsl_rng_set(random, 77);
    for (size_t i = 0; i < MANY; i++)
        times[i] = gsl_ran_lognormal(random, 10, 0.03) * (i < slow ? 1 : 1.2);
    gsl_rng_free(random);
}

static void answer(const double times[MANY], struct noise_blocks *b,
                   struct noise_pairs *p, struct noise_windows *w)
{
    bool order[MANY / 2];

    assert_int_equal(noise_order(1, MANY / 2, order), 0);
    assert_int_equal(noise_blocks(times, MANY, b), 0);
    assert_int_equal(noise_pairs(times, MANY / 2, order, p), 0);
    assert_int_equal(noise_windows(times, MANY, 1, w), 0);
}

static void test_a_steady_machine_makes_both_agree(void **state)
{
    double times[MANY];
    struct noise_blocks b;
    struct noise_pairs p;
    struct noise_windows w;

    (void)state;
    simulate(times, MANY);
    answer(times, &b, &p, &w);
    assert_false(b.alarm);
    assert_false(p.alarm);
    assert_true(estimate_spans(&p.ratio, 1));
    assert_int_equal(w.n, MANY - NOISE_WINDOW + 1);
    assert_true(w.blocks < w.n / 8);
    assert_true(w.pairs < w.n / 8);
}

static void test_a_change_of_speed_makes_them_contradict(void **state)
{
    double times[MANY];
    struct noise_blocks b;
    struct noise_pairs p;
    struct noise_windows w;

    (void)state;
    simulate(times, MANY / 2);
    answer(times, &b, &p, &w);
    assert_true(b.alarm);
    assert_true(b.p < 1e-9);
    assert_near(b.ratio, 1.2, 0.01);
    assert_false(p.alarm);
    assert_true(estimate_spans(&p.ratio, 1));
    /* Those that hold the change, less a few at its edges. */
    assert_true(w.blocks > NOISE_WINDOW / 2);
    assert_true(w.pairs < w.n / 8);
}

static void test_windows_are_all_that_fit(void **state)
{
    double times[MANY];
    struct noise_windows w;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        times[i] = 5;
    for (size_t n = 0; n < 100; n++) {
        assert_int_equal(noise_windows(times, n, 1, &w), 0);
        assert_int_equal(w.n, n < NOISE_WINDOW ? 0 : n - NOISE_WINDOW + 1);
        assert_int_equal(w.blocks + w.pairs, 0);
    }
}

static void test_the_data_of_the_figure(void **state)
{
    double times[101];
    struct noise_blocks b;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    for (size_t i = 0; i < 101; i++)
        times[i] = (i < 50 ? 2e6 : 3e6) + (double)(i % 50) * 1e4;
    times[7] = 9e7;
    times[100] = 1e9; /* in neither half */
    assert_int_equal(noise_blocks(times, 101, &b), 0);
    assert_int_equal(noise_figure(times, 101, &b, out), 0);
    fclose(out);
    assert_true(matches(text, "^row\thalf\tnumber\tuntil\ttime\tlow\thigh\t"
                              "clipped\tlabel\n"));
    assert_true(matches(text, "\naxis\t\t0\t101\t\t1\\.[0-9]+\t3\\.[0-9]+\t\t"
                              "ms\n"));
    assert_true(matches(text, "\ncut\t\t50\\.5\t"));
    assert_true(matches(text, "\nsample\tA\t1\t\t2\t\t\t0\t\n"));
    assert_true(matches(text, "\nsample\tA\t8\t\t3\\.[0-9]+\t\t\t1\t\n"));
    assert_true(matches(text, "\nsample\tB\t100\t\t3\\.49\t\t\t0\t\n"));
    assert_null(strstr(text, "sample\tB\t101"));
    assert_true(matches(text, "\nmedian\tA\t1\t50\t2\\.25[0-9]*\t\t\t\t"
                              "median of A: 2\\.2[0-9] ms\n"));
    assert_true(matches(text, "\nmedian\tB\t51\t100\t3\\.245\t\t\t\t"
                              "median of B: 3\\.2[45] ms\n$"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mann_whitney_by_hand),
        cmocka_unit_test(test_mann_whitney_with_ties_by_hand),
        cmocka_unit_test(test_mann_whitney_of_unequal_counts),
        cmocka_unit_test(test_equal_values_are_no_evidence),
        cmocka_unit_test(test_blocks_are_the_halves),
        cmocka_unit_test(test_an_alarm_is_large_and_significant),
        cmocka_unit_test(test_the_order_is_abba_or_baab),
        cmocka_unit_test(test_pairs_find_what_is_there),
        cmocka_unit_test(test_few_pairs_raise_no_alarm),
        cmocka_unit_test(test_a_steady_machine_makes_both_agree),
        cmocka_unit_test(test_a_change_of_speed_makes_them_contradict),
        cmocka_unit_test(test_windows_are_all_that_fit),
        cmocka_unit_test(test_the_data_of_the_figure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
