/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_IO_URING_TALK_H
#define BATON_MODELS_IO_URING_TALK_H

#include "workloads/kinds/connections.h"

/* All lanes on one ring; as run() of struct connections_ability. */
int io_uring_talk(struct connections *work);

/* 0, or -errno: the kernel has not all that this takes, or refuses it. */
int io_uring_talk_probe(void);

#endif
