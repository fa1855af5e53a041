/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/count.h"

const struct workload workload_counter = {
    .name = "counter",
    .answer = ANSWER_COUNT,
    .summary = "tasks add to one shared counter",
    .expected_ns = count_expected_ns,
    .patience_ns = count_patience_ns,
    .prepare = count_prepare,
    COUNT_WORKLOAD,
};
