/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One model over the list, in a process of its own: a crash costs that pass,
 * and whoever is interrupted ends it as a whole.  Results come through memory
 * that both processes share, in the order in which sites are done.
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
#include "harness/sample/cell.h"
#include "harness/process/child.h"
#include "harness/process/interrupt.h"
#include "harness/sample/machine.h"
#include "workloads/clock.h"

/* Sites whose titles are forgotten together. */
enum { BLOCK = 256 };

/* The child's last words. */
struct verdict {
    bool ended;
    int error; /* of the model */
};

/* What the parent keeps of the child while there is one. */
struct following {
    struct child child;
    bool ended;
    const _Atomic uint32_t *order;
    size_t heard; /* entries of `order` */
};

static size_t memory_size(const struct task *t)
{
    return scraping_size(t->list.n) + sizeof(struct verdict);
}

static struct verdict *verdict(const struct pass *p)
{
    return (struct verdict *)((char *)p->memory +
                              scraping_size(p->task->list.n));
}

/* The child. */

static enum outcome front(const void *context, uint32_t site,
                          struct url *ret_url, struct dial *ret_dial)
{
    const struct task *t = context;
    const struct target *target = &t->list.targets[site];

    *ret_dial = target->host->dial;
    /* It was one before, so this time there was no memory. */
    return url_parse(target->url, ret_url) == URL_OK ? target->host->outcome
                                                     : OUTCOME_LOCAL_LIMIT;
}

static enum outcome resolve(const void *context, const struct url *url,
                            struct dial *ret_dial)
{
    const struct task *t = context;

    /* It changes what was met on the way, under a lock of its own. */
    return hosts_dial((struct hosts *)&t->hosts, url, ret_dial);
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
        .front = front,
        .resolve = resolve,
        .context = t,
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

    verdict(p)->error = scrape(p);
    verdict(p)->ended = true;
    return 0;
}

/* The parent. */

struct sight pass_sight(const struct pass *p, uint32_t site)
{
    const struct row *row = &p->rows[site];
    const struct scraped *scraped = &p->scraped[site];
    struct sight s = {
        .outcome = row->outcome < OUTCOME_N ? (enum outcome)row->outcome
                                            : OUTCOME_OTHER,
        .url = p->task->list.targets[site].url,
        .article = scraped->article,
        .title = scraped->title,
        .status = row->status,
        .tried = true,
        .elapsed_ns = row->end_ns - row->start_ns,
    };

    if (!p->heard[site])
        return (struct sight){
            .outcome = p->end == PASS_GAVE_UP ? OUTCOME_LOCAL_LIMIT
                                              : OUTCOME_CANCELLED,
            .url = s.url,
            .article = "",
            .title = "",
        };
    /* 204 is a success, but there is no title in it. */
    if (s.outcome == OUTCOME_OK && !s.title[0])
        s.outcome = scraped->pages > 1 ? OUTCOME_NO_TITLE : OUTCOME_NO_LINK;
    return s;
}

static void count(struct pass *p, uint32_t site)
{
    enum outcome outcome = pass_sight(p, site).outcome;

    if (outcome == OUTCOME_OK)
        p->found++;
    else
        p->by[outcome]++;
}

/* A long list has many titles, and what was printed need not stay. */
static void forget(struct pass *p, uint32_t site)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)&p->scraped[site / BLOCK * BLOCK];
    uintptr_t end = begin + BLOCK * sizeof(struct scraped);

    if (p->keep || ++p->full[site / BLOCK] < BLOCK)
        return;
    begin = (begin + page - 1) / page * page;
    madvise((void *)begin, end / page * page - begin, MADV_REMOVE);
}

/* What a child wrote that then crashed may be anything, but not without end. */
static void arrive(struct pass *p, uint32_t site)
{
    if (site >= p->task->list.n || p->heard[site])
        return;
    p->heard[site] = true;
    p->scraped[site].title[SCRAPING_MAX_TITLE - 1] = '\0';
    p->scraped[site].article[URL_MAX - 1] = '\0';
    count(p, site);
    p->arrived(p->context, site);
    forget(p, site);
}

/*
 * A place that was taken and is still empty is filled a moment later; for good
 * it is empty only when its writer died.
 */
static void hear(struct pass *p, struct following *c)
{
    for (; c->heard < p->task->list.n; c->heard++) {
        uint32_t next =
            atomic_load_explicit(&c->order[c->heard], memory_order_acquire);

        if (next)
            arrive(p, next - 1);
        else if (!c->ended)
            return;
    }
}

/* Until it has ended, or is to. */
static void attend(struct pass *p, struct following *c)
{
    static const struct timespec look = {.tv_nsec = 5 * NS_PER_MS};
    struct pollfd ready = {.fd = c->child.pidfd, .events = POLLIN};
    sigset_t none;

    sigemptyset(&none);
    while (!child_has_ended(&c->child) && p->end != PASS_STOPPED) {
        ppoll(&ready, c->child.pidfd >= 0, &look, &none);
        hear(p, c);
        if (!p->turn(p->context) || interrupt_came())
            p->end = PASS_STOPPED;
    }
}

static void judge(struct pass *p, int status)
{
    const struct verdict *v = verdict(p);
    size_t all = p->task->list.n, done = p->found;

    for (int i = 0; i < OUTCOME_N; i++)
        done += p->by[i];
    if (p->end == PASS_STOPPED)
        return;
    p->end = PASS_BROKE;
    if (WIFSIGNALED(status)) {
        snprintf(p->why, sizeof(p->why), "crashed: signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (!v->ended || status) {
        snprintf(p->why, sizeof(p->why), "ended with exit status %d",
                 WEXITSTATUS(status));
    } else if (v->error) {
        p->end = PASS_GAVE_UP;
        snprintf(p->why, sizeof(p->why), "gave up: %s", strerror(-v->error));
    } else if (done < all) {
        snprintf(p->why, sizeof(p->why), "ended after %zu of %zu sites", done,
                 all);
    } else {
        p->end = PASS_DONE;
    }
}

/* Sites that never arrived have their class by how it ended. */
static void count_rest(struct pass *p)
{
    for (uint32_t i = 0; i < p->task->list.n; i++)
        if (!p->heard[i])
            count(p, i);
}

static int map(struct pass *p)
{
    size_t n = p->task->list.n;
    struct journal *j;

    p->heard = calloc(n, sizeof(*p->heard));
    p->full = calloc(n / BLOCK + 1, sizeof(*p->full));
    p->memory = mmap(NULL, memory_size(p->task), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->memory == MAP_FAILED)
        p->memory = NULL;
    if (!p->heard || !p->full || !p->memory)
        return -ENOMEM;
    j = p->memory;
    journal_init(j, (uint32_t)p->task->lanes, (uint32_t)n);
    /* From here on nobody needs to believe what stands in the head. */
    p->rows = j->rows;
    p->scraped = scraping_rows(j);
    p->order = journal_order(j);
    return 0;
}

/* The fork itself may fail for want of what the model would want. */
static void give_up(struct pass *p, int error)
{
    p->end = PASS_GAVE_UP;
    snprintf(p->why, sizeof(p->why), "could not be started: %s",
             strerror(error));
}

static void follow(struct pass *p, struct following *c)
{
    c->order = p->order;
    attend(p, c);
    /* All that the model started goes while the id is still the child's. */
    child_end(&c->child);
    c->ended = true;
    hear(p, c);
    judge(p, c->child.wait_status);
}

static void start(struct pass *p)
{
    struct following c = {0};
    int error = child_fork(&c.child, be_child, p);

    if (error)
        give_up(p, -error);
    else
        follow(p, &c);
}

int pass_run(struct pass *p)
{
    uint64_t start_ns = clock_ns();

    if (map(p))
        return -ENOMEM;
    if (interrupt_came())
        p->end = PASS_STOPPED; /* while names were looked up */
    else
        start(p);
    p->elapsed_ns = clock_ns() - start_ns;
    count_rest(p);
    return 0;
}

void pass_finish(struct pass *p)
{
    if (p->memory)
        munmap(p->memory, memory_size(p->task));
    free(p->heard);
    free(p->full);
    p->memory = NULL;
    p->heard = NULL;
    p->full = NULL;
}

const char *pass_gap(const struct task *t, const struct model *m, char *room,
                     size_t size)
{
    struct ability a = model_ability(m, &kind_connections);
    const char *gap = model_gap(m, &kind_connections);
    struct demand demand = {.tasks = t->lanes, .sockets = true};
    struct limits limits;
    int error;

    if (gap)
        return gap;
    if (a.in_memory)
        return "it talks to no network";
    error = m->probe ? m->probe() : 0;
    if (error) {
        snprintf(room, size, "this machine refuses it: %s", strerror(-error));
        return room;
    }
    demand.tasks = ability_at_once(&a, demand.tasks, 0);
    machine_limits(&limits);
    if (machine_allows(&limits, &demand, a.unit, room, size) == 0)
        return NULL;
    strncat(room, "; or lower --concurrency", size - strlen(room) - 1);
    return room;
}
