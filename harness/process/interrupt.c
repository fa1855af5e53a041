/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/process/interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < NUMBERS; i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (size_t i = 0; i < NUMBERS; i++)
        sigaction(numbers[i], &action, NULL);
}

void interrupt_release(void)
{
    sigset_t none;

    for (size_t i = 0; i < NUMBERS; i++) {
        signal(numbers[i], SIG_IGN); /* forgets the one that ended the run */
        signal(numbers[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int interrupt_came(void)
{
    sigset_t pending;

    sigpending(&pending);
    return interrupted || sigismember(&pending, SIGINT) ||
           sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}
