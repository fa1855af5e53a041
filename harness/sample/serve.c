/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/serve.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool is_served(const struct cell *cell)
{
    return cell->workload->kind->served && !cell->setup.path;
}

bool serve_is_needed(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        if (is_served(&plan->cells[i]))
            return true;
    return false;
}

int serve_start(struct server *server, const char *pin)
{
    int error = origin_start(&server->origin, pin);

    if (!error)
        snprintf(server->host, sizeof(server->host), "127.0.0.1:%u",
                 server->origin.port);
    return error;
}

void serve_plan(const struct server *server, struct plan *plan)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(server->origin.port),
    };

    for (size_t i = 0; i < plan->n; i++) {
        struct setup *s = &plan->cells[i].setup;

        if (!is_served(&plan->cells[i]))
            continue;
        memcpy(&s->server.peer, &address, sizeof(address));
        s->server.peer_len = sizeof(address);
        s->host = server->host;
        s->refused_port = server->origin.refused_port;
        s->full_port = server->origin.full_port;
    }
}
