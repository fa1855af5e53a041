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

#include "models/actor_clock.h"
#include "models/actor_system.h"
#include "models/actor_talk.h"
#include "models/model.h"

static size_t workers_of(size_t asked)
{
    return asked ? asked : MODEL_WORKERS;
}

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

    gate_turn(count->work->gate, (size_t)(task - count->tasks));
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
        error = actors_run(&count->actors, workers_of(work->workers),
                           &count->owner, &count->letter);
    actors_finish(&count->actors);
    free(count);
    return error;
}

struct runner {
    struct actor actor; /* first */
    struct race *race;
};

struct race {
    struct relay *work;
    struct actors actors;
    struct letter token; /* the runner that gets it has it */
    struct runner runners[];
};

static void carry(struct actor *self, struct letter *letter,
                  struct worker *worker)
{
    struct runner *runner = (struct runner *)self;
    struct race *race = runner->race;
    size_t next = relay_carry(race->work, (size_t)(runner - race->runners));

    if (next == SIZE_MAX)
        actors_stop(&race->actors, 0);
    else
        actor_send(worker, &race->runners[next].actor, letter);
}

static int relay(struct relay *work)
{
    struct race *race =
        calloc(1, sizeof(*race) + work->runners * sizeof(struct runner));
    int error = 0;

    if (!race)
        return -ENOMEM;
    race->work = work;
    for (size_t i = 0; i < work->runners; i++) {
        actor_init(&race->runners[i].actor, carry);
        race->runners[i].race = race;
        gate_enter(work->gate, i);
    }
    actors_init(&race->actors);
    if (work->runners)
        error = actors_run(&race->actors, workers_of(work->workers),
                           &race->runners[0].actor, &race->token);
    actors_finish(&race->actors);
    for (size_t i = 0; i < work->runners; i++)
        gate_leave(work->gate, i);
    free(race);
    return error;
}

struct sleeper {
    struct waiter waiter; /* first */
    struct bed *bed;
};

struct bed {
    struct actor warden; /* first; knows who sleeps */
    struct letter letter;
    struct sleeping *work;
    struct actors actors;
    struct actor_clock clock;
    size_t left;
    struct sleeper sleepers[];
};

static void go_on(struct sleeper *s, uint64_t until_ns, struct worker *worker)
{
    if (until_ns)
        waiter_at(&s->bed->clock, &s->waiter, until_ns);
    else
        actor_send(worker, &s->bed->warden, &s->waiter.letter);
}

/* The clock has written: the time has come. */
static void wake_up(struct actor *self, struct letter *letter,
                    struct worker *worker)
{
    struct sleeper *s = (struct sleeper *)self;
    size_t index = (size_t)(s - s->bed->sleepers);

    (void)letter;
    waiter_woke(&s->waiter);
    gate_turn(s->bed->work->gate, index);
    go_on(s, sleeper_woke(s->bed->work, index), worker);
}

static void fall_asleep(struct actor *self, struct letter *letter,
                        struct worker *worker)
{
    struct sleeper *s = (struct sleeper *)self;
    size_t index = (size_t)(s - s->bed->sleepers);

    (void)letter;
    waiter_woke(&s->waiter);
    self->receive = wake_up;
    gate_turn(s->bed->work->gate, index);
    go_on(s, sleeper_begin(s->bed->work, index), worker);
}

static void note_done(struct actor *self, struct letter *letter,
                      struct worker *worker)
{
    struct bed *bed = (struct bed *)self;
    struct sleeper *s =
        (void *)((char *)letter - offsetof(struct sleeper, waiter.letter));

    (void)worker;
    gate_leave(bed->work->gate, (size_t)(s - bed->sleepers));
    if (++bed->left == bed->work->tasks)
        actors_stop(&bed->actors, 0);
}

static void start_sleepers(struct actor *self, struct letter *letter,
                           struct worker *worker)
{
    struct bed *bed = (struct bed *)self;

    (void)letter;
    self->receive = note_done;
    for (size_t i = 0; i < bed->work->tasks; i++)
        gate_enter(bed->work->gate, i);
    for (size_t i = 0; i < bed->work->tasks; i++)
        waiter_wake(worker, &bed->sleepers[i].waiter);
}

static int run_bed(struct bed *bed)
{
    int error = actor_clock_init(&bed->clock, &bed->actors);

    if (!error)
        error = actors_run(&bed->actors, workers_of(bed->work->workers),
                           &bed->warden, &bed->letter);
    actor_clock_finish(&bed->clock);
    return error;
}

static int sleep_all(struct sleeping *work)
{
    struct bed *bed =
        calloc(1, sizeof(*bed) + work->tasks * sizeof(struct sleeper));
    int error;

    if (!bed)
        return -ENOMEM;
    bed->work = work;
    actor_init(&bed->warden, start_sleepers);
    for (size_t i = 0; i < work->tasks; i++) {
        actor_init(&bed->sleepers[i].waiter.actor, fall_asleep);
        bed->sleepers[i].bed = bed;
    }
    actors_init(&bed->actors);
    error = work->tasks ? run_bed(bed) : 0;
    actors_finish(&bed->actors);
    free(bed);
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
    .sleeping = {.run = sleep_all, .at_once = AT_ONCE_ALL},
    .relay = {.run = relay, .at_once = AT_ONCE_ALL},
};
