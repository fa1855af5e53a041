/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/origin/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "workloads/clock.h"

static const uint64_t patience_ns = 2 * NS_PER_S;

static uint64_t cpu_ns(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
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
             " wall_ns=%" PRIu64 " connections=%" PRIu64,
             w->requests, w->refusals, w->bytes, w->peak,
             server_counters_delay_us(w), cpu, clock_ns() - c->reset_ns,
             c->set->n);
    write_text(c, text);
}

static void run_waiting(struct commands *c)
{
    bool reset = strcmp(c->waiting, "reset") == 0;

    c->waiting[0] = '\0';
    loop_cancel_timer(c->set->loop, &c->patience);
    if (!reset) {
        write_counters(c);
        return;
    }
    server_counters_reset(c->set->counters);
    c->reset_ns = clock_ns();
    c->reset_cpu_ns = cpu_ns();
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
    else if (c->set->n == 0)
        run_waiting(c);
    else
        loop_set_timer(c->set->loop, &c->patience, clock_ns() + patience_ns);
}

int commands_serve(struct commands *commands, int fd,
                   struct connection_set *set, const struct origin_ports *ports)
{
    char text[64];

    *commands = (struct commands){
        .watch = {.fd = fd, .ready = on_ready},
        .patience = {.due = on_patience},
        .set = set,
    };
    set->none_left = on_none_left;
    set->context = commands;
    snprintf(text, sizeof(text), "port=%u refused=%u full=%u", ports->port,
             ports->refused, ports->full);
    write_text(commands, text);
    return loop_watch(set->loop, &commands->watch, EPOLLIN);
}
