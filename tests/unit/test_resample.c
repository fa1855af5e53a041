/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many checks from the pairs of one, and what certificates say of them. */
#include "tests/unit/unit.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/certificate.h"
#include "harness/check/decide.h"
#include "harness/check/resample.h"

static const struct rules rules = {
    .threshold = 0.02, .screen = 0.05, .alpha = 0.002, .control = 0.001};

enum { PAIRS = 240, CONTROLS = 80, SCREEN = 20, SUITES = 200 };

static double pairs[2][PAIRS], control[2][CONTROLS];

/* Two cells with this much noise in them. */
static struct recorded *record(double scatter)
{
    static struct recorded recorded[2];
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    gsl_rng_set(random, 9);
    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < PAIRS; i++)
            pairs[c][i] = gsl_ran_gaussian(random, scatter);
        for (size_t i = 0; i < CONTROLS; i++)
            control[c][i] = gsl_ran_gaussian(random, scatter);
        recorded[c] = (struct recorded){.pairs = pairs[c],
                                        .n = PAIRS,
                                        .control = control[c],
                                        .n_control = CONTROLS};
    }
    gsl_rng_free(random);
    return recorded;
}

static struct resampling draw(const struct recorded *recorded, double slowdown)
{
    const struct resample_setup setup = {.rules = &rules,
                                         .seed = 5,
                                         .suites = SUITES,
                                         .screen = SCREEN,
                                         .slowdown = slowdown};
    struct resampling result;

    assert_int_equal(resample(&setup, recorded, 2, &result), 0);
    assert_int_equal(result.suites, SUITES);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(result.cells[i].checks, SUITES);
    return result;
}

static void test_without_noise_nothing_is_red(void **state)
{
    struct resampling r = draw(record(0), 0);

    (void)state;
    assert_int_equal(r.red, 0);
    assert_int_equal(r.improved, 0);
    assert_int_equal(r.disturbed, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r.cells[i].passed, SUITES);
        assert_int_equal(r.cells[i].covered, SUITES);
    }
    free(r.cells);
}

static void test_without_noise_any_slowdown_is_seen(void **state)
{
    const double slowdowns[] = {0.021, 0.1, 0.5};

    (void)state;
    for (size_t k = 0; k < COUNT(slowdowns); k++) {
        struct resampling r = draw(record(0), slowdowns[k]);

        assert_int_equal(r.red, SUITES);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(r.cells[i].regressed, SUITES);
            assert_int_equal(r.cells[i].passed, 0);
            assert_int_equal(r.cells[i].improved, 0);
        }
        free(r.cells);
    }
}

/* Slower by less than the threshold: all pairs are, and it passes. */
static void test_a_slowdown_below_the_threshold_passes(void **state)
{
    struct resampling r = draw(record(0), 0.019);

    (void)state;
    assert_int_equal(r.red, 0);
    assert_int_equal(r.cells[0].passed, SUITES);
    free(r.cells);
}

static void test_a_faster_candidate_is_an_improvement(void **state)
{
    struct resampling r = draw(record(0), -0.1);

    (void)state;
    assert_int_equal(r.improved, SUITES);
    assert_int_equal(r.red, 0);
    assert_int_equal(r.cells[1].improved, SUITES);
    free(r.cells);
}

static void test_noise_hides_and_size_shows(void **state)
{
    unsigned before = 0;

    (void)state;
    for (double slowdown = 0.01; slowdown < 0.3; slowdown *= 2) {
        struct resampling r = draw(record(0.05), slowdown);

        assert_true(r.cells[0].regressed >= before);
        assert_in_range(r.cells[0].covered, SUITES * 85 / 100, SUITES);
        before = r.cells[0].regressed;
        free(r.cells);
    }
    assert_int_equal(before, SUITES);
}

/* One red cell makes a suite red, and one suite is one, however many cells. */
static void test_suites_and_cells_are_counted_apart(void **state)
{
    (void)state;
    for (size_t red = 0; red < 2; red++) {
        struct recorded *recorded = record(0);
        struct resampling r;

        for (size_t i = 0; i < PAIRS; i++)
            pairs[red][i] = 0.1;
        r = draw(recorded, 0);
        assert_int_equal(r.red, SUITES);
        assert_int_equal(r.cells[1 - red].passed, SUITES);
        assert_int_equal(r.cells[1 - red].regressed, 0);
        assert_int_equal(r.cells[red].regressed, SUITES);
        assert_int_equal(r.cells[red].covered, 0); /* the truth is 1 */
        free(r.cells);
    }
}

static void test_a_disturbed_control_is_counted(void **state)
{
    struct recorded *recorded = record(0);
    struct resampling r;

    (void)state;
    for (size_t i = 0; i < CONTROLS; i++)
        control[0][i] = control[1][i] = 0.05;
    r = draw(recorded, 0.1); /* 12 pairs of both: 2 * 2^-12 is below 0.001 */
    assert_int_equal(r.disturbed, SUITES);
    assert_int_equal(r.red, 0);
    free(r.cells);
}

static void test_no_control_is_no_disturbance(void **state)
{
    struct recorded *recorded = record(0);
    struct resampling r;

    (void)state;
    recorded[0].n_control = recorded[1].n_control = 0;
    r = draw(recorded, 0.1);
    assert_int_equal(r.disturbed, 0);
    assert_int_equal(r.red, SUITES);
    free(r.cells);
}

/* Windows. */

struct witness {
    size_t first[SUITES][2];
    double median[SUITES][2];
    unsigned n;
};

static void on_suite(void *context, unsigned suite, const size_t begun[],
                     const struct checked cells[], size_t n)
{
    struct witness *w = context;

    assert_int_equal(suite, w->n++);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
        w->first[suite][i] = begun[i];
        w->median[suite][i] = cells[i].ratio.median;
    }
}

static struct witness watch(const struct recorded *recorded, uint64_t seed)
{
    struct witness w = {.n = 0};
    const struct resample_setup setup = {.rules = &rules,
                                         .seed = seed,
                                         .suites = SUITES,
                                         .screen = SCREEN,
                                         .on_suite = on_suite,
                                         .context = &w};
    struct resampling result;

    assert_int_equal(resample(&setup, recorded, 2, &result), 0);
    assert_int_equal(w.n, SUITES);
    free(result.cells);
    return w;
}

static void test_a_seed_gives_the_same_checks(void **state)
{
    static struct witness a, b;

    (void)state;
    a = watch(record(0.05), 1);
    b = watch(record(0.05), 1);
    assert_memory_equal(&a, &b, sizeof(a));
    b = watch(record(0.05), 2);
    assert_memory_not_equal(a.first, b.first, sizeof(a.first));
}

static double by_hand(const double from[], size_t first)
{
    double screen[SCREEN], fresh[DECIDE_FRESH * SCREEN];
    struct estimate e;

    for (size_t i = 0; i < SCREEN; i++)
        screen[i] = from[(first + i) % PAIRS];
    for (size_t i = 0; i < COUNT(fresh); i++)
        fresh[i] = from[(first + SCREEN + i) % PAIRS];
    if (decide_suspect(&rules, screen, SCREEN))
        e = estimate_median(fresh, COUNT(fresh));
    else
        e = estimate_median(screen, SCREEN);
    return exp(e.median);
}

static void test_windows_begin_with_a_block_and_wrap(void **state)
{
    static struct witness w;
    bool wrapped = false, last = false;

    (void)state;
    w = watch(record(0.05), 3);
    for (unsigned i = 0; i < SUITES; i++)
        for (size_t c = 0; c < 2; c++) {
            assert_int_equal(w.first[i][c] % 2, 0);
            assert_in_range(w.first[i][c], 0, PAIRS - 2);
            assert_near(w.median[i][c], by_hand(pairs[c], w.first[i][c]),
                        1e-12);
            wrapped |= w.first[i][c] + SCREEN > PAIRS;
            last |= w.first[i][c] == PAIRS - 2;
        }
    assert_true(wrapped && last);
}

static void test_two_pairs_are_enough_to_go_round(void **state)
{
    struct recorded *recorded = record(0);
    struct resampling r;

    (void)state;
    recorded[0].n = recorded[1].n = 2;
    recorded[0].n_control = recorded[1].n_control = 1;
    r = draw(recorded, 0.1);
    assert_int_equal(r.red, SUITES);
    free(r.cells);
}

/* Certificates. */

static void test_bound_is_clopper_and_pearsons(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 1000; n = n * 3 / 2 + 1)
        assert_near(certificate_bound(0, n), 1 - pow(0.05, 1.0 / n), 1e-9);
    assert_near(certificate_bound(0, 40), 0.0722, 0.001);
    assert_near(certificate_bound(1, 20), 0.2161, 0.0005);
    assert_near(certificate_bound(2, 20), 0.2826, 0.0005);
    assert_near(certificate_bound(5, 10), 0.7776, 0.0005);
    assert_near(certificate_bound(20, 20), 1, 0);
    assert_near(certificate_bound(0, 0), 1, 0);
}

/* By its definition: so few are seen in 5 % of all such series. */
static void test_bound_is_what_makes_it_rare(void **state)
{
    const struct {
        unsigned r, n;
    } rows[] = {{0, 40}, {1, 40}, {3, 100}, {10, 1000}, {7, 9}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        double p = certificate_bound(rows[i].r, rows[i].n), sum = 0;

        for (unsigned k = 0; k <= rows[i].r; k++)
            sum += gsl_ran_binomial_pdf(k, p, rows[i].n);
        assert_near(sum, 0.05, 1e-6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_noise_nothing_is_red),
        cmocka_unit_test(test_without_noise_any_slowdown_is_seen),
        cmocka_unit_test(test_a_slowdown_below_the_threshold_passes),
        cmocka_unit_test(test_a_faster_candidate_is_an_improvement),
        cmocka_unit_test(test_noise_hides_and_size_shows),
        cmocka_unit_test(test_suites_and_cells_are_counted_apart),
        cmocka_unit_test(test_a_disturbed_control_is_counted),
        cmocka_unit_test(test_no_control_is_no_disturbance),
        cmocka_unit_test(test_a_seed_gives_the_same_checks),
        cmocka_unit_test(test_windows_begin_with_a_block_and_wrap),
        cmocka_unit_test(test_two_pairs_are_enough_to_go_round),
        cmocka_unit_test(test_bound_is_clopper_and_pearsons),
        cmocka_unit_test(test_bound_is_what_makes_it_rare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
