/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a self-test's recording comes to. */
#include "tests/unit/performed.h"

#include <errno.h>

#include "harness/check/certificate.h"

/* The trials, one behind another. */
static void add_trial(struct recording *all, struct script script)
{
    struct recording r = perform(script);

    for (size_t i = 0; i < r.n; i++)
        assert_int_equal(recording_add(all, &r.samples[i]), 0);
    free(all->header);
    all->header = r.header;
    r.header = NULL;
    recording_finish(&r);
}

static struct certificate certify(const struct script scripts[],
                                  const double slowdowns[], unsigned n)
{
    struct recording all = {0};
    struct certificate c;

    for (unsigned i = 0; i < n; i++) {
        struct script script = scripts[i];

        script.trial = i + 1;
        add_trial(&all, script);
    }
    assert_int_equal(certificate_make(&all, slowdowns, n, NULL, &c), 0);
    recording_finish(&all);
    return c;
}

static void test_resampled_checks_are_typical_ones(void **state)
{
    static const struct script scripts[] = {
        {.screen = 20}, {.screen = 90}, {.screen = 30}};
    struct certificate c = certify(scripts, (double[]){0, 0, 0}, 3);

    (void)state;
    assert_int_equal(c.screen, 2 * 30);
    assert_int_equal(c.recorded[0].n, 2 * 140);
    assert_int_equal(c.live[0].suites, 3);
    assert_int_equal(c.resampled[0].suites, CERTIFICATE_SUITES);
    assert_int_equal(c.resampled[0].red, 0);
    certificate_finish(&c);
}

static void test_trials_count_where_their_slowdown_is(void **state)
{
    static const struct script scripts[] = {
        {.screen = 40},
        {.screen = 40, .fresh = 20, .suspect = {true}, .extra = 10},
        {.screen = 40, .fresh = 20, .suspect = {true}, .slower = {0.3}},
        {.screen = 40}};
    /* The last one came to no end. */
    struct certificate c = certify(scripts, (double[]){0, 0.1, 0, -1}, 4);

    (void)state;
    assert_int_equal(c.live[0].suites, 2);
    assert_int_equal(c.live[0].red, 1);
    assert_int_equal(c.live[0].passed, 1);
    assert_int_equal(c.live[7].suites, 1);
    assert_int_equal(c.live[7].seen, 1);
    assert_int_equal(c.live[7].cells, 1);
    certificate_finish(&c);
}

static void crash_second(struct sample *s)
{
    if (s->cell == 1)
        s->status = STATUS_CRASHED;
}

/* It hides no alarm of the others, and has no part in the resampling. */
static void test_a_cell_that_never_ran_is_left_out(void **state)
{
    static const struct script scripts[] = {
        {.cells = 3, .screen = 40, .change = crash_second},
        {.cells = 3,
         .screen = 40,
         .fresh = 20,
         .suspect = {false, false, true},
         .slower = {0, 0, 0.1},
         .change = crash_second}};
    struct certificate c = certify(scripts, (double[]){0, 0}, 2);

    (void)state;
    assert_int_equal(c.n, 2);
    assert_int_equal(c.left_out, 1);
    assert_string_equal(c.recorded[1].name,
                        "counter/libuv/tasks:10/increments:1000");
    assert_int_equal(c.live[0].suites, 2);
    assert_int_equal(c.live[0].broken, 2);
    assert_int_equal(c.live[0].red, 1);
    assert_int_equal(c.live[0].cells, 4);
    assert_int_equal(c.resampled[0].cells[1].checks, CERTIFICATE_SUITES);
    certificate_finish(&c);
}

static void test_what_never_ran_at_all_is_no_certificate(void **state)
{
    struct recording r = perform((struct script){.trial = 1});
    struct certificate c;

    (void)state;
    for (size_t i = 0; i < r.n; i++)
        r.samples[i].status = STATUS_CRASHED;
    assert_int_equal(certificate_make(&r, (double[]){0}, 1, NULL, &c), -EINVAL);
    assert_int_equal(certificate_make(&r, (double[]){-1}, 1, NULL, &c),
                     -EINVAL);
    recording_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resampled_checks_are_typical_ones),
        cmocka_unit_test(test_trials_count_where_their_slowdown_is),
        cmocka_unit_test(test_a_cell_that_never_ran_is_left_out),
        cmocka_unit_test(test_what_never_ran_at_all_is_no_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
