/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/switches.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Of records for each CPU: what kernel.perf_event_mlock_kb allows any user, and
 * what is asked for where there is no such limit.
 */
enum { RING = 512 * 1024, WIDE_RING = 4 * 1024 * 1024 };
enum { ALL_RINGS = 64 * 1024 * 1024 };

/*
 * A ring for each CPU.  With the privilege for it, the events are those of the
 * CPUs, and other processes' are left out.  Without it, they are those of this
 * process, inherited by each new thread, one for each CPU: this costs 8 to 13
 * us for each thread that is started; the other way costs nothing measurable.
 */
struct ring {
    int fd; /* -1: the CPU is not there */
    struct perf_event_mmap_page *page;
    /* While it is read: how far, the event before, and the next one. */
    uint64_t at, head, last_ns;
    uint32_t running; /* thread of this process; 0: none */
    struct trace_event next;
    bool any;
};

struct switches {
    size_t page_size, ring_size, n;
    uint32_t process;
    /* While it is read: the processes of the trace, in order. */
    uint32_t *processes;
    size_t n_processes;
    bool wide;
    struct ring rings[];
};

/* What sample_type and sample_id_all put at the end of each record. */
struct identity {
    uint32_t process, thread;
    uint64_t ns;
    uint32_t cpu, unused;
};

/* The longest record: of a thread's end or beginning. */
enum { MOST = sizeof(struct perf_event_header) + 24 + sizeof(struct identity) };

static int open_event(const struct switches *s, int cpu)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof(attr),
        .config = PERF_COUNT_SW_DUMMY,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
        .sample_id_all = 1,
        .context_switch = 1,
        /* Only events of a CPU include the end of a thread. */
        .task = !s->wide,
        .inherit = !s->wide,
        .exclude_kernel = 1,
        .exclude_hv = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
    };

    return (int)syscall(SYS_perf_event_open, &attr, s->wide ? -1 : 0, cpu, -1,
                        PERF_FLAG_FD_CLOEXEC);
}

static int open_ring(struct switches *s, int cpu)
{
    struct ring *ring = &s->rings[cpu];

    ring->fd = open_event(s, cpu);
    if (ring->fd < 0)
        return -errno;
    ring->page = mmap(NULL, s->page_size + s->ring_size, PROT_READ | PROT_WRITE,
                      MAP_SHARED, ring->fd, 0);
    if (ring->page != MAP_FAILED)
        return 0;
    ring->page = NULL;
    return -errno;
}

static void close_rings(struct switches *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->rings[i].page)
            munmap(s->rings[i].page, s->page_size + s->ring_size);
        if (s->rings[i].fd >= 0)
            close(s->rings[i].fd);
        s->rings[i] = (struct ring){.fd = -1};
    }
}

static int open_rings(struct switches *s, bool wide)
{
    int error = 0;

    s->wide = wide;
    s->ring_size = wide ? WIDE_RING : RING;
    while (s->ring_size > RING && s->ring_size * s->n > ALL_RINGS)
        s->ring_size /= 2;
    for (size_t i = 0; i < s->n && !error; i++) {
        error = open_ring(s, (int)i);
        if (error == -ENODEV || (error == -EINVAL && i > 0))
            error = 0; /* offline */
    }
    if (error)
        close_rings(s);
    return error;
}

int switches_start(struct switches **ret)
{
    long n = sysconf(_SC_NPROCESSORS_CONF);
    struct switches *s =
        calloc(1, sizeof(*s) + (size_t)n * sizeof(s->rings[0]));
    int error;

    if (!s)
        return -ENOMEM;
    s->page_size = (size_t)sysconf(_SC_PAGESIZE);
    s->process = (uint32_t)getpid();
    s->n = (size_t)n;
    for (size_t i = 0; i < s->n; i++)
        s->rings[i].fd = -1;
    error = open_rings(s, true);
    if (error)
        error = open_rings(s, false);
    if (error)
        switches_stop(s);
    else
        *ret = s;
    return error;
}

void switches_reset(struct switches *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct perf_event_mmap_page *page = s->rings[i].page;

        if (page)
            __atomic_store_n(
                &page->data_tail,
                __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE),
                __ATOMIC_RELEASE);
    }
}

/* A record may go round the end of the ring. */
static void copy_out(const struct ring *ring, uint64_t at, size_t len,
                     void *out)
{
    const char *data = (const char *)ring->page + ring->page->data_offset;
    size_t size = ring->page->data_size, first = size - at % size;

    if (first > len)
        first = len;
    memcpy(out, data + at % size, first);
    memcpy((char *)out + first, data, len - first);
}

static uint32_t what_of(const struct perf_event_header *header)
{
    if (header->type == PERF_RECORD_EXIT)
        return TRACE_GONE;
    if (header->type != PERF_RECORD_SWITCH &&
        header->type != PERF_RECORD_SWITCH_CPU_WIDE)
        return TRACE_WHAT_N;
    if (!(header->misc & PERF_RECORD_MISC_SWITCH_OUT))
        return TRACE_ON;
    return header->misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT ? TRACE_CUT
                                                              : TRACE_OFF;
}

/*
 * The last switch from a thread that has ended does not name it any more: it is
 * the thread that was last put on this CPU.
 */
static uint32_t interpret(struct ring *ring, struct identity *identity,
                          uint32_t what)
{
    bool ended = (int32_t)identity->thread <= 0;

    if (ended && (what == TRACE_ON || !ring->running))
        return TRACE_WHAT_N;
    if (ended) {
        identity->thread = ring->running;
        what = TRACE_GONE;
    }
    ring->running = what == TRACE_ON ? identity->thread : 0;
    return what;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/*
 * Those that started a task or a lane: of a model made of processes, by the ids
 * of their first threads.
 */
static void find_processes(struct switches *s, const struct trace *trace)
{
    uint64_t n = trace->n < trace->capacity ? trace->n : trace->capacity;

    s->n_processes = 0;
    s->processes = calloc(n + 1, sizeof(*s->processes));
    if (!s->processes)
        return;
    s->processes[s->n_processes++] = s->process;
    for (uint64_t i = 0; i < n; i++)
        if (trace->events[i].what == TRACE_START &&
            trace->events[i].thread != s->processes[s->n_processes - 1])
            s->processes[s->n_processes++] = trace->events[i].thread;
    qsort(s->processes, s->n_processes, sizeof(*s->processes), compare);
}

static bool is_own(const struct switches *s, uint32_t process)
{
    return process == s->process ||
           bsearch(&process, s->processes, s->n_processes,
                   sizeof(*s->processes), compare);
}

/* Goes to the next record that is an event of these processes. */
static void advance(const struct switches *s, struct ring *ring)
{
    struct perf_event_header header;
    struct identity identity = {0};
    uint32_t what = TRACE_WHAT_N;

    ring->any = false;
    while (what == TRACE_WHAT_N) {
        if (ring->at >= ring->head)
            return;
        copy_out(ring, ring->at, sizeof(header), &header);
        if (header.size < sizeof(header) + sizeof(identity))
            return;
        ring->at += header.size;
        copy_out(ring, ring->at - sizeof(identity), sizeof(identity),
                 &identity);
        what = what_of(&header);
        if (!is_own(s, identity.process))
            what = TRACE_WHAT_N;
        else if (what != TRACE_WHAT_N)
            what = interpret(ring, &identity, what);
    }
    ring->any = true;
    ring->next = (struct trace_event){
        .ns = identity.ns,
        .thread = identity.thread,
        .lane = TRACE_NO_LANE,
        .what = what,
        .value = identity.cpu,
    };
}

static struct ring *earliest(struct switches *s)
{
    struct ring *found = NULL;

    for (size_t i = 0; i < s->n; i++)
        if (s->rings[i].any && (!found || s->rings[i].next.ns < found->next.ns))
            found = &s->rings[i];
    return found;
}

static void note_loss(struct trace *trace, uint64_t ns)
{
    trace->switches_lost++;
    if (!trace->switches_lost_ns || ns < trace->switches_lost_ns)
        trace->switches_lost_ns = ns;
}

static void append(struct trace *trace, const struct trace_event *event)
{
    if (trace->switches < trace->switches_capacity)
        trace->events[trace->capacity + trace->switches++] = *event;
    else
        note_loss(trace, event->ns);
}

/*
 * A ring is not read while it is written, so events that came when it was full
 * are lost, and the kernel does not report that.
 */
static bool is_full(const struct ring *ring)
{
    return ring->page &&
           ring->head - ring->page->data_tail + MOST > ring->page->data_size;
}

void switches_collect(struct switches *s, struct trace *trace)
{
    struct ring *ring;

    find_processes(s, trace);
    for (size_t i = 0; i < s->n; i++)
        if (s->rings[i].page) {
            ring = &s->rings[i];
            ring->at = ring->page->data_tail;
            ring->running = 0;
            ring->head =
                __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
            advance(s, ring);
        }
    while ((ring = earliest(s))) {
        append(trace, &ring->next);
        ring->last_ns = ring->next.ns;
        advance(s, ring);
    }
    for (size_t i = 0; i < s->n; i++)
        if (is_full(&s->rings[i]))
            note_loss(trace, s->rings[i].last_ns);
    free(s->processes);
    s->processes = NULL;
}

void switches_trim(struct trace *trace)
{
    struct trace_event *noted = trace->events;
    struct trace_event *heard = trace->events + trace->capacity;
    uint32_t early = 0;

    if (!trace->n || !trace->capacity || noted->what != TRACE_ON)
        return;
    for (; early < trace->switches && heard[early].ns < noted->ns; early++)
        if (heard[early].what == TRACE_ON &&
            heard[early].thread == noted->thread)
            noted->value = heard[early].value;
    trace->switches -= early;
    memmove(heard, heard + early, trace->switches * sizeof(*heard));
}

void switches_stop(struct switches *s)
{
    if (!s)
        return;
    close_rings(s);
    free(s);
}
