/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_EPOLL_MT_H
#define BATON_MODELS_EPOLL_MT_H

#include <stddef.h>

#include "models/model.h"

/* How many loops there are for n tasks or lanes. */
size_t epoll_mt_loops(size_t workers, size_t n);

/* As run() of the abilities. */
int epoll_mt_talk(struct connections *work);
int epoll_mt_sleep(struct sleeping *work);
int epoll_mt_relay(struct relay *work);

#endif
