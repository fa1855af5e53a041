/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_ORIGIN_H
#define BATON_HARNESS_ORIGIN_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

#include "harness/process/child.h"

/*
 * The origin: the HTTP server that the network workloads talk to, one process
 * on the loopback.  Server side.
 */
enum {
    ORIGIN_ADDRESSES = 8,   /* 127.0.0.1 and those that follow, at most */
    ORIGIN_AUTHORITY = 2048 /* bytes of authority_make(), with a NUL */
};

struct origin_ports {
    uint16_t port;
    uint16_t refused; /* no program listens there, and none can */
    uint16_t full;    /* its queue is full: connections wait; 0: no such port */
    /*
     * The first one is on so many addresses from 127.0.0.1 on, since each has
     * no more connections than a client has ports.  Standing alone: one.
     */
    unsigned addresses;
    uint16_t names; /* where it answers DNS, on the first address */
    /* The same as the first one with TLS; 0: this build has none. */
    uint16_t tls;
    const char *authority; /* that vouches for it: workloads/web/authority.h */
};

struct origin_options {
    uint64_t port;  /* 0: any that is free; to 65535 */
    int control_fd; /* a socket of the run that owns it; -1: stands alone */
    /* Standing alone: called once it listens. */
    void (*on_listening)(const struct origin_options *options,
                         const struct origin_ports *ports);
    const char *cafile; /* for that function */
};

/*
 * Serves until SIGINT or SIGTERM, or until the control socket closes (the
 * origin of a run that was killed ends, too).  0, or -errno when it could not
 * listen; -EADDRINUSE is a port that is taken.
 */
int origin_serve(const struct origin_options *options);

/*
 * The run's side.  The control protocol is packets: the origin sends
 * "port=P refused=R full=F secret=S addresses=N names=D tls=T", a line end and
 * the authority, then answers "reset" with "ok" and "read" with key=value
 * pairs, each as soon as no connection is open, or after two seconds; "mark"
 * and "look" are the same at once.
 */
struct origin {
    struct child child;
    bool running;
    int control_fd;
    /* As in struct origin_ports. */
    uint16_t port, refused_port, full_port, names_port, tls_port;
    unsigned addresses;
    char authority[ORIGIN_AUTHORITY];
    uint64_t secret; /* of workloads/web/numbered.h, drawn at each start */
};

/* What the server counted between a reset and a read. */
struct origin_view {
    uint64_t requests, refusals, bytes, peak, delay_us, cpu_ns, wall_ns;
    /* The longest that a timer was called too late; one is due each 1 ms. */
    uint64_t late_ns;
    uint64_t connections; /* still open after two seconds of waiting */
    uint64_t in_flight;   /* answers of which not all bytes have left */
    uint64_t last_ns;     /* when the last byte of one did; 0: none has */
};

/* `pin` is a CPU list or NULL.  0 or -errno. */
int origin_start(struct origin *o, const char *pin);
/* The part of that in which the ports come; by a control_fd of one's own. */
int origin_hear(struct origin *o);
/* 0, or -EPIPE: the origin died; -ETIMEDOUT: it does not answer. */
int origin_reset(struct origin *o);
int origin_read(struct origin *o, struct origin_view *ret);
/* The same of a client that keeps its connections: at once. */
int origin_mark(struct origin *o);
int origin_look(struct origin *o, struct origin_view *ret);
/* Ends and reaps it; accepts one that never started. */
void origin_stop(struct origin *o);

#endif
