/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/lanes.h"

#include <errno.h>
#include <sys/mman.h>

#include "workloads/workload.h"

static size_t round_up(size_t size)
{
    return (size + 63) & ~(size_t)63;
}

int lanes_map(struct lanes *l, size_t n, size_t state_size)
{
    size_t conns = round_up(n * sizeof(*l->conns));
    size_t layers = round_up(n * sizeof(*l->layers));
    char *at;

    *l = (struct lanes){.n = n, .state_size = round_up(state_size)};
    l->size = conns + layers + n * l->state_size;
    at = mmap(NULL, l->size, PROT_READ | PROT_WRITE,
              MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED)
        return -errno;
    l->conns = (struct conn *)at;
    l->layers = (struct layers *)(at + conns);
    l->states = at + conns + layers;
    return 0;
}

void lanes_unmap(struct lanes *l)
{
    if (l->conns)
        munmap(l->conns, l->size);
    *l = (struct lanes){0};
}

void *lanes_state(const struct lanes *l, size_t index)
{
    return l->states + index * l->state_size;
}

void lanes_aim(struct lanes *l, const struct work *w,
               const struct protocol *protocol, struct journal *journal)
{
    for (size_t i = 0; i < l->n; i++) {
        l->conns[i] = (struct conn){
            .deadline_ns = UINT64_MAX,
            .index = (uint32_t)i,
            .layers = &l->layers[i],
        };
        l->layers[i] = (struct layers){
            .protocol = protocol,
            .state = lanes_state(l, i),
            .journal = journal,
            .sample_peak = w->sample_peak,
            .trace = w->trace,
        };
    }
}
