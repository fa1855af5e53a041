/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_REFERENCE_JUDGE_H
#define BATON_HARNESS_SAMPLE_REFERENCE_JUDGE_H

#include "harness/origin/origin.h"
#include "harness/results/sample.h"
#include "harness/sample/plan.h"
#include "harness/sample/reference.h"
#include "workloads/web/numbered.h"

/* What an answer is compared with. */
struct reference_task {
    const struct cell *cell;
    uint64_t repetitions;
    struct nonce nonce;        /* of pages */
    uint64_t secret;           /* of the origin */
    struct origin_view origin; /* what it counted meanwhile */
};

/*
 * Sets status, findings, audit and text of *s, whose iterations are the
 * repetitions.  -EBADMSG and why: the result has the wrong form.
 */
int reference_judge(const struct reference_task *task,
                    const struct reference_answer *answer, struct sample *s);

#endif
