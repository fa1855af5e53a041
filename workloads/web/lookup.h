/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_LOOKUP_H
#define BATON_WORKLOADS_WEB_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/layers.h"
#include "workloads/kinds/outcome.h"

/*
 * The addresses of a host name, from a resolver that a lane dials like any
 * other server: so no protocol blocks, and no model knows of names.
 *
 * The question is one line, "TOKEN NAME".  With "http://host:port" for a name
 * it is whether the rules of that robots.txt are known
 * (workloads/web/places.h): then the answer is an outcome, of any kind.  The
 * answer is a line for each address in the order in which they are to be tried,
 * "address 192.0.2.1", and at last "outcome NAME", of outcome_name().  The
 * client closes.
 */
enum {
    LOOKUP_TOKEN = 33, /* 32 hexadecimal digits and a NUL */
    LOOKUP_NAME = 288, /* bytes of the longest question, with a NUL */
    LOOKUP_QUESTION = LOOKUP_TOKEN + LOOKUP_NAME, /* bytes, without a NUL */
    LOOKUP_ADDRESSES = 8,
    LOOKUP_ANSWER = 1024, /* room for the longest answer */
    LOOKUP_ROOM = LOOKUP_QUESTION + 1 + LOOKUP_ANSWER,
};

/* Where a resolver is, and what it wants to see of those who may ask it. */
struct resolver {
    struct dial server;
    char token[LOOKUP_TOKEN];
};

/* Of a lane. */
struct lookup {
    /* What follows: the layer above has the lane again. */
    enum verb (*done)(struct conn *c, enum outcome outcome);
    struct layer above;
    char *question, *answer; /* in the room of lookup_begin() */
    size_t len, next;        /* of the answer; and how much of it was tried */
};

/*
 * Points c->dial at the resolver, for CONN_DIAL.  Until done() is called, the
 * lane's events are the look-up's; its deadline is the protocol's still.  With
 * OUTCOME_OK there is an address.  False: this cannot be a name.  `room` is the
 * look-up's for as long as lookup_next() is called.
 */
bool lookup_begin(struct lookup *l, const struct resolver *r, struct conn *c,
                  const char *name, size_t len, char room[LOOKUP_ROOM],
                  enum verb (*done)(struct conn *c, enum outcome outcome));
/* There is no name, and no address that lookup_next() could give. */
void lookup_forget(struct lookup *l);
/* The next address that was found; false: there is none. */
bool lookup_next(struct lookup *l, uint16_t port, struct dial *ret);

/* An IP address as a text; false: it is none. */
bool lookup_numeric(const char *text, uint16_t port, struct dial *ret);

/* The resolver's side. */

/* Takes a question with its line's end; false: it is none, or may not ask. */
bool lookup_parse(const char *text, size_t len, const char *token,
                  char ret_name[LOOKUP_NAME]);
struct addrinfo;
/* Writes the answer, with a NUL, and returns its length. */
size_t lookup_answer(const struct addrinfo *found, enum outcome outcome,
                     char text[LOOKUP_ANSWER]);

#endif
