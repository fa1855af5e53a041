/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/runners.h"

#include <errno.h>
#include <stdio.h>

#include "harness/grade/headers.h"
#include "harness/grade/sanitized.h"

int runner_find(enum runner which, char ret[PATH_MAX], char *why, size_t size)
{
    static const char name[] = "baton-conformance";

    if (which == RUNNER_THREAD)
        return sanitized_find("thread", ret, why, size);
    if (which == RUNNER_ADDRESS)
        return sanitized_find("address,undefined", ret, why, size);
    if (program_find(name, ret) == 0)
        return 0;
    snprintf(why, size, "%s did not come with this program", name);
    return -ECANCELED;
}
