/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_AWAITING_H
#define TESTS_AWAITING_H

#include "models/model.h"

/*
 * A model of the tests alone, which goes through the conformance programs with
 * those that are registered: talk() in coroutines that wait in one readiness,
 * each on a stack that has 32 KiB for a callback.
 */
extern const struct model model_awaiting;

#endif
