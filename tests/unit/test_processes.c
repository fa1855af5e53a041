/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A worker process that is killed is reported, and the others, which wait for
 * it, are not waited for.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/model.h"
#include "models/wait/processes.h"

enum { TASKS = 30 };

/* What children share with this process. */
static struct shared {
    _Atomic uint64_t counter;
    _Atomic unsigned came;
    struct gate gate;
} * shared;

static void open_shared(void)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shared, MAP_FAILED);
}

static void close_shared(void)
{
    munmap(shared, sizeof(*shared));
    /* All are reaped. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void come(void *context, size_t index)
{
    (void)context;
    shared->came |= 1u << index;
}

static void test_each_body_runs_in_a_child_of_its_own(void **state)
{
    (void)state;
    open_shared();
    assert_int_equal(processes_run(5, come, NULL, NULL), 0);
    assert_int_equal(shared->came, 31);
    assert_int_equal(processes_run(0, come, NULL, NULL), 0);
    close_shared();
}

/* The last one ends first; the others wait for it without end. */
static void wait_for_the_last(void *context, size_t index)
{
    bool exits = *(bool *)context;

    if (index < 4)
        pause();
    if (exits)
        _exit(1);
    raise(SIGKILL);
}

static void test_one_that_fails_is_not_waited_for_by_the_others(void **state)
{
    (void)state;
    open_shared();
    for (int exits = 0; exits < 2; exits++)
        assert_int_equal(
            processes_run(5, wait_for_the_last, NULL, &(bool){exits}), -ECHILD);
    close_shared();
}

static void be_killed(void)
{
    raise(SIGKILL);
}

static void test_a_counting_worker_is_killed_with_its_task(void **state)
{
    static const char *const names[] = {"process", "process-pool"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct counting work = {.tasks = TASKS, .increments = 10};

        open_shared();
        /* The last to come, before it opens the gate to the others. */
        shared->gate.expected = TASKS;
        shared->gate.sample_peak = be_killed;
        work.counter = &shared->counter;
        work.gate = &shared->gate;
        assert_int_equal(model_run(model_find(names[i]), &kind_counting, &work),
                         -ECHILD);
        close_shared();
    }
}

/* Of the main thread, the child that was started last; 0: there is none. */
static pid_t some_child(void)
{
    char file[64];
    FILE *children;
    int pid = 0;

    snprintf(file, sizeof(file), "/proc/self/task/%d/children", getpid());
    children = fopen(file, "r");
    while (children && fscanf(children, "%d", &pid) == 1) {
    }
    if (children)
        fclose(children);
    return pid;
}

static void *kill_one(void *unused)
{
    pid_t pid;

    while ((pid = some_child()) == 0)
        usleep(1000);
    usleep(50000);
    kill(pid, SIGKILL);
    return unused;
}

/* Whether it has the token, or waits for it: this relay would not end. */
static void test_a_worker_of_a_pool_is_killed_in_a_relay(void **state)
{
    struct relay_slot *slots;
    struct relay work = {.runners = 20, .passes = UINT64_MAX};
    pthread_t killer;

    (void)state;
    open_shared();
    slots = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(slots, MAP_FAILED);
    shared->gate.expected = 20;
    work.gate = &shared->gate;
    work.slots = slots;
    work.token = (struct relay_token *)(slots + 20);
    assert_int_equal(pthread_create(&killer, NULL, kill_one, NULL), 0);
    assert_int_equal(model_run(model_find("process-pool"), &kind_relay, &work),
                     -ECHILD);
    pthread_join(killer, NULL);
    munmap(slots, 65536);
    close_shared();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_body_runs_in_a_child_of_its_own),
        cmocka_unit_test(test_one_that_fails_is_not_waited_for_by_the_others),
        cmocka_unit_test(test_a_counting_worker_is_killed_with_its_task),
        cmocka_unit_test(test_a_worker_of_a_pool_is_killed_in_a_relay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
