/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_NAMESERVER_H
#define BATON_WORKLOADS_WEB_NAMESERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"

/*
 * The answering side of DNS: names whose second part is how they are answered,
 * "17.known-10.origin.test" after 10 ms.  It shares no code with dns.h, which
 * asks.  The origin answers by datagrams and streams, the null model in memory.
 */
struct name_script {
    const char *name, *what; /* "missing", "there is no such name" */
    enum outcome outcome;    /* what a client has to make of it */
    uint8_t code;            /* of the answer */
    uint8_t aliases;         /* before the address */
    bool silent, truncated, loops, lies;
    bool v6;           /* it has an address that refuses connections besides */
    bool other_number; /* before the answer comes one to another question: */
    bool other_name;   /* by its number, or by its name */
};
/* The first one is `known`: it has an address. */
extern const struct name_script name_scripts[];
extern const size_t n_name_scripts;

enum { NAME_ROOM = 64, NAME_ANSWERS = 2, NAME_ANSWER = 512 };

/* A name, with a NUL; its length. */
int name_write(char out[NAME_ROOM], uint64_t number, const char *script,
               uint64_t latency_ms);

/* Where the names of numbers lead to: from 127.0.0.1 on; 0 is as 1. */
struct name_zone {
    unsigned addresses;
};

struct name_answer {
    uint64_t latency_ms;
    size_t n; /* messages; 0: none */
    struct {
        size_t len;
        unsigned char bytes[NAME_ANSWER];
    } messages[NAME_ANSWERS];
};

/* Answers a question; what is none gets no answer. */
void name_answer(const struct name_zone *zone, const void *question, size_t len,
                 bool stream, struct name_answer *ret);

/*
 * A conn that answers, on the heap, for one accepted connection or, in memory,
 * for the datagrams of one dial.  NULL: no memory.
 */
struct conn *nameserver_create(const struct name_zone *zone, bool stream);
void nameserver_destroy(struct conn *c); /* accepts NULL */

#endif
