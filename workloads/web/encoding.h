/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_ENCODING_H
#define BATON_WORKLOADS_WEB_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The encodings of the Encoding standard (encoding.spec.whatwg.org): their
 * labels by a table, their characters by ICU's converters, which are corrected
 * where they differ.  Sequences that are valid there give the characters of the
 * standard; others give U+FFFD, not always as many.  Any thread may call this.
 */
struct encoding;

struct utf8 {
    const char *data; /* valid UTF-8 without NULs */
    size_t len;
    char *own; /* free() it: NULL where the page was just that */
    const struct encoding *from;
};

/* By one of its labels, white space around it left out; NULL: by none. */
const struct encoding *encoding_find(const char *label, size_t len);
const struct encoding *encoding_utf8(void);

const char *encoding_name(const struct encoding *e);
bool encoding_is_utf16(const struct encoding *e);

bool encoding_is_valid_utf8(const char *data, size_t len);

/*
 * NULs are left out: HTML has no use for them, and C libraries take one for the
 * end.  0 or -errno.
 */
int encoding_decode(const struct encoding *e, const char *data, size_t len,
                    struct utf8 *ret);

/*
 * What forms and links in pages of this encoding send (UTF-8 in those of
 * UTF-16).  A character that it lacks is its number between two NULs.  Returns
 * the length, which may exceed `size`, or -errno.
 */
long encoding_encode(const struct encoding *e, const char *utf8, size_t len,
                     char *out, size_t size);

#endif
