# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness's tax on the smallest work there is."""

import os
import re
import struct
import sys

import bench

ITERATIONS, TURNS, PAIRS = 500, 5, 15
SLOT = bench.count_size(tasks=100)


def hand():
    """Nanoseconds of an iteration of the hand-written loop."""
    done = bench.must([sys.argv[2], str(ITERATIONS)], cpu=CPU)
    return float(bench.key_values(done.out)["real_ns"])


def harness():
    """Nanoseconds of an iteration in a sample, each verified."""
    cell = bench.take_cell((ITERATIONS + 1) * SLOT, cpu=CPU,
                           workload="counter", model="sequential", seed=1,
                           tasks=100, increments=1000, per_turn=0,
                           iterations=ITERATIONS)
    for at in range(0, len(cell.results), SLOT):
        if struct.unpack_from("<Q", cell.results, at)[0] != 100000:
            raise bench.Broken(f"iteration {at // SLOT} counted wrong")
    return cell.real_ns


def counted(argv, fds=()):
    """Instructions of a whole process, as valgrind counts them."""
    tool = [bench.tool("valgrind"), "--tool=callgrind",
            "--callgrind-out-file=/dev/null", "--log-fd=1"]
    done = bench.must(tool + argv, fds=fds)
    return int(re.search(r"Collected : (\d+)", done.out).group(1))


def instructions():
    """Those of an iteration, in a sample and by hand: no noise at all."""
    few, many = 20, 60
    results = os.memfd_create("results")
    os.ftruncate(results, (many + 1) * SLOT)
    sides = []
    for argv in (lambda k: [bench.baton(), "cell", "schema=1",
                            "workload=counter", "model=sequential", "seed=1",
                            "tasks=100", "increments=1000", "per_turn=0",
                            f"iterations={k}", "results_fd=3"],
                 lambda k: [sys.argv[2], str(k)]):
        runs = []
        for k in (few, many):
            os.ftruncate(results, 0)
            os.ftruncate(results, (many + 1) * SLOT)
            runs.append(counted(argv(k), fds=[(results, 3)]))
        sides.append((runs[1] - runs[0]) / (many - few))
    print(f"  instructions of an iteration: {sides[0]:.0f} in a sample, "
          f"{sides[1]:.0f} by hand")
    return sides[0] / sides[1]


def pair(first, second):
    """The medians of some processes of each side, in turn."""
    return tuple(bench.median(side)
                 for side in zip(*bench.pairs(TURNS, first, second)))


def measure():
    """tax: counter/sequential, 100 x 1000, in a sample, over a loop in C.

    The loop in C is the model's own, the same instructions, without gate
    and harness. All runs on one CPU; a value is the median of 5 processes,
    those of a pair in turn. A CPU that renames memory runs this loop in one
    of two modes (about 0.5 or 2 ns an increment where measured), which
    depends on alignment and on the neighbour: single ratios far from 1 come
    from that, and hand against hand shows how many. Instructions, which
    valgrind counts, know no modes.
    """
    alike = bench.compare("hand against hand: the noise",
                          ("hand", "hand again"), "ns",
                          [pair(hand, hand) for _ in range(PAIRS)])
    ratio = bench.compare("the harness against hand", ("harness", "hand"),
                          "ns", [pair(harness, hand) for _ in range(PAIRS)])
    print(f"  the median of hand against hand is {alike:.3f}")
    bars = [bench.at_most("the harness / hand", ratio, 1.02)]
    try:
        bars.append(bench.at_most("the same in instructions", instructions(),
                                  1.02))
    except bench.Skip as why:
        print(f"  instructions not counted: {why}")
    return bars


CPU = max(os.sched_getaffinity(0))

if __name__ == "__main__":
    bench.main(measure)
