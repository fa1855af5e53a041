/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/decoding.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

/*
 * Of a piece: what zlib reads takes time as well as what it writes, since a
 * block may have tables and no data.
 */
enum { PIECE_IN = 16 << 10, PIECE_OUT = 256 << 10, FIRST_ROOM = 64 << 10 };

const char decoding_accepted[] = "gzip, deflate";
const bool decoding_works = true;

struct decoding {
    z_stream z; /* next_in and avail_in are set for each piece */
    const unsigned char *at, *end;
    unsigned char *out;
    size_t len, size, max;
    enum coding coding;
};

/* Servers send "deflate" with the header of zlib, as it is meant, and raw. */
static int window_bits(enum coding coding, const unsigned char *at, size_t len)
{
    if (coding == CODING_GZIP)
        return 16 + MAX_WBITS;
    return len >= 2 && (at[0] & 15) == Z_DEFLATED && at[0] >> 4 <= 7 &&
                   (at[0] << 8 | at[1]) % 31 == 0
               ? MAX_WBITS
               : -MAX_WBITS;
}

struct decoding *decoding_create(enum coding coding, const char *data,
                                 size_t len, size_t max)
{
    struct decoding *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->at = (const unsigned char *)data;
    d->end = d->at + len;
    d->max = max;
    d->coding = coding;
    if (inflateInit2(&d->z, window_bits(coding, d->at, len)) == Z_OK)
        return d;
    free(d);
    return NULL;
}

/* Room for one byte at least, which may be one more than there may be. */
static bool reserve(struct decoding *d)
{
    size_t size = d->size ? 2 * d->size : FIRST_ROOM;
    unsigned char *grown;

    if (d->len < d->size)
        return true;
    if (size > d->max + 1)
        size = d->max + 1;
    grown = realloc(d->out, size);
    if (!grown)
        return false;
    d->out = grown;
    d->size = size;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* zlib's result for the next bytes; *in and *out are what is left of a piece.
 */
static int inflate_some(struct decoding *d, size_t *in, size_t *out)
{
    size_t given = least(*in, (size_t)(d->end - d->at));
    size_t room = least(*out, d->size - d->len);
    int result;

    d->z.next_in = (unsigned char *)d->at;
    d->z.avail_in = (unsigned)given;
    d->z.next_out = d->out + d->len;
    d->z.avail_out = (unsigned)room;
    result = inflate(&d->z, Z_NO_FLUSH);
    given -= d->z.avail_in;
    room -= d->z.avail_out;
    d->at += given;
    d->len += room;
    *in -= given;
    *out -= room;
    return result;
}

static bool has_member(const struct decoding *d)
{
    return d->coding == CODING_GZIP && d->end - d->at >= 2 &&
           d->at[0] == 0x1f && d->at[1] == 0x8b;
}

/* DECODED_MORE: it goes on. */
static enum decoded decode_some(struct decoding *d, size_t *in, size_t *out)
{
    int result;

    if (!reserve(d))
        return DECODED_NO_MEMORY;
    result = inflate_some(d, in, out);
    if (d->len > d->max)
        return DECODED_TOO_BIG;
    if (result == Z_STREAM_END)
        return has_member(d) && inflateReset(&d->z) == Z_OK ? DECODED_MORE
                                                            : DECODED_DONE;
    if (result == Z_MEM_ERROR)
        return DECODED_NO_MEMORY;
    if (result != Z_OK && result != Z_BUF_ERROR)
        return DECODED_BROKEN;
    /* It has said all that it could of what there is. */
    return d->at == d->end && d->z.avail_out > 0 ? DECODED_CUT : DECODED_MORE;
}

enum decoded decoding_work(struct decoding *d)
{
    size_t in = PIECE_IN, out = PIECE_OUT;
    enum decoded decoded = DECODED_MORE;

    while (decoded == DECODED_MORE && in > 0 && out > 0)
        decoded = decode_some(d, &in, &out);
    return decoded;
}

char *decoding_take(struct decoding *d, size_t *ret_len)
{
    char *out = (char *)d->out;

    *ret_len = d->len;
    d->out = NULL;
    return out;
}

void decoding_destroy(struct decoding *d)
{
    if (!d)
        return;
    inflateEnd(&d->z);
    free(d->out);
    free(d);
}
