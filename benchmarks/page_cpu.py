# SPDX-License-Identifier: GPL-3.0-or-later
"""libuv as a client of whole pages, against curl."""

import tempfile

import bench

PAGES, BYTES, PAIRS = 1000, 16384, 21


def libuv(server):
    """CPU microseconds a page, of a process but for its timed iteration.

    What is left is exec, linking, one iteration that is cold, and exit.
    """
    cell = bench.take_download("libuv", PAGES, BYTES, server, path="/page",
                               concurrency=64, requests_per_connection=0)
    return (cell.process_cpu_s * 1e9 - cell.cpu_ns) / PAGES / 1e3


def curl(config):
    """CPU microseconds a page."""
    done = bench.must([bench.tool("curl"), "-s", "-S", "-f", "-Z",
                       "--parallel-max", "64", "-K", config])
    return done.cpu_s / PAGES * 1e6


def measure():
    """page-cpu: CPU a page of 16 KiB, libuv against curl -Z --parallel-max 64.

    1,000 pages, a file of nginx's, over 64 connections kept alive. Both
    sides count a whole process from exec to exit that downloads them once:
    a sample does so twice, and the CPU of its second time is taken off. Part
    of the gap is curl's output: it opens, writes and closes /dev/null for
    each page, where libuv hashes the page.
    """
    bench.tool("curl")
    with bench.nginx(BYTES) as server, \
            tempfile.NamedTemporaryFile("w", prefix="baton-bench-") as config:
        address = f"http://127.0.0.1:{server.port}/page"
        config.write(f'url = "{address}"\noutput = "/dev/null"\n' * PAGES)
        config.flush()
        taken = bench.pairs(PAIRS, lambda: curl(config.name),
                            lambda: libuv(server))
    ratio = bench.compare("whole processes", ("curl", "libuv"),
                          "us of CPU a page", taken)
    return [bench.at_least("curl / libuv in CPU a page", ratio, 3.5)]


if __name__ == "__main__":
    bench.main(measure)
