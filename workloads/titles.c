/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/web/blog.h"
#include "workloads/clock.h"
#include "workloads/web/judge.h"
#include "workloads/web/named.h"
#include "workloads/web/nameserver.h"
#include "workloads/web/numbered.h"
#include "workloads/web/page.h"
#include "workloads/web/scraping.h"
#include "workloads/workload.h"

/*
 * The tutorial's first program: for each of n blogs the front page, the first
 * article behind it, its title.  2n downloads, of which each second one depends
 * on the one before.
 */
enum { N, CONCURRENCY, LATENCY, BYTES, TIMEOUT, N_WORKERS, PLAIN, NAMES, TLS };

static const struct parameter parameters[] = {
    [N] = PARAMETER_N(30, 100000, "blogs to scrape, two pages each"),
    [CONCURRENCY] = PARAMETER_CONCURRENCY(100000, "blogs"),
    [LATENCY] = PARAMETER_LATENCY(10),
    [BYTES] = PARAMETER_BYTES(4096, BLOG_MAX_BYTES, "length of a page, about"),
    [TIMEOUT] = PARAMETER_TIMEOUT(5000, 1, 3600000),
    [N_WORKERS] = PARAMETER_WORKERS,
    [PLAIN] = {.name = "plain",
               .max = 1,
               .implied = true,
               .help = "1: well-formed pages, those that programs in other "
                       "languages get"},
    [NAMES] = PARAMETER_NAMES,
    [TLS] = PARAMETER_TLS,
};

static struct page blog_of(const struct setup *s, uint32_t index)
{
    return (struct page){
        .index = index,
        .seed = s->seed,
        .bytes = s->values[BYTES],
        .latency_ms = s->values[LATENCY],
        .plain = s->values[PLAIN],
    };
}

/* Where a part of a blog is. */
static void write_target(const struct setup *s, uint32_t index,
                         enum blog_part part, char out[BLOG_MAX_TARGET])
{
    const struct page blog = blog_of(s, index);
    const struct nonce nonce = {.seed = s->seed,
                                .bytes = s->values[BYTES],
                                .latency_ms = s->values[LATENCY],
                                .open = true};
    size_t len;

    if (!s->values[PLAIN]) {
        blog_target(&blog, part, out);
        return;
    }
    len = numbered_target(&nonce, NUMBERED_PLAIN, out);
    snprintf(out + len, BLOG_MAX_TARGET - len, "%" PRIu32 "%s", index,
             part == BLOG_ARTICLE ? "/article" : "");
}

/* What a blog's URLs begin with. */
static void write_root(const struct setup *s, uint32_t index,
                       char out[NAMED_ROOT])
{
    char name[NAME_ROOM] = "127.0.0.1";

    if (!s->values[NAMES] && !s->values[TLS]) {
        snprintf(out, NAMED_ROOT, "http://%s", s->host);
        return;
    }
    if (s->values[NAMES])
        name_write(name, index % s->values[NAMES], name_scripts[0].name,
                   s->values[LATENCY]);
    named_root(s, s->values[TLS], name, out);
}

static enum outcome front(const void *context, uint32_t site,
                          struct url *ret_url, struct dial *ret_dial)
{
    const struct setup *s = context;
    char target[BLOG_MAX_TARGET], root[NAMED_ROOT];

    write_target(s, site, BLOG_FRONT, target);
    write_root(s, site, root);
    return scraping_page(s, root, target, ret_url, ret_dial);
}

static uint64_t lanes_of(const struct setup *s)
{
    return judge_lanes(s->values[N], s->values[CONCURRENCY]);
}

static int check(const struct setup *s, char *why, size_t size)
{
    int error = named_check_tls(s->values[TLS], why, size);

    return error ? error
                 : judge_latency(s->values[LATENCY], s->values[TIMEOUT], why,
                                 size);
}

static uint64_t items(const struct setup *s)
{
    return s->values[N];
}

static uint64_t requests(const struct setup *s)
{
    return 2 * s->values[N];
}

/* Of a handshake, on both sides. */
static uint64_t handshake_ns(const struct setup *s)
{
    return s->values[TLS] ? 2 * NS_PER_MS : 0;
}

/* Of a blog, for two pages and the names of their hosts. */
static uint64_t waits(const struct setup *s)
{
    return s->values[NAMES] ? 4 : 2;
}

/* Waves of blogs wait together; parsing adds up. */
static uint64_t expected_ns(const struct setup *s, uint64_t at_once)
{
    uint64_t n = s->values[N], waves = (n + at_once - 1) / at_once;

    return waves * waits(s) * (s->values[LATENCY] * NS_PER_MS + NS_PER_MS / 2) +
           n * (150000 + 2 * handshake_ns(s));
}

static uint64_t patience_ns(const struct setup *s)
{
    uint64_t wait_ns = (s->values[LATENCY] + 1) * NS_PER_MS;

    return waits(s) * s->values[N] * (wait_ns + handshake_ns(s));
}

static bool tells_width(const struct setup *s)
{
    return !s->values[NAMES] && !s->values[TLS] &&
           judge_tells_width(s->values[LATENCY], lanes_of(s));
}

static size_t results_size(const struct setup *s)
{
    return scraping_size(s->values[N]);
}

static int prepare(struct work *w, const struct setup *s)
{
    struct scraping job = {
        .sites = s->values[N],
        .lanes = lanes_of(s),
        .workers = s->values[N_WORKERS],
        .timeout_ns = s->values[TIMEOUT] * NS_PER_MS,
        .max_page = s->values[BYTES] + SCRAPING_SLACK,
        .link = s->link,
        .title = s->title,
        .front = front,
        .context = s,
        .frees_tls = true,
    };
    int error = s->values[TLS] ? named_tls(s, &job.tls) : 0;

    if (s->values[NAMES])
        named_servers(s, &job.servers);
    return error ? error : scraping_prepare(w, s, &job);
}

/* What each site must come to. */
struct expected {
    char title[BLOG_MAX_TITLE], article[BLOG_MAX_TARGET];
};

static int expect(const struct setup *s, void **ret)
{
    struct expected *all = calloc(s->values[N], sizeof(*all));

    if (!all)
        return -ENOMEM;
    for (uint32_t i = 0; i < s->values[N]; i++) {
        struct page blog = blog_of(s, i);

        blog_title(&blog, all[i].title);
        write_target(s, i, BLOG_ARTICLE, all[i].article);
    }
    *ret = all;
    return 0;
}

/* The article is named from the root of its host. */
static bool is_right(const struct setup *s, uint32_t index,
                     const struct scraped *scraped,
                     const struct expected *expected)
{
    char root[NAMED_ROOT];
    size_t len;

    write_root(s, index, root);
    len = strlen(root);
    return strcmp(scraped->title, expected->title) == 0 &&
           strncmp(scraped->article, root, len) == 0 &&
           strcmp(scraped->article + len, expected->article) == 0;
}

static enum row_result judge_row(const struct setup *s, const void *expected,
                                 const struct journal *j, uint32_t i, char *why,
                                 size_t size)
{
    const struct row *row = &j->rows[i];
    const struct scraped *scraped = &scraping_rows(j)[i];
    const struct expected *all = expected;

    if (row->outcome != OUTCOME_OK) {
        snprintf(why, size, "blog %" PRIu32 ": %s, status %d", i,
                 outcome_name(row->outcome), row->status);
        return ROW_ERROR;
    }
    if (is_right(s, i, scraped, &all[i]))
        return ROW_RIGHT;
    snprintf(why, size, "blog %" PRIu32 ": title '%.60s', should be '%.60s'", i,
             scraped->title, all[i].title);
    return ROW_WRONG;
}

const struct workload workload_titles = {
    .name = "titles",
    .answer = ANSWER_TITLES,
    .summary = "the titles of n blogs' first articles, two pages each",
    .item = "blog",
    .verified = "Of a blog the title is verified, and the address of the "
                "article that has it.",
    .patterns = true,
    .requests = requests,
    WORKLOAD_OF_PAGES,
};
