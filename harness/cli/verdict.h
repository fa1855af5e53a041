/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_VERDICT_H
#define BATON_HARNESS_CLI_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/cli/cli.h"

struct verdict_command {
    struct session session;
    const char *from;
    bool references, list;
    char **ids; /* for free() */
    size_t n_ids;
};

/* Which claims there are, and which can be decided here. */
int verdict_list(struct verdict_command *c);

#endif
