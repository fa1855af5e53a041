# SPDX-License-Identifier: GPL-3.0-or-later
"""libuv as a client, against wrk."""

import os

import bench

REQUESTS = 200000
PAIRS = 7


def libuv(server, cpu):
    """One iteration of about a second, after a warm-up of the same length."""
    cell = bench.take_download("libuv", REQUESTS, 16, server, path="/16",
                               cpu=cpu, concurrency=64,
                               requests_per_connection=0)
    return bench.Load(REQUESTS / cell.real_ns * 1e9,
                      cell.cpu_ns / REQUESTS / 1e3, None)


def block(server, cpu, where):
    """The median ratios of requests/s and of CPU."""
    taken = bench.pairs(PAIRS, lambda: libuv(server, cpu),
                        lambda: bench.wrk(server, "/16", cpu))
    names = ("libuv", "wrk")
    speed = bench.compare(f"{where}: speed", names, "requests/s",
                          [(a.per_s, b.per_s) for a, b in taken])
    cpu_us = bench.compare(f"{where}: client's CPU", names, "us a request",
                           [(a.cpu_us, b.cpu_us) for a, b in taken])
    return speed, cpu_us


def measure():
    """keepalive: libuv against wrk -t1 -c64 -d1s, 64 connections kept alive.

    The server is nginx with one worker and `return 200` of 16 bytes. wrk's
    CPU is that of its whole process; libuv's that of its timed iteration.
    The bars are judged where nothing is pinned.
    """
    bench.tool("wrk")
    with bench.nginx() as server:
        speed, cpu_us = block(server, None, "unpinned")
        try:
            client, serving = bench.two_cpus()
            os.sched_setaffinity(server.pid, {serving})
            block(server, client, f"client on CPU {client}, "
                                  f"nginx on CPU {serving}")
        except bench.Skip as reason:
            print(f"  pinned: skipped, {reason}")
    return [bench.at_least("libuv / wrk in requests/s", speed, 0.95),
            bench.at_most("libuv / wrk in CPU a request", cpu_us, 1.0)]


if __name__ == "__main__":
    bench.main(measure)
