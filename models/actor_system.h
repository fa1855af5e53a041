/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_ACTOR_SYSTEM_H
#define BATON_MODELS_ACTOR_SYSTEM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct worker;

/* Belongs to its sender until it is sent, then to its receiver. */
struct letter {
    struct letter *behind; /* in the mailbox */
};

/*
 * An actor does nothing but receive letters, one after another.  What it has
 * besides stands behind this struct, and no other actor touches it.
 */
struct actor {
    _Atomic(struct letter *) mail; /* the newest first; NULL: it sleeps */
    void (*receive)(struct actor *self, struct letter *letter,
                    struct worker *worker);
    STAILQ_ENTRY(actor) next; /* of those that have mail */
};

STAILQ_HEAD(actor_queue, actor);

/*
 * Worker threads and the queue of actors that have mail.  A worker takes the
 * first one and runs it, so an actor moves from thread to thread; the queue's
 * mutex hands over what it has in memory.
 */
struct actors {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct actor_queue ready;
    size_t idle; /* workers that wait for `some` */
    bool over;
    int error;
    /* On a thread beside the workers, until all is over; NULL: there is none.
     */
    void (*beside)(void *context, struct worker *worker);
    void (*beside_wake)(void *context); /* it has to see that all is over */
    void *beside_context;
};

/* What a thread that sends has: its actors, woken once at the turn's end. */
struct worker {
    struct actors *actors;
    struct actor_queue woken;
};

static inline void actor_init(struct actor *actor,
                              void (*receive)(struct actor *self,
                                              struct letter *letter,
                                              struct worker *worker))
{
    atomic_init(&actor->mail, NULL);
    actor->receive = receive;
}

/* Never waits; from a thread that has a worker. */
void actor_send(struct worker *worker, struct actor *to, struct letter *letter);

void actors_init(struct actors *actors);
void actors_finish(struct actors *actors);

/*
 * Sends the first letter, and runs until actors_stop(): 0, or what that was
 * given, or -errno.  -ECHILD: a worker ended with an actor in its hands.
 */
int actors_run(struct actors *actors, size_t workers, struct actor *first,
               struct letter *letter);

/* All are done, or, with -errno, cannot go on.  On any thread. */
void actors_stop(struct actors *actors, int error);

/* For the thread beside the workers: wakes those that it sent to. */
void actors_wake(struct worker *worker);
bool actors_are_over(struct actors *actors);

#endif
