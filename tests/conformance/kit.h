/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What the conformance tests share: one cell's work outside of the harness, a
 * real origin, children, and a look at what a process holds.
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
#include <netinet/in.h>
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
    void *results; /* of the last trial_aim(), in shared memory */
    size_t size;   /* of the results */
    bool ready;
};

/* The presets, seed 7, a server on `port` of 127.0.0.1. */
void trial_init(struct trial *t, const char *workload, uint16_t port);
void trial_set(struct trial *t, const char *parameter, uint64_t value);
/* Prepares, once, and points the work at empty results. */
void trial_aim(struct trial *t);
/* Aims, then runs the model; what it returns. */
int trial_run(struct trial *t, const struct model *m);
struct findings trial_judge(const struct trial *t);
/* Fails the test with the judge's words unless all is right. */
void trial_assert_right(const struct trial *t, const char *model);
void trial_finish(struct trial *t);

static inline struct journal *trial_journal(const struct trial *t)
{
    return t->results;
}

/* A process that runs models, as seen by the one that waits for it. */
struct kit_watch {
    const char *test;          /* a literal: the same in both */
    _Atomic uint64_t since_ns; /* when a run of a model began; 0: none runs */
    const struct gate *gate;   /* of that run, in the process; NULL: none */
    _Atomic bool finished;     /* the tests came to their end */
};
/* Of this process, in shared memory; NULL: nobody waits for it. */
extern struct kit_watch *kit_watching;
/* For one run of a model: 20 s, and more where a sanitizer slows it down. */
extern unsigned kit_patience_s;
bool kit_hangs(const struct kit_watch *watch);

/* Of n tasks or lanes, how many a model declares to be in flight at once. */
size_t kit_at_once(const struct model *m, const struct kind *kind, size_t n);

/* A run of a model, watched; what it returns. */
int kit_run(const struct model *m, const struct kind *kind, void *job);

/* A listening socket on a port of 127.0.0.1 that is free. */
int kit_listen(struct sockaddr_in *ret);

/* A real origin, in a child of the test itself. */
void kit_origin_start(struct origin *o);
/* That of a program's tests, and a group's setup and teardown for it. */
extern struct origin kit_origin;
int kit_origin_setup(void **state), kit_origin_teardown(void **state);

/* What this process holds. */
struct kit_usage {
    uint64_t fds, threads, children;
};
struct kit_usage kit_usage(void);
/* Whether it holds as much again; threads that are ending do not count. */
bool kit_holds(const struct kit_usage *u);
/* Fails unless it does. */
void kit_assert_holds(const struct kit_usage *u, const char *model);

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
struct kit_job {
    pid_t pid;
    struct kit_watch *watch;
};
struct kit_job kit_start(void (*body)(const void *context),
                         const void *context);
/* Waits for all of them; fails unless each ended well, and none hung. */
void kit_join(const struct kit_job *jobs, size_t n);
/* Memory that this process and its children share, all zeroes. */
void *kit_shared(size_t size);
void kit_free(void *memory, size_t size);

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
