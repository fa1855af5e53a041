/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scrape prints: titles as they arrive, then a summary. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/scrape.h"
#include "harness/results/clean.h"
#include "harness/process/interrupt.h"
#include "workloads/clock.h"

static void clear_progress(const struct show *s)
{
    if (s->progress)
        fputs("\r\033[K", stderr);
}

static json_t *text_or_null(const char *text)
{
    char room[URL_MAX];

    return *text ? json_string(clean_text(text, false, room, sizeof(room)))
                 : json_null();
}

/* Rounded down to a microsecond. */
static json_t *json_of_ms(const struct result *r)
{
    return r->tried ? json_real((double)(r->elapsed_ns / 1000) / 1000)
                    : json_null();
}

static void print_json(const struct result *r)
{
    bool found = r->outcome == OUTCOME_OK;
    json_t *object = json_pack(
        "{ss so so ss? so so so}", "url", r->url, "article",
        text_or_null(r->article), "title", text_or_null(found ? r->title : ""),
        "error", found ? NULL : outcome_name(r->outcome), "status",
        r->status ? json_integer(r->status) : json_null(), "elapsed_ms",
        json_of_ms(r), "reason", text_or_null(found ? "" : r->reason));

    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(object);
}

static void print_found(const struct result *r)
{
    char article[URL_MAX], title[SCRAPING_MAX_TITLE];

    printf("%s\t%s\t%s\n", r->url,
           clean_text(r->article, false, article, sizeof(article)),
           clean_text(r->title, false, title, sizeof(title)));
}

static void print_failed(const struct result *r)
{
    char article[URL_MAX], status[16] = "", where[URL_MAX + 16] = "";

    clean_text(r->article, true, article, sizeof(article));
    if (r->outcome == OUTCOME_STATUS)
        snprintf(status, sizeof(status), " %d", r->status);
    if (article[0])
        snprintf(where, sizeof(where), " (article %s)", article);
    complain("%s: %s%s%s%s%s", r->url, outcome_name(r->outcome), status,
             r->reason[0] ? ": " : "", r->reason, where);
}

static void print_row(const struct show *s, const struct result *r)
{
    if (s->json)
        print_json(r);
    else if (r->outcome == OUTCOME_OK)
        print_found(r);
    else
        print_failed(r);
}

void show_arrived(void *show, uint32_t site)
{
    struct show *s = show;
    struct result result = pass_result(s->pass, site);

    clear_progress(s);
    print_row(s, &result);
}

bool show_turn(void *show)
{
    static const uint64_t often_ns = 100 * NS_PER_MS;
    struct show *s = show;
    const struct pass *p = s->pass;
    uint64_t now = clock_ns();

    if (output_flush())
        return false;
    if (!s->progress || now < s->shown_ns + often_ns)
        return true;
    s->shown_ns = now;
    fprintf(stderr, "\r\033[K%s  %zu/%zu  %zu found, %zu failed",
            p->model->name, p->found + p->failed, p->task->list.n, p->found,
            p->failed);
    return true;
}

void show_rest(struct show *s)
{
    const struct pass *p = s->pass;

    clear_progress(s);
    for (uint32_t i = 0; s->json && i < p->task->list.n; i++) {
        struct result result = pass_result(p, i);

        if (!result.tried)
            print_row(s, &result);
    }
}

static void print_class(enum outcome outcome, uint64_t n)
{
    fprintf(stderr, "  %-18s %7" PRIu64 "  %s\n  %-18s %7s  -> %s\n",
            outcome_name(outcome), n, outcome_cause(outcome), "", "",
            outcome_remedy(outcome));
}

static void print_handshakes(const struct pass *p)
{
    complain("%zu TLS handshake%s: %.1f ms of CPU time, %.1f %% of the run",
             p->handshakes, p->handshakes == 1 ? "" : "s",
             (double)p->handshake_ns / NS_PER_MS,
             100.0 * (double)p->handshake_ns / (double)p->elapsed_ns);
}

void show_summary(const struct show *s)
{
    const struct pass *p = s->pass;
    size_t bad = p->task->list.bad;

    if (p->why[0])
        complain("%s %s", p->model->name, p->why);
    if (interrupt_came())
        complain("interrupted");
    complain("%zu of %zu found in %.3f s by %s", p->found, p->task->list.n,
             (double)p->elapsed_ns / 1e9, p->model->name);
    if (p->handshakes)
        print_handshakes(p);
    for (int i = 0; i < OUTCOME_N; i++)
        if (p->by[i])
            print_class((enum outcome)i, p->by[i]);
    if (bad)
        complain("%zu more %s not a URL; see above", bad,
                 bad == 1 ? "is" : "are");
}
