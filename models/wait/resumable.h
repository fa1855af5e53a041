/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_RESUMABLE_H
#define BATON_MODELS_WAIT_RESUMABLE_H

#include <stdbool.h>

/*
 * A resumable function returns where it has to wait, and goes on there when it
 * is called again (protothreads, as Adam Dunkels named them):
 *
 *     static bool count(struct task *task)
 *     {
 *         RESUME(task->at);
 *         for (; task->left > 0; task->left--)
 *             SUSPEND(task->at);
 *         END_RESUMABLE;
 *     }
 *
 * It returns false when it has ended.  `at` is 0 before the first call.  Its
 * locals do not live across a wait: what has to stands in the task.  It can
 * suspend itself only, not the function that calls it, and not inside a switch
 * statement.
 */
#define RESUME(at)                                                             \
    switch (at) {                                                              \
    case 0:
#define SUSPEND(at)                                                            \
    do {                                                                       \
        (at) = __LINE__;                                                       \
        return true;                                                           \
    case __LINE__:;                                                            \
    } while (0)
#define END_RESUMABLE                                                          \
    }                                                                          \
    return false

#endif
