/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tutorial's first program, for use. */
#include "harness/cli/scrape.h"
#include "harness/results/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/sample/cell.h"
#include "harness/process/interrupt.h"
#include "workloads/clock.h"
#include "workloads/web/extract.h"

enum {
    KEY_URLS = 1000,
    KEY_JSON,
    KEY_MODEL,
    KEY_CONCURRENCY,
    KEY_PER_HOST,
    KEY_TIMEOUT,
    KEY_LINK,
    KEY_TITLE,
    KEY_COMPARE,
    KEY_REAL,
    MAX_LANES = 100000,
    MAX_TIMEOUT_MS = 3600000,
};

struct command {
    struct task task;
    const struct model *model; /* NULL: none was asked for */
    const char *urls;
    char **words;
    size_t n_words;
    uint64_t concurrency, per_host, timeout_ms;
    bool json, compare, real;
};

static const struct argp_option options[] = {
    {"urls", KEY_URLS, "FILE", 0,
     "A URL a line, in place of arguments (-: standard input)", 1},
    {"json", KEY_JSON, NULL, 0, "An object a line, failed sites too", 1},
    MODEL_FILE_OPTION(1),
    {"model", KEY_MODEL, "M", 0,
     "Which model does it (default: the first in claims/sets that can)", 1},
    {"concurrency", KEY_CONCURRENCY, "N", 0,
     "Connections at once (default: 64)", 2},
    {"per-host", KEY_PER_HOST, "N", 0,
     "... of them to one host and port (default: 2; 0: no limit)", 2},
    {"timeout-ms", KEY_TIMEOUT, "N", 0,
     "The longest wait, in ms, for each page's connection, header and body "
     "(default: 5000)",
     2},
    {"link", KEY_LINK, "XPATH", 0,
     "The link to follow on the blog's page (default: " SCRAPING_LINK ")", 3},
    {"title", KEY_TITLE, "XPATH", 0,
     "The title on the article's page (default: " SCRAPING_TITLE ")", 3},
    {"compare", KEY_COMPARE, NULL, 0,
     "Every model over the list, one after another, and a table", 4},
    {"yes-real-sites", KEY_REAL, NULL, 0,
     "... of sites beyond the loopback too, each visited once a model", 4},
    {0},
};

static uint64_t number_of(const char *arg, const char *name, uint64_t min,
                          uint64_t max, struct argp_state *state)
{
    uint64_t number = 0;

    if (text_u64(arg, &number) || number < min || number > max)
        argp_error(state,
                   "--%s is a number from %" PRIu64 " to %" PRIu64
                   ", not '%.40s'",
                   name, min, max, arg);
    return number;
}

static void check_given(const struct command *c, struct argp_state *state)
{
    if (!c->urls && c->n_words == 0)
        argp_error(state, "which blogs? Give URLs, or --urls FILE");
    if (c->urls && c->n_words > 0)
        argp_error(state, "give URLs or --urls, not both");
    if (c->n_words > LIST_MAX)
        argp_error(state, "at most %d URLs", LIST_MAX);
    if (c->real && !c->compare)
        argp_error(state, "--yes-real-sites goes with --compare only");
}

static const struct setting settings[] = {
    SETTING(KEY_URLS, TEXT, urls),
    SETTING(KEY_JSON, ON, json),
    SETTING(KEY_LINK, TEXT, task.link),
    SETTING(KEY_TITLE, TEXT, task.title),
    SETTING(KEY_COMPARE, ON, compare),
    SETTING(KEY_REAL, ON, real),
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct command *c = state->input;

    switch (key) {
    case KEY_MODEL:
        c->model = read_model(arg);
        return 0;
    case KEY_CONCURRENCY:
        c->concurrency = number_of(arg, "concurrency", 1, MAX_LANES, state);
        return 0;
    case KEY_PER_HOST:
        c->per_host = number_of(arg, "per-host", 0, MAX_LANES, state);
        return 0;
    case KEY_TIMEOUT:
        c->timeout_ms = number_of(arg, "timeout-ms", 1, MAX_TIMEOUT_MS, state);
        return 0;
    case ARGP_KEY_ARGS:
        c->words = state->argv + state->next;
        c->n_words = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        check_given(c, state);
        return 0;
    default:
        return setting_take(settings, key, arg, state);
    }
}

static int check_pattern(const char *name, const char *xpath)
{
    char why[256];

    if (extract_check(xpath, why, sizeof(why)) == 0)
        return EXIT_DONE;
    why[strcspn(why, "\n")] = '\0';
    complain("--%s is no XPath that could be used: %s", name, why);
    return EXIT_USAGE;
}

/* The preferred one that this build has; without one, any that can. */
static const struct model *find_preferred(const struct task *t,
                                          const struct claims *claims)
{
    char why[256];

    for (size_t i = 0; i < claims->scrape.n; i++) {
        const struct model *m = model_find(claims->scrape.items[i]);

        if (!m->absent)
            return m;
    }
    for (size_t i = n_models; i-- > 1;)
        if (!pass_gap(t, models[i], why, sizeof(why)))
            return models[i];
    return models[0];
}

static int choose_model(struct command *c, const struct model **ret)
{
    struct claims claims;
    char room[256];
    const char *gap;

    *ret = c->model;
    if (!c->model) {
        if (read_claims(NULL, &claims))
            return EXIT_USAGE;
        *ret = find_preferred(&c->task, &claims);
        claims_finish(&claims);
    }
    gap = pass_gap(&c->task, *ret, room, sizeof(room));
    if (!gap)
        return EXIT_DONE;
    complain("%s cannot scrape: %s", (*ret)->name, gap);
    return EXIT_USAGE;
}

static int read_list(struct command *c)
{
    struct list *l = &c->task.list;
    int status = c->urls
                     ? list_read(l, &c->task.hosts, c->urls)
                     : list_take_words(l, &c->task.hosts, c->words, c->n_words);

    if (status || l->n > 0)
        return status;
    complain("there is no URL to scrape");
    return l->bad ? EXIT_FINDING : EXIT_USAGE;
}

/* Which sites are one after another, and how many lanes that makes. */
static int lay_out(struct command *c)
{
    struct task *t = &c->task;
    uint32_t *host = calloc(t->list.n, sizeof(*host));
    int error = host ? 0 : -ENOMEM;

    for (size_t i = 0; host && i < t->list.n; i++)
        host[i] = t->list.targets[i].host->index;
    if (!error)
        error = strands_init(&t->strands, host, t->list.n, c->per_host);
    free(host);
    if (error) {
        complain("out of memory");
        return EXIT_BROKEN;
    }
    t->lanes = c->concurrency < t->strands.n ? c->concurrency : t->strands.n;
    t->timeout_ns = c->timeout_ms * NS_PER_MS;
    return EXIT_DONE;
}

static int look_up(struct command *c)
{
    bool terminal = isatty(STDERR_FILENO);
    int error;

    if (terminal)
        fputs("looking the names up", stderr);
    error = hosts_look_up(&c->task.hosts);
    if (terminal)
        fputs("\r\033[K", stderr);
    if (!error || error == -EINTR)
        return EXIT_DONE; /* a pass that is interrupted already says so */
    complain("cannot look names up: %s", strerror(-error));
    return EXIT_BROKEN;
}

static int refuse_real(struct command *c)
{
    struct hosts *h = &c->task.hosts;

    h->loopback_only = !c->real;
    for (size_t i = 0; i < h->n && !c->real; i++)
        if (h->all[i]->outcome == OUTCOME_OK &&
            !is_loopback(&h->all[i]->dial)) {
            complain("--compare visits each site once for each model, and "
                     "%.*s is not on the loopback; if that is yours to do, "
                     "say --yes-real-sites",
                     (int)h->all[i]->len, h->all[i]->authority);
            return EXIT_USAGE;
        }
    return EXIT_DONE;
}

static int verdict(const struct pass *p)
{
    const struct list *l = &p->task->list;

    if (p->end == PASS_BROKE || p->end == PASS_STOPPED)
        return EXIT_BROKEN;
    return p->found < l->n || l->bad ? EXIT_FINDING : EXIT_DONE;
}

static int scrape(struct command *c, const struct model *m)
{
    struct show show = {
        .json = c->json,
        .progress = isatty(STDERR_FILENO),
    };
    struct pass pass = {
        .task = &c->task,
        .model = m,
        .arrived = show_arrived,
        .turn = show_turn,
        .context = &show,
    };
    int status = EXIT_BROKEN;

    show.pass = &pass;
    if (pass_run(&pass)) {
        complain("out of memory");
    } else {
        show_rest(&show);
        show_summary(&show);
        status = verdict(&pass);
    }
    pass_finish(&pass);
    return status;
}

static int run(struct command *c)
{
    const struct model *m = NULL;
    int status = check_pattern("link", c->task.link);

    if (!status)
        status = check_pattern("title", c->task.title);
    if (!status)
        status = read_list(c);
    if (!status)
        status = lay_out(c);
    if (!status && (c->model || !c->compare))
        status = choose_model(c, &m);
    if (status)
        return status;
    interrupt_catch();
    status = look_up(c);
    if (!status && c->compare)
        status = refuse_real(c);
    if (!status)
        status =
            c->compare ? scrape_compare(&c->task, m, c->json) : scrape(c, m);
    interrupt_release();
    /* That was complained of; main() would do so once more. */
    if (ferror(stdout))
        _exit(EXIT_BROKEN);
    return status;
}

int cli_scrape(int argc, char *argv[])
{
    static const struct argp argp = {
        options,
        parse,
        "URL...\n--urls FILE",
        "For each blog: its page, the first article that it links to, and the "
        "title of that. Prints blog, article and title, separated by tabs, as "
        "they arrive; which sites failed, and why, goes to standard error.\v"
        "Sites of one host of the list are scraped --per-host at a time; a "
        "link may lead to another. The names of the list are looked up all at "
        "once, before anything else; one that is met on the way, in a link or "
        "a redirect, is looked up then, one at a time, while the model "
        "waits.\n\n"
        "Only http: a link or a redirect to https is a bad-redirect. A list "
        "has at most 1,000,000 lines; what is no URL in it is named with its "
        "line, and the rest goes on.\n\n"
        "--compare is for the loopback: it visits each site once for each "
        "model. With --json it prints an object for each model.\n\n"
        "Exit status: 0 all titles were found; 1 some were not, or models "
        "differ;\n4 usage; 5 it broke or was interrupted.\n\n"
        "Examples:\n"
        "  baton scrape http://example.org/blog\n"
        "  baton scrape --urls blogs.txt --json > titles.json\n"
        "  baton scrape --urls - --per-host 1 --model thread-per-socket\n"
        "  baton scrape http://127.0.0.1:8080/blog/1 --compare",
        NULL,
        NULL,
        NULL};
    struct command c = {
        .task = {.link = SCRAPING_LINK, .title = SCRAPING_TITLE},
        .concurrency = 64,
        .per_host = 2,
        .timeout_ms = 5000,
    };
    int status;

    if (!options_known(argc, argv, options))
        return EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &c))
        return EXIT_USAGE;
    extract_init();
    hosts_init(&c.task.hosts);
    status = run(&c);
    strands_finish(&c.task.strands);
    list_finish(&c.task.list);
    hosts_finish(&c.task.hosts);
    return status;
}
