/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_PROCESS_USAGE_H
#define BATON_HARNESS_SAMPLE_PROCESS_USAGE_H

#include <stdint.h>

/* What this process, or the tree of processes below it, has at the moment. */

/* A number of /proc/self/status: of "Threads:", of "VmHWM:", in KiB. */
uint64_t usage_status(const char *name);
/*
 * Threads that have not ended.  The kernel keeps one for a moment after
 * pthread_join() has returned, and counts it in "Threads:"; it is not a leak.
 */
uint64_t usage_threads(void);
/* How long the first thread has waited for a CPU, in ns. */
uint64_t usage_cpu_wait(void);
/* Open descriptors. */
uint64_t usage_fds(void);
/* Bytes in use; what a thread keeps for its next malloc() counts as such. */
uint64_t usage_heap(void);

/*
 * Children that were not reaped, of the first thread: the children of a thread
 * that has ended are the first one's.
 */
uint64_t usage_children(void);

/*
 * Ends all children of the first thread, and theirs where this process is their
 * subreaper, and reaps them; how many were still running.
 */
uint64_t usage_end_children(void);

/*
 * Memory, in bytes.  The kernel's is that of the whole machine: what it cannot
 * reclaim of its objects, stacks of threads, page tables.  Memory that
 * processes share, as results are, is not counted.
 */
struct usage_memory {
    uint64_t own; /* of the tree of processes */
    uint64_t kernel;
};

/*
 * The most that usage_sample_peak() has found: of this process and of all below
 * it, whose inherited descriptors are counted, too.  Several threads and
 * processes may sample at once, since the memory is shared; only forked ones
 * after usage_share_peak() do, which is 0, or -errno.
 */
struct usage_peak {
    _Atomic uint64_t threads, fds;
    /* Memory of the processes below alone, that they do not share. */
    _Atomic uint64_t children_bytes;
    /* What is there more than in usage_begin_growth(). */
    _Atomic uint64_t own_growth, kernel_growth;
};
extern struct usage_peak *usage_peak;
int usage_share_peak(void);
void usage_sample_peak(void);

/*
 * From here on memory grows; without it that is not measured.  What ended
 * before, as the sample before this one, may still be freed: waits for that,
 * for up to a second.
 */
void usage_begin_growth(void);

#endif
