# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that `baton step` prints in a second."""

import time

import bench

TIMES = 5
GAMES = (("thread-per-socket", 2), ("locked", 2), ("locked", 8),
         ("async", 4))


def steps_a_second(model, tasks):
    """Of 20,000 increments, the program's start included."""
    begin = time.monotonic()
    out = bench.must([bench.baton(), "step", "counter", "--model", model,
                      "--tasks", str(tasks), "--increments",
                      str(20000 // tasks), "--seed", "1"]).out
    return (out.count("\n") - 3) / (time.monotonic() - begin)


def measure():
    """step: lines a second."""
    bars = []
    for model, tasks in GAMES:
        taken = [steps_a_second(model, tasks) for _ in range(TIMES)]
        rate = bench.describe(f"{model}, {tasks} tasks: steps/s", taken)
        bars.append(bench.at_least("steps/s", rate, 10000))
    return bars


if __name__ == "__main__":
    bench.main(measure)
