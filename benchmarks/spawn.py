# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sample costs before anything is measured."""

import sys

import bench

BATCHES, BATCH = 20, 10


def spawned(argv):
    """Milliseconds of each run in a batch, from posix_spawn to reaped."""
    done = bench.must([sys.argv[2], str(BATCH)] + argv)
    return [float(line) for line in done.out.split()]


def empty_sample():
    """A sample with one increment in it."""
    return spawned([bench.baton(), "cell", "schema=1", "workload=counter",
                    "model=null", "seed=1", "tasks=1", "increments=1",
                    "per_turn=0", "iterations=1", "results_fd=3"])


def scale():
    """The smallest process there is."""
    return spawned([bench.tool("true")])


def p95(values):
    """The value that 95 % do not exceed."""
    return sorted(values)[int(0.95 * len(values))]


def measure():
    """spawn: an empty sample from posix_spawn to reaped, in turn with true."""
    taken = bench.pairs(BATCHES, empty_sample, scale)
    sides = [sum(side, []) for side in zip(*taken)]
    for name, values in zip(("an empty sample", "true"), sides):
        bench.describe(f"{name}, ms", values)
        print(f"  {name}: 95 % within {p95(values):.3f} ms")
    return [bench.at_most("the median sample, ms,", bench.median(sides[0]), 3)]


if __name__ == "__main__":
    bench.main(measure)
