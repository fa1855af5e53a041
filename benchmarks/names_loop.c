/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Both sides of the benchmark `names`: N names of the origin's name server, all
 * at once, by a model or, as "-", by epoll and nothing else: a connected socket
 * for each name, the same two questions, no deadlines and no retries.
 *
 *     names_loop PORT N MODEL
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/model.h"
#include "workloads/kinds/journal.h"
#include "workloads/clock.h"
#include "workloads/web/dns.h"
#include "workloads/web/nameserver.h"

enum { EVENTS = 1024, TIMEOUT_S = 10 };

static struct dns_servers servers = {.n = 1};
static size_t n, found;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "names_loop: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int write_name(size_t i, char name[NAME_ROOM])
{
    return name_write(name, i, name_scripts[0].name, 0);
}

/* The model's side. */

static enum verb looked_up(struct conn *c, enum outcome outcome)
{
    (void)c;
    if (outcome == OUTCOME_OK)
        __atomic_fetch_add(&found, 1, __ATOMIC_RELAXED);
    return CONN_DONE;
}

static enum verb start(struct conn *c)
{
    struct dns *d = c->layers->state;
    char name[NAME_ROOM];
    int len = write_name(c->index, name);

    dns_begin(d, &servers, c, name, (size_t)len,
              clock_ns() + TIMEOUT_S * NS_PER_S, looked_up);
    return CONN_DIAL;
}

static void ask_by_model(const struct model *m)
{
    static const struct protocol protocol = {.start = start};
    struct journal *journal = calloc(1, journal_size(n));
    struct conn *conns = calloc(n, sizeof(*conns));
    struct layers *layers = calloc(n, sizeof(*layers));
    struct dns *states = calloc(n, sizeof(*states));
    struct connections work = {.conns = conns, .n = n};

    if (!journal || !conns || !layers || !states)
        fail("memory");
    journal_init(journal, (uint32_t)n, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        layers[i] = (struct layers){
            .protocol = &protocol, .state = &states[i], .journal = journal};
        conns[i] = (struct conn){.deadline_ns = UINT64_MAX,
                                 .index = (uint32_t)i,
                                 .layers = &layers[i]};
    }
    if (model_run(m, &kind_connections, &work))
        fail(m->name);
    free(states);
    free(layers);
    free(conns);
    free(journal);
}

/* The bare side. */

struct question {
    int fd, answers;
};

static size_t write_question(size_t i, int type, unsigned char out[512])
{
    static const unsigned char head[12] = {[2] = 1, [5] = 1};
    char name[NAME_ROOM], *label, *rest = name;
    size_t len = sizeof(head);

    write_name(i, name);
    memcpy(out, head, len);
    out[0] = (unsigned char)type;
    out[1] = (unsigned char)i;
    while ((label = strsep(&rest, "."))) {
        out[len] = (unsigned char)strlen(label);
        memcpy(out + len + 1, label, out[len]);
        len += 1u + out[len];
    }
    memcpy(out + len, (unsigned char[]){0, 0, (unsigned char)type, 0, 1}, 5);
    return len + 5;
}

static void ask(struct question *q, size_t i, int epoll_fd)
{
    const struct dial *to = &servers.servers[0];
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = q};
    unsigned char out[512];

    q->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (q->fd < 0 ||
        connect(q->fd, (const struct sockaddr *)&to->peer, to->peer_len) ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, q->fd, &event) ||
        send(q->fd, out, write_question(i, 28, out), 0) < 0 ||
        send(q->fd, out, write_question(i, 1, out), 0) < 0)
        fail("ask");
}

/* True: it has both answers. */
static int take(struct question *q)
{
    unsigned char in[512];

    while (q->fd >= 0 && recv(q->fd, in, sizeof(in), 0) > 12) {
        found += in[7] > 0;
        if (++q->answers == 2) {
            close(q->fd);
            q->fd = -1;
            return 1;
        }
    }
    return 0;
}

static size_t turn(int epoll_fd, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll_fd, events, EVENTS, wait_ms);
    size_t done = 0;

    if (ready < 0 || (ready == 0 && wait_ms > 0))
        fail("an answer was lost");
    for (int i = 0; i < ready; i++)
        done += (size_t)take(events[i].data.ptr);
    return done;
}

static void ask_bare(void)
{
    struct question *all = calloc(n, sizeof(*all));
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    size_t done = 0;

    if (!all || epoll_fd < 0)
        fail("memory");
    for (size_t i = 0; i < n; i++) {
        ask(&all[i], i, epoll_fd);
        if (i % 64 == 63) /* as the models start their lanes */
            done += turn(epoll_fd, 0);
    }
    while (done < n)
        done += turn(epoll_fd, TIMEOUT_S * 1000);
    close(epoll_fd);
    free(all);
}

int main(int argc, char *argv[])
{
    struct sockaddr_in *in = (void *)&servers.servers[0].peer;
    const struct model *m = argc == 4 ? model_find(argv[3]) : NULL;
    uint64_t start_ns = 0;

    if (argc != 4 || (!m && strcmp(argv[3], "-") != 0))
        return 1;
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in->sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    servers.servers[0].peer_len = sizeof(*in);
    n = strtoul(argv[2], NULL, 10);
    for (int i = 0; i < 2; i++) { /* the first one warms up */
        found = 0;
        start_ns = clock_ns();
        if (m)
            ask_by_model(m);
        else
            ask_bare();
    }
    printf("wall_ns=%" PRIu64 "\nfound=%zu\n", clock_ns() - start_ns, found);
    return found != n;
}
