/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/merge.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/results/clean.h"
#include "harness/results/merge_write.h"
#include "harness/results/store.h"
#include "harness/results/text.h"

struct merge {
    struct part *parts; /* in their order once they are checked */
    size_t n;
    char *why;
    size_t size;
};

__attribute__((format(printf, 3, 4))) static int
refuse(const struct merge *m, int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(m->why, m->size, format, args);
    va_end(args);
    return error;
}

/* Of a part, everything but its samples. */
struct heading {
    FILE *out;
    bool named;     /* the line of the columns has come */
    bool same;      /* and it is this version's */
    size_t samples; /* lines */
};

static bool is_own_columns(const char *line)
{
    for (size_t i = 0; i < n_sample_columns; i++) {
        size_t len = strlen(sample_columns[i].name);

        if (strncmp(line, sample_columns[i].name, len) != 0 ||
            line[len] != (i + 1 < n_sample_columns ? '\t' : '\0'))
            return false;
        line += len + 1;
    }
    return true;
}

static int take_heading(void *data, char *line, size_t len)
{
    struct heading *h = data;

    if (line[0] == '#') {
        clean_line(line);
        fprintf(h->out, "%s\n", line);
    } else if (!h->named) {
        h->named = true;
        h->same = is_own_columns(line);
    } else {
        h->samples += len > 0;
    }
    return 0;
}

static int read_heading(const struct merge *m, struct part *p)
{
    char path[PATH_MAX];
    size_t size;
    struct heading h = {.out = open_memstream(&p->recording.header, &size)};
    int error;

    if (!h.out)
        return refuse(m, -ENOMEM, "out of memory");
    snprintf(path, sizeof(path), "%s/samples.tsv", p->dir);
    error = text_read(path, take_heading, &h);
    if (!text_close(h.out, &p->recording.header))
        return refuse(m, -ENOMEM, "out of memory");
    if (error == -ENODATA)
        return refuse(
            m, -EINVAL,
            "%.200s: the last line of samples.tsv is cut off: measure "
            "this part again",
            p->dir);
    if (error)
        return refuse(m, error == -ENOENT ? -EINVAL : error, "%.200s: %s", path,
                      strerror(-error));
    if (!h.same)
        return refuse(m, -EINVAL,
                      "%.200s was written by another version: its columns "
                      "differ; merge it with that version",
                      p->dir);
    return 0;
}

/* Of a whole run, which stands beside those of other hosts. */
static int read_whole(const struct merge *m, const struct part *p)
{
    if (m->n == 1)
        return refuse(m, -EINVAL,
                      "%.200s is a whole run and no part of one (--shard)",
                      p->dir);
    if (recording_u64(&p->recording, "check"))
        return refuse(m, -EINVAL,
                      "%.200s is a whole check and no part of one (--shard)",
                      p->dir);
    if (recording_u64(&p->recording, "hosts") || strchr(p->host, ';'))
        return refuse(m, -EINVAL,
                      "%.200s holds samples of several hosts: name the run of "
                      "each host",
                      p->dir);
    return 0;
}

static int read_part(const struct merge *m, struct part *p)
{
    char shard[32], early[128];
    int end, error = read_heading(m, p);

    if (error)
        return error;
    recording_key(&p->recording, "shard", shard, sizeof(shard));
    if (sscanf(shard, "%u/%u%n", &p->number, &p->of, &end) != 2 || shard[end] ||
        p->number < 1 || p->number > p->of)
        return refuse(m, -EINVAL, "%.200s does not say which part it is",
                      p->dir);
    recording_key(&p->recording, "host", p->host, sizeof(p->host));
    if (recording_ended_early(&p->recording, early, sizeof(early)))
        return refuse(m, -EINVAL,
                      "%.200s (part %s) was %.80s: measure it again with "
                      "another --out",
                      p->dir, shard, early);
    return p->of == 1 ? read_whole(m, p) : 0;
}

/*
 * What all parts of one experiment have in common.  Hosts may have had other
 * budgets, and other versions of compilers and libraries.
 */
static int compare(const struct merge *m, const struct part *p)
{
    static const char *const keys[] = {
        "cells",    "seed",      "version", "flags",     "check",    "asked",
        "compiler", "benchmark", "rules",   "base_hash", "cand_hash"};
    enum { OF_HOSTS = 5, OF_PARTS = sizeof(keys) / sizeof(keys[0]) };
    const struct part *first = &m->parts[0];
    char a[256], b[256];

    if (p->of != first->of && (p->of == 1 || first->of == 1))
        return refuse(m, -EINVAL,
                      "%.200s is a whole run and no part of one (--shard)",
                      p->of == 1 ? p->dir : first->dir);
    if (p->of != first->of)
        return refuse(m, -EINVAL, "%.200s is one of %u parts, %.200s one of %u",
                      p->dir, p->of, first->dir, first->of);
    for (size_t i = 0; i < (p->of == 1 ? OF_HOSTS : OF_PARTS); i++) {
        recording_key(&p->recording, keys[i], a, sizeof(a));
        recording_key(&first->recording, keys[i], b, sizeof(b));
        if (strcmp(a, b) != 0)
            return refuse(
                m, -EINVAL, "%.200s and %.200s are no %s: their %s differ%s",
                first->dir, p->dir,
                p->of == 1 ? "runs of one experiment" : "parts of one run",
                keys[i],
                i ? ""
                  : " (other parameters, or models that one of "
                    "the machines lacks)");
    }
    return 0;
}

static int by_number(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

/* Each part once; they are put in their order. */
static int arrange_parts(struct merge *m)
{
    unsigned of = m->parts[0].of;
    const char **dirs = calloc(of, sizeof(*dirs));
    int error = dirs ? 0 : -ENOMEM;

    m->why[0] = '\0';
    for (size_t i = 0; i < m->n && !error; i++) {
        const struct part *p = &m->parts[i];

        if (dirs[p->number - 1])
            error = refuse(m, -EINVAL,
                           "part %u is there twice: %.200s and "
                           "%.200s",
                           p->number, dirs[p->number - 1], p->dir);
        dirs[p->number - 1] = p->dir;
    }
    for (unsigned i = 0; i < of && !error; i++)
        if (!dirs[i])
            text_add(m->why, m->size, "%s %u",
                     m->why[0] ? "," : "missing: part", i + 1);
    free(dirs);
    if (!error && m->why[0])
        text_add(m->why, m->size, " of %u; nothing was merged", of);
    qsort(m->parts, m->n, sizeof(*m->parts), by_number);
    return error ? error : m->why[0] ? -EINVAL : 0;
}

static int by_host(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    return strcmp(x->host, y->host);
}

/* Each host once; they are put in their order. */
static int arrange_hosts(struct merge *m)
{
    qsort(m->parts, m->n, sizeof(*m->parts), by_host);
    for (size_t i = 0; i < m->n; i++) {
        const struct part *p = &m->parts[i];

        m->parts[i].number = (unsigned)i + 1;
        if (i && strcmp(p[-1].host, p->host) == 0)
            return refuse(m, -EINVAL,
                          "%.200s and %.200s are whole runs of one host, "
                          "%.80s: name one run of each host, or parts "
                          "(--shard)",
                          p[-1].dir, p->dir, p->host);
    }
    return 0;
}

/* A directory with a recording is not touched; 0, or -errno and why. */
static int write_whole(struct merge *m, const char *out, const char *command)
{
    static const char *const files[] = {"samples.tsv", "events.tsv",
                                        "sites.tsv"};
    char path[PATH_MAX];
    int error;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", out, files[i]);
        if (access(path, F_OK) == 0)
            return refuse(m, -EINVAL,
                          "%.200s holds a run already; choose another --out",
                          out);
    }
    error = merge_write(m->parts, m->n, command, out);
    if (!error)
        return 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", out, files[i]);
        unlink(path);
    }
    return refuse(m, error, "cannot write to %.200s: %s; nothing was merged",
                  out, strerror(-error));
}

int merge_parts(const char *const dirs[], size_t n, const char *out,
                const char *command, bool *ret_check, char *why, size_t size)
{
    struct merge m = {
        .parts = calloc(n, sizeof(*m.parts)), .n = n, .why = why, .size = size};
    int error = m.parts ? 0 : refuse(&m, -ENOMEM, "out of memory");

    for (size_t i = 0; i < n && !error; i++) {
        m.parts[i].dir = dirs[i];
        error = read_part(&m, &m.parts[i]);
        if (!error)
            error = compare(&m, &m.parts[i]);
    }
    if (!error)
        error = m.parts[0].of == 1 ? arrange_hosts(&m) : arrange_parts(&m);
    if (!error)
        error = write_whole(&m, out, command);
    *ret_check = !error && recording_u64(&m.parts[0].recording, "check");
    for (size_t i = 0; m.parts && i < n; i++)
        recording_finish(&m.parts[i].recording);
    free(m.parts);
    return error;
}
