/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every model goes on after a handler that kept the CPU; with --offload those
 * that can do so leave it to another thread, and serve the others meanwhile.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/conformance/suite.h"
#include "workloads/clock.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/judge.h"

enum { PAGES = 8, HOLD_MS = 30, LONG_MS = 300 };

static void open_hog(struct trial *t, uint64_t hold_ms, bool offload)
{
    trial_init(t, "hog", kit_origin.port);
    trial_set(t, "n", PAGES);
    trial_set(t, "hold-ms", hold_ms);
    trial_set(t, "offload", offload);
    trial_set(t, "timeout-ms", 60000);
}

static void test_without_a_hold_it_is_a_download(void **state)
{
    struct trial hog, download;

    (void)state;
    open_hog(&hog, 0, suite_model->connections.can_offload);
    trial_init(&download, "download", kit_origin.port);
    trial_set(&download, "n", PAGES);
    trial_set(&download, "timeout-ms", 60000);
    suite_run_right(&hog);
    suite_run_right(&download);
    for (size_t i = 0; i < PAGES; i++) {
        const struct row *a = &trial_journal(&hog)->rows[i];
        const struct row *b = &trial_journal(&download)->rows[i];

        assert_int_equal(a->bytes, b->bytes);
        assert_int_equal(a->hash, b->hash);
        assert_int_equal(a->outcome, b->outcome);
        assert_int_equal(a->status, b->status);
        assert_int_equal(a->dials, b->dials);
    }
    assert_int_equal(trial_journal(&hog)->held_ns, 0);
    trial_finish(&hog);
    trial_finish(&download);
}

static unsigned timed;

static void count_time(struct findings *f, uint64_t ns, uint64_t first_ns)
{
    (void)f;
    (void)ns;
    (void)first_ns;
    timed++;
}

/* Of all pages; but with a hold, not of the one that it is about. */
static unsigned judge_times(const struct trial *t, double *ret_held_ns)
{
    struct findings f = {.take_time = count_time};

    timed = 0;
    judge_account(t->results, t->workload->untimed(&t->setup), &f);
    *ret_held_ns = f.metrics[HOLD_MAX_NS];
    return timed;
}

static void test_the_others_are_timed_and_so_is_the_hold(void **state)
{
    struct trial t;
    double held_ns;

    (void)state;
    open_hog(&t, HOLD_MS, false);
    suite_run_right(&t);
    assert_int_equal(judge_times(&t, &held_ns), PAGES - 1);
    assert_true(held_ns >= HOLD_MS * (double)NS_PER_MS);
    trial_finish(&t);
    open_hog(&t, 0, false);
    suite_run_right(&t);
    assert_int_equal(judge_times(&t, &held_ns), PAGES);
    assert_true(held_ns == 0);
    trial_finish(&t);
}

/* Of the driver's thread. */
static uint64_t cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_utime.tv_sec * NS_PER_S +
           (uint64_t)usage.ru_utime.tv_usec * 1000;
}

static bool all_others_ended_before(const struct journal *j)
{
    for (size_t i = 1; i < PAGES; i++)
        if (j->rows[i].end_ns >= j->rows[0].end_ns)
            return false;
    return true;
}

/* On a machine that is busy just then, in a later try. */
static void test_other_lanes_are_served_while_another_thread_works(void **state)
{
    const struct connections_ability *a = &suite_model->connections;
    bool served = false;

    (void)state;
    if (!a->can_offload)
        suite_leave_out("it hands no work to other threads");
    for (int try = 0; try < 10 && !served; try++) {
        uint64_t before_ns = cpu_ns();
        struct trial t;

        open_hog(&t, LONG_MS, true);
        suite_run_right(&t);
        assert_true(cpu_ns() - before_ns < LONG_MS * NS_PER_MS / 2);
        served = all_others_ended_before(trial_journal(&t));
        trial_finish(&t);
    }
    assert_true(served);
}

static void test_no_more_threads_stay_than_declared(void **state)
{
    const struct connections_ability *a = &suite_model->connections;
    struct kit_usage before = kit_usage(), first;

    (void)state;
    if (!a->can_offload)
        suite_leave_out("it hands no work to other threads");
    for (int i = 0; i < 5; i++) {
        struct trial t;

        open_hog(&t, 1, true);
        suite_run_right(&t);
        trial_finish(&t);
        if (i == 0)
            first = kit_usage();
    }
    assert_in_range(first.threads, before.threads,
                    before.threads + a->keeps_threads +
                        a->offload_keeps_threads);
    kit_assert_holds(&first, suite_model->name);
}

/*
 * While the driver is busy with the first lane, other threads end the work of
 * all others, and each of their sockets is answered: the driver finds both
 * at once, and the one of the two that it takes first ends the lane.
 */

static struct {
    _Atomic bool busy, answered;
    _Atomic unsigned working, worked;
} seen;

enum { OTHERS = 4 }; /* as many as threads for heavy work, at least */

static enum verb dial_peer(struct conn *c)
{
    const struct sockaddr_in *to = c->layers->state;

    memcpy(&c->dial.peer, to, sizeof(*to));
    c->dial.peer_len = sizeof(*to);
    c->deadline_ns = clock_ns() + 60 * NS_PER_S;
    return CONN_DIAL;
}

static enum verb say_which(struct conn *c)
{
    static const char which[] = {'f', 'o'};

    conn_stage(c, &which[c->index != 0], 1);
    return CONN_WAIT;
}

static enum verb take_answer(struct conn *c, const void *data, size_t len)
{
    (void)data;
    (void)len;
    if (c->index != 0)
        return *(char *)data == 'w' ? CONN_WORK : CONN_DONE;
    seen.busy = true;
    while (seen.worked < OTHERS)
        usleep(1000);
    usleep(20 * 1000); /* their threads say so to the driver */
    return CONN_DONE;
}

static enum work_left work_until_answered(struct conn *c)
{
    (void)c;
    seen.working++;
    while (!seen.answered)
        usleep(1000);
    seen.worked++;
    return WORK_DONE;
}

static enum verb wait_for_more(struct conn *c)
{
    (void)c;
    return CONN_WAIT;
}

static enum verb fail_lane(struct conn *c, int error)
{
    (void)c;
    fail_msg("a lane ended: %d", error);
    return CONN_DONE;
}

static enum verb fail_late(struct conn *c)
{
    return fail_lane(c, -ETIME);
}

static const struct protocol protocol_both = {
    .start = dial_peer,
    .opened = say_which,
    .received = take_answer,
    .ended = fail_lane,
    .expired = fail_late,
    .work = work_until_answered,
    .worked = wait_for_more,
};

static void write_to(const int fds[], const char who[], char which, char what)
{
    for (size_t i = 0; i <= OTHERS; i++)
        if (who[i] == which && write(fds[i], &what, 1) != 1)
            abort();
}

static void *answer_all(void *context)
{
    int fds[OTHERS + 1], listener = *(int *)context;
    char who[OTHERS + 1], byte;

    for (size_t i = 0; i <= OTHERS; i++) {
        fds[i] = accept(listener, NULL, NULL);
        if (read(fds[i], &who[i], 1) != 1)
            abort();
    }
    write_to(fds, who, 'o', 'w');
    while (seen.working < OTHERS)
        usleep(1000);
    write_to(fds, who, 'f', 'b');
    while (!seen.busy)
        usleep(1000);
    write_to(fds, who, 'o', 'e');
    seen.answered = true;
    for (size_t i = 0; i <= OTHERS; i++) {
        while (read(fds[i], &byte, 1) > 0) {
        }
        close(fds[i]);
    }
    return NULL;
}

static void test_an_answer_may_come_with_the_end_of_the_work(void **state)
{
    struct conn conns[OTHERS + 1] = {0};
    struct layers layers[OTHERS + 1] = {0};
    struct connections work = {
        .conns = conns, .n = OTHERS + 1, .offload = true};
    struct journal *journal;
    struct sockaddr_in address;
    int listener;
    pthread_t server;

    (void)state;
    if (!suite_model->connections.can_offload)
        suite_leave_out("it hands no work to other threads");
    journal = calloc(1, journal_size(0));
    assert_non_null(journal);
    listener = kit_listen(&address);
    for (uint32_t i = 0; i <= OTHERS; i++) {
        layers[i] = (struct layers){
            .protocol = &protocol_both, .state = &address, .journal = journal};
        conns[i] = (struct conn){.index = i, .layers = &layers[i]};
    }
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(pthread_create(&server, NULL, answer_all, &listener), 0);
    assert_int_equal(kit_run(suite_model, &kind_connections, &work), 0);
    pthread_join(server, NULL);
    close(listener);
    free(journal);
}

int main(void)
{
    const struct CMUnitTest each[] = {
        cmocka_unit_test(test_without_a_hold_it_is_a_download),
        cmocka_unit_test(test_the_others_are_timed_and_so_is_the_hold),
        cmocka_unit_test(
            test_other_lanes_are_served_while_another_thread_works),
        cmocka_unit_test(test_no_more_threads_stay_than_declared),
        cmocka_unit_test(test_an_answer_may_come_with_the_end_of_the_work),
    };
    const struct suite suite = {
        .name = "hog",
        .kind = &kind_connections,
        .each = each,
        .n_each = COUNT(each),
        .setup = kit_origin_setup,
        .teardown = kit_origin_teardown,
    };

    return suite_run(&suite);
}
