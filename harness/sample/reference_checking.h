/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_REFERENCE_CHECKING_H
#define BATON_HARNESS_SAMPLE_REFERENCE_CHECKING_H

#include "harness/origin/origin.h"
#include "harness/sample/reference.h"

struct reference_checks;

/* What the checks of one program share. */
#define CHECK_PATIENCE_NS (UINT64_C(20) * 1000000000)

struct checking {
    const struct reference_program *of; /* NULL: the words */
    char **words;
    struct reference reference;
    bool running;
    unsigned processes; /* after a model's first request; 0: there was none */
    struct origin origin;
    struct reference_checks *checks;
    char *offers; /* of its READY */
};

void checking_record(struct checking *c, const char *name, bool passed,
                     const char *result, const char *remedy);
/* 0 where it runs, as it does until it breaks the protocol. */
int checking_start(struct checking *c, char *why, size_t size);
void checking_stop(struct checking *c);

/* An offer with pages, and its model; false: there is none. */
bool checking_find_served(const struct checking *c, const struct workload **ret,
                          char model[64]);

/* Wrong requests, and the ways in which it has to end. */
void checking_misuse(struct checking *c);

#endif
