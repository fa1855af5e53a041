/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/conformance/look.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/results/text.h"
#include "harness/sample/observer.h"

/* The gate is in the other process, at its address there. */
static bool copy_gate(pid_t pid, const struct gate *from, struct gate *ret)
{
    struct iovec here = {ret, sizeof(*ret)};
    struct iovec there = {(void *)(uintptr_t)from, sizeof(*ret)};

    return from &&
           process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(*ret);
}

void look_at_hang(pid_t pid, const struct kit_watch *watch, char *text,
                  size_t size)
{
    struct observer_threads threads;
    struct gate gate;

    snprintf(text, size,
             watch->since_ns
                 ? "a run did not end; "
                 : "runs ended, and what they had to do is not done; ");
    if (copy_gate(pid, watch->gate, &gate))
        text_add(text, size,
                 "%" PRIu32 " of %" PRIu32 " tasks reached the gate, %" PRIu32
                 " left it; ",
                 gate.entered, gate.expected, gate.left);
    observer_look(pid, &threads);
    observer_describe_threads(&threads, text, size);
}

/* cmocka prints the two numbers of a failure as hexadecimal ones. */
static char *in_decimal(const char *text)
{
    char *out = NULL;
    size_t size;
    FILE *file = open_memstream(&out, &size);

    while (file && *text) {
        uint64_t is, should;
        int n = 0;

        if (strncmp(text, "0x", 2) == 0 &&
            sscanf(text, "%" SCNx64 " != %" SCNx64 "%n", &is, &should, &n) == 2)
            fprintf(file, "%" PRId64 ", expected %" PRId64, (int64_t)is,
                    (int64_t)should);
        else
            fputc(*text, file);
        text += n ? n : 1;
    }
    assert_non_null(file ? text_close(file, &out) : NULL);
    return out;
}

char *look_at_output(int fd)
{
    char *decimal;

    off_t end = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)end + 1);

    assert_non_null(text);
    if (pread(fd, text, (size_t)end, 0) < 0)
        text[0] = '\0';
    close(fd);
    decimal = in_decimal(text);
    free(text);
    return decimal;
}

bool look_for_crash(int wait_status, const char *output)
{
    if (strstr(output, "Test failed with exception"))
        return true;
    return WIFSIGNALED(wait_status) && (WTERMSIG(wait_status) != SIGABRT ||
                                        !strstr(output, "error: Failure!"));
}
