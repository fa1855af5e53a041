/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of a lesson as lines, wrapped to the width of the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/lesson.h"
#include "harness/report/document.h"
#include "harness/results/array.h"
#include "harness/results/text.h"

/* Whether a bracket begins "[words](link)". */
static bool is_link(const char *text)
{
    return *text == '[' && strncmp(text + strcspn(text, "]"), "](", 2) == 0;
}

/* Whether an asterisk stands at a word, and not between numbers. */
static bool is_mark(const char *text, const char *begin)
{
    return *text == '*' &&
           ((text > begin && text[-1] != ' ') || text[1] != ' ');
}

/* Without marks of Markdown: links are their words, code stays as it is. */
char *lesson_plain(const struct lesson_view *v, const char *text)
{
    const char *begin = text;
    char *out = NULL;
    size_t size;
    FILE *file = open_memstream(&out, &size);
    bool code = false, bold = false, link = false;

    for (; file && *text; text++) {
        code ^= *text == '`';
        if (!code && strncmp(text, "**", 2) == 0) {
            bold = !bold;
            fputs(!v->colour ? "" : bold ? "\033[1m" : "\033[0m", file);
            text++;
        } else if (!code && is_link(text)) {
            link = true;
        } else if (link && *text == ']') {
            link = false;
            text += strcspn(text, ")") - !strchr(text, ')');
        } else if (code || !is_mark(text, begin)) {
            fputc(*text, file);
        }
    }
    return file ? text_close(file, &out) : NULL;
}

/* Each row's cells, below each other. */
enum { MOST_COLUMNS = 8 };
static size_t split(char *row, char *cells[])
{
    size_t n = 0;
    char *cell;

    for (row += *row == '|'; n < MOST_COLUMNS && (cell = strsep(&row, "|"));) {
        size_t len;

        cell += strspn(cell, " ");
        for (len = strlen(cell); len > 0 && cell[len - 1] == ' '; len--)
            cell[len - 1] = '\0';
        if (row || *cell)
            cells[n++] = cell;
    }
    return n;
}

/* A cell below the first one of its row. */
static void print_cell(const struct lesson_view *v, const char *head,
                       const char *cell, FILE *out)
{
    size_t at = (size_t)fprintf(out, "    %s:", head), len;

    for (; *cell; cell += len + strspn(cell + len, " ")) {
        len = strcspn(cell, " ");
        if (at + 1 + len > v->width)
            at = (size_t)fprintf(out, "\n     ") - 1;
        at += (size_t)fprintf(out, " %.*s", (int)len, cell);
    }
    fputc('\n', out);
}

/* A row of a table: in columns, or below its first cell if they are too wide.
 */
static void print_row(const struct lesson_view *v, char *const cells[],
                      size_t n, const size_t widths[], char *const heads[],
                      FILE *out)
{
    for (size_t i = 0; i < n; i++)
        if (heads && i == 0)
            fprintf(out, "  %s\n", cells[0]);
        else if (heads && *cells[i])
            print_cell(v, heads[i], cells[i], out);
        else if (!heads && i + 1 < n)
            fprintf(out, "  %-*s", (int)widths[i], cells[i]);
        else if (!heads)
            fprintf(out, "  %s\n", cells[i]);
}

static void print_table(const struct lesson_view *v, char *text, FILE *out)
{
    struct row {
        char *cells[MOST_COLUMNS];
    } *rows = NULL;
    size_t widths[MOST_COLUMNS] = {0}, all = 0, most = 0, lines = 0;
    char *line;

    while ((line = strsep(&text, "\n")) && ARRAY_NEXT(rows, lines)) {
        size_t n = split(line, rows[lines].cells);

        most = MAX(most, n);
        for (size_t i = 0; i < n; i++)
            widths[i] = MAX(widths[i], strlen(rows[lines].cells[i]));
        for (size_t i = n; i < MOST_COLUMNS; i++)
            rows[lines].cells[i] = line + strlen(line);
        lines++;
    }
    for (size_t i = 0; i < most; i++)
        all += 2 + widths[i];
    for (size_t i = all > v->width; i < lines; i++)
        print_row(v, rows[i].cells, most, widths,
                  all > v->width ? rows[0].cells : NULL, out);
    free(rows);
}

static void print_indented(const char *text, int indent, FILE *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        fprintf(out, "%*s%.*s\n", len ? indent : 0, "", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* Not indented where that makes it wider than the screen; cut where it is. */
static void print_listing(const struct lesson_view *v, const char *text,
                          FILE *out)
{
    size_t widest = 0, len;

    for (const char *at = text; *at; at += len + (at[len] == '\n')) {
        len = strcspn(at, "\n");
        widest = MAX(widest, len);
    }
    if (widest <= v->width || !v->stepwise) {
        print_indented(text, widest + 2 > v->width ? 0 : 2, out);
        return;
    }
    for (; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        fprintf(out, len > v->width ? "%.*s...\n" : "%.*s\n",
                (int)(len > v->width ? v->width - 3 : len), text);
    }
}

void lesson_write(const struct lesson_view *v, const struct part *part,
                  char *text, FILE *out)
{
    struct document d = {.out = out, .colour = v->colour, .width = v->width};

    if (part->kind == PART_TITLE || part->kind == PART_SECTION)
        document_begin(&d, NULL, text);
    else if (part->kind == PART_ITEM && text[0] && text[1] != '.')
        document_item(&d, "%s", text);
    else if (part->kind == PART_TABLE)
        print_table(v, text, out);
    else if (part->kind == PART_LISTING)
        print_listing(v, part->text, out);
    else if (part->kind == PART_COMMANDS)
        print_indented(part->text, 4, out);
    else
        document_text(&d, NULL, "%s", text);
}
