/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lane that asks for one name, driven by the resolver's loop. */
#include "harness/cli/scrape_dns.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/web/lookup.h"

struct asking {
    struct watch watch; /* first */
    struct timer timer;
    struct loop *loop;
    struct conn conn;
    struct layers layers;
    struct dns dns;
    bool connecting;
    enum outcome outcome;
    void (*done)(void *context, enum outcome outcome,
                 const struct addrinfo *found);
    void *context;
};

/* The addresses that were found, in the form of getaddrinfo(3). */
struct found {
    struct addrinfo items[LOOKUP_ADDRESSES];
    struct dial dials[LOOKUP_ADDRESSES];
    size_t n;
};

static void add(struct found *f, const struct dial *dial)
{
    struct addrinfo *item = &f->items[f->n];

    f->dials[f->n] = *dial;
    *item = (struct addrinfo){
        .ai_family = dial->peer.ss_family,
        .ai_addr = (struct sockaddr *)&f->dials[f->n].peer,
        .ai_addrlen = dial->peer_len,
    };
    if (f->n++ > 0)
        item[-1].ai_next = item;
}

static enum verb end(struct conn *c, enum outcome outcome)
{
    struct asking *a = c->layers->state;

    a->outcome = outcome;
    return CONN_DONE;
}

static void destroy(struct asking *a)
{
    loop_cancel_timer(a->loop, &a->timer);
    if (a->watch.fd >= 0)
        close(a->watch.fd);
    free(a);
}

static void finish(struct asking *a)
{
    struct found found = {.n = 0};
    struct dial dial;

    while (found.n < LOOKUP_ADDRESSES && dns_next(&a->dns, 0, &dial))
        add(&found, &dial);
    a->done(a->context, a->outcome, found.n ? found.items : NULL);
    destroy(a);
}

/* A few hundred bytes at most: the socket takes them, or they are lost. */
static void flush(struct asking *a)
{
    const void *data;
    size_t len;

    while ((data = conn_pending(&a->conn, &len)) && len > 0)
        if (send(a->watch.fd, data, len, MSG_NOSIGNAL) == (ssize_t)len)
            conn_sent(&a->conn, len);
        else
            conn_unsent(&a->conn);
}

static enum verb dial(struct asking *a)
{
    const struct dial *to = &a->conn.dial;
    int fd = conn_socket(&a->conn, SOCK_NONBLOCK), error = fd < 0 ? fd : 0;

    if (a->watch.fd >= 0)
        close(a->watch.fd);
    a->watch.fd = fd < 0 ? -1 : fd;
    if (!error && connect(fd, (const struct sockaddr *)&to->peer, to->peer_len))
        error = -errno;
    a->connecting = error == -EINPROGRESS;
    if (!error || a->connecting) {
        int failed =
            loop_watch(a->loop, &a->watch, a->connecting ? EPOLLOUT : EPOLLIN);

        error = failed ? failed : error;
    }
    if (a->connecting && error == -EINPROGRESS)
        return CONN_WAIT;
    return error ? conn_ended(&a->conn, error) : conn_opened(&a->conn);
}

static void follow(struct asking *a, enum verb verb)
{
    while (verb == CONN_DIAL)
        verb = dial(a);
    if (verb == CONN_DONE) {
        finish(a);
        return;
    }
    if (!a->connecting)
        flush(a);
    loop_set_timer(a->loop, &a->timer, a->conn.deadline_ns);
}

static enum verb connected(struct asking *a)
{
    int error = 0;
    socklen_t len = sizeof(error);

    getsockopt(a->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len);
    a->connecting = false;
    if (!error)
        error = -loop_change(a->loop, &a->watch, EPOLLIN);
    return error ? conn_ended(&a->conn, -error) : conn_opened(&a->conn);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct asking *a = (struct asking *)watch;
    char bytes[8192];
    ssize_t n;

    (void)events;
    if (a->connecting) {
        follow(a, connected(a));
        return;
    }
    n = recv(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n > 0)
        follow(a, conn_received(&a->conn, bytes, (size_t)n));
    else if (n == 0 || errno != EAGAIN)
        follow(a, conn_ended(&a->conn, n ? -errno : 0));
}

static void on_due(struct timer *timer)
{
    struct asking *a = (void *)((char *)timer - offsetof(struct asking, timer));

    follow(a, conn_expired(&a->conn));
}

static bool is_in_file(const struct name_source *s, const char *name,
                       struct found *f)
{
    struct dial dial;

    while (f->n < LOOKUP_ADDRESSES &&
           hosts_file_find(&s->hosts, name, f->n, 0, &dial))
        add(f, &dial);
    return f->n > 0;
}

int name_source_ask(const struct name_source *s, const char *name,
                    void (*done)(void *context, enum outcome outcome,
                                 const struct addrinfo *found),
                    void *context)
{
    struct found found = {.n = 0};
    struct asking *a;

    if (is_in_file(s, name, &found)) {
        done(context, OUTCOME_OK, found.items);
        return 0;
    }
    a = calloc(1, sizeof(*a));
    if (!a)
        return -ENOMEM;
    a->watch = (struct watch){.fd = -1, .ready = on_ready};
    a->timer.due = on_due;
    a->loop = s->loop;
    a->layers.state = a;
    a->conn.layers = &a->layers;
    a->done = done;
    a->context = context;
    if (dns_begin(&a->dns, s->servers, &a->conn, name, strlen(name),
                  clock_ns() + s->timeout_ns, end)) {
        follow(a, CONN_DIAL);
    } else {
        done(context, OUTCOME_DNS_NAME, NULL);
        free(a);
    }
    return 0;
}
