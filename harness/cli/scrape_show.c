/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scrape prints: titles as they arrive, and what became of the rest. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/scrape.h"
#include "harness/results/clean.h"
#include "harness/process/interrupt.h"
#include "workloads/clock.h"

bool show_ascii(int fd)
{
    locale_t locale;
    bool utf8 = false;

    if (!isatty(fd))
        return false;
    locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (locale) {
        utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
        freelocale(locale);
    }
    return !utf8;
}

static void clear_progress(const struct show *s)
{
    if (s->progress)
        fputs("\r\033[K", stderr);
}

/* Rows. */

static json_t *text_or_null(const char *text)
{
    char room[URL_MAX];

    return *text ? json_string(clean_text(text, false, room, sizeof(room)))
                 : json_null();
}

/* To a microsecond. */
static json_t *json_of_ms(const struct sight *sight)
{
    return sight->tried ? json_real((double)(sight->elapsed_ns / 1000) / 1000)
                        : json_null();
}

static void print_json(const struct sight *sight)
{
    bool found = sight->outcome == OUTCOME_OK;
    json_t *object = json_pack("{ss so so ss? so}", "url", sight->url,
                               "article", text_or_null(sight->article), "title",
                               text_or_null(found ? sight->title : ""), "error",
                               found ? NULL : outcome_name(sight->outcome),
                               "elapsed_ms", json_of_ms(sight));

    json_dumpf(object, stdout,
               JSON_COMPACT | JSON_REAL_PRECISION(15) |
                   (show_ascii(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0));
    putchar('\n');
    json_decref(object);
}

static void print_found(const struct sight *sight)
{
    bool ascii = show_ascii(STDOUT_FILENO);
    char article[URL_MAX], title[SCRAPING_MAX_TITLE];

    printf("%s\t%s\t%s\n", sight->url,
           clean_text(sight->article, ascii, article, sizeof(article)),
           clean_text(sight->title, ascii, title, sizeof(title)));
}

static void print_failed(const struct sight *sight)
{
    char article[URL_MAX], status[16] = "", where[URL_MAX + 16] = "";

    clean_text(sight->article, true, article, sizeof(article));
    if (sight->outcome == OUTCOME_STATUS)
        snprintf(status, sizeof(status), " %d", sight->status);
    if (article[0])
        snprintf(where, sizeof(where), " (article %s)", article);
    complain("%s: %s%s%s", sight->url, outcome_name(sight->outcome), status,
             where);
}

static void print_row(const struct show *s, const struct sight *sight)
{
    if (s->json)
        print_json(sight);
    else if (sight->outcome == OUTCOME_OK)
        print_found(sight);
    else
        print_failed(sight);
}

void show_arrived(void *show, uint32_t site)
{
    struct show *s = show;
    struct sight sight = pass_sight(s->pass, site);

    if (s->quiet)
        return;
    clear_progress(s);
    print_row(s, &sight);
}

/* While it runs, and afterwards. */

static uint64_t failed(const struct pass *p)
{
    uint64_t n = 0;

    for (int i = 0; i < OUTCOME_N; i++)
        n += p->by[i];
    return n;
}

bool show_turn(void *show)
{
    static const uint64_t often_ns = 100 * NS_PER_MS;
    struct show *s = show;
    const struct pass *p = s->pass;
    uint64_t now = clock_ns();

    if (fflush(stdout) || ferror(stdout)) {
        complain("cannot write to standard output: %s", strerror(errno));
        return false;
    }
    if (!s->progress || now < s->shown_ns + often_ns)
        return true;
    s->shown_ns = now;
    fprintf(stderr, "\r\033[K%s  %zu/%zu  %zu found, %" PRIu64 " failed",
            p->model->name, p->found + (size_t)failed(p), p->task->list.n,
            p->found, failed(p));
    return true;
}

void show_rest(struct show *s)
{
    const struct pass *p = s->pass;

    clear_progress(s);
    for (uint32_t i = 0; s->json && !s->quiet && i < p->task->list.n; i++) {
        struct sight sight = pass_sight(p, i);

        if (!sight.tried)
            print_row(s, &sight);
    }
}

static void print_class(enum outcome outcome, uint64_t n)
{
    fprintf(stderr, "  %-18s %7" PRIu64 "  %s\n  %-18s %7s  -> %s\n",
            outcome_name(outcome), n, outcome_cause(outcome), "", "",
            outcome_remedy(outcome));
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
    for (int i = 0; i < OUTCOME_N; i++)
        if (p->by[i])
            print_class((enum outcome)i, p->by[i]);
    if (bad)
        complain("%zu more %s no URL; see above", bad,
                 bad == 1 ? "was" : "were");
}
