/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --predict and --guesses, of every command that has them. */
#include "harness/cli/predict.h"

#include <errno.h>
#include <unistd.h>

bool predict_wanted(const struct asked *asked)
{
    return asked->predict || asked->guesses;
}

/* A file that is to be written is there only the next time. */
static int read_guesses(struct prediction *p, const struct asked *asked)
{
    if (!asked->guesses ||
        (asked->predict && access(asked->guesses, F_OK) && errno == ENOENT))
        return EXIT_DONE;
    return prediction_read(p, asked->guesses) ? EXIT_USAGE : EXIT_DONE;
}

static size_t count_guesses(const struct prediction *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += p->items[i].n_guesses;
    return n;
}

int predict_ask(struct prediction *p, const struct asked *asked)
{
    FILE *out = asked->json ? stderr : stdout;
    bool terminal = isatty(STDIN_FILENO) && isatty(fileno(out));
    int status = read_guesses(p, asked);

    if (status)
        return status;
    if (!p->n)
        complain("there is no question for this command");
    if (p->n && asked->predict && !terminal && !asked->guesses)
        complain("--predict reads guesses from standard input: a line for "
                 "each of %zu question%s",
                 p->n, p->n == 1 ? "" : "s");
    if (asked->predict && (terminal || !asked->guesses))
        prediction_ask(p, stdin, out, terminal);
    if (p->n && !count_guesses(p))
        complain("there are no guesses: the answers are shown alone");
    if (asked->guesses && prediction_save(p, asked->guesses))
        return EXIT_BROKEN;
    return EXIT_DONE;
}

void predict_show(const struct prediction *p, const struct asked *asked)
{
    if (p->n)
        prediction_show(p, asked->json ? stderr : stdout);
}
