# SPDX-License-Identifier: GPL-3.0-or-later
"""What one coroutine takes to hand over to the next."""

import sys

import bench

PAIRS = 15
PASSES = {"stacks": 2000000, "ucontext": 200000}


def handed(side, tasks):
    """Nanoseconds of processor time of one hand-over."""
    done = bench.must([sys.argv[2], side, str(tasks), str(PASSES[side])])
    return float(bench.key_values(done.out)["real_ns"])


def measure():
    """switch: a hand-over of `coroutine`, in turn with swapcontext().

    Two coroutines, and 100 in a ring, which is what counter has by default:
    their stacks share the cache. Processor time, for neither side waits.
    """
    if len(sys.argv) < 3:
        raise bench.Skip("the model coroutine is not in this build")
    bars = []
    for tasks in (2, 100):
        taken = bench.pairs(PAIRS, lambda: handed("stacks", tasks),
                            lambda: handed("ucontext", tasks))
        ratio = bench.compare(f"{tasks} coroutines", ("stacks", "swapcontext"),
                              "ns", taken)
        bars += [bench.at_most(f"a hand-over among {tasks}, ns,",
                               bench.median([mine for mine, _ in taken]), 40),
                 bench.at_most("stacks / swapcontext", ratio, 1 / 8)]
    return bars


if __name__ == "__main__":
    bench.main(measure)
