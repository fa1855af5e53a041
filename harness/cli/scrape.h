/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SCRAPE_H
#define BATON_HARNESS_CLI_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/process/child.h"
#include "models/model.h"
#include "workloads/web/scraping.h"
#include "workloads/web/strands.h"

/*
 * The parts of `baton scrape`: the hosts of the list, the list of URLs, the
 * process that looks names up, the run of one model over the list in a process
 * of its own (a pass), and its output.
 */

/* Scheme and authority of a URL, "http://host:port". */
struct host {
    uint32_t index;
    char root[];
};

struct hosts {
    size_t n;
    void *known; /* a tree of tsearch(3) */
};

void hosts_finish(struct hosts *h);

/* The host of a URL of the list, new or not; or NULL without memory. */
const struct host *hosts_add(struct hosts *h, const struct url *url);

/*
 * The process that answers the questions of workloads/web/lookup.h, and keeps
 * the answers for the run.
 */
struct places;
struct resolver_process {
    struct child child;
    struct resolver resolver;
    /* Set before it starts; without servers it asks those of a file. */
    struct dns_servers servers;
    const char *resolv_conf; /* NULL: that of the system */
    struct places *places;   /* for the rules of robots.txt; NULL: none */
    struct ssl_ctx_st *tls;  /* for that of https */
    uint64_t timeout_ns;     /* of a name that is asked for by DNS */
    const char *hosts_file;  /* NULL: that of the system */
};

/*
 * 0 or -errno, with which all that ask are refused.  resolver_stop() after 0:
 * whether it had been running until then; if not, `why` says how it ended.
 */
int resolver_start(struct resolver_process *p);
bool resolver_stop(struct resolver_process *p, char *why, size_t size);

/*
 * "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT", where there are fewer than
 * DNS_SERVERS; false: it is none.
 */
bool servers_add(struct dns_servers *s, const char *text);
/* Those of resolv.conf(5), or 127.0.0.1. */
void servers_read(struct dns_servers *s, const char *path);

enum { LIST_MAX = 1000000 }; /* lines, or words */

struct target {
    char *url; /* normalized */
    const struct host *host;
};

struct list {
    struct target *targets;
    size_t n;
    size_t bad; /* lines or words that are not a URL; they were reported */
};

/* EXIT_DONE, also with bad ones; or an exit status after complaining. */
int list_take_words(struct list *l, struct hosts *h, char *words[], size_t n);
int list_read(struct list *l, struct hosts *h, const char *path); /* "-" */
void list_finish(struct list *l);

/* What is to be done. */
struct task {
    struct list list;
    struct hosts hosts;
    struct strands strands;
    struct resolver_process names;
    bool robots; /* robots.txt is obeyed */
    size_t lanes;
    uint64_t timeout_ns;
    const char *link, *title; /* XPath */
    struct ssl_ctx_st *tls;   /* NULL: this build has none */
};

enum pass_end {
    PASS_DONE,
    PASS_GAVE_UP, /* the model had no threads or memory for all lanes */
    PASS_BROKE,   /* crashed, or ended before it was done */
    PASS_STOPPED, /* by a signal, or by turn() */
};

/* One model over the list. */
struct pass {
    struct task *task;
    const struct model *model;
    /* Called for each site that arrives, and after each look for more. */
    void (*arrived)(void *context, uint32_t site);
    bool (*turn)(void *context); /* false: stop */
    void *context;

    enum pass_end end;
    char why[160]; /* the reason for that end, or "" */
    uint64_t elapsed_ns;
    size_t found, failed;
    uint64_t by[OUTCOME_N]; /* those that failed */
    size_t handshakes;      /* of TLS, and their CPU time */
    uint64_t handshake_ns;
    /* The rest is the pass's own. */
    struct child child;
    struct row *rows;
    struct scraped *scraped;
    const _Atomic uint32_t *order;
    size_t taken; /* entries of `order` */
    void *memory;
    bool *seen;     /* that arrived, by site */
    uint16_t *full; /* how many of each block of sites arrived */
};

/*
 * Runs it to its end, also where the model fails.  0, or -ENOMEM; pass_finish()
 * after either.  The signals are those of interrupt_catch().
 */
int pass_run(struct pass *p);
void pass_finish(struct pass *p);

/* Of one site; its texts are valid in arrived(), or if it never arrived. */
struct result {
    enum outcome outcome;              /* OUTCOME_OK: there is a title */
    const char *url, *article, *title; /* the latter two may be "" */
    const char *reason;                /* of an error of TLS, or "" */
    uint16_t status;                   /* of HTTP, or 0 */
    bool tried;                        /* false: it never arrived */
    uint64_t elapsed_ns;
};
struct result pass_result(const struct pass *p, uint32_t site);

/* Whether a model can run this task; else why not. */
bool pass_possible(const struct task *t, const struct model *m, char *why,
                   size_t size);

/* The output. */
struct show {
    const struct pass *pass;
    bool json;
    bool progress; /* standard error is a terminal */
    uint64_t shown_ns;
};

void show_arrived(void *show, uint32_t site); /* struct show */
bool show_turn(void *show); /* false: the output cannot be written */
/* After the pass: in JSON the sites that never arrived; the summary. */
void show_rest(struct show *s);
void show_summary(const struct show *s);

#endif
