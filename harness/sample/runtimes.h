/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_RUNTIMES_H
#define BATON_HARNESS_SAMPLE_RUNTIMES_H

#include "harness/sample/sampler.h"

/* The reference programs of a run, which are kept running between samples. */
struct runtimes;

struct runtimes *runtimes_create(void); /* NULL: no memory */
void runtimes_destroy(struct runtimes *r);

/* Those that were started: their names, and "Python 3.11.2". */
void runtimes_each(const struct runtimes *r,
                   void (*take)(void *context, const char *program,
                                const char *runtime),
                   void *context);

/*
 * What sampler_take() does, with a cell whose model is one of a reference
 * program: a sample is a request with `iterations` repetitions.
 */
int runtimes_take(struct runtimes *r, const struct sampler *sampler,
                  struct cell *cell, struct sample *ret);

#endif
