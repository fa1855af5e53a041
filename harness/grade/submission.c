/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looks at the text of a submission, so that what makes it no model is said
 * with its line, and not by a linker.
 */
#include "harness/grade/submission.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a comment or a literal that begins at `at` ends; `at`: none does. */
static const char *skip(const char *at, const char *end)
{
    const char *from = at;

    if (end - at > 1 && at[0] == '/' && at[1] == '/') {
        while (at < end && *at != '\n')
            at++;
        return at;
    }
    if (end - at > 1 && at[0] == '/' && at[1] == '*') {
        for (at += 2;
             at < end && !(at[-1] == '*' && at[0] == '/' && at - from > 2);)
            at++;
        return at < end ? at + 1 : end;
    }
    if (*at != '"' && *at != '\'')
        return at;
    for (at++; at < end && *at != *from && *at != '\n'; at++)
        at += *at == '\\' && at + 1 < end;
    return at < end ? at + 1 : end;
}

enum { WORDS = 3 }; /* the last ones that are remembered */

struct scan {
    struct submission *found;
    char last[WORDS][128]; /* [0] is the newest */
    unsigned line, depth;
    unsigned main_line, second_line;
    char second[128];
    bool lists; /* BATON_MODELS() or baton_models[] */
};

static void found_model(struct scan *s, const char *name)
{
    struct submission *found = s->found;

    if (!found->model_line) {
        snprintf(found->model, sizeof(found->model), "%s", name);
        found->model_line = s->line;
    } else if (!s->second_line) {
        snprintf(s->second, sizeof(s->second), "%s", name);
        s->second_line = s->line;
    }
}

static void take_word(struct scan *s, const char *word, size_t len)
{
    memmove(s->last[1], s->last[0], sizeof(s->last[0]) * (WORDS - 1));
    snprintf(s->last[0], sizeof(s->last[0]), "%.*s", (int)len, word);
    if (strcmp(s->last[0], "BATON_MODELS") == 0 ||
        strcmp(s->last[0], "baton_models") == 0)
        s->lists = true;
    if (strcmp(s->last[0], "contract") == 0)
        s->found->contract_line = s->line;
}

static void take_sign(struct scan *s, char sign)
{
    if (sign == '(' && !s->depth && strcmp(s->last[0], "main") == 0)
        s->main_line = s->line;
    /* "struct model NAME =" */
    if (sign == '=' && !s->depth && strcmp(s->last[1], "model") == 0 &&
        strcmp(s->last[2], "struct") == 0)
        found_model(s, s->last[0]);
    s->depth += sign == '{';
    s->depth -= sign == '}' && s->depth;
}

static void scan(struct scan *s, const char *at, const char *end)
{
    while (at < end) {
        const char *behind = skip(at, end);

        if (behind == at && (isalpha((unsigned char)*at) || *at == '_')) {
            while (behind < end &&
                   (isalnum((unsigned char)*behind) || *behind == '_'))
                behind++;
            take_word(s, at, (size_t)(behind - at));
        } else if (behind == at) {
            take_sign(s, *at);
            behind++;
        }
        for (; at < behind; at++)
            s->line += *at == '\n';
    }
}

static int judge(const struct scan *s, const struct submission *found,
                 char *why, size_t size)
{
    if (s->main_line)
        snprintf(why, size,
                 "line %u defines main(): a model is loaded by a program that "
                 "has one; delete it",
                 s->main_line);
    else if (!found->model_line)
        snprintf(why, size,
                 "there is no model: the file has to define `const struct "
                 "model model_NAME = {...};`");
    else if (s->second_line)
        snprintf(why, size,
                 "line %u defines a second model, %s; the first one, %s, is "
                 "in line %u: one file has one model",
                 s->second_line, s->second, found->model, found->model_line);
    else
        return 0;
    return -EINVAL;
}

int submission_scan(const char *text, size_t len, struct submission *ret,
                    char *why, size_t size)
{
    struct scan s = {.found = ret, .line = 1};
    size_t room = len + sizeof(ret->model) + 64;
    int error;

    if (memchr(text, '\0', len)) {
        snprintf(why, size, "it holds bytes of 0: it is no text");
        return -EINVAL;
    }
    scan(&s, text, text + len);
    error = judge(&s, ret, why, size);
    if (error)
        return error;
    ret->text = malloc(room);
    if (!ret->text)
        return -ENOMEM;
    memcpy(ret->text, text, len);
    ret->len = len;
    if (!s.lists) /* as models of the source tree, which a row names */
        ret->len += (size_t)snprintf(ret->text + len, room - len,
                                     "\nBATON_MODELS(&%s);\n", ret->model);
    return 0;
}

/* A file whose size is known; its text in *ret. */
static int read_text(int fd, char **ret, size_t *ret_len, char *why,
                     size_t size)
{
    struct stat is;
    ssize_t n;

    if (fstat(fd, &is))
        return -errno;
    if (!S_ISREG(is.st_mode) || is.st_size > SUBMISSION_MOST) {
        snprintf(why, size, "it is %s",
                 S_ISREG(is.st_mode) ? "larger than 1 MiB: no model is"
                                     : "no regular file");
        return -EINVAL;
    }
    *ret = malloc((size_t)is.st_size + 1);
    n = *ret ? read(fd, *ret, (size_t)is.st_size) : -1;
    *ret_len = n < 0 ? 0 : (size_t)n;
    return *ret && n < 0 ? -errno : *ret ? 0 : -ENOMEM;
}

int submission_read(const char *path, struct submission *ret, char *why,
                    size_t size)
{
    const char *slash = strrchr(path, '/');
    /* A pipe would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;
    char *text = NULL;
    size_t len = 0;

    *ret = (struct submission){0};
    why[0] = '\0';
    snprintf(ret->name, sizeof(ret->name), "%s", slash ? slash + 1 : path);
    error = fd < 0 ? -errno : read_text(fd, &text, &len, why, size);
    if (!error)
        error = submission_scan(text, len, ret, why, size);
    if (error && !why[0])
        snprintf(why, size, "%s", strerror(-error));
    free(text);
    if (fd >= 0)
        close(fd);
    return error;
}

void submission_finish(struct submission *s)
{
    free(s->text);
    s->text = NULL;
}
