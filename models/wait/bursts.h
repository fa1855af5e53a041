/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_WAIT_BURSTS_H
#define BATON_MODELS_WAIT_BURSTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A rule of every model with a loop: after so many lanes it has started, it
 * lets the loop turn once without waiting.  To dial takes the kernel some
 * 20 us, so a client that dials 1,000 lanes before it looks for answers
 * leaves the server without work, and then the server leaves the client
 * without any.
 */
enum { LANES_A_TURN = 32 };

static inline bool burst_ends(size_t lane)
{
    return lane % LANES_A_TURN == LANES_A_TURN - 1;
}

#endif
