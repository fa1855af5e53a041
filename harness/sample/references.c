/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/references.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/results/text.h"

const struct reference_offer *reference_offer(const struct model *m)
{
    for (size_t i = 0; i < n_reference_models; i++)
        if (reference_models[i] == m)
            return &reference_offers[i];
    return NULL;
}

/* A file, or a command that PATH has. */
static bool is_there(const char *name, size_t len)
{
    const char *folders = getenv("PATH");
    char path[PATH_MAX];
    struct item folder;

    if (memchr(name, '/', len)) {
        snprintf(path, sizeof(path), "%.*s", (int)len, name);
        return access(path, R_OK) == 0;
    }
    while (folders && text_next(&folders, ':', &folder)) {
        snprintf(path, sizeof(path), "%.*s/%.*s", (int)folder.key_len,
                 folder.key, (int)len, name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

int reference_look(const struct reference_program *program, char *why,
                   size_t size)
{
    const char *needs = program->needs;
    struct item need;

    if (program->absent) {
        snprintf(why, size, "%s", program->absent);
        return -ENOENT;
    }
    while (text_next(&needs, ' ', &need)) {
        if (is_there(need.key, need.key_len))
            continue;
        snprintf(why, size, "%.*s is not there: apt-get install %s",
                 (int)need.key_len, need.key, program->packages);
        return -ENOENT;
    }
    return 0;
}

/* "WORKLOAD" or "WORKLOAD:may-lose" in the list. */
static bool offers(const struct reference_offer *offer,
                   const struct workload *w)
{
    const char *list = offer->workloads;
    size_t len = strlen(w->name);
    struct item item;

    while (text_next(&list, ',', &item))
        if (item.key_len >= len && strncmp(item.key, w->name, len) == 0 &&
            (item.key_len == len || item.key[len] == ':'))
            return true;
    return false;
}

int reference_lacks(const struct model *m, const struct workload *w, char *why,
                    size_t size)
{
    const struct reference_offer *offer = reference_offer(m);
    const struct reference_program *program =
        &reference_programs[offer->program];

    if (!w->answer) {
        snprintf(why, size, "reference programs do not know this workload");
        return -ENOTSUP;
    }
    if (!offers(offer, w)) {
        snprintf(why, size, "the program %s has no such model", program->name);
        return -ENOTSUP;
    }
    if (reference_look(program, why, size))
        return -ENOTSUP;
    if (w->answer == ANSWER_TITLES && *program->parser &&
        !is_there(program->parser, strlen(program->parser))) {
        snprintf(why, size, "%s is not there: apt-get install %s",
                 program->parser, program->parser_package);
        return -ENOTSUP;
    }
    return 0;
}

/*
 * Requests have no other parameters, and pages are plain.  A request is for
 * items in tasks, whether the items are of each task or of all.
 */
static bool is_known(const struct parameter *p, uint64_t value)
{
    if (strcmp(p->name, "plain") == 0)
        return value == 1;
    return p->size || value == p->preset || strcmp(p->name, "bytes") == 0 ||
           strcmp(p->name, "total") == 0 || strcmp(p->name, "latency-ms") == 0;
}

int reference_refuse(const struct model *m, const struct workload *w,
                     const struct setup *s, char *why, size_t size)
{
    int error = reference_lacks(m, w, why, size);

    if (!error && s->path) {
        snprintf(why, size, "reference programs are for the own server alone");
        return -ENOTSUP;
    }
    for (size_t i = 0; i < w->n_parameters && !error; i++) {
        const struct parameter *p = &w->parameters[i];

        if (is_known(p, s->values[i]))
            continue;
        snprintf(why, size, "reference programs cannot take --%s %" PRIu64,
                 p->name, s->values[i]);
        error = -EINVAL;
    }
    return error;
}

int reference_count(struct counting *work)
{
    (void)work;
    return -ENOTSUP;
}

int reference_talk(struct connections *work)
{
    (void)work;
    return -ENOTSUP;
}
