/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One guess: reading it, and comparing it with the answer. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/results/rules.h"
#include "harness/results/text.h"
#include "harness/teaching/predict.h"

enum { LONGEST = 256 }; /* bytes of a guess */

static bool is_unit(const struct predicted *q, const char *unit)
{
    return q->question->unit && strcmp(q->question->unit, unit) == 0;
}

/* Without the commas of "100,000", and without blanks at the ends. */
static void simplify(const char *text, char *out)
{
    size_t n = 0;

    for (text += strspn(text, " \t"); *text; text++) {
        size_t digits = *text == ',' ? strspn(text + 1, "0123456789") : 0;

        if (digits != 3 || n == 0 || !isdigit((unsigned char)out[n - 1]))
            out[n++] = *text;
    }
    while (n > 0 && isspace((unsigned char)out[n - 1]))
        n--;
    out[n] = '\0';
}

static int read_time(const char *unit, double *value)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].name) == 0) {
            *value *= units[i].ns;
            return 0;
        }
    return -EINVAL;
}

static int read_unit(const struct predicted *q, const char *unit, double *value)
{
    static const char *const ratios[] = {"", "x", "times"};

    if (is_unit(q, "time"))
        return read_time(unit, value);
    if (!*unit)
        return 0;
    if (q->question->kind == QUESTION_RATIO)
        return text_index(ratios, 3, unit) >= 0 ? 0 : -EINVAL;
    return is_unit(q, unit) ? 0 : -EINVAL;
}

static int read_number(const struct predicted *q, const char *text, double *ret)
{
    const char *unit;
    double value;

    if (q->question->kind == QUESTION_RATIO && strchr(text, '/'))
        return rule_number(text, ret);
    if (text_real_unit(text, &value, &unit))
        return -EINVAL;
    unit += strspn(unit, " \t");
    if (read_unit(q, unit, &value) || !isfinite(value))
        return -EINVAL;
    *ret = value;
    return 0;
}

/* A letter, a name, or what only one name begins with; else -1. */
static int choice_of(const struct predicted *q, const char *word, size_t len)
{
    int found = -1;

    if (len == 1) {
        int letter = tolower((unsigned char)*word) - 'a';

        return letter >= 0 && letter < (int)q->n_choices ? letter : -1;
    }
    for (size_t i = 0; i < q->n_choices; i++) {
        const char *name = q->choices[i].name;

        if (strncasecmp(name, word, len) != 0)
            continue;
        if (strlen(name) == len)
            return (int)i;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

static int read_order(const struct predicted *q, const char *text,
                      size_t order[])
{
    static const char between[] = " \t,<>";
    bool used[MOST_CHOICES] = {false};
    size_t n = 0;

    for (text += strspn(text, between); *text; text += strspn(text, between)) {
        size_t len = strcspn(text, between);
        int choice = choice_of(q, text, len);

        if (choice < 0 || used[choice])
            return -EINVAL;
        used[choice] = true;
        order[n++] = (size_t)choice;
        text += len;
    }
    return n == q->n_choices ? 0 : -EINVAL;
}

static void explain(const struct predicted *q, const char *text, char *why,
                    size_t size)
{
    const char *unit = q->question->unit;

    snprintf(why, size, "'%.40s' is not ", text);
    if (q->question->kind == QUESTION_ORDER)
        text_add(why, size, "an order of the %zu letters, each once, as in b a",
                 q->n_choices);
    else if (q->question->kind == QUESTION_RATIO)
        text_add(why, size, "a ratio, such as 10 or 1/3");
    else if (unit && is_unit(q, "time"))
        text_add(why, size, "a time with its unit, such as 15 ms");
    else
        text_add(why, size, "a number, such as 30%s%s", unit ? " " : "",
                 unit ? unit : "");
}

int guess_read(const struct predicted *q, const char *name, const char *text,
               struct guess *ret, char *why, size_t size)
{
    char simple[LONGEST];
    int error;

    *ret = (struct guess){.name = strdup(name), .text = strdup(text)};
    if (!ret->name || !ret->text)
        return -ENOMEM;
    if (strlen(text) >= sizeof(simple)) {
        snprintf(why, size, "a guess has at most %d bytes", LONGEST - 1);
        return -EINVAL;
    }
    simplify(text, simple);
    error = q->question->kind == QUESTION_ORDER
                ? read_order(q, simple, ret->order)
                : read_number(q, simple, &ret->number);
    if (error)
        explain(q, text, why, size);
    return error;
}

void guess_finish(struct guess *g)
{
    free(g->name);
    free(g->text);
    *g = (struct guess){0};
}

static bool stands_right(const struct predicted *q, const struct guess *g,
                         size_t at)
{
    const struct place *place = &q->places[g->order[at]];

    return at >= place->first && at <= place->last;
}

static void compare_order(const struct predicted *q, const struct guess *g,
                          char *out, size_t size)
{
    size_t right = 0;

    for (size_t i = 0; i < q->n_choices; i++)
        right += stands_right(q, g, i);
    snprintf(out, size, "%zu of %zu places right", right, q->n_choices);
    if (right == q->n_choices)
        return;
    text_add(out, size, ", wrong:");
    for (size_t i = 0; i < q->n_choices; i++)
        if (!stands_right(q, g, i))
            text_add(out, size, " %zu", i + 1);
}

static void compare_number(const struct estimate *e, double guess, char *out,
                           size_t size)
{
    double factor = guess > e->median ? guess / e->median : e->median / guess;

    snprintf(out, size, "too %s", guess > e->median ? "high" : "low");
    if (guess > 0 && e->median > 0)
        text_add(out, size, " by a factor of %.3g", factor);
}

bool guess_is_right(const struct predicted *q, const struct guess *g)
{
    const struct estimate *e = &q->measured;
    bool right = true;

    if (q->question->kind != QUESTION_ORDER)
        return e->coverage > 0 ? g->number >= e->low && g->number <= e->high
                               : g->number == e->median;
    for (size_t i = 0; i < q->n_choices; i++)
        right = right && stands_right(q, g, i);
    return right;
}

void guess_compare(const struct predicted *q, const struct guess *g, char *out,
                   size_t size)
{
    const struct estimate *e = &q->measured;

    if (q->question->kind == QUESTION_ORDER)
        compare_order(q, g, out, size);
    else if (!guess_is_right(q, g))
        compare_number(e, g->number, out, size);
    else
        snprintf(out, size, "%s",
                 e->coverage > 0 && e->low < e->high ? "inside the interval"
                                                     : "right");
}
