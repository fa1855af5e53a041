/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/count.h"

const struct workload workload_counter = {
    .name = "counter",
    .summary = "tasks add to one shared counter",
    .kind = &kind_counting,
    .item = "increment",
    .split = false,
    .parameters = count_parameters,
    .n_parameters = COUNT_PARAMETERS,
    .check = count_check,
    .items = count_items,
    .demand = count_demand,
    .expected_ns = count_expected_ns,
    .patience_ns = count_patience_ns,
    .tells_width = count_tells_width,
    .results_size = count_results_size,
    .prepare = count_prepare,
    .aim = count_aim,
    .finish = count_finish,
    .expect = count_expect,
    .judge = count_judge,
};
