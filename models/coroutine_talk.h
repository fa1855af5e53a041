/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_COROUTINE_TALK_H
#define BATON_MODELS_COROUTINE_TALK_H

struct connections;

/* The connections of `coroutine`: all lanes of the work at once. */
int coroutine_talk(struct connections *work);

#endif
