# SPDX-License-Identifier: GPL-3.0-or-later
"""Event loops as clients, against wrk."""

import os

import bench

REQUESTS = 200000
PAIRS = 11
MODELS = "epoll", "io-uring", "libuv"


def download(model, server, cpu):
    """One iteration of about a second, after a warm-up of the same length."""
    cell = bench.take_download(model, REQUESTS, 16, server, path="/16",
                               cpu=cpu, concurrency=64,
                               requests_per_connection=0)
    return bench.Load(REQUESTS / cell.real_ns * 1e9,
                      cell.cpu_ns / REQUESTS / 1e3, None)


def block(model, server, cpu, where):
    """The median ratios of requests/s and of CPU."""
    taken = bench.pairs(PAIRS, lambda: download(model, server, cpu),
                        lambda: bench.wrk(server, "/16", cpu))
    names = (model, "wrk")
    speed = bench.compare(f"{where}: speed", names, "requests/s",
                          [(a.per_s, b.per_s) for a, b in taken])
    cpu_us = bench.compare(f"{where}: client's CPU", names, "us a request",
                           [(a.cpu_us, b.cpu_us) for a, b in taken])
    return speed, cpu_us


def lean(ratios):
    """Whether it is fast enough, and then how little CPU it takes."""
    speed, cpu_us = ratios
    return speed < 0.97, cpu_us


def measure():
    """keepalive: event loops against wrk -t1 -c64 -d1s, 64 kept connections.

    The server is nginx with one worker and `return 200` of 16 bytes. wrk's
    CPU is that of its whole process; a model's that of its timed iteration.
    The bars are judged where nothing is pinned.
    """
    bench.tool("wrk")
    models = bench.present(MODELS, "download")
    with bench.nginx() as server:
        ratios = {model: block(model, server, None, "unpinned")
                  for model in models}
        best = min((model for model in models if model != "libuv"),
                   key=lambda model: lean(ratios[model]))
        try:
            client, serving = bench.two_cpus()
            os.sched_setaffinity(server.pid, {serving})
            block(best, server, client, f"client on CPU {client}, "
                                        f"nginx on CPU {serving}")
        except bench.Skip as reason:
            print(f"  pinned: skipped, {reason}")
    met = [bench.at_least(f"{best} / wrk in requests/s", ratios[best][0], 0.97),
           bench.at_most(f"{best} / wrk in CPU a request", ratios[best][1],
                         0.9)]
    if "libuv" in ratios:
        met += [bench.at_least("libuv / wrk in requests/s",
                               ratios["libuv"][0], 0.95),
                bench.at_most("libuv / wrk in CPU a request",
                              ratios["libuv"][1], 1.0)]
    return met


if __name__ == "__main__":
    bench.main(measure)
