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
    bool in_turn; /* one model after another: each takes the whole machine */
    int (*setup)(void **state), (*teardown)(void **state);
    /* Afterwards, in this process: what does not depend on the model. */
    const struct CMUnitTest *once;
    size_t n_once;
};

/* The model that `each` is about, and its place among them. */
extern const struct model *suite_model;
extern size_t suite_place;

/* How many there will be; for memory that their processes share. */
size_t suite_models(const struct suite *s);

/* The exit status of the program. */
int suite_run(const struct suite *s);

/* This test is not for this model, and why. */
#define suite_leave_out(why)                                                   \
    do {                                                                       \
        print_message("# %s: %s\n", suite_model->name, (why));                 \
        skip();                                                                \
    } while (0)

#endif
