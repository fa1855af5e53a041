/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/watch/free_run.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/sample/machine.h"

int free_run_prepare(struct free_run *r)
{
    uint64_t cpus = workload_cpus(r->workload, r->setup.values);
    int error = model_probe(r->model);

    if (!error && cpus)
        error = machine_narrow(cpus);
    if (!error)
        error = r->workload->prepare(&r->work, &r->setup);
    if (error)
        return error;
    /* Shared, for models made of processes. */
    r->size = r->workload->results_size(&r->setup);
    r->results = mmap(NULL, r->size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (r->results != MAP_FAILED)
        return 0;
    r->results = NULL;
    return -errno;
}

int free_run_once(struct free_run *r, uint64_t *ret_final)
{
    const struct counting *job = r->work.job;
    int error;

    memset(r->results, 0, r->size);
    r->workload->aim(&r->work, &r->setup, r->results);
    error = model_run(r->model, r->workload->kind, r->work.job);
    if (error)
        return error;
    if (job->gate->entered != job->tasks || job->gate->left != job->tasks)
        return -EPROTO;
    *ret_final = *job->counter;
    return 0;
}

void free_run_finish(struct free_run *r)
{
    if (r->results)
        munmap(r->results, r->size);
    if (r->work.job)
        r->workload->finish(&r->work);
    r->results = NULL;
}
