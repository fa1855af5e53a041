/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When all threads are at rest: a step is granted only then, so that the same
 * grants have the same steps.
 */
#include <errno.h>
#include <sched.h>

#include "harness/watch/probe.h"
#include "harness/watch/runners.h"
#include "workloads/clock.h"

/* Looks without a step, after which a thread counts as one that spins. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { MOST_VAIN = 50 };
#else
enum { MOST_VAIN = 10 };
#endif
/* For threads that are on their way, on a machine that is busy. */
static const uint64_t patience_ns = 30 * NS_PER_S;
/* Whether a thread does nothing more until another one is let go. */
static bool is_at_rest(const struct runner *r)
{
    switch (atomic_load(&r->state)) {
    case RUNNER_RUNS:
        return (r->asleep || r->spins) && r->seen == r->moves;
    case RUNNER_BLOCKED:
        return r->asleep && r->seen == r->moves;
    default:
        return true;
    }
}

/*
 * Looks between which it has used the CPU, or napped, without a step: one that
 * had no CPU does not spin, and a machine that is stopped spends its time.
 */
static void count_vain(struct runner *r, enum probed found)
{
    uint64_t cpu_ns = probe_cpu_ns(r->tid);

    if (r->budget != r->left || r->keeps || found == PROBED_ASLEEP)
        r->vain = 0;
    else if (found == PROBED_PAUSES || cpu_ns > r->cpu_ns + NS_PER_MS / 10)
        r->vain++;
    r->left = r->budget;
    r->cpu_ns = cpu_ns;
    r->spins = r->vain > MOST_VAIN;
}

/* A thread may sleep for a moment in the kernel: one look is not enough. */
static void look_at(struct runner *r)
{
    uint32_t moves = r->moves, state = atomic_load(&r->state);
    enum probed found;

    if (state != RUNNER_RUNS && state != RUNNER_BLOCKED)
        return;
    r->probed = r->probed || probe_open(r->tid, &r->probe) == 0;
    found = r->probed ? probe(&r->probe) : PROBED_RUNS;
    r->naps = found != PROBED_ASLEEP ? 0 : r->seen == moves ? r->naps + 1 : 1;
    r->seen = moves;
    r->asleep = r->naps > (state == RUNNER_BLOCKED ? 0 : 1);
    count_vain(r, found);
    if (found == PROBED_GONE)
        atomic_store(&r->state, RUNNER_GONE);
}

static void look_at_all(struct stepper *s)
{
    for (struct runner *r = s->runners; r; r = r->after)
        look_at(r);
}

/* A step may have woken those that slept, or freed what others spin for. */
static void doubt(struct stepper *s)
{
    for (struct runner *r = s->runners; r; r = r->after) {
        r->vain = 0;
        r->spins = false;
        if (r->asleep && atomic_load(&r->state) == RUNNER_RUNS)
            look_at(r);
    }
}

bool runners_is_held(const struct runner *r)
{
    return atomic_load(&r->state) == RUNNER_HELD;
}

/* Where none is held, one that runs no task yet may still be on its way. */
static bool are_at_rest(struct stepper *s)
{
    bool held = false, spins = false;

    for (struct runner *r = s->runners; r; r = r->after) {
        if (!is_at_rest(r))
            return false;
        held |= runners_is_held(r) || atomic_load(&r->state) == RUNNER_WAKES;
        spins |= r->spins;
    }
    return held || (s->runners && (spins || probe_all_asleep(true)));
}

/* How many tasks the model lets come at once. */
static size_t at_once(const struct stepper *s)
{
    const struct gate *gate = s->counting->gate;

    return gate->limit ? gate->limit : gate->expected;
}

/*
 * Whether no thread is on its way to its first step.  One that spins all the
 * time is not waited for longer than that.
 */
static bool have_come(struct stepper *s, uint64_t since_ns)
{
    if (!s->came && (!s->counting->gate->open || s->begun >= at_once(s)))
        s->came =
            probe_all_asleep(false) ||
            clock_ns() - since_ns > (200 + 2 * s->counting->tasks) * NS_PER_MS;
    return s->came;
}

static void wait_a_moment(struct stepper *s, uint32_t seen)
{
    for (struct runner *r = s->runners; r; r = r->after)
        if (atomic_load(&r->state) == RUNNER_BLOCKED && !r->asleep) {
            sched_yield();
            return;
        }
    futex_wait(&s->reports, seen, NS_PER_MS);
}

void runners_go(struct runner *r)
{
    r->asleep = r->spins = false;
    r->naps = 0;
    atomic_fetch_add(&r->moves, 1);
    atomic_store(&r->state, RUNNER_RUNS);
    atomic_store(&r->go, 1);
    futex_wake(&r->go);
}

/* One that has woken another; it goes on when that is held. */
static struct runner *find_waker(const struct stepper *s)
{
    struct runner *r = s->runners;

    while (r && atomic_load(&r->state) != RUNNER_WAKES)
        r = r->after;
    return r;
}

/* Before all tasks have come, or after all have left: no thread goes on. */
static bool is_hung(const struct stepper *s, uint64_t since_ns)
{
    for (const struct runner *r = s->runners; r; r = r->after)
        if (runners_is_held(r))
            return false;
    return (!s->came || s->left == s->counting->tasks) &&
           clock_ns() - since_ns > NS_PER_S && probe_all_asleep(true);
}

/* The model has returned, or all that can is done until the next grant. */
int runners_rest(struct stepper *s)
{
    uint64_t since_ns = clock_ns();
    bool looked = false;

    doubt(s);
    while (!atomic_load(&s->returned)) {
        uint32_t seen = atomic_load(&s->reports);

        if (s->left < s->counting->tasks && are_at_rest(s) &&
            have_come(s, since_ns)) {
            if (looked || find_waker(s))
                look_at_all(s);
            if (atomic_load(&s->reports) == seen && are_at_rest(s)) {
                struct runner *waker = find_waker(s);

                if (!waker)
                    return s->log_failed ? -ENOMEM : 0;
                runners_go(waker);
                continue;
            }
        }
        wait_a_moment(s, seen);
        if (atomic_load(&s->reports) != seen)
            continue;
        if (clock_ns() - since_ns > patience_ns || is_hung(s, since_ns))
            return -ETIMEDOUT;
        look_at_all(s);
        looked = true;
    }
    return s->log_failed ? -ENOMEM : 0;
}
