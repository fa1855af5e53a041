/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process holds, and the tree of processes below it. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/sample/process_usage.h"
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
    n = usage_threads();
    assert_true(n >= 1);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_it, &lock),
                         0);
    assert_int_equal(usage_threads(), n + COUNT(threads));
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(usage_threads(), n);
}

/* The first thread of a process ends, and its entry stays to the end. */

static uint64_t before;

static void *outlive(void *context)
{
    uint64_t end_ns = clock_ns() + 20 * NS_PER_S;

    (void)context;
    while (usage_threads() != before && clock_ns() < end_ns)
        usleep(1000);
    if (usage_threads() != before)
        _exit(1);
    _exit(usage_status("Threads:") == before + 1 ? 0 : 2);
}

static int be_outlived(void)
{
    pthread_t thread;

    warm_up();
    before = usage_threads();
    if (pthread_create(&thread, NULL, outlive, NULL))
        return 3;
    pthread_exit(NULL);
}

static void test_one_that_has_ended_is_nobodys(void **state)
{
    char name[] = "test_process_usage", argument[] = "outlived";
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
    uint64_t n = usage_fds();
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(usage_fds(), n + 2);
    close(fds[0]);
    assert_int_equal(usage_fds(), n + 1);
    close(fds[1]);
    assert_int_equal(usage_fds(), n);
}

/* A tree: `n` children with a page of their own and a child each. */

enum { CHILDREN = 3, PAGES = 512, PAGE = 4096 };

static pid_t start_child(const int *ready, const int *gate, bool has_child)
{
    pid_t pid = fork();
    char byte = 'x', *memory;

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    close(gate[1]);
    /* First, or the two of them would share what was written before. */
    if (has_child)
        start_child(ready, gate, false);
    memory = malloc(PAGES * PAGE);
    for (size_t i = 0; memory && i < PAGES; i++)
        ((volatile char *)memory)[i * PAGE] = 1;
    if (write(ready[1], &byte, 1) == 1 && read(gate[0], &byte, 1) == 0 &&
        has_child)
        wait(NULL);
    free(memory);
    _exit(0);
}

static void test_the_peak_is_that_of_the_whole_tree(void **state)
{
    uint64_t threads, fds;
    int ready[2], gate[2];
    char byte;

    (void)state;
    assert_int_equal(usage_share_peak(), 0);
    usage_sample_peak();
    threads = usage_peak->threads;
    fds = usage_peak->fds;
    assert_int_equal(threads, usage_threads());
    assert_int_equal(fds, usage_fds());
    assert_int_equal(usage_peak->children_bytes, 0);
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
    for (int i = 0; i < CHILDREN; i++)
        start_child(ready, gate, true);
    for (int i = 0; i < 2 * CHILDREN; i++)
        assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(usage_children(), CHILDREN);
    usage_sample_peak();
    /* A sanitizer may have a thread of its own in each process. */
    assert_int_equal(usage_peak->threads, threads * (1 + 2L * CHILDREN));
    /* Each child has all but the end of the gate that it has closed. */
    assert_int_equal(usage_peak->fds, fds + 4 + 2L * CHILDREN * (fds + 3));
    assert_in_range(usage_peak->children_bytes, 2L * CHILDREN * PAGES * PAGE,
                    8L * CHILDREN * PAGES * PAGE);
    close(gate[1]);
    for (int i = 0; i < CHILDREN; i++)
        wait(NULL);
    assert_int_equal(usage_children(), 0);
    /* What was, was. */
    usage_sample_peak();
    assert_int_equal(usage_peak->threads, threads * (1 + 2L * CHILDREN));
    close(gate[0]);
    close(ready[0]);
    close(ready[1]);
}

/* The last task of a model may be a child. */
static void test_a_child_samples_for_its_parent(void **state)
{
    uint64_t fds;

    (void)state;
    fds = usage_fds();
    assert_int_equal(usage_share_peak(), 0);
    if (fork() == 0) {
        usage_sample_peak();
        _exit(0);
    }
    assert_true(wait(NULL) > 0);
    assert_int_equal(usage_peak->fds, 2 * fds);
    assert_true(usage_peak->threads >= 2);
}

/* In a process of its own, so that no other test's memory is in it. */
static void in_child(void (*body)(void))
{
    int status;

    fflush(NULL);
    if (fork() == 0) {
        assert_int_equal(usage_share_peak(), 0);
        body();
        _exit(0);
    }
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
}

enum { MANY_BYTES = 64 << 20 };

/* Without a sanitizer's shadow of it, which would be growth, too. */
__attribute__((no_sanitize("thread"))) static void touch(char *memory)
{
    for (size_t i = 0; i < MANY_BYTES; i += PAGE)
        ((volatile char *)memory)[i] = 1;
}

static void touch_memory(void)
{
    char *memory = mmap(NULL, 2 * MANY_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    touch(memory); /* before: no growth */
    usage_begin_growth();
    usage_sample_peak();
    assert_in_range(usage_peak->own_growth, 0, MANY_BYTES / 64);
    touch(memory + MANY_BYTES);
    usage_sample_peak();
    assert_in_range(usage_peak->own_growth, MANY_BYTES - MANY_BYTES / 64,
                    MANY_BYTES + MANY_BYTES / 64);
}

static void test_growth_is_what_was_not_there_before(void **state)
{
    (void)state;
    assert_int_equal(usage_share_peak(), 0);
    usage_sample_peak();
    assert_int_equal(usage_peak->own_growth, 0); /* it was not asked for */
    in_child(touch_memory);
}

enum { THREADS = 2000, KERNEL_STACK = 16384 };

static void start_threads(void)
{
    static pthread_t threads[THREADS];
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    pthread_mutex_lock(&lock);
    usage_begin_growth();
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], &attr, wait_for_it, &lock),
                         0);
    usage_sample_peak();
    /* Other programs may have freed some meanwhile. */
    assert_in_range(usage_peak->kernel_growth, THREADS * KERNEL_STACK / 2,
                    8 * THREADS * KERNEL_STACK);
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void test_growth_includes_the_kernels_memory(void **state)
{
    (void)state;
    in_child(start_threads);
}

static void test_a_child_counts_until_it_is_reaped(void **state)
{
    siginfo_t ended;
    pid_t pid;

    (void)state;
    assert_int_equal(usage_children(), 0);
    pid = fork();
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(usage_children(), 1);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(usage_children(), 0);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_counts_until_it_ends),
        cmocka_unit_test(test_one_that_has_ended_is_nobodys),
        cmocka_unit_test(test_descriptors_count_while_they_are_open),
        cmocka_unit_test(test_the_peak_is_that_of_the_whole_tree),
        cmocka_unit_test(test_a_child_samples_for_its_parent),
        cmocka_unit_test(test_growth_is_what_was_not_there_before),
        cmocka_unit_test(test_growth_includes_the_kernels_memory),
        cmocka_unit_test(test_a_child_counts_until_it_is_reaped),
    };

    (void)argv;
    if (argc > 1)
        return be_outlived();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
