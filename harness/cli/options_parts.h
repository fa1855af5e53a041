/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_CLI_OPTIONS_PARTS_H
#define BATON_HARNESS_CLI_OPTIONS_PARTS_H

#include <argp.h>

#include "harness/cli/cli.h"

/* Of the commands that have one of these bits in `common`. */
struct common_row {
    unsigned bit;
    struct option_row row;
};
extern const struct common_row common_rows[];
extern const size_t n_common_rows;

/*
 * Why these options of a part do not go together, or NULL.  `budget`: each of
 * its groups has one instead of rounds.
 */
const char *options_refuse_part(const struct asked *asked, bool budget);
/* "1,10,100" for the parameter with this index. */
void sweeps_take(struct sweeps *s, size_t index, const char *arg,
                 struct argp_state *state);

#endif
