/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/straight/canned.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workloads/web/page.h"

static int bound(uint16_t *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) ||
        getsockname(fd, (struct sockaddr *)&at, &len))
        abort();
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* Up to the blank line, so that closing sends no reset by itself. */
static void hear(int fd)
{
    char request[4096] = "";
    size_t len = 0;
    ssize_t n;

    while (!strstr(request, "\r\n\r\n") && len + 1 < sizeof(request) &&
           (n = read(fd, request + len, sizeof(request) - 1 - len)) > 0)
        len += (size_t)n;
}

static void say(int fd, const char *text, size_t len, bool trickling)
{
    size_t step = trickling ? 1 : len;

    for (size_t at = 0; at < len; at += step)
        if (send(fd, text + at, step, MSG_NOSIGNAL) < 0)
            return;
}

static void answer_one(int fd, const struct answer *answer, const char *body)
{
    const struct linger now = {.l_onoff = 1};
    const int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (!answer->deaf)
        hear(fd);
    say(fd, answer->head, strlen(answer->head), answer->trickling);
    say(fd, body, answer->body, answer->trickling);
    if (answer->piping)
        shutdown(fd, SHUT_WR);
    if (answer->reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

static _Noreturn void serve(int listener, const struct answer *answer,
                            const struct page *page, pid_t parent)
{
    size_t size = answer->body > page->bytes ? answer->body : page->bytes;
    char *body = malloc(size + 1);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || !body)
        _exit(1);
    page_fill(page, 0, body, size);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd >= 0)
            answer_one(fd, answer, body);
    }
}

struct canned canned_start(const struct answer *answer, uint64_t seed,
                           uint64_t bytes)
{
    const struct page page = {.seed = seed, .bytes = bytes};
    struct canned server;
    int listener = bound(&server.port);
    pid_t parent = getpid();

    if (listen(listener, 64))
        abort();
    server.pid = fork();
    if (server.pid == 0)
        serve(listener, answer, &page, parent);
    close(listener);
    return server;
}

void canned_stop(struct canned *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

int canned_refuse(uint16_t *ret_port)
{
    return bound(ret_port);
}
