/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_STORE_H
#define BATON_HARNESS_RESULTS_STORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "harness/results/sample.h"

/*
 * A run's directory.  samples.tsv grows by one write of one line per sample,
 * so whatever happens (kill -9, a full disk) the finished ones are there and
 * at most the last line is not whole; readers pass over a line without its
 * newline.  The other files are derived, and replaced as a whole.
 */
struct item; /* harness/results/text.h */
struct recording;
struct store {
    char dir[PATH_MAX];
    int fd;
    off_t length; /* of the whole lines */
};

/* Makes `dir` and its parents, those that are not there; 0 or -errno. */
int store_make_directory(const char *dir);

/*
 * Makes `dir` (and its parents) and in it samples.tsv, beginning with
 * `header` ("# key=value" lines) and the names of the columns.  0 or -errno:
 * -EEXIST when there is one already.
 */
int store_create(struct store *store, const char *dir, const char *header);

/* 0 or -errno; then the file ends where it ended before. */
int store_append(struct store *store, const struct sample *s);
/* A line "# KEY=VALUE" behind the samples; 0 or -errno. */
int store_note(struct store *store, struct recording *r, const char *key,
               const char *value);
/*
 * A last line "# ended=", and one more key of the recording's header unless
 * NULL: "complete" where `how` is 0, "interrupted" where it is -EINTR, else
 * "failed".  `how`, or what became of the line.
 */
int store_end(struct store *store, struct recording *r, int how);
int store_sync(struct store *store);
void store_close(struct store *store);

/* Writes dir/name through a temporary file: all of it or nothing. */
int store_write_file(const char *dir, const char *name, const char *text,
                     size_t len);

/* What samples.tsv holds.  Ends with recording_finish(). */
struct recording {
    char *header; /* the "# key=value" lines */
    struct sample *samples;
    size_t n;
    size_t skipped; /* lines that could not be read */
    bool cut_line;  /* the last of them has no end: the writer was killed */
};

/* 0 or -errno; -EPROTONOSUPPORT: written with another schema. */
int store_read(const char *dir, struct recording *ret);
/* The same, of a file of any name. */
int store_read_file(const char *path, struct recording *ret);
/*
 * "interrupted after 6 of 300 rounds".  False, and "": it came to its end, or
 * is of a version that did not record that.
 */
bool recording_ended_early(const struct recording *r, char *out, size_t size);
/* One more at the end; 0 or -ENOMEM. */
int recording_add(struct recording *r, const struct sample *s);
void recording_finish(struct recording *r);

/*
 * The next key of the header and its value, neither terminated: *at is NULL
 * for the first one.  False: that was the last.
 */
bool recording_next(const struct recording *r, const char **at,
                    struct item *ret);
/* The value of a header key, copied to `out`; "" when there is none. */
void recording_key(const struct recording *r, const char *key, char *out,
                   size_t size);
/* The same of a number; 0 when there is none. */
uint64_t recording_u64(const struct recording *r, const char *key);
double recording_real(const struct recording *r, const char *key);

/* What is written; schema 1 is read as well. */
#define STORE_SCHEMA 2

#endif
