/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_REFERENCE_H
#define BATON_HARNESS_SAMPLE_REFERENCE_H

#include "harness/sample/program.h"
#include "harness/sample/references.h"

/* A reference program that runs, and its protocol (docs/references.md). */
struct reference {
    struct program process;
    char runtime[96]; /* "Python 3.11.2" */
    char *offers;     /* "counter/threads:may-lose,...": of its READY */
    uint64_t requests;
};

enum { REFERENCE_VERSION = 1 };
/* It ends so long after the end of its input. */
#define REFERENCE_END_NS (UINT64_C(5) * 1000000000)

/*
 * Starts a program of the table, which is built first if it is not yet; or the
 * words of a command.  Waits for its READY, for 10 s or `patience_ns`.  0;
 * -ECANCELED and why in words, after which it is ended; or -EINTR.
 */
int reference_start(struct reference *r, const struct reference_program *of,
                    const char *pin, char *why, size_t size);
int reference_start_command(struct reference *r, char *words[],
                            uint64_t patience_ns, char *why, size_t size);
/* Whether its READY has "counter/threads:exact". */
bool reference_has(const struct reference *r, const char *offer);

struct reference_request {
    const char *workload, *model;
    uint64_t n, m, repetitions;
    const char *url; /* "-": none */
    uint64_t deadline_ns;
};

struct reference_answer {
    uint64_t sent_ns, heard_ns; /* of the harness: before and after */
    uint64_t own_ns;            /* as the program says */
    char **fields;              /* of the result, for free(); until the next */
    size_t n;
    char refusal[160]; /* the words of ERR */
};

/*
 * 0; -EREMOTE: it answers ERR, and goes on; -ECANCELED and why in words:
 * the protocol is broken, and the program was ended with its group; or -EINTR.
 */
int reference_ask(struct reference *r, const struct reference_request *q,
                  struct reference_answer *ret, char *why, size_t size);

/* Accepts one that never started.  How many processes it left. */
unsigned reference_end(struct reference *r);

#endif
