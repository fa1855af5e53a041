/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are the intervals what the books say, and do they cover what they claim? */
#include "tests/unit/unit.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

#include "harness/results/pooled.h"
#include "harness/results/statistics.h"

enum { MAX_N = 64 };

/* 1..n, last first: whoever forgets to sort is found out. */
static struct estimate of_ranks(size_t n)
{
    double values[MAX_N];

    for (size_t i = 0; i < n; i++)
        values[i] = (double)(n - i);
    return estimate_median(values, n);
}

static void check_ranks(size_t n, unsigned r, double coverage)
{
    struct estimate e = of_ranks(n);

    assert_int_equal(e.n, n);
    assert_true(estimate_has_interval(&e));
    assert_near(e.low, r, 0);
    assert_near(e.high, (double)(n + 1 - r), 0);
    assert_near(e.coverage, coverage, 1e-4);
}

static void test_a_copy_leaves_the_order(void **state)
{
    const double values[] = {3, 1, 2};
    struct estimate e;

    (void)state;
    assert_int_equal(estimate_copy(values, COUNT(values), &e), 0);
    assert_near(e.median, 2, 0);
    assert_near(values[0], 3, 0);
    assert_int_equal(estimate_copy(values, 0, &e), 0);
    assert_int_equal(e.n, 0);
    assert_near(e.median, 0, 0);
}

static void test_intervals_are_those_of_the_tables(void **state)
{
    (void)state;
    check_ranks(6, 1, 0.96875);
    check_ranks(7, 1, 0.984375);
    check_ranks(8, 1, 0.9921875);
    check_ranks(9, 2, 0.9609375);
    check_ranks(12, 3, 0.96142578);
    check_ranks(20, 6, 0.95861053);
    check_ranks(25, 8, 0.95671451);
    check_ranks(50, 18, 0.96716);
}

static void test_fewer_than_six_values_have_no_interval(void **state)
{
    (void)state;
    for (size_t n = 0; n < 6; n++) {
        struct estimate e = of_ranks(n);

        assert_int_equal(e.n, n);
        assert_false(estimate_has_interval(&e));
        assert_true(estimate_spans(&e, 12345));
    }
}

static void test_coverage_is_the_least_that_reaches_95_percent(void **state)
{
    (void)state;
    for (size_t n = 6; n <= MAX_N; n++) {
        struct estimate e = of_ranks(n);
        unsigned r = (unsigned)e.low;
        double term = pow(0.5, (double)n), below = 0;

        assert_near(e.low + e.high, (double)(n + 1), 0);
        for (unsigned k = 0; k < r; k++) {
            below += term;
            term *= (double)(n - k) / (double)(k + 1);
        }
        assert_near(e.coverage, 1 - 2 * below, 1e-9);
        assert_true(e.coverage >= 0.95);
        assert_true(1 - 2 * (below + term) < 0.95);
    }
}

static void test_median_of_even_and_odd_counts(void **state)
{
    double odd[] = {9, 1, 5}, even[] = {8, 1, 2, 4}, one[] = {3};

    (void)state;
    assert_near(estimate_median(odd, 3).median, 5, 0);
    assert_near(estimate_median(even, 4).median, 3, 0);
    assert_near(estimate_median(one, 1).median, 3, 0);
    assert_near(estimate_median(NULL, 0).median, 0, 0);
}

static void test_an_interval_spans_its_ends(void **state)
{
    struct estimate e = of_ranks(7);

    (void)state;
    assert_true(estimate_spans(&e, 1));
    assert_true(estimate_spans(&e, 4));
    assert_true(estimate_spans(&e, 7));
    assert_false(estimate_spans(&e, 0.999));
    assert_false(estimate_spans(&e, 7.001));
}

static void test_a_ratio_turned_over_is_the_inverse(void **state)
{
    double there[8], back[8];
    struct estimate a, b;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        there[i] = log(2 + 0.1 * (double)i);
        back[i] = -there[i];
    }
    a = estimate_exp(estimate_median(there, 8));
    b = estimate_exp(estimate_median(back, 8));
    assert_near(a.low, 2, 1e-12);
    assert_near(a.high, 2.7, 1e-12);
    assert_near(a.median, sqrt(2.3 * 2.4), 1e-12);
    assert_near(a.median * b.median, 1, 1e-12);
    assert_near(a.low * b.high, 1, 1e-12);
    assert_near(a.high * b.low, 1, 1e-12);
    assert_near(a.coverage, b.coverage, 0);
}

static void test_no_interval_stays_none_as_a_ratio(void **state)
{
    double values[] = {0, log(4)};
    struct estimate e = estimate_exp(estimate_median(values, 2));

    (void)state;
    assert_near(e.median, 2, 1e-12);
    assert_false(estimate_has_interval(&e));
}

static void test_slope_is_the_exponent_of_a_power_law(void **state)
{
    const double n[] = {1, 3, 10, 30, 100}, exponents[] = {-1, 0, 0.5, 1, 2};

    (void)state;
    for (size_t k = 0; k < COUNT(exponents); k++) {
        double x[COUNT(n)], y[COUNT(n)];

        for (size_t i = 0; i < COUNT(n); i++) {
            x[i] = log(n[i]);
            y[i] = log(123.0 * pow(n[i], exponents[k]));
        }
        assert_true(fabs(slope(x, y, COUNT(n)) - exponents[k]) < 1e-12);
        assert_true(fabs(slope(x, y, 2) - exponents[k]) < 1e-12);
    }
}

/* How often the interval held the true median, 1, of a skewed distribution. */
static double simulate(gsl_rng *random, size_t n, unsigned times)
{
    unsigned held = 0;

    for (unsigned t = 0; t < times; t++) {
        double values[MAX_N];
        struct estimate e;

        for (size_t i = 0; i < n; i++)
            values[i] = gsl_ran_lognormal(random, 0, 2);
        e = estimate_median(values, n);
        held += estimate_spans(&e, 1);
    }
    return (double)held / times;
}

static void test_coverage_holds_on_skewed_data(void **state)
{
    const size_t sizes[] = {6, 7, 9, 12, 20, 33};
    enum { TIMES = 20000 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    gsl_rng_set(random, 1234);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double claimed = of_ranks(sizes[i]).coverage;
        double reached = simulate(random, sizes[i], TIMES);
        double sigma = sqrt(claimed * (1 - claimed) / TIMES);

        assert_true(reached >= 0.95);
        assert_true(fabs(reached - claimed) < 4 * sigma);
    }
    gsl_rng_free(random);
}

/* How often the interval of two samples held the true difference, 0. */
static double simulate_two(gsl_rng *random, size_t n, size_t m, unsigned times,
                           double (*draw)(gsl_rng *random))
{
    unsigned held = 0;

    for (unsigned t = 0; t < times; t++) {
        double a[MAX_N], b[MAX_N];
        struct estimate e;

        for (size_t i = 0; i < n; i++)
            a[i] = draw(random);
        for (size_t i = 0; i < m; i++)
            b[i] = draw(random);
        e = estimate_difference(a, n, b, m);
        held += e.low <= 0 && 0 <= e.high;
    }
    return (double)held / times;
}

static double draw_normal(gsl_rng *random)
{
    return gsl_ran_gaussian(random, 1);
}

static double draw_skewed(gsl_rng *random)
{
    return log(gsl_ran_exponential(random, 1));
}

/* One time in six is slow, as on a busy machine. */
static double draw_busy(gsl_rng *random)
{
    return gsl_ran_gaussian(random, 0.05) +
           (gsl_rng_uniform(random) < 1. / 6 ? 3 * gsl_rng_uniform(random) : 0);
}

static void test_coverage_holds_for_two_unpaired_samples(void **state)
{
    double (*const draws[])(gsl_rng *) = {draw_normal, draw_skewed, draw_busy};
    const size_t sizes[][2] = {{6, 6}, {7, 7}, {9, 12}, {6, 30}, {33, 33}};
    enum { TIMES = 8000 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    gsl_rng_set(random, 1234);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t j = 0; j < COUNT(draws); j++)
            assert_true(simulate_two(random, sizes[i][0], sizes[i][1], TIMES,
                                     draws[j]) >= 0.945);
    gsl_rng_free(random);
}

static void test_a_difference_is_that_of_the_medians(void **state)
{
    double a[] = {7, 9, 8, 6, 5, 10}, b[] = {1, 2, 3, 4, 5, 6, 7};
    struct estimate e = estimate_difference(a, 6, b, 7), back;

    (void)state;
    assert_int_equal(e.n, 6);
    assert_near(e.median, 3.5, 1e-12);
    assert_near(e.low + e.high, 7, 1e-12);
    assert_true(e.low < 3.5);
    back = estimate_difference(b, 7, a, 6);
    assert_near(back.low, -e.high, 1e-12);
    e = estimate_difference(a, 6, b, 5);
    assert_false(estimate_has_interval(&e));
    e = estimate_difference(a, 0, b, 5);
    assert_int_equal(e.n, 0);
}

/* A trial of the vaccine: ill and healthy of the treated, and of the others. */
struct trial {
    double ill, well, other_ill, other_well;
};

static double log_risk(const struct trial *t)
{
    return log(t->ill / (t->ill + t->well) /
               (t->other_ill / (t->other_ill + t->other_well)));
}

static double variance_of(const struct trial *t)
{
    return 1 / t->ill - 1 / (t->ill + t->well) + 1 / t->other_ill -
           1 / (t->other_ill + t->other_well);
}

/*
 * The 13 trials of Colditz et al. (Journal of the American Medical Association
 * 271, 698, 1994), a worked example of many books: with the estimate of
 * DerSimonian and Laird, the pooled log risk ratio is -0.714.
 */
static const struct trial trials[] = {
    {4, 119, 11, 128},       {6, 300, 29, 274},        {3, 228, 11, 209},
    {62, 13536, 248, 12619}, {33, 5036, 47, 5761},     {180, 1361, 372, 1079},
    {8, 2537, 10, 619},      {505, 87886, 499, 87892}, {29, 7470, 45, 7232},
    {17, 1699, 65, 1600},    {186, 50448, 141, 27197}, {5, 2493, 3, 2338},
    {27, 16886, 29, 17825},
};

static void test_pooled_is_the_worked_example_of_the_books(void **state)
{
    double effects[COUNT(trials)], variances[COUNT(trials)];
    struct estimate e;

    (void)state;
    for (size_t i = 0; i < COUNT(trials); i++) {
        effects[i] = log_risk(&trials[i]);
        variances[i] = variance_of(&trials[i]);
    }
    e = estimate_pooled(effects, variances, COUNT(trials));
    assert_int_equal(e.n, 13);
    assert_near(e.median, -0.7141, 1e-4);
    assert_near(e.low, -1.1078, 1e-4);
    assert_near(e.high, -0.3204, 1e-4);
    assert_near(e.coverage, 0.95, 0);
}

/* By hand: the mean 2, the variance 2.5, the quantile 2.7764 of t with 4. */
static void
test_pooled_of_equal_variances_is_an_interval_of_student(void **state)
{
    const double effects[] = {1, 2, 3, 4, 0};
    const double variances[] = {0.1, 0.1, 0.1, 0.1, 0.1};
    struct estimate e = estimate_pooled(effects, variances, 5);

    (void)state;
    assert_near(e.median, 2, 1e-12);
    assert_near(e.high - e.median, 2.7764451 * sqrt(2.5 / 5), 1e-6);
    assert_near(e.median - e.low, 2.7764451 * sqrt(2.5 / 5), 1e-6);
}

/* Less than the noise between them: no variance is below 0. */
static void test_pooled_of_hosts_that_agree_weights_by_noise(void **state)
{
    const double effects[] = {1, 1.1}, variances[] = {1, 3};
    struct estimate e = estimate_pooled(effects, variances, 2);

    (void)state;
    assert_near(e.median, 1.025, 1e-12);
}

static void test_the_variance_is_that_of_a_normal_distribution(void **state)
{
    const struct estimate ratio = {.n = 7,
                                   .median = 1,
                                   .low = exp(-1.96),
                                   .high = exp(1.96),
                                   .coverage = 0.95};
    const struct estimate same = {
        .n = 7, .median = 1, .low = 1, .high = 1, .coverage = 0.95};

    (void)state;
    assert_near(estimate_log_variance(&ratio), 1, 1e-4);
    assert_true(estimate_log_variance(&same) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copy_leaves_the_order),
        cmocka_unit_test(test_intervals_are_those_of_the_tables),
        cmocka_unit_test(test_fewer_than_six_values_have_no_interval),
        cmocka_unit_test(test_coverage_is_the_least_that_reaches_95_percent),
        cmocka_unit_test(test_median_of_even_and_odd_counts),
        cmocka_unit_test(test_an_interval_spans_its_ends),
        cmocka_unit_test(test_a_ratio_turned_over_is_the_inverse),
        cmocka_unit_test(test_no_interval_stays_none_as_a_ratio),
        cmocka_unit_test(test_pooled_is_the_worked_example_of_the_books),
        cmocka_unit_test(
            test_pooled_of_equal_variances_is_an_interval_of_student),
        cmocka_unit_test(test_pooled_of_hosts_that_agree_weights_by_noise),
        cmocka_unit_test(test_the_variance_is_that_of_a_normal_distribution),
        cmocka_unit_test(test_slope_is_the_exponent_of_a_power_law),
        cmocka_unit_test(test_coverage_holds_on_skewed_data),
        cmocka_unit_test(test_a_difference_is_that_of_the_medians),
        cmocka_unit_test(test_coverage_holds_for_two_unpaired_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
