/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_WEB_DECODING_H
#define BATON_WORKLOADS_WEB_DECODING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A body in a content coding, decoded in pieces: after each, the caller may do
 * something else.  The decoded body has a bound, however small the coded one.
 */
enum coding {
    CODING_NONE,
    CODING_GZIP,
    CODING_DEFLATE, /* in the format of zlib, or raw */
    CODING_OTHER,   /* another one, or more than one */
};

/* The coding of that name; CODING_NONE: that is none, or not registered. */
enum coding coding_find(const char *name);

/* For Accept-Encoding; "identity" in a build without zlib. */
extern const char decoding_accepted[];
extern const bool decoding_works; /* false: no coding is decoded */

enum decoded {
    DECODED_MORE,
    DECODED_DONE,
    DECODED_CUT,     /* the body ends before the coded data does */
    DECODED_BROKEN,  /* it is not in that coding */
    DECODED_TOO_BIG, /* more than `max` bytes */
    DECODED_NO_MEMORY,
};

/*
 * Of gzip or deflate, `len` bytes that stay put until decoding_destroy(); NULL:
 * no memory.
 */
struct decoding;
struct decoding *decoding_create(enum coding coding, const char *data,
                                 size_t len, size_t max);
/*
 * The next piece, of about a millisecond; after DECODED_MORE or for the first
 * time.  Members of gzip may follow one another; what is behind the coded data
 * and is no member is ignored, as browsers do.
 */
enum decoded decoding_work(struct decoding *d);
/* After DECODED_DONE: the caller frees it; NULL: no byte came. */
char *decoding_take(struct decoding *d, size_t *ret_len);
/* Accepts NULL. */
void decoding_destroy(struct decoding *d);

#endif
