/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mailboxes, and the worker threads that run the actors which have mail. */
#include "models/actor_system.h"

#include <errno.h>

#include "models/wait/threads.h"

/* The oldest end of a mailbox whose actor runs, or stands in the queue. */
static struct letter awake;

void actor_send(struct worker *worker, struct actor *to, struct letter *letter)
{
    struct letter *newest =
        atomic_load_explicit(&to->mail, memory_order_relaxed);

    do {
        letter->behind = newest;
    } while (!atomic_compare_exchange_weak_explicit(&to->mail, &newest, letter,
                                                    memory_order_acq_rel,
                                                    memory_order_relaxed));
    /* It slept: the first letter wakes it. */
    if (!newest)
        STAILQ_INSERT_TAIL(&worker->woken, to, next);
}

/* All that has come, the oldest first. */
static struct letter *take_mail(struct actor *actor)
{
    struct letter *letter =
        atomic_exchange_explicit(&actor->mail, &awake, memory_order_acq_rel);
    struct letter *first = NULL;

    while (letter && letter != &awake) {
        struct letter *older = letter->behind;

        letter->behind = first;
        first = letter;
        letter = older;
    }
    return first;
}

static void run_actor(struct worker *worker, struct actor *actor)
{
    struct letter *letter = take_mail(actor), *sole = &awake;

    while (letter) {
        struct letter *behind = letter->behind; /* soon another mailbox's */

        actor->receive(actor, letter, worker);
        letter = behind;
    }
    /* What has come meanwhile has its turn after the other actors. */
    if (!atomic_compare_exchange_strong_explicit(&actor->mail, &sole, NULL,
                                                 memory_order_acq_rel,
                                                 memory_order_relaxed))
        STAILQ_INSERT_TAIL(&worker->woken, actor, next);
}

/* A worker that wakes finds out whether yet another one is needed. */
static void wake_one(struct actors *actors)
{
    if (!STAILQ_EMPTY(&actors->ready) && actors->idle)
        pthread_cond_signal(&actors->some);
}

void actors_wake(struct worker *worker)
{
    struct actors *actors = worker->actors;

    pthread_mutex_lock(&actors->lock);
    STAILQ_CONCAT(&actors->ready, &worker->woken);
    wake_one(actors);
    pthread_mutex_unlock(&actors->lock);
}

/* NULL: all is over. */
static struct actor *take_actor(struct worker *worker)
{
    struct actors *actors = worker->actors;
    struct actor *actor = NULL;

    pthread_mutex_lock(&actors->lock);
    STAILQ_CONCAT(&actors->ready, &worker->woken);
    while (STAILQ_EMPTY(&actors->ready) && !actors->over) {
        actors->idle++;
        pthread_cond_wait(&actors->some, &actors->lock);
        actors->idle--;
    }
    if (!actors->over) {
        actor = STAILQ_FIRST(&actors->ready);
        STAILQ_REMOVE_HEAD(&actors->ready, next);
        wake_one(actors);
    }
    pthread_mutex_unlock(&actors->lock);
    return actor;
}

static void end_early(void *actors)
{
    actors_stop(actors, -ECHILD);
}

static void work(void *context, size_t index)
{
    struct actors *actors = context;
    struct worker worker = {.actors = actors};
    struct actor *actor;

    STAILQ_INIT(&worker.woken);
    pthread_cleanup_push(end_early, actors);
    if (actors->beside && index == 0)
        actors->beside(actors->beside_context, &worker);
    else
        while ((actor = take_actor(&worker)))
            run_actor(&worker, actor);
    pthread_cleanup_pop(false);
}

void actors_stop(struct actors *actors, int error)
{
    pthread_mutex_lock(&actors->lock);
    actors->over = true;
    if (!actors->error)
        actors->error = error;
    pthread_cond_broadcast(&actors->some);
    pthread_mutex_unlock(&actors->lock);
    if (actors->beside)
        actors->beside_wake(actors->beside_context);
}

bool actors_are_over(struct actors *actors)
{
    bool over;

    pthread_mutex_lock(&actors->lock);
    over = actors->over;
    pthread_mutex_unlock(&actors->lock);
    return over;
}

static void give_up(void *actors)
{
    actors_stop(actors, 0);
}

int actors_run(struct actors *actors, size_t workers, struct actor *first,
               struct letter *letter)
{
    struct worker sender = {.actors = actors};
    int error;

    STAILQ_INIT(&sender.woken);
    actor_send(&sender, first, letter);
    actors_wake(&sender);
    error =
        threads_run(workers + (actors->beside != NULL), work, give_up, actors);
    return error ? error : actors->error;
}

void actors_init(struct actors *actors)
{
    *actors = (struct actors){0};
    pthread_mutex_init(&actors->lock, NULL);
    pthread_cond_init(&actors->some, NULL);
    STAILQ_INIT(&actors->ready);
}

void actors_finish(struct actors *actors)
{
    pthread_cond_destroy(&actors->some);
    pthread_mutex_destroy(&actors->lock);
}
