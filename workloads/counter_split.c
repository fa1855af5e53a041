/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/count.h"

const struct workload workload_counter_split = {
    .name = "counter-split",
    .summary = "tasks add to one shared counter, and hand over between each "
               "load and its store",
    .split = true,
    .expected_ns = count_expected_split_ns,
    .patience_ns = count_patience_split_ns,
    .prepare = count_prepare_split,
    COUNT_WORKLOAD,
};
