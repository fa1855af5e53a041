/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of a build without zlib: it asks for no coding, and decodes none. */
#include "workloads/web/decoding.h"

const char decoding_accepted[] = "identity";
const bool decoding_works = false;

struct decoding *decoding_create(enum coding coding, const char *data,
                                 size_t len, size_t max)
{
    (void)coding, (void)data, (void)len, (void)max;
    return NULL;
}

enum decoded decoding_work(struct decoding *d)
{
    (void)d;
    return DECODED_BROKEN;
}

char *decoding_take(struct decoding *d, size_t *ret_len)
{
    (void)d, (void)ret_len;
    return NULL;
}

void decoding_destroy(struct decoding *d)
{
    (void)d;
}
