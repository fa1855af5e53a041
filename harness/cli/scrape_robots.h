/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_SCRAPE_ROBOTS_H
#define BATON_HARNESS_CLI_SCRAPE_ROBOTS_H

#include "harness/origin/loop.h"
#include "workloads/kinds/outcome.h"
#include "workloads/web/lookup.h"
#include "workloads/web/places.h"

/* How the resolver process of a scrape fetches a robots.txt. */
struct robots_source {
    struct loop *loop;
    const struct resolver *resolver; /* itself */
    struct places *places;           /* NULL: it fetches none */
    struct ssl_ctx_st *tls;          /* NULL: none of https */
    uint64_t timeout_ns;             /* for each phase */
};

/*
 * Fetches that of `root`, "http://host:port", in the loop.  done() is called
 * once, also before this returns: with OUTCOME_OK its rules are in `places`.
 * 0, or -errno: it will not be called.
 */
int robots_source_ask(const struct robots_source *s, const char *root,
                      void (*done)(void *context, enum outcome outcome),
                      void *context);

#endif
