/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/results/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* With `ret_rest` NULL, nothing may stand behind the number. */
static int read_u64(const char *text, int base, uint64_t *ret,
                    const char **ret_rest)
{
    uint64_t value;
    char *end;

    /* What strtoull() takes besides: blanks, signs, "0x". */
    if (base == 16 ? !isxdigit((unsigned char)text[0]) || text[1] == 'x'
                   : !isdigit((unsigned char)text[0]))
        return -EINVAL;
    errno = 0;
    value = strtoull(text, &end, base);
    if (errno || (!ret_rest && *end))
        return -EINVAL;
    *ret = value;
    if (ret_rest)
        *ret_rest = end;
    return 0;
}

int text_u64(const char *text, uint64_t *ret)
{
    return read_u64(text, 10, ret, NULL);
}

int text_hex(const char *text, uint64_t *ret)
{
    return read_u64(text, 16, ret, NULL);
}

int text_u64_unit(const char *text, uint64_t *ret, const char **ret_rest)
{
    return read_u64(text, 10, ret, ret_rest);
}

int text_u32(const char *text, uint32_t *ret)
{
    uint64_t value;

    if (text_u64(text, &value) || value > UINT32_MAX)
        return -EINVAL;
    *ret = (uint32_t)value;
    return 0;
}

int text_real_unit(const char *text, double *ret, const char **ret_rest)
{
    double value;
    char *end;

    /* What strtod() takes besides: blanks, signs, "nan", "0x". */
    if (!isdigit((unsigned char)text[0]) || text[1] == 'x')
        return -EINVAL;
    errno = 0;
    value = strtod(text, &end);
    if (errno || (!ret_rest && *end))
        return -EINVAL;
    *ret = value;
    if (ret_rest)
        *ret_rest = end;
    return 0;
}

int text_real(const char *text, double *ret)
{
    return text_real_unit(text, ret, NULL);
}

int text_size(const char *text, uint64_t *ret)
{
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    const char *unit;
    uint64_t value;

    if (text_u64_unit(text, &value, &unit))
        return -EINVAL;
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(unit, units[i]) == 0 && value <= UINT64_MAX >> (10 * i)) {
            *ret = value << (10 * i);
            return 0;
        }
    return -EINVAL;
}

int text_index(const char *const names[], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

int text_copy(const char *text, char *out, size_t size)
{
    size_t len = strlen(text);

    if (len == 0 || len >= size)
        return -EINVAL;
    memcpy(out, text, len + 1);
    return 0;
}

bool text_next(const char **list, char separator, struct item *ret)
{
    const char *at = *list, *equals;
    size_t len;

    while (*at && *at == separator)
        at++;
    if (!*at)
        return false;
    len = (size_t)(strchrnul(at, separator) - at);
    equals = memchr(at, '=', len);
    *ret = (struct item){.key = at, .key_len = len};
    if (equals) {
        ret->key_len = (size_t)(equals - at);
        ret->value = equals + 1;
        ret->value_len = len - ret->key_len - 1;
    }
    *list = at + len;
    return true;
}

bool item_is(const struct item *item, const char *key)
{
    return strlen(key) == item->key_len &&
           memcmp(key, item->key, item->key_len) == 0;
}

int item_copy(const struct item *item, char *out, size_t size)
{
    if (!item->value || item->value_len >= size)
        return -EINVAL;
    memcpy(out, item->value, item->value_len);
    out[item->value_len] = '\0';
    return 0;
}

int item_u64(const struct item *item, uint64_t *ret)
{
    char text[64]; /* no number is longer */

    return item_copy(item, text, sizeof(text)) ? -EINVAL : text_u64(text, ret);
}

int item_real(const struct item *item, double *ret)
{
    char text[64];

    return item_copy(item, text, sizeof(text)) ? -EINVAL : text_real(text, ret);
}

bool text_find(const char *list, char separator, const char *key,
               struct item *ret)
{
    struct item item;

    while (text_next(&list, separator, &item))
        if (item_is(&item, key) && item.value) {
            *ret = item;
            return true;
        }
    return false;
}

bool text_find_u64(const char *list, char separator, const char *key,
                   uint64_t *ret)
{
    struct item item;

    return text_find(list, separator, key, &item) && !item_u64(&item, ret);
}

bool text_find_real(const char *list, char separator, const char *key,
                    double *ret)
{
    struct item item;

    return text_find(list, separator, key, &item) && !item_real(&item, ret);
}

char *text_close(FILE *stream, char **text)
{
    if (fclose(stream) == 0)
        return *text;
    free(*text);
    return NULL;
}

char *text_of(void (*print)(const void *data, FILE *out), const void *data)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    print(data, out);
    return text_close(out, &text);
}

void text_add(char *text, size_t size, const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + len, size - len, format, args);
    va_end(args);
}

int text_fields(char *line, char *fields[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fields[i] = strsep(&line, "\t")))
            return -EINVAL;
    return line ? -EINVAL : 0;
}

/* Other systems begin a file with a mark and end lines with two bytes. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

static char *skip_mark(char *line)
{
    size_t len = sizeof(byte_order_mark) - 1;

    return strncmp(line, byte_order_mark, len) == 0 ? line + len : line;
}

/* A device, but for a terminal and the one that is empty (null(4)). */
static bool has_no_end(int fd)
{
    struct stat is;

    return fstat(fd, &is) == 0 && S_ISCHR(is.st_mode) && !isatty(fd) &&
           is.st_rdev != makedev(1, 3);
}

int text_read(const char *path, int (*take)(void *data, char *line, size_t len),
              void *data)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    bool first = true;
    int error;

    if (!file)
        return -errno;
    error = has_no_end(fileno(file)) ? -EFBIG : 0;
    while (!error && (len = getline(&line, &size, file)) > 0) {
        if (line[len - 1] != '\n') {
            error = -ENODATA;
            break;
        }
        line[--len] = '\0';
        if (len > 0 && line[len - 1] == '\r')
            line[--len] = '\0';
        error = take(data, first ? skip_mark(line) : line, (size_t)len);
        first = false;
    }
    if (!error && ferror(file))
        error = -EIO;
    free(line);
    fclose(file);
    return error;
}

int text_read_part(const char *dir, const char *name,
                   int (*take)(void *data, char *line, size_t len), void *data)
{
    char path[PATH_MAX + 16];
    int error;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    error = text_read(path, take, data);
    return error == -ENODATA ? -EINVAL : error;
}

void text_first_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");

    if (!file || !fgets(out, (int)size, file))
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (file)
        fclose(file);
}

/* Without the blanks at both ends. */
static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

int text_pairs(FILE *file,
               int (*set)(void *data, const char *key, const char *value),
               void *data, unsigned *ret_line)
{
    char *line = NULL;
    size_t size = 0;
    int error = 0;

    *ret_line = 0;
    while (!error && getline(&line, &size, file) > 0) {
        char *key = trim(*ret_line ? line : skip_mark(line)),
             *equals = strchr(key, '=');

        ++*ret_line;
        if (!*key || *key == '#')
            continue;
        if (!equals) {
            error = -EINVAL;
            break;
        }
        *equals = '\0';
        error = set(data, trim(key), trim(equals + 1));
    }
    free(line);
    return !error && ferror(file) ? -EIO : error;
}

char *text_replace(const char *text, const char *mark, const char *by)
{
    char *result = NULL;
    const char *at;
    size_t size;
    FILE *out = open_memstream(&result, &size);

    if (!out)
        return NULL;
    for (; (at = strstr(text, mark)); text = at + strlen(mark))
        fprintf(out, "%.*s%s", (int)(at - text), text, by);
    fputs(text, out);
    return text_close(out, &result);
}
