/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process has: threads and descriptors. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/sample/belongings.h"
#include "workloads/clock.h"

static void *wait_for_it(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

/* A sanitizer's own thread comes with the first one. */
static void warm_up(void)
{
    pthread_mutex_t open = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;

    if (pthread_create(&thread, NULL, wait_for_it, &open) == 0)
        pthread_join(thread, NULL);
}

static void test_a_thread_counts_until_it_ends(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[5];
    uint64_t n;

    (void)state;
    warm_up();
    n = belongings_threads();
    assert_true(n >= 1);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_it, &lock),
                         0);
    assert_int_equal(belongings_threads(), n + COUNT(threads));
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(belongings_threads(), n);
}

/* The first thread of a process ends, and its entry stays to the end. */

static uint64_t before;

static void *outlive(void *context)
{
    uint64_t end_ns = clock_ns() + 20 * NS_PER_S;

    (void)context;
    while (belongings_threads() != before && clock_ns() < end_ns)
        usleep(1000);
    if (belongings_threads() != before)
        _exit(1);
    _exit(belongings_status("Threads:") == before + 1 ? 0 : 2);
}

static int be_outlived(void)
{
    pthread_t thread;

    warm_up();
    before = belongings_threads();
    if (pthread_create(&thread, NULL, outlive, NULL))
        return 3;
    pthread_exit(NULL);
}

static void test_one_that_has_ended_is_nobodys(void **state)
{
    char name[] = "test_belongings", argument[] = "outlived";
    char *argv[] = {name, argument, NULL};
    pid_t pid;
    int status;

    (void)state;
    assert_int_equal(
        posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_descriptors_count_while_they_are_open(void **state)
{
    uint64_t n = belongings_fds();
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(belongings_fds(), n + 2);
    close(fds[0]);
    assert_int_equal(belongings_fds(), n + 1);
    close(fds[1]);
    assert_int_equal(belongings_fds(), n);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_counts_until_it_ends),
        cmocka_unit_test(test_one_that_has_ended_is_nobodys),
        cmocka_unit_test(test_descriptors_count_while_they_are_open),
    };

    (void)argv;
    if (argc > 1)
        return be_outlived();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
