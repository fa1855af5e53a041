/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From recorded samples to a verdict, and the same one again. */
#include "tests/unit/performed.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/check/events.h"
#include "harness/measure/order.h"
#include "harness/check/pairs.h"
#include "harness/check/verdict.h"

/* The verdict, whose recording has gone. */
static struct verdict reach(struct script script)
{
    struct recording r = perform(script);
    struct verdict v;

    assert_int_equal(verdict_reach(&r, script.trial, &v), 0);
    recording_finish(&r);
    return v;
}

/* The ruling and the exit status of a check of one cell. */
static void expect(struct script script, enum ruling ruling, int status)
{
    struct verdict v = reach(script);

    assert_string_equal(ruling_name(v.cells[0].ruling), ruling_name(ruling));
    assert_int_equal(v.status, status);
    verdict_finish(&v);
}

static const struct script slower = {
    .slower = {0.1}, .suspect = {true}, .fresh = 20};

static void test_each_ruling_has_its_status(void **state)
{
    struct script quick = slower, unsure = slower, few = {.screen = 2};

    (void)state;
    expect((struct script){0}, RULING_PASS, 0);
    expect(slower, RULING_REGRESSED, 1);
    quick.slower[0] = -0.1;
    expect(quick, RULING_IMPROVED, 0);
    unsure.fresh = 0;
    expect(unsure, RULING_INCONCLUSIVE, 3);
    expect((struct script){.scatter = 0.3}, RULING_INCONCLUSIVE, 3);
    expect(few, RULING_INCONCLUSIVE, 3);
    few.screen = 3; /* six pairs, and fewer of the control */
    expect(few, RULING_INCONCLUSIVE, 3);
}

static void test_a_verdict_says_what_it_rests_on(void **state)
{
    struct verdict v = reach(slower);
    const struct checked *c = &v.cells[0];

    (void)state;
    assert_int_equal(v.n, 1);
    assert_string_equal(v.base, "old/baton");
    assert_string_equal(v.cand, "new/baton");
    assert_int_equal(v.seed, SEED);
    assert_string_equal(c->name, "counter/sequential/tasks:10/increments:1000");
    assert_int_equal(c->items, 10000);
    assert_int_equal(c->stage, 2);
    assert_true(c->suspect);
    assert_int_equal(c->ratio.n, 40);
    assert_int_equal(c->slower, 40);
    assert_near(c->ratio.median, 1.1, 0.002);
    assert_near(c->base_ns, 1e5, 0.002);
    assert_near(c->cand_ns, 1.1e5, 0.002);
    assert_in_range(c->control.n, 10, 60);
    assert_int_equal(c->control.n, v.control.n);
    assert_int_equal(c->missing, 0);
    assert_true(c->detectable > 0.02 && c->detectable < 0.03);
    assert_string_equal(c->events, "");
    assert_true(v.elapsed_ns > 0);
    assert_int_equal(v.elapsed_ns % 13000000, 12000000);
    verdict_finish(&v);
}

static void test_a_threshold_comes_from_the_header(void **state)
{
    struct recording r = perform(slower);
    char *at = strstr(r.header, "threshold=0.02");
    struct verdict v;

    (void)state;
    assert_non_null(at);
    memcpy(at, "threshold=0.20", 14);
    assert_int_equal(verdict_reach(&r, 0, &v), 0);
    assert_near(v.rules.threshold, 0.2, 1e-12);
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    verdict_finish(&v);
    memcpy(at, "trashold", 8);
    assert_int_equal(verdict_reach(&r, 0, &v), 0);
    assert_near(v.rules.threshold, rules_default.threshold, 0);
    verdict_finish(&v);
    recording_finish(&r);
}

/* Several cells. */

static bool is_cand(const struct sample *s)
{
    return strcmp(s->side, "cand") == 0;
}

static bool is_base(const struct sample *s)
{
    return strcmp(s->side, "base") == 0;
}

static void crash(struct sample *s)
{
    s->status = STATUS_CRASHED;
    s->iterations = 0;
    s->real_ns = 0;
}

/* The last cell. */
static void crash_cell_3(struct sample *s)
{
    if (s->cell == 3 && is_cand(s))
        crash(s);
}

static void test_the_worst_cell_decides(void **state)
{
    struct script all = {.cells = 4,
                         .fresh = 20,
                         .slower = {0, 0.1, -0.1, 0},
                         .suspect = {false, true, true, false},
                         .change = crash_cell_3};
    struct verdict v = reach(all);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    assert_int_equal(v.cells[1].ruling, RULING_REGRESSED);
    assert_int_equal(v.cells[2].ruling, RULING_IMPROVED);
    assert_int_equal(v.cells[3].ruling, RULING_BROKEN);
    assert_int_equal(v.status, 5); /* before the 1 */
    assert_int_equal(v.strict_status, 5);
    assert_int_equal(v.ruling, RULING_BROKEN);
    for (int i = 0; i < RULING_N; i++)
        assert_int_equal(v.count[i], i != RULING_INCONCLUSIVE);
    verdict_finish(&v);
    all.cells = 3;
    v = reach(all);
    assert_int_equal(v.status, 1);
    verdict_finish(&v);
}

static void test_undecided_cells_fail_only_strictly(void **state)
{
    /* Suspects that got no fresh pairs. */
    struct script all = {.cells = 3, .slower = {0.1, 0, 0.1}};
    struct verdict v = reach(all);

    (void)state;
    assert_int_equal(v.count[RULING_INCONCLUSIVE], 2);
    assert_int_equal(v.count[RULING_PASS], 1);
    assert_int_equal(v.status, 0);
    assert_int_equal(v.strict_status, 3);
    assert_int_equal(v.ruling, RULING_INCONCLUSIVE);
    verdict_finish(&v);
    all.slower[1] = 0.1;
    v = reach(all);
    assert_int_equal(v.status, 3); /* not a word about any */
    assert_int_equal(v.strict_status, 3);
    verdict_finish(&v);
    all.fresh = 20; /* 1 before 3 */
    all.suspect[1] = true;
    v = reach(all);
    assert_int_equal(v.count[RULING_INCONCLUSIVE], 2);
    assert_int_equal(v.status, 1);
    assert_int_equal(v.strict_status, 1);
    verdict_finish(&v);
}

static void test_an_improved_cell_passes(void **state)
{
    struct script all = {
        .cells = 2, .fresh = 20, .slower = {-0.1}, .suspect = {true}};
    struct verdict v = reach(all);

    (void)state;
    assert_int_equal(v.status, 0);
    assert_int_equal(v.strict_status, 0);
    assert_int_equal(v.ruling, RULING_IMPROVED);
    verdict_finish(&v);
}

static void test_a_control_that_is_not_quiet_silences_all(void **state)
{
    struct script all = {.cells = 2,
                         .fresh = 20,
                         .slower = {0, 0.1},
                         .suspect = {false, true},
                         .control = 0.05};
    struct verdict v = reach(all);

    (void)state;
    assert_true(v.disturbed);
    assert_int_equal(v.count[RULING_INCONCLUSIVE], 2);
    assert_int_equal(v.status, 3);
    assert_near(v.control.median, 1.05, 0.005);
    verdict_finish(&v);
    all.control = -0.05;
    v = reach(all);
    assert_int_equal(v.status, 3);
    verdict_finish(&v);
    all.control = 0.005; /* a trifle */
    v = reach(all);
    assert_int_equal(v.status, 1);
    verdict_finish(&v);
}

/* Ten pairs, all on one side, have p = 2 / 1024: that is no alarm. */
static void test_a_control_that_cannot_speak_lets_nothing_pass(void **state)
{
    struct script few = {.screen = 5}, red = slower;
    struct verdict v = reach(few);

    (void)state;
    assert_int_equal(v.control.n, 10);
    assert_true(v.untested && !v.disturbed);
    assert_int_equal(v.cells[0].ruling, RULING_INCONCLUSIVE);
    assert_non_null(strstr(v.cells[0].why, "too few to test it"));
    /* Eleven rounds of eight samples of 12 ms: 1.056 s. */
    assert_int_equal(v.test_budget_ns, 1056000000);
    assert_non_null(strstr(v.cells[0].why, "about --budget 2s"));
    assert_int_equal(v.status, 3);
    verdict_finish(&v);
    few.screen = 6;
    expect(few, RULING_PASS, 0);
    /* Ten rounds with a control in a third: as much as with one in each. */
    few.old = true;
    few.screen = 10;
    v = reach(few);
    assert_true(v.untested);
    assert_int_equal(v.test_budget_ns, 1056000000);
    verdict_finish(&v);
    red.old = true;
    red.screen = red.fresh = 6;
    v = reach(red);
    assert_true(v.untested);
    assert_int_equal(v.status, 1); /* what is slower is not let off */
    verdict_finish(&v);
    red.slower[0] = -0.1;
    expect(red, RULING_INCONCLUSIVE, 3);
}

/* The budget. */

static void test_the_advised_budget_would_exclude_the_threshold(void **state)
{
    struct recording r = perform(
        (struct script){.screen = 40, .slower = {0.03}, .scatter = 0.1});
    static const char budget[] = "# budget_s=10\n";
    const struct checked *c;
    struct verdict v;
    double room, above;

    (void)state;
    r.header = realloc(r.header, strlen(r.header) + sizeof(budget));
    assert_non_null(r.header);
    strcat(r.header, budget);
    assert_int_equal(verdict_reach(&r, 0, &v), 0);
    c = &v.cells[0];
    assert_int_equal(c->ruling, RULING_INCONCLUSIVE);
    assert_in_range((int)(1000 * c->ratio.median), 900, 1019);
    room = log(1.02) - log(c->ratio.median);
    above = log(c->ratio.high) - log(c->ratio.median);
    assert_true(above > room); /* or it would have passed */
    assert_near((double)c->budget_ns, 1e10 * pow(above / room, 2), 1e4);
    assert_non_null(strstr(c->why, "; about --budget "));
    verdict_finish(&v);
    recording_finish(&r);
    /* Who does not say what it had is told nothing of how much more it takes.
     */
    v = reach((struct script){.screen = 40, .slower = {0.03}, .scatter = 0.1});
    assert_int_equal(v.cells[0].budget_ns, 0);
    assert_non_null(strstr(v.cells[0].why, "larger --budget"));
    verdict_finish(&v);
}

/* Rounds. */

static void expect_said(struct script script, const char *words)
{
    struct verdict v = reach(script);

    if (words)
        assert_non_null(strstr(v.reason, words));
    else
        assert_null(strstr(v.reason, "ended after"));
    verdict_finish(&v);
}

static void test_a_check_that_was_interrupted_decides_nothing(void **state)
{
    struct script script = {
        .screen = 40, .planned = {90, 0}, .cut = true, .cells = 2};
    struct verdict v = reach(script);

    (void)state;
    assert_true(v.cut);
    assert_int_equal(v.count[RULING_BROKEN], 2);
    assert_int_equal(v.status, 5);
    assert_non_null(strstr(v.cells[0].why, "the check was cut short; up to"));
    assert_non_null(strstr(v.reason, "40 of 90 rounds: the check was inter"));
    verdict_finish(&v);
    /* What it has found, it has found. */
    script = slower;
    script.cut = true;
    expect(script, RULING_REGRESSED, 5);
    script.old = true;
    expect(script, RULING_REGRESSED, 1);
}

static void test_a_check_that_took_too_long_says_so(void **state)
{
    struct script script = slower;
    struct verdict v = reach(script);

    (void)state;
    assert_int_equal(v.rounds[0].done, 40);
    assert_int_equal(v.rounds[0].planned, 40);
    assert_int_equal(v.rounds[1].done, 20);
    verdict_finish(&v);
    expect_said(script, NULL);
    script.old = true; /* which did not say what was planned */
    expect_said(script, NULL);
    script.old = false;
    script.planned[0] = 40;
    script.planned[1] = 20;
    expect_said(script, NULL);
    script.planned[1] = 21;
    expect_said(script, "The fresh pairs ended after 20 of 21 rounds");
    script.planned[0] = 90;
    expect_said(script, "The screen ended after 40 of 90 rounds");
}

/* Times. */

static void test_injected_iterations_are_time(void **state)
{
    struct script more = {.extra = 10, .suspect = {true}, .fresh = 20};
    struct verdict v = reach(more);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_REGRESSED);
    assert_near(v.cells[0].ratio.median, 1.1, 0.002);
    assert_near(v.cells[0].cand_ns, 1.1e5, 0.002);
    assert_near(v.cells[0].base_ns, 1e5, 0.002);
    verdict_finish(&v);
    more.slower[0] = 1 / 1.1 - 1; /* as much faster each */
    v = reach(more);
    assert_near(v.cells[0].ratio.median, 1, 0.002);
    verdict_finish(&v);
}

/* The machine becomes slower all the time: neighbours hardly notice. */
static void drift(struct sample *s)
{
    s->real_ns *= exp((double)s->start_ns * 2e-9);
}

static void test_drift_cancels_inside_blocks(void **state)
{
    struct script script = {.change = drift};
    struct verdict v = reach(script);

    (void)state;
    assert_near(v.cells[0].ratio.median, 1, 0.005);
    assert_false(v.disturbed);
    verdict_finish(&v);
    script.naive = true; /* the first is always the quicker one */
    script.screen = 40;
    v = reach(script);
    assert_true(v.disturbed);
    assert_near(v.cells[0].ratio.median, exp(0.026), 0.005);
    verdict_finish(&v);
}

/* Each block is far from the next: only its own neighbours fit. */
static void jump(struct sample *s)
{
    s->real_ns *= 1 + (s->slot / 2 + 3 * s->round) % 5;
}

static void test_a_pair_is_of_two_neighbours(void **state)
{
    struct script script = {.change = jump};
    struct verdict v = reach(script);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    assert_int_equal(v.cells[0].ratio.n, 80);
    assert_near(v.cells[0].ratio.high, 1, 0.005);
    verdict_finish(&v);
}

/* What is missing. */

static void crash_some(struct sample *s)
{
    if (is_base(s) && (s->round == 3 || s->round == 9))
        crash(s);
}

static void crash_more(struct sample *s)
{
    if (is_base(s) && s->round >= 5 && s->round <= 7)
        crash(s);
}

static void crash_all(struct sample *s)
{
    crash(s);
}

static void test_over_a_tenth_missing_breaks_a_cell(void **state)
{
    struct script script = {.screen = 35, .change = crash_some};
    struct script more = slower;
    struct verdict v = reach(script);

    (void)state;
    assert_in_range(v.cells[0].missing, 4, 8); /* with the control's */
    assert_int_equal(v.cells[0].ratio.n, 66);
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    verdict_finish(&v);
    script.screen = 9; /* 4 of 18, and of the control's */
    expect(script, RULING_BROKEN, 5);
    more.change = crash_more;
    more.screen = 20;
    more.fresh = 4;
    expect(more, RULING_BROKEN, 5); /* though it would have regressed */
    expect((struct script){.change = crash_all}, RULING_BROKEN, 5);
}

static void crash_base_in_9(struct sample *s)
{
    if (is_base(s) && s->round == 9)
        crash(s);
}

static void crash_cand_in_9(struct sample *s)
{
    if (is_cand(s) && s->round == 9)
        crash(s);
}

static void crash_both_in_9(struct sample *s)
{
    crash_base_in_9(s);
    crash_cand_in_9(s);
}

static void test_a_candidate_that_fails_at_times_never_passes(void **state)
{
    struct script script = {.screen = 60, .change = crash_cand_in_9};
    struct verdict v = reach(script);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_REGRESSED);
    assert_int_equal(v.status, 1);
    assert_true(
        matches(v.cells[0].events,
                "failed in 2 of 120 samples, base in 0 of [0-9]+: crashed"));
    verdict_finish(&v);
    /* A base that does, too, is no better; it is said. */
    script.change = crash_both_in_9;
    v = reach(script);
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    assert_non_null(strstr(v.cells[0].why, "could not be measured: "));
    verdict_finish(&v);
    script.change = crash_base_in_9;
    expect(script, RULING_PASS, 0);
}

static struct gate {
    const char *column, *model;
    uint64_t base, cand;
    bool once; /* only in one sample of the candidate */
} gate;

static void through_gate(struct sample *s)
{
    for (size_t i = 0; i < n_sample_columns; i++) {
        const struct column *c = &sample_columns[i];
        bool cand = is_cand(s) && (!gate.once || s->round == 5);

        if (strcmp(column_key(c), gate.column) == 0)
            memcpy((char *)s + c->offset, cand ? &gate.cand : &gate.base,
                   c->size);
    }
    if (gate.model)
        strcpy(s->model, gate.model);
    if (s->wrong_iterations || s->broken_iterations) {
        s->status = STATUS_WRONG;
        strcpy(s->text, "counter 7, should be 8");
    }
}

/* What a machine may do to anybody. */
static void hang(struct sample *s)
{
    crash(s);
    s->status = STATUS_HUNG;
}

static void hang_cand_in_9(struct sample *s)
{
    if (is_cand(s) && s->round == 9)
        hang(s);
}

static void hang_copy_at_times(struct sample *s)
{
    if (side_find(s->side) == SIDE_COPY && s->round % 9 == 0)
        hang(s);
}

static void hang_some(struct sample *s)
{
    hang_cand_in_9(s);
    hang_copy_at_times(s);
}

static void hang_cand_now_and_then(struct sample *s)
{
    if (is_cand(s) && s->round % 12 == 0)
        hang(s);
}

static void test_a_candidate_that_hangs_once_is_undecided(void **state)
{
    struct script script = {.screen = 60, .change = hang_cand_in_9};
    struct verdict v = reach(script);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_INCONCLUSIVE);
    assert_true(matches(v.cells[0].why, "failed in 2 of 120 samples, base in 0 "
                                        "of [0-9]+: hung.*; time .* pairs"));
    verdict_finish(&v);
    /* The copy is base: it has no more reason to. */
    script.change = hang_some;
    expect(script, RULING_PASS, 0);
    /* Ten of 120 against none are no chance. */
    script.change = hang_cand_now_and_then;
    expect(script, RULING_REGRESSED, 1);
}

static void disturb_cand_now_and_then(struct sample *s)
{
    hang_cand_now_and_then(s);
    if (s->status == STATUS_HUNG)
        s->status = STATUS_DISTURBED;
}

static void test_samples_that_were_disturbed_are_no_regression(void **state)
{
    struct script script = {.screen = 60, .change = disturb_cand_now_and_then};
    struct verdict v = reach(script);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    assert_int_equal(v.cells[0].missing, 10);
    assert_true(matches(v.cells[0].why, "10 of [0-9]+ pairs could not be "
                                        "measured: cand disturbed"));
    verdict_finish(&v);
}

static void slow_at_times(struct sample *s)
{
    if (is_cand(s) && s->round % 5 == 0)
        s->real_ns *= 2;
}

static void test_a_slow_minority_is_told_with_its_mean(void **state)
{
    struct script script = {
        .fresh = 80, .suspect = {true}, .change = slow_at_times};
    struct verdict v = reach(script);

    (void)state;
    assert_int_equal(v.cells[0].ruling, RULING_REGRESSED);
    /* Two pairs a round; a fifth of them is e^(ln 2 / 5) in all. */
    assert_true(matches(v.cells[0].why,
                        "slower by more than 10 % in 32 of them, faster by as "
                        "much in 0, which is [+]15 % in the mean: p < 0.0001"));
    assert_int_equal(v.status, 1);
    verdict_finish(&v);
    script.fresh = 0;
    v = reach(script);
    assert_int_equal(v.cells[0].ruling, RULING_INCONCLUSIVE);
    verdict_finish(&v);
}

static void test_an_event_hides_no_time(void **state)
{
    struct verdict v;

    (void)state;
    gate = (struct gate){"voluntary", NULL, 0, 10000, false};
    v = reach((struct script){.slower = {-0.5}, .change = through_gate});
    assert_int_equal(v.cells[0].ruling, RULING_REGRESSED);
    assert_true(matches(v.cells[0].why, "^voluntary switches: 100 an "
                                        "iteration, base 0; time -50 %.* in "
                                        "[0-9]+ pairs$"));
    verdict_finish(&v);
}

/* A check whose pairs, with those of the control, are a multiple of ten. */
static struct recording perform_tens(size_t *ret_pairs)
{
    for (unsigned screen = 20; screen < 60; screen++) {
        struct recording r = perform((struct script){.screen = screen});
        struct verdict v;

        assert_int_equal(verdict_reach(&r, 0, &v), 0);
        *ret_pairs = v.cells[0].ratio.n + v.control.n;
        verdict_finish(&v);
        if (*ret_pairs % 10 == 0)
            return r;
        recording_finish(&r);
    }
    fail();
    return (struct recording){0};
}

static void test_exactly_a_tenth_may_be_missing(void **state)
{
    size_t all, missing = 0;
    struct recording r = perform_tens(&all);
    struct verdict v;

    (void)state;
    for (size_t i = 0; i < r.n && missing <= all / 10; i++) {
        if (r.samples[i].round == 0 || !is_cand(&r.samples[i]))
            continue;
        crash(&r.samples[i]);
        missing++;
        assert_int_equal(verdict_reach(&r, 0, &v), 0);
        assert_int_equal(v.cells[0].missing, missing);
        assert_int_equal(v.cells[0].ruling == RULING_BROKEN,
                         missing > all / 10);
        verdict_finish(&v);
    }
    assert_int_equal(missing, all / 10 + 1);
    recording_finish(&r);
}

/* As of a cell that was given up before the first round. */
static void test_a_cell_without_any_pair_is_broken(void **state)
{
    struct recording r = perform((struct script){.cells = 2});
    struct verdict v;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < r.n; i++)
        if (r.samples[i].round == 0 || r.samples[i].cell == 0)
            r.samples[n++] = r.samples[i];
    r.n = n;
    assert_int_equal(verdict_reach(&r, 0, &v), 0);
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    assert_int_equal(v.cells[1].ruling, RULING_BROKEN);
    assert_int_equal(v.cells[1].missing, 0);
    assert_int_equal(v.status, 5);
    verdict_finish(&v);
    recording_finish(&r);
}

/* Hung and failed samples have times, too, but not of the work. */
static enum status ended_so;

static void end_so(struct sample *s)
{
    if (is_cand(s))
        s->status = ended_so;
}

static void test_only_what_ended_well_has_a_time(void **state)
{
    (void)state;
    for (int status = 0; status < STATUS_N; status++) {
        bool well = status == STATUS_OK || status == STATUS_WRONG;

        ended_so = (enum status)status;
        expect((struct script){.change = end_so},
               well ? RULING_PASS : RULING_BROKEN, well ? 0 : 5);
    }
}

/* The gates beside time. */

/* The verdict of a cell of which one column is what the gate says. */
static struct verdict pass_gate(struct gate g)
{
    gate = g;
    return reach((struct script){.change = through_gate});
}

static void expect_gate(struct gate g, enum ruling ruling, const char *words)
{
    struct verdict v = pass_gate(g);

    assert_string_equal(ruling_name(v.cells[0].ruling), ruling_name(ruling));
    assert_int_equal(v.status, ruling == RULING_REGRESSED ? 1
                               : ruling == RULING_BROKEN  ? 5
                                                          : 0);
    assert_true(matches(v.cells[0].events, words));
    assert_true(matches(v.reason, words));
    verdict_finish(&v);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void test_a_leak_that_base_has_not_is_an_event(void **state)
{
    uint64_t most = bits_of(LEAK_BYTES), more = bits_of(LEAK_BYTES + 1);

    (void)state;
    expect_gate((struct gate){"fds_left", NULL, 0, 1, false}, RULING_REGRESSED,
                "left open: 1 threads and descriptors, base 0");
    expect_gate((struct gate){"threads_left", NULL, 2, 2, false}, RULING_PASS,
                "");
    expect_gate((struct gate){"fds_left", NULL, 0, 1, true}, RULING_PASS, "");
    expect_gate((struct gate){"heap_growth_bytes", NULL, most, more, false},
                RULING_REGRESSED, "leaves 4097 bytes of memory allocated");
    expect_gate((struct gate){"heap_growth_bytes", NULL, more, more, false},
                RULING_PASS, "");
}

static void test_operations_must_be_as_many(void **state)
{
    (void)state;
    expect_gate((struct gate){"begun", NULL, 500, 500, false}, RULING_PASS, "");
    expect_gate((struct gate){"begun", NULL, 500, 499, false}, RULING_REGRESSED,
                "operations: 4.99 an iteration, base 5");
    expect_gate((struct gate){"begun", NULL, 500, 501, false}, RULING_REGRESSED,
                "operations: 5.01");
}

/* The copy is base, whatever it is called. */
static void let_copy_err(struct sample *s)
{
    if (side_find(s->side) == SIDE_COPY || (is_cand(s) && s->round == 5))
        s->errors = 1;
}

static void test_errors_of_the_copy_are_those_of_base(void **state)
{
    (void)state;
    expect((struct script){.change = let_copy_err}, RULING_PASS, 0);
}

static void test_errors_must_not_be_more(void **state)
{
    (void)state;
    expect_gate((struct gate){"errors", NULL, 5, 5, false}, RULING_PASS, "");
    expect_gate((struct gate){"errors", NULL, 5, 4, false}, RULING_PASS, "");
    expect_gate((struct gate){"errors", NULL, 5, 6, false}, RULING_REGRESSED,
                "errors: up to 0.06 an iteration, base at most 0.05, in 80 of "
                "80 samples");
    expect_gate((struct gate){"errors", NULL, 0, 1, true}, RULING_REGRESSED,
                "errors: ");
}

/* Two models have their own ways, and so have two sizes, and commands. */
static void name_other_model(struct sample *s)
{
    if (is_cand(s))
        strcpy(s->model, "locked");
    through_gate(s);
}

static void name_other_size(struct sample *s)
{
    strcpy(s->parameters, is_cand(s) ? "tasks=20" : "tasks=10");
    through_gate(s);
}

static void name_commands(struct sample *s)
{
    strcpy(s->workload, "command");
    strcpy(s->model, is_cand(s) ? "new" : "old");
    through_gate(s);
}

static void name_one_command(struct sample *s)
{
    strcpy(s->workload, "command");
    strcpy(s->model, "one.sh");
    through_gate(s);
}

static void test_counts_are_compared_of_one_model(void **state)
{
    void (*const others[])(struct sample * s) = {
        name_other_model, name_other_size, name_commands, name_one_command};

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        struct script script = {.change = others[i]};

        gate = (struct gate){"voluntary", NULL, 0, 10000, false};
        expect(script, RULING_PASS, 0);
        gate = (struct gate){"threads_peak", NULL, 1, 100, false};
        expect(script, RULING_PASS, 0);
        gate = (struct gate){"errors", NULL, 0, 1, false};
        expect(script, RULING_REGRESSED, 1);
    }
}

static void test_requests_must_be_as_many(void **state)
{
    (void)state;
    expect_gate((struct gate){"origin_requests", NULL, 1010, 1010, false},
                RULING_PASS, "");
    expect_gate((struct gate){"origin_requests", NULL, 1010, 1111, false},
                RULING_REGRESSED, "requests: 11 an iteration, base 10");
    expect_gate((struct gate){"origin_requests", NULL, 1010, 1009, false},
                RULING_REGRESSED, "requests: ");
}

static void test_threads_may_be_a_tenth_more(void **state)
{
    const struct {
        uint64_t base, most;
    } rows[] = {{1, 2}, {9, 10}, {10, 11}, {20, 22}, {100, 110}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t base = rows[i].base, most = rows[i].most;

        expect_gate((struct gate){"threads_peak", NULL, base, most, false},
                    RULING_PASS, "");
        expect_gate((struct gate){"threads_peak", NULL, base, most + 1, false},
                    RULING_REGRESSED, "threads: [0-9]+, base [0-9]+");
        expect_gate((struct gate){"threads_peak", NULL, base, 0, false},
                    RULING_PASS, "");
    }
    expect_gate((struct gate){"threads_peak", NULL, 1, 500, true}, RULING_PASS,
                "");
}

static void end_threads_early(struct sample *s)
{
    s->threads_peak = !is_cand(s) && s->round % 3 ? 8 : 11;
}

static void test_threads_that_end_early_are_no_fewer(void **state)
{
    (void)state;
    expect((struct script){.change = end_threads_early}, RULING_PASS, 0);
}

/* 100 iterations a sample. */
static void test_switches_may_be_twice_as_many_and_some(void **state)
{
    (void)state;
    expect_gate((struct gate){"voluntary", NULL, 0, 2000, false}, RULING_PASS,
                "");
    expect_gate((struct gate){"voluntary", NULL, 0, 2001, false},
                RULING_REGRESSED, "switches: 20.01 an iteration, base 0");
    expect_gate((struct gate){"voluntary", NULL, 1000, 4000, false},
                RULING_PASS, "");
    expect_gate((struct gate){"voluntary", NULL, 1000, 4001, false},
                RULING_REGRESSED, "switches: 40.01 an iteration, base 10");
    expect_gate((struct gate){"voluntary", NULL, 0, 1000000, true}, RULING_PASS,
                "");
}

static void test_wrong_results_where_exact_is_promised(void **state)
{
    (void)state;
    expect_gate((struct gate){"wrong_iterations", "locked", 0, 3, false},
                RULING_REGRESSED,
                "wrong in 80 of 80 samples: counter 7, should be 8");
    expect_gate((struct gate){"wrong_iterations", "locked", 0, 1, true},
                RULING_REGRESSED, "wrong in 2 of 80 samples");
    expect_gate((struct gate){"wrong_iterations", "locked", 3, 0, false},
                RULING_BROKEN, "base is wrong in ");
    expect_gate((struct gate){"wrong_iterations", "locked", 3, 3, false},
                RULING_BROKEN, "base is wrong in ");
}

static void test_wrong_results_where_nothing_is_promised(void **state)
{
    const char *racy = "thread-per-socket";

    (void)state;
    expect_gate((struct gate){"wrong_iterations", racy, 0, 3, false},
                RULING_PASS, "");
    expect_gate((struct gate){"wrong_iterations", racy, 9, 3, false},
                RULING_PASS, "");
    expect_gate((struct gate){"broken_iterations", racy, 0, 3, false},
                RULING_REGRESSED, "wrong in ");
    expect_gate((struct gate){"broken_iterations", racy, 3, 0, false},
                RULING_BROKEN, "base is wrong in ");
}

static void test_gates_count_for_each_iteration(void **state)
{
    struct script more = {
        .extra = 10, .slower = {1 / 1.1 - 1}, .change = through_gate};
    struct verdict v;

    (void)state;
    gate = (struct gate){"errors", NULL, 100, 110, false};
    v = reach(more);
    assert_string_equal(v.cells[0].events, "");
    verdict_finish(&v);
    gate = (struct gate){"voluntary", NULL, 0, 2200, false};
    v = reach(more);
    assert_string_equal(v.cells[0].events, "");
    verdict_finish(&v);
    /* The warm-up is one more: 101 and 111 of them. */
    gate = (struct gate){"origin_requests", NULL, 1010, 1110, false};
    v = reach(more);
    assert_string_equal(v.cells[0].events, "");
    verdict_finish(&v);
}

static void test_gates_hold_where_times_say_nothing(void **state)
{
    struct script disturbed = {
        .control = 0.05, .screen = 60, .change = through_gate};
    struct verdict v;

    (void)state;
    gate = (struct gate){"begun", NULL, 500, 499, false};
    v = reach(disturbed);
    assert_true(v.disturbed);
    assert_int_equal(v.cells[0].ruling, RULING_REGRESSED);
    assert_int_equal(v.status, 1);
    verdict_finish(&v);
}

/* The calibration, and other cells, are nobody's events. */
static void wrong_elsewhere(struct sample *s)
{
    if (s->cell == 1 || s->round == 0) {
        s->status = STATUS_WRONG;
        s->wrong_iterations = s->broken_iterations = 1;
    }
}

static void test_events_are_of_one_cell_and_its_rounds(void **state)
{
    struct verdict v =
        reach((struct script){.cells = 2, .change = wrong_elsewhere});

    (void)state;
    assert_string_equal(v.cells[0].events, "");
    assert_int_equal(v.cells[0].ruling, RULING_PASS);
    assert_int_equal(v.cells[1].ruling, RULING_BROKEN);
    verdict_finish(&v);
}

/* The same again. */

static char *json_of(const struct recording *r, unsigned trial)
{
    struct verdict v;
    char *json;

    assert_int_equal(verdict_reach(r, trial, &v), 0);
    json = verdict_json(&v);
    assert_non_null(json);
    verdict_finish(&v);
    return json;
}

static const struct script mixed = {.cells = 4,
                                    .fresh = 13,
                                    .slower = {0, 0.1, -0.1, 0},
                                    .suspect = {false, true, true, false},
                                    .scatter = 0.013,
                                    .change = crash_cell_3};

/* Through samples.tsv. */
static struct recording store_and_read(const struct recording *r)
{
    char *dir = make_scratch();
    struct recording back;
    struct store store;

    assert_int_equal(store_create(&store, dir, r->header), 0);
    for (size_t i = 0; i < r->n; i++)
        assert_int_equal(store_append(&store, &r->samples[i]), 0);
    store_close(&store);
    assert_int_equal(store_read(dir, &back), 0);
    assert_int_equal(back.n, r->n);
    remove_scratch(dir);
    return back;
}

static void test_a_file_gives_the_same_bytes(void **state)
{
    struct recording r = perform(mixed), back = store_and_read(&r);
    char *first = json_of(&r, 0), *second = json_of(&r, 0),
         *replayed = json_of(&back, 0);

    (void)state;
    assert_string_equal(first, second);
    assert_string_equal(first, replayed);
    free(first);
    free(second);
    free(replayed);
    recording_finish(&r);
    recording_finish(&back);
}

static void test_a_recording_may_end_anywhere(void **state)
{
    struct recording r = perform(slower);
    size_t n = r.n;

    (void)state;
    for (r.n = 3; r.n <= n; r.n++) {
        struct verdict v;

        assert_int_equal(verdict_reach(&r, 0, &v), 0);
        verdict_finish(&v);
    }
    r.n = n;
    recording_finish(&r);
}

static void test_trials_are_told_apart(void **state)
{
    struct script one = slower, two = {.trial = 2};
    struct recording a, b;
    char *alone, *together;

    (void)state;
    one.trial = 1;
    a = perform(one);
    b = perform(two);
    alone = json_of(&b, 2);
    for (size_t i = 0; i < b.n; i++)
        assert_int_equal(recording_add(&a, &b.samples[i]), 0);
    together = json_of(&a, 2);
    assert_string_equal(alone, together);
    free(together);
    together = json_of(&a, 1);
    assert_string_not_equal(alone, together);
    assert_true(matches(together, "REGRESSED"));
    free(alone);
    free(together);
    recording_finish(&a);
    recording_finish(&b);
}

static void test_pairs_are_of_one_trial(void **state)
{
    struct recording a = perform((struct script){.trial = 1, .screen = 10});
    struct recording b = perform((struct script){.trial = 2, .screen = 20});
    struct pair_set pairs;

    (void)state;
    for (size_t i = 0; i < b.n; i++)
        assert_int_equal(recording_add(&a, &b.samples[i]), 0);
    for (unsigned trial = 1; trial <= 2; trial++) {
        struct recording part = pairs_trial(&a, trial);

        assert_int_equal(pairs_collect(&part, 0, 1, SIDE_CAND, &pairs), 0);
        assert_int_equal(pairs.n, 20 * trial);
        free(pairs.ln);
    }
    recording_finish(&a);
    recording_finish(&b);
}

static void name_other(struct sample *s)
{
    if (is_cand(s))
        strcpy(s->model, "libuv");
}

static void name_unknown(struct sample *s)
{
    strcpy(s->workload, "command");
    strcpy(s->model, "sort");
    s->parameters[0] = '\0';
}

static void test_cells_have_names(void **state)
{
    struct verdict v = reach((struct script){.change = name_other});

    (void)state;
    assert_string_equal(v.cells[0].name,
                        "counter/libuv/tasks:10/increments:1000 against "
                        "counter/sequential/tasks:10/increments:1000");
    verdict_finish(&v);
    v = reach((struct script){.change = name_unknown});
    assert_string_equal(v.cells[0].name, "command/sort");
    verdict_finish(&v);
}

/* What is no check. */

static void expect_invalid(const struct recording *r)
{
    struct verdict v = {.status = 77};

    assert_int_equal(verdict_reach(r, 0, &v), -EINVAL);
    assert_int_equal(v.status, 77); /* untouched */
}

/* The first sample of a round. */
static struct sample *find_round(struct recording *r, unsigned round)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].round == round)
            return &r->samples[i];
    fail_msg("no round %u", round);
    return NULL;
}

static void swap(struct sample *a, struct sample *b)
{
    struct sample was = *a;

    *a = *b;
    *b = was;
}

static void test_samples_in_another_order_are_refused(void **state)
{
    (void)state;
    for (size_t apart = 1; apart < 40; apart++) {
        struct recording r = perform((struct script){.cells = 2});
        struct sample *s = find_round(&r, 4);

        swap(s, s + apart);
        expect_invalid(&r);
        recording_finish(&r);
    }
}

static void test_arms_that_were_exchanged_are_refused(void **state)
{
    struct recording r = perform((struct script){0});

    (void)state;
    for (size_t i = 0; i < r.n; i++)
        if (is_cand(&r.samples[i]))
            strcpy(r.samples[i].side, "base");
        else if (is_base(&r.samples[i]))
            strcpy(r.samples[i].side, "cand");
    expect_invalid(&r);
    recording_finish(&r);
}

static void test_cells_that_were_exchanged_are_refused(void **state)
{
    struct recording r = perform((struct script){.cells = 2});

    (void)state;
    for (size_t i = 0; i < r.n; i++)
        r.samples[i].cell = 1 - r.samples[i].cell;
    expect_invalid(&r);
    recording_finish(&r);
}

/* Its slot and side might be those of the first round as well. */
static void test_a_round_that_comes_again_is_refused(void **state)
{
    struct recording r = perform((struct script){0});

    (void)state;
    r.samples[r.n - 1].round = 1;
    expect_invalid(&r);
    recording_finish(&r);
}

static void test_a_sample_that_is_there_twice_is_refused(void **state)
{
    struct recording r = perform((struct script){0});
    struct sample *s = find_round(&r, 4);

    (void)state;
    s[1] = s[0];
    expect_invalid(&r);
    recording_finish(&r);
}

static void test_another_seed_or_order_is_refused(void **state)
{
    struct recording r = perform((struct script){0});
    char *seed = strstr(r.header, "seed=7");

    (void)state;
    memcpy(seed, "seed=8", 6);
    expect_invalid(&r);
    memcpy(seed, "sead=7", 6);
    expect_invalid(&r);
    memcpy(seed, "seed=7", 6);
    memcpy(strstr(r.header, "order=random"), "order=naive\n", 12);
    expect_invalid(&r);
    recording_finish(&r);
}

/* One sample in the midst of others, spoilt. */
static void spoil(void (*how)(struct sample *s))
{
    struct recording r = perform((struct script){0});

    how(find_round(&r, 4));
    expect_invalid(&r);
    recording_finish(&r);
}

static void spoil_arm(struct sample *s)
{
    strcpy(s->side, "third");
}

static void spoil_cell(struct sample *s)
{
    s->cell = 1;
}

static void spoil_cell_hugely(struct sample *s)
{
    s->cell = VERDICT_MOST_CELLS;
}

static void spoil_cell_utterly(struct sample *s)
{
    s->cell = UINT32_MAX;
}

static void spoil_slot(struct sample *s)
{
    s->slot = 8;
}

static void spoil_slot_utterly(struct sample *s)
{
    s->slot = UINT32_MAX;
}

static void spoil_round(struct sample *s)
{
    s->round = 2;
}

/* It would be of no stage, but a pair of the control's, and an event. */
static void spoil_stage(struct sample *s)
{
    s->stage = 3;
}

static void spoil_stage_away(struct sample *s)
{
    s->stage = 0;
}

/* The samples of both, as parts of one check. */
static struct recording join(struct script a, struct script b)
{
    struct recording whole = perform(a), part = perform(b);

    for (size_t i = 0; i < whole.n; i++)
        whole.samples[i].part = 1;
    for (size_t i = 0; i < part.n; i++) {
        part.samples[i].part = 2;
        assert_int_equal(recording_add(&whole, &part.samples[i]), 0);
    }
    recording_finish(&part);
    return whole;
}

/* Holm's correction is over the suspects of all parts. */
static void test_parts_of_a_check_are_judged_together(void **state)
{
    struct script two = {
        .cells = 2, .fresh = 20, .slower = {0, 0.1}, .suspect = {false, true}};
    struct verdict one = reach(slower), both;
    struct recording r = join(slower, two);

    (void)state;
    assert_near(one.cells[0].p_bound, 0.002, 1e-12);
    assert_int_equal(verdict_reach(&r, 0, &both), 0);
    assert_int_equal(both.n, 3);
    assert_int_equal(both.cells[0].ruling, RULING_REGRESSED);
    assert_int_equal(both.cells[1].ruling, RULING_PASS);
    assert_int_equal(both.cells[2].ruling, RULING_REGRESSED);
    assert_near(both.cells[0].p_bound + both.cells[2].p_bound, 0.003, 1e-12);
    assert_true(both.elapsed_ns > one.elapsed_ns);
    assert_true(both.control.n > one.control.n);
    verdict_finish(&both);
    /* Each part is in the order of the seed for itself. */
    r.samples[r.n - 1].round = 1;
    expect_invalid(&r);
    verdict_finish(&one);
    recording_finish(&r);
}

static void test_samples_that_cannot_be_are_refused(void **state)
{
    (void)state;
    spoil(spoil_arm);
    spoil(spoil_cell);
    spoil(spoil_cell_hugely);
    spoil(spoil_cell_utterly);
    spoil(spoil_slot);
    spoil(spoil_slot_utterly);
    spoil(spoil_round);
    spoil(spoil_stage);
    spoil(spoil_stage_away);
}

static void test_a_cell_of_a_calibration_may_be_no_number_at_all(void **state)
{
    struct recording r = perform((struct script){0});

    (void)state;
    r.samples[1].cell = UINT32_MAX;
    expect_invalid(&r);
    recording_finish(&r);
}

static void test_what_is_no_check_is_refused(void **state)
{
    struct recording none = {0}, r = perform((struct script){0});
    struct verdict v;

    (void)state;
    expect_invalid(&none);
    assert_int_equal(verdict_reach(&r, 1, &v), -EINVAL);
    for (size_t i = 0; i < r.n; i++)
        r.samples[i].side[0] = '\0'; /* as `baton run` writes them */
    expect_invalid(&r);
    recording_finish(&r);
}

/* Samples of strange values give strange verdicts, and no crash. */
static void strange(struct sample *s)
{
    if (is_cand(s)) {
        s->extra = 2 * s->iterations;
        s->real_ns = 1e300;
        s->wall_ns = UINT64_MAX;
    }
}

static void test_strange_values_do_no_harm(void **state)
{
    struct recording r = perform((struct script){.change = strange});
    char *json = json_of(&r, 0);

    (void)state;
    assert_false(strstr(json, "nan") || strstr(json, "Infinity"));
    free(json);
    recording_finish(&r);
}

static void test_rulings_have_names(void **state)
{
    (void)state;
    assert_string_equal(ruling_name(RULING_PASS), "PASS");
    assert_string_equal(ruling_name(RULING_REGRESSED), "REGRESSED");
    assert_string_equal(ruling_name(RULING_INCONCLUSIVE), "INCONCLUSIVE");
    assert_string_equal(ruling_name(RULING_IMPROVED), "IMPROVED");
    assert_string_equal(ruling_name(RULING_BROKEN), "BROKEN");
    assert_string_equal(ruling_name(RULING_N), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_ruling_has_its_status),
        cmocka_unit_test(test_a_verdict_says_what_it_rests_on),
        cmocka_unit_test(test_a_threshold_comes_from_the_header),
        cmocka_unit_test(test_the_worst_cell_decides),
        cmocka_unit_test(test_undecided_cells_fail_only_strictly),
        cmocka_unit_test(test_an_improved_cell_passes),
        cmocka_unit_test(test_parts_of_a_check_are_judged_together),
        cmocka_unit_test(test_a_control_that_is_not_quiet_silences_all),
        cmocka_unit_test(test_a_control_that_cannot_speak_lets_nothing_pass),
        cmocka_unit_test(test_the_advised_budget_would_exclude_the_threshold),
        cmocka_unit_test(test_a_check_that_was_interrupted_decides_nothing),
        cmocka_unit_test(test_a_check_that_took_too_long_says_so),
        cmocka_unit_test(test_injected_iterations_are_time),
        cmocka_unit_test(test_drift_cancels_inside_blocks),
        cmocka_unit_test(test_a_pair_is_of_two_neighbours),
        cmocka_unit_test(test_over_a_tenth_missing_breaks_a_cell),
        cmocka_unit_test(test_a_candidate_that_fails_at_times_never_passes),
        cmocka_unit_test(test_a_candidate_that_hangs_once_is_undecided),
        cmocka_unit_test(test_samples_that_were_disturbed_are_no_regression),
        cmocka_unit_test(test_a_slow_minority_is_told_with_its_mean),
        cmocka_unit_test(test_an_event_hides_no_time),
        cmocka_unit_test(test_exactly_a_tenth_may_be_missing),
        cmocka_unit_test(test_a_cell_without_any_pair_is_broken),
        cmocka_unit_test(test_only_what_ended_well_has_a_time),
        cmocka_unit_test(test_a_leak_that_base_has_not_is_an_event),
        cmocka_unit_test(test_operations_must_be_as_many),
        cmocka_unit_test(test_errors_must_not_be_more),
        cmocka_unit_test(test_errors_of_the_copy_are_those_of_base),
        cmocka_unit_test(test_counts_are_compared_of_one_model),
        cmocka_unit_test(test_requests_must_be_as_many),
        cmocka_unit_test(test_threads_may_be_a_tenth_more),
        cmocka_unit_test(test_threads_that_end_early_are_no_fewer),
        cmocka_unit_test(test_switches_may_be_twice_as_many_and_some),
        cmocka_unit_test(test_wrong_results_where_exact_is_promised),
        cmocka_unit_test(test_wrong_results_where_nothing_is_promised),
        cmocka_unit_test(test_gates_count_for_each_iteration),
        cmocka_unit_test(test_gates_hold_where_times_say_nothing),
        cmocka_unit_test(test_events_are_of_one_cell_and_its_rounds),
        cmocka_unit_test(test_a_file_gives_the_same_bytes),
        cmocka_unit_test(test_a_recording_may_end_anywhere),
        cmocka_unit_test(test_trials_are_told_apart),
        cmocka_unit_test(test_pairs_are_of_one_trial),
        cmocka_unit_test(test_cells_have_names),
        cmocka_unit_test(test_samples_in_another_order_are_refused),
        cmocka_unit_test(test_arms_that_were_exchanged_are_refused),
        cmocka_unit_test(test_cells_that_were_exchanged_are_refused),
        cmocka_unit_test(test_a_round_that_comes_again_is_refused),
        cmocka_unit_test(test_a_sample_that_is_there_twice_is_refused),
        cmocka_unit_test(test_another_seed_or_order_is_refused),
        cmocka_unit_test(test_samples_that_cannot_be_are_refused),
        cmocka_unit_test(test_a_cell_of_a_calibration_may_be_no_number_at_all),
        cmocka_unit_test(test_what_is_no_check_is_refused),
        cmocka_unit_test(test_strange_values_do_no_harm),
        cmocka_unit_test(test_rulings_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
