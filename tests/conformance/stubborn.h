/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A stubborn HTTP/1.1 server, the oracle of the conformance tests. The path
 * of a request selects how the server behaves, and the table below says what
 * a correct client reports about it. Every client model runs against the
 * same rows and has to agree with them.
 *
 * The server is a child process on 127.0.0.1, so it shares neither locks nor
 * descriptors with the model under test. It gives up every exchange and every
 * idle connection after 20 s, so clients must time out well before that.
 */
#ifndef TESTS_STUBBORN_H
#define TESTS_STUBBORN_H

#include <stddef.h>
#include <stdint.h>

struct stubborn;
struct visit;

/* Every body is a prefix of this text, repeated without end. */
#define STUBBORN_TEXT "0123456789abcdef"

/* The number of body bytes that arrive depends on timing. */
#define STUBBORN_ANY UINT64_MAX

struct fault {
    /* The path to ask for; the server ignores a query behind it. */
    const char *path;

    /* What the server does, in a few words for the test's output. */
    const char *summary;

    /*
     * The outcome that a correct client reports, in the words of
     * workloads/kinds/outcome.h.
     */
    const char *expected;

    /*
     * The HTTP status that it reports. A status counts from the moment the
     * header of the final response (not 1xx) is complete; 0 before that.
     */
    int status;

    /* Body bytes delivered, without chunk framing, or STUBBORN_ANY. */
    uint64_t bytes;

    /* For the server alone: answers one request. Never NULL. */
    void (*answer)(struct visit *v);
};

extern const struct fault stubborn_faults[];
extern const size_t stubborn_n_faults;

/*
 * Forks the server. It accepts connections when this returns. Call it while
 * the process has one thread, and from a thread that outlives the server:
 * the server dies with it. Returns 0 or a negative errno; *ret_server is
 * untouched on failure.
 */
int stubborn_create(struct stubborn **ret_server);

/* Kills the server with all its connections and reaps it. NULL is fine. */
void stubborn_destroy(struct stubborn *s);

/* Where the faults of the table are served. */
uint16_t stubborn_port(const struct stubborn *s);

/* Reserved, but nobody listens: connecting fails with ECONNREFUSED. */
uint16_t stubborn_refused_port(const struct stubborn *s);

/* Its backlog is full for good: connecting gets no answer at all. */
uint16_t stubborn_blackhole_port(const struct stubborn *s);

#endif
