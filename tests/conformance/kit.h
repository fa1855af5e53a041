/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What the conformance tests share: one cell's work outside of the harness,
 * the models that can do it, a real origin, and a look at what a process
 * holds.
 */
#ifndef TESTS_KIT_H
#define TESTS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "harness/origin/origin.h"
#include "models/model.h"
#include "workloads/kinds/journal.h"
#include "workloads/workload.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Every body that a test writes itself is a prefix of this, repeated. */
#define KIT_TEXT "0123456789abcdef"

void kit_text(uint64_t offset, char *out, size_t len);
uint64_t kit_text_hash(uint64_t len);

/* One cell: set its parameters, then run it as often as needed. */
struct trial {
    const struct workload *workload;
    struct setup setup;
    struct work work;
    void *results; /* of the last trial_aim() */
    bool ready;
};

/* The presets, seed 7, a server on `port` of 127.0.0.1. */
void trial_init(struct trial *t, const char *workload, uint16_t port);
void trial_set(struct trial *t, const char *parameter, uint64_t value);
/* Prepares, once, and points the work at empty results. */
void trial_aim(struct trial *t);
/* Aims, then runs the model's entry point; its return value. */
int trial_run(struct trial *t, const struct model *m);
struct findings trial_judge(const struct trial *t);
/* Fails the test with the judge's words unless all is right. */
void trial_assert_right(const struct trial *t, const char *model);
void trial_finish(struct trial *t);

static inline struct journal *trial_journal(const struct trial *t)
{
    return t->results;
}

/*
 * The next model that can do this kind of work here, or NULL; *at starts at
 * 0.  Those that cannot are named with their reason.  `sockets` leaves out
 * the models that talk to a peer in their own memory.
 */
const struct model *kit_next(size_t *at, const struct kind *kind, bool sockets);

/* A real origin, in a child of the test itself. */
void kit_origin_start(struct origin *o);

/* Whether this process has so many within five seconds: belongings.h. */
bool kit_holds(uint64_t fds, uint64_t threads);
/* Fails unless it has. */
void kit_assert_holds(uint64_t fds, uint64_t threads, const char *model);

/*
 * Runs body() in a child and returns what it returned (0 to 100), or 101 for
 * a child that a signal ended, or that was ended after `seconds`.
 */
int kit_in_child(int (*body)(const void *context), const void *context,
                 unsigned seconds);

/*
 * Several at once, which costs no more time than the one that waits longest:
 * body() in a child of its own, whose assertions fail the child.
 */
pid_t kit_start(void (*body)(const void *context), const void *context);
/* Waits for all of them; fails unless each ended well. */
void kit_join(const pid_t *pids, size_t n);
/* Memory that this process and its children share, all zeroes. */
void *kit_shared(size_t size);

/* In a child: says what went wrong and where, and returns 1. */
#define KIT_CHECK(condition)                                                   \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,       \
                    #condition);                                               \
            return 1;                                                          \
        }                                                                      \
    } while (0)

#endif
