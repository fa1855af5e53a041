/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answers, and the guesses beside them. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "harness/report/facts.h"
#include "harness/results/text.h"
#include "harness/teaching/predict.h"

struct estimate prediction_exact(double value)
{
    return (struct estimate){1, value, value, value, 1};
}

static struct predicted *item_at(struct prediction *p, long at)
{
    return at >= 0 && (size_t)at < p->n ? &p->items[at] : NULL;
}

void prediction_answer(struct prediction *p, long at, struct estimate e)
{
    struct predicted *q = item_at(p, at);

    if (!q || e.n == 0)
        return;
    q->answered = true;
    q->measured = e;
}

void prediction_answer_order(struct prediction *p, long at,
                             const struct place places[])
{
    struct predicted *q = item_at(p, at);

    if (!q)
        return;
    q->answered = true;
    memcpy(q->places, places, q->n_choices * sizeof(*places));
}

void prediction_note(struct prediction *p, long at, const char *format, ...)
{
    struct predicted *q = item_at(p, at);
    va_list args;

    if (!q)
        return;
    va_start(args, format);
    vsnprintf(q->note, sizeof(q->note), format, args);
    va_end(args);
}

static void quantity_percent(double value, char *out, size_t size)
{
    snprintf(out, size, "%.3g %%", value);
}

static void quantity_plain(double value, char *out, size_t size)
{
    snprintf(out, size, value == rint(value) && value < 1e15 ? "%.0f" : "%.4g",
             value);
}

static void print_number(const struct predicted *q, FILE *out)
{
    const char *unit = q->question->unit;
    void (*quantity)(double, char *, size_t) =
        q->question->kind == QUESTION_RATIO ? quantity_part
        : !unit                             ? quantity_plain
        : strcmp(unit, "time") == 0         ? quantity_ns
        : strcmp(unit, "%") == 0            ? quantity_percent
                                            : quantity_plain;
    char value[QUANTITY_SIZE], interval[160] = "";

    quantity(q->measured.median, value, sizeof(value));
    if (q->measured.low < q->measured.high || !q->measured.coverage)
        fact_interval(&q->measured, quantity, interval, sizeof(interval));
    fprintf(out, "%s%s%s%s%s", value,
            quantity == quantity_plain && unit ? " " : "",
            quantity == quantity_plain && unit ? unit : "",
            *interval ? " " : "", interval);
}

/* The choices by their first place: "libuv < locked ~ atomic". */
static void print_order(const struct predicted *q, FILE *out)
{
    bool printed[MOST_CHOICES] = {false};
    size_t last = 0;

    for (size_t n = 0; n < q->n_choices; n++) {
        size_t best = MOST_CHOICES;

        for (size_t i = 0; i < q->n_choices; i++)
            if (!printed[i] && (best == MOST_CHOICES ||
                                q->places[i].first < q->places[best].first))
                best = i;
        printed[best] = true;
        fprintf(out, "%s%c",
                n == 0                          ? ""
                : q->places[best].first <= last ? " ~ "
                                                : " < ",
                'a' + (int)best);
        last = q->places[best].last;
    }
}

static void print_guesses(const struct predicted *q, FILE *out)
{
    size_t right = 0;

    for (size_t i = 0; i < q->n_guesses; i++) {
        const struct guess *g = &q->guesses[i];
        char words[160] = "";

        if (q->answered)
            guess_compare(q, g, words, sizeof(words));
        right += q->answered && guess_is_right(q, g);
        fprintf(out, "   %-12s %-16s %s\n", *g->name ? g->name : "your guess",
                g->text, words);
    }
    if (q->n_guesses > 1 && q->answered)
        fprintf(out, "   %zu of %zu guesses are right\n", right, q->n_guesses);
}

void prediction_show(const struct prediction *p, FILE *out)
{
    fputs("\nPredicted and measured\n", out);
    for (size_t i = 0; i < p->n; i++) {
        const struct predicted *q = &p->items[i];

        fprintf(out, "\n%zu. %s\n   %-12s ", i + 1, q->text, "measured");
        if (!q->answered)
            fputs("no answer", out);
        else if (q->question->kind == QUESTION_ORDER)
            print_order(q, out);
        else
            print_number(q, out);
        fprintf(out, "%s%s%s\n", *q->note ? " (" : "", q->note,
                *q->note ? ")" : "");
        for (size_t k = 0; k < q->n_choices; k++)
            fprintf(out, "   %c  %s\n", 'a' + (int)k, q->choices[k].label);
        print_guesses(q, out);
    }
}
