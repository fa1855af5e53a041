/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/grade/runners.h"

#include <errno.h>
#include <stdio.h>

#include "harness/grade/headers.h"

int runner_find(enum runner which, char ret[PATH_MAX], char *why, size_t size)
{
    static const char name[] = "baton-conformance";

    if (which == RUNNER_PLAIN && program_find(name, ret) == 0)
        return 0;
    snprintf(why, size, "%s%s did not come with this program", name,
             which == RUNNER_PLAIN ? "" : " with this sanitizer");
    return -ECANCELED;
}
