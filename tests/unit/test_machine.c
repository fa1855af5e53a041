/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this machine allows, and how it says no. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/sample/machine.h"

/* In place of the C library's: below `root`, where a test has one. */
static const char *root;

FILE *fopen(const char *path, const char *mode)
{
    char below[512];
    int fd;

    (void)mode;
    snprintf(below, sizeof(below), "%s%s", root ? root : "", path);
    fd = open(below, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? NULL : fdopen(fd, "r");
}

static const struct limits none = {
    .fds_hard = UINT64_MAX,
    .user_tasks = UINT64_MAX,
    .threads_max = UINT64_MAX,
    .pid_max = UINT64_MAX,
    .map_count = UINT64_MAX,
    .cgroup_pids = UINT64_MAX,
    .ports = UINT64_MAX,
    .memory = UINT64_MAX,
};

/* One limit each: whom it binds, and which words name it and its remedy. */
static const struct rule {
    size_t offset;
    uint64_t fits; /* the least limit under which 1000 at once go */
    bool sockets;
    enum unit unit;
    const char *name, *remedy;
} rules[] = {
    {offsetof(struct limits, fds_hard), 1032, true, UNIT_NONE, "RLIMIT_NOFILE",
     "ulimit -Hn"},
    {offsetof(struct limits, ports), 1000, true, UNIT_NONE,
     "ip_local_port_range", "sysctl net.ipv4.ip_local_port_range="},
    {offsetof(struct limits, user_tasks), 1064, false, UNIT_THREAD,
     "RLIMIT_NPROC", "ulimit -Hu"},
    {offsetof(struct limits, cgroup_pids), 1064, false, UNIT_THREAD, "pids.max",
     "TasksMax="},
    {offsetof(struct limits, threads_max), 1064, false, UNIT_THREAD,
     "threads of the machine", "sysctl kernel.threads-max"},
    {offsetof(struct limits, pid_max), 1064, false, UNIT_THREAD,
     "kernel.pid_max", "sysctl kernel.pid_max="},
    {offsetof(struct limits, map_count), 2256, false, UNIT_THREAD,
     "memory maps", "sysctl vm.max_map_count"},
    {offsetof(struct limits, memory), 1064 * 32768, false, UNIT_THREAD,
     "bytes of free memory", "fewer tasks"},
};

static const struct demand thousand = {.tasks = 1000};

static struct limits with(const struct rule *rule, uint64_t value)
{
    struct limits l = none;

    memcpy((char *)&l + rule->offset, &value, sizeof(value));
    return l;
}

static void test_every_limit_has_a_rule(void **state)
{
    (void)state;
    assert_int_equal(COUNT(rules), sizeof(struct limits) / sizeof(uint64_t));
}

static void test_a_limit_in_the_way_is_named_with_its_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++) {
        const struct rule *rule = &rules[i];
        struct limits l = with(rule, rule->fits - 1);
        struct demand d = {.tasks = 1000, .sockets = rule->sockets};
        char why[256], number[32];

        assert_int_equal(machine_allows(&l, &d, rule->unit, why, sizeof(why)),
                         -EDQUOT);
        assert_non_null(strstr(why, rule->name));
        assert_non_null(strstr(why, rule->remedy));
        assert_int_equal(strncmp(why, "1000 at once need ", 18), 0);
        snprintf(number, sizeof(number), " %llu;",
                 (unsigned long long)rule->fits - 1);
        assert_non_null(strstr(why, number));
        assert_true(strlen(why) < sizeof(why) - 1);
    }
}

static void test_a_limit_that_just_fits_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++) {
        struct limits l = with(&rules[i], rules[i].fits);
        struct demand d = {.tasks = 1000, .sockets = rules[i].sockets};
        char why[256];

        assert_int_equal(
            machine_allows(&l, &d, rules[i].unit, why, sizeof(why)), 0);
    }
}

/* A port serves a connection to each address. */
static void test_ports_are_enough_for_several_addresses(void **state)
{
    struct demand d = {.tasks = 1000, .sockets = true, .addresses = 8};
    struct limits l = none;
    char why[256];

    (void)state;
    l.ports = 125;
    assert_int_equal(machine_allows(&l, &d, UNIT_NONE, why, sizeof(why)), 0);
    d.tasks++;
    assert_int_equal(machine_allows(&l, &d, UNIT_NONE, why, sizeof(why)),
                     -EDQUOT);
    assert_non_null(strstr(why, "1001 at once need 126 local ports"));
}

/* The memory that 1000 of a unit need, and the descriptors of a process. */
static void test_each_unit_has_its_price(void **state)
{
    static const struct {
        enum unit unit;
        uint64_t memory, fds;
    } prices[] = {
        {UNIT_NONE, 0, 1032},
        {UNIT_STACK, 1064 * 16384, 1032},
        {UNIT_THREAD, 1064 * 32768, 1032},
        {UNIT_PROCESS, 1064 * 204800, 33},
    };
    struct demand d = {.tasks = 1000, .sockets = true};

    (void)state;
    for (size_t i = 0; i < COUNT(prices); i++) {
        struct limits l = none;
        char why[256];

        l.memory = prices[i].memory;
        l.fds_hard = prices[i].fds;
        assert_int_equal(
            machine_allows(&l, &d, prices[i].unit, why, sizeof(why)), 0);
        l.fds_hard--;
        assert_int_equal(
            machine_allows(&l, &d, prices[i].unit, why, sizeof(why)), -EDQUOT);
        l.fds_hard++;
        if (!l.memory--)
            continue;
        assert_int_equal(
            machine_allows(&l, &d, prices[i].unit, why, sizeof(why)), -EDQUOT);
    }
}

static void test_a_limit_binds_only_whom_it_concerns(void **state)
{
    struct limits nothing = {0};
    struct demand sockets = {.tasks = 1000, .sockets = true};
    char why[256];

    (void)state;
    assert_int_equal(
        machine_allows(&nothing, &thousand, UNIT_NONE, why, sizeof(why)), 0);
    for (size_t i = 0; i < COUNT(rules); i++) {
        struct limits l = with(&rules[i], 0);
        const struct demand *d = rules[i].sockets ? &thousand : &sockets;
        enum unit unit = rules[i].sockets ? UNIT_THREAD : UNIT_NONE;

        assert_int_equal(machine_allows(&l, d, unit, why, sizeof(why)), 0);
    }
}

static void test_a_million_does_not_overflow(void **state)
{
    struct demand d = {.tasks = 1000000, .sockets = true};
    char why[256];

    (void)state;
    assert_int_equal(machine_allows(&none, &d, UNIT_THREAD, why, sizeof(why)),
                     0);
}

static void test_the_limits_of_this_machine_are_sane(void **state)
{
    struct limits l;

    (void)state;
    machine_limits(&l);
    assert_in_range(l.fds_hard, 16, UINT64_MAX);
    assert_true(l.threads_max > 100);
    assert_true(l.pid_max > 100);
    assert_true(l.map_count > 1000);
    assert_true(l.cgroup_pids > 0);
    assert_true(l.ports == UINT64_MAX || l.ports <= 65536);
    assert_true(l.memory > 1 << 20);
    if (geteuid() == 0)
        assert_int_equal(l.user_tasks, UINT64_MAX);
}

/* A file with all the folders that lead to it. */
static void write_below(const char *dir, const char *path, const char *text)
{
    char whole[512];
    FILE *file;
    int fd;

    snprintf(whole, sizeof(whole), "%s%s", dir, path);
    for (char *at = whole + strlen(dir) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(whole, 0755);
        *at = '/';
    }
    fd = open(whole, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Version 1 has a tree for process ids, version 2 has one for everything. */
static void write_group(const char *dir, const char *group, unsigned max,
                        unsigned current)
{
    char path[256], text[32];

    snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/pids.max", group);
    snprintf(text, sizeof(text), "%u\n", max);
    write_below(dir, path, text);
    snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/pids.current", group);
    snprintf(text, sizeof(text), "%u\n", current);
    write_below(dir, path, text);
}

static uint64_t cgroup_tasks(const char *groups)
{
    char *dir = make_scratch();
    struct limits l;

    write_below(dir, "/proc/self/cgroup", groups);
    write_group(dir, "pids/tight", 100, 30);
    write_group(dir, "pids/wide", 1000, 30);
    write_group(dir, "slice", 600, 100);
    write_group(dir, "slice/unit", 9000, 20);
    write_group(dir, "slice/full", 50, 60);
    root = dir;
    machine_limits(&l);
    root = NULL;
    remove_scratch(dir);
    return l.cgroup_pids;
}

static void test_the_tightest_of_all_cgroups_binds(void **state)
{
    (void)state;
    assert_int_equal(cgroup_tasks("7:pids:/tight\n"), 70);
    assert_int_equal(cgroup_tasks("0::/slice/unit\n"), 500);
    /* In whichever order they are told. */
    assert_int_equal(cgroup_tasks("7:pids:/tight\n0::/slice/unit\n"), 70);
    assert_int_equal(cgroup_tasks("7:pids:/wide\n0::/slice/unit\n"), 500);
    assert_int_equal(cgroup_tasks("0::/slice/unit\n7:pids:/tight\n"), 70);
    assert_int_equal(cgroup_tasks("0::/slice/unit\n7:pids:/wide\n"), 500);
}

static void test_a_full_cgroup_has_no_room(void **state)
{
    (void)state;
    assert_int_equal(cgroup_tasks("0::/slice/full\n"), 0);
}

static void test_a_cgroup_without_a_limit_binds_nobody(void **state)
{
    (void)state;
    assert_int_equal(cgroup_tasks("5:cpu:/tight\n0::/other\n"), UINT64_MAX);
    assert_int_equal(cgroup_tasks(""), UINT64_MAX);
}

static void test_soft_limits_are_raised(void **state)
{
    struct rlimit was, is;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    is = was;
    is.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &is), 0);
    machine_raise_limits();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &is), 0);
    assert_int_equal(is.rlim_cur, was.rlim_max);
    setrlimit(RLIMIT_NOFILE, &was);
}

static void test_a_bad_cpu_list_is_refused(void **state)
{
    static const char *const bad[] = {
        "",    "x",   "0,",    ",0",    "0-",      "-1",  "3-1",  "0,3-1",
        "0 1", "0;1", "0-1-2", "99999", "0-99999", "0x1", "1--2", "all"};
    cpu_set_t before, after;

    (void)state;
    sched_getaffinity(0, sizeof(before), &before);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(machine_pin(bad[i]), -EINVAL);
        assert_int_equal(machine_check_pin(bad[i]), -EINVAL);
    }
    sched_getaffinity(0, sizeof(after), &after);
    assert_true(CPU_EQUAL(&before, &after));
}

static int first_cpu(const cpu_set_t *set)
{
    int cpu = 0;

    while (!CPU_ISSET(cpu, set))
        cpu++;
    return cpu;
}

static void test_a_cpu_list_pins_and_a_check_does_not(void **state)
{
    cpu_set_t before, after;
    char list[64];
    int cpu;

    (void)state;
    sched_getaffinity(0, sizeof(before), &before);
    cpu = first_cpu(&before);
    snprintf(list, sizeof(list), "%d,%d-%d", cpu, cpu, cpu);
    assert_int_equal(machine_check_pin(list), 0);
    sched_getaffinity(0, sizeof(after), &after);
    assert_true(CPU_EQUAL(&before, &after));
    assert_int_equal(machine_pin(list), 0);
    sched_getaffinity(0, sizeof(after), &after);
    assert_int_equal(CPU_COUNT(&after), 1);
    assert_true(CPU_ISSET(cpu, &after));
    sched_setaffinity(0, sizeof(before), &before);
    /* No machine has this one. */
    snprintf(list, sizeof(list), "%d", CPU_SETSIZE - 1);
    assert_int_equal(machine_check_pin(list), -EINVAL);
}

static void test_a_range_pins_to_all_of_it(void **state)
{
    cpu_set_t before, after;
    char list[64];
    int first, last;

    (void)state;
    sched_getaffinity(0, sizeof(before), &before);
    first = last = first_cpu(&before);
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &before))
        last++;
    snprintf(list, sizeof(list), "%d-%d", first, last);
    assert_int_equal(machine_pin(list), 0);
    sched_getaffinity(0, sizeof(after), &after);
    assert_int_equal(CPU_COUNT(&after), last - first + 1);
    sched_setaffinity(0, sizeof(before), &before);
}

static void test_a_process_is_narrowed_to_its_last_cpus(void **state)
{
    cpu_set_t before, after;
    int last = CPU_SETSIZE - 1;

    (void)state;
    sched_getaffinity(0, sizeof(before), &before);
    while (!CPU_ISSET(last, &before))
        last--;
    assert_int_equal(machine_narrow(CPU_SETSIZE), 0);
    sched_getaffinity(0, sizeof(after), &after);
    assert_true(CPU_EQUAL(&before, &after));
    assert_int_equal(machine_narrow(1), 0);
    sched_getaffinity(0, sizeof(after), &after);
    assert_int_equal(CPU_COUNT(&after), 1);
    assert_true(CPU_ISSET(last, &after));
    sched_setaffinity(0, sizeof(before), &before);
}

static void test_the_description_is_header_lines(void **state)
{
    static const char *const keys[] = {
        "kernel",       "cpu",         "cpus_online",
        "governor",     "clocksource", "limit_descriptors",
        "limit_ports",  "load",        "congestion_available",
        "cpus_allowed", "memory",      "transparent_hugepages"};
    char *text = NULL, *line, *rest;
    size_t size, lines = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    machine_describe(out);
    fclose(out);
    for (size_t i = 0; i < COUNT(keys); i++) {
        char start[64];

        snprintf(start, sizeof(start), "# %s=", keys[i]);
        assert_non_null(strstr(text, start));
    }
    rest = text;
    while ((line = strsep(&rest, "\n")) && *line) {
        assert_int_equal(strncmp(line, "# ", 2), 0);
        assert_non_null(strchr(line, '='));
        lines++;
    }
    assert_true(lines >= COUNT(keys));
    free(text);
}

static void test_load_and_steal_can_be_read(void **state)
{
    uint64_t steal = machine_steal();

    (void)state;
    assert_true(machine_load() >= 0);
    assert_true(machine_steal() >= steal);
}

static void test_what_processes_use_is_counted(void **state)
{
    uint64_t used = machine_used();
    clock_t end = clock() + CLOCKS_PER_SEC / 5;

    (void)state;
    assert_true(used > 0);
    while (clock() < end) {
    }
    /* A fifth of a second of this process alone, less what rounding takes. */
    assert_true(machine_used() - used >= (uint64_t)sysconf(_SC_CLK_TCK) / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_limit_has_a_rule),
        cmocka_unit_test(test_a_limit_in_the_way_is_named_with_its_remedy),
        cmocka_unit_test(test_a_limit_that_just_fits_is_none),
        cmocka_unit_test(test_ports_are_enough_for_several_addresses),
        cmocka_unit_test(test_each_unit_has_its_price),
        cmocka_unit_test(test_a_limit_binds_only_whom_it_concerns),
        cmocka_unit_test(test_a_million_does_not_overflow),
        cmocka_unit_test(test_the_limits_of_this_machine_are_sane),
        cmocka_unit_test(test_the_tightest_of_all_cgroups_binds),
        cmocka_unit_test(test_a_full_cgroup_has_no_room),
        cmocka_unit_test(test_a_cgroup_without_a_limit_binds_nobody),
        cmocka_unit_test(test_soft_limits_are_raised),
        cmocka_unit_test(test_a_bad_cpu_list_is_refused),
        cmocka_unit_test(test_a_cpu_list_pins_and_a_check_does_not),
        cmocka_unit_test(test_a_range_pins_to_all_of_it),
        cmocka_unit_test(test_a_process_is_narrowed_to_its_last_cpus),
        cmocka_unit_test(test_the_description_is_header_lines),
        cmocka_unit_test(test_load_and_steal_can_be_read),
        cmocka_unit_test(test_what_processes_use_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
