/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_EPOLL_MT_H
#define BATON_MODELS_EPOLL_MT_H

#include <stddef.h>

#include "workloads/kinds/connections.h"

/* How many loops there are for n tasks or lanes. */
size_t epoll_mt_loops(size_t workers, size_t n);

/* As run() of struct connections_ability. */
int epoll_mt_talk(struct connections *work);

#endif
