/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_ASYNC_WAIT_H
#define BATON_MODELS_ASYNC_WAIT_H

struct connections;
struct sleeping;

/* The parts of `async` that wait: all lanes, or all tasks, at once. */
int async_talk(struct connections *work);
int async_sleep(struct sleeping *work);

#endif
