/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/reference.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"
#include "harness/sample/reference_build.h"
#include "workloads/clock.h"

/* What it wrote instead of what it should have. */
static int refuse_line(struct reference *r, const char *should, char *line,
                       char *why, size_t size)
{
    char shown[80], end[128];

    snprintf(shown, sizeof(shown), "%.70s", line);
    clean_line(shown);
    program_fail(&r->process, 0, end, sizeof(end));
    snprintf(why, size, "it wrote '%s' where %s should be%s", shown, should,
             end);
    return -ECANCELED;
}

static int fail(struct reference *r, int error, const char *when, char *why,
                size_t size)
{
    char text[256];

    program_fail(&r->process, error, text, sizeof(text));
    snprintf(why, size, "%s: %s", when, text);
    return error == -EINTR ? error : -ECANCELED;
}

/* READY, 1, the runtime, what it offers. */
static int take_ready(struct reference *r, char *line)
{
    char *fields[4];
    uint64_t version;

    if (text_fields(line, fields, 4) || strcmp(fields[0], "READY") != 0 ||
        text_u64(fields[1], &version) || version != REFERENCE_VERSION)
        return -EINVAL;
    snprintf(r->runtime, sizeof(r->runtime), "%s", fields[2]);
    clean_line(r->runtime);
    r->offers = strdup(fields[3]);
    return r->offers ? 0 : -ENOMEM;
}

/* The slowest took 1.7 s on a busy machine. */
static const uint64_t ready_ns = 10 * NS_PER_S;

static int await_ready(struct reference *r, uint64_t patience_ns, char *why,
                       size_t size)
{
    char *line, copy[80];
    int error = program_hear(&r->process, clock_ns() + patience_ns, &line);

    if (error)
        return fail(r, error, "before READY", why, size);
    snprintf(copy, sizeof(copy), "%s", line);
    if (take_ready(r, line))
        return refuse_line(r, "READY 1", copy, why, size);
    if (!program_has_more(&r->process))
        return 0;
    program_hear(&r->process, clock_ns() + NS_PER_S, &line);
    return refuse_line(r, "nothing", line, why, size);
}

int reference_start_command(struct reference *r, char *words[],
                            uint64_t patience_ns, char *why, size_t size)
{
    static const char *const added[] = {"LC_ALL=C.UTF-8", NULL};
    int error;

    *r = (struct reference){0};
    error = program_start(&r->process, words, added, NULL);
    return error ? fail(r, error, words[0], why, size)
                 : await_ready(r, patience_ns, why, size);
}

int reference_start(struct reference *r, const struct reference_program *of,
                    const char *pin, char *why, size_t size)
{
    struct reference_place place;
    int error;

    *r = (struct reference){.process = {.in = -1, .out = -1, .err = -1}};
    error = reference_build(of, &place, why, size);
    if (error)
        return error;
    error = program_start(
        &r->process, (char *[]){"sh", "-c", (char *)of->start, NULL},
        (const char *[]){"LC_ALL=C.UTF-8", place.dir, place.out, NULL}, pin);
    return error ? fail(r, error, of->name, why, size)
                 : await_ready(r, ready_ns, why, size);
}

bool reference_has(const struct reference *r, const char *offer)
{
    const char *list = r->offers;
    struct item item;

    while (list && text_next(&list, ',', &item))
        if (item_is(&item, offer))
            return true;
    return false;
}

/* The fields of a line, in place. */
static int split(char *line, struct reference_answer *a)
{
    char *field;

    while ((field = strsep(&line, "\t"))) {
        if (!ARRAY_ROOM(a->fields, a->n))
            return -ENOMEM;
        a->fields[a->n++] = field;
    }
    return 0;
}

/* Takes the first three fields away: id, OK, time. */
static int take_answer(const char *id, struct reference_answer *a)
{
    if (a->n < 3 || strcmp(a->fields[0], id) != 0)
        return -EINVAL;
    if (strcmp(a->fields[1], "ERR") == 0) {
        snprintf(a->refusal, sizeof(a->refusal), "%s", a->fields[2]);
        clean_line(a->refusal);
        return -EREMOTE;
    }
    if (strcmp(a->fields[1], "OK") != 0 || text_u64(a->fields[2], &a->own_ns))
        return -EINVAL;
    a->n -= 3;
    memmove(a->fields, a->fields + 3, a->n * sizeof(*a->fields));
    return 0;
}

static int take_line(struct reference *r, const char *id, char *line,
                     struct reference_answer *a, char *why, size_t size)
{
    char copy[80], should[64];
    int error;

    snprintf(copy, sizeof(copy), "%s", line);
    error = split(line, a);
    if (!error)
        error = take_answer(id, a);
    if (!error || error == -EREMOTE)
        return error;
    snprintf(should, sizeof(should), "the answer '%s OK <ns> ...'", id);
    return refuse_line(r, should, copy, why, size);
}

static int exchange(struct reference *r, const struct reference_request *q,
                    const char *text, struct reference_answer *a, char **line)
{
    int error;

    a->sent_ns = clock_ns();
    error = program_send(&r->process, text, strlen(text), q->deadline_ns);
    if (!error)
        error = program_hear(&r->process, q->deadline_ns, line);
    a->heard_ns = clock_ns();
    return error;
}

int reference_ask(struct reference *r, const struct reference_request *q,
                  struct reference_answer *ret, char *why, size_t size)
{
    char id[24], text[512], *line;
    int error;

    *ret = (struct reference_answer){0};
    if (program_has_more(&r->process) &&
        program_hear(&r->process, clock_ns(), &line) == 0)
        return refuse_line(r, "nothing, before a request,", line, why, size);
    snprintf(id, sizeof(id), "%" PRIu64, ++r->requests);
    snprintf(text, sizeof(text),
             "%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\n", id,
             q->workload, q->model, q->n, q->m, q->repetitions, q->url);
    error = exchange(r, q, text, ret, &line);
    if (error)
        return fail(r, error, "during a request", why, size);
    return take_line(r, id, line, ret, why, size);
}

unsigned reference_end(struct reference *r)
{
    unsigned left;

    program_end(&r->process, REFERENCE_END_NS, &left);
    free(r->offers);
    r->offers = NULL;
    return left;
}
