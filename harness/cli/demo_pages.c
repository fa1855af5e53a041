/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of demos: what is asked, typed, and answered. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/demo.h"
#include "harness/results/array.h"
#include "harness/results/text.h"

struct look demo_look(void)
{
    bool terminal = isatty(STDOUT_FILENO);
    struct winsize size = {0};
    struct look look = {
        .stepwise = terminal && isatty(STDIN_FILENO),
        .colour = is_coloured(),
        .columns = 80,
        .rows = 24,
    };

    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col && size.ws_row) {
        look.columns = size.ws_col;
        look.rows = size.ws_row;
    }
    return look;
}

void demo_heading(const struct show *s, const char *format, ...)
{
    va_list args;

    fputs(s->look.colour ? "\033[1m" : "", stdout);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    fputs(s->look.colour ? "\033[0m\n\n" : "\n\n", stdout);
}

void demo_say(const struct show *s, const char *format, ...)
{
    enum { MOST = 80 };
    size_t room = s->look.columns < MOST ? s->look.columns : MOST, at = 0;
    char text[1024], *rest = text, *word;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    while ((word = strtok_r(rest, " ", &rest))) {
        size_t len = strlen(word);
        bool next = at > 0 && at + 1 + len > room;

        printf("%s%s", next ? "\n" : at ? " " : "", word);
        at = (next || !at ? 0 : at + 1) + len;
    }
    putchar('\n');
}

/* Without the form feed, empty lines around it, and blanks behind its lines. */
void demo_picture(const char *picture)
{
    size_t pending = 0;
    bool begun = false;

    while (picture && *picture) {
        size_t all = strcspn(picture, "\n"), len = all;

        while (len > 0 && isspace((unsigned char)picture[len - 1]))
            len--;
        pending = len ? pending : pending + begun;
        for (; len && pending; pending--)
            putchar('\n');
        if (len)
            printf("%.*s\n", (int)len, picture);
        begun = begun || len;
        picture += all + (picture[all] == '\n');
    }
}

void demo_source(const struct show *s)
{
    char date[32], cpu[48];

    recording_key(&s->record.recording, "date", date, sizeof(date));
    recording_key(&s->record.recording, "cpu", cpu, sizeof(cpu));
    if (s->live)
        printf("Measured just now, on this machine.\n\n");
    else if (date[0])
        printf("Recorded %.10s%s%s.\n\n", date, cpu[0] ? " on " : "", cpu);
}

const char *demo_count(double value, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%.0f", value), n = 0;

    for (int i = 0; i < len; i++) {
        out[n++] = digits[i];
        if (isdigit((unsigned char)digits[i]) && i + 1 < len &&
            (len - i - 1) % 3 == 0)
            out[n++] = ',';
    }
    out[n] = '\0';
    return out;
}

/* What a class has typed below a question: guesses, or hands for each choice.
 */
struct typed {
    double *items;
    size_t n;
};

/* "95,000" too.  False: complained on the terminal. */
static bool read_typed(char *line, struct typed *ret)
{
    char *rest = line, *word;

    ret->n = 0;
    while ((word = strtok_r(rest, " \t\n", &rest))) {
        char digits[64];
        size_t n = 0;

        for (const char *at = word; *at && n + 1 < sizeof(digits); at++)
            if (*at != ',')
                digits[n++] = *at;
        digits[n] = '\0';
        if (!ARRAY_ROOM(ret->items, ret->n) ||
            text_real(digits, &ret->items[ret->n])) {
            printf("\"%.40s\" is not a number.\n", word);
            ret->n = 0;
            return false;
        }
        ret->n++;
    }
    return true;
}

static void print_prompt(const struct question *q)
{
    if (!q->choices) {
        printf("\nGuesses in %s, with blanks between (Enter: none): ", q->unit);
        return;
    }
    fputs("\nHands for", stdout);
    for (unsigned i = 0; i < q->choices; i++)
        printf(" %c", 'a' + (char)i);
    fputs(", with blanks between (Enter: not counted): ", stdout);
}

/* False: q was typed, or the input has ended. */
static bool ask(const struct question *q, struct typed *ret)
{
    char *line = NULL;
    size_t size = 0;
    bool on, good = false;

    do {
        print_prompt(q);
        fflush(stdout);
        on = getline(&line, &size, stdin) > 0 && line[0] != 'q';
        if (on)
            good = read_typed(line, ret);
        if (good && q->choices && ret->n > q->choices) {
            printf("There are %u choices.\n", q->choices);
            good = false;
        }
    } while (on && !good);
    free(line);
    return on;
}

static void print_hands(const struct typed *typed, unsigned choice)
{
    double all = 0, right = choice < typed->n ? typed->items[choice] : 0;

    fputs("  Hands:", stdout);
    for (size_t i = 0; i < typed->n; i++) {
        printf("%s %c %g", i ? "," : "", 'a' + (char)i, typed->items[i]);
        all += typed->items[i];
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

static void print_guesses(const struct typed *typed, const char *unit,
                          const struct measured *m)
{
    struct estimate e = estimate_median(typed->items, typed->n);
    char a[32], b[32];

    printf("  %s %s. Measured: %s %s.\n",
           typed->n == 1 ? "Guess:" : "Guesses: median", number(e.median, a),
           number(m->value, b), unit);
    if (typed->n > 1)
        printf("  The guesses are from %s to %s (%zu).\n",
               number(typed->items[0], a),
               number(typed->items[typed->n - 1], b), typed->n);
}

static void reveal(const struct show *s, const struct question *q,
                   struct typed *typed)
{
    struct measured m = {0};

    if (!q || !typed->n || !q->measured(s, &m))
        return;
    putchar('\n');
    if (q->choices)
        print_hands(typed, m.choice);
    else
        print_guesses(typed, q->unit, &m);
}

/* The key that was typed: 'q' also where the input has ended; or '\n'. */
static char read_key(bool first, bool last, double live_seconds)
{
    char *line = NULL, key = 'q';
    size_t size = 0;

    fputs(last ? "\nEnter: end" : "\nEnter: next step", stdout);
    fputs(first ? "" : ", b: back", stdout);
    if (last)
        printf(", l: measure on this machine (about %.0f s)",
               ceil(live_seconds));
    fputs(", q: quit ", stdout);
    fflush(stdout);
    if (getline(&line, &size, stdin) > 0)
        key = line[0];
    free(line);
    putchar('\n');
    return key;
}

/* The next page, SIZE_MAX: the end; *live: it was asked for. */
static size_t turn(const struct show *s, size_t at, double live_seconds,
                   bool *live)
{
    bool last = at + 1 == s->demo->n_pages;
    char key;

    if (!s->look.stepwise)
        putchar('\n');
    if (last && (!s->look.stepwise || live_seconds == 0))
        return SIZE_MAX;
    if (!s->look.stepwise)
        return at + 1;
    key = read_key(at == 0, last, live_seconds);
    *live = last && key == 'l' && live_seconds > 0;
    if (key == 'b')
        return at ? at - 1 : at;
    return key == 'q' || last ? SIZE_MAX : at + 1;
}

static size_t show_page(const struct show *s, size_t at, struct typed typed[],
                        double live_seconds, bool *live)
{
    const struct page *page = &s->demo->pages[at];

    page->print(s);
    if (at)
        reveal(s, page[-1].question, &typed[at - 1]);
    if (!page->question || !s->look.stepwise)
        return turn(s, at, live_seconds, live);
    if (!ask(page->question, &typed[at]))
        return SIZE_MAX;
    putchar('\n');
    return at + 1;
}

bool demo_pages(const struct show *s, double live_seconds)
{
    struct typed *typed = calloc(s->demo->n_pages, sizeof(*typed));
    bool live = false;

    for (size_t at = 0; typed && at < s->demo->n_pages;)
        at = show_page(s, at, typed, live_seconds, &live);
    for (size_t i = 0; typed && i < s->demo->n_pages; i++)
        free(typed[i].items);
    free(typed);
    return live;
}
