/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_STEPPER_H
#define BATON_HARNESS_WATCH_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/watch/step.h"

struct schedule;

/*
 * Runs one counting job of a model with its real threads, or its own tasks, and
 * holds each task before its next step; steps are granted one task at a time.
 *
 * In the hooked program only.  One stepper at a time in a process, and all
 * functions are for the thread that created it.  Tasks are counted from 0.
 */

/*
 * Why the steps of this job cannot be held, in a sentence; NULL: they can.  Of
 * a model made of processes, which are not this program's threads.
 */
const char *stepper_gap(const struct stepper_job *job);

/*
 * Starts the model and waits until each task that can run is held.  0, or
 * -errno and a sentence in `why`: of a model that fails, or whose tasks do not
 * come (then threads may be left).
 */
struct stepper;
int stepper_create(const struct stepper_job *job, struct stepper **ret,
                   char *why, size_t size);

size_t stepper_tasks(const struct stepper *s);
struct task_view stepper_task(const struct stepper *s, size_t task);
/* All steps so far, in their order; valid until the next grant. */
const struct step *stepper_log(const struct stepper *s, size_t *ret_n);
/* The shared counter's value now, and what it should be in the end. */
uint64_t stepper_counter(const struct stepper *s);
uint64_t stepper_items(const struct stepper *s);

/*
 * Grants n > 0 steps to a task, and returns when all tasks are held, asleep or
 * done again.  It ends early where the task is blocked, has left, or hands over
 * to another task of its thread.  0 and how many steps were taken, or -EBUSY:
 * the task is not HELD; or -EINVAL: n is 0; or -ETIMEDOUT: the model did not
 * come to rest.  (-ENOMEM: the log is not complete.)
 */
int stepper_grant(struct stepper *s, size_t task, uint64_t n,
                  uint64_t *ret_taken);

/* The task is not HELD: why, in words that follow "task 2 ". */
void stepper_explain(const struct stepper *s, size_t task, char *out,
                     size_t size);
/* All tasks have left and the model has returned: its result; or not yet. */
bool stepper_over(const struct stepper *s);
/* Not over, and no task is HELD: why, in a sentence ("deadlock: ..."). */
bool stepper_stuck(const struct stepper *s, char *why, size_t size);

/*
 * Plays a schedule (see schedule.h), which has to be of this job, to its end.
 * After each grant `shown` is called, which may be NULL.  0, or -errno and a
 * sentence with the line in `why`: of a task that is not HELD, or has fewer
 * steps left, or of steps that are left at the end (-ERANGE).
 */
int stepper_play(struct stepper *s, const struct schedule *schedule,
                 void (*shown)(void *context), void *context, char *why,
                 size_t size);
/*
 * One step of a task that is HELD, each as likely as the others; the same seed
 * has the same steps.  *random is the seed before the first.  As
 * stepper_grant(), or -EDEADLK: no task is HELD.
 */
int stepper_random(struct stepper *s, uint64_t *random);

/*
 * Lets all tasks run on freely and waits until the model has returned: 0 or its
 * -errno and the counter's value; or -ETIMEDOUT: it sleeps without end, or
 * does not return within 5 s (after a deadlock, say), and its threads and
 * memory are left.  Frees all.
 */
int stepper_destroy(struct stepper *s, uint64_t *ret_counter);

#endif
