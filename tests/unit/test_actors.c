/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mailboxes lose nothing, and a worker that ends early is reported. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "models/actor_clock.h"
#include "models/model.h"
#include "workloads/clock.h"

enum { SENDERS = 16, LETTERS = 1000 };

struct numbered {
    struct letter letter; /* first */
    size_t sender, number;
};

static struct {
    struct actor starter, receiver;
    struct letter first;
    struct actors actors;
    struct sender {
        struct actor actor; /* first */
        struct letter start;
        struct numbered letters[LETTERS];
    } senders[SENDERS];
    size_t received[SENDERS], all;
    atomic_bool inside, twice, disordered;
} post;

static void receive(struct actor *self, struct letter *letter,
                    struct worker *worker)
{
    const struct numbered *n = (const struct numbered *)letter;

    (void)self;
    (void)worker;
    if (atomic_exchange(&post.inside, true))
        post.twice = true;
    if (n->number != post.received[n->sender]++)
        post.disordered = true;
    if (++post.all == SENDERS * LETTERS)
        actors_stop(&post.actors, 0);
    post.inside = false;
}

static void send_all(struct actor *self, struct letter *letter,
                     struct worker *worker)
{
    struct sender *s = (struct sender *)self;

    (void)letter;
    for (size_t i = 0; i < LETTERS; i++) {
        s->letters[i] = (struct numbered){.sender = (size_t)(s - post.senders),
                                          .number = i};
        actor_send(worker, &post.receiver, &s->letters[i].letter);
        if (i % 10 == 0)
            actors_wake(worker);
    }
}

static void start(struct actor *self, struct letter *letter,
                  struct worker *worker)
{
    (void)self;
    (void)letter;
    for (size_t i = 0; i < SENDERS; i++) {
        actor_init(&post.senders[i].actor, send_all);
        actor_send(worker, &post.senders[i].actor, &post.senders[i].start);
    }
}

static void test_letters_arrive_once_and_in_the_order_of_each_sender(void **s)
{
    (void)s;
    for (int round = 0; round < 20; round++) {
        memset(&post, 0, sizeof(post));
        actors_init(&post.actors);
        actor_init(&post.starter, start);
        actor_init(&post.receiver, receive);
        assert_int_equal(
            actors_run(&post.actors, 4, &post.starter, &post.first), 0);
        actors_finish(&post.actors);
        assert_int_equal(post.all, SENDERS * LETTERS);
        assert_false(post.twice);
        assert_false(post.disordered);
    }
}

/* The clock wakes in the order of time, not early, and a past time at once. */

static struct {
    struct actor starter;
    struct letter first;
    struct actors actors;
    struct actor_clock clock;
    struct sleeper {
        struct waiter waiter; /* first */
        uint64_t at_ns;
    } sleepers[30];
    atomic_uint woken, early;
} bed;

static void wake_up(struct actor *self, struct letter *letter,
                    struct worker *worker)
{
    struct sleeper *s = (struct sleeper *)self;

    (void)letter;
    (void)worker;
    waiter_woke(&s->waiter);
    if (clock_ns() < s->at_ns)
        bed.early++;
    if (++bed.woken == COUNT(bed.sleepers))
        actors_stop(&bed.actors, 0);
}

static void go_to_bed(struct actor *self, struct letter *letter,
                      struct worker *worker)
{
    uint64_t now_ns = clock_ns();

    (void)self;
    (void)letter;
    (void)worker;
    for (size_t i = 0; i < COUNT(bed.sleepers); i++) {
        struct sleeper *s = &bed.sleepers[i];

        actor_init(&s->waiter.actor, wake_up);
        s->at_ns = now_ns + (i * 7 % 30) * NS_PER_MS / 10 - 1000000;
        waiter_at(&bed.clock, &s->waiter, s->at_ns);
    }
}

static void test_the_clock_wakes_all_and_none_early(void **state)
{
    (void)state;
    actors_init(&bed.actors);
    assert_int_equal(actor_clock_init(&bed.clock, &bed.actors), 0);
    actor_init(&bed.starter, go_to_bed);
    assert_int_equal(actors_run(&bed.actors, 3, &bed.starter, &bed.first), 0);
    actor_clock_finish(&bed.clock);
    actors_finish(&bed.actors);
    assert_int_equal(bed.woken, COUNT(bed.sleepers));
    assert_int_equal(bed.early, 0);
}

static void end_thread(void)
{
    pthread_exit(NULL);
}

static void test_a_worker_that_ends_with_an_actor_is_not_waited_for(void **s)
{
    _Atomic uint64_t counter = 0;
    struct gate gate = {.expected = 30, .sample_peak = end_thread};
    struct counting work = {
        .tasks = 30, .increments = 10, .counter = &counter, .gate = &gate};

    (void)s;
    assert_int_equal(model_run(model_find("actor"), &kind_counting, &work),
                     -ECHILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_letters_arrive_once_and_in_the_order_of_each_sender),
        cmocka_unit_test(test_the_clock_wakes_all_and_none_early),
        cmocka_unit_test(
            test_a_worker_that_ends_with_an_actor_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
