/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SCRAPE_H
#define BATON_HARNESS_CLI_SCRAPE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/model.h"
#include "workloads/web/scraping.h"
#include "workloads/web/strands.h"

/*
 * The parts of `baton scrape`: the hosts and their addresses, the list of URLs,
 * the run of one model over it in a process of its own (a pass), and what a
 * person sees of that.
 */

/* Who is behind the authority of a URL, "host:port". */
struct host {
    uint32_t index;
    enum outcome outcome; /* OUTCOME_OK: `dial` is set */
    struct dial dial;
    char *name;            /* as a resolver takes it */
    const char *authority; /* `len` bytes */
    size_t len;
};

struct hosts {
    struct host **all; /* of the list, by index; constant during a pass */
    size_t n;
    void *known;          /* those, as a tree of tsearch(3) */
    bool busy;            /* an interrupted look-up still writes to them */
    bool loopback_only;   /* nobody else is asked or dialled during a pass */
    void *met;            /* on the way, by links and redirects */
    pthread_mutex_t lock; /* of `met`, and one is looked up at a time */
};

void hosts_init(struct hosts *h);
void hosts_finish(struct hosts *h);

/* The host of a URL of the list, new or not; or NULL without memory. */
struct host *hosts_add(struct hosts *h, const struct url *url);

/*
 * Finds the addresses of all, those that need a name server at once.  0, or
 * -EINTR after interrupt_came(), or -ENOMEM.
 */
int hosts_look_up(struct hosts *h);

/*
 * Whom to dial for any URL.  One that is not of the list is looked up now, by
 * waiting, and remembered.  Any thread may call it, after hosts_look_up().
 */
enum outcome hosts_dial(struct hosts *h, const struct url *url,
                        struct dial *ret);

/* What it means that getaddrinfo(3) returned this. */
enum outcome hosts_outcome(int error);

bool is_loopback(const struct dial *dial);

/* What is to be scraped. */

enum { LIST_MAX = 1000000 }; /* lines, or words */

struct target {
    char *url; /* normalized */
    struct host *host;
};

struct list {
    struct target *targets;
    size_t n;
    size_t bad; /* lines or words that were no URL, and were complained of */
};

/* EXIT_DONE, whatever stands in them; or an exit status after complaining. */
int list_take_words(struct list *l, struct hosts *h, char *words[], size_t n);
int list_read(struct list *l, struct hosts *h, const char *path); /* "-" */
void list_finish(struct list *l);

/* What all passes have in common. */
struct task {
    struct list list;
    struct hosts hosts;
    struct strands strands;
    size_t lanes;
    uint64_t timeout_ns;
    const char *link, *title; /* XPath */
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
    /* Called as sites arrive, and after each look at them; the context's. */
    void (*arrived)(void *context, uint32_t site);
    bool (*turn)(void *context); /* false: stop */
    void *context;
    bool keep; /* pass_sight() after arrived() too, not only of the rest */

    enum pass_end end;
    char why[160]; /* what there is to say of that, or "" */
    uint64_t elapsed_ns;
    size_t found;
    uint64_t by[OUTCOME_N]; /* sites that were not found */
    /* The rest is the pass's own. */
    struct row *rows;
    struct scraped *scraped;
    const _Atomic uint32_t *order;
    void *memory;
    bool *heard;
    uint16_t *full; /* how many of each block of sites arrived */
};

/*
 * Runs it to its end, whatever that is.  0, or -ENOMEM; pass_finish() after
 * either.  The signals are those of interrupt_catch().
 */
int pass_run(struct pass *p);
void pass_finish(struct pass *p);

/* What became of a site: while arrived() tells of it, or after the pass. */
struct sight {
    enum outcome outcome;              /* OUTCOME_OK: there is a title */
    const char *url, *article, *title; /* the latter two may be "" */
    uint16_t status;                   /* of HTTP, or 0 */
    bool tried;                        /* else it never came to an end */
    uint64_t elapsed_ns;
};
struct sight pass_sight(const struct pass *p, uint32_t site);

/* Why a model cannot run this task; or NULL. `room` may hold the words. */
const char *pass_gap(const struct task *t, const struct model *m, char *room,
                     size_t size);

/* What a person sees. */

struct show {
    const struct pass *pass;
    bool json, quiet; /* quiet: only progress */
    bool progress;    /* standard error is a terminal */
    uint64_t shown_ns;
};

void show_arrived(void *show, uint32_t site); /* struct show */
bool show_turn(void *show);                   /* false: nobody reads it */
/* After the pass: what never came to an end, in JSON; the classes. */
void show_rest(struct show *s);
void show_summary(const struct show *s);

/* Whether this stream is a terminal that would not take UTF-8. */
bool show_ascii(int fd);

/* Every model over the list, `first` before the others; the exit status. */
int scrape_compare(struct task *t, const struct model *first, bool json);

#endif
