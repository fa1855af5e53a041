/* SPDX-License-Identifier: MIT */
#ifndef BATON_WORKLOADS_KINDS_CONNECTIONS_H
#define BATON_WORKLOADS_KINDS_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "workloads/clock.h"
#include "workloads/kinds/kind.h"

/*
 * The connections kind of work.  A model is given n lanes (connections at
 * once) and starts them all; it tells the connection layer what happened on a
 * lane and is told what to do next.  There is no I/O and no clock reading on
 * the other side of these calls that could block ("sans I/O", as in h11 or
 * BearSSL): who runs a lane, and how it waits, is wholly the model's.
 *
 * All of it as a plain loop is models/wait/talk.c; the same loop cut at every
 * wait is models/libuv_talk.c.
 */
enum verb {
    /* Send what conn_pending() offers, then wait for bytes until deadline. */
    CONN_WAIT,
    /* Drop the socket if there is one; open one to conn->dial. */
    CONN_DIAL,
    /*
     * Offer pending bytes once, without waiting; close; never touch this
     * conn again: it may be another thread's, or gone.
     */
    CONN_DONE,
    /*
     * Heavy work is due: conn_work() piece by piece until WORK_DONE, then
     * conn_worked().  Until that the lane gets no event, what arrives stays in
     * the socket, and its deadline does not run.  A driver of many lanes serves
     * the others between two pieces.
     */
    CONN_WORK,
};

enum work_left {
    WORK_DONE,
    WORK_MORE,
    /*
     * Too many lanes work at once: nothing was done.  A driver that has nothing
     * else to do sleeps for a millisecond.
     */
    WORK_LATER,
};

/*
 * Where to connect to; valid while the verb is CONN_DIAL.
 *
 * Of datagrams, all that is staged is one message, and each conn_received() has
 * one, of at most 32 KiB; they may be lost, doubled or in another order, and
 * what cannot be sent is lost as well.  No message ends a dial, so what is an
 * end elsewhere (conn_ended() with 0) is an empty one.
 */
struct dial {
    struct sockaddr_storage peer;
    socklen_t peer_len;
    int type; /* SOCK_DGRAM; else a stream (TCP) */
};

static inline bool dial_is_datagrams(const struct dial *d)
{
    return d->type == SOCK_DGRAM;
}

struct layers; /* the protocol's side: workloads/kinds/layers.h */

struct conn {
    struct dial dial;
    /*
     * CLOCK_MONOTONIC, UINT64_MAX: none.  One absolute time that the protocol
     * moves by phase, so read it anew before every wait, the connect included.
     */
    uint64_t deadline_ns;
    uint32_t index; /* of the lane, from 0 */
    /* An answering side's: DONE hangs up with a reset, not with an end. */
    bool reset;
    struct layers *layers;
};

/*
 * What happened -> what next.  One driver at a time drives a lane; no call
 * blocks, or takes more than 32 KiB of stack.  An error found while connecting
 * and one found while waiting are the same event.
 *
 * What arrived before a deadline is read before the deadline counts as missed.
 * A driver of many lanes starts them in bursts, and all of them before it waits
 * for the first time (models/wait/bursts.h).
 */
enum verb conn_start(struct conn *c);
enum verb conn_opened(struct conn *c);
enum verb conn_received(struct conn *c, const void *data, size_t len);
/* This dial is over: 0 is EOF, else -errno; a failed dial too. */
enum verb conn_ended(struct conn *c, int error);
/* The deadline passed in a wait or a connect. */
enum verb conn_expired(struct conn *c);
/* A piece of at most 5 ms, as a rule; on any thread, one at a time. */
enum work_left conn_work(struct conn *c);
/* All of it is done; on the driver's thread again. */
enum verb conn_worked(struct conn *c);

/*
 * The bytes to send now, or NULL and 0.  They stay where they are until
 * conn_sent() says they went, so a write in flight may point at them.
 */
const void *conn_pending(const struct conn *c, size_t *ret_len);
void conn_sent(struct conn *c, size_t len);
/*
 * A write failed.  Nothing is pending any more; go on READING until EOF or
 * reset: the peer may have answered before it hung up.  A datagram is pending
 * once more, since the error may be that of an earlier one; then it is lost.
 */
void conn_unsent(struct conn *c);

/*
 * A socket for conn->dial with the options that all models share (no delay,
 * the run's congestion control, closing with RST so that no port stays in
 * TIME_WAIT).  `flags` is 0 or SOCK_NONBLOCK.  Returns a descriptor that the
 * caller closes, or -errno.
 */
int conn_socket(const struct conn *c, int flags);
/* The same for a stream that a model's library made; 0 or -errno. */
int conn_tune(int fd);

/*
 * The call in which a thread of a model waits for lanes has returned: what it
 * serves next, it knows of since now.  A model that cannot call it, because its
 * library waits, does without.  It costs the reading of a clock where the
 * workload wants that time, and nothing otherwise.
 */
void conn_woke(void);

/*
 * The answering side in memory, for the one model that has no kernel.
 * open() answers a dial: 0 and a fresh, opened answering conn, driven with the
 * same verbs, which the model closes before it opens another for the same lane;
 * 0 and NULL when no server answers, so that the dial waits for its deadline;
 * or -errno when it failed, of which -ENOMEM is the model's own failure.
 */
struct answering {
    int (*open)(const struct answering *a, const struct dial *to,
                const uint64_t *now_ns, struct conn **ret);
    void (*close)(struct conn *peer);
};

struct connections {
    struct conn *conns;
    size_t n;       /* lanes; all of them in one shared mapping */
    size_t workers; /* of a model that has workers; 0: its own number */
    bool offload;   /* CONN_WORK is for another thread than the driver's */
    /* NULL: the peer is a real server, there is no side in memory. */
    const struct answering *answering;
};

/*
 * Its metrics: of the pages' times, from the first dial to the last byte.  Of a
 * stream of records, those of each record: from its sending to the end of its
 * handler; the first byte is when the model gave it to the protocol.
 */
enum {
    PAGE_P50_NS,
    PAGE_P90_NS,
    PAGE_P99_NS,
    PAGE_MAX_NS,
    FIRST_BYTE_P50_NS,
    FIRST_BYTE_P90_NS,
    FIRST_BYTE_P99_NS,
    NOTICED_P50_NS,
    NOTICED_P99_NS,
    UNSENT_RECORDS,
    HOLD_MAX_NS, /* of a handler that keeps the CPU: the longest time */
    BYTES_PER_S, /* of large bodies; as it is counted, a sum of bytes */
    HANDSHAKES,
    HANDSHAKE_NS, /* CPU time of the client's side of all of them */
};

/* A model's member for it in struct model. */
struct connections_ability {
    int (*run)(struct connections *work); /* see model.h */
    const char *gap;
    enum at_once at_once;
    enum unit unit;
    /* Talks to work->answering, so no server sees what it does. */
    bool in_memory;
    size_t keeps_threads; /* that its runtime cannot join: more are a leak */
    /*
     * Has threads beside the driver's for heavy work: with work->offload they
     * call conn_work(), and the driver conn_worked().
     */
    bool can_offload;
    size_t offload_keeps_threads; /* like keeps_threads, of such runs alone */
};

/* Replaces CLOCK_MONOTONIC for all lanes: *now_ns is virtual time. */
void connections_set_clock(struct connections *work, const uint64_t *now_ns);

#endif
