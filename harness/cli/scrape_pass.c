/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One model over the list, in a process of its own: a crash ends that process
 * alone.  Results come through memory that both processes share, in the order
 * in which sites are done.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cli/scrape.h"
#include "harness/process/child.h"
#include "harness/process/interrupt.h"
#include "harness/results/text.h"
#include "harness/sample/plan.h"
#include "workloads/clock.h"

/* Sites whose titles are freed together. */
enum { BLOCK = 256 };

/* What the child writes at its end, behind the results. */
enum { UNFINISHED = 1 }; /* else 0, or the model's -errno */

static size_t memory_size(const struct task *t)
{
    return scraping_size(t->list.n) + sizeof(int);
}

static int *child_error(const struct pass *p)
{
    return (int *)((char *)p->memory + scraping_size(p->task->list.n));
}

static enum outcome front(const void *context, uint32_t site,
                          struct url *ret_url, struct dial *ret_dial)
{
    const struct task *t = context;

    /* It was parsed before, so only memory can be missing now. */
    if (url_parse(t->list.targets[site].url, ret_url) != URL_OK)
        return OUTCOME_LOCAL_LIMIT;
    return scraping_numeric(ret_url, ret_dial);
}

static enum outcome resolve(const void *context, const struct url *url,
                            struct dial *ret_dial)
{
    (void)context;
    return scraping_numeric(url, ret_dial);
}

static int scrape(const struct pass *p)
{
    const struct task *t = p->task;
    const struct scraping job = {
        .sites = t->list.n,
        .lanes = t->lanes,
        .timeout_ns = t->timeout_ns,
        .link = t->link,
        .title = t->title,
        .live = true,
        .front = front,
        .resolve = resolve,
        .context = t,
        .resolver = &t->names.resolver,
        .places = t->names.places,
        .robots = t->robots,
        .tls = t->tls,
        .first = t->strands.first,
        .next = t->strands.next,
        .strands = t->strands.n,
    };
    const struct setup setup = {0};
    struct work work;
    int error = scraping_prepare(&work, &setup, &job);

    if (error)
        return error;
    fetch_aim(&work, &setup, p->memory);
    error = model_run(p->model, &kind_connections, work.job);
    fetch_finish(&work);
    return error;
}

static int be_child(void *context)
{
    const struct pass *p = context;

    *child_error(p) = scrape(p);
    return 0;
}

struct result pass_result(const struct pass *p, uint32_t site)
{
    const struct row *row = &p->rows[site];
    const struct scraped *scraped = &p->scraped[site];
    struct result r = {
        .outcome = row->outcome < OUTCOME_N ? (enum outcome)row->outcome
                                            : OUTCOME_OTHER,
        .url = p->task->list.targets[site].url,
        .article = scraped->article,
        .title = scraped->title,
        .reason = scraped->reason,
        .status = row->status,
        .tried = true,
        .elapsed_ns = row->end_ns - row->start_ns,
    };

    if (!p->seen[site])
        return (struct result){
            .outcome = p->end == PASS_GAVE_UP ? OUTCOME_LOCAL_LIMIT
                                              : OUTCOME_CANCELLED,
            .url = r.url,
            .article = "",
            .title = "",
            .reason = "",
        };
    /* 204 is a success, but it has no title. */
    if (r.outcome == OUTCOME_OK && !r.title[0])
        r.outcome = scraped->pages > 1 ? OUTCOME_NO_TITLE : OUTCOME_NO_LINK;
    return r;
}

static void count(struct pass *p, uint32_t site)
{
    enum outcome outcome = pass_result(p, site).outcome;

    if (outcome == OUTCOME_OK) {
        p->found++;
    } else {
        p->by[outcome]++;
        p->failed++;
    }
}

/* A long list has many titles; those that were printed are released. */
static void forget(struct pass *p, uint32_t site)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)&p->scraped[site / BLOCK * BLOCK];
    uintptr_t end = begin + BLOCK * sizeof(struct scraped);

    if (++p->full[site / BLOCK] < BLOCK)
        return;
    begin = (begin + page - 1) / page * page;
    madvise((void *)begin, end / page * page - begin, MADV_REMOVE);
}

/* A child that crashed may have written anything, even no end of a text. */
static void arrive(struct pass *p, uint32_t site)
{
    if (site >= p->task->list.n || p->seen[site])
        return;
    p->seen[site] = true;
    p->scraped[site].title[SCRAPING_MAX_TITLE - 1] = '\0';
    p->scraped[site].article[URL_MAX - 1] = '\0';
    p->scraped[site].reason[TLS_REASON - 1] = '\0';
    count(p, site);
    p->arrived(p->context, site);
    forget(p, site);
}

/*
 * The child takes a place in the order and fills it a moment later.  Once it
 * has ended, an empty place stays empty: it died between the two.
 */
static void take_arrivals(struct pass *p, bool ended)
{
    for (; p->taken < p->task->list.n; p->taken++) {
        uint32_t next =
            atomic_load_explicit(&p->order[p->taken], memory_order_acquire);

        if (next)
            arrive(p, next - 1);
        else if (!ended)
            return;
    }
}

static void attend(struct pass *p)
{
    static const struct timespec look = {.tv_nsec = 5 * NS_PER_MS};
    struct pollfd ready = {.fd = p->child.pidfd, .events = POLLIN};
    sigset_t none;

    sigemptyset(&none);
    while (!child_has_ended(&p->child) && p->end != PASS_STOPPED) {
        ppoll(&ready, ready.fd >= 0, &look, &none);
        take_arrivals(p, false);
        if (!p->turn(p->context) || interrupt_came())
            p->end = PASS_STOPPED;
    }
}

static void judge(struct pass *p, int status)
{
    size_t all = p->task->list.n, done = p->found + p->failed;
    int error = *child_error(p);
    char end[100];

    if (p->end == PASS_STOPPED)
        return;
    p->end = PASS_BROKE;
    child_describe_end(&p->child, end, sizeof(end));
    if (error == UNFINISHED || status) {
        snprintf(p->why, sizeof(p->why), "%s%s",
                 WIFSIGNALED(status) ? "crashed: " : "ended with ", end);
    } else if (error == -ECHILD) {
        snprintf(p->why, sizeof(p->why),
                 "lost a worker, which crashed or was killed");
    } else if (error) {
        p->end = PASS_GAVE_UP;
        snprintf(p->why, sizeof(p->why), "gave up: %s", strerror(-error));
    } else if (done < all) {
        snprintf(p->why, sizeof(p->why), "ended after %zu of %zu sites", done,
                 all);
    } else {
        p->end = PASS_DONE;
    }
}

static int map(struct pass *p)
{
    size_t n = p->task->list.n;
    struct journal *j;

    p->seen = calloc(n, sizeof(*p->seen));
    p->full = calloc(n / BLOCK + 1, sizeof(*p->full));
    p->memory = mmap(NULL, memory_size(p->task), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->memory == MAP_FAILED)
        p->memory = NULL;
    if (!p->seen || !p->full || !p->memory)
        return -ENOMEM;
    j = p->memory;
    journal_init(j, (uint32_t)p->task->lanes, (uint32_t)n);
    *child_error(p) = UNFINISHED;
    /* A child that crashes may overwrite the head, so it is read only here. */
    p->rows = j->rows;
    p->scraped = scraping_rows(j);
    p->order = journal_order(j);
    return 0;
}

static void follow(struct pass *p)
{
    int error = child_fork(&p->child, be_child, p);

    if (error) { /* fork() may fail for lack of processes or memory, as the
                    model's calls may */
        p->end = PASS_GAVE_UP;
        snprintf(p->why, sizeof(p->why), "could not be started: %s",
                 strerror(-error));
        return;
    }
    attend(p);
    /* Ends also what the model started, while the id is still the child's. */
    child_end(&p->child);
    take_arrivals(p, true);
    judge(p, p->child.wait_status);
}

static void count_handshakes(struct pass *p)
{
    const struct journal *j = p->memory;

    p->handshakes = j->handshakes;
    p->handshake_ns = j->handshake_ns;
}

int pass_run(struct pass *p)
{
    uint64_t start_ns = clock_ns();

    if (map(p))
        return -ENOMEM;
    follow(p);
    p->elapsed_ns = clock_ns() - start_ns;
    count_handshakes(p);
    for (uint32_t i = 0; i < p->task->list.n; i++)
        if (!p->seen[i])
            count(p, i);
    return 0;
}

void pass_finish(struct pass *p)
{
    if (p->memory)
        munmap(p->memory, memory_size(p->task));
    free(p->seen);
    free(p->full);
}

bool pass_possible(const struct task *t, const struct model *m, char *why,
                   size_t size)
{
    int error =
        plan_refusal(m, &kind_connections, t->lanes, 0, true, why, size);

    if (error == -EDQUOT)
        text_add(why, size, "; or lower --concurrency");
    return !error;
}
