/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_PLAIN_H
#define BATON_WORKLOADS_WEB_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/web/bounded.h"

/*
 * Plain text is most of many pages, and an HTML 5 parser takes each of its
 * characters through all its states: 50 ns a character.  So each run of it is
 * replaced by a mark of two characters before parsing, and put back into the
 * tree.
 *
 * A run begins behind a '>' and the white space that follows it, and ends
 * before any character by which a tokenizer could leave the state it is in.
 * Behind a '>' it is in the text of an element, in a quoted value or in a
 * comment, and in each the characters of a run stay what they are.  (In a
 * frameset, where text is dropped, white space inside of it is dropped, too.)
 */
struct plain_run {
    uint32_t at, len;
};

struct plain {
    const char *text; /* the page; runs[] are in it */
    struct plain_run *runs;
    uint32_t n;
    char *short_text; /* with marks in place of the runs */
    size_t short_len;
};

/*
 * In body().  `text` is valid UTF-8 without controls, except for white space,
 * and stays.  False: not worth it, or marks could be mistaken for what the page
 * has.
 */
bool plain_shorten(struct bounded *b, const char *text, size_t len,
                   struct plain *ret);

/* In body(): a string with its runs again; frees `from` if it had marks. */
char *plain_restore(struct bounded *b, const struct plain *p, char *from);

#endif
