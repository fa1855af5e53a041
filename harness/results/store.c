/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/results/array.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"

enum { MAX_LINE = 4096 }; /* without its histograms */

int store_make_directory(const char *dir)
{
    char path[PATH_MAX];
    size_t len = strlen(dir);
    struct stat is;

    if (len == 0 || len >= sizeof(path))
        return len ? -ENAMETOOLONG : -ENOENT;
    for (size_t i = 1; i <= len; i++) {
        if (dir[i] && dir[i] != '/')
            continue;
        memcpy(path, dir, i);
        path[i] = '\0';
        if (mkdir(path, 0777) && errno != EEXIST)
            return -errno;
    }
    return stat(dir, &is) == 0 && S_ISDIR(is.st_mode) ? 0 : -ENOTDIR;
}

static int write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Nothing of a line that did not fit stays behind. */
static int append(struct store *store, const char *text, size_t len)
{
    int error = write_all(store->fd, text, len);

    if (!error)
        store->length += (off_t)len;
    else if (ftruncate(store->fd, store->length))
        return error;
    return error;
}

/* The header, and the line of the columns' names. */
static void print_head(const void *header, FILE *out)
{
    fputs(header, out);
    for (size_t i = 0; i < n_sample_columns; i++)
        fprintf(out, "%s%c", sample_columns[i].name,
                i + 1 < n_sample_columns ? '\t' : '\n');
}

static int write_head(struct store *store, const char *header)
{
    char *head = text_of(print_head, header);
    int error = head ? append(store, head, strlen(head)) : -ENOMEM;

    free(head);
    return error;
}

int store_create(struct store *store, const char *dir, const char *header)
{
    char path[PATH_MAX + 16];
    int error;

    *store = (struct store){.fd = -1};
    error = store_make_directory(dir);
    if (error)
        return error;
    strcpy(store->dir, dir);
    snprintf(path, sizeof(path), "%s/samples.tsv", dir);
    store->fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (store->fd < 0)
        return -errno;
    error = write_head(store, header);
    if (error) {
        store_close(store);
        unlink(path);
    }
    return error;
}

int store_append(struct store *store, const struct sample *s)
{
    size_t size = MAX_LINE;
    char *line;
    int len;

    if (s->latency_histogram)
        size += strlen(s->latency_histogram);
    if (s->first_byte_histogram)
        size += strlen(s->first_byte_histogram);
    line = malloc(size);
    if (!line)
        return -ENOMEM;
    len = sample_format(s, line, size);
    if (len >= 0)
        len = append(store, line, (size_t)len);
    free(line);
    return len;
}

int store_sync(struct store *store)
{
    /* Not every file system can (EINVAL); a full or failing disk is an error.
     */
    return fdatasync(store->fd) && errno != EINVAL ? -errno : 0;
}

void store_close(struct store *store)
{
    if (store->fd >= 0)
        close(store->fd);
    store->fd = -1;
}

int store_write_file(const char *dir, const char *name, const char *text,
                     size_t len)
{
    char path[PATH_MAX + 64], temporary[PATH_MAX + 64];
    int fd, error;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    snprintf(temporary, sizeof(temporary), "%s/.%s.tmp", dir, name);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    error = write_all(fd, text, len);
    if (!error && fsync(fd) && errno != EINVAL)
        error = -errno;
    if (close(fd) && !error)
        error = -errno;
    if (!error && rename(temporary, path))
        error = -errno;
    if (error)
        unlink(temporary);
    return error;
}

/* Reading. */

static int add_header(struct recording *r, const char *line)
{
    size_t old = r->header ? strlen(r->header) : 0, len = strlen(line);
    char *grown = realloc(r->header, old + len + 2);

    if (!grown)
        return -ENOMEM;
    memcpy(grown + old, line, len);
    memcpy(grown + old + len, "\n", 2);
    r->header = grown;
    return 0;
}

int store_note(struct store *store, struct recording *r, const char *key,
               const char *value)
{
    char line[256];
    int len = snprintf(line, sizeof(line), "# %s=%s\n", key, value);
    int error = append(store, line, (size_t)len);

    line[len - 1] = '\0';
    return !error && r ? add_header(r, line) : error;
}

int store_end(struct store *store, struct recording *r, int how)
{
    const char *word = !how            ? "complete"
                       : how == -EINTR ? "interrupted"
                                       : "failed";
    int error = store_note(store, r, "ended", word);

    return how ? how : error;
}

/* Rounds with as many samples as the one before; the last may lack some. */
static unsigned whole_rounds(const struct recording *r)
{
    size_t last = 0, before = 0;
    unsigned rounds = 0;

    for (size_t i = 0; i < r->n; i++)
        if (r->samples[i].round > rounds)
            rounds = r->samples[i].round;
    for (size_t i = 0; i < r->n; i++) {
        last += r->samples[i].round == rounds;
        before += r->samples[i].round + 1 == rounds;
    }
    return rounds && last < before ? rounds - 1 : rounds;
}

bool recording_ended_early(const struct recording *r, char *out, size_t size)
{
    char ended[32], asked[64], of[64] = "";
    bool says =
        recording_u64(r, "schema") > 1 ||
        (recording_u64(r, "check") > 1 && !recording_u64(r, "self_test"));
    unsigned done = whole_rounds(r);

    out[0] = '\0';
    recording_key(r, "ended", ended, sizeof(ended));
    recording_key(r, "asked", asked, sizeof(asked));
    if ((!says && !ended[0]) || strcmp(ended, "complete") == 0)
        return false;
    if (strncmp(asked, "rounds=", 7) == 0)
        snprintf(of, sizeof(of), " of %s", asked + 7);
    snprintf(out, size, "%s after %u%s round%s",
             ended[0] ? ended : "killed, or is still running,", done, of,
             done == 1 && !of[0] ? "" : "s");
    return true;
}

int recording_add(struct recording *r, const struct sample *s)
{
    if (!ARRAY_ROOM(r->samples, r->n))
        return -ENOMEM;
    r->samples[r->n++] = *s;
    return 0;
}

struct reading {
    struct recording recording;
    struct layout layout;
};

static int add_line(void *data, char *line, size_t len)
{
    struct reading *r = data;
    struct sample sample;

    (void)len; /* the sample of a line with a NUL in it is skipped */
    if (line[0] == '#') {
        clean_line(line);
        return add_header(&r->recording, line);
    }
    if (r->layout.n == 0) /* the names of the columns */
        return sample_layout(line, &r->layout);
    if (sample_parse(line, &r->layout, &sample) == 0)
        return recording_add(&r->recording, &sample);
    r->recording.skipped++;
    return 0;
}

int store_read(const char *dir, struct recording *ret)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/samples.tsv", dir);
    return store_read_file(path, ret);
}

int store_read_file(const char *path, struct recording *ret)
{
    struct reading r = {0};
    int error = text_read(path, add_line, &r);
    uint64_t schema = recording_u64(&r.recording, "schema");

    if (error == -ENODATA) { /* the last line was cut off by a crash */
        r.recording.skipped++;
        r.recording.cut_line = true;
        error = 0;
    }
    if (!error && schema != 1 && schema != STORE_SCHEMA)
        error = -EPROTONOSUPPORT;
    layout_finish(&r.layout);
    if (error)
        recording_finish(&r.recording);
    else
        *ret = r.recording;
    return error;
}

void recording_finish(struct recording *r)
{
    free(r->header);
    free(r->samples);
    *r = (struct recording){0};
}

bool recording_next(const struct recording *r, const char **at,
                    struct item *ret)
{
    *at = *at ? *at : r->header;
    while (*at && text_next(at, '\n', ret))
        if (ret->key_len > 2 && memcmp(ret->key, "# ", 2) == 0) {
            ret->key += 2;
            ret->key_len -= 2;
            return true;
        }
    return false;
}

static bool find_key(const struct recording *r, const char *key,
                     struct item *ret)
{
    for (const char *at = NULL; recording_next(r, &at, ret);)
        if (ret->value && item_is(ret, key))
            return true;
    return false;
}

void recording_key(const struct recording *r, const char *key, char *out,
                   size_t size)
{
    struct item item;

    out[0] = '\0';
    if (find_key(r, key, &item))
        snprintf(out, size, "%.*s", (int)item.value_len, item.value);
    clean_line(out);
}

uint64_t recording_u64(const struct recording *r, const char *key)
{
    struct item item;
    uint64_t value;

    return find_key(r, key, &item) && !item_u64(&item, &value) ? value : 0;
}

double recording_real(const struct recording *r, const char *key)
{
    struct item item;
    double value;

    return find_key(r, key, &item) && !item_real(&item, &value) ? value : 0;
}
