/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recording of an experiment from those of its parts: lines are copied. */
#include "harness/results/merge_write.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/results/text.h"

/* The values that a key has in the parts, each once. */
static void print_values(const struct part parts[], size_t n, const char *key,
                         FILE *out)
{
    fprintf(out, "# %s=", key);
    for (size_t i = 0; i < n; i++) {
        char value[256], before[256];
        bool known = false;

        recording_key(&parts[i].recording, key, value, sizeof(value));
        for (size_t j = 0; j < i && !known; j++) {
            recording_key(&parts[j].recording, key, before, sizeof(before));
            known = strcmp(value, before) == 0;
        }
        if (!known && *value)
            fprintf(out, "%s%s", i ? "; " : "", value);
    }
    fputc('\n', out);
}

/* "2/7" and "1/6" of the looks are "3/13". */
static void print_disturbed(const struct part parts[], size_t n, FILE *out)
{
    unsigned found = 0, looks = 0;

    for (size_t i = 0; i < n; i++) {
        char text[64];
        unsigned a, b;

        recording_key(&parts[i].recording, "disturbed", text, sizeof(text));
        if (sscanf(text, "%u/%u", &a, &b) != 2)
            continue;
        found += a;
        looks += b;
    }
    if (looks)
        fprintf(out, "# disturbed=%u/%u\n", found, looks);
}

static void print_part(const struct part *p, FILE *out)
{
    char host[256], date[64], command[1024];
    double waited_s = recording_real(&p->recording, "waited_ns") / 1e9;

    recording_key(&p->recording, "host", host, sizeof(host));
    recording_key(&p->recording, "date", date, sizeof(date));
    recording_key(&p->recording, "command", command, sizeof(command));
    fprintf(out, "# part.%u=%s, %s, waited %.1f s: %s\n", p->number, host, date,
            waited_s, command);
}

/* Which machine it was, what limits it has, and when it ran which command. */
static void print_host(const struct part *p, FILE *out)
{
    static const struct {
        const char *before, *key;
    } known[] = {{", ", "cpus_online"},
                 {" x ", "cpu"},
                 {", ", "kernel"},
                 {", on CPUs ", "cpus_allowed"},
                 {", memory ", "memory"},
                 {", descriptors ", "limit_descriptors"},
                 {", tasks ", "limit_user_tasks"},
                 {", ", "date"},
                 {": ", "command"}};

    fprintf(out, "# host.%u=%s", p->number, p->host);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        char value[1024];

        recording_key(&p->recording, known[i].key, value, sizeof(value));
        fprintf(out, "%s%s", known[i].before, *value ? value : "unknown");
    }
    fputc('\n', out);
}

/* Those of one part alone, or put together otherwise. */
static bool is_own(const struct item *item)
{
    static const char *const own[] = {"shard", "command", "waited_ns",
                                      "disturbed", "ended"};

    /* Of a whole run that was merged itself. */
    if (item->key_len > 5 && strncmp(item->key, "part.", 5) == 0)
        return true;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (item_is(item, own[i]))
            return true;
    return !item->value;
}

/* What a machine was like at one time: that of the first part. */
static bool is_state(const struct item *item)
{
    static const char *const state[] = {"date", "load", "busy", "memory"};

    for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++)
        if (item_is(item, state[i]))
            return true;
    return false;
}

static bool has_key(const struct part *p, const char *key)
{
    struct item item;

    for (const char *at = NULL; recording_next(&p->recording, &at, &item);)
        if (item_is(&item, key))
            return true;
    return false;
}

/* The keys of a part that no earlier one has, with the values of all. */
static void print_keys(const struct part parts[], size_t n, size_t of,
                       FILE *out)
{
    char key[128];
    struct item item;

    for (const char *at = NULL;
         recording_next(&parts[of].recording, &at, &item);) {
        size_t i = 0;

        snprintf(key, sizeof(key), "%.*s", (int)item.key_len, item.key);
        while (i < of && !has_key(&parts[i], key))
            i++;
        if (i < of || is_own(&item))
            continue;
        if (is_state(&item))
            fprintf(out, "# %s=%.*s\n", key, (int)item.value_len, item.value);
        else if (strcmp(key, "gap") == 0) /* each has a line of its own */
            fprintf(out, "# gap=%.*s\n", (int)item.value_len, item.value);
        else
            print_values(parts, n, key, out);
    }
}

static int write_header(const struct part parts[], size_t n,
                        const char *command, char **ret)
{
    size_t size;
    FILE *out = open_memstream(ret, &size);

    if (!out)
        return -ENOMEM;
    fprintf(out, "# shard=1/1\n# command=%s\n", command);
    if (parts[0].of == 1)
        fprintf(out, "# hosts=%zu\n", n);
    for (size_t i = 0; i < n; i++)
        print_keys(parts, n, i, out);
    for (size_t i = 0; i < n; i++)
        (parts[0].of == 1 ? print_host : print_part)(&parts[i], out);
    print_disturbed(parts, n, out);
    return text_close(out, ret) ? 0 : -ENOMEM;
}

/* The lines of a file, without those of its heading; none where it is not. */
static int copy_lines(const char *dir, const char *name, bool with_head,
                      bool comments, FILE *out)
{
    char path[PATH_MAX], *line = NULL;
    bool head = true;
    size_t size = 0;
    ssize_t len;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(path, "re");
    if (!in)
        return errno == ENOENT ? 0 : -errno;
    while ((len = getline(&line, &size, in)) > 0) {
        if (line[0] == '#' && !comments)
            continue;
        if (!head || with_head)
            fwrite(line, 1, (size_t)len, out);
        head = false;
    }
    free(line);
    len = ferror(in) ? -EIO : 0;
    fclose(in);
    return (int)len;
}

/* The samples of all parts, behind the head that the store has written. */
static int copy_samples(const struct part parts[], size_t n, struct store *to)
{
    FILE *out = fdopen(dup(to->fd), "a");
    int error = out ? 0 : -errno;

    for (size_t i = 0; i < n && !error; i++)
        error = copy_lines(parts[i].dir, "samples.tsv", false, false, out);
    if (out && fclose(out) && !error)
        error = -errno;
    return error;
}

/* The first part that has the file brings its head. */
static int copy_file(const struct part parts[], size_t n, const char *name,
                     bool has_head, const char *dir)
{
    char path[PATH_MAX];
    FILE *out;
    int error = 0;
    long before = 0;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    out = fopen(path, "wxe");
    if (!out)
        return -errno;
    for (size_t i = 0; i < n && !error; i++) {
        error =
            copy_lines(parts[i].dir, name, !has_head || before == 0, true, out);
        before = ftell(out);
    }
    if (fclose(out) && !error)
        error = -errno;
    if (before == 0)
        unlink(path);
    return error;
}

int merge_write(const struct part parts[], size_t n, const char *command,
                const char *dir)
{
    struct store store = {.fd = -1};
    char *header = NULL;
    int error = write_header(parts, n, command, &header);

    if (!error)
        error = store_create(&store, dir, header);
    if (!error)
        error = copy_samples(parts, n, &store);
    if (!error && parts[0].of > 1)
        error = copy_file(parts, n, "events.tsv", false, dir);
    if (!error && parts[0].of > 1)
        error = copy_file(parts, n, "sites.tsv", true, dir);
    if (!error)
        error = store_end(&store, NULL, 0);
    if (!error)
        error = store_sync(&store);
    store_close(&store);
    free(header);
    return error;
}
