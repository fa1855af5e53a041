# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sample costs before anything is measured."""

import bench

SAMPLES = 200


def empty_sample():
    """Milliseconds of a sample with one increment in it."""
    argv = [bench.baton(), "cell", "schema=1", "workload=counter",
            "model=null", "seed=1", "tasks=1", "increments=1", "per_turn=0",
            "iterations=1", "results_fd=3"]
    return 1e3 * bench.must(argv, fds=[(RESULTS, 3)]).wall_s


def scale():
    """Milliseconds of the smallest process there is."""
    return 1e3 * bench.must([bench.tool("true")]).wall_s


def p95(values):
    """The value that 95 % do not exceed."""
    return sorted(values)[int(0.95 * len(values))]


def measure():
    """spawn: an empty sample from posix_spawn to reaped, in turn with true."""
    taken = bench.pairs(SAMPLES, empty_sample, scale)
    for name, values in zip(("an empty sample", "true"), zip(*taken)):
        bench.describe(f"{name}, ms", values)
        print(f"  {name}: 95 % within {p95(values):.3f} ms")
    middle = bench.median([sample for sample, _ in taken])
    return [bench.at_most("the median sample, ms,", middle, 3)]


RESULTS = bench.os.memfd_create("results")
bench.os.ftruncate(RESULTS, 4096)

if __name__ == "__main__":
    bench.main(measure)
