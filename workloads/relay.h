/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BATON_WORKLOADS_RELAY_H
#define BATON_WORKLOADS_RELAY_H

#include "workloads/kinds/relay.h"

/* Of one iteration: the very memory in which it was run. */
struct relay_results {
    _Alignas(64) struct relay_token token;
    _Alignas(64) struct gate gate;
};

#endif
