/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_NAMES_H
#define BATON_HARNESS_ORIGIN_NAMES_H

#include <stdint.h>

#include "harness/origin/connection.h"
#include "workloads/web/nameserver.h"

/*
 * The origin's name server: workloads/web/nameserver.h on one port of
 * 127.0.0.1, by datagrams and by streams.
 */
struct names {
    struct watch datagrams; /* first */
    struct watch listener;
    struct connection_set *set; /* streams are connections like others */
    struct name_zone zone;
};

/* 0 or -errno.  What was opened before an error is closed by _finish(). */
int names_init(struct names *n, struct connection_set *set, unsigned addresses,
               uint16_t *ret_port);
/* Accepts all zeroes. */
void names_finish(struct names *n);

#endif
