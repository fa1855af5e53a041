# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a report's time is spent measuring."""

import os
import tempfile

import bench


def report(options, what):
    """Runs a report; the share of its time inside samples, and its rounds."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        out = os.path.join(folder, "report")
        done = bench.must([bench.baton(), "report", "--out", out] + options)
        samples = bench.read_samples(out)
    shares = [sum(int(s[column]) for s in samples) / 1e9 / done.wall_s
              for column in ("wall_ns", "inside_ns")]
    rounds = max(int(s["round"]) for s in samples)
    print(f"  {what}: {len(samples)} samples in {rounds} rounds, "
          f"{done.wall_s:.1f} s; from spawn to reaped "
          f"{100 * shares[0]:.1f} %, in warm-up and timed iterations "
          f"{100 * shares[1]:.1f} %")
    return shares[0], rounds


def measure():
    """inside: the share of a report's wall time that is inside samples.

    Always the quick report; that of 90 s too when BENCH_FULL is set.
    """
    met = [bench.at_least("the share", report(["--quick"], "quick")[0], 0.8)]
    if os.environ.get("BENCH_FULL"):
        share, rounds = report([], "90 s")
        met += [bench.at_least("the share", share, 0.8),
                bench.at_least("rounds", rounds, 7)]
    return met


if __name__ == "__main__":
    bench.main(measure)
