/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fewest preemptions: the formula against a search of all orders. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/watch/optimum.h"
#include "harness/watch/advice.h"

enum { MOST_TASKS = 5, MOST_GOAL = 16, ROOM = 1 << 24 };

/* Where a game is: packed, it is the key of a table. */
struct place {
    uint8_t steps[MOST_TASKS], held[MOST_TASKS];
    uint8_t counter, last; /* last: the task that has run, from 1 */
};

/* For each place, a bit for each number of preemptions that led to it. */
struct seen {
    struct place at;
    uint8_t costs;
};

struct search {
    unsigned tasks, increments;
    struct seen *seen; /* a hash table */
    unsigned fewest[MOST_GOAL + 1];
};

enum { MOST_COST = 6, NEVER = 99 };

static bool is_first(struct search *s, const struct place *at, unsigned cost)
{
    const uint8_t *bytes = (const uint8_t *)at;
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < sizeof(*at); i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    for (hash %= ROOM; s->seen[hash].costs; hash = (hash + 1) % ROOM)
        if (memcmp(&s->seen[hash].at, at, sizeof(*at)) == 0)
            break;
    s->seen[hash].at = *at;
    if (s->seen[hash].costs & (1u << cost))
        return false;
    s->seen[hash].costs |= (uint8_t)(1u << cost);
    return true;
}

static void step(struct place *at, unsigned task)
{
    if (at->steps[task]++ % 2 == 0)
        at->held[task] = at->counter;
    else {
        at->counter = (uint8_t)(at->held[task] + 1);
        at->held[task] = 0; /* nothing depends on it any more */
    }
    at->last = (uint8_t)(task + 1);
}

/* It knows the rules of the game alone: nothing of the formula. */
static void explore(struct search *s, const struct place *at, unsigned cost)
{
    bool ended = true;

    if (cost > MOST_COST || !is_first(s, at, cost))
        return;
    for (unsigned task = 0; task < s->tasks; task++) {
        struct place next = *at;
        bool preempts = at->last && at->last != task + 1 &&
                        at->steps[at->last - 1] < 2 * s->increments;

        if (at->steps[task] == 2 * s->increments)
            continue;
        ended = false;
        step(&next, task);
        explore(s, &next, cost + preempts);
    }
    if (ended && cost < s->fewest[at->counter])
        s->fewest[at->counter] = cost;
}

static void compare(unsigned tasks, unsigned increments)
{
    struct search s = {.tasks = tasks, .increments = increments};

    s.seen = calloc(ROOM, sizeof(*s.seen));
    assert_non_null(s.seen);
    for (unsigned i = 0; i <= MOST_GOAL; i++)
        s.fewest[i] = NEVER;
    explore(&s, &(struct place){0}, 0);
    for (unsigned goal = 0; goal <= MOST_GOAL; goal++) {
        struct game g = {tasks, increments, goal};
        int formula = optimum_preemptions(&g);

        if (formula < 0)
            formula = NEVER;
        if (s.fewest[goal] != (unsigned)formula)
            fail_msg("%u x %u -> %u: %u by search, %d by formula", tasks,
                     increments, goal, s.fewest[goal], formula);
    }
    free(s.seen);
}

static void test_no_order_needs_fewer_than_the_formula(void **state)
{
    static const uint8_t games[][2] = {{1, 1}, {1, 4}, {2, 1}, {2, 2},
                                       {2, 3}, {2, 4}, {2, 5}, {3, 1},
                                       {3, 2}, {3, 3}, {4, 1}, {4, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(games); i++)
        compare(games[i][0], games[i][1]);
}

static void test_larger_games_do_not_either(void **state)
{
    (void)state;
    compare(2, 8);
    compare(3, 4);
    compare(3, 5);
    compare(4, 3);
    compare(5, 2);
}

/* What a schedule makes of such tasks. */
struct played {
    uint64_t counter, preemptions, runs, left;
};

static void run_steps(struct played *p, uint64_t *left, uint64_t *held,
                      uint64_t steps)
{
    for (uint64_t i = 0; i < steps; i++, --*left)
        if (*left % 2 == 0)
            *held = p->counter;
        else
            p->counter = *held + 1;
}

static struct played play(const struct schedule *s)
{
    uint64_t *left = calloc(s->tasks + 1, sizeof(*left));
    uint64_t *held = calloc(s->tasks + 1, sizeof(*held)), last = 0;
    struct schedule_place place = {0};
    struct schedule_grant grant;
    struct played p = {0};

    assert_non_null(left);
    assert_non_null(held);
    for (uint64_t i = 1; i <= s->tasks; i++)
        left[i] = 2 * s->increments;
    while (schedule_next(s, &place, &grant)) {
        if (grant.steps == SCHEDULE_REST)
            grant.steps = left[grant.task];
        assert_in_range(grant.steps, 1, left[grant.task]);
        assert_int_not_equal(grant.task, last);
        p.preemptions += last && left[last];
        p.runs++;
        last = grant.task;
        run_steps(&p, &left[last], &held[last], grant.steps);
    }
    for (uint64_t i = 1; i <= s->tasks; i++)
        p.left += left[i];
    free(left);
    free(held);
    return p;
}

static void check_schedule(const struct game *g)
{
    struct schedule s = {0};
    int preemptions = optimum_preemptions(g);
    struct played p;

    assert_int_equal(optimum_schedule(g, &s),
                     preemptions < 0 ? preemptions : 0);
    if (preemptions >= 0) {
        p = play(&s);
        assert_int_equal(p.left, 0);
        assert_int_equal(p.counter, g->goal);
        assert_int_equal(p.preemptions, preemptions);
        assert_int_equal(p.runs - 1, optimum_switches(g, p.preemptions));
    }
    schedule_finish(&s);
}

static void test_the_schedule_ends_at_the_goal_with_so_many(void **state)
{
    (void)state;
    for (uint64_t tasks = 1; tasks <= 6; tasks++)
        for (uint64_t increments = 1; increments <= 7; increments++)
            for (uint64_t goal = 0; goal <= tasks * increments + 1; goal++)
                check_schedule(&(struct game){tasks, increments, goal});
}

static void test_a_hundred_threads_reach_2_in_six_lines(void **state)
{
    struct game g = {100, 1000, 2};
    struct schedule s = {.workload = "counter"};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    assert_int_equal(optimum_preemptions(&g), 4);
    assert_int_equal(optimum_switches(&g, 4), 103);
    check_schedule(&g);
    assert_int_equal(optimum_schedule(&g, &s), 0);
    schedule_write(&s, out);
    fclose(out);
    assert_string_equal(text, "baton-schedule 1 counter tasks=100 "
                              "increments=1000\n"
                              "1 1\n3-100 *\n2 1998\n1 1\n2 1\n1-2 *\n");
    free(text);
    schedule_finish(&s);
}

/* Plays as it is advised; the preemptions. */
static unsigned follow(const struct game *g)
{
    struct position p;
    struct advice a;
    unsigned preemptions = 0, promised;

    assert_int_equal(position_init(&p, g), 0);
    assert_int_equal(search_advise(&p, &a), 0);
    promised = a.further;
    for (uint64_t i = 0; i < 2 * g->tasks * g->increments; i++) {
        assert_int_equal(a.further, promised - preemptions);
        assert_in_range(a.task, 1, g->tasks);
        preemptions += position_step(&p, a.task);
        assert_int_equal(search_advise(&p, &a), 0);
    }
    assert_int_equal(p.counter, g->goal);
    position_finish(&p);
    return preemptions;
}

static void test_advice_leads_to_each_goal_with_the_fewest(void **state)
{
    (void)state;
    for (uint64_t tasks = 2; tasks <= 3; tasks++)
        for (uint64_t goal = 2; goal <= tasks * 3; goal++) {
            struct game g = {tasks, 3, goal};

            assert_int_equal(follow(&g), optimum_preemptions(&g));
        }
}

static void test_advice_knows_when_the_goal_is_lost(void **state)
{
    struct game g = {2, 3, 2};
    struct position p;
    struct advice a;

    (void)state;
    assert_int_equal(position_init(&p, &g), 0);
    for (unsigned i = 0; i < 6; i++)
        position_step(&p, 1);
    assert_int_equal(search_advise(&p, &a), 0);
    assert_int_equal(a.task, 0);
    assert_int_equal(a.chance, 0);
    position_finish(&p);
}

static double chance(uint64_t tasks, uint64_t increments, uint64_t goal)
{
    struct game g = {tasks, increments, goal};
    struct position p;
    struct advice a = {0};

    assert_int_equal(position_init(&p, &g), 0);
    assert_int_equal(search_advise(&p, &a), 0);
    position_finish(&p);
    return a.chance;
}

/* The numbers of a computation apart from this one. */
static void test_by_chance_the_goal_is_rarely_met(void **state)
{
    (void)state;
    assert_near(chance(2, 2, 2), 0.34375, 0.001);
    assert_near(chance(2, 3, 2), 0.0039, 0.01);
    assert_true(chance(2, 5, 2) < 0.0001);
    assert_near(chance(2, 5, 5), 0.12, 0.05);
    assert_near(chance(2, 5, 10), 0.008, 0.1);
}

static void test_a_large_game_is_not_searched(void **state)
{
    struct game g = {100, 1000, 2};
    struct position p;
    struct advice a;

    (void)state;
    assert_int_equal(position_init(&p, &g), 0);
    assert_int_equal(search_advise(&p, &a), -E2BIG);
    position_finish(&p);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_order_needs_fewer_than_the_formula),
        cmocka_unit_test(test_the_schedule_ends_at_the_goal_with_so_many),
        cmocka_unit_test(test_a_hundred_threads_reach_2_in_six_lines),
        cmocka_unit_test(test_advice_leads_to_each_goal_with_the_fewest),
        cmocka_unit_test(test_advice_knows_when_the_goal_is_lost),
        cmocka_unit_test(test_by_chance_the_goal_is_rarely_met),
        cmocka_unit_test(test_a_large_game_is_not_searched),
    };
    const struct CMUnitTest larger[] = {
        cmocka_unit_test(test_larger_games_do_not_either),
    };

    if (argc > 1 && strcmp(argv[1], "larger") == 0)
        return cmocka_run_group_tests(larger, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
