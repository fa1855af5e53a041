/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_GRADE_BOX_H
#define BATON_HARNESS_GRADE_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Runs a command that is not trusted: as another user, in namespaces of its
 * own, with one small folder that it can write to.  What it can read is not
 * limited: docs/classroom.md says what the box does not protect from.
 */

/* A file of its folder: written before the command runs. */
struct box_file {
    const char *name; /* without a folder */
    const void *data;
    size_t len;
    bool executable;
};

struct box {
    /*
     * A path in argv[0], which the other user need not be able to reach, or a
     * name that is searched for in PATH.
     */
    char *const *argv;
    const char *const *added; /* "NAME=value" of its environment, up to NULL */
    const struct box_file *files;
    size_t n_files;
    /*
     * The file of its folder that is wanted afterwards, and open for writing as
     * descriptor BOX_RESULTS.
     */
    const char *take;
    /*
     * A folder that it reads as BOX_SHOWN of its own, also where the other user
     * could not reach it.  NULL: none.
     */
    const char *shown;
    uint64_t deadline_ns;  /* for all of it */
    uint64_t cpu_s;        /* of each process */
    uint64_t memory_bytes; /* of all processes, as the parent sees it */
    /* RLIMIT_DATA; 0: none, for a sanitizer maps terabytes. */
    uint64_t data_bytes;
    bool fixed_addresses; /* ThreadSanitizer of gcc 12 needs them */
};

#define BOX_SHOWN "shown"
enum {
    BOX_RESULTS = 3,
    BOX_PROCESSES = 512, /* and threads */
    BOX_FOLDER = 64 << 20,
    BOX_OUTPUT = 1 << 20, /* what is kept of its output */
};

enum box_end {
    BOX_ENDED,    /* with wait_status */
    BOX_DEADLINE, /* the others: it was killed */
    BOX_MEMORY,
    BOX_INTERRUPTED,
};

struct box_result {
    enum box_end end;
    int wait_status;
    char *output; /* of stdout and stderr, with a NUL behind it */
    size_t output_len;
    bool cut;    /* there was more */
    char *taken; /* NULL: there is no such file */
    size_t taken_len;
};

/* What holds on this machine, for this user. */
struct box_protections {
    bool other_user;   /* than the one who calls it */
    bool namespaces;   /* user, process, mount, network, IPC and host name */
    bool cgroup;       /* of processes; else RLIMIT_NPROC alone */
    char missing[160]; /* the reason for what does not hold, or "" */
};

/*
 * Runs `true` in a box: 0, or -ECANCELED where nothing that is not trusted may
 * run here, with the reason in ret->missing.
 */
int box_probe(struct box_protections *ret);

/*
 * 0 and *ret, for box_finish(); or -errno, and what could not be done in `why`:
 * then the command did not run.
 */
int box_run(const struct box *box, struct box_result *ret, char *why,
            size_t size);
void box_finish(struct box_result *result);

/* "signal 11 (Segmentation fault)", "ended after 10 s", "exit status 3". */
void box_describe_end(const struct box *box, const struct box_result *result,
                      char *out, size_t size);

#endif
