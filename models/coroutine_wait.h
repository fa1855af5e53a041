/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_COROUTINE_WAIT_H
#define BATON_MODELS_COROUTINE_WAIT_H

struct connections;
struct sleeping;

/* The parts of `coroutine` that wait: all lanes, or all tasks, at once. */
int coroutine_talk(struct connections *work);
int coroutine_sleep(struct sleeping *work);

#endif
