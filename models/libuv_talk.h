/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_LIBUV_TALK_H
#define BATON_MODELS_LIBUV_TALK_H

#include "workloads/kinds/connections.h"

/* All lanes on one libuv loop; as run() of struct connections_ability. */
int libuv_talk(struct connections *work);

#endif
