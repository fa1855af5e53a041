# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log of `baton autopsy` costs, and how often it has a story."""

import json

import bench

TIMES = 7


def autopsy(*options):
    """What it found, as JSON."""
    return json.loads(bench.must(
        [bench.baton(), "autopsy", "counter", "--model", "thread-per-socket",
         "--json", *options]).out)


def measure():
    """autopsy: ns of the log for each increment, by the monotonic clock.

    With clock_gettime() instead of the CPU's counter there is no bar. How
    often a stopped task is found depends on the machine: for information.
    """
    logs = [autopsy("--tasks", "2", "--increments", "1000", "--runs", "10")
            for _ in range(TIMES)]
    clock = logs[0]["log"]["clock"]
    print(f"  the log reads {clock}")
    event = bench.describe("ns an increment",
                           [found["log"]["event_ns"] for found in logs])
    stories = [autopsy("--runs", "100") for _ in range(TIMES)]
    erased = [s["erasure"]["erased"] for s in stories if s["erasure"]]
    print(f"  100 x 1000: {len(erased)} of {TIMES} times a stopped task was "
          f"found; erased: {sorted(erased)}")
    for name in ("runs", "log"):
        exact = sum(s[name]["nothing_lost"] for s in stories)
        runs = sum(s[name]["runs"] for s in stories)
        print(f"  nothing lost, {name}: {100 * exact / runs:.1f} % of {runs}")
    pair = autopsy("--tasks", "2", "--increments", "5", "--runs", "10")["pair"]
    if pair:
        print(f"  bare pair: {pair['runs']} samples in "
              f"{1000 * pair['seconds']:.0f} ms")
    if clock != "tsc":
        raise bench.Skip("the clock source is not tsc: there is no bar")
    return [bench.at_most("ns an increment,", event, 30)]


if __name__ == "__main__":
    bench.main(measure)
