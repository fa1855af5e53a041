/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages, and what users type. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/cli.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"

void complain(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    if (text)
        clean_lines(text);
    fprintf(stderr, "baton: %s\n", text ? text : "out of memory");
    free(text);
}

enum { LONGEST_NAME = 64 }; /* for which another one is proposed */

/*
 * Insertions, deletions, changes and swaps of neighbours that make b of a: the
 * optimal string alignment distance (Damerau 1964), by rows.
 */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST_NAME + 1] = {0}, n = strlen(b), i;

    if (n > LONGEST_NAME || strlen(a) > LONGEST_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (i = 1; a[i - 1]; i++) {
        const size_t *two_up = rows[(i + 1) % 3], *up = rows[(i + 2) % 3];
        size_t *row = rows[i % 3];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = MIN(up[j - 1] + (a[i - 1] != b[j - 1]),
                         MIN(row[j - 1], up[j]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], two_up[j - 2] + 1);
        }
    }
    return rows[(i + 2) % 3][n];
}

int complain_unknown(const char *what, const char *name,
                     const char *const names[], size_t n)
{
    size_t best = SIZE_MAX;
    const char *nearest = NULL;

    fprintf(stderr, "baton: there is no %s '%s'; there are:", what, name);
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(name, names[i]);

        fprintf(stderr, " %s", names[i]);
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    fputc('\n', stderr);
    if (nearest && best <= (strlen(nearest) + 2) / 3)
        fprintf(stderr, "       did you mean '%s'?\n", nearest);
    return EXIT_USAGE;
}

static char *command = NULL;

static bool is_plain(const char *word)
{
    return *word && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "-_./,:=+@%~") == strlen(word);
}

static void print_word(const char *word, FILE *out)
{
    if (is_plain(word)) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word == '\n' ? ' ' : *word, out);
    fputc('\'', out);
}

void print_words(char *const words[], FILE *out)
{
    for (size_t i = 0; words[i]; i++) {
        if (i)
            fputc(' ', out);
        print_word(words[i], out);
    }
}

void remember_command(int argc, char *argv[])
{
    size_t size;
    FILE *out = open_memstream(&command, &size);

    if (!out)
        return;
    fputs(argc > 1 ? "baton " : "baton", out);
    print_words(argv + 1, out);
    fclose(out);
}

const char *command_line(void)
{
    return command ? command : "baton";
}

int read_duration(const char *text, uint64_t *ret_ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"s", 1e9},  {"", 1e9},     {"ms", 1e6},
                 {"m", 60e9}, {"min", 60e9}, {"h", 3600e9}};
    const char *unit;
    double value;

    if (text_real_unit(text, &value, &unit))
        return -EINVAL;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].name) == 0 && value * units[i].ns >= 1 &&
            value * units[i].ns < 1e15) {
            *ret_ns = (uint64_t)(value * units[i].ns);
            return 0;
        }
    return -EINVAL;
}
