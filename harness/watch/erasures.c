/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/autopsy.h"

size_t task_log_from(const struct task_log *log, uint64_t ticks)
{
    size_t low = 0, high = log->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (log->items[middle].before < ticks)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * When access `i` stored, as far as its stamps tell.  Where the task read its
 * own store next, it may have held the value until then.
 */
static uint64_t stored_at(const struct increment_log *log, size_t task,
                          size_t i)
{
    const struct task_log *own = &log->tasks[task];
    const struct access *a = &own->items[i];

    if (i + 1 == own->n)
        return own->left;
    return log->yields || a[1].value == a->value + 1 ? a[1].before : a->after;
}

/* The first access that stored at `ticks` or later. */
static size_t stored_from(const struct increment_log *log, size_t task,
                          uint64_t ticks)
{
    size_t i = task_log_from(&log->tasks[task], ticks);

    return i && stored_at(log, task, i - 1) >= ticks ? i - 1 : i;
}

static struct moment_of_task store_of(const struct increment_log *log,
                                      size_t task, size_t i)
{
    return (struct moment_of_task){task, stored_at(log, task, i),
                                   log->tasks[task].items[i].value + 1};
}

/* Adds what another task stored between the eraser's read and its store. */
static void add_task(const struct increment_log *log, size_t task,
                     struct erasure *e)
{
    size_t begin = stored_from(log, task, e->read.ticks + 1),
           end = stored_from(log, task, e->store.ticks);
    struct moment_of_task first, over;

    if (begin == end)
        return;
    first = store_of(log, task, begin);
    over = store_of(log, task, end - 1);
    if (!e->others || first.ticks < e->first.ticks)
        e->first = first;
    if (!e->others || over.ticks > e->over.ticks)
        e->over = over;
    e->others++;
    e->stores += end - begin;
}

/*
 * Whether access `a` of another task shows that the eraser's store reached the
 * others: what it read is lower than what was there before, or it is what the
 * eraser has counted to since then.
 */
static bool follows(const struct increment_log *log, const struct erasure *e,
                    const struct access *a)
{
    const struct task_log *own = &log->tasks[e->read.task];
    size_t done = task_log_from(own, a->after);

    if (a->value >= e->store.value && a->value < e->over.value)
        return true;
    return done && own->items[done - 1].before >= e->store.ticks &&
           a->value - own->items[done - 1].value <= 1;
}

/* Right after the store another CPU may still read its own for a while. */
static void look(const struct increment_log *log, size_t task,
                 struct erasure *e)
{
    enum { LOOKS = 64 };
    const struct task_log *other = &log->tasks[task];
    size_t from = task_log_from(other, e->store.ticks);

    if (from && other->items[from - 1].after >= e->store.ticks)
        from--;
    for (size_t i = from; i < other->n && i < from + LOOKS; i++) {
        const struct access *a = &other->items[i];

        if (e->read_again && a->after >= e->again.ticks)
            return;
        if (!follows(log, e, a))
            continue;
        e->again = (struct moment_of_task){task, a->after, a->value};
        e->read_again = true;
    }
}

/* Or no other task has read again, and the counter ended with less. */
static bool others_follow(const struct increment_log *log, struct erasure *e)
{
    bool any = false;

    for (size_t task = 0; task < log->n; task++) {
        if (task == e->read.task)
            continue;
        any |= task_log_from(&log->tasks[task], e->store.ticks) <
               log->tasks[task].n;
        look(log, task, e);
    }
    return e->read_again || (!any && log->final < e->over.value);
}

/* Whether a task held the value of access `i`; *e then says from when on. */
static bool held(const struct increment_log *log, size_t task, size_t i,
                 uint64_t least, struct erasure *e)
{
    const struct task_log *own = &log->tasks[task];
    const struct access *a = &own->items[i];
    bool last = i + 1 == own->n;
    uint64_t until = last ? own->left : a[1].before;

    if (until < a->before + least || (!last && a[1].value != a->value + 1))
        return false;
    *e = (struct erasure){.read = {task, a->before, a->value},
                          .store = {task, until, a->value + 1}};
    return true;
}

/* Whether it erased something. */
static bool compare(const struct increment_log *log, struct erasure *e)
{
    for (size_t other = 0; other < log->n; other++)
        if (other != e->read.task)
            add_task(log, other, e);
    if (!e->others || e->over.value < e->store.value)
        return false;
    e->erased = e->over.value - e->read.value;
    /* What it stored was there already: no other task can show when. */
    return e->erased == 1 ? log->yields : others_follow(log, e);
}

void autopsy_erasures(const struct increment_log *log, uint64_t least,
                      struct erasures *ret)
{
    uint64_t looks = 0;
    struct erasure e;

    *ret = (struct erasures){0};
    for (size_t task = 0; task < log->n; task++)
        for (size_t i = 0; i < log->tasks[task].n; i++) {
            if (!held(log, task, i, least, &e))
                continue;
            looks += log->n;
            if (looks > AUTOPSY_LOOKS) {
                ret->partial = true;
                return;
            }
            if (!compare(log, &e))
                continue;
            if (e.erased > ret->worst.erased)
                ret->worst = e;
            ret->n++;
            ret->sum += e.erased;
        }
}
