/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When an interval decides a rule, and when it is too near to its limit. */
#include "tests/unit/unit.h"

#include <math.h>

#include "harness/results/claims.h"
#include "harness/results/rules.h"

static enum decision decide(const char *text, enum statistic s, double low,
                            double high)
{
    struct estimate e = {.n = 6,
                         .median = (low + high) / 2,
                         .low = low,
                         .high = high,
                         .coverage = 0.96};
    struct rule rule;

    assert_int_equal(rule_read(text, &rule), 0);
    return rule_decide(&rule, s, &e);
}

static void test_an_interval_decides_only_beyond_the_margin(void **state)
{
    static const struct {
        const char *rule;
        enum statistic statistic;
        double low, high;
        enum decision decision;
    } rows[] = {
        {"at-least 10", STATISTIC_RATIO, 12.1, 13, SUPPORTED},
        {"at-least 10", STATISTIC_RATIO, 11.9, 13, UNDECIDED},
        {"at-least 10", STATISTIC_RATIO, 7, 8.3, REFUTED},
        {"at-least 10", STATISTIC_RATIO, 7, 8.4, UNDECIDED},
        {"at-most 1/2", STATISTIC_RATIO, 0.3, 0.41, SUPPORTED},
        {"at-most 1/2", STATISTIC_RATIO, 0.3, 0.42, UNDECIDED},
        {"at-most 1/2", STATISTIC_RATIO, 0.61, 0.9, REFUTED},
        {"at-most 1/2", STATISTIC_GROWTH, 0.59, 0.9, UNDECIDED},
        {"between 0.9 1.1", STATISTIC_RATIO, 0.9, 1.1, SUPPORTED},
        {"between 0.9 1.1", STATISTIC_RATIO, 0.89, 1.1, UNDECIDED},
        {"between 0.9 1.1", STATISTIC_RATIO, 1.21, 1.3, REFUTED},
        {"between 0.9 1.1", STATISTIC_RATIO, 1.15, 1.3, UNDECIDED},
        {"between 0.9 1.1", STATISTIC_RATIO, 0.5, 0.79, REFUTED},
        {"at-least 0.02", STATISTIC_SHARE, 0.0241, 0.03, SUPPORTED},
        {"at-least 0.02", STATISTIC_SHARE, 0.0239, 0.03, UNDECIDED},
        {"at-least 0.02", STATISTIC_SHARE, 0, 0.0159, REFUTED},
        {"at-most 0", STATISTIC_SHARE, 0, 0, SUPPORTED},
        {"at-most 0", STATISTIC_WRONG, 0, 0.1, UNDECIDED},
        {"at-most 0", STATISTIC_WRONG, 0.001, 0.1, REFUTED},
        {"between 0.02 0.05", STATISTIC_SHARE, 0, 0.0159, REFUTED},
        {"between 0.02 0.05", STATISTIC_SHARE, 0, 0.0161, UNDECIDED},
        {"at-most 0.2", STATISTIC_EXPONENT, -0.3, 0.2, SUPPORTED},
        {"at-most 0.2", STATISTIC_EXPONENT, 0.25, 0.4, UNDECIDED},
        {"at-most 0.2", STATISTIC_EXPONENT, 0.31, 0.4, REFUTED},
        {"between 0.9 1.1", STATISTIC_EXPONENT, 0.95, 1.05, SUPPORTED},
        {"at-least 2", STATISTIC_COUNT, 2, 5, SUPPORTED},
        {"at-least 2", STATISTIC_COUNT, 1, 1.99, REFUTED},
        {"at-least 2", STATISTIC_COUNT, 1, 2, UNDECIDED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (decide(rows[i].rule, rows[i].statistic, rows[i].low,
                   rows[i].high) != rows[i].decision)
            fail_msg("row %zu: %s of [%g, %g]", i, rows[i].rule, rows[i].low,
                     rows[i].high);
}

static void test_without_an_interval_nothing_is_decided(void **state)
{
    struct rule rule = {RULE_AT_LEAST, 10, INFINITY};
    struct estimate e = {.n = 5, .median = 100};

    (void)state;
    assert_int_equal(rule_decide(&rule, STATISTIC_RATIO, &e), UNDECIDED);
}

static void test_a_rule_that_cannot_fail_is_none(void **state)
{
    static const struct {
        const char *text;
        enum statistic statistic;
        bool can;
    } rows[] = {
        {"at-least 0", STATISTIC_RATIO, false},
        {"at-least 0", STATISTIC_EXPONENT, true},
        {"at-least 0", STATISTIC_COUNT, false},
        {"at-most 1", STATISTIC_WRONG, false},
        {"at-most 0.9", STATISTIC_WRONG, false},
        {"at-most 0.5", STATISTIC_WRONG, true},
        {"between 0 1", STATISTIC_SHARE, false},
        {"at-least 0.9", STATISTIC_SHARE, false}, /* never supported */
        {"at-most 0", STATISTIC_SHARE, true},
        {"at-most 0", STATISTIC_COUNT, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rule rule;

        assert_int_equal(rule_read(rows[i].text, &rule), 0);
        if (rule_can_fail(&rule, rows[i].statistic) != rows[i].can)
            fail_msg("row %zu: %s", i, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_interval_decides_only_beyond_the_margin),
        cmocka_unit_test(test_without_an_interval_nothing_is_decided),
        cmocka_unit_test(test_a_rule_that_cannot_fail_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
