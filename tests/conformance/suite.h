/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A program of tests that every model goes through: each model in a process of
 * its own, all of them at once, so that the time does not grow with their
 * number.  A model that hangs is named and ended within seconds, and with the
 * process of a model ends all that it started.  The environment variable
 * BATON_TEST_MODELS, a comma list, chooses some of the models.
 */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include "tests/conformance/kit.h"

struct suite {
    const char *name;
    const struct kind *kind;
    bool sockets; /* without the models whose peer is in memory */
    /* Of these models; NULL: of all. */
    const struct model *const *models;
    size_t n_models;
    /* For each model, in its process, between setup() and teardown(). */
    const struct CMUnitTest *each;
    size_t n_each;
    /* Each test in a process of its own: for those that mostly wait. */
    bool apart;
    bool computes; /* its models use the CPUs: few of them run at once */
    bool in_turn;  /* one model after another: each takes the whole machine */
    int (*setup)(void **state), (*teardown)(void **state);
    /* Afterwards, in this process: what does not depend on the model. */
    const struct CMUnitTest *once;
    size_t n_once;
};

/* The model that `each` is about, and its place among them. */
extern const struct model *suite_model;
extern size_t suite_place;

/* It does what it is to do, and no more than it may; else the test fails. */
void suite_run_right(struct trial *t);

/* How many there will be; for memory that their processes share. */
size_t suite_models(const struct suite *s);

/* The exit status of the program. */
int suite_run(const struct suite *s);

/* How one test of a model ended. */
enum suite_end {
    SUITE_PASSED,
    SUITE_FAILED,
    SUITE_HUNG,
    SUITE_CRASHED,
    SUITE_SKIPPED,
};
struct suite_result {
    const char *suite, *test;
    const struct model *model;
    enum suite_end end;
    int status; /* as waitpid() has it */
    double seconds;
    char *output;   /* of the test and of the model */
    char hang[192]; /* of a run that hangs: its gate, its threads */
};

/* For a program that shows each test of one model (conformance.c). */
struct suite_view {
    const struct model *model;
    const char *only;    /* a part of the names of tests; NULL: all tests */
    size_t most_at_once; /* processes */
    uint64_t limit_s;    /* of a whole test */
    void (*show)(const struct suite_result *r);
};
extern const struct suite_view *suite_view; /* NULL: tests of all models */

/* The suites that such a program has; each is a file test_NAME.c. */
typedef int suite_main(int argc, char *argv[]);
suite_main suite_counting, suite_connections, suite_faults, suite_relay,
    suite_sleeping;

/* This test is not for this model, and why. */
#define suite_leave_out(why)                                                   \
    do {                                                                       \
        print_message("# %s: %s\n", suite_model->name, (why));                 \
        skip();                                                                \
    } while (0)

#endif
