/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/teaching/predict.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/array.h"
#include "harness/results/clean.h"
#include "harness/results/text.h"

int prediction_begin(struct prediction *p, void (*say)(const char *, ...))
{
    char why[512] = "out of memory";
    int error;

    *p = (struct prediction){.say = say};
    error = questions_read(&p->questions, why, sizeof(why));
    if (error)
        say("%s", why);
    return error;
}

void prediction_finish(struct prediction *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct predicted *q = &p->items[i];

        for (size_t k = 0; k < q->n_guesses; k++)
            guess_finish(&q->guesses[k]);
        for (size_t k = 0; k < q->n_choices; k++) {
            free(q->choices[k].name);
            free(q->choices[k].label);
        }
        free(q->guesses);
        free(q->id);
        free(q->text);
    }
    free(p->items);
    questions_finish(&p->questions);
    *p = (struct prediction){0};
}

/* The value of "{name}", which ends behind *end; NULL: it is no blank. */
static const char *blank_of(const struct blank blanks[], const char *at,
                            const char **end)
{
    size_t len = strcspn(at + 1, "}");

    for (; blanks && blanks->name; blanks++)
        if (strlen(blanks->name) == len && at[len + 1] == '}' &&
            strncmp(at + 1, blanks->name, len) == 0) {
            *end = at + len + 2;
            return blanks->value;
        }
    return NULL;
}

static char *fill(const char *text, const struct blank blanks[])
{
    char *out = NULL;
    size_t size;
    FILE *file = open_memstream(&out, &size);

    while (file && *text) {
        const char *value = *text == '{' ? blank_of(blanks, text, &text) : NULL;

        if (value)
            fputs(value, file);
        else
            fputc(*text++, file);
    }
    return file ? text_close(file, &out) : NULL;
}

static int add_choices(struct predicted *q, const struct choice choices[],
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        q->choices[i].name = strdup(choices[i].name);
        q->choices[i].label = strdup(choices[i].label);
        q->n_choices++;
        if (!q->choices[i].name || !q->choices[i].label)
            return -ENOMEM;
    }
    return 0;
}

long prediction_add(struct prediction *p, const char *id, const char *subject,
                    const struct blank blanks[], const struct choice choices[],
                    size_t n)
{
    const struct question *question = questions_find(&p->questions, id);
    struct predicted *q;

    if (!question || n > MOST_CHOICES)
        return question ? -E2BIG : -ENOENT;
    q = ARRAY_NEXT(p->items, p->n);
    if (!q)
        return -ENOMEM;
    p->n++;
    q->question = question;
    q->text = fill(question->ask, blanks);
    if (asprintf(&q->id, "%s%s%s", id, subject ? ":" : "",
                 subject ? subject : "") < 0)
        q->id = NULL;
    if (!q->text || !q->id || add_choices(q, choices, n))
        return -ENOMEM;
    return (long)p->n - 1;
}

struct predicted *prediction_find(const struct prediction *p, const char *id)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->items[i].id, id) == 0)
            return &p->items[i];
    return NULL;
}

static bool has_guessed(const struct predicted *q, const char *name)
{
    for (size_t i = 0; i < q->n_guesses; i++)
        if (*name && strcmp(q->guesses[i].name, name) == 0)
            return true;
    return false;
}

int prediction_guess(struct predicted *q, const char *name, const char *text,
                     char *why, size_t size)
{
    struct guess *g = ARRAY_NEXT(q->guesses, q->n_guesses);
    int error;

    snprintf(why, size, "out of memory");
    if (!g)
        return -ENOMEM;
    error = guess_read(q, name, text, g, why, size);
    if (!error && has_guessed(q, name)) {
        snprintf(why, size, "%.40s has a guess for %s already", name, q->id);
        error = -EEXIST;
    }
    if (error) {
        guess_finish(g);
        return error;
    }
    q->n_guesses++;
    *why = '\0';
    return 0;
}

/* Asking. */

static void print_question(const struct prediction *p, size_t i, FILE *out)
{
    const struct predicted *q = &p->items[i];

    fprintf(out, "%s%zu. %s\n", i ? "\n" : "", i + 1, q->text);
    for (size_t k = 0; k < q->n_choices; k++)
        fprintf(out, "   %c  %s (%s)\n", 'a' + (int)k, q->choices[k].label,
                q->choices[k].name);
}

/* "Ann: 3; Bob: 5", or a guess without a name.  Whether all can be used. */
static bool take_guesses(struct prediction *p, struct predicted *q, char *line)
{
    char *item, why[256];
    bool good = true;

    while ((item = strsep(&line, ";"))) {
        char *colon = strchr(item, ':'), *name = item + strspn(item, " "),
             *text = colon ? colon + 1 + strspn(colon + 1, " ") : name;

        if (colon)
            *colon = '\0';
        clean_line(name);
        clean_line(text);
        if (prediction_guess(q, colon ? name : "", text, why, sizeof(why))) {
            p->say("%s%.40s%s%s", colon ? "the guess of " : "",
                   colon ? name : "", colon ? ": " : "", why);
            good = false;
        } else {
            q->guesses[q->n_guesses - 1].typed = p->typed = true;
        }
    }
    return good;
}

void prediction_ask(struct prediction *p, FILE *in, FILE *out, bool terminal)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = 1;

    for (size_t i = 0; i < p->n && len > 0; i++) {
        bool good;

        print_question(p, i, out);
        do {
            fputs(terminal ? "   your guess (Enter: none): " : "", out);
            fflush(out);
            len = getline(&line, &size, in);
            if (len > 0)
                line[strcspn(line, "\r\n")] = '\0';
            good = len <= 0 || !line[strspn(line, " \t")] ||
                   take_guesses(p, &p->items[i], line);
        } while (terminal && !good);
    }
    fputc('\n', out);
    free(line);
}
