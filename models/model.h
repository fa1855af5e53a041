/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_MODEL_H
#define BATON_MODELS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/connections.h"
#include "workloads/kinds/counting.h"
#include "workloads/kinds/kind.h"
#include "workloads/kinds/relay.h"
#include "workloads/kinds/sleeping.h"

/*
 * The contract of a concurrency model: who runs the work, and how it waits.
 * A model is one file named after it, one row in models/meson.build, and
 * one of these structs, constant, at the bottom of the file:
 *
 *     const struct model model_thread_per_socket = {
 *         .contract = MODEL_CONTRACT,
 *         .name = "thread-per-socket", ...
 *
 * It includes this header and nothing of the workloads or the harness beyond
 * what this header includes.  docs/adding-a-model.md shows a complete one.
 */

/* Grows when struct model, a kind's struct or what a model must do changes. */
enum { MODEL_CONTRACT = 6 };

/* Groups models in tables and figures; a family has one colour. */
enum family {
    FAMILY_SEQUENTIAL,
    FAMILY_THREADS,
    FAMILY_LOCKS, /* all ways to guard a counter */
    FAMILY_POOLS,
    FAMILY_PROCESSES,
    FAMILY_LOOPS,
    FAMILY_COROUTINES,
    FAMILY_ACTORS,
    FAMILY_REFERENCES, /* programs in other languages */
    FAMILY_N,
};

/* A name has fewer characters: it is a column of the samples. */
enum { MODEL_NAME = 32 };

/* Marks of a family in figures: 1 to this. */
enum { MODEL_MARKS = 12 };

struct model {
    uint32_t contract;   /* MODEL_CONTRACT: first, and read before the rest */
    const char *name;    /* the file's name with '-' for '_' */
    const char *label;   /* for charts: "event loop (libuv)" */
    const char *summary; /* a line for `baton list` */
    enum family family;
    unsigned char mark; /* unique in its family; fixed when others are added */

    /*
     * Why the model cannot be had in this build (its library is missing), or
     * NULL.  Set by the build for a model that it left out.
     */
    const char *absent;
    /*
     * 0, or -errno when this machine refuses what the model needs.  Called
     * once, by the process that will run it and by `baton list`.  NULL: 0.
     */
    int (*probe)(void);
    /* Of what it runs on, recorded in every run; NULL: nothing to record. */
    const char *(*library_version)(void);

    /*
     * The kinds of work.  Each run() is called by the harness on the main
     * thread of a fresh process, several times one after another.  It returns
     * 0 when all tasks or lanes are done and all that it started is joined
     * and closed; or -errno after joining what it had started, when the model
     * itself could not go on (no more threads): that sample is dropped,
     * loudly.  A connection that fails is not a model that fails.
     *
     * NULL with a text in `gap`: the kind does not apply, and why.  NULL
     * without one: it is not written yet.
     */
    struct counting_ability counting;
    struct connections_ability connections;
    struct sleeping_ability sleeping;
    struct relay_ability relay;
};

/*
 * What a shared object with models exports, for `baton run --model-file`:
 *
 *     BATON_MODELS(&model_mine, &model_other);
 */
#define BATON_MODELS(...)                                                      \
    extern const struct model *const baton_models[];                           \
    const struct model *const baton_models[] = {__VA_ARGS__, NULL}

/*
 * Generated from the rows of models/meson.build, in their order; those that
 * were loaded follow.
 */
extern const struct model *const *models;
extern size_t n_models;

/*
 * Those of reference programs (references/), which are never run in a process
 * of this program; generated, and in none of the lists above.
 */
extern const struct model *const reference_models[];
extern const size_t n_reference_models;

/* Both: those of the build first.  NULL behind the last, of model_count(). */
const struct model *model_known(size_t i);
size_t model_count(void);

/*
 * Adds the models of a shared object: 0, or -errno and why in words, after
 * which the program may only end.
 */
int model_load(const char *file, char *why, size_t size);
/* Where it was loaded from, an absolute path; NULL: it is of this build. */
const char *model_file(const struct model *m);

/* "NAME=value" of the samples of each, in the same order, up to a NULL. */
extern const char *const *const model_environments[];
const char *const *model_environment(const struct model *m);

/* Lines of code of a model: neither blank nor comments alone. */
struct model_lines {
    unsigned own; /* its own files */
    unsigned all; /* and those of models/wait/ that they include */
};
/* Generated, in the order of the rows. */
extern const struct model_lines model_lines_of[];
extern const size_t n_model_lines;
struct model_lines model_lines(const struct model *m); /* 0: not known */

const struct model *model_find(const char *name); /* or NULL */
const char *family_name(enum family family);      /* "loops" */

/* What its probe says: 0 or -errno. */
int model_probe(const struct model *m);
/* What it declares for a kind, and how it is given a job of that kind. */
struct ability model_ability(const struct model *m, const struct kind *kind);
int model_run(const struct model *m, const struct kind *kind, void *job);
/* Of any kind: its peer is in memory, its time virtual. */
bool model_is_in_memory(const struct model *m);
/* Without tasks: its libraries set up what they keep. */
int model_run_empty(const struct model *m, const struct kind *kind);
/* Why it cannot run a kind; NULL: it can. */
const char *model_gap(const struct model *m, const struct kind *kind);

/* Generated: which member of struct model is a kind's. */
struct model_member {
    const struct kind *kind;
    size_t offset;
};
extern const struct model_member model_members[];

#endif
