/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The process that looks names up for a scrape and fetches robots.txt, in one
 * loop: it answers what it knows at once, and asks for each name and each file
 * once, for many lanes at once where they want the same.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/cli/scrape.h"
#include "harness/cli/scrape_dns.h"
#include "harness/cli/scrape_robots.h"
#include "harness/origin/deadend.h"
#include "harness/origin/loop.h"
#include "workloads/clock.h"

enum {
    MAX_LOOKUPS = 32, /* at once; some name servers do not answer more queries
                         than that */
    MAX_SLOW = 512,   /* in addition: those that have waited for long */
    BACKLOG = 4096,
};

/* How long a connection without the token may stay. */
static const uint64_t patience_ns = NS_PER_S;
/* After this time a look-up no longer counts against the limit. */
static const uint64_t slow_ns = NS_PER_S;

struct asker {
    struct watch watch; /* first */
    struct timer timer;
    struct server *server;
    struct name *name;        /* that it asked for; NULL: none yet */
    LIST_ENTRY(asker) beside; /* of the same name, while it is not known */
    bool waits;
    char text[LOOKUP_QUESTION];
    size_t len;
};

struct name {
    struct server *server;
    LIST_HEAD(, asker) askers;
    STAILQ_ENTRY(name) behind;
    struct timer timer; /* while it is looked up and not slow */
    bool slow;
    enum { UNKNOWN, QUEUED, ASKED, KNOWN } state;
    enum outcome outcome;
    char *answer; /* NULL: there was no memory for it */
    char text[LOOKUP_NAME];
};

struct server {
    struct watch listener; /* first */
    struct loop loop;
    const char *token;
    struct name_source source;
    struct robots_source robots;
    void *names; /* a tree of tsearch(3) */
    STAILQ_HEAD(, name) queue;
    size_t lookups, slow; /* that wait for an answer */
    bool starting;        /* start_lookups() runs */
};

static void leave(struct asker *a)
{
    if (a->waits)
        LIST_REMOVE(a, beside);
    loop_cancel_timer(&a->server->loop, &a->timer);
    close(a->watch.fd);
    free(a);
}

static void on_late(struct timer *timer)
{
    leave((void *)((char *)timer - offsetof(struct asker, timer)));
}

/* Some hundred bytes into an empty socket: it takes them. */
static void tell(const struct asker *a, const char *answer)
{
    send(a->watch.fd, answer, strlen(answer), MSG_NOSIGNAL);
}

static void tell_all(struct name *n)
{
    char failed[LOOKUP_ANSWER];
    struct asker *a;

    lookup_answer(NULL, OUTCOME_LOCAL_LIMIT, failed);
    while ((a = LIST_FIRST(&n->askers))) {
        LIST_REMOVE(a, beside);
        a->waits = false;
        tell(a, n->answer ? n->answer : failed);
    }
}

static void start_lookups(struct server *s);

/* Also before name_source_ask() returns. */
static void look_up_done(void *name, enum outcome outcome,
                         const struct addrinfo *found)
{
    struct name *n = name;
    struct server *s = n->server;
    char answer[LOOKUP_ANSWER];

    loop_cancel_timer(&s->loop, &n->timer);
    *(n->slow ? &s->slow : &s->lookups) -= 1;
    lookup_answer(found, outcome, answer);
    n->answer = strdup(answer);
    /*
     * Other failures may be temporary: the next lane's question is looked up
     * again.
     */
    n->state =
        n->answer && (outcome == OUTCOME_OK || outcome == OUTCOME_DNS_NAME)
            ? KNOWN
            : UNKNOWN;
    tell_all(n);
    start_lookups(s);
}

static void on_slow(struct timer *timer)
{
    struct name *n = (void *)((char *)timer - offsetof(struct name, timer));
    struct server *s = n->server;

    if (s->slow == MAX_SLOW)
        return;
    n->slow = true;
    s->slow++;
    s->lookups--;
    start_lookups(s);
}

static void start_lookup(struct server *s, struct name *n)
{
    n->state = UNKNOWN;
    if (LIST_EMPTY(&n->askers))
        return; /* their deadline had passed */
    free(n->answer);
    n->answer = NULL;
    n->state = ASKED;
    n->slow = false;
    n->timer.due = on_slow;
    loop_set_timer(&s->loop, &n->timer, clock_ns() + slow_ns);
    s->lookups++;
    if (name_source_ask(&s->source, n->text, look_up_done, n))
        look_up_done(n, OUTCOME_LOCAL_LIMIT, NULL);
}

static void start_lookups(struct server *s)
{
    struct name *n;

    if (s->starting)
        return; /* a file had the name: that call goes on */
    s->starting = true;
    while (s->lookups < MAX_LOOKUPS && (n = STAILQ_FIRST(&s->queue))) {
        STAILQ_REMOVE_HEAD(&s->queue, behind);
        start_lookup(s, n);
    }
    s->starting = false;
}

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct name *)one)->text,
                  ((const struct name *)other)->text);
}

static struct name *find_name(struct server *s, const char *text)
{
    struct name *n = calloc(1, sizeof(*n)), **node;

    if (!n)
        return NULL;
    n->server = s;
    strcpy(n->text, text);
    node = tsearch(n, &s->names, compare);
    if (!node || *node != n)
        free(n);
    return node ? *node : NULL;
}

/* These wait for names, so they do not count among those. */
static void robots_done(void *name, enum outcome outcome)
{
    struct name *n = name;
    char answer[LOOKUP_ANSWER];

    lookup_answer(NULL, outcome, answer);
    free(n->answer);
    n->answer = strdup(answer);
    n->state = n->answer && outcome == OUTCOME_OK ? KNOWN : UNKNOWN;
    tell_all(n);
}

static void start_robots(struct server *s, struct name *n)
{
    n->state = ASKED;
    if (robots_source_ask(&s->robots, n->text, robots_done, n))
        robots_done(n, OUTCOME_LOCAL_LIMIT);
}

static void ask(struct asker *a, struct name *n)
{
    struct server *s = a->server;

    loop_cancel_timer(&s->loop, &a->timer);
    a->name = n;
    if (n->state == KNOWN) {
        tell(a, n->answer);
        return;
    }
    LIST_INSERT_HEAD(&n->askers, a, beside);
    a->waits = true;
    if (n->state == UNKNOWN && strstr(n->text, "://")) {
        start_robots(s, n);
    } else if (n->state == UNKNOWN) {
        n->state = QUEUED;
        STAILQ_INSERT_TAIL(&s->queue, n, behind);
        start_lookups(s);
    }
}

/* Input that is no question, or has no token, gets no answer. */
static void on_question(struct watch *watch, uint32_t events)
{
    struct asker *a = (struct asker *)watch;
    ssize_t n = recv(watch->fd, a->text + a->len, sizeof(a->text) - a->len, 0);
    char text[LOOKUP_NAME];
    struct name *name = NULL;

    (void)events;
    if (n < 0 && errno == EAGAIN)
        return;
    if (n > 0 && !a->name) {
        a->len += (size_t)n;
        if (!memchr(a->text, '\n', a->len) && a->len < sizeof(a->text))
            return;
        if (lookup_parse(a->text, a->len, a->server->token, text))
            name = find_name(a->server, text);
    }
    if (name)
        ask(a, name);
    else
        leave(a);
}

static void take_in(struct server *s, int fd)
{
    struct asker *a = calloc(1, sizeof(*a));

    if (a) {
        a->watch = (struct watch){.fd = fd, .ready = on_question};
        a->timer.due = on_late;
        a->server = s;
    }
    if (!a || loop_watch(&s->loop, &a->watch, EPOLLIN)) {
        close(fd);
        free(a);
        return;
    }
    loop_set_timer(&s->loop, &a->timer, clock_ns() + patience_ns);
}

static void on_listener(struct watch *watch, uint32_t events)
{
    int fd;

    (void)events;
    while ((fd = accept4(watch->fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        take_in((struct server *)watch, fd);
    if (errno == EMFILE || errno == ENFILE)
        poll(NULL, 0, 1); /* connections without the token are closed soon */
}

/* Besides those of the lanes, each look-up needs some. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(void *server)
{
    struct server *s = server;

    prctl(PR_SET_NAME, "baton-resolver");
    allow_descriptors();
    if (loop_init(&s->loop))
        return 1;
    s->source.loop = s->robots.loop = &s->loop;
    s->listener.ready = on_listener;
    STAILQ_INIT(&s->queue);
    if (loop_watch(&s->loop, &s->listener, EPOLLIN))
        return 1;
    return loop_run(&s->loop) != 0;
}

static int listen_on(struct dial *ret)
{
    struct sockaddr_in *peer = (struct sockaddr_in *)&ret->peer;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    uint16_t port = 0;
    int error = fd < 0 ? -errno : bind_loopback(fd, 0, 0, &port);

    if (!error && listen(fd, BACKLOG))
        error = -errno;
    /* Port 0 refuses a connection. */
    peer->sin_family = AF_INET;
    peer->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->sin_port = htons(error ? 0 : port);
    ret->peer_len = sizeof(*peer);
    if (error && fd >= 0)
        close(fd);
    return error ? error : fd;
}

static int make_token(char token[LOOKUP_TOKEN])
{
    unsigned char bytes[(LOOKUP_TOKEN - 1) / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return -errno;
    for (size_t i = 0; i < sizeof(bytes); i++)
        sprintf(token + 2 * i, "%02x", bytes[i]);
    return 0;
}

int resolver_start(struct resolver_process *p)
{
    struct server server = {
        .token = p->resolver.token,
        .source = {.servers = &p->servers, .timeout_ns = p->timeout_ns},
        .robots = {.resolver = &p->resolver,
                   .places = p->places,
                   .tls = p->tls,
                   .timeout_ns = p->timeout_ns},
    };
    int fd = listen_on(&p->resolver.server);
    int error = fd < 0 ? fd : make_token(p->resolver.token);

    server.listener.fd = fd;
    if (!error && getrandom(&p->servers.seed, sizeof(p->servers.seed), 0) < 0)
        error = -errno;
    if (p->servers.n == 0)
        servers_read(&p->servers,
                     p->resolv_conf ? p->resolv_conf : "/etc/resolv.conf");
    if (!error)
        error = hosts_file_read(&server.source.hosts,
                                p->hosts_file ? p->hosts_file : "/etc/hosts");
    if (!error)
        error = child_fork(&p->child, serve, &server);
    hosts_file_finish(&server.source.hosts);
    /* The resolver's alone: when that has ended, the port refuses. */
    if (fd >= 0)
        close(fd);
    return error;
}

static bool refuses(const struct dial *to)
{
    const struct timeval longest = {.tv_sec = 1};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool refused;

    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof(longest));
    refused =
        connect(fd, (const struct sockaddr *)&to->peer, to->peer_len) < 0 &&
        errno == ECONNREFUSED;
    close(fd);
    return refused;
}

/* A process that ends closes its port first, and is waited for then. */
static bool has_ended(const struct resolver_process *p)
{
    struct pollfd end = {.fd = p->child.pidfd, .events = POLLIN};

    if (refuses(&p->resolver.server))
        poll(&end, 1, 1000);
    return child_has_ended(&p->child);
}

bool resolver_stop(struct resolver_process *p, char *why, size_t size)
{
    bool ended = has_ended(p);

    child_end(&p->child);
    if (ended)
        child_describe_end(&p->child, why, size);
    return !ended;
}
