/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_FETCH_H
#define BATON_WORKLOADS_WEB_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kinds/journal.h"
#include "workloads/kinds/layers.h"
#include "workloads/web/http.h"
#include "workloads/workload.h"

/*
 * What the protocols of pages share: a lane dials, asks, reads the answer while
 * there is time, and fills a row of the journal.
 */
struct fetch;

/* Of all lanes of a cell, which do not change it. */
struct fetch_job {
    size_t lanes, items; /* items: rows of the journal */
    size_t workers;      /* as in struct connections */
    size_t lane_size;    /* of a lane's state, which begins with struct fetch */
    size_t keep;         /* where in it a struct http_keep is; 0: nowhere */
    uint64_t timeout_ns; /* for each phase */
    uint64_t max_body;
    bool offload;           /* as in struct connections */
    struct ssl_ctx_st *tls; /* freed with it; NULL: there is none */
    bool foreign; /* the server is not ours: its pages are not in memory */
    enum verb (*start)(struct fetch *f, uint64_t now);
    /* Connected: sends the request, with fetch_ask(). */
    enum verb (*ask)(struct fetch *f, uint64_t now);
    /* The answer is complete, or will not come: `error` is 0 or -errno. */
    enum verb (*end)(struct fetch *f, enum outcome outcome, int error,
                     uint64_t now);
    /* The body, as it comes; NULL: it is not wanted. */
    void (*body)(struct http *http, const char *at, size_t len);
    /* After CONN_WORK, which end() may answer; NULL: it does not. */
    enum work_left (*work)(struct fetch *f);
    enum verb (*worked)(struct fetch *f, uint64_t now);
};

struct fetch {
    struct conn *conn;
    const struct fetch_job *job;
    struct http http;
    enum phase phase;
    uint32_t item;  /* its row */
    uint32_t dials; /* for it, those to a resolver included */
    uint64_t start_ns, first_ns;
    uint64_t read_ns; /* when the driver came with the last bytes */
};

static inline struct fetch *fetch_of(struct http *http)
{
    return (struct fetch *)((char *)http - offsetof(struct fetch, http));
}

static inline struct journal *fetch_journal(const struct fetch *f)
{
    return f->conn->layers->journal;
}

/* The lane turns to an item; its row is filled with what the last page was. */
void fetch_begin(struct fetch *f, uint32_t item, uint64_t now);
/* As if a server had answered so, for the row. */
void fetch_refuse(struct fetch *f, uint16_t status);
void fetch_write_row(const struct fetch *f, enum outcome outcome, int error,
                     uint64_t now);

/*
 * The address for connection `number`: two addresses have no more connections
 * between them than there are local ports, so many go to several.
 */
void fetch_server(const struct dial *first, uint64_t addresses, uint64_t number,
                  struct dial *ret);

/*
 * To conn->dial; to another address within the time of that dial; and there, a
 * request that stays put until it is sent.
 */
enum verb fetch_dial(struct fetch *f, uint64_t now);
enum verb fetch_redial(struct fetch *f);
enum verb fetch_ask(struct fetch *f, const void *request, size_t len,
                    uint64_t now);

/*
 * prepare(), aim() and finish() of such a workload.  `job` is the beginning of
 * something on the heap, and is freed with it, even by an error.
 */
int fetch_prepare(struct work *w, const struct setup *s, struct fetch_job *job);
void fetch_aim(struct work *w, const struct setup *s, void *results);
void fetch_finish(struct work *w);

#endif
