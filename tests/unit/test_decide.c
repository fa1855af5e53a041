/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From logarithms of ratios to rulings: by hand, then by simulation. */
#include "tests/unit/unit.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/decide.h"

/* Not the defaults: what is tested holds for any. */
static const struct rules rules = {
    .threshold = 0.02, .screen = 0.05, .alpha = 0.002, .control = 0.001};

enum { MOST = 200 };

/* A cell's pairs, in arrays of its own. */
struct pairs {
    double screen[MOST], confirm[MOST], control[MOST];
    struct evidence e;
};

/* `slower` of n pairs at +by, the others at -by, none quite like another. */
static size_t fill(double out[], size_t n, size_t slower, double by)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (i < slower ? by : -by) * (1 + 1e-6 * (double)i);
    return n;
}

static void with_screen(struct pairs *p, size_t n, size_t slower, double by)
{
    *p = (struct pairs){0};
    p->e.screen = p->screen;
    p->e.confirm = p->confirm;
    p->e.control = p->control;
    p->e.n_screen = fill(p->screen, n, slower, by);
    p->e.planned = DECIDE_FRESH * n;
}

static void with_fresh(struct pairs *p, size_t n, size_t slower, double by)
{
    p->e.n_confirm = fill(p->confirm, n, slower, by);
}

static void with_control(struct pairs *p, size_t n, size_t slower, double by)
{
    p->e.n_control = fill(p->control, n, slower, by);
}

/* A suspect by 10 of 10, with fresh pairs that are all slower by 10 %. */
static void make_suspect(struct pairs *p, size_t fresh)
{
    with_screen(p, 10, 10, 0.1);
    with_fresh(p, fresh, fresh, 0.1);
}

/* One that passes: it is equal, and quiet. */
static void make_clean(struct pairs *p)
{
    with_screen(p, 20, 10, 0.004);
}

/* All cells at once; what decide() returned. */
static int rule(const struct pairs p[], size_t n, struct checked cells[],
                struct estimate *control)
{
    struct evidence e[8];

    assert_true(n <= COUNT(e));
    for (size_t i = 0; i < n; i++) {
        e[i] = p[i].e;
        e[i].screen = p[i].screen;
        e[i].confirm = p[i].confirm;
        e[i].control = p[i].control;
    }
    return decide(&rules, e, n, cells, control);
}

static struct checked rule_one(const struct pairs *p)
{
    struct checked c = {0};
    struct estimate control;

    assert_int_equal(rule(p, 1, &c, &control), 0);
    return c;
}

static void test_sign_test_is_that_of_the_tables(void **state)
{
    (void)state;
    assert_near(decide_sign_p(9, 10), 0.0107421875, 1e-12);
    assert_near(decide_sign_p(10, 10), 1 / 1024.0, 1e-12);
    assert_near(decide_sign_p(8, 10), 56 / 1024.0, 1e-12);
    assert_near(decide_sign_p(5, 10), 638 / 1024.0, 1e-12);
    assert_near(decide_sign_p(15, 20), 0.020694732666015625, 1e-12);
    assert_near(decide_sign_p(1, 1), 0.5, 1e-12);
    assert_near(decide_sign_p(0, 1), 1, 0);
    assert_near(decide_sign_p(0, 0), 1, 0);
    assert_near(decide_sign_p(6, 6), 1 / 64.0, 1e-12);
    assert_near(decide_sign_p(400, 400), exp2(-400), 1e-9);
}

static void test_sign_test_complements_itself(void **state)
{
    (void)state;
    for (size_t n = 1; n < 60; n++)
        for (size_t k = 1; k <= n; k++)
            assert_near(decide_sign_p(k, n) + decide_sign_p(n - k + 1, n), 1,
                        1e-12);
}

static bool is_suspect(size_t n, size_t slower)
{
    double ln[MOST];

    fill(ln, n, slower, 0.1);
    return decide_suspect(&rules, ln, n);
}

static void test_the_screen_is_the_sign_test_at_its_level(void **state)
{
    (void)state;
    assert_false(is_suspect(0, 0));
    assert_false(is_suspect(1, 1));
    assert_false(is_suspect(5, 5)); /* p = 0.031, but too few */
    assert_true(is_suspect(6, 6));
    assert_false(is_suspect(6, 5));  /* 0.109 */
    assert_true(is_suspect(8, 7));   /* 0.035 */
    assert_false(is_suspect(10, 8)); /* 0.055 */
    assert_true(is_suspect(20, 15)); /* 0.021 */
    assert_false(is_suspect(20, 14));
    assert_true(is_suspect(20, 5)); /* faster is suspect as well */
    assert_true(is_suspect(6, 0));
}

static void test_ties_say_nothing(void **state)
{
    double ln[20] = {0};

    (void)state;
    assert_false(decide_suspect(&rules, ln, 20));
    fill(ln, 5, 5, 0.1); /* 5 of 5, and 15 ties: 0.031 */
    assert_true(decide_suspect(&rules, ln, 20));
    fill(ln, 6, 5, 0.1);
    assert_false(decide_suspect(&rules, ln, 20));
}

static void test_ties_are_counted_as_neither(void **state)
{
    struct pairs p;
    struct checked c;

    (void)state;
    with_screen(&p, 20, 10, 0.001);
    memset(p.screen, 0, 7 * sizeof(p.screen[0]));
    c = rule_one(&p);
    assert_int_equal(c.slower, 3);
    assert_int_equal(c.faster, 10);
    assert_int_equal(c.ratio.n, 20);
    assert_near(c.p, decide_sign_p(10, 13), 1e-12);
    assert_int_equal(c.suspect, decide_sign_p(10, 13) <= 0.05);
}

static void test_all_ties_pass(void **state)
{
    struct pairs p;
    struct checked c;

    (void)state;
    with_screen(&p, 20, 10, 0);
    c = rule_one(&p);
    assert_int_equal(c.ruling, RULING_PASS);
    assert_int_equal(c.slower + c.faster, 0);
    assert_near(c.p, 1, 0);
    assert_near(c.ratio.high, 1, 1e-12);
}

static void test_an_equal_quiet_cell_passes_by_its_screen(void **state)
{
    struct pairs p;
    struct checked c;

    (void)state;
    make_clean(&p);
    c = rule_one(&p);
    assert_int_equal(c.ruling, RULING_PASS);
    assert_int_equal(c.stage, 1);
    assert_false(c.suspect);
    assert_int_equal(c.slower, 10);
    assert_int_equal(c.faster, 10);
    assert_int_equal(c.ratio.n, 20);
    assert_near(c.p_bound, 0, 0);
    assert_near(c.ratio.low, exp(-0.004), 1e-4);
    assert_near(c.ratio.high, exp(0.004), 1e-4);
}

static void test_the_interval_must_stay_below_the_threshold(void **state)
{
    struct pairs p;

    (void)state;
    with_screen(&p, 20, 10, log(1.02) - 0.0001);
    assert_int_equal(rule_one(&p).ruling, RULING_PASS);
    with_screen(&p, 20, 10, log(1.02) + 0.0001);
    assert_int_equal(rule_one(&p).ruling, RULING_INCONCLUSIVE);
}

static void test_few_pairs_decide_nothing(void **state)
{
    struct pairs p;

    (void)state;
    for (size_t n = 0; n < DECIDE_FEWEST; n++) {
        struct checked c;

        with_screen(&p, n, n, 1.0);
        with_fresh(&p, 20, 20, 1.0);
        c = rule_one(&p);
        assert_int_equal(c.ruling, RULING_INCONCLUSIVE);
        assert_false(c.suspect);
        assert_int_equal(c.stage, 1);
        assert_false(estimate_has_interval(&c.ratio));
        with_screen(&p, n, n / 2, 0.0001);
        assert_int_equal(rule_one(&p).ruling, RULING_INCONCLUSIVE);
    }
    with_screen(&p, DECIDE_FEWEST, 3, 0.0001);
    assert_int_equal(rule_one(&p).ruling, RULING_PASS);
}

static void test_a_suspect_without_fresh_pairs_is_undecided(void **state)
{
    struct pairs p;

    (void)state;
    for (size_t n = 0; n < DECIDE_FEWEST; n++) {
        struct checked c;

        make_suspect(&p, n);
        c = rule_one(&p);
        assert_int_equal(c.ruling, RULING_INCONCLUSIVE);
        assert_int_equal(c.stage, 1);
        assert_true(c.suspect);
        assert_int_equal(c.ratio.n, 10);
    }
}

/* Though its interval is below the threshold: slower it seems to be. */
static void test_a_suspect_by_a_trifle_passes_by_fresh_pairs_alone(void **state)
{
    struct pairs p;

    (void)state;
    with_screen(&p, 20, 20, 0.001);
    assert_int_equal(rule_one(&p).ruling, RULING_INCONCLUSIVE);
    with_fresh(&p, 20, 10, 0.001);
    assert_int_equal(rule_one(&p).ruling, RULING_PASS);
}

static void test_fresh_pairs_need_the_significance_of_alpha(void **state)
{
    struct pairs p;
    struct checked c;

    (void)state;
    make_suspect(&p, 8); /* 2^-8 is 0.0039 */
    c = rule_one(&p);
    assert_int_equal(c.ruling, RULING_INCONCLUSIVE);
    assert_int_equal(c.stage, 2);
    make_suspect(&p, 9); /* 2^-9 is 0.00195 */
    c = rule_one(&p);
    assert_int_equal(c.ruling, RULING_REGRESSED);
    assert_int_equal(c.stage, 2);
    assert_near(c.p, exp2(-9), 1e-12);
    assert_near(c.p_bound, 0.002, 1e-12);
    assert_near(c.ratio.median, exp(0.1), 1e-4);
    assert_int_equal(c.ratio.n, 9);
    with_fresh(&p, 20, 17, 0.1); /* 0.0013 */
    assert_int_equal(rule_one(&p).ruling, RULING_REGRESSED);
    with_fresh(&p, 20, 16, 0.1); /* 0.0059 */
    assert_int_equal(rule_one(&p).ruling, RULING_INCONCLUSIVE);
}

static void test_fresh_pairs_decide_alone(void **state)
{
    struct pairs p;
    struct checked c;

    (void)state;
    with_screen(&p, 20, 20, 1.0);
    with_fresh(&p, 20, 10, 0.004);
    c = rule_one(&p);
    assert_int_equal(c.ruling, RULING_PASS);
    assert_int_equal(c.ratio.n, 20);
    assert_int_equal(c.slower, 10);
    with_fresh(&p, 20, 0, 0.1); /* the other way round */
    assert_int_equal(rule_one(&p).ruling, RULING_IMPROVED);
}

static void test_fresh_pairs_of_no_suspect_count_for_nothing(void **state)
{
    struct pairs p;

    (void)state;
    make_clean(&p);
    with_fresh(&p, 20, 20, 1.0);
    assert_int_equal(rule_one(&p).ruling, RULING_PASS);
    assert_int_equal(rule_one(&p).stage, 1);
}

static void test_certain_but_small_passes(void **state)
{
    struct pairs p;
    struct checked c;

    (void)state;
    make_suspect(&p, 0);
    with_fresh(&p, 40, 40, log(1.02) - 0.0005);
    c = rule_one(&p);
    assert_int_equal(c.ruling, RULING_PASS);
    assert_true(c.p < c.p_bound);
    with_fresh(&p, 40, 40, log(1.02) + 0.0005);
    assert_int_equal(rule_one(&p).ruling, RULING_REGRESSED);
}

static void test_certain_and_perhaps_large_is_undecided(void **state)
{
    struct pairs p;

    (void)state;
    make_suspect(&p, 0);
    fill(p.confirm, 21, 21, 0.01); /* the median */
    fill(p.confirm + 21, 19, 19, 0.05);
    p.e.n_confirm = 40;
    assert_int_equal(rule_one(&p).ruling, RULING_INCONCLUSIVE);
}

static void turn_over(struct pairs *p)
{
    for (size_t i = 0; i < MOST; i++) {
        p->screen[i] = -p->screen[i];
        p->confirm[i] = -p->confirm[i];
        p->control[i] = -p->control[i];
    }
}

static void test_improved_mirrors_regressed(void **state)
{
    struct pairs p;

    (void)state;
    for (size_t slower = 0; slower <= 20; slower++) {
        struct checked a, b;

        with_screen(&p, 20, 18, 0.1);
        with_fresh(&p, 20, slower, 0.03);
        a = rule_one(&p);
        turn_over(&p);
        b = rule_one(&p);
        assert_int_equal(a.ruling == RULING_REGRESSED,
                         b.ruling == RULING_IMPROVED);
        assert_int_equal(a.ruling == RULING_IMPROVED,
                         b.ruling == RULING_REGRESSED);
        assert_int_equal(a.ruling == RULING_REGRESSED, slower >= 17);
        assert_int_equal(a.slower, b.faster);
        assert_int_equal(a.faster, b.slower);
        assert_near(a.p, b.p, 0);
        assert_near(a.ratio.low * b.ratio.high, 1, 1e-12);
    }
}

static void test_improved_takes_the_threshold_as_well(void **state)
{
    struct pairs p;

    (void)state;
    make_suspect(&p, 0);
    with_fresh(&p, 40, 0, log(1.02) - 0.0005);
    assert_int_equal(rule_one(&p).ruling, RULING_PASS);
    with_fresh(&p, 40, 0, log(1.02) + 0.0005);
    assert_int_equal(rule_one(&p).ruling, RULING_IMPROVED);
}

/* Several suspects. */

/* Suspects with so many fresh pairs each, all slower: p is 2^-n. */
static void rule_suspects(const size_t fresh[], size_t n,
                          struct checked cells[])
{
    struct pairs p[8];
    struct estimate control;

    for (size_t i = 0; i < n; i++)
        make_suspect(&p[i], fresh[i]);
    assert_int_equal(rule(p, n, cells, &control), 0);
}

static void test_holm_steps_down(void **state)
{
    const size_t orders[][3] = {{11, 10, 9}, {9, 10, 11}, {10, 9, 11},
                                {9, 11, 10}, {11, 9, 10}, {10, 11, 9}};
    struct checked c[3];

    (void)state;
    /* 0.00049 < 0.002 / 3, 0.00098 < 0.002 / 2, 0.00195 < 0.002 */
    for (size_t i = 0; i < COUNT(orders); i++) {
        rule_suspects(orders[i], 3, c);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(c[j].ruling, RULING_REGRESSED);
            assert_int_equal(c[j].ratio.n, orders[i][j]);
            assert_near(c[j].p_bound, 0.002 / (double)(orders[i][j] - 8),
                        1e-12);
        }
    }
}

static void test_holm_corrects_for_all_suspects(void **state)
{
    const size_t fresh[] = {10, 10, 10}; /* each would do alone */
    struct checked c[3];

    (void)state;
    rule_suspects(fresh, 3, c);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(c[i].ruling, RULING_INCONCLUSIVE);
    rule_suspects(fresh, 2, c);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(c[i].ruling, RULING_REGRESSED);
}

static void test_holm_stops_at_the_first_that_fails(void **state)
{
    const size_t fresh[] = {9, 10, 10}; /* the second 10 would do: 0.001 */
    struct checked c[3];

    (void)state;
    rule_suspects(fresh, 3, c);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(c[i].ruling, RULING_INCONCLUSIVE);
}

static void test_holm_keeps_those_before_the_first_that_fails(void **state)
{
    const size_t fresh[] = {8, 14, 9};
    struct checked c[3];

    (void)state;
    rule_suspects(fresh, 3, c); /* 9: 0.00195 > 0.001 */
    assert_int_equal(c[0].ruling, RULING_INCONCLUSIVE);
    assert_int_equal(c[1].ruling, RULING_REGRESSED);
    assert_int_equal(c[2].ruling, RULING_INCONCLUSIVE);
}

static void test_cells_that_are_no_suspects_cost_nothing(void **state)
{
    struct pairs p[4];
    struct checked c[4];
    struct estimate control;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        make_clean(&p[i]);
    make_suspect(&p[3], 9);
    assert_int_equal(rule(p, 4, c, &control), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(c[i].ruling, RULING_PASS);
    assert_int_equal(c[3].ruling, RULING_REGRESSED);
}

/* Its screen is no evidence of the second stage, however clear it is. */
static void test_a_suspect_without_fresh_pairs_hides_no_other(void **state)
{
    struct pairs p[2];
    struct checked c[2];
    struct estimate control;

    (void)state;
    with_screen(&p[0], 40, 40, 0.5);
    make_suspect(&p[1], 10);
    assert_int_equal(rule(p, 2, c, &control), 0);
    assert_int_equal(c[0].ruling, RULING_INCONCLUSIVE);
    assert_near(c[1].p_bound, 0.001, 1e-12); /* but it is counted */
    assert_int_equal(c[1].ruling, RULING_REGRESSED);
}

/* The controls. */

static int disturbs(size_t n, size_t slower, double by)
{
    struct pairs p;
    struct checked c = {0};
    struct estimate control;
    int result;

    make_clean(&p);
    with_control(&p, n, slower, by);
    result = rule(&p, 1, &c, &control);
    assert_int_equal(control.n, n);
    assert_int_equal(c.control.n, n);
    assert_int_equal(c.ruling, result ? RULING_INCONCLUSIVE : RULING_PASS);
    assert_int_equal(c.disturbed, result);
    return result;
}

static void test_a_control_is_disturbed_two_sidedly(void **state)
{
    (void)state;
    assert_int_equal(disturbs(0, 0, 0), 0);
    assert_int_equal(disturbs(5, 5, 1), 0);
    assert_int_equal(disturbs(10, 10, 0.1), 0); /* 2 * 2^-10 is 0.00195 */
    assert_int_equal(disturbs(11, 11, 0.1), 1); /* 0.00098 */
    assert_int_equal(disturbs(11, 0, 0.1), 1);
    assert_int_equal(disturbs(30, 15, 0.1), 0);
}

static void test_a_control_that_differs_by_a_trifle_is_quiet(void **state)
{
    (void)state;
    assert_int_equal(disturbs(40, 40, log(1.02) / 2 - 0.0005), 0);
    assert_int_equal(disturbs(40, 40, log(1.02) / 2 + 0.0005), 1);
    assert_int_equal(disturbs(40, 0, log(1.02) / 2 - 0.0005), 0);
}

static void test_nothing_is_ruled_where_the_control_is_disturbed(void **state)
{
    struct pairs p[3];
    struct checked c[3];
    struct estimate control;

    (void)state;
    make_clean(&p[0]);
    make_suspect(&p[1], 20);
    make_suspect(&p[2], 0);
    with_fresh(&p[2], 20, 0, 0.1);
    with_control(&p[0], 20, 20, 0.1);
    assert_int_equal(rule(p, 3, c, &control), 1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(c[i].ruling, RULING_INCONCLUSIVE);
    assert_true(c[0].disturbed);
    assert_false(c[1].disturbed);
}

static void test_controls_are_disturbed_together(void **state)
{
    struct pairs p[2];
    struct checked c[2];
    struct estimate control;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        make_clean(&p[i]);
        with_control(&p[i], 10, 10, 0.05);
    }
    assert_int_equal(rule(p, 2, c, &control), 1);
    assert_int_equal(control.n, 20);
    assert_near(control.median, exp(0.05), 1e-4);
    assert_false(c[0].disturbed || c[1].disturbed);
    assert_int_equal(c[0].ruling, RULING_INCONCLUSIVE);
}

static void test_controls_are_disturbed_each(void **state)
{
    struct pairs p[2];
    struct checked c[2];
    struct estimate control;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        make_clean(&p[i]);
        with_control(&p[i], 12, i ? 12 : 0, 0.05); /* together they are 1 */
    }
    assert_int_equal(rule(p, 2, c, &control), 1);
    assert_true(c[0].disturbed && c[1].disturbed);
    with_control(&p[0], 11, 11, 0.05); /* 0.00098, but of two it is one */
    with_control(&p[1], 20, 10, 0.05);
    assert_int_equal(rule(p, 2, c, &control), 0);
    assert_false(c[0].disturbed || c[1].disturbed);
}

/* Which lets nothing pass, and excuses nothing that is slower. */
static void test_one_disturbed_control_excuses_no_other_cell(void **state)
{
    struct pairs p[4];
    struct checked c[4];
    struct estimate control;

    (void)state;
    make_clean(&p[0]);
    with_control(&p[0], 20, 20, 0.05);
    make_clean(&p[1]);
    with_control(&p[1], 20, 0, 0.05); /* together they are 1 */
    make_suspect(&p[2], 20);
    make_suspect(&p[3], 0);
    with_fresh(&p[3], 20, 0, 0.1);
    assert_int_equal(rule(p, 4, c, &control), 1);
    assert_int_equal(c[0].ruling, RULING_INCONCLUSIVE);
    assert_int_equal(c[2].ruling, RULING_REGRESSED);
    assert_int_equal(c[3].ruling, RULING_INCONCLUSIVE); /* it was faster */
    /* Its own control, though, is one. */
    with_control(&p[2], 20, 20, 0.05);
    with_control(&p[0], 20, 10, 0.05);
    assert_int_equal(rule(p, 4, c, &control), 1);
    assert_true(c[2].disturbed);
    assert_int_equal(c[2].ruling, RULING_INCONCLUSIVE);
}

static void test_no_cells_are_no_error(void **state)
{
    struct estimate control = {.n = 7};

    (void)state;
    assert_int_equal(decide(&rules, NULL, 0, NULL, &control), 0);
    assert_int_equal(control.n, 0);
}

static void test_evidence_is_left_in_its_order(void **state)
{
    struct pairs p, before;

    (void)state;
    make_suspect(&p, 20);
    with_control(&p, 20, 3, 0.1);
    memcpy(&before, &p, sizeof(p));
    rule_one(&p);
    assert_memory_equal(p.screen, before.screen, sizeof(p.screen));
    assert_memory_equal(p.confirm, before.confirm, sizeof(p.confirm));
    assert_memory_equal(p.control, before.control, sizeof(p.control));
}

/* The smallest slowdown that is seen. */

static double detectable(struct pairs *p)
{
    struct checked c = rule_one(p);

    p->e.screen = p->screen;
    p->e.confirm = p->confirm;
    return decide_detectable(&rules, &p->e, &c);
}

static double detectable_of(size_t n, double scatter)
{
    struct pairs p;

    with_screen(&p, n, n / 2, scatter);
    for (size_t i = 0; i < n; i++) /* evenly, not in two heaps */
        p.screen[i] = scatter * (2.0 * (double)i + 1 - (double)n) / (double)n;
    return detectable(&p);
}

static void test_detectable_grows_with_scatter(void **state)
{
    double before = 0;

    (void)state;
    for (double scatter = 0.01; scatter < 0.6; scatter *= 1.5) {
        double now = detectable_of(40, scatter);

        assert_true(now > before);
        before = now;
    }
    /* Without any, what is above the threshold is seen, and no less. */
    assert_true(detectable_of(40, 0) >= 0.02);
    assert_true(detectable_of(40, 0) < 0.0203);
}

static void test_detectable_shrinks_with_pairs(void **state)
{
    double before = INFINITY;

    (void)state;
    for (size_t n = 20; n <= 160; n *= 2) {
        double now = detectable_of(n, 0.2);

        assert_true(now < before);
        before = now;
    }
}

static void test_detectable_is_the_same_of_a_slower_cell(void **state)
{
    struct pairs p;
    double of_clean, of_slower;

    (void)state;
    with_screen(&p, 40, 20, 0.05);
    of_clean = detectable(&p);
    for (size_t i = 0; i < 40; i++)
        p.screen[i] += 0.01;
    of_slower = detectable(&p);
    assert_near(of_clean, of_slower, 0.01);
}

static void test_detectable_takes_the_fresh_pairs_of_a_suspect(void **state)
{
    struct pairs p;
    double noisy, quiet;

    (void)state;
    with_screen(&p, 40, 30, 0.3);
    with_fresh(&p, 80, 40, 0.3);
    noisy = detectable(&p);
    with_fresh(&p, 80, 40, 0.01);
    quiet = detectable(&p);
    assert_true(quiet < 0.06);
    assert_true(noisy > 0.25);
}

static void test_nothing_is_detectable_by_too_few(void **state)
{
    struct pairs p;

    (void)state;
    for (size_t n = 0; n < DECIDE_FEWEST; n++)
        assert_true(isinf(detectable_of(n, 0.001)));
    with_screen(&p, 40, 20, 0.01);
    p.e.planned = 8; /* 2^-8 is above alpha */
    assert_true(isinf(detectable(&p)));
    p.e.planned = 40;
    assert_true(isfinite(detectable(&p)));
    /* More than a factor of 20. */
    assert_true(isinf(detectable_of(40, 6)));
}

/* By simulation. */

enum noise { NORMAL, HEAVY, BIMODAL, NOISES };

/* Of one pair: both sides have the same distribution, so it is even. */
static double draw(gsl_rng *random, enum noise noise)
{
    switch (noise) {
    case NORMAL:
        return gsl_ran_gaussian(random, 0.04);
    case HEAVY:
        return 0.03 * gsl_ran_tdist(random, 1.5);
    default: /* each side is now and then half as slow again */
        return gsl_ran_gaussian(random, 0.01) +
               0.4 * ((gsl_rng_uniform(random) < 0.3) -
                      (gsl_rng_uniform(random) < 0.3));
    }
}

/* A cell as a check finds it: fresh pairs only of a suspect. */
static void simulate_cell(gsl_rng *random, enum noise noise, size_t screen,
                          double ln, struct pairs *p)
{
    p->e = (struct evidence){.screen = p->screen,
                             .n_screen = screen,
                             .confirm = p->confirm,
                             .control = p->control,
                             .n_control = screen / 3,
                             .planned = DECIDE_FRESH * screen};
    for (size_t i = 0; i < screen; i++)
        p->screen[i] = ln + draw(random, noise);
    for (size_t i = 0; i < screen / 3; i++)
        p->control[i] = draw(random, noise);
    if (decide_suspect(&rules_default, p->screen, screen))
        p->e.n_confirm = p->e.planned;
    for (size_t i = 0; i < p->e.n_confirm; i++)
        p->confirm[i] = ln + draw(random, noise);
}

enum { CELLS = 10, SUITES = 2000 };

struct decided {
    unsigned suites, red, improved, disturbed;
    unsigned cells, suspects, covered, seen, passed;
};

static void simulate_suite(gsl_rng *random, enum noise noise, size_t screen,
                           double ln, struct decided *t)
{
    static struct pairs p[CELLS];
    struct evidence e[CELLS];
    struct checked c[CELLS];
    struct estimate control;
    bool red = false, improved = false;

    for (size_t i = 0; i < CELLS; i++) {
        simulate_cell(random, noise, screen, ln, &p[i]);
        e[i] = p[i].e;
    }
    t->disturbed += decide(&rules_default, e, CELLS, c, &control) == 1;
    for (size_t i = 0; i < CELLS; i++) {
        red |= c[i].ruling == RULING_REGRESSED;
        improved |= c[i].ruling == RULING_IMPROVED;
        t->seen += c[i].ruling == RULING_REGRESSED;
        t->passed += c[i].ruling == RULING_PASS;
        t->suspects += c[i].suspect;
        t->covered += estimate_spans(&c[i].ratio, exp(ln));
    }
    t->cells += CELLS;
    t->suites++;
    t->red += red;
    t->improved += improved;
}

static struct decided simulate(enum noise noise, size_t screen, double ln,
                               unsigned suites, unsigned long seed)
{
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    struct decided t = {0};

    gsl_rng_set(random, seed);
    for (unsigned i = 0; i < suites; i++)
        simulate_suite(random, noise, screen, ln, &t);
    gsl_rng_free(random);
    return t;
}

static void test_identical_code_is_hardly_ever_red(void **state)
{
    (void)state;
    for (int noise = 0; noise < NOISES; noise++) {
        struct decided t =
            simulate((enum noise)noise, 30, 0, SUITES, 11ul + (unsigned)noise);

        assert_true(t.red * 100 <= t.suites);
        assert_true(t.improved * 100 <= t.suites);
        assert_true(t.disturbed * 100 <= 2 * t.suites);
        /* The screen alone would have been: that is why there is a second. */
        assert_true(t.suspects * 100 >= 4 * t.cells);
        assert_true(t.suspects * 100 <= 11 * t.cells);
    }
}

/*
 * A cell that is equal and no suspect has an interval that holds 1, or it would
 * be one: there the coverage is larger, and that of all of them is pooled.
 */
static void test_intervals_hold_the_truth(void **state)
{
    const double slowdowns[] = {1, 1.05, 1.10, 1.20};

    (void)state;
    for (int noise = 0; noise < NOISES; noise++) {
        unsigned covered = 0, cells = 0;

        for (size_t i = 0; i < COUNT(slowdowns); i++) {
            struct decided t = simulate((enum noise)noise, 30,
                                        log(slowdowns[i]), 400, 21ul + i);

            assert_in_range(1000.0 * t.covered / t.cells, 940, i ? 990 : 1000);
            covered += t.covered;
            cells += t.cells;
        }
        assert_in_range(1000.0 * covered / cells, 940, 990);
    }
}

static void test_a_large_slowdown_is_seen(void **state)
{
    struct decided t = simulate(NORMAL, 30, log(1.05), 200, 31);

    (void)state;
    assert_true(t.seen * 10 >= 9 * t.cells);
}

/* What is slow in some of its processes only. */

/* Of n pairs, `slower` and `faster` are far off, the others equal. */
static size_t fill_far(double out[], size_t n, size_t slower, size_t faster)
{
    fill(out, n, n / 2, 0.003);
    for (size_t i = 0; i < slower + faster; i++)
        out[i * (n / (slower + faster))] = i < slower ? 0.6 : -0.6;
    return n;
}

static struct checked rule_far(size_t slower, size_t fresh_slower,
                               size_t fresh_faster)
{
    static struct pairs p;

    with_screen(&p, 80, 40, 0.003);
    fill_far(p.screen, 80, slower, 0);
    p.e.n_confirm = fill_far(p.confirm, 160, fresh_slower, fresh_faster);
    return rule_one(&p);
}

static void test_a_slow_minority_regresses(void **state)
{
    struct checked c = rule_far(8, 16, 0);

    (void)state;
    assert_true(c.suspect);
    assert_int_equal(c.ruling, RULING_REGRESSED);
    assert_true(c.by_far);
    assert_int_equal(c.far_slower, 16);
    assert_near(c.far_p, exp2(-16), 1e-9);
    assert_near(c.far_mean, expm1(16 * 0.6 / 160), 1e-9);
    assert_near(c.ratio.median, 1, 0.005);
    /* Of both kinds it is noise. */
    c = rule_far(8, 8, 8);
    assert_int_equal(c.ruling, RULING_PASS);
    /* Not enough to be sure of. */
    c = rule_far(8, 8, 0);
    assert_int_equal(c.ruling, RULING_INCONCLUSIVE);
    assert_false(c.by_far);
    c = rule_far(8, 4, 0);
    assert_int_equal(c.ruling, RULING_PASS);
    /* Four are no suspect's, so that fresh pairs are nobody's. */
    c = rule_far(4, 16, 0);
    assert_false(c.suspect);
    assert_int_equal(c.ruling, RULING_PASS);
}

static void test_a_slow_minority_is_not_passed_without_fresh_pairs(void **state)
{
    static struct pairs p;
    struct checked c;

    (void)state;
    with_screen(&p, 80, 40, 0.003);
    fill_far(p.screen, 80, 8, 0);
    c = rule_one(&p);
    assert_true(c.suspect && decide_doubtful(&rules, &c));
    assert_int_equal(c.ruling, RULING_INCONCLUSIVE);
}

static void test_a_copy_with_a_slow_minority_is_not_quiet(void **state)
{
    static struct pairs p;
    struct checked c;
    struct estimate control;

    (void)state;
    with_screen(&p, 80, 40, 0.003);
    fill_far(p.screen, 80, 8, 0);
    p.e.n_confirm = fill_far(p.confirm, 160, 16, 0);
    p.e.n_control = fill_far(p.control, 80, 16, 0);
    assert_int_equal(rule(&p, 1, &c, &control), 1);
    assert_true(c.disturbed);
    assert_int_equal(c.ruling, RULING_INCONCLUSIVE);
    assert_false(c.by_far);
    /* Some of both kinds are noise, and few are chance. */
    p.e.n_control = fill_far(p.control, 80, 8, 8);
    assert_int_equal(rule(&p, 1, &c, &control), 0);
    assert_int_equal(c.ruling, RULING_REGRESSED);
    p.e.n_control = fill_far(p.control, 80, 10, 0);
    assert_int_equal(rule(&p, 1, &c, &control), 0);
}

/* One in seven processes of either side takes twice as long. */
static double draw_far(gsl_rng *random)
{
    double ln = gsl_ran_gaussian(random, 0.01);

    ln += gsl_rng_uniform(random) < 1 / 7.0 ? M_LN2 : 0;
    return ln - (gsl_rng_uniform(random) < 1 / 7.0 ? M_LN2 : 0);
}

static void
test_a_minority_that_is_slow_on_both_sides_is_no_finding(void **state)
{
    enum { CHECKS = 4000 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    unsigned red = 0, suspects = 0;

    (void)state;
    gsl_rng_set(random, 61);
    for (int check = 0; check < CHECKS; check++) {
        static struct pairs p;
        struct checked c;

        with_screen(&p, 80, 40, 0.003);
        for (size_t i = 0; i < 80; i++)
            p.screen[i] = draw_far(random);
        p.e.n_confirm = 160;
        for (size_t i = 0; i < 160; i++)
            p.confirm[i] = draw_far(random);
        c = rule_one(&p);
        red += c.ruling == RULING_REGRESSED;
        suspects += c.suspect;
    }
    gsl_rng_free(random);
    assert_true(red <= CHECKS / 500); /* that a suspect is wrong: 0.0022 */
    assert_true(suspects * 100 <= 12 * CHECKS);
}

/* A tail of the interval: 2.5 % at the threshold itself, none far from it. */
static void test_a_slower_cell_hardly_ever_passes(void **state)
{
    (void)state;
    for (int noise = 0; noise < NOISES; noise++) {
        struct decided at =
            simulate((enum noise)noise, 30, log(1.02), 1000, 51);
        struct decided beyond =
            simulate((enum noise)noise, 30, log(1.2), 400, 52);

        assert_true(at.passed * 1000 <= 30 * at.cells);
        assert_true(beyond.passed * 1000 <= beyond.cells);
    }
}

/* One cell of a suite of its own. */
static bool is_seen(gsl_rng *random, size_t screen, double ln)
{
    static struct pairs p;
    struct checked c;
    struct estimate control;

    simulate_cell(random, NORMAL, screen, ln, &p);
    p.e.n_control = 0;
    assert_int_equal(decide(&rules_default, &p.e, 1, &c, &control), 0);
    return c.ruling == RULING_REGRESSED;
}

/* Of a clean check, as a user reads it. */
static double promise(gsl_rng *random, size_t screen)
{
    static struct pairs p;
    struct checked c;
    struct estimate control;

    simulate_cell(random, NORMAL, screen, 0, &p);
    p.e.n_control = 0;
    assert_int_equal(decide(&rules_default, &p.e, 1, &c, &control), 0);
    return decide_detectable(&rules_default, &p.e, &c);
}

/* A little less with few pairs: their scatter is itself an estimate. */
static void test_what_is_detectable_is_seen_nine_times_of_ten(void **state)
{
    const size_t sizes[] = {16, 30, 60};
    enum { CHECKS = 300, EACH = 10 };
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    (void)state;
    gsl_rng_set(random, 41);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        unsigned seen = 0;

        for (unsigned check = 0; check < CHECKS; check++) {
            double ln = log1p(promise(random, sizes[i]));

            assert_true(isfinite(ln));
            for (unsigned k = 0; k < EACH; k++)
                seen += is_seen(random, sizes[i], ln);
        }
        assert_in_range(1000.0 * seen / (CHECKS * EACH), 830, 950);
    }
    gsl_rng_free(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_test_is_that_of_the_tables),
        cmocka_unit_test(test_sign_test_complements_itself),
        cmocka_unit_test(test_the_screen_is_the_sign_test_at_its_level),
        cmocka_unit_test(test_ties_say_nothing),
        cmocka_unit_test(test_ties_are_counted_as_neither),
        cmocka_unit_test(test_all_ties_pass),
        cmocka_unit_test(test_an_equal_quiet_cell_passes_by_its_screen),
        cmocka_unit_test(test_the_interval_must_stay_below_the_threshold),
        cmocka_unit_test(test_few_pairs_decide_nothing),
        cmocka_unit_test(test_a_suspect_without_fresh_pairs_is_undecided),
        cmocka_unit_test(
            test_a_suspect_by_a_trifle_passes_by_fresh_pairs_alone),
        cmocka_unit_test(test_fresh_pairs_need_the_significance_of_alpha),
        cmocka_unit_test(test_fresh_pairs_decide_alone),
        cmocka_unit_test(test_fresh_pairs_of_no_suspect_count_for_nothing),
        cmocka_unit_test(test_certain_but_small_passes),
        cmocka_unit_test(test_certain_and_perhaps_large_is_undecided),
        cmocka_unit_test(test_improved_mirrors_regressed),
        cmocka_unit_test(test_improved_takes_the_threshold_as_well),
        cmocka_unit_test(test_holm_steps_down),
        cmocka_unit_test(test_holm_corrects_for_all_suspects),
        cmocka_unit_test(test_holm_stops_at_the_first_that_fails),
        cmocka_unit_test(test_holm_keeps_those_before_the_first_that_fails),
        cmocka_unit_test(test_cells_that_are_no_suspects_cost_nothing),
        cmocka_unit_test(test_a_suspect_without_fresh_pairs_hides_no_other),
        cmocka_unit_test(test_a_control_is_disturbed_two_sidedly),
        cmocka_unit_test(test_a_control_that_differs_by_a_trifle_is_quiet),
        cmocka_unit_test(test_nothing_is_ruled_where_the_control_is_disturbed),
        cmocka_unit_test(test_controls_are_disturbed_together),
        cmocka_unit_test(test_controls_are_disturbed_each),
        cmocka_unit_test(test_one_disturbed_control_excuses_no_other_cell),
        cmocka_unit_test(test_no_cells_are_no_error),
        cmocka_unit_test(test_evidence_is_left_in_its_order),
        cmocka_unit_test(test_detectable_grows_with_scatter),
        cmocka_unit_test(test_detectable_shrinks_with_pairs),
        cmocka_unit_test(test_detectable_is_the_same_of_a_slower_cell),
        cmocka_unit_test(test_detectable_takes_the_fresh_pairs_of_a_suspect),
        cmocka_unit_test(test_nothing_is_detectable_by_too_few),
        cmocka_unit_test(test_identical_code_is_hardly_ever_red),
        cmocka_unit_test(test_intervals_hold_the_truth),
        cmocka_unit_test(test_a_large_slowdown_is_seen),
        cmocka_unit_test(test_a_slow_minority_regresses),
        cmocka_unit_test(
            test_a_slow_minority_is_not_passed_without_fresh_pairs),
        cmocka_unit_test(test_a_copy_with_a_slow_minority_is_not_quiet),
        cmocka_unit_test(
            test_a_minority_that_is_slow_on_both_sides_is_no_finding),
        cmocka_unit_test(test_a_slower_cell_hardly_ever_passes),
        cmocka_unit_test(test_what_is_detectable_is_seen_nine_times_of_ten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
