/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a program does with wrong requests, and when its input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/results/clean.h"
#include "harness/sample/reference_checking.h"
#include "workloads/clock.h"

/* Sends lines, and hears one line for each id; compares the begins. */
static void check_lines(struct checking *c, const char *name, const char *lines,
                        const char *const should[], const char *remedy)
{
    char why[256] = "as it should be", *line;
    int error = checking_start(c, why, sizeof(why));
    bool passed = !error;

    if (passed) {
        uint64_t end_ns = clock_ns() + CHECK_PATIENCE_NS;

        error =
            program_send(&c->reference.process, lines, strlen(lines), end_ns);
        for (size_t i = 0; should[i] && !error && passed; i++) {
            error = program_hear(&c->reference.process, end_ns, &line);
            passed = !error && strncmp(line, should[i], strlen(should[i])) == 0;
            if (!error && !passed)
                snprintf(why, sizeof(why), "it wrote '%.100s'", line);
        }
    }
    if (error && c->running)
        program_fail(&c->reference.process, error, why, sizeof(why));
    if (error || !passed)
        checking_stop(c);
    clean_line(why);
    checking_record(c, name, passed && !error, why, remedy);
}

#define GO_ON "answer <id> ERR <why>, and go on with the next request"

static void check_wrong_requests(struct checking *c)
{
    static const char *const refused[] = {"x1\tERR\t", NULL};
    static const char *const twice[] = {"x1\tERR\t", "x1\tERR\t", NULL};
    size_t len = 60000;
    char *line = malloc(len + 64);

    check_lines(c, "an unknown workload", "x1\tnothing\tnone\t1\t1\t1\t-\n",
                refused, GO_ON);
    check_lines(c, "an unknown model", "x1\tcounter\tno model\t1\t1\t1\t-\n",
                refused, GO_ON);
    check_lines(c, "a number that is none",
                "x1\tcounter\tno model\tmany\t1\t1\t-\n", refused, GO_ON);
    check_lines(c, "too few fields", "x1\tcounter\n", refused, GO_ON);
    check_lines(c, "two requests at once, with one id",
                "x1\tnothing\tnone\t1\t1\t1\t-\n"
                "x1\tnothing\tnone\t1\t1\t1\t-\n",
                twice, "answer each line once, in their order");
    if (!line)
        return;
    memcpy(line, "x1\tcounter\t", 11);
    memset(line + 11, 'm', len);
    strcpy(line + 11 + len, "\t1\t1\t1\t-\n");
    check_lines(c, "a line of 60,000 characters", line, refused, GO_ON);
    free(line);
}

/* A port at which no program listens. */
static void check_refused_connection(struct checking *c)
{
    static const char *const refused[] = {"x1\tERR\t", NULL};
    const struct workload *w;
    char line[256], model[64];

    if (!checking_find_served(c, &w, model))
        return;
    snprintf(line, sizeof(line),
             "x1\t%s\t%s\t2\t0\t1\thttp://127.0.0.1:%u/n/1-100-0/\n", w->name,
             model, c->origin.refused_port);
    check_lines(c, "a refused connection", line, refused, GO_ON);
}

/* Ends. */

static void check_end(struct checking *c)
{
    char why[256] = "it ends with 0";
    bool passed = checking_start(c, why, sizeof(why)) == 0;
    unsigned left;

    if (passed) {
        left = reference_end(&c->reference);
        c->running = false;
        passed = !left && !c->reference.process.child.hung &&
                 c->reference.process.child.wait_status == 0;
        if (left)
            snprintf(why, sizeof(why), "it left %u process%s behind", left,
                     left > 1 ? "es" : "");
        else if (!passed)
            program_describe_end(&c->reference.process, why, sizeof(why));
    }
    checking_record(c, "the end of its input", passed, why,
                    "end with status 0 within 5 s, and all children before");
}

/* Both pipes are closed at once when the harness dies. */
static void check_death(struct checking *c)
{
    struct program *p = &c->reference.process;
    char why[256] = "it ends";
    bool passed = checking_start(c, why, sizeof(why)) == 0;

    if (passed) {
        close(p->out);
        close(p->err);
        p->out = p->err = -1;
        reference_end(&c->reference);
        c->running = false;
        passed = !p->child.hung;
        if (!passed)
            program_describe_end(p, why, sizeof(why));
    }
    checking_record(
        c, "the death of the harness", passed, why,
        "end when standard input ends, though standard output is closed");
}

void checking_misuse(struct checking *c)
{
    check_wrong_requests(c);
    check_refused_connection(c);
    check_end(c);
    check_death(c);
}
