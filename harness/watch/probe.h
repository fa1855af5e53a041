/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_WATCH_PROBE_H
#define BATON_HARNESS_WATCH_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a thread of this process does, as the kernel has it. */
enum probed {
    PROBED_RUNS,   /* or could */
    PROBED_PAUSES, /* it sleeps for a time, as some locks that spin do */
    PROBED_ASLEEP, /* in a system call that another thread has to end */
    PROBED_GONE,
};

/* A thread's files in /proc/self/task, open. */
struct probe {
    int call, state; /* "syscall" and "stat" */
};

/* 0; or -errno, and nothing is open. */
int probe_open(pid_t tid, struct probe *ret);
void probe_close(struct probe *p);
enum probed probe(const struct probe *p);
/* CPU time of a thread of this process; 0 where it is gone. */
uint64_t probe_cpu_ns(pid_t tid);
/*
 * Whether all threads but the calling one are asleep: at two looks one after
 * another, or, to be sure, with a pause between more of them, for one thread
 * may have woken another that was looked at before.
 */
bool probe_all_asleep(bool sure);

#endif
