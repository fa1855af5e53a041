/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_ORIGIN_COMMANDS_H
#define BATON_HARNESS_ORIGIN_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "harness/origin/connection.h"
#include "harness/origin/loop.h"
#include "harness/origin/origin.h"

/* The server's end of the control socket: origin.h has the protocol. */
struct commands {
    struct watch watch; /* first */
    struct timer patience;
    struct connection_set *set;
    char waiting[64]; /* a command that waits for the connections to end */
    uint64_t reset_ns, reset_cpu_ns;
};

/* Announces the ports, then handles commands.  0 or -errno. */
int commands_serve(struct commands *commands, int fd,
                   struct connection_set *set,
                   const struct origin_ports *ports);

#endif
