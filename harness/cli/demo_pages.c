/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of demos: what is asked, typed, and answered. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/demo.h"
#include "harness/cli/screen.h"

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
    char date[32], cpu[48], busy[8];
    const char *while_busy;

    recording_key(&s->record.recording, "date", date, sizeof(date));
    recording_key(&s->record.recording, "cpu", cpu, sizeof(cpu));
    recording_key(&s->record.recording, "busy", busy, sizeof(busy));
    while_busy = busy[0] ? ", which was busy with other programs" : "";
    if (s->live)
        demo_say(s, "Measured just now, on this machine%s.\n", while_busy);
    else if (date[0])
        demo_say(s, "Recorded %.10s on %s%s.\n", date,
                 cpu[0] ? cpu : "a machine", while_busy);
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

/* The key that was typed: 'q' also where the input has ended; or '\n'. */
static char read_key(bool first, bool last, double live_seconds)
{
    char *line = NULL, key = 'q';
    size_t size = 0;

    fputs(last ? "\nEnter: end" : "\nEnter: next step", stdout);
    fputs(first ? "" : ", b: back", stdout);
    if (last)
        printf(", l: measure on this machine (about %.0f s)", live_seconds);
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

/* Of a smaller terminal, on a page of its own; false: q was typed. */
static bool begin_pages(const struct show *s)
{
    char why[160], *line = NULL;
    size_t size = 0;
    bool on;

    if (!s->look.stepwise || !screen_is_small(80, 24, why, sizeof(why)))
        return true;
    demo_say(s, "%s: the end of a page may not fit.", why);
    fputs("\nEnter: go on, q: quit ", stdout);
    fflush(stdout);
    on = getline(&line, &size, stdin) > 0 && line[0] != 'q';
    free(line);
    putchar('\n');
    return on;
}

static size_t show_page(const struct show *s, size_t at,
                        struct demo_answer answers[], double live_seconds,
                        bool *live)
{
    const struct page *page = &s->demo->pages[at];
    const struct demo_question *question = page->question;

    /* What stands before the first page, as a complaint, is left there. */
    if (s->look.stepwise && (at || s->live))
        screen_clear();
    page->print(s);
    if (at)
        demo_reveal(s, page[-1].question, &answers[at - 1]);
    if (!question || !demo_asks(s, question))
        return turn(s, at, live_seconds, live);
    if (!demo_ask(s, question, &answers[at]))
        return SIZE_MAX;
    putchar('\n');
    return at + 1;
}

bool demo_pages(const struct show *s, double live_seconds)
{
    struct demo_answer *answers = calloc(s->demo->n_pages, sizeof(*answers));
    bool live = false;

    for (size_t at = begin_pages(s) ? 0 : SIZE_MAX;
         answers && at < s->demo->n_pages;)
        at = show_page(s, at, answers, live_seconds, &live);
    for (size_t i = 0; answers && i < s->demo->n_pages; i++)
        demo_answer_finish(&answers[i]);
    free(answers);
    return live;
}
