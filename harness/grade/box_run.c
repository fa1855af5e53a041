/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outer side: makes the box, watches it, and ends it. */
#include "harness/grade/box.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/grade/box_cgroup.h"
#include "harness/grade/box_inside.h"
#include "harness/process/interrupt.h"
#include "harness/sample/tree.h"
#include "workloads/clock.h"

enum {
    NAMESPACES = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
                 CLONE_NEWIPC | CLONE_NEWUTS,
    WATCH_MS = 20,
    /* No user of any system: the limit of processes counts for it alone. */
    UNUSED_USER = 2000000000,
};

/* What is held for one run. */
struct running {
    struct box_inside inside;
    struct box_cgroup cgroup;
    int go, output, pidfd;
    pid_t pid;
    bool folder;
};

/* None of the descriptors that the command gets. */
static int raise_fd(int fd)
{
    int raised = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);

    if (fd >= 0)
        close(fd);
    return raised;
}

static int make_pipe(int *ret_read, int *ret_write)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    *ret_read = raise_fd(ends[0]);
    *ret_write = raise_fd(ends[1]);
    return *ret_read < 0 || *ret_write < 0 ? -EMFILE : 0;
}

/* Everything but the process; 0 or -errno. */
static int prepare(struct running *run, const struct box *box)
{
    struct box_inside *in = &run->inside;
    void *note = mmap(NULL, sizeof(*in->note), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    *run = (struct running){.inside = {.box = box, .go = -1, .output = -1},
                            .go = -1,
                            .output = -1,
                            .pidfd = -1};
    in->note = note == MAP_FAILED ? NULL : note;
    in->taken = raise_fd(memfd_create("taken", MFD_CLOEXEC));
    in->program = strchr(box->argv[0], '/')
                      ? raise_fd(open(box->argv[0], O_RDONLY | O_CLOEXEC))
                      : -1;
    snprintf(in->folder, sizeof(in->folder), "/tmp/baton-grade-%d-XXXXXX",
             getpid());
    if (!in->note || in->taken < 0 || make_pipe(&in->go, &run->go) ||
        make_pipe(&run->output, &in->output))
        return errno ? -errno : -ENOMEM;
    if (strchr(box->argv[0], '/') && in->program < 0)
        return -ENOENT;
    run->folder = mkdtemp(in->folder) != NULL;
    if (run->folder)
        box_cgroup_make(&run->cgroup);
    return run->folder ? 0 : -errno;
}

static int write_map(pid_t pid, const char *name, const char *text)
{
    char path[64];
    int fd, error;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    error = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    close(fd);
    return error;
}

/* Who user 0 of the box is outside: one that is not used, where we may. */
static int map_user(pid_t pid)
{
    bool root = geteuid() == 0;
    char user[64], group[64];
    unsigned unused = UNUSED_USER - (unsigned)pid;
    int error = 0;

    snprintf(user, sizeof(user), "0 %u 1", root ? unused : geteuid());
    snprintf(group, sizeof(group), "0 %u 1", root ? unused : getegid());
    if (!root)
        error = write_map(pid, "setgroups", "deny");
    if (!error)
        error = write_map(pid, "gid_map", group);
    return error ? error : write_map(pid, "uid_map", user);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* 0 or -errno, and which step it was. */
static int start(struct running *run, const char **ret_step)
{
    int error;

    *ret_step = "namespaces (user, pid, mount, network)";
    fflush(NULL);
    run->pid =
        (pid_t)syscall(SYS_clone, NAMESPACES | SIGCHLD, NULL, NULL, NULL, NULL);
    if (run->pid == 0) {
        close(run->go);
        box_inside(&run->inside);
    }
    if (run->pid < 0 && errno == ENOSPC)
        *ret_step = "namespaces (user.max_user_namespaces allows no more)";
    if (run->pid < 0)
        return -errno;
    close_fd(&run->inside.go);
    close_fd(&run->inside.output);
    run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    *ret_step = "the map of users";
    error = map_user(run->pid);
    if (!error)
        *ret_step = "the cgroup";
    if (!error)
        error = box_cgroup_add(&run->cgroup, run->pid);
    if (!error && write(run->go, "", 1) != 1)
        error = -errno;
    close_fd(&run->go);
    return error;
}

/* False at the end of its output. */
static bool read_output(const struct running *run, struct box_result *ret)
{
    char drop[4096];
    size_t room = BOX_OUTPUT - ret->output_len;
    ssize_t n = read(run->output, room ? ret->output + ret->output_len : drop,
                     room ? room : sizeof(drop));

    if (n <= 0)
        return n < 0 && errno == EINTR;
    ret->cut |= !room;
    ret->output_len += room ? (size_t)n : 0;
    return true;
}

/* Why it is to end; BOX_ENDED: it may go on. */
static enum box_end judge(const struct running *run, uint64_t deadline_ns)
{
    struct tree tree;

    if (interrupt_came())
        return BOX_INTERRUPTED;
    if (clock_ns() > deadline_ns)
        return BOX_DEADLINE;
    tree_look(run->pid, &tree);
    return tree.peak_bytes > run->inside.box->memory_bytes ? BOX_MEMORY
                                                           : BOX_ENDED;
}

static void watch(const struct running *run, struct box_result *ret)
{
    struct pollfd ends[2] = {{run->output, POLLIN, 0}, {run->pidfd, POLLIN, 0}};
    uint64_t now = clock_ns(), next = now;
    uint64_t deadline_ns = now + run->inside.box->deadline_ns;

    while (ret->end == BOX_ENDED && !ends[1].revents) {
        if (clock_ns() >= next) {
            ret->end = judge(run, deadline_ns);
            next = clock_ns() + WATCH_MS * NS_PER_MS;
        }
        poll(ends, 2, WATCH_MS);
        if (ends[0].revents && !read_output(run, ret))
            ends[0].fd = -1; /* it closed its output, and may still run */
    }
    if (ret->end != BOX_ENDED)
        kill(run->pid, SIGKILL); /* and the kernel all that are in there */
    waitpid(run->pid, NULL, 0);
    while (ends[0].fd >= 0 && read_output(run, ret))
        ;
}

static void take(const struct running *run, struct box_result *ret)
{
    off_t len = lseek(run->inside.taken, 0, SEEK_END);

    if (len <= 0 || !(ret->taken = malloc((size_t)len + 1)))
        return;
    if (pread(run->inside.taken, ret->taken, (size_t)len, 0) == len)
        ret->taken_len = (size_t)len;
    ret->taken[ret->taken_len] = '\0';
}

static void clean_up(struct running *run)
{
    struct box_inside *in = &run->inside;

    box_cgroup_remove(&run->cgroup);
    if (run->folder)
        rmdir(in->folder);
    if (in->note)
        munmap(in->note, sizeof(*in->note));
    close_fd(&in->go);
    close_fd(&in->output);
    close_fd(&in->taken);
    close_fd(&in->program);
    close_fd(&run->go);
    close_fd(&run->output);
    close_fd(&run->pidfd);
}

/* What the first process in there wrote; 0 or -errno. */
static int heed(const struct running *run, struct box_result *ret,
                const char **ret_step)
{
    const struct box_note *note = run->inside.note;

    ret->wait_status = note->wait_status;
    *ret_step = note->step ? note->step : "its first process";
    if (note->error)
        return -note->error;
    return ret->end == BOX_ENDED && !note->ended ? -ECHILD : 0;
}

int box_run(const struct box *box, struct box_result *ret, char *why,
            size_t size)
{
    const char *step = "its folder and pipes";
    struct running run;
    int error;

    *ret = (struct box_result){.output = malloc(BOX_OUTPUT + 1)};
    error = prepare(&run, box);
    if (!error && !ret->output)
        error = -ENOMEM;
    if (!error)
        error = start(&run, &step);
    if (run.pid > 0) {
        if (error)
            kill(run.pid, SIGKILL);
        watch(&run, ret);
        ret->output[ret->output_len] = '\0';
        take(&run, ret);
        if (!error)
            error = heed(&run, ret, &step);
    }
    if (error) {
        snprintf(why, size, "%s: %s", step, strerror(-error));
        box_finish(ret);
    }
    clean_up(&run);
    return error;
}

void box_finish(struct box_result *result)
{
    free(result->output);
    free(result->taken);
    *result = (struct box_result){0};
}
