/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/conformance/advice.h"

#include <errno.h>

#include <signal.h>
#include <sys/wait.h>

#include "harness/results/text.h"

/* Copies from `from` to the end of its line. */
static void add_line(char *text, const char *from)
{
    text_add(text, ADVICE_SIZE, "%.*s", (int)strcspn(from, "\n"), from);
}

/* What a sanitizer reported first; false: nothing. */
static bool add_report(const char *output, char *text)
{
    static const char summary[] = "SUMMARY: ", frame[] = "\n    #1 ";
    const char *ub = strstr(output, "runtime error: ");
    const char *found = strstr(output, summary), *at;

    if (found && strncmp(found + strlen(summary), "Undefined", 9) != 0) {
        add_line(text, found + strlen(summary));
        at = strstr(output, frame);
        at = at && strstr(text, "leaked") ? strstr(at, " in ") : NULL;
        if (at) {
            text_add(text, ADVICE_SIZE, " Allocated in ");
            add_line(text, at + strlen(" in "));
        }
        return true;
    }
    if (!ub)
        return false;
    while (ub > output && ub[-1] != '\n')
        ub--;
    add_line(text, ub);
    return true;
}

/* The line before that of the assertion's place. */
static const char *line_before(const char *output, const char *place)
{
    const char *at = place;

    if (at == output)
        return at;
    for (at--; at > output && at[-1] != '\n';)
        at--;
    return at;
}

/* cmocka's lines of an assertion: its words, then its place. */
static void add_assertion(const char *output, char *text)
{
    static const char error[] = "ERROR: ", model[] = ": ";
    const char *place = strstr(output, "[   LINE   ]"), *words, *file;

    if (!place) {
        text_add(text, ADVICE_SIZE, "the process ended before its check had");
        return;
    }
    words = line_before(output, place);
    file = strstr(place, "test_");
    if (strncmp(words, error, strlen(error)) == 0)
        words += strlen(error);
    if (strncmp(words, text, strlen(text)) == 0)
        text[0] = '\0'; /* they name the model */
    add_line(text, words);
    /* Values alone mean something only at their place. */
    if (file && !strstr(words, model))
        text_add(text, ADVICE_SIZE, " (%.*s)",
                 (int)strcspn(file, "\n") - (int)strlen(": error: Failure!"),
                 file);
}

/* How the process ended, where no assertion failed. */
static void add_end(const struct suite_result *r, char *text)
{
    const char *caught = strstr(r->output, "with exception: ");

    if (caught)
        add_line(text, caught + strlen("with exception: "));
    else if (WIFSIGNALED(r->status))
        text_add(text, ADVICE_SIZE, "signal %d (%s)", WTERMSIG(r->status),
                 strsignal(WTERMSIG(r->status)));
    else
        add_assertion(r->output, text);
}

void advice_seen(const struct suite_result *r, char text[ADVICE_SIZE])
{
    const char *why;

    text[0] = '\0';
    if (r->end == SUITE_PASSED)
        return;
    if (r->end == SUITE_SKIPPED) {
        why = strstr(r->output, "\n# ");
        why = why ? strstr(why, ": ") : NULL;
        add_line(text, why ? why + 2 : r->output);
        return;
    }
    text_add(text, ADVICE_SIZE, "%s: ", r->model->name);
    if (r->end == SUITE_HUNG)
        text_add(text, ADVICE_SIZE, "%s", r->hang);
    else if (add_report(r->output, text))
        return;
    else if (r->end == SUITE_CRASHED)
        add_end(r, text);
    else
        add_assertion(r->output, text);
}

/* Of a run that hangs, as far as its gate says. */
static const char *hint_for_gate(const char *seen)
{
    const char *numbers = strstr(seen, "did not end; ");
    unsigned came, all, left;

    if (!numbers || sscanf(numbers,
                           "did not end; %u of %u tasks reached the "
                           "gate, %u",
                           &came, &all, &left) != 3)
        return NULL;
    if (came < all)
        return "tasks wait at the gate for others: does the model start each "
               "task of work->tasks, and does each call gate_wait()?";
    if (left < came)
        return "does each path release the lock? does a task wait for what "
               "no other one does?";
    return "all tasks have left the gate: what does run() wait for?";
}

static const char *hint_for(const char *seen)
{
    static const struct {
        const char *seen, *next;
    } hints[] = {
        {"a run did not end", "a wait that nothing ends: a lock that is not "
                              "released, a deadline that is not looked at"},
        {"is not done", "is each lane started, and driven until CONN_DONE?"},
        {"data race", "several threads use the variable of that line: guard it "
                      "with a lock, or make it atomic"},
        {"leaked", "free what that line allocates before run() returns"},
        {"buffer-overflow", "an index beyond the end of what was allocated"},
        {"descriptors and", "join, close and reap on each path what a run has "
                            "started or opened, before run() returns"},
        {"ended before its check",
         "a model returns from run(); it calls neither exit() nor _exit()"},
        {" left, should be", "gate_leave() is called once by each task, after "
                             "its last increment"},
        {"left it, should be", "gate_leave() is called once by each task, "
                               "after its last increment"},
        {"(its .at_once)", "is .at_once what the model does?"},
        {"per turn: counter", "load and store of an increment are not one "
                              "step: hold one lock from the load to the store"},
        {"was never finished", "does the model start each lane of work->conns, "
                               "and drive it until CONN_DONE?"},
        {"conn_start()", "a lane is driven by one thread at a time: which two "
                         "have the same index?"},
        {"open after the run", "close the socket when the lane is CONN_DONE, "
                               "and before it connects anew"},
        {"CPU time while it waited", "a loop asks a socket that has nothing: "
                                     "wait in recv(), poll() or epoll_wait()"},
        {"the child ended with",
         "when a thread cannot be started: "
         "gate_break(), join the others, return -errno"},
    };

    for (size_t i = 0; i < COUNT(hints); i++)
        if (strstr(seen, hints[i].seen))
            return hints[i].next;
    return "";
}

void advice_next(const struct suite_result *r, const char *seen,
                 char text[ADVICE_SIZE])
{
    const char *file = model_file(r->model), *hint;

    text[0] = '\0';
    if (r->end == SUITE_PASSED || r->end == SUITE_SKIPPED)
        return;
    hint = hint_for_gate(seen);
    text_add(text, ADVICE_SIZE, "%s", hint ? hint : hint_for(seen));
    if (r->end == SUITE_CRASHED)
        text_add(text, ADVICE_SIZE,
                 "%scompile with -g, then: gdb -ex 'set follow-fork-mode "
                 "child' -ex run --args %s %s %s --suite %s --check %s",
                 text[0] ? "; " : "", program_invocation_name,
                 file ? "--model-file" : "--model",
                 file ? file : r->model->name, r->suite, r->test);
}
