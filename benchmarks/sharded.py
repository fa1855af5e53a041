# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs that the counts of all threads become one."""

import os
import struct
import sys

import bench

INCREMENTS, ITERATIONS, TURNS, PAIRS = 5000000, 4, 5, 15


def alone():
    """Nanoseconds of an iteration of threads that share nothing."""
    done = bench.must([sys.argv[2], str(THREADS), str(INCREMENTS),
                       str(ITERATIONS)])
    return float(bench.key_values(done.out)["real_ns"])


def sharded():
    """Nanoseconds of an iteration in a sample, each verified."""
    slot = bench.count_size(tasks=THREADS)
    cell = bench.take_cell((ITERATIONS + 1) * slot, workload="counter",
                           model="sharded", seed=1, tasks=THREADS,
                           increments=INCREMENTS, per_turn=0,
                           iterations=ITERATIONS)
    for at in range(0, len(cell.results), slot):
        if struct.unpack_from("<Q", cell.results,
                              at)[0] != THREADS * INCREMENTS:
            raise bench.Broken(f"iteration {at // slot} counted wrong")
    return cell.real_ns


def pair(first, second):
    """The medians of some processes of each side, in turn."""
    return tuple(bench.median(side)
                 for side in zip(*bench.pairs(TURNS, first, second)))


def measure():
    """sharded: increments a second, against threads that each count alone.

    A thread for each CPU on both sides, 5 million increments each. The
    other side shares nothing and adds nothing up; its loop is the model's.
    A value is the median of 5 processes, those of a pair in turn, since a
    processor may run the loop at one of two speeds (see `tax`).
    """
    alike = bench.compare("alone against alone: the noise",
                          ("alone", "alone again"), "ns",
                          [pair(alone, alone) for _ in range(PAIRS)])
    ratio = bench.compare("alone / sharded is the part of the speed",
                          ("alone", "sharded"), "ns",
                          [pair(alone, sharded) for _ in range(PAIRS)])
    print(f"  the median of alone against alone is {alike:.3f}")
    return [bench.at_least("the speed of sharded / alone", ratio, 0.9)]


THREADS = len(os.sched_getaffinity(0))

if __name__ == "__main__":
    bench.main(measure)
