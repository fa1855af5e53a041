/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tutorial's first program as a tool. */
#include "harness/cli/scrape.h"
#include "harness/results/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/process/interrupt.h"
#include "workloads/clock.h"
#include "workloads/web/extract.h"
#include "workloads/web/places.h"

enum { MAX_LANES = 100000, MAX_TIMEOUT_MS = 3600000 };

struct command {
    struct task task;
    const struct model *model; /* NULL: none was asked for */
    const char *urls, *cafile;
    char **words;
    size_t n_words;
    uint64_t concurrency, per_host, timeout_ms;
    bool json, ignore_robots;
};

#define MEMBER(type, member)                                                   \
    OPTION_##type, offsetof(struct command, member), 0, NULL, 0

static const struct option_row rows[] = {
    {"urls", "FILE", "Read the URLs from FILE, one a line (-: standard input)",
     MEMBER(TEXT, urls)},
    {"json", NULL, "Print a JSON object a line, also for sites that failed",
     MEMBER(ON, json)},
    {"ignore-robots", NULL, "Also ask for pages that robots.txt forbids",
     MEMBER(ON, ignore_robots)},
    {"model", "M",
     "The model to use (default: the first in claims/sets that can)",
     MEMBER(MODEL, model)},
    {0},
};

static void take_server(void *command, const char *arg,
                        struct argp_state *state)
{
    struct dns_servers *servers =
        &((struct command *)command)->task.names.servers;

    if (servers->n == DNS_SERVERS)
        argp_error(state, "at most %d name servers", DNS_SERVERS);
    if (!servers_add(servers, arg))
        argp_error(state,
                   "'%s' is not the address of a name server; for example "
                   "--dns 192.0.2.1, 127.0.0.1:5353 or [2001:db8::1]:53",
                   arg);
}

static const struct option_row limit_rows[] = {
    {"concurrency", "N", "Connections at once (default: 64)",
     MEMBER(NUMBER, concurrency), 1, MAX_LANES},
    {"per-host", "N",
     "Connections at once to one host and port (default: 2; 0: no limit)",
     MEMBER(NUMBER, per_host), 0, MAX_LANES},
    {"timeout-ms", "N",
     "The longest wait, in ms, for each page's connection, header and body "
     "(default: 5000)",
     MEMBER(NUMBER, timeout_ms), 1, MAX_TIMEOUT_MS},
    {"dns", "HOST:PORT",
     "Ask this name server, after /etc/hosts (up to 3; default: those of "
     "/etc/resolv.conf)",
     OPTION_CALL, 0, 0, take_server},
    {"cafile", "FILE",
     "Trust the TLS certificates in FILE (PEM) instead of the system's",
     MEMBER(TEXT, cafile)},
    {0},
};
static const struct option_row pattern_rows[] = {
    {"link", "XPATH",
     "The link to follow on the blog's page (default: " SCRAPING_LINK ")",
     MEMBER(XPATH, task.link)},
    {"title", "XPATH",
     "The title on the article's page (default: " SCRAPING_TITLE ")",
     MEMBER(XPATH, task.title)},
    {0},
};

static void take_url(void *command, char *arg, struct argp_state *state)
{
    struct command *c = command;

    (void)state;
    c->words[c->n_words++] = arg;
}

/* Whether exactly one list was given; complains if not. */
static bool has_list(const struct command *c)
{
    if (!c->urls && c->n_words == 0)
        complain("which blogs? Give URLs, or --urls FILE");
    else if (c->urls && c->n_words > 0)
        complain("give URLs or --urls, not both");
    else if (c->n_words > LIST_MAX)
        complain("at most %d URLs", LIST_MAX);
    else
        return true;
    return false;
}

/*
 * The first model of the preferred ones that this build has; else any that can
 * run it.
 */
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
        if (pass_possible(t, models[i], why, sizeof(why)))
            return models[i];
    return models[0];
}

static int choose_model(struct command *c, const struct model **ret)
{
    struct claims claims;
    char why[256];

    *ret = c->model;
    if (!c->model) {
        if (read_claims(NULL, &claims))
            return EXIT_USAGE;
        *ret = find_preferred(&c->task, &claims);
        claims_finish(&claims);
    }
    if (pass_possible(&c->task, *ret, why, sizeof(why)))
        return EXIT_DONE;
    return complain_usage("%s cannot scrape: %s", (*ret)->name, why);
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

/* Arranges the sites in strands, one lane each. */
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
    if (error)
        return complain_broken("out of memory");
    t->lanes = c->concurrency < t->strands.n ? c->concurrency : t->strands.n;
    t->timeout_ns = c->timeout_ms * NS_PER_MS;
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
        .progress = takes_escapes(STDERR_FILENO),
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

/* Numeric addresses need no resolver, so the scrape continues without one. */
static int scrape_with_names(struct command *c, const struct model *m)
{
    struct resolver_process *names = &c->task.names;
    int status, error;
    char why[80];

    names->timeout_ns = c->task.timeout_ns;
    names->tls = c->task.tls;
    names->places = places_create(c->task.list.n);
    if (!names->places)
        return complain_broken("out of memory");
    c->task.robots = !c->ignore_robots;
    error = resolver_start(names);
    if (error)
        complain("the resolver process cannot be started: %s",
                 strerror(-error));
    status = scrape(c, m);
    if (!error && !resolver_stop(names, why, sizeof(why)))
        complain("the resolver process ended early: %s", why);
    places_destroy(names->places);
    return status;
}

/* Also for a list without https, since links and redirects lead there. */
static int trust(struct command *c)
{
    char why[TLS_REASON];

    if (!c->cafile && tls_missing())
        return EXIT_DONE;
    if (!tls_client_create(c->cafile, &c->task.tls, why))
        return EXIT_DONE;
    return c->cafile ? complain_usage("--cafile %s: %s", c->cafile, why)
                     : complain_broken("TLS: %s", why);
}

static int prepare(struct command *c, const struct model **ret)
{
    int status = read_list(c);

    if (!status)
        status = trust(c);
    if (!status)
        status = lay_out(c);
    return status ? status : choose_model(c, ret);
}

static int run(struct command *c)
{
    const struct model *m;
    int status = prepare(c, &m);

    if (status)
        return status;
    interrupt_catch();
    status = scrape_with_names(c, m);
    interrupt_release();
    return status;
}

int cli_scrape(int argc, char *argv[])
{
    static const struct options options = {
        .tables = {rows, limit_rows, pattern_rows},
        .common = COMMON_MODEL_FILE,
        .args = "URL...\n--urls FILE",
        .argument = take_url,
        .doc =
            "For each blog, downloads its page, follows the first link to an "
            "article, and finds the title of that. Prints blog, article and "
            "title, "
            "separated by tabs, as they arrive. Sites that failed are printed "
            "to "
            "standard error with the reason.\v"
            "--per-host limits the connections to the sites of the list; a "
            "link "
            "may lead to another host. A process of its own looks names up, "
            "each once, at most 32 at a time; the model does not wait for it. "
            "The time for a connection includes that of the name and that of "
            "the TLS handshake. The process also fetches robots.txt, once for "
            "each server.\n\n"
            "URLs, links and redirects may be http or https (TLS 1.2 or 1.3). "
            "A list "
            "has at most 1,000,000 lines. Lines that are not a URL are "
            "reported "
            "and skipped.\n\n"
            "Exit status: 0 all titles were found; 1 some were not;\n4 usage; "
            "5 "
            "the scrape failed or was interrupted.\n\n"
            "Examples:\n"
            "  baton scrape http://example.org/blog\n"
            "  baton scrape --urls blogs.txt --json > titles.json\n"
            "  baton scrape --urls - --per-host 1 --model thread-per-socket\n"
            "  baton scrape --urls blogs.txt --dns 127.0.0.1:5353\n"
            "  baton scrape https://localhost:8443/ --cafile root.pem",
    };
    struct command c = {
        .task = {.link = SCRAPING_LINK, .title = SCRAPING_TITLE},
        .concurrency = 64,
        .per_host = 2,
        .timeout_ms = 5000,
    };
    int status = EXIT_USAGE;

    c.words = calloc((size_t)argc, sizeof(*c.words));
    if (!c.words)
        return EXIT_BROKEN;
    extract_init();
    if (options_read(&options, argc, argv, &c) && has_list(&c))
        status = run(&c);
    strands_finish(&c.task.strands);
    list_finish(&c.task.list);
    hosts_finish(&c.task.hosts);
    tls_context_destroy(c.task.tls);
    free(c.words);
    return status;
}
