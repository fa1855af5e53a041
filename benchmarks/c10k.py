# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand at once."""

import os
import tempfile

import bench

MODELS = ("libuv", "thread-per-socket")
N = 10000
USAGE, LATENCY_MS = 4, 3000


def measure():
    """c10k: 10,000 connections at once, in one loop and in 10,000 threads.

    Every page is answered 3 s after it was asked for, so that all are in
    flight together; every page is verified.
    """
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        out = os.path.join(folder, "run")
        done = bench.run([
            bench.baton(), "run", "download", "--n", str(N),
            "--latency-ms", str(LATENCY_MS), "--timeout-ms", "60000",
            "--models", ",".join(MODELS), "--rounds", "1", "--out", out])
        if done.code == USAGE:
            raise bench.Skip(done.out.strip())
        if done.code != 0:
            raise bench.Broken(f"exit {done.code}: {done.out}")
        samples = [s for s in bench.read_samples(out) if s["round"] != "0"]
    met = []
    for sample in samples:
        print(f"  {sample['model']}: {sample['status']}, "
              f"{float(sample['real_ns']) / 1e9:.3f} s, "
              f"{sample['origin_peak']} in flight at the origin at once, "
              f"{int(sample['peak_rss_bytes']) / 2**20:.1f} MiB at peak, "
              f"{sample['threads_peak']} threads, "
              f"{sample['fds_peak']} descriptors")
        met.append(sample["status"] == "ok" and sample["errors"] == "0")
        met.append(bench.at_least("connections at once, of 10,000,",
                                  int(sample["origin_peak"]) / N, 0.99))
    return met + [len(samples) == len(MODELS)]


if __name__ == "__main__":
    bench.main(measure)
