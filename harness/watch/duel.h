/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_DUEL_H
#define BATON_HARNESS_WATCH_DUEL_H

/*
 * A game with a model's own tasks: the player is the scheduler, and the goal is
 * the counter's last value.  What has run cannot run back: a move is taken back
 * by playing all others again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/watch/optimum.h"
#include "harness/watch/stepper.h"

/* Steps that were granted as one. */
struct duel_move {
    uint32_t task; /* from 0 */
    uint64_t steps;
    size_t from; /* its first one in the stepper's log */
};

struct duel {
    struct stepper_job job;
    struct game game;
    struct stepper *stepper;
    struct duel_move *moves;
    size_t n;
    /* The score: each but the last is of the player's choices. */
    uint64_t preemptions, switches, steps;
    bool held; /* the task of the last move could go on */
};

/*
 * The functions return 0, or -errno and a sentence in `why`; after -EBUSY,
 * -EINVAL and -ENODATA the game is as it was.
 */
int duel_start(struct duel *d, const struct stepper_job *job,
               const struct game *game, char *why, size_t size);
void duel_finish(struct duel *d);
/* -EBUSY: it is not the task's turn, it sleeps or is finished. */
int duel_move(struct duel *d, size_t task, uint64_t steps, char *why,
              size_t size);
/* Each of its tasks in turn: as duel_move(), and with each move a part. */
int duel_run(struct duel *d, const struct schedule_run *run, char *why,
             size_t size);
/* Takes back the last n moves; -ENODATA: there are not so many. */
int duel_undo(struct duel *d, size_t n, char *why, size_t size);
/* All of a schedule, on a game that has just begun. */
int duel_play(struct duel *d, const struct schedule *s, char *why, size_t size);

enum duel_result {
    DUEL_ON,
    DUEL_WON,
    DUEL_MISSED,  /* all tasks have finished at another value */
    DUEL_REFUSED, /* the model has lost no update: its promise */
    DUEL_STUCK,   /* no task can take a step: a deadlock */
};
/* With a sentence about it, or "". */
enum duel_result duel_result(const struct duel *d, char *why, size_t size);

/* Whether the model may lose updates at this work, by its promise. */
bool duel_may_lose(const struct duel *d);
/*
 * The fewest preemptions that reach the goal; -1: not known, of a model that
 * loses no update, or of tasks that hand over between load and store.
 */
int duel_fewest(const struct duel *d);
/* What the player should do next, a sentence. */
void duel_hint(const struct duel *d, char *out, size_t size);
/* The share of games that are won by chance; 0: not known. */
double duel_chance(const struct duel *d);

/* What has been played; 0 or -ENOMEM, schedule_finish() in any case. */
int duel_schedule(const struct duel *d, struct schedule *ret);

#endif
