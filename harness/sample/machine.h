/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_MACHINE_H
#define BATON_HARNESS_SAMPLE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "models/model.h"
#include "workloads/workload.h"

/* What this machine allows; UINT64_MAX: no limit, or not to be found out. */
struct limits {
    uint64_t fds_hard;    /* RLIMIT_NOFILE */
    uint64_t user_tasks;  /* RLIMIT_NPROC; does not bind root */
    uint64_t threads_max; /* kernel.threads-max */
    uint64_t pid_max;     /* kernel.pid_max */
    uint64_t map_count;   /* vm.max_map_count; a thread takes two */
    uint64_t cgroup_pids; /* pids.max less pids.current, innermost cgroup */
    uint64_t ports;       /* ip_local_port_range */
    uint64_t memory;      /* MemAvailable */
};

void machine_limits(struct limits *ret);

/*
 * 0, or -EDQUOT and a sentence that names the limit and how to raise it.
 */
int machine_allows(const struct limits *l, const struct demand *d,
                   enum unit unit, char *why, size_t size);

/* Soft limits up to the hard ones, for this process and its children. */
void machine_raise_limits(void);
/* Back to what this process was given: for programs that are not ours. */
void machine_restore_limits(void);

/* "0-3,5" for this process; 0 or -errno. */
int machine_pin(const char *cpus);
/*
 * At most n of the CPUs that this process may use, the last ones: the first one
 * often serves interrupts.  0 or -errno.
 */
int machine_narrow(uint64_t n);
/* Whether machine_pin() would take it; 0 or -errno, and nothing changes. */
int machine_check_pin(const char *cpus);

/*
 * From here on this process and its children load what they have just stored
 * at one speed.  A processor that may forward a store to a load before it knows
 * the address has two, one several times the other, and changes between them
 * for reasons that are not in the code (spec_ctrl.rst of the kernel's
 * documentation, PR_SPEC_STORE_BYPASS).  False: it cannot be had here.
 */
bool machine_disable_store_bypass(void);

/* Jiffies stolen from the whole machine since boot. */
uint64_t machine_steal(void);
/* Jiffies of CPU time of all its processes since boot. */
uint64_t machine_used(void);
double machine_load(void);

/* CPU, how many of them, and the kernel: what results are of. */
void machine_name(char *out, size_t size);

/*
 * Which machine this is: its name and a hash of its machine-id, which tells
 * machines of one name apart.
 */
void machine_host(char *out, size_t size);

/* `# key=value` lines on kernel, CPUs, limits, tuning. */
void machine_describe(FILE *out);

/* Whether the kernel trusts the clock of ticks() in workloads/ticks.h. */
bool machine_ticks(void);

#endif
