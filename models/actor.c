/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * actor: nothing is shared; who wants something done writes to its owner.
 *
 * Who runs it?  8 worker threads, or --workers: each takes an actor that has
 *   letters, lets it receive them, and takes the next actor.
 * How it waits.  An actor that has no letters takes no worker.  One thread
 *   waits for all times and sockets, and writes to the actors then.
 * Shared state.  None: the counter belongs to one actor, each task's progress
 *   to the task, a connection to its lane.  A letter hands over what it brings.
 *
 * The mailboxes and the workers are actor_system.c, connections actor_talk.c.
 * Compare with locked.c, where the tasks take turns at the counter.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/actor_system.h"
#include "models/actor_talk.h"
#include "models/model.h"

struct task {
    struct actor actor; /* first */
    struct letter letter;
    enum wish { READ, ADD, LEAVE } wish;
    struct count *count;
    uint64_t done, reads; /* increments; loads before the next one */
};

struct count {
    struct actor owner; /* first; of the counter */
    struct letter letter;
    struct counting *work;
    struct actors actors;
    size_t left; /* tasks that wrote that they have done all */
    struct task tasks[];
};

/* A task: has one letter, and writes it again when it has come back. */
static void ask(struct actor *self, struct letter *letter,
                struct worker *worker)
{
    struct task *task = (struct task *)self;
    const struct counting *work = task->count->work;
    size_t index = (size_t)(task - task->count->tasks);

    gate_turn(work->gate, index);
    if (task->wish == ADD && task->done > 0)
        counter_think(work);
    if (!counter_more(work, index, task->done))
        task->wish = LEAVE;
    else
        task->wish = task->reads < work->reads ? READ : ADD;
    actor_send(worker, &task->count->owner, letter);
}

static void leave(struct count *count, size_t task)
{
    gate_leave(count->work->gate, task);
    if (++count->left == count->work->tasks)
        actors_stop(&count->actors, 0);
}

/* The owner: does what the letter asks for, and sends it back. */
static void serve(struct actor *self, struct letter *letter,
                  struct worker *worker)
{
    struct count *count = (struct count *)self;
    struct task *task =
        (void *)((char *)letter - offsetof(struct task, letter));

    switch (task->wish) {
    case READ:
        counter_read(count->work);
        task->reads++;
        break;
    case ADD:
        counter_once(count->work);
        task->done++;
        task->reads = 0;
        break;
    case LEAVE:
        leave(count, (size_t)(task - count->tasks));
        return;
    }
    actor_send(worker, &task->actor, letter);
}

/* Before the first task begins, all of them have come. */
static void start_tasks(struct actor *self, struct letter *letter,
                        struct worker *worker)
{
    struct count *count = (struct count *)self;
    struct counting *work = count->work;

    (void)letter;
    self->receive = serve;
    for (size_t i = 0; i < work->tasks; i++)
        gate_enter(work->gate, i);
    for (size_t i = 0; i < work->tasks; i++)
        actor_send(worker, &count->tasks[i].actor, &count->tasks[i].letter);
}

static int count(struct counting *work)
{
    size_t workers = work->workers ? work->workers : MODEL_WORKERS;
    struct count *count =
        calloc(1, sizeof(*count) + work->tasks * sizeof(struct task));
    int error = 0;

    if (!count)
        return -ENOMEM;
    count->work = work;
    for (size_t i = 0; i < work->tasks; i++) {
        actor_init(&count->tasks[i].actor, ask);
        count->tasks[i].count = count;
    }
    actor_init(&count->owner, start_tasks);
    actors_init(&count->actors);
    if (work->tasks)
        error =
            actors_run(&count->actors, workers, &count->owner, &count->letter);
    actors_finish(&count->actors);
    free(count);
    return error;
}

const struct model model_actor = {
    .contract = MODEL_CONTRACT,
    .name = "actor",
    .label = "actors",
    .summary = "actors that share nothing, on 8 threads, or --workers",
    .family = FAMILY_ACTORS,
    .mark = 1,
    .counting = {.run = count,
                 .plain = PROMISE_EXACT,
                 .split = PROMISE_EXACT,
                 .at_once = AT_ONCE_ALL,
                 .unit = UNIT_NONE},
    .connections = {.run = actor_talk,
                    .at_once = AT_ONCE_ALL,
                    .unit = UNIT_NONE},
};
