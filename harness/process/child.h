/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_PROCESS_CHILD_H
#define BATON_HARNESS_PROCESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/*
 * The one way in which the harness starts processes and reaps them: in a
 * process group of its own, and with all that it left running.
 */
struct drain;

enum { CHILD_REPORT = 64 * 1024, CHILD_PADDING = 4096 };

struct child {
    int pid, pidfd, pipe; /* its report comes from `pipe`; -1: none */
    uint64_t spawned_ns, deadline_ns;
    uint64_t ended_ns; /* when it was noticed */
    bool hung;
    /*
     * Called while child_attend() waits, each look_ns, and once more at the
     * deadline, when the process is still there.  NULL: not.
     */
    void (*look)(void *context);
    void *context;
    uint64_t look_ns;
    uint64_t late_ns; /* the longest that child_attend() woke after its time */
    int wait_status;
    struct rusage usage; /* of it and of those it waited for */
    /* What came from `pipe`: the caller's, CHILD_REPORT bytes, or NULL. */
    char *report;
    size_t report_len;
    /* Emptied while child_attend() waits, and so is its report; or NULL. */
    const struct drain *drain;
};

/* What of this process becomes which descriptor; -1 ends a list of them. */
struct child_fd {
    int from, to;
};

/* What is started, and with what; all is the caller's. */
struct child_setup {
    const char *program; /* searched for in PATH when it has no slash */
    char **argv;
    /*
     * Its environment is this process's without those that begin with one of
     * `dropped`, and with `added`, "NAME=value" each, instead of their like.
     * NULL ends both; NULL: none.
     */
    const char *const *dropped, *const *added;
    /*
     * Bytes of BATON_PADDING, below CHILD_PADDING: a random length moves the
     * stack, and with it alignments, from one process to the next.
     */
    size_t padding;
    const struct child_fd *fds;
    int heard; /* which of its descriptors its report comes from */
};

/*
 * Starts it, with /dev/null as its input and no signal blocked.  0 with pid,
 * pidfd and spawned_ns set, and `pipe` where child->report is; or -errno.
 */
int child_spawn(struct child *child, const struct child_setup *setup);

/*
 * Forks, and returns in the parent alone: the child calls `run`, whose value is
 * its exit status.  It dies with its parent, and has no signal blocked.  0 with
 * pid and pidfd set, or -errno.
 */
int child_fork(struct child *child, int (*run)(void *context), void *context);

/* Whether it has ended; it is still to be reaped. */
bool child_has_ended(const struct child *child);

/*
 * Waits until it has ended, and ends it with its group at deadline_ns (`hung`).
 * -EINTR: a signal came; it was killed.  child_reap() in any case.
 */
int child_attend(struct child *child);
/* Waits for its end, and ends what it left running. */
void child_reap(struct child *child);
/* Ends it, its group and what it started, and reaps it. */
void child_end(struct child *child);

/* CPU time that it took, user's and kernel's. */
double child_cpu_ns(const struct rusage *u);

/* "signal 11 (Segmentation fault)", "exit status 3", "ended after 10 s". */
void child_describe_end(const struct child *child, char *out, size_t size);

#endif
