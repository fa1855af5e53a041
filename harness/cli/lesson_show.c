/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lesson in the terminal: wrapped, and a screen at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/lesson.h"
#include "harness/report/document.h"
#include "harness/results/array.h"
#include "harness/results/text.h"

/* What was typed first: '\n' for Enter alone; 'q' also at the input's end. */
static int ask(struct lesson_view *v, const char *words)
{
    char *line = NULL;
    size_t size = 0;
    int key;

    if (!v->stepwise)
        return '\n';
    printf(v->colour ? "\033[7m%s\033[0m " : "%s ", words);
    fflush(stdout);
    key = getline(&line, &size, stdin) > 0 ? line[0] : 'q';
    free(line);
    v->filled = 0;
    return key;
}

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
static char *plain(const struct lesson_view *v, const char *text)
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

/* A row of a table: in columns, or below its first cell if they are too wide.
 */
static void print_row(char *const cells[], size_t n, const size_t widths[],
                      char *const heads[], FILE *out)
{
    for (size_t i = 0; i < n; i++)
        if (heads && i == 0)
            fprintf(out, "  %s\n", cells[0]);
        else if (heads && *cells[i])
            fprintf(out, "    %s: %s\n", heads[i], cells[i]);
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
        print_row(rows[i].cells, most, widths,
                  all > v->width ? rows[0].cells : NULL, out);
    free(rows);
}

static void print_indented(const char *text, const char *first, FILE *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        fprintf(out, "%s%.*s\n", len ? first : "", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void write_part(const struct lesson_view *v, const struct part *part,
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
        print_indented(part->text, "  ", out);
    else if (part->kind == PART_COMMANDS)
        print_indented(part->text, "    ", out);
    else
        document_text(&d, NULL, "%s", text);
}

/* Waits where the screen is full.  False: q. */
static bool print_lines(struct lesson_view *v, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (v->stepwise && ++v->filled + 1 >= v->rows &&
            ask(v, "Enter: go on, q: quit") == 'q')
            return false;
        printf("%.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
    return true;
}

static unsigned count_lines(const char *text)
{
    unsigned n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static bool print_part(struct lesson_view *v, const struct part *part)
{
    char *text = plain(v, part->text), *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    bool on = true;
    unsigned lines;

    /* An empty line before each part, but not between items. */
    if (out && (part->kind != PART_ITEM || v->last != PART_ITEM))
        fputs(part->kind == PART_TITLE ? "" : "\n", out);
    if (out && text)
        write_part(v, part, text, out);
    v->last = part->kind;
    shown = out ? text_close(out, &shown) : NULL;
    lines = shown ? count_lines(shown) : 0;
    /* What fits on a screen is not divided. */
    if (v->stepwise && v->filled + lines + 1 > v->rows && lines < v->rows - 1)
        on = ask(v, "Enter: go on, q: quit") != 'q';
    on = on && shown && print_lines(v, shown);
    free(shown);
    free(text);
    return on;
}

static bool run_part(struct lesson_view *v, const struct part *part)
{
    char *changed = v->options ? lesson_predict(part->text, v->options) : NULL;
    int key = ask(v, "Enter: run this, s: skip it, q: quit");

    if (key != 'q' && key != 's' && (v->stepwise || v->runs)) {
        fflush(stdout);
        v->run(v->context, changed ? changed : part->text, part->status);
        putchar('\n');
    }
    free(changed);
    return key != 'q';
}

/* False: q. */
static bool show_part(struct lesson_view *v, const struct part *part)
{
    char prompt[160];

    if (part->kind == PART_REVEALED)
        return true;
    if (part->kind == PART_REVEAL && v->stepwise) {
        snprintf(prompt, sizeof(prompt), "Enter: %.100s, q: quit", part->text);
        return ask(v, prompt) != 'q';
    }
    return print_part(v, part) &&
           (part->kind != PART_COMMANDS || run_part(v, part));
}

void lesson_show(struct lesson_view *v, const struct lesson *l)
{
    bool skipped = v->from > 0, on = true;

    for (size_t i = 0; i < l->n && on; i++) {
        const struct part *part = &l->parts[i];
        int key = '\n';

        if (part->kind == PART_SECTION && part->number > v->from)
            key = ask(v, "Enter: the next section, s: skip it, q: quit");
        if (part->kind == PART_SECTION)
            skipped = key == 's' || part->number < v->from;
        if (key == 'q')
            return;
        if (!skipped || part->kind == PART_TITLE)
            on = show_part(v, part);
    }
}
