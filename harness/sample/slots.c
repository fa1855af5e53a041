/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_SLOTS = 200000, CALIBRATION_SLOTS = 256 };

static const size_t max_results = (size_t)256 << 20; /* bytes a sample */

uint64_t slots_most(const struct cell *cell)
{
    size_t stride = cell->workload->results_size(&cell->setup);
    uint64_t most = max_results / stride;

    if (most > MAX_SLOTS)
        most = MAX_SLOTS;
    return most > 2 ? most - 1 : 1;
}

int slots_open(const struct cell *cell, struct slots *ret)
{
    struct slots r = {.fd = memfd_create("baton-results", MFD_CLOEXEC)};
    uint64_t most = slots_most(cell);

    if (r.fd < 0)
        return -errno;
    r.stride = cell->workload->results_size(&cell->setup);
    r.n = 1 + cell->iterations;
    if (!cell->iterations)
        r.n = 1 + (most < CALIBRATION_SLOTS ? most : CALIBRATION_SLOTS);
    r.bytes = MAP_FAILED;
    if (ftruncate(r.fd, (off_t)(r.n * r.stride)) == 0)
        r.bytes = mmap(NULL, r.n * r.stride, PROT_READ | PROT_WRITE, MAP_SHARED,
                       r.fd, 0);
    if (r.bytes == MAP_FAILED) {
        int error = -errno;

        close(r.fd);
        return error;
    }
    *ret = r;
    return 0;
}

static const struct journal *journal_at(const struct slots *r, size_t slot)
{
    return (const void *)(r->bytes + slot * r->stride);
}

int slots_journal(const struct cell *cell, const struct slots *r,
                  struct journal **ret)
{
    size_t size = journal_size(cell->workload->items(&cell->setup));
    size_t slot = r->n - 1;

    while (slot > 0 && !journal_at(r, slot)->begun)
        slot--;
    *ret = malloc(size);
    if (!*ret)
        return -ENOMEM;
    memcpy(*ret, journal_at(r, slot), size);
    return 0;
}

void slots_close(struct slots *r)
{
    munmap(r->bytes, r->n * r->stride);
    close(r->fd);
}
