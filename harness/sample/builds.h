/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_BUILDS_H
#define BATON_HARNESS_SAMPLE_BUILDS_H

#include "harness/sample/plan.h"
#include "harness/sample/taker.h"

struct builds;
struct runtimes;
struct trace;

/* What is compared. All strings and cells are the caller's, and outlive it. */
struct builds_setup {
    const char *base, *cand; /* paths; NULL: this very program */
    /* Of each side, whose path has "{n}" for 1 to `variants`; 0: one build. */
    unsigned variants;
    struct plan *plan;            /* cells of which base takes its samples */
    struct plan *cand_plan;       /* NULL: the same; else as many cells */
    const char *pin, *pin_origin; /* CPU lists, or NULL */
    uint64_t seed, start_ns;
    uint64_t target_ns;  /* how long each sample is at least */
    bool alone;          /* base's samples only, and from its own file */
    struct plan *traced; /* cells of builds_trace(), or NULL */
    double slower; /* injected into the candidate: 0.05 is 5 % more work */
};

/*
 * Takes samples of two builds.  They and base's copy run from memory, byte by
 * byte as they are now, so that a new build meanwhile changes nothing; where
 * that cannot be (a script, say), from their own files.  Variants, which would
 * take too much memory, run from their files, held open, for a linker makes a
 * new file.  0, or -errno with a sentence in `why`.
 */
int builds_create(const struct builds_setup *setup, struct builds **ret,
                  char *why, size_t size);
void builds_destroy(struct builds *b);

struct taker *builds_taker(struct builds *b);
/* The reference programs that its cells needed; see runtimes.h. */
const struct runtimes *builds_runtimes(const struct builds *b);
/* What is injected from now on. */
void builds_inject(struct builds *b, double slower);

/* XXH3-64 of base's and of the candidate's file, or of those of its variants;
 * whether base is copied. */
uint64_t builds_hash(const struct builds *b, enum sample_side side);
bool builds_copied(const struct builds *b);

/* What tracer_take() does, with a cell of `traced`. */
int builds_trace(struct builds *b, struct cell *cell, struct sample *ret,
                 struct trace **ret_trace);

#endif
