# SPDX-License-Identifier: GPL-3.0-or-later
"""What 1,000,000 tasks cost that sleep, and how late they wake."""

import json
import struct

import bench

RUNS = 5
TASKS = 1_000_000
# Longer than it takes any of them to set all timers.
SLEEP_MS = 1500
MODELS = ("async", "libuv", "epoll", "io-uring", "future")
BYTES_BARS = {"async": 64, "libuv": 200}
LATE_BARS_S = {"async": 0.1}
# As in workloads/kinds/sleepers.h: the last members of struct sleep_results.
COUNTS = struct.Struct("<976I")
BEFORE = struct.Struct("<QQIII36x")  # early_ns, late_ns, early, unasked, woken
STEPS = 16


def available():
    """Those of the models that this build has, and that sleep."""
    listed = json.loads(bench.must([bench.baton(), "list", "--json"]).out)
    able = {m["name"] for m in listed["models"]
            if m["available"] and m["kinds"].get("sleeping") is True}
    return [name for name in MODELS if name in able]


def lateness_ns(bucket):
    """The middle of a bucket, as lateness_of() has it."""
    shift, step = divmod(bucket, STEPS)
    if shift == 0:
        return step
    return ((STEPS + step) << (shift - 1)) + (1 << (shift - 1)) / 2


def percentile_ns(counts, share):
    """What this share of the wakes is not later than."""
    left = share * sum(counts)
    for bucket, count in enumerate(counts):
        left -= count
        if left <= 0:
            return lateness_ns(bucket)
    raise bench.Broken("no wake")


def sleep(model):
    """Bytes of each, the kernel's part; seconds: p50, p99, and the last."""
    cell = bench.take_cell(1 << 16, workload="sleepers", model=model,
                           tasks=TASKS, sleep_ms=SLEEP_MS, spread_ms=0,
                           waits=1, seed=1, iterations=1)
    size = int(cell.said["results_bytes"])
    results = cell.results[size:2 * size]
    counts = COUNTS.unpack_from(results, size - COUNTS.size)
    _, late_ns, early, unasked, _ = BEFORE.unpack_from(
        results, size - COUNTS.size - BEFORE.size)
    entered, left = struct.unpack_from("<2I", results)
    if (sum(counts), entered, left, early, unasked) != (TASKS, TASKS, TASKS,
                                                        0, 0):
        raise bench.Broken(f"{model}: {sum(counts)} wakes, {early} early, "
                           f"{unasked} of tasks that did not sleep")
    own, kernel = (float(cell.said[name]) / TASKS
                   for name in ("own_growth", "kernel_growth"))
    return (own + kernel, kernel, percentile_ns(counts, 0.5) / 1e9,
            percentile_ns(counts, 0.99) / 1e9, late_ns / 1e9,
            cell.cpu_ns / TASKS)


def measure():
    """sleepers: 1,000,000 tasks that sleep until one moment, none early.

    Memory is what the process and the kernel have more while all sleep than
    before; the layer's 8 bytes each are shared memory, and not in it. The
    clock is read at each wake.
    """
    models = available()
    taken = {model: [] for model in models}
    for _ in range(RUNS):
        for model in models:
            taken[model].append(sleep(model))
    bars = []
    for model in models:
        print(f"\n  {model}")
        columns = list(zip(*taken[model]))
        for what, values in zip(("bytes each, with the kernel's",
                                 "kernel's bytes each", "p50 late, s",
                                 "p99 late, s", "last wake late, s",
                                 "CPU of each, ns"), columns):
            bench.describe(what, values)
        if model in BYTES_BARS:
            bars.append(bench.at_most(f"{model}, bytes each,",
                                      bench.median(columns[0]),
                                      BYTES_BARS[model]))
        if model in LATE_BARS_S:
            bars.append(bench.at_most(f"{model}, last wake, s,",
                                      bench.median(columns[4]),
                                      LATE_BARS_S[model]))
    if not bars:
        raise bench.Skip("neither async nor libuv is in this build")
    return bars


if __name__ == "__main__":
    bench.main(measure)
