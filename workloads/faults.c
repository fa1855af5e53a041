/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/blog.h"
#include "workloads/clock.h"
#include "workloads/web/fault.h"
#include "workloads/web/judge.h"
#include "workloads/web/named.h"
#include "workloads/web/nameserver.h"
#include "workloads/web/page.h"
#include "workloads/web/scraping.h"
#include "workloads/workload.h"

/*
 * Every kind of broken server, all at once among healthy ones: each model has
 * to tell the same of each, and to let no healthy site wait for a broken one.
 */
enum {
    N,
    FAILING,
    CONCURRENCY,
    LATENCY,
    BYTES,
    TIMEOUT,
    N_WORKERS,
    COMPRESSED,
    NAMES
};

static const struct parameter parameters[] = {
    [N] = PARAMETER_N(25, 100000, "healthy sites"),
    [FAILING] = {.name = "failing",
                 .served = true,
                 .preset = 1,
                 .max = 1000,
                 .help = "sites with each of the faults (0: none)"},
    [CONCURRENCY] = PARAMETER_CONCURRENCY(100000, "sites"),
    [LATENCY] = PARAMETER_LATENCY(10),
    [BYTES] = PARAMETER_BYTES(4096, BLOG_MAX_BYTES,
                              "length of a healthy page, about"),
    [TIMEOUT] = PARAMETER_TIMEOUT(500, 100, 20000),
    [N_WORKERS] = PARAMETER_WORKERS,
    [COMPRESSED] = {.name = "compressed",
                    .served = true,
                    .max = 1000,
                    .implied = true,
                    .help = "sites that answer in gzip, which was not asked "
                            "for"},
    [NAMES] = {.name = "names",
               .served = true,
               .max = 1000,
               .implied = true,
               .help = "sites with each of the faults of their name, looked "
                       "up by DNS"},
};

/* A site is a page of the origin, or a host name. */
struct site {
    const struct fault *fault;        /* NULL: of a name */
    const struct name_script *script; /* NULL: no name */
    const char *name, *what;
    enum outcome outcome;
    uint16_t status;
    unsigned flags;
};

static struct site page_site(const struct fault *f)
{
    return (struct site){.fault = f,
                         .name = f->name,
                         .what = f->what,
                         .outcome = f->outcome,
                         .status = f->status,
                         .flags = f->flags};
}

/* With an address it is a healthy site. */
static struct site name_site(const struct name_script *n)
{
    bool healthy = n->outcome == OUTCOME_OK;

    return (struct site){.script = n,
                         .name = n->name,
                         .what = n->what,
                         .outcome = n->outcome,
                         .status = healthy ? 200 : 0,
                         .flags = healthy ? FAULT_SAME_BYTES | FAULT_TITLED
                                          : FAULT_SAME_BYTES};
}

/* The table has the broken ones first. */
static size_t n_broken(void)
{
    size_t n = 0;

    while (n < n_faults && faults[n].outcome != OUTCOME_OK)
        n++;
    return n;
}

static size_t n_unreachable(void)
{
    size_t n = 0;

    for (size_t i = 0; i < n_faults; i++)
        n += faults[i].place != FAULT_ORIGIN;
    return n;
}

static uint64_t items(const struct setup *s)
{
    return s->values[N] + s->values[FAILING] * n_broken() +
           s->values[COMPRESSED] + s->values[NAMES] * n_name_scripts;
}

/* Broken and healthy ones in turn, until one kind is used up. */
static const struct fault *fault_of(const struct setup *s, uint32_t index)
{
    size_t broken = n_broken();
    uint64_t n_bad = s->values[FAILING] * broken, n_good = s->values[N];
    uint64_t pairs = n_bad < n_good ? n_bad : n_good, turn = index / 2;
    bool bad = index % 2 == 0;

    if (index >= n_bad + n_good)
        return &fault_compressed;
    if (index >= 2 * pairs) {
        bad = n_bad > n_good;
        turn = index - pairs;
    }
    return bad ? &faults[turn % broken]
               : &faults[broken + turn % (n_faults - broken)];
}

/* Behind the others those with names. */
static struct site site(const struct setup *s, uint32_t index)
{
    uint64_t n = items(s) - s->values[NAMES] * n_name_scripts;

    return index < n ? page_site(fault_of(s, index))
                     : name_site(&name_scripts[(index - n) % n_name_scripts]);
}

/* How many groups there are of pages. */
static size_t page_groups(const struct setup *s)
{
    return n_faults + (s->values[COMPRESSED] > 0);
}

static size_t group_of(const struct setup *s, uint32_t index)
{
    const struct site at = site(s, index);

    if (at.script)
        return page_groups(s) + (size_t)(at.script - name_scripts);
    return at.fault == &fault_compressed ? n_faults
                                         : (size_t)(at.fault - faults);
}

static uint64_t deadline_ms(const struct setup *s, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_CONNECT_TIMEOUT:
    case OUTCOME_HEADER_TIMEOUT:
    case OUTCOME_DNS_NO_ANSWER:
        return s->values[TIMEOUT];
    case OUTCOME_BODY_TIMEOUT: /* begins when the header is there */
        return s->values[TIMEOUT] + s->values[LATENCY];
    default:
        return 0;
    }
}

static bool group(const struct setup *s, size_t i, struct page_group *ret)
{
    size_t pages = page_groups(s),
           names = s->values[NAMES] ? n_name_scripts : 0;
    struct site at;

    if (i >= pages + names)
        return false;
    at = i < n_faults ? page_site(&faults[i])
         : i < pages  ? page_site(&fault_compressed)
                      : name_site(&name_scripts[i - pages]);
    *ret = (struct page_group){
        .name = at.name,
        .text = at.what,
        .outcome = at.outcome,
        .same_bytes = at.flags & FAULT_SAME_BYTES,
        .deadline_ms = deadline_ms(s, at.outcome),
    };
    return true;
}

static struct page blog_of(const struct setup *s, uint32_t index)
{
    return (struct page){
        .index = index,
        .seed = s->seed,
        .bytes = s->values[BYTES],
        .latency_ms = s->values[LATENCY],
    };
}

static enum outcome front_of_name(const struct setup *s, uint32_t index,
                                  const struct name_script *script,
                                  struct url *ret_url)
{
    char root[NAMED_ROOT], target[BLOG_MAX_TARGET], name[NAME_ROOM];
    char text[URL_MAX];
    struct page blog = blog_of(s, index);

    name_write(name, index, script->name, s->values[LATENCY]);
    named_root(s, name, root);
    blog_target(&blog, BLOG_FRONT, target);
    snprintf(text, sizeof(text), "%s%s", root, target);
    return url_parse(text, ret_url) == URL_OK ? OUTCOME_DNS_NAME
                                              : OUTCOME_OTHER;
}

static enum outcome front(const void *context, uint32_t index,
                          struct url *ret_url, struct dial *ret_dial)
{
    const struct setup *s = context;
    const struct site at = site(s, index);
    const struct fault *fault = at.fault;
    struct sockaddr_in *peer = (struct sockaddr_in *)&ret_dial->peer;
    struct page blog = blog_of(s, index);
    char blog_path[BLOG_MAX_TARGET], target[BLOG_MAX_TARGET + 32];
    enum outcome outcome;

    if (at.script)
        return front_of_name(s, index, at.script, ret_url);
    blog_target(&blog, BLOG_FRONT, blog_path);
    snprintf(target, sizeof(target), "/fault/%s/%s", fault->name,
             blog_path + strlen("/blog/"));
    outcome = scraping_origin_page(s, target, ret_url, ret_dial);
    if (fault->place != FAULT_ORIGIN)
        *ret_dial = s->server; /* the first address alone has such ports */
    if (fault->place == FAULT_REFUSED)
        peer->sin_port = htons(s->refused_port);
    else if (fault->place == FAULT_FULL)
        peer->sin_port = htons(s->full_port);
    return outcome;
}

static uint64_t lanes_of(const struct setup *s)
{
    return judge_lanes(items(s), s->values[CONCURRENCY]);
}

static int check(const struct setup *s, char *why, size_t size)
{
    if (s->values[LATENCY] * 2 <= s->values[TIMEOUT])
        return 0;
    snprintf(why, size,
             "a first byte after %" PRIu64 " ms is too near to --timeout-ms "
             "%" PRIu64 "; raise it to twice as much",
             s->values[LATENCY], s->values[TIMEOUT]);
    return -EINVAL;
}

static uint64_t requests(const struct setup *s)
{
    uint64_t without = 0;

    for (size_t i = 0; i < n_name_scripts; i++)
        without += name_scripts[i].outcome != OUTCOME_OK;
    return items(s) - s->values[FAILING] * n_unreachable() -
           s->values[NAMES] * without;
}

/* About seven kinds last until a deadline; the last of them ends it all. */
static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t kinds = s->values[FAILING] * 7 + s->values[NAMES];
    uint64_t waits = kinds * s->values[TIMEOUT];
    uint64_t talks = items(s) * (s->values[LATENCY] + 1);
    uint64_t longest = s->values[TIMEOUT] + s->values[LATENCY];

    return ((waits + talks) / at_once + longest) * NS_PER_MS;
}

/* Four kinds last until a deadline; the others a few latencies. */
static uint64_t patience_ns(const struct setup *s)
{
    uint64_t kinds = s->values[FAILING] * 4 + s->values[NAMES];
    uint64_t waits = kinds * s->values[TIMEOUT];
    uint64_t talks = items(s) * 4 * (s->values[LATENCY] + 1);

    return (waits + talks) * NS_PER_MS;
}

static bool tells_width(const struct setup *s)
{
    (void)s;
    return false; /* they end at very different times */
}

static size_t results_size(const struct setup *s)
{
    return scraping_size(items(s));
}

static int prepare(struct work *w, const struct setup *s)
{
    struct scraping job = {
        .sites = items(s),
        .lanes = lanes_of(s),
        .workers = s->values[N_WORKERS],
        .timeout_ns = s->values[TIMEOUT] * NS_PER_MS,
        .max_page = s->values[BYTES] + SCRAPING_SLACK,
        .front = front,
        .context = s,
    };

    if (s->values[NAMES])
        named_servers(s, &job.servers);
    return scraping_prepare(w, s, &job);
}

static int expect(const struct setup *s, void **ret)
{
    char(*titles)[BLOG_MAX_TITLE] = calloc(items(s), sizeof(*titles));

    if (!titles)
        return -ENOMEM;
    for (uint32_t i = 0; i < items(s); i++) {
        struct page blog = blog_of(s, i);

        if (site(s, i).flags & FAULT_TITLED)
            blog_title(&blog, titles[i]);
    }
    *ret = titles;
    return 0;
}

static enum row_result judge_row(const struct setup *s, const void *expected,
                                 const struct journal *j, uint32_t i, char *why,
                                 size_t size)
{
    const char(*titles)[BLOG_MAX_TITLE] = expected;
    const struct row *row = &j->rows[i];
    const struct site at = site(s, i);
    int len = snprintf(why, size, "site %" PRIu32 ", %s: ", i, at.name);

    why += len;
    size -= (size_t)len;
    if (row->outcome != at.outcome) {
        snprintf(why, size, "%s, should be %s", outcome_name(row->outcome),
                 outcome_name(at.outcome));
        return ROW_ERROR;
    }
    if (row->status != at.status) {
        snprintf(why, size, "status %d, should be %d", row->status, at.status);
        return ROW_WRONG;
    }
    if (strcmp(scraping_rows(j)[i].title, titles[i]) == 0)
        return ROW_RIGHT;
    snprintf(why, size, "another title than '%.60s'", titles[i]);
    return ROW_WRONG;
}

const struct workload workload_faults = {
    .name = "faults",
    .summary = "every kind of broken server among healthy ones",
    .item = "site",
    .verified = "Of a broken site the class is verified, and the HTTP status "
                "of its last answer; of those that the server ends the bytes "
                "are compared between the models.",
    .requests = requests,
    .group_of = group_of,
    .group = group,
    WORKLOAD_OF_PAGES,
};
