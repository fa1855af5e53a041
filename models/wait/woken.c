/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runner of threads and processes, woken by a futex. */
#include "models/wait/woken.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static void futex(struct relay_slot *slot, int op, uint32_t value)
{
    syscall(SYS_futex, &slot->word, op, value, NULL, NULL, 0);
}

static void await(struct relay_slot *slot, int flags)
{
    while (!atomic_load_explicit(&slot->word, memory_order_acquire))
        futex(slot, FUTEX_WAIT | flags, 0);
    atomic_store_explicit(&slot->word, 0, memory_order_relaxed);
}

static void wake(struct relay_slot *slot, int flags)
{
    atomic_store_explicit(&slot->word, 1, memory_order_release);
    futex(slot, FUTEX_WAKE | flags, 1);
}

void woken_runner(struct relay *work, size_t runner, bool shared)
{
    int flags = shared ? 0 : FUTEX_PRIVATE_FLAG;
    size_t next, to;

    gate_wait(work->gate, runner);
    do {
        await(&work->slots[runner], flags);
        next = relay_carry(work, runner);
        /* At the end each wakes the one behind it, which ends as well. */
        to = next == SIZE_MAX ? relay_next(work, runner) : next;
        wake(&work->slots[to], flags);
    } while (next != SIZE_MAX);
    gate_leave(work->gate, runner);
}

void woken_begin(struct relay *work)
{
    if (work->runners)
        atomic_store_explicit(&work->slots[0].word, 1, memory_order_relaxed);
}

void woken_break(struct relay *work)
{
    relay_break(work);
    gate_break(work->gate);
}
