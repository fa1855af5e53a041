/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_FUTURE_TALK_H
#define BATON_MODELS_FUTURE_TALK_H

#include "workloads/kinds/connections.h"

/* All lanes on one libuv loop; as run() of struct connections_ability. */
int future_talk(struct connections *work);

#endif
