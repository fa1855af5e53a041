/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/teaching/lesson.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"

struct parser {
    struct lesson *lesson;
    bool open; /* the last part goes on in the next line */
    bool fence, comment;
    int status; /* of the next commands */
    int error;
};

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Appends to the last part, behind `between`. */
static void append(struct parser *p, const char *between, const char *text,
                   size_t len)
{
    struct part *part = &p->lesson->parts[p->lesson->n - 1];
    size_t old = strlen(part->text), gap = old ? strlen(between) : 0;
    char *longer = realloc(part->text, old + gap + len + 1);

    if (!longer) {
        p->error = -ENOMEM;
        return;
    }
    memcpy(longer + old, between, gap);
    memcpy(longer + old + gap, text, len);
    longer[old + gap + len] = '\0';
    part->text = longer;
}

static void add(struct parser *p, enum part_kind kind, const char *text,
                size_t len)
{
    struct part *part = ARRAY_NEXT(p->lesson->parts, p->lesson->n);

    if (!part || !(part->text = strdup(""))) {
        p->error = -ENOMEM;
        return;
    }
    p->lesson->n++;
    part->kind = kind;
    if (kind == PART_SECTION)
        part->number = ++p->lesson->sections;
    if (kind == PART_COMMANDS) {
        part->status = p->status;
        p->status = 0;
    }
    p->open = true;
    append(p, "", text, len);
}

/* Goes on in the last part where that is of the same kind. */
static void add_line(struct parser *p, enum part_kind kind, const char *between,
                     const char *text, size_t len)
{
    struct lesson *l = p->lesson;

    if (p->open && l->n && l->parts[l->n - 1].kind == kind)
        append(p, between, text, len);
    else
        add(p, kind, text, len);
}

static void take_comment(struct parser *p, const char *line, size_t len)
{
    if (begins(line, "<!-- exit: "))
        p->status = atoi(line + strlen("<!-- exit: "));
    p->comment = !memmem(line, len, "-->", 3);
}

static void begin_fence(struct parser *p, const char *line)
{
    p->fence = true;
    add(p, begins(line, "```sh") ? PART_COMMANDS : PART_LISTING, "", 0);
}

/* "<details><summary>Answer</summary>" */
static void take_reveal(struct parser *p, const char *line)
{
    const char *from = strstr(line, "<summary>"), *to;

    from = from ? from + strlen("<summary>") : line + strlen("<details>");
    to = strchr(from, '<');
    add(p, PART_REVEAL, from, to ? (size_t)(to - from) : strcspn(from, "\n"));
    p->open = false;
}

/* "![what it shows](folder/name.svg)" becomes "Figure name.svg: what ...". */
static void take_figure(struct parser *p, const char *line, size_t len)
{
    const char *end = memchr(line, ']', len), *name = line + len - 1;

    while (name > line && name[-1] != '/' && name[-1] != '(')
        name--;
    add(p, PART_FIGURE, "Figure ", strlen("Figure "));
    append(p, "", name, strcspn(name, ")\n"));
    append(p, ": ", line + 2, end ? (size_t)(end - line) - 2 : 0);
    p->open = false;
}

static void take_head(struct parser *p, const char *line, size_t len)
{
    size_t marks = strspn(line, "# ");

    add(p, line[1] == '#' ? PART_SECTION : PART_TITLE, line + marks,
        len - marks);
    p->open = false;
}

static void take_text(struct parser *p, const char *line, size_t len)
{
    size_t blanks = strspn(line, " ");
    enum part_kind last =
        p->lesson->n ? p->lesson->parts[p->lesson->n - 1].kind : PART_TITLE;

    if (begins(line, "- "))
        add(p, PART_ITEM, line + 2, len - 2);
    else if (isdigit((unsigned char)line[0]) && begins(line + 1, ". "))
        add(p, PART_ITEM, line, len);
    else
        add_line(p, p->open && last == PART_ITEM ? PART_ITEM : PART_TEXT, " ",
                 line + blanks, len - blanks);
}

static void take_plain(struct parser *p, const char *line, size_t len)
{
    if (begins(line, "<!--"))
        take_comment(p, line, len);
    else if (begins(line, "```"))
        begin_fence(p, line);
    else if (begins(line, "<details>"))
        take_reveal(p, line);
    else if (begins(line, "</details>"))
        add(p, PART_REVEALED, "", 0);
    else if (begins(line, "!["))
        take_figure(p, line, len);
    else if (begins(line, "# ") || begins(line, "## "))
        take_head(p, line, len);
    else if (begins(line, "|---"))
        return;
    else if (begins(line, "|"))
        add_line(p, PART_TABLE, "\n", line, len);
    else if (begins(line, "> "))
        add_line(p, PART_QUOTE, " ", line + 2, len - 2);
    else if (len)
        take_text(p, line, len);
    else
        p->open = false;
}

static void take_line(struct parser *p, const char *line, size_t len)
{
    if (p->comment) {
        p->comment = !memmem(line, len, "-->", 3);
    } else if (!p->fence) {
        take_plain(p, line, len);
    } else if (begins(line, "```")) {
        p->fence = p->open = false;
    } else {
        append(p, "", line, len);
        append(p, "", "\n", 1);
    }
}

int lesson_parse(const char *markdown, struct lesson *ret)
{
    struct parser p = {.lesson = ret};

    *ret = (struct lesson){0};
    while (*markdown && !p.error) {
        size_t len = strcspn(markdown, "\n");

        take_line(&p, markdown, len);
        markdown += len + (markdown[len] == '\n');
    }
    return p.error;
}

void lesson_finish(struct lesson *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->parts[i].text);
    free(l->parts);
    *l = (struct lesson){0};
}

/* The commands that have the option, and behind how many words it stands. */
static size_t words_before(const char *line)
{
    static const struct {
        const char *begin;
        size_t words;
    } asking[] = {
        {"./baton run ", 3}, {"./baton step ", 3}, {"./baton demo ", 3}};

    for (size_t i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
        if (begins(line, asking[i].begin))
            return asking[i].words;
    return 0;
}

char *lesson_predict(const char *commands, const char *options)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    while (out && *commands) {
        size_t words = words_before(commands), all = strcspn(commands, "\n"),
               len = 0;

        for (size_t i = 0; i < words; i++) {
            len += strspn(commands + len, " ");
            len += strcspn(commands + len, " \n");
        }
        fprintf(out, "%.*s", (int)len, commands);
        if (words)
            fprintf(out, " %s", options);
        all += commands[all] == '\n';
        fprintf(out, "%.*s", (int)(all - len), commands + len);
        commands += all;
    }
    return out ? text_close(out, &text) : NULL;
}
