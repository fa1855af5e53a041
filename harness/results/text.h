/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_HARNESS_RESULTS_TEXT_H
#define BATON_HARNESS_RESULTS_TEXT_H

/*
 * The one reader of the text that Baton writes itself: numbers, lists of
 * "key=value", and files of lines.  Errors are negative errno; outputs are
 * untouched by a failure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A number and nothing else: no blank, no sign, no "nan", nothing behind it.
 * 0, or -EINVAL; also where it does not fit.
 */
int text_u64(const char *text, uint64_t *ret);
int text_u32(const char *text, uint32_t *ret);
int text_hex(const char *text, uint64_t *ret); /* without "0x" */
int text_real(const char *text, double *ret);

/* "4KiB", "1000"; 0, or -EINVAL. */
int text_size(const char *text, uint64_t *ret);

/*
 * The number that `text` begins with; its unit begins at *ret_rest.  NULL:
 * there must be none.
 */
int text_u64_unit(const char *text, uint64_t *ret, const char **ret_rest);
int text_real_unit(const char *text, double *ret, const char **ret_rest);

/* Which of n names it is; -1: none of them. */
int text_index(const char *const names[], size_t n, const char *name);

/* Copies all of `text`, which must not be empty.  0, or -EINVAL: too long. */
int text_copy(const char *text, char *out, size_t size);

/*
 * One item of a list.  Both point into the list and are not terminated;
 * value is NULL where there is no '='.
 */
struct item {
    const char *key, *value;
    size_t key_len, value_len;
};

/*
 * Takes the next item of "key=value,key=value" from *list.  False at the end.
 * Empty items are passed over.
 */
bool text_next(const char **list, char separator, struct item *ret);

bool item_is(const struct item *item, const char *key);
int item_u64(const struct item *item, uint64_t *ret);
int item_real(const struct item *item, double *ret);

/* The value with its terminator; -EINVAL: there is none, or it does not fit. */
int item_copy(const struct item *item, char *out, size_t size);

/* The first item of that key. */
bool text_find(const char *list, char separator, const char *key,
               struct item *ret);
/* The same of its value; false also where that is no number. */
bool text_find_u64(const char *list, char separator, const char *key,
                   uint64_t *ret);
bool text_find_real(const char *list, char separator, const char *key,
                    double *ret);

/* Closes a stream of open_memstream(); its *text, or NULL without memory. */
char *text_close(FILE *stream, char **text);
/* What `print` writes of `data`, for free(); NULL: no memory. */
char *text_of(void (*print)(const void *data, FILE *out), const void *data);

/* Adds to a text of `size` bytes in all; what does not fit is left out. */
__attribute__((format(printf, 3, 4))) void text_add(char *text, size_t size,
                                                    const char *format, ...);

/* With `by` for each `mark`, for free(); NULL: no memory. */
char *text_replace(const char *text, const char *mark, const char *by);

/*
 * Splits a line at each tab, in place.  0, or -EINVAL unless it has exactly n
 * fields.
 */
int text_fields(char *line, char *fields[], size_t n);

/*
 * Gives each line of a file to `take`, without its newline or its CR LF, and
 * without a byte order mark before the first; `len` is more
 * than strlen() where the line holds a NUL.  What `take` returns ends the
 * reading, unless it is 0.  -ENODATA: the last line has no newline, and was
 * not given; -EIO: the file could not be read; another -errno: nor opened.
 */
int text_read(const char *path, int (*take)(void *data, char *line, size_t len),
              void *data);

/*
 * The same of the file `name` in `dir`; -EINVAL: its last line has no newline.
 */
int text_read_part(const char *dir, const char *name,
                   int (*take)(void *data, char *line, size_t len), void *data);

/* The first line of a file, without its newline; "" where there is none. */
void text_first_line(const char *path, char *out, size_t size);

/*
 * Gives each line "key=value" of a file that people write to `set`.  Blank
 * lines and lines that begin with '#' are passed over, blanks around key and
 * value are taken away.  0; what `set` returned; -EINVAL: a line without '=';
 * or -EIO.  *ret_line is the number of the line that was read last, from 1.
 */
int text_pairs(FILE *file,
               int (*set)(void *data, const char *key, const char *value),
               void *data, unsigned *ret_line);

#endif
