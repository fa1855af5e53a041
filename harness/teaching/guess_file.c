/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of guesses: a name, a question and a guess in each line. */
#include <errno.h>
#include <string.h>

#include "harness/results/clean.h"
#include "harness/results/text.h"
#include "harness/teaching/predict.h"

enum { MOST_NAMED = 10 }; /* of the lines that cannot be used */
struct lines {
    struct prediction *p;
    const char *path;
    unsigned line, bad;
};

static void refuse_line(struct lines *l, const char *why)
{
    if (l->bad++ < MOST_NAMED)
        l->p->say("%s:%u: this line is not used: %s", l->path, l->line, why);
}

/* The question may be of another command: then its id is known all the same. */
static bool is_known(const struct prediction *p, const char *id)
{
    char name[128];

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(id, ":"), id);
    return questions_find(&p->questions, name) != NULL;
}

static int take_line(void *data, char *line, size_t len)
{
    struct lines *l = data;
    struct predicted *q;
    char *fields[3], why[256] = "";

    l->line++;
    if (len == 0 || *line == '#')
        return 0;
    if (strlen(line) != len || text_fields(line, fields, 3)) {
        refuse_line(l, "it needs a name, a question and a guess, with a tab "
                       "between each two");
        return 0;
    }
    for (size_t i = 0; i < 3; i++)
        clean_line(fields[i]);
    q = prediction_find(l->p, fields[1]);
    if (!q && !is_known(l->p, fields[1]))
        snprintf(why, sizeof(why), "there is no question '%.60s'", fields[1]);
    if (q)
        prediction_guess(q, fields[0], fields[2], why, sizeof(why));
    if (*why)
        refuse_line(l, why);
    return 0;
}

int prediction_read(struct prediction *p, const char *path)
{
    struct lines l = {.p = p, .path = path};
    int error = text_read(path, take_line, &l);

    if (error == -ENODATA) {
        l.line++;
        refuse_line(&l, "it has no end");
    } else if (error) {
        p->say("cannot read %s: %s", path, strerror(-error));
    }
    if (l.bad > MOST_NAMED)
        p->say("%s: %u more lines are not used", path, l.bad - MOST_NAMED);
    return error == -ENODATA ? 0 : error;
}

static void write_guesses(const struct prediction *p, bool typed, FILE *out)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->items[i].n_guesses; k++)
            if (!typed || p->items[i].guesses[k].typed)
                fprintf(out, "%s\t%s\t%s\n", p->items[i].guesses[k].name,
                        p->items[i].id, p->items[i].guesses[k].text);
}

void prediction_write(const struct prediction *p, FILE *out)
{
    write_guesses(p, false, out);
}

int prediction_save(const struct prediction *p, const char *path)
{
    FILE *out;
    int error = 0;

    if (!p->typed)
        return 0;
    out = fopen(path, "ae");
    if (!out)
        error = -errno;
    if (out)
        write_guesses(p, true, out);
    if (out && fclose(out))
        error = -errno;
    if (error)
        p->say("cannot write %s: %s", path, strerror(-error));
    return error;
}
