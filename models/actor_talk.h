/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_ACTOR_TALK_H
#define BATON_MODELS_ACTOR_TALK_H

#include "workloads/kinds/connections.h"

/* The connections of the actors: see actor_talk.c. */
int actor_talk(struct connections *work);

#endif
