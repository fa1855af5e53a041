/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/kinds/connections.h"

static struct ability ability(const void *own)
{
    const struct connections_ability *a = own;

    return (struct ability){
        .runs = a->run,
        .gap = a->gap,
        .at_once = a->at_once,
        .unit = a->unit,
        .keeps_threads = a->keeps_threads,
        .can_offload = a->can_offload,
        .offload_keeps_threads = a->offload_keeps_threads,
        .in_memory = a->in_memory,
    };
}

static int run(const void *own, void *job)
{
    const struct connections_ability *a = own;

    return a->run(job);
}

static int run_empty(const void *own)
{
    struct connections nothing = {0};

    return run(own, &nothing);
}

static const struct caveat caveats[] = {
    {"No real network.",
     "Pages come over the loopback unless the command names another server: "
     "no loss, no limit of bandwidth, and hardly any delay but the one that "
     "the server makes."},
    {"The client is not measured alone.",
     "If client and server share the processors, a client that uses more of "
     "them slows its server down; pin them apart (--pin, --pin-origin) to "
     "separate them."},
    {"The CPU floor is no lower limit for waiting.",
     "It is the CPU time of the work without system calls; its waits are "
     "simulated, so no model with waits can be compared with it.",
     .in_memory = true},
};

static const struct item_times times = {
    .name = "Time",
    .span = "from the first dial to the last byte",
    .text = "From its first dial to its last byte; first: to its first byte.",
    .most = "take at most",
    .more = "takes longer than",
};

static const struct metric metrics[] = {
    [PAGE_P50_NS] = {"page_p50_ns", "ns",
                     "a page, dial to last byte: median; of"
                     " records: sent to handled",
                     .permille = 500},
    [PAGE_P90_NS] = {"page_p90_ns", "ns", "a page: 90th percentile",
                     .permille = 900},
    [PAGE_P99_NS] = {"page_p99_ns", "ns", "a page: 99th percentile",
                     .permille = 990},
    [PAGE_MAX_NS] = {"page_max_ns", "ns", "a page: the longest",
                     .permille = 1000},
    [FIRST_BYTE_P50_NS] = {"first_byte_p50_ns", "ns",
                           "a page, dial to first byte: median; of"
                           " records: sent to read",
                           .permille = 500, .first_byte = true},
    [FIRST_BYTE_P90_NS] = {"first_byte_p90_ns", "ns",
                           "dial to first byte: 90th percentile",
                           .permille = 900, .first_byte = true},
    [FIRST_BYTE_P99_NS] = {"first_byte_p99_ns", "ns",
                           "dial to first byte: 99th percentile",
                           .permille = 990, .first_byte = true},
    [NOTICED_P50_NS] = {"noticed_p50_ns", "ns",
                        "a record, from its sending until the model's wait"
                        " returned: median",
                        .permille = 500, .noticed = true, .optional = true},
    [NOTICED_P99_NS] = {"noticed_p99_ns", "ns", "the same: 99th percentile",
                        .permille = 990, .noticed = true, .optional = true},
    [UNSENT_RECORDS] = {"unsent_records", NULL,
                        "records that waited in the sender after the write",
                        .optional = true},
    [HOLD_MAX_NS] = {"hold_max_ns", "ns",
                     "the longest that a handler kept the CPU", .mean = true,
                     .optional = true},
    [BYTES_PER_S] = {"bytes_per_s", "bytes/s",
                     "bytes of bodies that came in a second", .mean = true,
                     .per_second = true, .optional = true},
    [HANDSHAKES] = {"handshakes", NULL, "TLS handshakes that succeeded",
                    .mean = true, .optional = true},
    [HANDSHAKE_NS] = {"handshake_cpu_ns", "ns",
                      "CPU time of the client in all TLS handshakes",
                      .mean = true, .optional = true},
};

const struct kind kind_connections = {
    .name = "connections",
    .served = true,
    .ability = ability,
    .run = run,
    .run_empty = run_empty,
    .caveats = caveats,
    .n_caveats = sizeof(caveats) / sizeof(caveats[0]),
    .times = &times,
    .metrics = metrics,
    .n_metrics = sizeof(metrics) / sizeof(metrics[0]),
};
