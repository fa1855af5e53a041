/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/observer.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "harness/results/text.h"
#include "workloads/clock.h"

/* How often, and after how long without a change there is no progress. */
static const uint64_t look_ns = NS_PER_S / 2, still_ns = 2 * NS_PER_S;

static void read_of(pid_t pid, const char *task, const char *name, char *out,
                    size_t size)
{
    char path[320];

    snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", pid, task, name);
    text_first_line(path, out, size);
}

static void look_at_thread(pid_t pid, const char *task,
                           struct observer_threads *t)
{
    char line[512], function[64];
    const char *after;
    uint64_t wait_ns;

    read_of(pid, task, "schedstat", line, sizeof(line));
    if (sscanf(line, "%*u %" SCNu64, &wait_ns) == 1 && wait_ns > t->cpu_wait_ns)
        t->cpu_wait_ns = wait_ns;
    read_of(pid, task, "stat", line, sizeof(line));
    after = strrchr(line, ')'); /* the name before it may hold anything */
    if (!after || !after[1])
        return;
    if (after[2] == 'R') {
        t->running++;
        return;
    }
    read_of(pid, task, "wchan", function, sizeof(function));
    if (t->waiting++ == 0 && strcmp(function, "0") != 0)
        snprintf(t->waits_in, sizeof(t->waits_in), "%s", function);
}

void observer_look(pid_t pid, struct observer_threads *ret)
{
    char path[64];
    struct dirent *e;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    dir = opendir(path);
    *ret = (struct observer_threads){0};
    while (dir && (e = readdir(dir)))
        if (e->d_name[0] != '.')
            look_at_thread(pid, e->d_name, ret);
    if (dir)
        closedir(dir);
}

static void look(void *context)
{
    struct observer *o = context;
    uint64_t now = clock_ns(), hash;

    if (now - o->looked_ns < look_ns && now < o->child->deadline_ns)
        return;
    o->looked_ns = now;
    hash = XXH3_64bits(o->slots->bytes, o->slots->n * o->slots->stride);
    if (hash != o->hash)
        o->changed_ns = now;
    o->hash = hash;
    if (now >= o->child->deadline_ns)
        observer_look(o->child->pid, &o->threads);
}

void observer_watch(struct observer *o, struct child *child,
                    const struct slots *slots)
{
    *o = (struct observer){.child = child,
                           .slots = slots,
                           .changed_ns = child->spawned_ns,
                           .looked_ns = child->spawned_ns};
    child->look = look;
    child->context = o;
    child->look_ns = look_ns;
}

void observer_describe_threads(const struct observer_threads *t, char *text,
                               size_t size)
{
    text_add(text, size, "threads: %u running, %u waiting%s%s%s", t->running,
             t->waiting, t->waits_in[0] ? " (" : "", t->waits_in,
             t->waits_in[0] ? ")" : "");
}

void observer_describe(const struct observer *o, char *text, size_t size)
{
    uint64_t still = o->looked_ns - o->changed_ns;

    if (still < still_ns)
        text_add(text, size,
                 "; too slow for its limit: progress until the end");
    else
        text_add(text, size, "; blocked: no progress for %.0f s",
                 (double)still / 1e9);
    if (o->threads.running + o->threads.waiting) {
        text_add(text, size, "; ");
        observer_describe_threads(&o->threads, text, size);
    }
}
