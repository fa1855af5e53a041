/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/named.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/clock.h"

void named_servers(const struct setup *s, struct dns_servers *ret)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&ret->servers[0].peer;

    *ret = (struct dns_servers){.n = 1, .seed = s->seed ^ clock_ns()};
    ret->servers[0] = s->server;
    in->sin_port = htons((uint16_t)s->names_port);
}

void named_root(const struct setup *s, bool tls, const char *name,
                char ret[NAMED_ROOT])
{
    const struct sockaddr_in *in = (const void *)&s->server.peer;
    unsigned port = tls ? (unsigned)s->tls_port : ntohs(in->sin_port);

    snprintf(ret, NAMED_ROOT, "%s://%s:%u", tls ? "https" : "http", name, port);
}

int named_check_tls(uint64_t tls, char *why, size_t size)
{
    if (!tls || !tls_missing())
        return 0;
    snprintf(why, size, "%s", tls_missing());
    return -EINVAL;
}

/* OpenSSL reads certificates from files. */
int named_tls(const struct setup *s, struct ssl_ctx_st **ret)
{
    char file[32], why[TLS_REASON];
    int fd, error = 0;

    if (!s->tls_port || !s->authority)
        return -ENOTSUP;
    fd = memfd_create("authority", MFD_CLOEXEC);
    if (fd < 0 || write(fd, s->authority, strlen(s->authority)) < 0)
        error = -errno;
    snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
    if (!error)
        error = tls_client_create(file, ret, why);
    if (fd >= 0)
        close(fd);
    return error;
}
