/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compiler is a program that a submission steers: it runs in the box. */
#include "harness/grade/compile.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/grade/box.h"
#include "workloads/clock.h"

static const char *const flags[BUILD_N] = {
    [BUILD_PLAIN] = "-O2",
    /* Recovered from, a second error is reported, too. */
    [BUILD_ADDRESS] = "-fsanitize=address,undefined",
    [BUILD_THREAD] = "-fsanitize=thread",
    [BUILD_WATCHED] = "-DBATON_WATCHED",
};

/* The line with the first `mark`; false: there is none. */
static bool find_line(const char *output, const char *mark, char *out,
                      size_t size)
{
    const char *at = strstr(output, mark), *from = at;

    if (!at)
        return false;
    while (from > output && from[-1] != '\n')
        from--;
    snprintf(out, size, "%.*s", (int)strcspn(from, "\n"), from);
    return true;
}

static unsigned count(const char *output, const char *mark)
{
    unsigned n = 0;

    for (; (output = strstr(output, mark)); output += strlen(mark))
        n++;
    return n;
}

static void listen(const struct box *box, const struct box_result *result,
                   struct compiled *ret)
{
    const char *output = result->output;

    ret->warnings = count(output, "warning: ");
    if (!find_line(output, "error: ", ret->said, sizeof(ret->said)) &&
        !ret->object) {
        size_t len;

        box_describe_end(box, result, ret->said, sizeof(ret->said));
        len = strlen(ret->said);
        snprintf(ret->said + len, sizeof(ret->said) - len,
                 " of the compiler; %.*s", (int)strcspn(output, "\n"), output);
    } else if (ret->object) {
        find_line(output, "warning: ", ret->said, sizeof(ret->said));
    }
}

static void take(struct box_result *result, struct compiled *ret)
{
    if (result->end != BOX_ENDED || result->wait_status || !result->taken_len)
        return;
    ret->object = result->taken;
    ret->len = result->taken_len;
    result->taken = NULL;
}

int compile(const struct submission *s, const char *headers, enum build build,
            struct compiled *ret, char *why, size_t size)
{
    char source[sizeof(s->name) + 2];
    char *argv[] = {"cc",
                    "-std=gnu17",
                    "-D_GNU_SOURCE",
                    "-Wall",
                    "-g",
                    "-O1",
                    "-fPIC",
                    "-shared",
                    "-pthread",
                    (char *)flags[build],
                    "-fno-omit-frame-pointer",
                    "-I",
                    BOX_SHOWN,
                    "-o",
                    COMPILE_OBJECT,
                    source,
                    "-lm",
                    NULL};
    const struct box_file file = {s->name, s->text, s->len, false};
    const struct box box = {.argv = argv,
                            .files = &file,
                            .n_files = 1,
                            .take = COMPILE_OBJECT,
                            .shown = headers,
                            .deadline_ns = 20 * NS_PER_S,
                            .cpu_s = 10,
                            .memory_bytes = UINT64_C(1) << 30,
                            .data_bytes = UINT64_C(1) << 29};
    struct box_result result;
    int error;

    snprintf(source, sizeof(source), "%s%s", *s->name == '-' ? "./" : "",
             s->name);
    *ret = (struct compiled){0};
    error = box_run(&box, &result, why, size);
    if (error)
        return error;
    take(&result, ret);
    listen(&box, &result, ret);
    box_finish(&result);
    return 0;
}

void compile_finish(struct compiled *c)
{
    free(c->object);
    c->object = NULL;
}
