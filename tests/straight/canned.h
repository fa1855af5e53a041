/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A server that says the same to everybody, whatever was asked, for clients
 * whose address line cannot select a fault of tests/conformance/stubborn.h.
 */
#ifndef TESTS_CANNED_H
#define TESTS_CANNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct answer {
    const char *what; /* in words, for the test's output */
    const char *head;
    size_t body;    /* bytes of the page that follow the head */
    bool reset;     /* ends with RST, not FIN */
    bool trickling; /* byte by byte */
    bool deaf;      /* ends before anything was asked */
    bool piping;    /* sends FIN before RST: later writes break a pipe */
};

struct canned {
    pid_t pid;
    uint16_t port;
};

/*
 * Serves on 127.0.0.1 from a child, until it is stopped.  The body is that of
 * page 0 of `seed`, and goes on with nonsense when it is to be longer.
 */
struct canned canned_start(const struct answer *answer, uint64_t seed,
                           uint64_t bytes);
void canned_stop(struct canned *server);

/* A port of 127.0.0.1 that nobody listens on while the descriptor is open. */
int canned_refuse(uint16_t *ret_port);

#endif
