/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_CLAIMS_KEYS_H
#define BATON_HARNESS_RESULTS_CLAIMS_KEYS_H

#include <stddef.h>

#include "harness/results/claims.h"

/* Of a file, while it is read. */
struct reader {
    struct claims *claims;
    struct claim *claim; /* the file's; of `sets` NULL */
    const unsigned *line;
    char *why; /* the first error, without its file and line */
    size_t size;
};

/* Says why in words, unless that was said.  -EINVAL. */
__attribute__((format(printf, 2, 3))) int
claims_refuse(struct reader *r, const char *format, ...);
/* Takes a line NAME=VALUE of a file, for text_pairs(): 0 or -errno. */
int claims_set_key(void *reader, const char *name, const char *value);
/* 0 or -ENOMEM. */
int name_list_add(struct name_list *list, const char *name);

#endif
