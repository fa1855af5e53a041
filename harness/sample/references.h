/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_REFERENCES_H
#define BATON_HARNESS_SAMPLE_REFERENCES_H

#include "models/model.h"
#include "workloads/workload.h"

/*
 * The table of reference programs: the same work in other languages.  Its texts
 * are lists of words from the rows of references/meson.build; see there.
 */
struct reference_program {
    const char *name;
    const char
        *folder; /* of its sources, and of what is built; NULL: references */
    const char *build; /* NULL: it is run as it is */
    const char *start;
    const char *absent; /* why this build is without it, or NULL */
    const char *sources, *needs, *packages;
    const char *parser, *parser_package; /* for titles; "": none is needed */
};

/* Of a model, at the same index in reference_models[]. */
struct reference_offer {
    size_t program;        /* in reference_programs[] */
    const char *model;     /* as the program calls it */
    const char *workloads; /* "counter:may-lose,download" */
};

/* Generated. */
extern const struct reference_program reference_programs[];
extern const size_t n_reference_programs;
extern const struct reference_offer reference_offers[];

/* NULL: a model that is none of a reference program. */
const struct reference_offer *reference_offer(const struct model *m);

/* 0, or -ENOENT and what is not there, with the packages that bring it. */
int reference_look(const struct reference_program *program, char *why,
                   size_t size);

/*
 * 0; -ENOTSUP and why a reference model cannot do a workload, or not on this
 * machine; or -EINVAL: not at these parameters.
 */
int reference_refuse(const struct model *m, const struct workload *w,
                     const struct setup *s, char *why, size_t size);
/* The first of these. */
int reference_lacks(const struct model *m, const struct workload *w, char *why,
                    size_t size);

/* The abilities of such a model, which is never run in a process of Baton's. */
int reference_count(struct counting *work);
int reference_talk(struct connections *work);

#endif
