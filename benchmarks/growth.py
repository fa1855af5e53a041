# SPDX-License-Identifier: GPL-3.0-or-later
"""How the time of a download grows with the number of pages."""

import math
import sys

import bench

PAIRS, BYTES = 7, 4096
SIZES = (1, 3, 10, 30)
MODELS = "epoll", "io-uring", "libuv"


def model_ms(model, server, pages, latency_ms):
    """One timed iteration after a warm-up, one request a connection."""
    cell = bench.take_download(model, pages, BYTES, server,
                               latency_ms=latency_ms)
    return cell.real_ns / 1e6


def bare_ms(server, pages, latency_ms):
    """The same by the bare client, which warms up too."""
    done = bench.must([sys.argv[2], str(server.port), str(pages),
                       str(latency_ms), str(BYTES)])
    return float(bench.key_values(done.out)["real_ns"]) / 1e6


def growth_of(model, server):
    """T(1000) over T(1) at 200 ms, the median."""
    return bench.compare(
        f"{model} at 200 ms", ("T(1000)", "T(1)"), "ms",
        bench.pairs(PAIRS, lambda: model_ms(model, server, 1000, 200),
                    lambda: model_ms(model, server, 1, 200)))


def exponent(server):
    """The slope of ln T on ln n of one round of sequential."""
    x = [math.log(n) for n in SIZES]
    y = [math.log(model_ms("sequential", server, n, 5)) for n in SIZES]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) /
            sum((a - mean_x) ** 2 for a in x))


def measure():
    """growth: n pages, each on its own connection, after a latency.

    T(1000) of event loops over their T(1) at 200 ms; libuv's T(1000) at 50 ms
    over that of a bare epoll client (bare_epoll.c: no library, no deadlines,
    no HTTP parser, no hash); the exponent of sequential at 5 ms, n = 1, 3, 10,
    30.
    """
    with bench.origin() as server:
        growth = {model: growth_of(model, server)
                  for model in bench.present(MODELS, "download")}
        best = min(growth, key=growth.get)
        bare = bench.compare(
            "n = 1000 at 50 ms", ("libuv", "bare epoll"), "ms",
            bench.pairs(PAIRS, lambda: model_ms("libuv", server, 1000, 50),
                        lambda: bare_ms(server, 1000, 50)))
        print("\n  sequential at 5 ms")
        slope = bench.describe("T ~ n^x, x",
                               [exponent(server) for _ in range(PAIRS)])
    return [bench.at_most(f"T(1000) / T(1) of {best}", growth[best], 1.15),
            bench.at_most("T(1000) / T(1) of libuv", growth["libuv"], 1.3),
            bench.at_most("libuv / bare epoll", bare, 1.1),
            bench.at_least("sequential's exponent", slope, 0.95),
            bench.at_most("sequential's exponent", slope, 1.05)]


if __name__ == "__main__":
    bench.main(measure)
