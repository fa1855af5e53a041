/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/web/plain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * A mark is the run's number in two characters, U+F0000 and 12 bits each: the
 * last two bytes of each have 6 bits.
 */
enum { MARK = 8, LEAST = 3 * MARK, PAUSE = 64 << 10, WORTH = 8 };

static const char lead = '\xf3', second = '\xb0';

static void write_mark(char *out, uint32_t number)
{
    for (size_t i = 0; i < MARK; i += 4) {
        uint32_t bits = i ? number & 0xfff : number >> 12;

        out[i] = lead;
        out[i + 1] = second;
        out[i + 2] = (char)(0x80 | bits >> 6);
        out[i + 3] = (char)(0x80 | (bits & 0x3f));
    }
}

static uint32_t read_mark(const char *in)
{
    uint32_t number = 0;

    for (size_t i = 0; i < MARK; i += 4)
        number = number << 12 | (in[i + 2] & 0x3fu) << 6 | (in[i + 3] & 0x3fu);
    return number;
}

/* "&#xF0000;" and the like would be read as marks. */
static bool has_marks(struct bounded *b, const char *text, size_t len)
{
    const char *end = text + len, *pause = text;

    if (memchr(text, lead, len))
        return true;
    while ((text = memmem(text, (size_t)(end - text), "&#", 2))) {
        bool hex = (text[2] | 0x20) == 'x';
        const char *digits = text + (hex ? 3 : 2);
        unsigned long c = isxdigit((unsigned char)*digits)
                              ? strtoul(digits, NULL, hex ? 16 : 10)
                              : 0;

        if (c >= 0xf0000 && c <= 0xfffff)
            return true;
        text += 2;
        if (text < pause)
            continue;
        bounded_pause(b);
        pause = text + PAUSE;
    }
    return false;
}

/* Tags, references, quotes and line ends; there are no other controls. */
static const bool ends_run[256] = {
    ['<'] = true, ['>'] = true,  ['&'] = true,
    ['"'] = true, ['\''] = true, ['\r'] = true,
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f';
}

/* Behind these a '>' ends a comment, or a section of CDATA. */
static bool ends_comment(char c)
{
    return c == '-' || c == '!' || c == ']';
}

/* The next run from *at on, which is then behind it. */
static bool next_run(const char *text, size_t len, size_t *at,
                     struct plain_run *ret)
{
    const char *found;

    while ((found = memchr(text + *at, '>', len - *at))) {
        size_t begin = (size_t)(found - text) + 1, end;

        while (begin < len && is_space(text[begin]))
            begin++;
        for (end = begin; end < len && !ends_run[(unsigned char)text[end]];)
            end++;
        *at = end;
        while (end > begin && ends_comment(text[end - 1]))
            end--;
        if (end - begin < LEAST)
            continue;
        *ret = (struct plain_run){(uint32_t)begin, (uint32_t)(end - begin)};
        return true;
    }
    return false;
}

static void count_runs(struct bounded *b, struct plain *p, size_t len)
{
    struct plain_run run;
    size_t at = 0, pause = PAUSE;

    p->short_len = len;
    while (next_run(p->text, len, &at, &run)) {
        p->n++;
        p->short_len -= run.len - MARK;
        if (at < pause)
            continue;
        bounded_pause(b);
        pause = at + PAUSE;
    }
}

/* As many as were counted. */
static void replace(struct plain *p, size_t len)
{
    char *out = p->short_text;
    size_t at = 0, from = 0;

    for (uint32_t i = 0; i < p->n; i++) {
        struct plain_run *run = &p->runs[i];

        next_run(p->text, len, &at, run);
        memcpy(out, p->text + from, run->at - from);
        out += run->at - from;
        write_mark(out, i);
        out += MARK;
        from = run->at + run->len;
    }
    memcpy(out, p->text + from, len - from);
    p->short_text[p->short_len] = '\0';
}

bool plain_shorten(struct bounded *b, const char *text, size_t len,
                   struct plain *ret)
{
    *ret = (struct plain){.text = text};
    if (has_marks(b, text, len))
        return false;
    count_runs(b, ret, len);
    if (len - ret->short_len < len / WORTH) {
        ret->n = 0;
        return false;
    }
    ret->runs = bounded_alloc(b, ret->n * sizeof(*ret->runs));
    ret->short_text = bounded_alloc(b, ret->short_len + 1);
    replace(ret, len);
    return true;
}

static const struct plain_run *run_of(struct bounded *b, const struct plain *p,
                                      const char *mark)
{
    uint32_t number = p->n;

    if (strnlen(mark, MARK) == MARK)
        number = read_mark(mark);
    if (number >= p->n) /* the parser has cut a mark: it does not */
        bounded_give_up(b);
    return &p->runs[number];
}

static size_t restored_len(struct bounded *b, const struct plain *p,
                           const char *from)
{
    size_t len = strlen(from);

    for (const char *at = from; (at = strchr(at, lead)); at += MARK)
        len += run_of(b, p, at)->len - MARK;
    return len;
}

char *plain_restore(struct bounded *b, const struct plain *p, char *from)
{
    const char *mark = p->n ? strchr(from, lead) : NULL, *at = from;
    char *whole, *out;

    if (!mark)
        return from;
    out = whole = bounded_alloc(b, restored_len(b, p, from) + 1);
    for (; mark; mark = strchr(at, lead)) {
        const struct plain_run *run = run_of(b, p, mark);

        out = mempcpy(out, at, (size_t)(mark - at));
        out = mempcpy(out, p->text + run->at, run->len);
        at = mark + MARK;
    }
    strcpy(out, at);
    bounded_free(b, from);
    return whole;
}
