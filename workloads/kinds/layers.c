/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/layers.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <unistd.h>

#include "workloads/clock.h"
#include "workloads/kinds/journal.h"
#include "workloads/trace.h"

static void unstage(struct layers *l)
{
    l->out = NULL;
    l->out_len = 0;
}

static void count_start(struct layers *l)
{
    struct journal *j = l->journal;
    uint32_t inside = atomic_fetch_add(&j->in_flight, 1) + 1;
    uint32_t peak = atomic_load(&j->peak);

    while (inside > peak &&
           !atomic_compare_exchange_weak(&j->peak, &peak, inside)) {
    }
    if (atomic_fetch_add(&j->started, 1) + 1 == j->lanes && l->sample_peak)
        l->sample_peak();
}

static void count_done(struct layers *l)
{
    struct journal *j = l->journal;

    if (atomic_fetch_add(&j->done, 1) == 0 && l->sample_peak)
        l->sample_peak();
    atomic_fetch_sub(&j->in_flight, 1);
}

/* Out of line and cold: an event without a trace costs the test before it. */
static __attribute__((noinline, cold)) void
keep(const struct conn *c, enum trace_what what, uint64_t value)
{
    trace_note(c->layers->trace, what, c->index, value);
}

static inline void note(const struct conn *c, enum trace_what what,
                        uint64_t value)
{
    if (c->layers->trace)
        keep(c, what, value);
}

/* Every verb passes here on its way to the model. */
static inline enum verb answer(struct conn *c, enum verb verb)
{
    static const enum trace_what waits[] = {
        [CONN_WAIT] = TRACE_WAIT,
        [CONN_DIAL] = TRACE_DIAL,
        [CONN_DONE] = TRACE_DONE,
        [CONN_WORK] = TRACE_PAUSE,
    };
    struct layers *l = c->layers;

    note(c, waits[verb], 0);
    if (verb == CONN_DIAL) {
        unstage(l);
        l->broken = l->again = false;
    } else if (verb == CONN_DONE && l->journal) {
        count_done(l);
    } else if (verb == CONN_WORK) {
        l->work_ns = conn_now(c);
    }
    return verb;
}

enum verb conn_start(struct conn *c)
{
    note(c, TRACE_START, 0);
    count_start(c->layers);
    return answer(c, c->layers->protocol->start(c));
}

enum verb conn_opened(struct conn *c)
{
    note(c, TRACE_OPENED, 0);
    return answer(c, c->layers->protocol->opened(c));
}

enum verb conn_received(struct conn *c, const void *data, size_t len)
{
    note(c, TRACE_RECEIVED, len);
    return answer(c, c->layers->protocol->received(c, data, len));
}

enum verb conn_ended(struct conn *c, int error)
{
    if (error == 0 && dial_is_datagrams(&c->dial))
        return conn_received(c, "", 0);
    note(c, TRACE_ENDED, (uint64_t)-error);
    return answer(c, c->layers->protocol->ended(c, error));
}

enum verb conn_expired(struct conn *c)
{
    note(c, TRACE_EXPIRED, 0);
    return answer(c, c->layers->protocol->expired(c));
}

enum work_left conn_work(struct conn *c)
{
    enum work_left left;

    note(c, TRACE_WORK, 0);
    left = c->layers->protocol->work(c);
    if (left != WORK_DONE)
        note(c, TRACE_PAUSE, 0);
    return left;
}

enum verb conn_worked(struct conn *c)
{
    if (c->deadline_ns != UINT64_MAX)
        c->deadline_ns += conn_now(c) - c->layers->work_ns;
    return answer(c, c->layers->protocol->worked(c));
}

const void *conn_pending(const struct conn *c, size_t *ret_len)
{
    *ret_len = c->layers->out_len;
    return c->layers->out;
}

void conn_sent(struct conn *c, size_t len)
{
    struct layers *l = c->layers;

    l->again = false;
    l->out += len;
    l->out_len -= len;
    if (l->out_len > 0)
        return;
    unstage(l);
    if (l->protocol->drained)
        l->protocol->drained(c);
}

void conn_unsent(struct conn *c)
{
    struct layers *l = c->layers;

    if (dial_is_datagrams(&c->dial)) {
        l->again = !l->again;
        if (!l->again) /* as if it had been lost on the way */
            conn_sent(c, l->out_len);
        return;
    }
    l->broken = true;
    unstage(l);
}

void conn_stage(struct conn *c, const void *data, size_t len)
{
    if (c->layers->broken)
        return;
    c->layers->out = data;
    c->layers->out_len = len;
}

uint64_t conn_now(const struct conn *c)
{
    return c->layers->now_ns ? *c->layers->now_ns : clock_ns();
}

static bool times_wakes;
static _Thread_local uint64_t woke_ns;

void conn_time_wakes(bool on)
{
    times_wakes = on;
    woke_ns = 0;
}

void conn_woke(void)
{
    if (times_wakes)
        woke_ns = clock_ns();
}

uint64_t conn_woke_ns(void)
{
    return woke_ns;
}

int conn_tune(int fd)
{
    static const char congestion[] = "cubic";
    static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    static const int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        return -errno;
    /* Not every kernel has it; the run's header records what it has. */
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion,
               sizeof(congestion) - 1);
    return 0;
}

int conn_socket(const struct conn *c, int flags)
{
    bool datagrams = dial_is_datagrams(&c->dial);
    int type = (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | flags;
    int fd = socket(c->dial.peer.ss_family, type, 0);
    int error = fd < 0 ? -errno : datagrams ? 0 : conn_tune(fd);

    if (error && fd >= 0)
        close(fd);
    return error ? error : fd;
}

void connections_set_clock(struct connections *work, const uint64_t *now_ns)
{
    for (size_t i = 0; i < work->n; i++)
        work->conns[i].layers->now_ns = now_ns;
}
