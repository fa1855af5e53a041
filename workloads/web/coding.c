/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <strings.h>

#include "workloads/web/decoding.h"

/* What is registered; browsers ignore other names, which servers do send. */
enum coding coding_find(const char *name)
{
    static const struct {
        const char *name;
        enum coding coding;
    } rows[] = {
        {"gzip", CODING_GZIP},          {"x-gzip", CODING_GZIP},
        {"deflate", CODING_DEFLATE},    {"compress", CODING_OTHER},
        {"x-compress", CODING_OTHER},   {"br", CODING_OTHER},
        {"zstd", CODING_OTHER},         {"dcb", CODING_OTHER},
        {"dcz", CODING_OTHER},          {"exi", CODING_OTHER},
        {"pack200-gzip", CODING_OTHER}, {"aes128gcm", CODING_OTHER},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!strcasecmp(name, rows[i].name))
            return rows[i].coding;
    return CODING_NONE;
}
