# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report takes once its samples are there."""

import os
import pathlib
import tempfile
import time

import bench

RUNS = 9
BAR_S = 3
PAGE_BAR = 500_000  # bytes
REFERENCE = pathlib.Path(__file__).resolve().parents[1] / "results/example"


def draw(folder):
    """Seconds of one `report --from`: read, compute, draw, write."""
    begin = time.monotonic()
    bench.must([bench.baton(), "report", "--from", str(REFERENCE),
                "--out", folder])
    return time.monotonic() - begin


def measure():
    """drawing: the whole report again from the reference's samples."""
    if not (REFERENCE / "samples.tsv").exists():
        raise bench.Skip("results/example is not there")
    with tempfile.TemporaryDirectory() as folder:
        times = [draw(folder) for _ in range(RUNS)]
        page = os.path.getsize(os.path.join(folder, "report.html"))
    bench.describe("the report of 60 s of samples, s", times)
    return [bench.at_most("the median report, s,", bench.median(times), BAR_S),
            bench.at_most("its page, bytes,", page, PAGE_BAR)]


if __name__ == "__main__":
    bench.main(measure)
