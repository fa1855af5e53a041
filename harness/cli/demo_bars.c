/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bars of demos. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "harness/cli/demo.h"
#include "harness/results/array.h"

enum { PARTS = sizeof((struct bar *)0)->ends / sizeof(double) };
static const char marks[PARTS] = "#=.";

struct bar *bars_add(struct bars *b, const char *label)
{
    struct bar *bar = ARRAY_NEXT(b->items, b->n);

    b->failed |= !bar;
    if (!bar)
        return NULL;
    b->n++;
    snprintf(bar->label, sizeof(bar->label), "%s", label);
    return bar;
}

static double longest(const struct bars *b)
{
    double most = b->most;

    for (size_t i = 0; i < b->n; i++)
        for (size_t part = 0; part < PARTS; part++)
            most = fmax(most, b->items[i].ends[part]);
    return most;
}

/* What is more than nothing has a mark. */
static int marks_of(double end, double most, int room)
{
    return end > 0 ? MAX(1, (int)lround(end / most * room)) : 0;
}

static void print_bar(const struct bar *bar, double most, int room)
{
    int at = 0;

    for (size_t part = 0; part < PARTS; part++)
        for (int end = marks_of(bar->ends[part], most, room); at < end; at++)
            putchar(marks[part]);
    putchar('\n');
}

static void print_legend(const struct bars *b)
{
    if (!b->parts[0])
        return;
    fputs("\n  ", stdout);
    for (size_t part = 0; part < PARTS && b->parts[part]; part++)
        printf("%s%c %s", part ? "   " : "", marks[part], b->parts[part]);
    putchar('\n');
}

void bars_print(const struct bars *b, unsigned columns)
{
    int labels = (int)strlen(b->label), texts = (int)strlen(b->text);
    double most = longest(b);

    for (size_t i = 0; i < b->n; i++) {
        labels = MAX(labels, (int)strlen(b->items[i].label));
        texts = MAX(texts, (int)strlen(b->items[i].text));
    }
    printf("  %-*s  %*s\n", labels, b->label, texts, b->text);
    for (size_t i = 0; i < b->n; i++) {
        printf("  %-*s  %*s  ", labels, b->items[i].label, texts,
               b->items[i].text);
        print_bar(&b->items[i], most,
                  MAX((int)MIN(columns, 120u) - labels - texts - 7, 10));
    }
    print_legend(b);
}

/* The first row has the words of the figure, the others a bar each. */
int bars_write(struct bars *b, FILE *out)
{
    fputs("row\tplace\tend1\tend2\tend3\tlabel\ttext\n", out);
    fprintf(out, "axis\t%zu\t%g\t\t\t%s\t%s\n", b->n, longest(b), b->label,
            b->text);
    fprintf(out, "title\t\t\t\t\t%s\t\n", b->title);
    for (size_t part = 0; part < PARTS && b->parts[part]; part++)
        fprintf(out, "part\t%zu\t\t\t\t%s\t\n", part + 1, b->parts[part]);
    for (size_t i = 0; i < b->n; i++)
        fprintf(out, "bar\t%zu\t%g\t%g\t%g\t%s\t%s\n", i + 1,
                b->items[i].ends[0], b->items[i].ends[1], b->items[i].ends[2],
                b->items[i].label, b->items[i].text);
    free(b->items);
    return b->failed ? -ENOMEM : 0;
}
