/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lesson in the terminal: wrapped, and a screen at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/lesson.h"
#include "harness/cli/screen.h"
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
    v->filled++;
    return key;
}

/* The same, and what follows begins at the top of the screen. */
static int ask_page(struct lesson_view *v, const char *words)
{
    int key = ask(v, words);

    if (v->stepwise && key != 'q')
        screen_clear();
    v->filled = 0;
    return key;
}

/* Waits where the screen is full.  False: q. */
static bool print_lines(struct lesson_view *v, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (v->stepwise && ++v->filled + 1 >= v->rows &&
            ask_page(v, "Enter: go on, q: quit") == 'q')
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
    char *text = lesson_plain(v, part->text), *shown = NULL;
    size_t size;
    FILE *out = open_memstream(&shown, &size);
    bool on = true;
    unsigned lines;

    /* An empty line before each part, but not between items. */
    if (out && (part->kind != PART_ITEM || v->last != PART_ITEM))
        fputs(part->kind == PART_TITLE ? "" : "\n", out);
    if (out && text)
        lesson_write(v, part, text, out);
    v->last = part->kind;
    shown = out ? text_close(out, &shown) : NULL;
    lines = shown ? count_lines(shown) : 0;
    /* What fits on a screen is not divided. */
    if (v->stepwise && v->filled + lines + 1 > v->rows && lines < v->rows - 1)
        on = ask_page(v, "Enter: go on, q: quit") != 'q';
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
        v->filled = 0; /* what is read is its last lines */
    }
    free(changed);
    return key != 'q';
}

/* Below its question, unless the screen is full. */
static int ask_answer(struct lesson_view *v)
{
    static const char words[] = "Enter: the answer, q: quit";

    return v->filled + 2 >= v->rows ? ask_page(v, words) : ask(v, words);
}

/* False: q. */
static bool show_part(struct lesson_view *v, const struct part *part)
{
    if (part->kind == PART_REVEALED)
        return true;
    if (part->kind == PART_REVEAL && ask_answer(v) == 'q')
        return false;
    return print_part(v, part) &&
           (part->kind != PART_COMMANDS || run_part(v, part));
}

static int ask_section(struct lesson_view *v, const struct lesson *l,
                       unsigned number)
{
    char words[80];

    snprintf(words, sizeof(words),
             "Enter: section %u of %u, s: skip it, q: quit", number,
             l->sections);
    return ask_page(v, words);
}

static void begin_screen(struct lesson_view *v)
{
    char why[160];

    if (!v->stepwise)
        return;
    screen_clear();
    if (screen_is_small(80, 24, why, sizeof(why)))
        printf("Commands print lines of 80 columns: %s.\n", why);
}

void lesson_show(struct lesson_view *v, const struct lesson *l)
{
    bool skipped = v->from > 0, on = true;

    begin_screen(v);
    for (size_t i = 0; i < l->n && on; i++) {
        const struct part *part = &l->parts[i];
        int key = '\n';

        if (part->kind == PART_SECTION && part->number > v->from)
            key = ask_section(v, l, part->number);
        if (part->kind == PART_SECTION)
            skipped = key == 's' || part->number < v->from;
        if (key == 'q')
            return;
        if (!skipped || part->kind == PART_TITLE)
            on = show_part(v, part);
    }
}
