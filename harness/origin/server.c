/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The origin's own process: it listens, and serves until it is stopped. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/origin/connection.h"
#include "harness/origin/deadend.h"
#include "harness/origin/listener.h"
#include "harness/origin/loop.h"
#include "harness/origin/names.h"
#include "harness/origin/origin.h"
#include "workloads/clock.h"
#include "workloads/web/answer.h"
#include "workloads/web/tls_server.h"

/* The server's end of the control socket: origin.h has the protocol. */
struct commands {
    struct watch watch; /* first */
    struct timer patience;
    struct timer tick; /* set each millisecond, from a reset to a read */
    struct connection_set *set;
    char waiting[64]; /* a command that waits for the connections to end */
    uint64_t reset_ns, reset_cpu_ns;
};

/* Where a port is open: on so many addresses. */
struct listening {
    uint16_t port;
    unsigned addresses;
};

struct server {
    struct listener plain[ORIGIN_ADDRESSES], encoded[ORIGIN_ADDRESSES];
    struct tls_server *tls; /* NULL: there is none */
    char *authority;        /* its certificate and key */
    int spare_fd;
    struct watch signals;
    struct loop loop;
    struct connection_set connections;
    struct commands commands;
    struct deadends deadends;
    struct names names;
    struct server_counters counters;
};

static const uint64_t patience_ns = 2 * NS_PER_S;

static uint64_t cpu_ns(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)child_cpu_ns(&u);
}

/* A few hundred bytes into an empty socket: it takes them. */
static void write_text(const struct commands *c, const char *text)
{
    send(c->watch.fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void write_counters(const struct commands *c)
{
    struct server_counters *w = c->set->counters;
    uint64_t cpu = cpu_ns() - c->reset_cpu_ns;
    char text[512];

    snprintf(text, sizeof(text),
             "requests=%" PRIu64 " refusals=%" PRIu64 " bytes=%" PRIu64
             " peak=%" PRIu32 " delay_us=%" PRIu32 " cpu_ns=%" PRIu64
             " wall_ns=%" PRIu64 " connections=%" PRIu64 " late_ns=%" PRIu64
             " in_flight=%" PRIu32 " last_ns=%" PRIu64,
             w->requests, w->refusals, w->bytes, w->peak,
             server_counters_delay_us(w), cpu, clock_ns() - c->reset_ns,
             c->set->n, loop_late_ns(c->set->loop), w->in_flight, w->last_ns);
    write_text(c, text);
}

/* How late the loop calls it is how late this process gets a CPU. */
static void on_tick(struct timer *timer)
{
    struct commands *c =
        (void *)((char *)timer - offsetof(struct commands, tick));

    loop_set_timer(c->set->loop, timer, clock_ns() + NS_PER_MS);
}

static bool is(const struct commands *c, const char *command)
{
    return strcmp(c->waiting, command) == 0;
}

static void run_waiting(struct commands *c)
{
    bool reset = is(c, "reset") || is(c, "mark");

    c->waiting[0] = '\0';
    loop_cancel_timer(c->set->loop, &c->patience);
    if (!reset) {
        write_counters(c);
        loop_cancel_timer(c->set->loop, &c->tick);
        return;
    }
    server_counters_reset(c->set->counters);
    c->set->loop->late_ns = 0;
    c->reset_ns = clock_ns();
    c->reset_cpu_ns = cpu_ns();
    on_tick(&c->tick);
    write_text(c, "ok");
}

static void on_patience(struct timer *timer)
{
    run_waiting((void *)((char *)timer - offsetof(struct commands, patience)));
}

static void on_none_left(void *context)
{
    struct commands *c = context;

    if (c->waiting[0])
        run_waiting(c);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct commands *c = (struct commands *)watch;
    ssize_t n =
        recv(watch->fd, c->waiting, sizeof(c->waiting) - 1, MSG_DONTWAIT);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    c->waiting[n > 0 ? n : 0] = '\0';
    if (n <= 0) /* the run that owns this origin has ended */
        loop_stop(c->set->loop);
    else if (c->set->n == 0 || is(c, "mark") || is(c, "look"))
        run_waiting(c);
    else
        loop_set_timer(c->set->loop, &c->patience, clock_ns() + patience_ns);
}

/* Announces the ports, then handles commands.  0 or -errno. */
static int serve_commands(struct commands *commands, int fd,
                          struct connection_set *set,
                          const struct origin_ports *ports)
{
    char text[128 + ORIGIN_AUTHORITY];

    *commands = (struct commands){
        .watch = {.fd = fd, .ready = on_ready},
        .patience = {.due = on_patience},
        .tick = {.due = on_tick},
        .set = set,
    };
    set->none_left = on_none_left;
    set->context = commands;
    snprintf(text, sizeof(text),
             "port=%u refused=%u full=%u secret=%" PRIu64
             " addresses=%u names=%u tls=%u\n%s",
             ports->port, ports->refused, ports->full, set->counters->secret,
             ports->addresses, ports->names, ports->tls, ports->authority);
    write_text(commands, text);
    return loop_watch(set->loop, &commands->watch, EPOLLIN);
}

static struct conn *create_plain(void *context)
{
    struct server *server = context;

    return answer_create(&server->counters);
}

static struct conn *create_encoded(void *context)
{
    struct server *server = context;
    struct conn *conn = answer_create(&server->counters);

    if (!conn || tls_server_enter(server->tls, conn))
        return conn;
    answer_destroy(conn);
    return NULL;
}

/* On the first `addresses` of them, or fewer: at least one.  0 or -errno. */
static int listen_on(struct server *server, struct listener *listeners,
                     struct conn *(*create)(void *context), uint16_t port,
                     unsigned addresses, struct listening *ret)
{
    int error = 0;
    uint16_t same;

    for (unsigned n = 0; !error && n < addresses; n++) {
        listeners[n] = (struct listener){.set = &server->connections,
                                         .spare_fd = &server->spare_fd,
                                         .create = create,
                                         .context = server};
        error = listener_open(&listeners[n], n, n ? ret->port : port,
                              n ? &same : &ret->port);
        if (!error)
            ret->addresses = n + 1;
    }
    /* Where another program has the port, there are fewer. */
    return ret->addresses ? 0 : error;
}

/* Without OpenSSL there is no such port. */
static int open_encoded(struct server *server, struct origin_ports *ret)
{
    struct listening at = {0};
    int error;

    server->authority = authority_make();
    if (server->authority)
        server->tls = tls_server_create(server->authority);
    if (!server->tls)
        return 0;
    error = listen_on(server, server->encoded, create_encoded, 0,
                      ret->addresses, &at);
    ret->tls = at.port;
    ret->authority = server->authority;
    if (!error)
        ret->addresses = at.addresses;
    return error;
}

static int open_ports(struct server *server, uint16_t port, unsigned addresses,
                      struct origin_ports *ret)
{
    struct listening at = {0};
    int error =
        listen_on(server, server->plain, create_plain, port, addresses, &at);

    *ret = (struct origin_ports){
        .port = at.port, .addresses = at.addresses, .authority = ""};
    if (!error)
        error = open_encoded(server, ret);
    if (!error)
        error = deadends_init(&server->deadends);
    if (!error)
        error = names_init(&server->names, &server->connections, ret->addresses,
                           &ret->names);
    ret->refused = server->deadends.refused_port;
    ret->full = server->deadends.full_port;
    return error;
}

static void on_signal(struct watch *watch, uint32_t events)
{
    struct server *server =
        (void *)((char *)watch - offsetof(struct server, signals));

    (void)events;
    loop_stop(&server->loop);
}

static int watch_signals(struct server *server)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    server->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    server->signals.ready = on_signal;
    if (server->signals.fd < 0)
        return -errno;
    return loop_watch(&server->loop, &server->signals, EPOLLIN);
}

static int serve(struct server *server, const struct origin_options *options)
{
    struct origin_ports ports;
    int error = loop_init(&server->loop);

    if (!error)
        error = watch_signals(server);
    if (!error)
        error =
            open_ports(server, (uint16_t)options->port,
                       options->control_fd < 0 ? 1 : ORIGIN_ADDRESSES, &ports);
    if (!error && options->control_fd >= 0)
        error = serve_commands(&server->commands, options->control_fd,
                               &server->connections, &ports);
    if (error)
        return error;
    if (options->on_listening)
        options->on_listening(options, &ports);
    return loop_run(&server->loop);
}

/* Connections that are still open end with the process. */
static void destroy(struct server *server)
{
    for (size_t i = 0; i < ORIGIN_ADDRESSES; i++) {
        listener_close(&server->plain[i]);
        listener_close(&server->encoded[i]);
    }
    tls_server_destroy(server->tls);
    free(server->authority);
    deadend_close(server->signals.fd);
    deadend_close(server->spare_fd);
    deadends_finish(&server->deadends);
    names_finish(&server->names);
    loop_finish(&server->loop);
    free(server);
}

int origin_serve(const struct origin_options *options)
{
    struct server *server = calloc(1, sizeof(*server));
    int error;

    if (!server)
        return -ENOMEM;
    server->connections.loop = &server->loop;
    server->connections.counters = &server->counters;
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    /* Waits of this thread end at their time, not 50 us later. */
    prctl(PR_SET_TIMERSLACK, 1);
    if (getrandom(&server->counters.secret, sizeof(uint64_t), 0) < 0)
        server->counters.secret = clock_ns();
    error = serve(server, options);
    destroy(server);
    return error;
}
