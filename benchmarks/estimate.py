# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a run is expected to take, and how long it takes."""

import re
import tempfile
import time

import bench

RUNS = [
    ["run", "counter", "--tasks", "1,100", "--rounds", "4"],
    ["run", "download", "--n", "1,30,100", "--rounds", "3"],
    ["run", "titles", "--n", "10", "--rounds", "3"],
    ["run", "faults", "--timeout-ms", "200", "--rounds", "2"],
    ["report", "--quick", "--rounds", "3"],
]


def factor(args):
    """Real time over the one that was said before anything started."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        start = time.monotonic()
        done = bench.must([bench.baton(), *args, "--out", f"{folder}/run"])
        took_s = time.monotonic() - start
    said_s = float(re.search(r"calibrating .*; (\d+) s in all", done.out)[1])
    print(f"  {' '.join(args)}: said {said_s:.0f} s, took {took_s:.1f} s")
    return took_s / said_s


def measure():
    """estimate: the time of a run, over what is said before it starts.

    All models of this build; what is said is estimated from the parameters
    alone, and is to be right within a factor of two. The drawing of figures
    is in what it took.
    """
    factors = [factor(args) for args in RUNS]
    return [bench.at_most("the largest real / expected", max(factors), 2),
            bench.at_least("the smallest", min(factors), 0.5)]


if __name__ == "__main__":
    bench.main(measure)
