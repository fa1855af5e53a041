/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a request to a reference program takes besides its work: the time from
 * the request to the answer, less the program's own.
 *
 *     pipe_loop N NAME | pipe_loop N COMMAND [ARG...]
 *
 * prints `ns=` for each of N requests of one increment.  Between two, the
 * program is stopped, as in a run.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/sample/reference.h"
#include "workloads/clock.h"

static const struct reference_program *find(const char *name)
{
    for (size_t i = 0; i < n_reference_programs; i++)
        if (strcmp(reference_programs[i].name, name) == 0)
            return &reference_programs[i];
    return NULL;
}

/* Of its first counter: it offers "..., counter/MODEL:exact, ...". */
static int request(struct reference *r, bool print)
{
    const struct timespec settling = {.tv_nsec = 1000000};
    struct reference_request q = {.workload = "counter",
                                  .n = 1,
                                  .m = 1,
                                  .repetitions = 1,
                                  .url = "-",
                                  .deadline_ns = clock_ns() + 60 * NS_PER_S};
    struct reference_answer answer;
    const char *offer = strstr(r->offers, "counter/");
    char model[64] = "", why[256] = "";
    int error;

    if (offer)
        sscanf(offer, "counter/%63[^:]", model);
    q.model = model;
    program_resume(&r->process);
    nanosleep(&settling, NULL);
    error = reference_ask(r, &q, &answer, why, sizeof(why));
    if (error)
        fprintf(stderr, "%s%s\n", why, answer.refusal);
    else
        program_pause(&r->process);
    if (!error && print)
        printf("ns=%" PRId64 "\n",
               (int64_t)(answer.heard_ns - answer.sent_ns - answer.own_ns));
    free(answer.fields);
    return error;
}

int main(int argc, char *argv[])
{
    enum { WARM = 20 };
    long n = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    const struct reference_program *of = n && argc == 3 ? find(argv[2]) : NULL;
    struct reference r;
    char why[256];
    int error;

    if (n < 1)
        return 2;
    if (of && reference_look(of, why, sizeof(why))) {
        puts("absent=1");
        return 0;
    }
    error = of ? reference_start(&r, of, NULL, why, sizeof(why))
               : reference_start_command(&r, argv + 2, 10 * NS_PER_S, why,
                                         sizeof(why));
    if (error)
        fprintf(stderr, "%s\n", why);
    for (long i = -WARM; i < n && !error; i++)
        error = request(&r, i >= 0);
    reference_end(&r);
    return error != 0;
}
