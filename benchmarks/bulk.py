# SPDX-License-Identifier: GPL-3.0-or-later
"""The origin as a server of large files, against nginx."""

import collections

import bench

BYTES, PAIRS, MODEL, FILES = 256 << 20, 7, "epoll", 2  # warm-up and timed
File = collections.namedtuple("File", "ms client_ms server_ms")


def take(server, **how):
    """Milliseconds of a file, and of CPU on both sides."""
    before_s = bench.server_cpu_s(server.pid)
    cell = bench.take_download(MODEL, 1, BYTES, server, **how)
    server_s = bench.server_cpu_s(server.pid) - before_s
    return File(cell.real_ns / 1e6, cell.cpu_ns / 1e6, server_s * 1e3 / FILES)


def measure():
    """bulk: a file of 256 MiB from the origin and from nginx.

    nginx has one worker, and sends a file with sendfile(2). The client is the
    model epoll, which reads and hashes all of it.
    """
    if not bench.present([MODEL], "bulk"):
        raise bench.Skip(f"this build has no model {MODEL}")
    with bench.nginx(BYTES) as nginx, bench.origin() as origin:
        taken = bench.pairs(PAIRS, lambda: take(origin, workload="bulk"),
                            lambda: take(nginx, path="/page"))
    names = ("origin", "nginx")
    speed = bench.compare("time", names, "ms a file",
                          [(a.ms, b.ms) for a, b in taken])
    bench.compare("server's CPU", names, "ms a file",
                  [(a.server_ms, b.server_ms) for a, b in taken])
    share = bench.compare("CPU with the origin", ("server", "client"),
                          "ms a file",
                          [(a.server_ms, a.client_ms) for a, _ in taken])
    return [bench.at_most("origin / nginx in time a file", speed, 1.05),
            bench.at_most("the origin's CPU / its client's", share, 0.7)]


if __name__ == "__main__":
    bench.main(measure)
