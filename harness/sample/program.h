/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_SAMPLE_PROGRAM_H
#define BATON_HARNESS_SAMPLE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/process/child.h"

/*
 * A program that is kept running: lines are sent to its standard input, and it
 * answers with lines.  It is in a process group of its own.
 */
enum {
    PROGRAM_LINE = 1 << 20, /* the longest line that is read, with its end */
    PROGRAM_TAIL = 4096,    /* of standard error */
};

struct program {
    struct child child;
    bool running;
    int in, out, err; /* the harness's ends of the pipes; -1: closed */
    char *buffer;     /* PROGRAM_LINE bytes, what was read */
    size_t len, taken;
    char tail[PROGRAM_TAIL + 1]; /* the end of its standard error */
    size_t tail_len;
    bool paused;
    uint64_t paused_cpu_ns; /* of its processes, when all had stopped */
};

/*
 * Starts `argv`, searched for in PATH, with the environment cleaned of proxies
 * and locales, and with `added`, which ends with NULL.  `pin`: a CPU list, or
 * NULL.  0 or -errno; program_end() in any case.
 */
int program_start(struct program *p, char *argv[], const char *const added[],
                  const char *pin);

/* 0; -EPIPE: it does not read; -ETIMEDOUT; or -EINTR. */
int program_send(struct program *p, const char *text, size_t len,
                 uint64_t deadline_ns);
/*
 * Its next line, without its end, until the next call.  0; -ETIMEDOUT; -EPIPE:
 * it has closed its output or ended; -EMSGSIZE: the line has no end; -EILSEQ: a
 * NUL is in it; or -EINTR: a signal came to this process.
 */
int program_hear(struct program *p, uint64_t deadline_ns, char **ret);
/* Whether something stands there that was not asked for. */
bool program_has_more(struct program *p);

/*
 * Ends it with its group after such an error, which is put into words with the
 * last line of its standard error; after 0, that line alone.
 */
void program_fail(struct program *p, int error, char *why, size_t size);

/* Stops all of its processes, and waits until they are. */
void program_pause(struct program *p);
/* How much CPU they used meanwhile, in ns: none, unless one left the group. */
uint64_t program_resume(struct program *p);

/* How it ended, and the last line of its standard error. */
void program_describe_end(const struct program *p, char *out, size_t size);

/*
 * Closes its input and waits for its end, for `patience_ns`, then ends it with
 * all of its group.  *ret_left: processes that were still there at its end.
 */
void program_end(struct program *p, uint64_t patience_ns, unsigned *ret_left);

#endif
