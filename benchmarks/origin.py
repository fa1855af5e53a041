# SPDX-License-Identifier: GPL-3.0-or-later
"""The origin as a server, against nginx."""

import bench

PAIRS = 7


def measure():
    """origin: a page of 16 bytes from the origin and from nginx.

    nginx has one worker and `return 200` of 16 bytes. Each side serves
    wrk -t1 -c64 -d1s; the server's CPU is that of its process meanwhile.
    """
    bench.tool("wrk")
    with bench.nginx() as nginx, bench.origin() as origin:
        taken = bench.pairs(PAIRS,
                            lambda: bench.wrk(origin, "/page/0?bytes=16"),
                            lambda: bench.wrk(nginx, "/16"))
    names = ("origin", "nginx")
    speed = bench.compare("speed", names, "requests/s",
                          [(a.per_s, b.per_s) for a, b in taken])
    cpu_us = bench.compare("server's CPU", names, "us a request",
                           [(a.server_us, b.server_us) for a, b in taken])
    return [bench.at_least("origin / nginx in requests/s", speed, 1.0),
            bench.at_most("origin / nginx in CPU a request", cpu_us, 0.95)]


if __name__ == "__main__":
    bench.main(measure)
