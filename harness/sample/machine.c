/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/machine.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>

#include "harness/results/text.h"

static uint64_t read_number(const char *path, uint64_t otherwise)
{
    char line[64], *end;
    uint64_t value;

    text_first_line(path, line, sizeof(line));
    value = strtoull(line, &end, 10);
    return end == line ? otherwise : value;
}

/* The value behind "name" in a file of "name ... value" lines. */
static void find_field(const char *path, const char *name, char *out,
                       size_t size)
{
    FILE *file = fopen(path, "re");
    char line[512];

    out[0] = '\0';
    while (file && !out[0] && fgets(line, sizeof(line), file)) {
        char *value;

        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        value = line + strlen(name);
        value += strspn(value, " \t:");
        snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
    }
    if (file)
        fclose(file);
}

/* What is left of pids.max in this group or any above it. */
static uint64_t cgroup_pids_below(const char *mount, char *group)
{
    uint64_t left = UINT64_MAX;

    for (;;) {
        char path[1024];
        uint64_t max, current;
        char *slash;

        snprintf(path, sizeof(path), "%s%s/pids.max", mount, group);
        max = read_number(path, UINT64_MAX);
        snprintf(path, sizeof(path), "%s%s/pids.current", mount, group);
        current = read_number(path, 0);
        if (max != UINT64_MAX && (max > current ? max - current : 0) < left)
            left = max > current ? max - current : 0;
        slash = strrchr(group, '/');
        if (!slash)
            return left;
        *slash = '\0';
    }
}

/* Version 2 has one tree, "0::/path"; version 1 one for pids, "7:pids:/path".
 */
static uint64_t cgroup_pids(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    uint64_t least = UINT64_MAX;
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        char *group = strstr(line, ":pids:");
        const char *mount = group ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
        uint64_t left;

        line[strcspn(line, "\n")] = '\0';
        if (group)
            group += strlen(":pids:");
        else if (strncmp(line, "0::", 3) == 0)
            group = line + 3;
        if (!group)
            continue;
        left = cgroup_pids_below(mount, group);
        least = left < least ? left : least;
    }
    if (file)
        fclose(file);
    return least;
}

static const char clocksource[] =
    "/sys/devices/system/clocksource/clocksource0/current_clocksource";

bool machine_ticks(void)
{
    char source[8];

    text_first_line(clocksource, source, sizeof(source));
    return strcmp(source, "tsc") == 0;
}

static uint64_t hard_limit(int resource)
{
    struct rlimit limit;

    if (getrlimit((__rlimit_resource_t)resource, &limit) ||
        limit.rlim_max == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_max;
}

static uint64_t port_range(void)
{
    char line[64];
    unsigned low, high;

    text_first_line("/proc/sys/net/ipv4/ip_local_port_range", line,
                    sizeof(line));
    if (sscanf(line, "%u %u", &low, &high) != 2 || high < low)
        return UINT64_MAX;
    return high - low + 1;
}

void machine_limits(struct limits *ret)
{
    char line[64];

    *ret = (struct limits){
        .fds_hard = hard_limit(RLIMIT_NOFILE),
        .user_tasks = geteuid() == 0 ? UINT64_MAX : hard_limit(RLIMIT_NPROC),
        .threads_max = read_number("/proc/sys/kernel/threads-max", UINT64_MAX),
        .pid_max = read_number("/proc/sys/kernel/pid_max", UINT64_MAX),
        .map_count = read_number("/proc/sys/vm/max_map_count", UINT64_MAX),
        .cgroup_pids = cgroup_pids(),
        .ports = port_range(),
        .memory = UINT64_MAX,
    };
    find_field("/proc/meminfo", "MemAvailable", line, sizeof(line));
    if (line[0])
        ret->memory = strtoull(line, NULL, 10) * 1024;
}

/* What is taken besides the lanes: stdio, epoll, libraries, other programs. */
enum { SPARE_FDS = 32, SPARE_TASKS = 64, SPARE_MAPS = 256 };

/* What one takes with its stacks and page tables (docs/measuring.md). */
static const uint64_t unit_bytes[] = {
    [UNIT_NONE] = 0,
    [UNIT_STACK] = 16 * 1024,
    [UNIT_THREAD] = 32 * 1024,
    [UNIT_PROCESS] = 200 * 1024,
};

int machine_allows(const struct limits *l, const struct demand *d,
                   enum unit unit, char *why, size_t size)
{
    uint64_t per_process = unit == UNIT_PROCESS ? 1 : d->tasks;
    uint64_t fds = d->sockets ? per_process + SPARE_FDS : 0;
    uint64_t all = d->tasks + SPARE_TASKS;
    uint64_t threads = unit >= UNIT_THREAD ? all : 0;
    uint64_t addresses = d->addresses ? d->addresses : 1;
    const struct {
        uint64_t need, limit;
        const char *what, *remedy;
    } rules[] = {
        {fds, l->fds_hard, "descriptors (RLIMIT_NOFILE, hard)",
         "raise it: `ulimit -Hn` as root, or LimitNOFILE= of the service"},
        {d->sockets ? (d->tasks + addresses - 1) / addresses : 0, l->ports,
         "local ports (net.ipv4.ip_local_port_range)",
         "widen it: sysctl net.ipv4.ip_local_port_range='1024 65535'"},
        {threads, l->user_tasks, "threads of one user (RLIMIT_NPROC)",
         "raise it: `ulimit -Hu` as root, or TasksMax= of the session"},
        {threads, l->cgroup_pids, "tasks left in this cgroup (pids.max)",
         "raise it: TasksMax= of the unit, or --pids-limit of the container"},
        {threads, l->threads_max, "threads of the machine",
         "raise it: sysctl kernel.threads-max"},
        {threads, l->pid_max, "process ids (kernel.pid_max)",
         "raise it: sysctl kernel.pid_max=4194304"},
        {unit == UNIT_THREAD ? 2 * d->tasks + SPARE_MAPS : 0, l->map_count,
         "memory maps of one process (two a thread)",
         "raise it: sysctl vm.max_map_count"},
        {all * unit_bytes[unit], l->memory, "bytes of free memory",
         "use fewer tasks"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].need <= rules[i].limit)
            continue;
        snprintf(why, size,
                 "%" PRIu64 " at once need %" PRIu64
                 " %s; the limit is %" PRIu64 "; %s",
                 d->tasks, rules[i].need, rules[i].what, rules[i].limit,
                 rules[i].remedy);
        return -EDQUOT;
    }
    return 0;
}

enum { RAISED = 2 };
static const int raised[RAISED] = {RLIMIT_NOFILE, RLIMIT_NPROC};
static struct rlimit found[RAISED]; /* before they were raised */

void machine_raise_limits(void)
{
    for (size_t i = 0; i < RAISED; i++) {
        struct rlimit limit;

        if (getrlimit((__rlimit_resource_t)raised[i], &limit))
            continue;
        found[i] = limit;
        limit.rlim_cur = limit.rlim_max;
        setrlimit((__rlimit_resource_t)raised[i], &limit);
    }
}

void machine_restore_limits(void)
{
    for (size_t i = 0; i < RAISED; i++)
        if (found[i].rlim_max)
            setrlimit((__rlimit_resource_t)raised[i], &found[i]);
}

int machine_pin(const char *cpus)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    do {
        uint64_t first, last;

        if (text_u64_unit(cpus, &first, &cpus))
            return -EINVAL;
        last = first;
        if (*cpus == '-' && text_u64_unit(cpus + 1, &last, &cpus))
            return -EINVAL;
        if (first > last || last >= CPU_SETSIZE || (*cpus && *cpus != ','))
            return -EINVAL;
        for (; first <= last; first++)
            CPU_SET(first, &set);
    } while (*cpus++);
    return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int machine_narrow(uint64_t n)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set))
        return -errno;
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (n == 0)
            CPU_CLR(cpu, &set);
        else
            n -= CPU_ISSET(cpu, &set) != 0;
    }
    return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

uint64_t machine_steal(void)
{
    char line[256];
    uint64_t steal = 0;

    find_field("/proc/stat", "cpu ", line, sizeof(line));
    sscanf(line, "%*u %*u %*u %*u %*u %*u %*u %" SCNu64, &steal);
    return steal;
}

uint64_t machine_used(void)
{
    uint64_t t[5];
    char line[256];

    find_field("/proc/stat", "cpu ", line, sizeof(line));
    /* user, nice, system; idle and iowait are none; irq, softirq */
    return sscanf(line,
                  "%" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %" SCNu64
                  " %" SCNu64,
                  &t[0], &t[1], &t[2], &t[3], &t[4]) == 5
               ? t[0] + t[1] + t[2] + t[3] + t[4]
               : 0;
}

double machine_load(void)
{
    double load = 0;

    return getloadavg(&load, 1) == 1 ? load : 0;
}

int machine_check_pin(const char *cpus)
{
    cpu_set_t before;
    int error;

    if (sched_getaffinity(0, sizeof(before), &before))
        return -errno;
    error = machine_pin(cpus);
    sched_setaffinity(0, sizeof(before), &before);
    return error;
}

bool machine_disable_store_bypass(void)
{
    return prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE,
                 0, 0) == 0;
}

void machine_name(char *out, size_t size)
{
    struct utsname name;
    char cpu[128];

    uname(&name);
    find_field("/proc/cpuinfo", "model name", cpu, sizeof(cpu));
    snprintf(out, size, "%ld x %s, Linux %.32s", sysconf(_SC_NPROCESSORS_ONLN),
             cpu[0] ? cpu : "unknown CPU", name.release);
}

/* In samples.tsv, in file names and in JSON: nothing that needs quotes. */
static void keep_plain(char *name)
{
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("-._", *name))
            *name = '?';
}

void machine_host(char *out, size_t size)
{
    struct utsname name;
    char id[64];

    uname(&name);
    keep_plain(name.nodename);
    text_first_line("/etc/machine-id", id, sizeof(id) - 1);
    /* A hash of the whole line, as it stands in the file. */
    if (id[0])
        strcat(id, "\n");
    snprintf(out, size, "%.64s-%08" PRIx64, name.nodename,
             XXH3_64bits(id, strlen(id)) >> 32);
}

/* What stands in a file: its first line, or a field in it. */
static const struct {
    const char *key, *path, *field;
} described[] = {
    {"cpu", "/proc/cpuinfo", "model name"},
    {"cpus_allowed", "/proc/self/status", "Cpus_allowed_list"},
    {"memory", "/proc/meminfo", "MemTotal"},
    {"governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL},
    {"clocksource", clocksource, NULL},
    {"aslr", "/proc/sys/kernel/randomize_va_space", NULL},
    {"transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled",
     NULL},
    {"congestion_default", "/proc/sys/net/ipv4/tcp_congestion_control", NULL},
    {"congestion_available",
     "/proc/sys/net/ipv4/tcp_available_congestion_control", NULL},
};

static void describe_number(FILE *out, const char *key, uint64_t value)
{
    if (value == UINT64_MAX)
        fprintf(out, "# %s=unlimited\n", key);
    else
        fprintf(out, "# %s=%" PRIu64 "\n", key, value);
}

void machine_describe(FILE *out)
{
    struct utsname name;
    struct limits limits;
    char line[256];

    uname(&name);
    fprintf(out, "# kernel=%s %s %s\n", name.sysname, name.release,
            name.machine);
    fprintf(out, "# cpus_online=%ld\n", sysconf(_SC_NPROCESSORS_ONLN));
    for (size_t i = 0; i < sizeof(described) / sizeof(described[0]); i++) {
        if (described[i].field)
            find_field(described[i].path, described[i].field, line,
                       sizeof(line));
        else
            text_first_line(described[i].path, line, sizeof(line));
        fprintf(out, "# %s=%s\n", described[i].key, line[0] ? line : "unknown");
    }
    machine_limits(&limits);
    describe_number(out, "limit_descriptors", limits.fds_hard);
    describe_number(out, "limit_user_tasks", limits.user_tasks);
    describe_number(out, "limit_cgroup_tasks", limits.cgroup_pids);
    describe_number(out, "limit_pid_max", limits.pid_max);
    describe_number(out, "limit_ports", limits.ports);
    fprintf(out, "# load=%.2f\n", machine_load());
}
