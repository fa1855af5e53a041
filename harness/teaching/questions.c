/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/teaching/questions.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/text.h"

static const char *const kinds[QUESTION_KINDS] = {"number", "ratio", "order"};

static const struct {
    const char *name;
    size_t at;
    bool number;
} keys[] = {
    {"ask", offsetof(struct question, ask), false},
    {"command", offsetof(struct question, command), false},
    {"unit", offsetof(struct question, unit), false},
    {"workload", offsetof(struct question, workload), false},
    {"of", offsetof(struct question, of), false},
    {"over", offsetof(struct question, over), false},
    {"models", offsetof(struct question, models), false},
    {"promise", offsetof(struct question, promise), false},
    {"fewest", offsetof(struct question, fewest), true},
    {"most", offsetof(struct question, most), true},
};

struct reader {
    struct question *question;
    char *why;
    size_t size;
};

static int set_kind(struct reader *r, const char *value)
{
    int kind = text_index(kinds, QUESTION_KINDS, value);

    if (kind >= 0) {
        r->question->kind = (enum question_kind)kind;
        return 0;
    }
    snprintf(r->why, r->size,
             "there is no kind '%.40s'; there are number, ratio and order",
             value);
    return -EINVAL;
}

static int set_number(struct reader *r, const char *value, uint64_t *to)
{
    if (text_u64(value, to) == 0)
        return 0;
    snprintf(r->why, r->size, "'%.40s' is not a number", value);
    return -EINVAL;
}

static int set_text(const char *value, char **to)
{
    free(*to);
    *to = strdup(value);
    return *to ? 0 : -ENOMEM;
}

static int set(void *data, const char *key, const char *value)
{
    struct reader *r = data;

    if (strcmp(key, "kind") == 0)
        return set_kind(r, value);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        void *to = (char *)r->question + keys[i].at;

        if (strcmp(key, keys[i].name) == 0)
            return keys[i].number ? set_number(r, value, to)
                                  : set_text(value, to);
    }
    snprintf(r->why, r->size,
             "there is no key '%.40s'; questions/README.md lists them", key);
    return -EINVAL;
}

static int read_text(struct reader *r, const char *text, unsigned *line)
{
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    int error;

    if (!file)
        return -errno;
    error = text_pairs(file, set, r, line);
    fclose(file);
    if (error == -EINVAL && !r->why[0])
        snprintf(r->why, r->size, "a line is KEY=VALUE");
    if (!error && (!r->question->ask || !r->question->command)) {
        snprintf(r->why, r->size, "the keys ask and command are needed");
        error = -EINVAL;
    }
    return error;
}

int questions_add(struct questions *all, const char *name, const char *text,
                  char *why, size_t size)
{
    struct question *q = ARRAY_NEXT(all->items, all->n);
    char what[256] = "";
    struct reader r = {q, what, sizeof(what)};
    unsigned line = 0;
    int error;

    if (!q)
        return -ENOMEM;
    all->n++;
    q->id = strdup(name);
    error = q->id ? read_text(&r, text, &line) : -ENOMEM;
    if (error)
        snprintf(why, size, "questions/%s:%u: %s", name, line,
                 what[0] ? what : strerror(-error));
    return error;
}

int questions_read(struct questions *ret, char *why, size_t size)
{
    int error = 0;

    *ret = (struct questions){0};
    for (size_t i = 0; i < n_question_files && !error; i++)
        error = questions_add(ret, question_files[i].name,
                              question_files[i].text, why, size);
    return error;
}

void questions_finish(struct questions *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct question *q = &all->items[i];

        free(q->id);
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
            if (!keys[k].number)
                free(*(char **)((char *)q + keys[k].at));
    }
    free(all->items);
    *all = (struct questions){0};
}

const struct question *questions_find(const struct questions *all,
                                      const char *id)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->items[i].id, id) == 0)
            return &all->items[i];
    return NULL;
}
