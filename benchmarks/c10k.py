# SPDX-License-Identifier: GPL-3.0-or-later
"""As many connections at once as there may be."""

import os
import resource
import tempfile

import bench

N = 10000
USAGE, LATENCY_MS = 4, 3000
# So long that the last connection is made before the first is answered.
WIDEST_LATENCY_MS, WIDEST_EACH_US = 10000, 300
# Those that have fewer at once, and how many are asked for; 0: none.
LIMITS = {
    "null": (0, "its server is simulated"),
    "sequential": (0, "one at a time"),
    "thread-pool": (0, "as many as its workers"),
    "process-pool": (0, "as many as its workers"),
    "process": (1000, "a process takes 200 KiB, and is forked in 0.4 ms"),
}
# A model of these runs all that the descriptors allow.
WIDEST = "epoll", "io-uring"
SPARE, WIDE = 100, 100000


def take(model, connections, latency_ms):
    """One timed sample, or a skip; prints what it was."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        out = os.path.join(folder, "run")
        done = bench.run([
            bench.baton(), "run", "download", "--n", str(connections),
            "--latency-ms", str(latency_ms), "--timeout-ms", "60000",
            "--models", model, "--rounds", "1", "--out", out])
        if done.code == USAGE:
            raise bench.Skip(done.out.strip())
        if done.code != 0:
            raise bench.Broken(f"exit {done.code}: {done.out}")
        sample, = [s for s in bench.read_samples(out) if s["round"] != "0"]
    print(f"  {model}: {sample['status']}, "
          f"{float(sample['real_ns']) / 1e9:.3f} s, "
          f"{sample['origin_peak']} in flight at the origin at once, "
          f"{int(sample['peak_rss_bytes']) / 2**20:.1f} MiB at peak, "
          f"{sample['threads_peak']} threads, "
          f"{sample['fds_peak']} descriptors")
    return sample


def met_by(model, connections, latency_ms=LATENCY_MS):
    """Whether all of them were right, and open at once."""
    try:
        sample = take(model, connections, latency_ms)
    except bench.Skip as reason:
        print(f"  {model}: skipped, {reason}")
        return []
    return [sample["status"] == "ok" and sample["errors"] == "0",
            bench.at_least(f"connections at once, of {connections},",
                           int(sample["origin_peak"]) / connections, 0.99)]


def widest():
    """100,000, or what the hard limit of descriptors allows one process."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    n = min(hard - SPARE, WIDE)
    met = []
    for model in bench.present(WIDEST, "download"):
        met += met_by(model, n, WIDEST_LATENCY_MS + n * WIDEST_EACH_US // 1000)
    if n < WIDE:
        print(f"  {WIDE} at once: skipped, the hard limit is {hard} "
              "descriptors; raise it as root: ulimit -Hn 200000")
    return met


def measure():
    """c10k: 10,000 connections at once in every model that can have them.

    Every page is answered 3 s after it was asked for, so that all are in
    flight together; every page is verified. Then epoll and io-uring with
    100,000, or as many as the hard limit of descriptors allows: the
    connections go to several addresses of the loopback.
    """
    met = []
    for model in bench.models("download"):
        most, why = LIMITS.get(model, (N, None))
        if why:
            print(f"  {model}: {f'{most} at once' if most else 'not asked'}, "
                  f"{why}")
        if most:
            met += met_by(model, most)
    return met + widest()


if __name__ == "__main__":
    bench.main(measure)
