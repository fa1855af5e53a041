/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/count.h"

const struct workload workload_counter_split = {
    .name = "counter-split",
    .summary = "tasks add to one shared counter, and hand over between each "
               "load and its store",
    .kind = &kind_counting,
    .item = "increment",
    .split = true,
    .parameters = count_parameters,
    .n_parameters = COUNT_PARAMETERS,
    .check = count_check,
    .items = count_items,
    .demand = count_demand,
    .expected_ns = count_expected_split_ns,
    .patience_ns = count_patience_split_ns,
    .tells_width = count_tells_width,
    .results_size = count_results_size,
    .prepare = count_prepare_split,
    .aim = count_aim,
    .finish = count_finish,
    .expect = count_expect,
    .judge = count_judge,
};
