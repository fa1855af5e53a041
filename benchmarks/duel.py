# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon a duel answers a key, and how fast it replays a schedule."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import bench

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests",
                                "cli"))
from terminal import Terminal  # noqa: E402

GAMES, KEYS = 10, "122221211112"
HUNDRED = """baton-schedule 1 counter tasks=100 increments=1000
1 1
3-100 *
2 1998
1 1
2 1
1-2 *
"""


def game():
    """From each key to the frame that it leads to, in ms; undo is one."""
    times = []
    with Terminal([bench.baton(), "duel", "--level", "2"]) as terminal:
        at = terminal.wait_for("\033[J")
        for key in KEYS + "uuh":
            begin = time.perf_counter()
            terminal.press(key)
            at = terminal.wait_for("\033[J", at)
            times.append((time.perf_counter() - begin) * 1e3)
        terminal.press("q")
        terminal.ended()
    return times


def replay():
    """200,000 steps of 100 threads, with all that begins and ends, in s."""
    with tempfile.NamedTemporaryFile("w", suffix=".schedule") as file:
        file.write(HUNDRED)
        file.flush()
        begin = time.perf_counter()
        out = subprocess.run([bench.baton(), "duel", "--schedule", file.name],
                             stdout=subprocess.PIPE, text=True,
                             check=True).stdout
        if "Counter 2." not in out:
            raise bench.Broken("the schedule did not end at 2")
        return time.perf_counter() - begin


def measure():
    """duel: from a key to its frame, on a terminal of 80 x 24.

    15 keys of a game of two threads, 10 games; an undo plays all that was
    before again.  Beside it 100 threads by a schedule.
    """
    times = sorted(ms for _ in range(GAMES) for ms in game())
    print(f"\n  keys        median {statistics.median(times):.2f} ms, longest "
          f"{times[-1]:.2f} ms of {len(times)}")
    replays = [replay() for _ in range(5)]
    print(f"  100 threads median {statistics.median(replays):.3f} s")
    return [bench.at_most("ms, the longest answer to a key", times[-1], 50)]


if __name__ == "__main__":
    bench.main(measure)
