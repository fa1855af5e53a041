/* SPDX-License-Identifier: MIT */
#ifndef BATON_MODELS_MODEL_HH
#define BATON_MODELS_MODEL_HH

/*
 * models/model.h for a model in C++.  Its struct needs C's linkage:
 *
 *     extern "C" const struct model model_name;
 *     const struct model model_name = { ...
 */
#include <atomic>

#define _Atomic(type) std::atomic<type>
using std::atomic_compare_exchange_weak_explicit;
using std::atomic_fetch_add_explicit;
using std::atomic_load_explicit;
using std::atomic_store_explicit;
using std::memory_order_relaxed;

extern "C" {
#include "models/model.h"
#include "models/wait/blocking.h"
#include "models/wait/threads.h"
}

#endif
