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
#include "workloads/web/fault_sites.h"
#include "workloads/web/judge.h"
#include "workloads/web/named.h"
#include "workloads/web/nameserver.h"
#include "workloads/web/page.h"
#include "workloads/web/scraping.h"
#include "workloads/web/tls_server.h"
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
    NAMES,
    TLS
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
    [TLS] = {.name = "tls",
             .served = true,
             .max = 1000,
             .implied = true,
             .help = "sites with each of the faults of TLS"},
};

static struct fault_sites sites_of(const struct setup *s)
{
    return (struct fault_sites){
        .healthy = s->values[N],
        .failing = s->values[FAILING],
        .names = s->values[NAMES],
        .tls = s->values[TLS],
        .compressed = s->values[COMPRESSED],
    };
}

static struct fault_site site(const struct setup *s, uint32_t index)
{
    const struct fault_sites sites = sites_of(s);

    return fault_sites_at(&sites, index);
}

static uint64_t items(const struct setup *s)
{
    const struct fault_sites sites = sites_of(s);

    return fault_sites_n(&sites);
}

static size_t group_of(const struct setup *s, uint32_t index)
{
    const struct fault_sites sites = sites_of(s);

    return fault_sites_group_of(&sites, index);
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
    const struct fault_sites sites = sites_of(s);
    struct fault_site at;

    if (i >= fault_sites_groups(&sites))
        return false;
    at = fault_sites_of_group(&sites, i);
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
    struct page blog = blog_of(s, index);
    struct dial none;

    name_write(name, index, script->name, s->values[LATENCY]);
    named_root(s, false, name, root);
    blog_target(&blog, BLOG_FRONT, target);
    return scraping_page(s, root, target, ret_url, &none);
}

/* Where a URL leads to; the server with TLS has all names at the first port. */
static enum outcome resolve(const void *context, const struct url *url,
                            struct dial *ret_dial)
{
    const struct setup *s = context;

    if (!url->tls)
        return scraping_resolve(s, url, ret_dial);
    *ret_dial = s->server;
    ((struct sockaddr_in *)&ret_dial->peer)->sin_port = htons(url->port);
    return OUTCOME_OK;
}

static void write_fault(const struct setup *s, uint32_t index,
                        const char *fault, char out[BLOG_MAX_TARGET + 32])
{
    struct page blog = blog_of(s, index);
    char path[BLOG_MAX_TARGET];

    blog_target(&blog, BLOG_FRONT, path);
    if (fault)
        snprintf(out, BLOG_MAX_TARGET + 32, "/fault/%s/%s", fault,
                 path + strlen("/blog/"));
    else
        strcpy(out, path);
}

static enum outcome front_of_tls(const struct setup *s, uint32_t index,
                                 const struct tls_script *script,
                                 struct url *ret_url, struct dial *ret_dial)
{
    char root[NAMED_ROOT], target[BLOG_MAX_TARGET + 32], name[NAME_ROOM];
    enum outcome outcome;

    name_write(name, index, script->name, s->values[LATENCY]);
    named_root(s, true, name, root);
    write_fault(s, index, script->fault, target);
    outcome = scraping_page(s, root, target, ret_url, ret_dial);
    return outcome == OUTCOME_DNS_NAME ? resolve(s, ret_url, ret_dial)
                                       : outcome;
}

static enum outcome front(const void *context, uint32_t index,
                          struct url *ret_url, struct dial *ret_dial)
{
    const struct setup *s = context;
    const struct fault_site at = site(s, index);
    const struct fault *fault = at.fault;
    struct sockaddr_in *peer = (struct sockaddr_in *)&ret_dial->peer;
    char target[BLOG_MAX_TARGET + 32];
    enum outcome outcome;

    if (at.tls)
        return front_of_tls(s, index, at.tls, ret_url, ret_dial);
    if (at.script)
        return front_of_name(s, index, at.script, ret_url);
    write_fault(s, index, fault->name, target);
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
        return named_check_tls(s->values[TLS], why, size);
    snprintf(why, size,
             "a first byte after %" PRIu64 " ms is too near to --timeout-ms "
             "%" PRIu64 "; raise it to twice as much",
             s->values[LATENCY], s->values[TIMEOUT]);
    return -EINVAL;
}

static uint64_t requests(const struct setup *s)
{
    const struct fault_sites sites = sites_of(s);

    return fault_sites_requests(&sites);
}

/* About seven kinds last until a deadline; the last of them ends it all. */
static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t kinds = s->values[FAILING] * 7 + s->values[NAMES] + s->values[TLS];
    uint64_t waits = kinds * s->values[TIMEOUT];
    uint64_t talks = items(s) * (s->values[LATENCY] + 1);
    uint64_t longest = s->values[TIMEOUT] + s->values[LATENCY];

    return ((waits + talks) / at_once + longest) * NS_PER_MS;
}

/* Four kinds last until a deadline; the others a few latencies. */
static uint64_t patience_ns(const struct setup *s)
{
    uint64_t kinds = s->values[FAILING] * 4 + s->values[NAMES] + s->values[TLS];
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
        .resolve = resolve,
        .context = s,
        .frees_tls = true,
    };
    int error = s->values[TLS] ? named_tls(s, &job.tls) : 0;

    if (s->values[NAMES])
        named_servers(s, &job.servers);
    return error ? error : scraping_prepare(w, s, &job);
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
    const struct fault_site at = site(s, i);
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
