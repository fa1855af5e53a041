/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/named.h"

#include <stdio.h>

#include "workloads/clock.h"

void named_servers(const struct setup *s, struct dns_servers *ret)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&ret->servers[0].peer;

    *ret = (struct dns_servers){.n = 1, .seed = s->seed ^ clock_ns()};
    ret->servers[0] = s->server;
    in->sin_port = htons((uint16_t)s->names_port);
}

void named_root(const struct setup *s, const char *name, char ret[NAMED_ROOT])
{
    const struct sockaddr_in *in = (const void *)&s->server.peer;

    snprintf(ret, NAMED_ROOT, "http://%s:%u", name, ntohs(in->sin_port));
}
