/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/workload.h"

#include <string.h>

#include "workloads/clock.h"

const struct workload *workload_find(const char *name)
{
    for (size_t i = 0; i < n_workloads; i++)
        if (strcmp(workloads[i]->name, name) == 0)
            return workloads[i];
    return NULL;
}

int workload_parameter(const struct workload *w, const char *name)
{
    for (size_t i = 0; i < w->n_parameters; i++)
        if (strcmp(w->parameters[i].name, name) == 0)
            return (int)i;
    return -1;
}

uint64_t workload_workers(const struct workload *w, const uint64_t values[])
{
    int i = workload_parameter(w, "workers");

    return i < 0 ? 0 : values[i];
}

uint64_t workload_cpus(const struct workload *w, const uint64_t values[])
{
    int i = workload_parameter(w, "cpus");

    return i < 0 ? 0 : values[i];
}

uint64_t workload_names(const struct workload *w, const uint64_t values[])
{
    int i = workload_parameter(w, "names");

    return i < 0 ? 0 : values[i];
}

uint64_t workload_tls(const struct workload *w, const uint64_t values[])
{
    int i = workload_parameter(w, "tls");

    return i < 0 ? 0 : values[i];
}

bool workload_offloads(const struct workload *w, const uint64_t values[])
{
    int i = workload_parameter(w, "offload");

    return i >= 0 && values[i];
}

uint64_t workload_deadline_ns(const struct workload *w, const uint64_t values[])
{
    int i = workload_parameter(w, "timeout-ms");

    return i < 0 ? 0 : values[i] * NS_PER_MS;
}

const struct item_times *workload_times(const struct workload *w)
{
    return w->times ? w->times : w->kind->times;
}

void workload_presets(const struct workload *w, uint64_t values[])
{
    for (size_t i = 0; i < w->n_parameters; i++)
        values[i] = w->parameters[i].preset;
}
