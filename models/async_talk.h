/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_MODELS_ASYNC_TALK_H
#define BATON_MODELS_ASYNC_TALK_H

struct connections;

/* The connections of `async`: all lanes of the work at once. */
int async_talk(struct connections *work);

#endif
