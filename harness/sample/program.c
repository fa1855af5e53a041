/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/process/interrupt.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"
#include "harness/sample/machine.h"
#include "harness/sample/tree.h"
#include "workloads/clock.h"

/* Starting. */

struct pipes {
    int in[2], out[2], err[2];
};

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The ends that the program has. */
static void close_theirs(struct pipes *pipes)
{
    close_one(&pipes->in[0]);
    close_one(&pipes->out[1]);
    close_one(&pipes->err[1]);
}

static int open_pipes(struct program *p, struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->in, O_CLOEXEC) || pipe2(pipes->out, O_CLOEXEC) ||
        pipe2(pipes->err, O_CLOEXEC)) {
        int error = -errno;

        close_one(&pipes->in[1]);
        close_one(&pipes->out[0]);
        close_theirs(pipes);
        return error;
    }
    p->in = pipes->in[1];
    p->out = pipes->out[0];
    p->err = pipes->err[0];
    fcntl(p->in, F_SETFL, O_NONBLOCK);
    fcntl(p->out, F_SETFL, O_NONBLOCK);
    fcntl(p->err, F_SETFL, O_NONBLOCK);
    return 0;
}

/* It inherits the CPUs of this process, which has its own again after that. */
static int spawn_pinned(struct program *p, const struct child_setup *setup,
                        const char *pin)
{
    cpu_set_t own;
    int error = 0;

    if (pin && !sched_getaffinity(0, sizeof(own), &own))
        error = machine_pin(pin);
    if (!error)
        error = child_spawn(&p->child, setup);
    if (pin)
        sched_setaffinity(0, sizeof(own), &own);
    return error;
}

int program_start(struct program *p, char *argv[], const char *const added[],
                  const char *pin)
{
    /* What a user has set for other purposes. */
    static const char *const dropped[] = {
        "http_proxy=", "HTTP_PROXY=", "https_proxy=", "HTTPS_PROXY=",
        "all_proxy=",  "ALL_PROXY=",  "LANG=",        "LANGUAGE=",
        "LC_",         "PYTHON",      "GOFLAGS=",     "NODE_OPTIONS=",
        "ERL_LIBS=",   "LUA_INIT",    "CLASSPATH=",   NULL};
    struct child_setup setup = {
        .program = argv[0], .argv = argv, .dropped = dropped, .added = added};
    struct pipes pipes;
    int error;

    *p = (struct program){.in = -1, .out = -1, .err = -1};
    p->buffer = malloc(PROGRAM_LINE);
    error = p->buffer ? open_pipes(p, &pipes) : -ENOMEM;
    if (error)
        return error;
    setup.fds = (const struct child_fd[]){{pipes.in[0], STDIN_FILENO},
                                          {pipes.out[1], STDOUT_FILENO},
                                          {pipes.err[1], STDERR_FILENO},
                                          {-1, -1}};
    error = spawn_pinned(p, &setup, pin);
    close_theirs(&pipes);
    p->running = !error;
    /* Without it its end could not be waited for. */
    return !error && p->child.pidfd < 0 ? -ENOSYS : error;
}

/* Talking. */

/* The last bytes are kept. */
static void keep_tail(struct program *p, const char *bytes, size_t len)
{
    size_t old = p->tail_len;

    if (len >= PROGRAM_TAIL) {
        bytes += len - PROGRAM_TAIL;
        len = PROGRAM_TAIL;
    }
    if (old + len > PROGRAM_TAIL) {
        size_t gone = old + len - PROGRAM_TAIL;

        memmove(p->tail, p->tail + gone, old - gone);
        old -= gone;
    }
    memcpy(p->tail + old, bytes, len);
    p->tail_len = old + len;
    p->tail[p->tail_len] = '\0';
}

static void hear_errors(struct program *p)
{
    char bytes[PROGRAM_TAIL];
    ssize_t n = p->err < 0 ? 0 : read(p->err, bytes, sizeof(bytes));

    if (n > 0)
        keep_tail(p, bytes, (size_t)n);
    else if (n == 0 || errno != EAGAIN)
        close_one(&p->err);
}

/*
 * Until `fd` is ready for `events`; standard error is emptied meanwhile.  0,
 * -ETIMEDOUT or -EINTR.
 */
static int await(struct program *p, int fd, short events, uint64_t deadline_ns)
{
    struct pollfd ready[3] = {{.fd = fd, .events = events},
                              {.fd = p->err, .events = POLLIN},
                              {.fd = p->child.pidfd, .events = POLLIN}};
    uint64_t now = clock_ns();
    uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left / NS_PER_S),
                               .tv_nsec = (long)(left % NS_PER_S)};
    sigset_t none;
    int n;

    if (interrupt_came())
        return -EINTR;
    sigemptyset(&none);
    n = ppoll(ready, 3, &timeout, &none);
    if (n < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    if (ready[1].revents)
        hear_errors(p);
    if (ready[0].revents)
        return 0;
    /* What it started may keep its output open. */
    if (ready[2].revents)
        return -EPIPE;
    return n > 0 ? -EAGAIN : -ETIMEDOUT;
}

/* A program that has ended is no reason to end this one by a signal. */
static ssize_t write_quietly(int fd, const char *text, size_t len)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, was;
    ssize_t n;
    int error;

    sigaction(SIGPIPE, &ignore, &was);
    n = write(fd, text, len);
    error = errno;
    sigaction(SIGPIPE, &was, NULL);
    errno = error;
    return n;
}

int program_send(struct program *p, const char *text, size_t len,
                 uint64_t deadline_ns)
{
    while (len > 0) {
        ssize_t n = p->in < 0 ? -1 : write_quietly(p->in, text, len);
        int error = 0;

        if (n > 0) {
            text += n;
            len -= (size_t)n;
        } else if (p->in < 0 || errno != EAGAIN) {
            return -EPIPE;
        } else {
            error = await(p, p->in, POLLOUT, deadline_ns);
        }
        if (error && error != -EAGAIN)
            return error;
    }
    return 0;
}

/* A whole line of what was read already; 1: there is none yet. */
static int take_line(struct program *p, char **ret)
{
    char *line = p->buffer + p->taken;
    char *end = memchr(line, '\n', p->len - p->taken);

    if (!end)
        return p->len - p->taken >= PROGRAM_LINE ? -EMSGSIZE : 1;
    *end = '\0';
    p->taken = (size_t)(end - p->buffer) + 1;
    if (strlen(line) != (size_t)(end - line))
        return -EILSEQ;
    *ret = line;
    return 0;
}

static int read_more(struct program *p)
{
    ssize_t n;

    memmove(p->buffer, p->buffer + p->taken, p->len - p->taken);
    p->len -= p->taken;
    p->taken = 0;
    n = p->out < 0 ? 0
                   : read(p->out, p->buffer + p->len, PROGRAM_LINE - p->len);
    if (n > 0)
        p->len += (size_t)n;
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) ? 0 : -EPIPE;
}

int program_hear(struct program *p, uint64_t deadline_ns, char **ret)
{
    int error = take_line(p, ret);

    while (error > 0) {
        error = await(p, p->out, POLLIN, deadline_ns);
        if (!error)
            error = read_more(p);
        if (!error || error == -EAGAIN)
            error = take_line(p, ret);
    }
    return error;
}

bool program_has_more(struct program *p)
{
    struct pollfd ready = {.fd = p->out, .events = POLLIN};

    return p->taken < p->len ||
           (poll(&ready, 1, 0) > 0 && ready.revents & POLLIN);
}

/* Its last line that is not empty. */
static const char *last_words(const struct program *p, char out[160])
{
    size_t end = p->tail_len, begin;

    while (end > 0 && strchr("\r\n\t ", p->tail[end - 1]))
        end--;
    begin = end;
    while (begin > 0 && p->tail[begin - 1] != '\n')
        begin--;
    snprintf(out, 160, "%.*s", (int)(end - begin), p->tail + begin);
    clean_line(out);
    return out;
}

/* It may have closed its output because it ends. */
static bool has_ended_by_itself(struct program *p)
{
    struct pollfd ended = {.fd = p->child.pidfd, .events = POLLIN};

    return poll(&ended, 1, 200) > 0;
}

static void add_last_words(const struct program *p, char *out, size_t size)
{
    char line[160];

    if (*last_words(p, line))
        text_add(out, size, "; on its standard error: %s", line);
}

void program_describe_end(const struct program *p, char *out, size_t size)
{
    child_describe_end(&p->child, out, size);
    add_last_words(p, out, size);
}

void program_fail(struct program *p, int error, char *why, size_t size)
{
    bool ended = error == -EPIPE && p->running && has_ended_by_itself(p);
    char end[80] = "";
    unsigned left;

    program_end(p, 0, &left);
    if (ended)
        child_describe_end(&p->child, end, sizeof(end));
    snprintf(why, size, "%s%s",
             ended                 ? "it ended: "
             : !error              ? ""
             : error == -ETIMEDOUT ? "it does not answer"
             : error == -EPIPE     ? "it closed its standard output"
             : error == -EMSGSIZE  ? "it wrote a line of more than 1 MiB"
             : error == -EILSEQ    ? "it wrote a NUL byte"
             : error == -EINTR     ? "interrupted"
                                   : strerror(-error),
             end);
    add_last_words(p, why, size);
}

/* Between requests. */

static const struct timespec moment = {.tv_nsec = 500000};
enum { MOMENTS = 1000 };

/* A thread stops when it next has a CPU. */
void program_pause(struct program *p)
{
    struct tree tree;

    kill(-p->child.pid, SIGSTOP);
    for (int i = 0; i < MOMENTS && !tree_is_stopped(p->child.pid); i++)
        nanosleep(&moment, NULL);
    tree_look(p->child.pid, &tree);
    p->paused = true;
    p->paused_cpu_ns = tree.cpu_ns;
}

uint64_t program_resume(struct program *p)
{
    struct tree tree;

    if (!p->paused)
        return 0;
    tree_look(p->child.pid, &tree);
    kill(-p->child.pid, SIGCONT);
    p->paused = false;
    return tree.cpu_ns > p->paused_cpu_ns ? tree.cpu_ns - p->paused_cpu_ns : 0;
}

/* The end. */

void program_end(struct program *p, uint64_t patience_ns, unsigned *ret_left)
{
    *ret_left = 0;
    close_one(&p->in);
    if (p->running && patience_ns) {
        program_resume(p);
        p->child.deadline_ns = clock_ns() + patience_ns;
        child_attend(&p->child);
        *ret_left = tree_count_group(p->child.pid);
    }
    if (p->running)
        child_end(&p->child);
    p->running = false;
    for (int i = 0; i < 64 && p->err >= 0; i++)
        hear_errors(p);
    close_one(&p->out);
    close_one(&p->err);
    free(p->buffer);
    p->buffer = NULL;
}
