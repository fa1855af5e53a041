/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/kind.h"

#include <stdint.h>
#include <string.h>

size_t ability_at_once(const struct ability *a, size_t n, size_t workers)
{
    size_t most = SIZE_MAX;

    if (a->at_once == AT_ONCE_ONE)
        most = 1;
    if (a->at_once == AT_ONCE_WORKERS)
        most = workers ? workers : MODEL_WORKERS;
    return n < most ? n : most;
}

const struct metric *kind_metric(const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < kind->n_metrics; i++)
        if (strcmp(kind->metrics[i].name, name) == 0)
            return &kind->metrics[i];
    return NULL;
}

bool kind_weighs(const struct kind *kind)
{
    for (size_t i = 0; i < kind->n_metrics; i++)
        if (kind->metrics[i].growth)
            return true;
    return false;
}
