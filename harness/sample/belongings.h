/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_BELONGINGS_H
#define BATON_HARNESS_SAMPLE_BELONGINGS_H

#include <stdint.h>

/* What this process has at the moment. */

/* A number of /proc/self/status: of "Threads:", of "VmHWM:", in KiB. */
uint64_t belongings_status(const char *name);
/*
 * Threads that have not ended.  The kernel keeps one for a moment after
 * pthread_join() has returned, and counts it in "Threads:"; nobody left it.
 */
uint64_t belongings_threads(void);
/* Open descriptors. */
uint64_t belongings_fds(void);
/* Bytes in use; what a thread keeps for its next malloc() counts as such. */
uint64_t belongings_heap(void);

/*
 * The most of both that belongings_census() has found.  It may be called by two
 * lanes' threads at once.
 */
extern struct census {
    uint64_t threads, fds;
} census;
void belongings_census(void);

#endif
