/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_SERVE_H
#define BATON_HARNESS_SAMPLE_SERVE_H

#include <stdbool.h>

#include "harness/origin/origin.h"
#include "harness/sample/plan.h"

/* The run's own origin, where cells of a plan have to have one. */
struct server {
    struct origin origin;
    char host[32]; /* "127.0.0.1:8080" */
};

bool serve_is_needed(const struct plan *plan);

/* Starts it, on the CPUs of `pin` unless NULL.  0 or -errno. */
int serve_start(struct server *server, const char *pin);

/* Tells the cells that talk to no server of their own; it must outlive them. */
void serve_plan(const struct server *server, struct plan *plan);

#endif
