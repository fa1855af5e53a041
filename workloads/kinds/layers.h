/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_KINDS_LAYERS_H
#define BATON_WORKLOADS_KINDS_LAYERS_H

#include <stdbool.h>

#include "workloads/kinds/connections.h"

struct journal;
struct trace;

/*
 * What a protocol author fills in: one callback per event of conn.h, with the
 * same meaning.  The connection layer around them counts starts and DONEs and
 * clears what is pending on DIAL.  A protocol reads its state from
 * conn->layers->state and the time from conn_now(), never elsewhere.
 */
struct protocol {
    enum verb (*start)(struct conn *c); /* NULL: an answering side */
    enum verb (*opened)(struct conn *c);
    enum verb (*received)(struct conn *c, const void *data, size_t len);
    enum verb (*ended)(struct conn *c, int error);
    enum verb (*expired)(struct conn *c);
    /* After CONN_WORK; NULL: never answers that, as no answering side does. */
    enum work_left (*work)(struct conn *c);
    enum verb (*worked)(struct conn *c);
    /* All that was staged has been sent: may stage more.  NULL: never does. */
    void (*drained)(struct conn *c);
};

struct layers {
    const struct protocol *protocol;
    void *state;             /* the protocol's, of fixed size */
    struct journal *journal; /* NULL on the answering side */
    const uint64_t *now_ns;  /* virtual time, or NULL: CLOCK_MONOTONIC */
    /* The harness's look at the process while its lanes are open, or NULL. */
    void (*sample_peak)(void);
    struct trace *trace; /* NULL: not traced */
    const char *out;     /* staged and not yet sent */
    size_t out_len;
    uint64_t work_ns; /* when CONN_WORK was answered */
    bool broken;      /* a write failed on this dial: nothing more is offered */
    bool again;       /* of a datagram: it is offered once more */
};

/*
 * The stack of a lane: protocol, filter, socket.  The driver's events go to the
 * lowest layer, which is layers->protocol, and a layer that is put under
 * another one keeps that in a struct layer.
 *
 * A layer that goes before (names, workloads/web/dns.h) has all events until it
 * is done, takes itself away, and the one above answers what follows.
 *
 * A filter (TLS) stays for the time of a dial.  To give decoded bytes to the
 * layer above, it takes itself away, calls that one's received(), and puts
 * itself under it again; what was staged meanwhile is pending, so it takes that
 * with conn_pending() and stages the encoded form instead.  Its own drained()
 * calls the other's when nothing encoded is left.  A handshake is answered with
 * CONN_WORK, and the deadline stays the protocol's.
 */
struct layer {
    const struct protocol *protocol;
    void *state;
};

static inline void layer_push(struct conn *c, struct layer *above,
                              const struct protocol *protocol, void *state)
{
    *above = (struct layer){c->layers->protocol, c->layers->state};
    c->layers->protocol = protocol;
    c->layers->state = state;
}

static inline void layer_pop(struct conn *c, const struct layer *above)
{
    c->layers->protocol = above->protocol;
    c->layers->state = above->state;
}

/* For protocols.  `data` stays put until drained, DIAL, or the next stage. */
void conn_stage(struct conn *c, const void *data, size_t len);
uint64_t conn_now(const struct conn *c);

/* Whether conn_woke() keeps the time, in this process; at first it does not. */
void conn_time_wakes(bool on);
/* When this thread called it last; 0: never. */
uint64_t conn_woke_ns(void);

#endif
