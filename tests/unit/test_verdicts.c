/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verdicts on claims from made-up samples: each claim that comes with the
 * program is supported by some, and refuted by others.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/verdicts.h"
#include "harness/results/derived.h"
#include "harness/results/names.h"

enum { ROUNDS = 6, ITERATIONS = 1000, ITEMS = 1000000 };
static const double base_ns = 1e9;

static char *dir, why[512];
static struct samples made;
static struct claims claims;
static struct table table;
static struct verdicts verdicts;
static char header[64];

static int start(void **state)
{
    (void)state;
    dir = make_scratch();
    snprintf(header, sizeof(header), "# disturbed=0/7\n");
    return 0;
}

static void forget(void)
{
    verdicts_finish(&verdicts);
    table_finish(&table);
    free(made.items);
    made = (struct samples){0};
}

static int finish(void **state)
{
    (void)state;
    forget();
    claims_finish(&claims);
    remove_scratch(dir);
    return 0;
}

static bool judges_all = true;

static void judge(const struct claims *of)
{
    struct recording recording = {
        .header = header, .samples = made.items, .n = made.n};
    struct results results = {.recording = &recording,
                              .table = &table,
                              .claims = of,
                              .judges_all = judges_all};

    assert_int_equal(table_build(&table, made.items, made.n), 0);
    assert_int_equal(verdicts_make(&results, &verdicts), 0);
}

static const struct setting_verdict *verdict_of(const struct claim *c)
{
    for (size_t i = 0; i < verdicts.n; i++)
        for (size_t j = 0; j < verdicts.items[i].n; j++)
            if (verdicts.items[i].settings[j].claim == c)
                return &verdicts.items[i].settings[j];
    fail_msg("no verdict on %s", c->id);
    return NULL;
}

/* Numbers of samples. */

static void set_metric(struct sample *s, const char *metric, double value)
{
    const struct column *c = sample_column(metric);
    char text[32];

    s->cpu_ns = s->real_ns = base_ns;
    snprintf(text, sizeof(text), c && c->type == COLUMN_REAL ? "%.9g" : "%.0f",
             value);
    if (c)
        assert_int_equal(column_set(c, text, s), 0);
    else if (strcmp(metric, "item_ns") == 0)
        s->real_ns = value * ITEMS;
    else if (strcmp(metric, "cpu_per_item_ns") == 0)
        s->cpu_ns = value * ITEMS;
    else if (strcmp(metric, "cpus") == 0)
        s->cpu_ns = value * base_ns;
    else if (strstr(metric, "voluntary") == metric)
        s->voluntary = (uint64_t)(value * ITEMS * ITERATIONS);
    else
        s->involuntary = (uint64_t)(value * ITEMS * ITERATIONS);
}

/* `value` of the claim's statistic, or of the time. */
static void set_value(struct sample *s, const struct claim *c, double value)
{
    s->iterations = ITERATIONS;
    s->items = ITEMS;
    if (c->statistic == STATISTIC_SHARE)
        s->lost_updates = (uint64_t)(value * ITEMS * ITERATIONS);
    else if (c->statistic == STATISTIC_WRONG)
        s->wrong_iterations = (uint64_t)(value * ITERATIONS);
    else if (c->metric)
        set_metric(s, c->metric, value);
    else
        s->real_ns = value;
}

static void make_cell(const struct claim *c, const struct model *m, size_t i,
                      double value)
{
    uint64_t values[MAX_PARAMETERS];
    char parameters[SAMPLE_PARAMETERS];

    assert_non_null(m);
    claim_values(c, &c->values, i, values);
    cell_parameters(c->workload, values, parameters, sizeof(parameters));
    for (uint32_t round = 0; round <= ROUNDS; round++) {
        struct sample s = sample_of(c->workload->name, m->name, "", round, 1e6);

        snprintf(s.parameters, sizeof(s.parameters), "%s", parameters);
        /* No two rounds are equal, but the statistic hardly differs. */
        set_value(&s, c, value * (1 + round * 1e-6));
        add_sample(&made, s);
    }
}

/* Whatever the statistic is, it is `x` at value i. */
static void make_value(const struct claim *c, size_t i, double x)
{
    double at = c->values.n ? c->values.items[i] / c->values.items[0] : 1;
    const struct model *a, *b;

    if (c->statistic == STATISTIC_RATIO) {
        claim_pair(c, 0, &a, &b);
        make_cell(c, a, i, base_ns * x / (c->factor > 0 ? c->factor : 1));
        make_cell(c, b, i, base_ns);
        return;
    }
    if (c->statistic == STATISTIC_GROWTH)
        x = i ? base_ns * x : base_ns;
    else if (c->statistic == STATISTIC_EXPONENT)
        x = base_ns * pow(at, x);
    make_cell(c, model_find(c->models.items[0]), i, x);
}

/* The names of columns and metrics, which have underscores, are for programs.
 */
static void check_words(const struct setting_verdict *s)
{
    char *text = verdict_sentence(s, &verdicts);

    assert_non_null(text);
    if (matches(text, "_(ns|bytes|per_item|lines)"))
        fail_msg("%s: %s", s->claim->id, text);
    free(text);
}

/* Up to `border` values of the sweep have x, the others y. */
static enum decision decide(const struct claims *of, const struct claim *c,
                            double x, double y, size_t border)
{
    enum decision found;

    for (size_t i = 0; i < (c->values.n ? c->values.n : 1); i++)
        make_value(c, i, i < border ? x : y);
    judge(of);
    found = verdict_of(c)->decision;
    check_words(verdict_of(c));
    forget();
    return found;
}

static double supporting(const struct claim *c)
{
    struct margins m = rule_margins(&c->rule, c->statistic);
    double more = c->statistic == STATISTIC_EXPONENT ? 0.5 : 0;

    if (c->rule.kind == RULE_BETWEEN)
        return (m.inner_low + m.inner_high) / 2;
    return c->rule.kind == RULE_AT_LEAST ? m.inner_low * 1.01 + more
                                         : m.inner_high * 0.5 - more;
}

static double refuting(const struct claim *c)
{
    struct margins m = rule_margins(&c->rule, c->statistic);
    bool is_exponent = c->statistic == STATISTIC_EXPONENT;

    if (c->rule.kind == RULE_AT_MOST)
        return m.outer_high * 1.01 + (is_exponent || m.outer_high <= 0) * 0.5;
    return m.outer_low * 0.9 - is_exponent * 0.5;
}

/* Of the code, which no made-up sample changes: the rule alone. */
static enum decision decide_number(const struct claim *c, double x)
{
    struct estimate e = {
        .median = x, .low = x, .high = x, .n = 6, .coverage = 0.97};

    return rule_decide(&c->rule, c->statistic, &e);
}

static void try_claim(const struct claims *of, const struct claim *c)
{
    double yes = supporting(c), no = refuting(c);

    if (c->metric && number_is_of_code(c->metric)) {
        assert_int_equal(decide_number(c, yes), SUPPORTED);
        assert_int_equal(decide_number(c, no), REFUTED);
        return;
    }
    if (decide(of, c, yes, yes, 0) != SUPPORTED)
        fail_msg("nothing supports %s: not %g", c->id, yes);
    if (decide(of, c, no, no, 0) != REFUTED)
        fail_msg("nothing refutes %s: not %g", c->id, no);
    if (c->statistic == STATISTIC_EXPONENT ||
        c->values.n < 2u + (c->statistic == STATISTIC_GROWTH))
        return;
    /* The last value is decided otherwise. */
    if (decide(of, c, yes, no, c->values.n - 1) != DEPENDS)
        fail_msg("%s does not depend on %s", c->id, c->over);
}

static void test_each_claim_can_be_supported_and_refuted(void **state)
{
    const struct claims *shipped = shipped_claims();

    (void)state;
    for (size_t i = 0; i < shipped->n; i++)
        if (shipped->items[i].rule.kind)
            try_claim(shipped, &shipped->items[i]);
}

#define WORDS "title=t\nquote=q\nsource=s\n"

static const struct claim *claim_with(const char *text)
{
    char all[1024];

    forget();
    claims_finish(&claims);
    snprintf(all, sizeof(all), "%s" WORDS, text);
    assert_int_equal(store_write_file(dir, "sets", "core=null\n", 10), 0);
    assert_int_equal(store_write_file(dir, "x", all, strlen(all)), 0);
    if (claims_read(dir, &claims, why, sizeof(why)))
        fail_msg("%s", why);
    return &claims.items[0];
}

static void test_every_statistic_and_rule_decides_both_ways(void **state)
{
    static const char *const texts[] = {
        "workload=counter\npairs=locked/null\nstatistic=ratio\n"
        "over=increments\nvalues=10,1000\nrule=at-least 10\n",
        "workload=counter\npairs=locked/null\nstatistic=ratio\nfactor=1/10\n"
        "rule=at-most 1/2\n",
        "workload=counter\npairs=locked/null\nstatistic=ratio\n"
        "metric=cpu_per_item_ns\nrule=between 0.9 1.1\n",
        "workload=download\nmodels=locked\nstatistic=growth\nover=n\n"
        "values=1,10,100\nrule=at-most 2\n",
        "workload=download\nmodels=locked\nstatistic=exponent\nover=n\n"
        "values=1,10,100\nrule=between 0.9 1.1\n",
        "workload=counter\nmodels=locked\nstatistic=share\nrule=at-most 0\n",
        "workload=counter\nmodels=locked\nstatistic=share\n"
        "rule=between 0.02 0.05\n",
        "workload=counter\nmodels=locked\nstatistic=wrong\nrule=at-least 1/2\n",
        "workload=counter\nmodels=locked\nstatistic=count\nmetric=cpus\n"
        "rule=at-most 1.5\n",
        "workload=download\nmodels=locked\nstatistic=percentile\n"
        "metric=page_p99_ns\nrule=at-least 1000000\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct claim *c = claim_with(texts[i]);

        try_claim(&claims, c);
    }
}

static const char lock[] = "workload=counter\npairs=locked/null\n"
                           "statistic=ratio\nover=increments\n"
                           "values=10,1000\nrule=at-least 10\n";

static void test_what_depends_has_the_values_and_the_crossover(void **state)
{
    const struct claim *c = claim_with(lock);
    const struct setting_verdict *s;
    char *text;

    (void)state;
    make_value(c, 0, 1);
    make_value(c, 1, 100);
    judge(&claims);
    s = verdict_of(c);
    assert_int_equal(s->decision, DEPENDS);
    assert_near(s->low, 10, 0);
    assert_near(s->high, 1000, 0);
    assert_near(s->crossover, 100, 0.01);
    text = verdict_sentence(s, &verdicts);
    assert_true(matches(text, "at increments 10 \\(refuted\\).*at increments "
                              "1000 \\(supported\\).*about increments 100; it "
                              "is refuted up to increments 10 and supported"));
    free(text);
}

/* The names of columns are for programs. */
static void test_a_percentile_is_named_in_words(void **state)
{
    static const char *const named[][2] = {
        {"metric=page_p50_ns\n", "time .p50. of "},
        {"metric=page_max_ns\n", "time .longest. of "},
        {"metric=first_byte_p99_ns\n", "first byte .p99. of "},
        {"metric=noticed_p99_ns\n", "noticing .p99. of "},
        {"metric=cpus\n", "CPU use of "},
        {"metric=peak_rss_bytes\n", "peak memory of "},
        {"metric=inner_ns\n", "time from the first increment to the last of "},
        {"metric=switches_per_item\n", "switches for an item of "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(named); i++) {
        const struct claim *c;
        char text[256], *sentence;

        snprintf(text, sizeof(text),
                 "workload=download\nmodels=libuv\nstatistic=percentile\n"
                 "%srule=at-least 1000000\n",
                 named[i][0]);
        c = claim_with(text);
        make_value(c, 0, 1);
        judge(&claims);
        sentence = verdict_sentence(verdict_of(c), &verdicts);
        assert_true(matches(sentence, named[i][1]));
        free(sentence);
    }
}

static void test_near_the_limit_nothing_is_decided(void **state)
{
    const struct claim *c = claim_with(lock);
    char *text;

    (void)state;
    assert_int_equal(decide(&claims, c, 11.9, 11.9, 0), UNDECIDED);
    assert_int_equal(decide(&claims, c, 8.4, 8.4, 0), UNDECIDED);
    make_value(c, 0, 100);
    make_value(c, 1, 11);
    judge(&claims);
    assert_int_equal(verdict_of(c)->decision, UNDECIDED);
    assert_true(verdict_is_open(verdict_of(c)));
    text = verdict_sentence(verdict_of(c), &verdicts);
    assert_true(matches(text, "at least 12 would have supported it, at most "
                              "8.33 refuted it"));
    free(text);
}

/* Of three values; the second step is between the limit and its margin. */
static void test_an_exponent_waits_for_each_of_its_steps(void **state)
{
    const struct claim *c = claim_with(
        "workload=download\nmodels=locked\nstatistic=exponent\nover=n\n"
        "values=1,10,100\nrule=at-least 0.2\n");
    char *text;

    (void)state;
    make_cell(c, model_find("locked"), 0, base_ns);
    make_cell(c, model_find("locked"), 1, base_ns * pow(10, 0.9));
    make_cell(c, model_find("locked"), 2, base_ns * pow(10, 1.05));
    judge(&claims);
    assert_int_equal(verdict_of(c)->whole.decision, SUPPORTED);
    assert_int_equal(verdict_of(c)->decision, UNDECIDED);
    assert_true(verdict_is_open(verdict_of(c)));
    text = verdict_sentence(verdict_of(c), &verdicts);
    assert_true(matches(text, "is 0.525 .*from n 1 to 100, by steps 0.9 .*from "
                              "n 1 to 10 \\(supported\\), 0.15 .*from n 10 to "
                              "100 \\(undecided\\).*at least 0.2 would have "
                              "supported it, at most 0.1 refuted it"));
    free(text);
}

/* A seventh of the looks is no reason, half of them is one. */
static void test_beside_other_programs_nothing_is_decided(void **state)
{
    const struct claim *c = claim_with(lock);

    (void)state;
    snprintf(header, sizeof(header), "# disturbed=1/7\n");
    assert_int_equal(decide(&claims, c, 100, 100, 0), SUPPORTED);
    snprintf(header, sizeof(header), "# disturbed=4/7\n");
    assert_int_equal(decide(&claims, c, 100, 100, 0), UNDECIDED);
    snprintf(header, sizeof(header), "# busy=load 9\n");
    assert_int_equal(decide(&claims, c, 1, 1, 0), UNDECIDED);
    c = claim_with("workload=counter\nmodels=locked\nstatistic=share\n"
                   "rule=at-most 0\n");
    assert_int_equal(decide(&claims, c, 0, 0, 0), UNDECIDED);
    assert_int_equal(decide(&claims, c, 0.1, 0.1, 0), REFUTED);
}

static void test_fewer_than_six_rounds_decide_nothing(void **state)
{
    const struct claim *c = claim_with(lock);

    (void)state;
    make_value(c, 0, 100);
    make_value(c, 1, 100);
    for (size_t i = 0; i < made.n; i++)
        made.items[i].round = made.items[i].round % ROUNDS;
    judge(&claims);
    assert_int_equal(verdict_of(c)->decision, UNDECIDED);
    assert_int_equal(verdict_of(c)->obstacle, OBSTACLE_FEW);
}

static void test_a_cell_with_wrong_results_supports_nothing(void **state)
{
    const struct claim *c = claim_with(lock);

    (void)state;
    make_value(c, 0, 100);
    make_value(c, 1, 100);
    made.items[3].status = STATUS_WRONG;
    judge(&claims);
    assert_int_equal(verdict_of(c)->decision, UNDECIDED);
    assert_int_equal(verdict_of(c)->obstacle, OBSTACLE_BROKEN);
    assert_false(verdict_is_open(verdict_of(c)));
}

/* Of the second one, whose own the claim is, once it was measured. */
static void test_the_headline_is_that_of_the_claims_own_setting(void **state)
{
    static const char own[] = "workload=download\nmodels=locked\ntitle=t\n"
                              "statistic=share\nclaim=x\nsetting=python\n"
                              "own=yes\nrule=at-most 0\n";
    const struct claim *c = claim_with(lock);

    (void)state;
    claims_finish(&claims);
    assert_int_equal(store_write_file(dir, "x-own", own, strlen(own)), 0);
    assert_int_equal(claims_read(dir, &claims, why, sizeof(why)), 0);
    c = &claims.items[0];
    make_value(c, 0, 100);
    make_value(c, 1, 100);
    judge(&claims);
    assert_int_equal(verdicts.n, 1);
    assert_ptr_equal(verdicts.items[0].head->claim, c);
    assert_int_equal(verdicts.items[0].settings[1].obstacle, OBSTACLE_ABSENT);
    forget();
    make_value(c, 0, 100);
    make_value(c, 1, 100);
    make_value(&claims.items[1], 0, 0.5);
    judge(&claims);
    assert_ptr_equal(verdicts.items[0].head->claim, &claims.items[1]);
    assert_int_equal(verdicts.items[0].head->decision, REFUTED);
}

/* A report judges what has its flag, though it measured the other one too. */
static void test_a_report_judges_the_entries_that_have_its_flag(void **state)
{
    static const char flagged[] = "workload=counter-split\nmodels=locked\n"
                                  "title=t\nstatistic=share\nclaim=x\n"
                                  "flags=default\nrule=at-most 0\n";

    (void)state;
    claim_with(lock);
    claims_finish(&claims);
    assert_int_equal(store_write_file(dir, "x-split", flagged, strlen(flagged)),
                     0);
    assert_int_equal(claims_read(dir, &claims, why, sizeof(why)), 0);
    make_value(&claims.items[0], 0, 100);
    make_value(&claims.items[0], 1, 100);
    make_value(&claims.items[1], 0, 0.5);
    judges_all = false;
    judge(&claims);
    judges_all = true;
    assert_int_equal(verdicts.n, 1);
    assert_int_equal(verdicts.items[0].n, 1);
    assert_ptr_equal(verdicts.items[0].settings[0].claim, &claims.items[1]);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_each_claim_can_be_supported_and_refuted),
        FRESH(test_every_statistic_and_rule_decides_both_ways),
        FRESH(test_what_depends_has_the_values_and_the_crossover),
        FRESH(test_a_percentile_is_named_in_words),
        FRESH(test_near_the_limit_nothing_is_decided),
        FRESH(test_an_exponent_waits_for_each_of_its_steps),
        FRESH(test_beside_other_programs_nothing_is_decided),
        FRESH(test_fewer_than_six_rounds_decide_nothing),
        FRESH(test_a_cell_with_wrong_results_supports_nothing),
        FRESH(test_the_headline_is_that_of_the_claims_own_setting),
        FRESH(test_a_report_judges_the_entries_that_have_its_flag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
