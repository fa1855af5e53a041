/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is typed below the questions of demos, beside what was measured. */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/demo.h"
#include "harness/cli/predict.h"
#include "harness/results/array.h"
#include "harness/results/text.h"

static bool is_predicted(const struct show *s, const struct demo_question *q)
{
    return !q->choices && predict_wanted(s->asked);
}

bool demo_asks(const struct show *s, const struct demo_question *q)
{
    return s->look.stepwise || is_predicted(s, q);
}

/* "95,000" too. */
static bool add_number(const char *word, struct demo_answer *ret)
{
    char digits[64];
    size_t n = 0;

    for (const char *at = word; *at && n + 1 < sizeof(digits); at++)
        if (*at != ',')
            digits[n++] = *at;
    digits[n] = '\0';
    if (!ARRAY_ROOM(ret->items, ret->n) ||
        text_real(digits, &ret->items[ret->n]))
        return false;
    ret->n++;
    return true;
}

/* "a b b" or "abb": each letter is a hand. */
static bool add_letters(const char *word, const struct demo_question *q,
                        struct demo_answer *ret)
{
    for (; *word; word++) {
        unsigned choice = (unsigned char)*word - (unsigned)'a';

        if (choice >= q->choices)
            return false;
        for (; ret->n < q->choices; ret->n++) {
            if (!ARRAY_ROOM(ret->items, ret->n))
                return false;
            ret->items[ret->n] = 0;
        }
        ret->items[choice]++;
    }
    return true;
}

/* False: complained on the terminal. */
static bool read_typed(char *line, const struct demo_question *q,
                       struct demo_answer *ret)
{
    char *rest = line, *word;
    bool letters = q->choices && line[strspn(line, " \t")] >= 'a';

    ret->n = 0;
    while ((word = strtok_r(rest, " \t\n", &rest)))
        if (letters ? !add_letters(word, q, ret) : !add_number(word, ret)) {
            printf("\"%.40s\" is not a %s.\n", word,
                   letters ? "choice" : "number");
            ret->n = 0;
            return false;
        }
    return true;
}

static void print_prompt(const struct demo_question *q)
{
    if (!q->choices) {
        printf("\nGuesses in %s, with blanks between (Enter: none): ", q->unit);
        return;
    }
    fputs("\nHands for", stdout);
    for (unsigned i = 0; i < q->choices; i++)
        printf(" %c", 'a' + (char)i);
    fputs(", as 3 12 5, or letters as abb (Enter: none): ", stdout);
}

/* False: q was typed, or the input has ended. */
static bool ask_class(const struct demo_question *q, struct demo_answer *ret)
{
    char *line = NULL;
    size_t size = 0;
    bool on, good = false;

    do {
        print_prompt(q);
        fflush(stdout);
        on = getline(&line, &size, stdin) > 0 && line[0] != 'q';
        if (on)
            good = read_typed(line, q, ret);
        if (good && q->choices && ret->n > q->choices) {
            printf("There are %u choices.\n", q->choices);
            good = false;
        }
    } while (on && !good);
    free(line);
    return on;
}

bool demo_ask(const struct show *s, const struct demo_question *q,
              struct demo_answer *ret)
{
    if (!is_predicted(s, q))
        return ask_class(q, ret);
    if (ret->predicted) /* the page is shown again */
        return true;
    ret->predicted = true;
    if (prediction_begin(&ret->prediction, complain))
        return false;
    prediction_add(&ret->prediction, q->id, NULL, NULL, NULL, 0);
    putchar('\n');
    return predict_ask(&ret->prediction, s->asked) == EXIT_DONE;
}

static void print_hands(const struct demo_answer *answer, unsigned choice)
{
    double all = 0, right = choice < answer->n ? answer->items[choice] : 0;

    fputs("  Hands:", stdout);
    for (size_t i = 0; i < answer->n; i++) {
        printf("%s %c %g", i ? "," : "", 'a' + (char)i, answer->items[i]);
        all += answer->items[i];
    }
    printf(". Measured: %c (%g of %g).\n", 'a' + (char)choice, right, all);
}

/* "95,000", "0.5" */
static const char *number(double value, char out[32])
{
    if (value >= 100)
        return demo_count(value, out);
    snprintf(out, 32, "%.3g", value);
    return out;
}

static void print_guesses(const struct demo_answer *answer,
                          const struct demo_question *q,
                          const struct measured *m)
{
    struct estimate e = estimate_median(answer->items, answer->n);
    char a[32], b[32];

    printf("  %s %s. Measured: %s %s.\n",
           answer->n == 1 ? "Guess:" : "Guesses: median", number(e.median, a),
           number(m->e.median / (q->scale > 0 ? q->scale : 1), b), q->unit);
    if (answer->n > 1)
        printf("  The guesses are from %s to %s (%zu).\n",
               number(answer->items[0], a),
               number(answer->items[answer->n - 1], b), answer->n);
}

void demo_reveal(const struct show *s, const struct demo_question *q,
                 struct demo_answer *answer)
{
    struct measured m = {0};

    if (!q || !(answer->n || answer->predicted) || !q->measured(s, &m))
        return;
    if (answer->predicted) {
        prediction_answer(&answer->prediction, 0, m.e);
        predict_show(&answer->prediction, s->asked);
        return;
    }
    putchar('\n');
    if (q->choices)
        print_hands(answer, m.choice);
    else
        print_guesses(answer, q, &m);
}

void demo_answer_finish(struct demo_answer *answer)
{
    if (answer->predicted)
        prediction_finish(&answer->prediction);
    free(answer->items);
}
