# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pipe to a reference program costs."""

import json
import os
import subprocess
import sys

import bench

REQUESTS = 300


def overheads(*words):
    """Milliseconds of each request beside the program's own time."""
    done = bench.must([sys.argv[2], str(REQUESTS), *words])
    return [int(line[3:]) / 1e6 for line in done.out.split()
            if line.startswith("ns=")]


def programs():
    """The names of those that are there."""
    listed = json.loads(subprocess.run(
        [sys.argv[1], "list", "--json"], capture_output=True, text=True,
        check=True).stdout)
    return [program["name"] for program in listed["references"]
            if program["available"]]


def measure():
    """pipe: from a request to its answer, less the program's own time.

    First a program in C that only answers, then one for each runtime that is
    there, each stopped between its requests. Median of 300.
    """
    os.environ.setdefault("BATON_DATA",
                          os.path.dirname(os.path.realpath(sys.argv[1])))
    bars = [bench.at_most("echo in C, ms,",
                          bench.median(overheads(sys.argv[3])), 0.2)]
    return bars + [bench.at_most(f"{name}, ms,",
                                 bench.median(overheads(name)), 1)
                   for name in programs()]


if __name__ == "__main__":
    bench.main(measure)
