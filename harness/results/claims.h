/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_CLAIMS_H
#define BATON_HARNESS_RESULTS_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/results/rules.h"
#include "models/model.h"
#include "workloads/workload.h"

/*
 * The table of contents: what is measured by default, which cells are compared
 * and drawn, and by which statistic.  It is data: a folder with a file for each
 * entry and one file `sets`.  claims/README.md explains the keys.
 */
enum claim_flag {
    CLAIM_DEFAULT = 1,     /* in the default report */
    CLAIM_QUICK = 2,       /* in the quick one too */
    CLAIM_CHECK = 4,       /* in the suite of `check`, behind that of `sets` */
    CLAIM_TRACE = 8,       /* traced once instead of measured in each round */
    CLAIM_NAMED = 16,      /* judged only where `verdict` names it */
    CLAIM_REFERENCES = 32, /* and only with --references */
    CLAIM_CHOSEN = 64,     /* no flag of a file: a command's own */
};

/* Names from "a,b,c": of models, of sets as "@core", of pairs as "a/b". */
struct name_list {
    char **items;
    size_t n;
};

struct numbers {
    double *items;
    size_t n;
};

struct claim {
    char *id; /* the name of its file */
    const struct workload *workload;
    char *parameters; /* "n=30": those that are not at their preset; or "" */
    char *title;      /* of its findings: "counter, 100 x 1000" */
    char *note;       /* what a reader should compare it with; or NULL */
    char *over;       /* the parameter that takes `values`; or NULL */
    struct numbers values, quick_values;
    enum statistic statistic;
    char *metric;            /* a number of samples, see derived.h; or NULL */
    struct name_list pairs;  /* RATIO: "a/b" each */
    struct name_list models; /* measured, and the subject of a finding each */
    struct name_list beside; /* measured, without a finding */
    struct name_list aa;     /* A/A pairs: measured twice, side by side */
    struct numbers claimed;
    char *figure, *lesson; /* which kind of figure shows it; or NULL */
    uint32_t rounds;       /* that are enough for the claim; 0: all */
    /*
     * Of a published claim.  Several entries may be of one; those that have a
     * rule are judged, the others are measured beside them.
     */
    char *claim;          /* its id; or NULL */
    char *quote, *source; /* its words, and where they stand; or NULL */
    char *setting;        /* of this entry, "python"; NULL: models */
    bool own;             /* it is the setting that the claim is about */
    struct rule rule;     /* kind RULE_NONE: not judged */
    unsigned rule_line;   /* of its file */
    double factor;        /* RATIO: it is multiplied by this; 0: by 1 */
    uint64_t budget_ns;   /* that all values need; 0: any */
    unsigned flags;
};

struct claims {
    struct claim *items; /* in the order of their ids */
    size_t n;
    struct name_list core, quick; /* models; @core and @quick */
    struct name_list scrape;      /* models, the preferred one first */
    struct name_list suite;       /* cells, "counter/locked/tasks:20" each */
};

/*
 * Reads all files of a folder; NULL: those that the program was built with.
 * 0 or -errno, and what is wrong in words: the file, the line and the remedy.
 * claims_finish() in any case.
 */
int claims_read(const char *dir, struct claims *ret, char *why, size_t size);
void claims_finish(struct claims *claims);

/* Those that the program was built with, from claims/. */
extern const struct claim_file {
    const char *name, *text;
} claim_files[];
extern const size_t n_claim_files;

/* Whether "@name" is a set: @core, @quick, @all, or a family. */
bool claims_know_set(const char *name);

/*
 * Adds the models of a list to `ret`, with room for model_count(), but not
 * those that it has: a name, "@core", "@quick", "@all",
 * or "@FAMILY".  0, or -ENOENT: the
 * name of none.
 */
int claims_choose(const struct claims *claims, const char *name,
                  const struct model *ret[], size_t *n);
/* All models that are measured for a claim, in the registry's order. */
void claim_models(const struct claims *claims, const struct claim *claim,
                  const struct model *ret[], size_t *ret_n);
/* @core stands for these from now on.  0 or -ENOMEM. */
int claims_set_core(struct claims *claims, const struct model *const chosen[],
                    size_t n);

bool claims_core_holds(const struct claims *claims, const struct model *m);

/*
 * Whether a model is in a list.  @core is any model that is there: what was
 * chosen instead of it when a run was recorded is not known.
 */
bool claim_covers(const struct claims *claims, const struct name_list *list,
                  const char *model);

/* The id of the published claim that it is of; NULL: of none. */
const char *claim_id(const struct claim *claim);
/*
 * The entry that has the quote and the source of a published claim: the first
 * one; NULL: none has both.
 */
const struct claim *claims_quote(const struct claims *claims, const char *id);
/* Of no published claim, and its statistic is of times alone: a finding. */
bool claim_is_plain(const struct claim *claim);
/* What of it is not as it has to be, with the remedy; NULL: nothing. */
const char *claim_fault(const struct claim *claim);

/* The two models of pair `i`. */
void claim_pair(const struct claim *claim, size_t i, const struct model **ret_a,
                const struct model **ret_b);

/* The parameters of its cells: at value `i` of `over` where it has one. */
void claim_values(const struct claim *claim, const struct numbers *over,
                  size_t i, uint64_t ret[]);
/* The same as text, as samples.tsv has them, at the presets of `over`. */
void claim_parameters(const struct claim *claim, char *out, size_t size);

#endif
