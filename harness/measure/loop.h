/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_MEASURE_LOOP_H
#define BATON_HARNESS_MEASURE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/measure/order.h"
#include "harness/sample/taker.h"

/*
 * The one measuring loop: it calibrates the cells of an experiment, then takes
 * their samples round by round, in one stage or in several.
 */

/* A cell while it is measured. */
struct loop_cell {
    uint32_t most_rounds; /* it is not in later ones; 0: in all */
    bool follows;         /* it does the work of another cell, `as` */
    size_t as;
    bool left_out; /* of this stage */
    /* The loop's. */
    bool given_up;    /* it failed too often to go on */
    unsigned missing; /* samples of this stage that were not measured */
    uint64_t wall_ns; /* of the samples that tried its sides, summed */
    unsigned walls;
    uint64_t spent_ns; /* on samples of this stage */
    unsigned taken;    /* so many */
};

struct progress {
    unsigned stage;         /* of a check: 1 screens, 2 confirms */
    unsigned round, rounds; /* 0 of ...: calibrating; ... of 0: by time */
    size_t slot, slots;     /* samples of the round; of calibrating: cells */
    size_t cell;            /* the one that is sampled now */
    uint64_t left_ns;       /* of the stage */
};

struct loop {
    struct taker *taker;
    struct loop_cell *cells; /* [taker->n], the caller's */
    bool sided;              /* a check: samples have a side and a cell */
    unsigned attempts;       /* at calibrating a cell */
    unsigned trial;          /* of a self-test; 0: of none */

    /* All run between samples.  0, or -errno to stop. */
    int (*on_sample)(void *context, const struct sample *s);
    void (*on_progress)(void *context, const struct progress *p);
    int (*on_round)(void *context); /* NULL: nothing is to be done then */
    void *context;

    size_t last;       /* the cell of the last sample */
    uint64_t begin_ns; /* set by loop_calibrate(); CLOCK_MONOTONIC */
};

enum stage_end {
    STAGE_ROUNDS, /* all that were planned */
    STAGE_TIME,
    STAGE_FAILURES, /* all cells failed too often to go on */
};

struct stage {
    unsigned number;
    struct order *order;
    unsigned rounds; /* 0: as many as end nearest to end_ns */
    unsigned fewest; /* that are made whatever the time is */
    /*
     * Since the loop began.  Where rounds are planned, none is begun that
     * would go on beyond: the machine has become slower than it was.  0: none.
     */
    uint64_t end_ns;
    /* Set by loop_stage(). */
    unsigned done; /* whole rounds */
    enum stage_end end;
};

/*
 * Calibrates each cell, and takes a sample of each side of it where it has
 * several.  0, or -errno of the taker or of on_sample(); -EINTR: a signal came.
 */
int loop_calibrate(struct loop *l);
/* The same of the rounds of a stage. */
int loop_stage(struct loop *l, struct stage *s);

/* What a sample of a cell takes, as far as it is known. */
uint64_t loop_sample_ns(const struct loop *l, size_t cell);
/* What a round of all cells that are not left out takes; 1 at least. */
uint64_t loop_round_ns(const struct loop *l, unsigned thirds);
/* How much of a time is left, of which the loop has spent some. */
uint64_t loop_left_ns(const struct loop *l, uint64_t of_ns);
/* Whether there is nothing that could be measured. */
bool loop_is_over(const struct loop *l);

#endif
