/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * No callback of a protocol takes more than 32 KiB of stack: so much has a
 * coroutine.  Each callback runs above a painted area, of which is then told
 * how much it has touched.  A callback that takes more than there is ends the
 * process, and does not write into the stack of another lane.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/kit.h"
#include "workloads/kinds/journal.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/authority.h"

enum { AREA = 256 * 1024, ALLOWED = 32 * 1024, PAINT = 0x5a };
enum { LANES = 40 };

static const struct protocol *protocol;
static size_t deepest;

static __attribute__((noinline)) void paint(void)
{
    char area[AREA], *at = area;

    memset(at, PAINT, AREA);
    __asm__ volatile("" : "+r"(at) : : "memory");
}

static __attribute__((noinline)) void measure(void)
{
    char area[AREA], *at = area;
    size_t free = 0;

    __asm__ volatile("" : "+r"(at) : : "memory");
    while (free < AREA && at[free] == PAINT)
        free++;
    if (AREA - free > deepest)
        deepest = AREA - free;
}

static enum verb start(struct conn *c)
{
    enum verb verb;

    paint();
    verb = protocol->start(c);
    measure();
    return verb;
}

static enum verb opened(struct conn *c)
{
    enum verb verb;

    paint();
    verb = protocol->opened(c);
    measure();
    return verb;
}

static enum verb received(struct conn *c, const void *data, size_t len)
{
    enum verb verb;

    paint();
    verb = protocol->received(c, data, len);
    measure();
    return verb;
}

static enum verb ended(struct conn *c, int error)
{
    enum verb verb;

    paint();
    verb = protocol->ended(c, error);
    measure();
    return verb;
}

static enum verb expired(struct conn *c)
{
    enum verb verb;

    paint();
    verb = protocol->expired(c);
    measure();
    return verb;
}

static enum work_left work(struct conn *c)
{
    enum work_left left;

    paint();
    left = protocol->work(c);
    measure();
    return left;
}

static enum verb worked(struct conn *c)
{
    enum verb verb;

    paint();
    verb = protocol->worked(c);
    measure();
    return verb;
}

static void drained(struct conn *c)
{
    paint();
    if (protocol->drained)
        protocol->drained(c);
    measure();
}

static const struct protocol measured = {
    .start = start,
    .opened = opened,
    .received = received,
    .ended = ended,
    .expired = expired,
    .work = work,
    .worked = worked,
    .drained = drained,
};

/* The model that needs no kernel, so that there are many pages in no time. */
static const struct model *model_in_memory(void)
{
    for (size_t i = 0; i < n_models; i++)
        if (!models[i]->absent && models[i]->connections.in_memory)
            return models[i];
    print_message("# no model in memory\n");
    skip();
    return NULL;
}

/* The bytes of stack that the hungriest callback touches. */
static size_t depth_of(const struct workload *w, uint64_t seed)
{
    struct connections *work;
    struct trial t;

    trial_init(&t, w->name, 80);
    t.setup.seed = seed;
    t.setup.refused_port = 81;
    t.setup.full_port = 82;
    trial_aim(&t);
    work = t.work.job;
    protocol = work->conns[0].layers->protocol;
    for (size_t i = 0; i < work->n; i++) {
        assert_ptr_equal(work->conns[i].layers->protocol, protocol);
        work->conns[i].layers->protocol = &measured;
    }
    deepest = 0;
    assert_int_equal(kit_run(model_in_memory(), w->kind, work), 0);
    trial_finish(&t);
    return deepest;
}

static void test_no_callback_takes_more_than_it_may(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("# a sanitizer's frames are larger\n");
    skip();
#endif
    for (size_t i = 0; i < n_workloads; i++) {
        size_t most = 0;

        if (workloads[i]->kind != &kind_connections)
            continue;
        for (uint64_t seed = 1; seed <= 8; seed++) {
            size_t depth = depth_of(workloads[i], seed);

            most = depth > most ? depth : most;
        }
        print_message("# %s: %zu bytes\n", workloads[i]->name, most);
        assert_in_range(most, 1, ALLOWED);
    }
}

/*
 * A filter is below the protocol, so all of a run is measured: callbacks with
 * TLS, the model, and the other side in memory.
 */
static void test_no_callback_with_tls_takes_more(void **state)
{
    static const char *const names[] = {"download", "titles", "faults"};
    char *authority;

    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("# a sanitizer's frames are larger\n");
    skip();
#endif
    authority = authority_make();
    for (size_t i = 0; authority && i < COUNT(names); i++) {
        struct trial t;

        trial_init(&t, names[i], 80);
        t.setup.refused_port = 81;
        t.setup.full_port = 82;
        t.setup.tls_port = 83;
        t.setup.authority = authority;
        trial_set(&t, "tls", 1);
        trial_aim(&t);
        deepest = 0;
        paint();
        assert_int_equal(
            kit_run(model_in_memory(), t.workload->kind, t.work.job), 0);
        measure();
        print_message("# %s with TLS: %zu bytes\n", names[i], deepest);
        assert_in_range(deepest, 1, ALLOWED);
        trial_finish(&t);
    }
    free(authority);
}

static __attribute__((noinline)) size_t take(size_t bytes)
{
    char some[512], *at = some;

    __asm__ volatile("" : "+r"(at) : : "memory");
    memset(at, PAINT, sizeof(some));
    return bytes < sizeof(some) ? 0 : 1 + take(bytes - sizeof(some));
}

static size_t taken; /* bytes, by the last lane: below its stack are others */

static enum verb take_much(struct conn *c)
{
    if (c->index == LANES - 1)
        take(taken);
    return CONN_DONE;
}

static const struct protocol greedy = {.start = take_much};

static _Noreturn void run_greedy(const struct model *m)
{
    static struct journal journal;
    static struct conn conns[LANES];
    struct layers layers = {.protocol = &greedy, .journal = &journal};
    struct connections work = {.conns = conns, .n = LANES};

    journal_init(&journal, LANES, 0);
    for (uint32_t i = 0; i < LANES; i++)
        conns[i] = (struct conn){.index = i, .layers = &layers};
    signal(SIGSEGV, SIG_DFL);
    _exit(model_run(m, &kind_connections, &work) != 0);
}

/* What the process of a model ends with, as wait() has it. */
static int end_of(const struct model *m, size_t bytes)
{
    int status = -1;
    pid_t pid;

    taken = bytes;
    pid = fork();
    if (pid == 0)
        run_greedy(m);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_a_stack_that_overflows_ends_the_process(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("# a sanitizer's stacks are larger\n");
    skip();
#endif
    for (size_t i = 0; i < n_models; i++) {
        if (models[i]->absent || models[i]->connections.unit != UNIT_STACK)
            continue;
        assert_int_equal(end_of(models[i], ALLOWED), 0);
        assert_int_equal(WTERMSIG(end_of(models[i], AREA)), SIGSEGV);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_callback_takes_more_than_it_may),
        cmocka_unit_test(test_no_callback_with_tls_takes_more),
        cmocka_unit_test(test_a_stack_that_overflows_ends_the_process),
    };

    return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
