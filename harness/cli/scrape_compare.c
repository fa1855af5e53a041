/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --compare: do all models come to the same on the same sites? */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/scrape.h"
#include "harness/results/clean.h"
#include "harness/process/interrupt.h"

enum { MAX_DIFFERENCES = 10 }; /* that are shown of each model */

struct comparison {
    struct task *task;
    struct pass *passes; /* the first is what the others are compared with */
    size_t n;
    bool json;
};

/* What was ended before it came to anything compares with nothing. */
static bool is_open(const struct sight *s)
{
    return !s->tried && s->outcome == OUTCOME_CANCELLED;
}

/* The time of a site is no part of what it came to. */
static bool same(const struct sight *a, const struct sight *b)
{
    if (is_open(a) || is_open(b))
        return true;
    return a->outcome == b->outcome && a->status == b->status &&
           strcmp(a->title, b->title) == 0 &&
           strcmp(a->article, b->article) == 0;
}

static bool differs(const struct comparison *c, const struct pass *p,
                    uint32_t site)
{
    struct sight a = pass_sight(&c->passes[0], site), b = pass_sight(p, site);

    return !same(&a, &b);
}

static size_t count_differences(const struct comparison *c,
                                const struct pass *p)
{
    size_t n = 0;

    for (uint32_t i = 0; i < c->task->list.n; i++)
        n += differs(c, p, i);
    return n;
}

/* Only what a person has to see of two rows that are not the same. */
static void print_side(const struct pass *p, const struct sight *s)
{
    bool ascii = show_ascii(STDOUT_FILENO);
    char title[SCRAPING_MAX_TITLE], article[URL_MAX];

    printf("  %-18s %s", p->model->name, outcome_name(s->outcome));
    if (s->status)
        printf(", status %d", s->status);
    if (s->article[0])
        printf(", %s", clean_text(s->article, ascii, article, sizeof(article)));
    if (s->title[0])
        printf(", '%s'", clean_text(s->title, ascii, title, sizeof(title)));
    putchar('\n');
}

static void print_differences(const struct comparison *c, const struct pass *p)
{
    size_t n = 0;

    for (uint32_t i = 0; i < c->task->list.n; i++) {
        struct sight a, b;

        if (!differs(c, p, i) || n++ >= MAX_DIFFERENCES)
            continue;
        a = pass_sight(&c->passes[0], i);
        b = pass_sight(p, i);
        printf("\n%s\n", a.url);
        print_side(&c->passes[0], &a);
        print_side(p, &b);
    }
    if (n > MAX_DIFFERENCES)
        printf("\n... and %zu more of %s\n", n - MAX_DIFFERENCES,
               p->model->name);
}

/* "refused 2, status 1" */
static void print_classes(const struct pass *p)
{
    const char *between = "";

    for (int i = 0; i < OUTCOME_N; i++)
        if (p->by[i]) {
            printf("%s%s %" PRIu64, between, outcome_name((enum outcome)i),
                   p->by[i]);
            between = ", ";
        }
    puts(*between ? "" : "-");
}

static void print_rows(const struct comparison *c, const struct pass *p)
{
    size_t n = count_differences(c, p);
    char words[32] = "the same";

    if (p == c->passes)
        strcpy(words, "-");
    else if (n > 0)
        snprintf(words, sizeof(words), "%zu differ", n);
    printf("%-18s %8.3f s %8zu  %-12s ", p->model->name,
           (double)p->elapsed_ns / 1e9, p->found, words);
    print_classes(p);
}

static void print_table(const struct comparison *c)
{
    printf("%-18s %10s %8s  %-12s %s\n", "model", "time", "found", "rows",
           "errors");
    for (size_t i = 0; i < c->n; i++)
        print_rows(c, &c->passes[i]);
    for (size_t i = 1; i < c->n; i++)
        print_differences(c, &c->passes[i]);
}

static json_t *json_of_classes(const struct pass *p)
{
    json_t *classes = json_object();

    for (int i = 0; i < OUTCOME_N; i++)
        if (p->by[i])
            json_object_set_new(classes, outcome_name((enum outcome)i),
                                json_integer((json_int_t)p->by[i]));
    return classes;
}

static json_t *json_of_differences(const struct comparison *c,
                                   const struct pass *p)
{
    json_t *urls = json_array();

    for (uint32_t i = 0; i < c->task->list.n; i++)
        if (differs(c, p, i))
            json_array_append_new(urls,
                                  json_string(c->task->list.targets[i].url));
    return urls;
}

static void print_json(const struct comparison *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct pass *p = &c->passes[i];
        json_t *object =
            json_pack("{ss sf sI so so}", "model", p->model->name, "elapsed_ms",
                      (double)(p->elapsed_ns / 1000) / 1000, "found",
                      (json_int_t)p->found, "errors", json_of_classes(p),
                      "differing", json_of_differences(c, p));

        json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
        putchar('\n');
        json_decref(object);
    }
}

/* False: the rest is not run. */
static bool run(struct comparison *c, const struct model *m)
{
    struct pass *p = &c->passes[c->n++];
    struct show show = {
        .pass = p,
        .quiet = true,
        .progress = isatty(STDERR_FILENO),
    };

    *p = (struct pass){
        .task = c->task,
        .model = m,
        .arrived = show_arrived,
        .turn = show_turn,
        .context = &show,
        .keep = true,
    };
    if (pass_run(p)) {
        complain("out of memory");
        p->end = PASS_STOPPED;
        pass_finish(p);
        c->n--;
        return false;
    }
    show_rest(&show);
    if (p->why[0])
        complain("%s %s", m->name, p->why);
    if (interrupt_came())
        complain("interrupted: the models after %s did not run", m->name);
    return p->end != PASS_STOPPED;
}

static bool run_all(struct comparison *c, const struct model *first)
{
    char room[256];

    if (first && !run(c, first))
        return false;
    for (size_t i = 0; i < n_models; i++) {
        const char *gap = pass_gap(c->task, models[i], room, sizeof(room));

        if (models[i] == first)
            continue;
        if (gap)
            fprintf(stderr, "not run: %s: %s\n", models[i]->name, gap);
        else if (!run(c, models[i]))
            return false;
    }
    return true;
}

static int verdict(const struct comparison *c, bool all)
{
    bool broken = !all, finding = c->task->list.bad > 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct pass *p = &c->passes[i];

        broken = broken || p->end == PASS_BROKE;
        finding = finding || p->found < c->task->list.n ||
                  count_differences(c, p) > 0;
    }
    return broken ? EXIT_BROKEN : finding ? EXIT_FINDING : EXIT_DONE;
}

int scrape_compare(struct task *t, const struct model *first, bool json)
{
    struct comparison c = {
        .task = t,
        .passes = calloc(n_models, sizeof(struct pass)),
        .json = json,
    };
    bool all;
    int status;

    if (!c.passes)
        return EXIT_BROKEN;
    all = run_all(&c, first);
    if (json)
        print_json(&c);
    else
        print_table(&c);
    status = verdict(&c, all);
    for (size_t i = 0; i < c.n; i++)
        pass_finish(&c.passes[i]);
    free(c.passes);
    return status;
}
