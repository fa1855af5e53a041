# SPDX-License-Identifier: GPL-3.0-or-later
"""Event loops as clients of whole pages, against a bare epoll client."""

import sys
import tempfile

import bench

PAGES, BYTES, PAIRS, CONNECTIONS = 1000, 16384, 21, 64
MODELS = "epoll", "io-uring", "libuv"


def sample(model, server):
    """A warm-up and one timed iteration."""
    return bench.take_download(model, PAGES, BYTES, server, path="/page",
                               concurrency=CONNECTIONS,
                               requests_per_connection=0)


def model_us(model, server):
    """CPU microseconds a page, of the timed iteration."""
    return sample(model, server).cpu_ns / PAGES / 1e3


def bare_us(server):
    """The same of the bare client, which warms up too."""
    done = bench.must([sys.argv[2], str(server.port), "/page", str(PAGES),
                       str(CONNECTIONS), str(BYTES)])
    return float(bench.key_values(done.out)["cpu_ns"]) / PAGES / 1e3


def whole_us(model, server):
    """CPU microseconds a page of a whole process but its timed iteration."""
    cell = sample(model, server)
    return (cell.process_cpu_s * 1e9 - cell.cpu_ns) / PAGES / 1e3


def ratio_of(model, server):
    """Its CPU over that of the bare client, the median."""
    taken = bench.pairs(PAIRS, lambda: model_us(model, server),
                        lambda: bare_us(server))
    return bench.compare("the second time", (model, "bare epoll"),
                         "us of CPU a page", taken)


def curl_us(config):
    """CPU microseconds a page of a whole process."""
    done = bench.must([bench.tool("curl"), "-s", "-S", "-f", "-Z",
                       "--parallel-max", str(CONNECTIONS), "-K", config])
    return done.cpu_s / PAGES * 1e6


def beside_curl(model, server):
    """For information: curl opens, writes and closes a file for each page."""
    try:
        bench.tool("curl")
    except bench.Skip as reason:
        print(f"  curl: skipped, {reason}")
        return
    with tempfile.NamedTemporaryFile("w", prefix="baton-bench-") as config:
        address = f"http://127.0.0.1:{server.port}/page"
        config.write(f'url = "{address}"\noutput = "/dev/null"\n' * PAGES)
        config.flush()
        taken = bench.pairs(PAIRS, lambda: curl_us(config.name),
                            lambda: whole_us(model, server))
    bench.compare("whole processes", ("curl", model), "us of CPU a page",
                  taken)


def measure():
    """page-cpu: CPU a page of 16 KiB, event loops against a bare client.

    1,000 pages, a file of nginx's, over 64 connections kept alive; both
    sides read and hash every page, and the CPU time is that of the second
    time. The bare client (bare_pages.c) has epoll, but no deadlines and no HTTP
    parser. Beside it, without a bar: the best of them against curl -Z, as
    whole processes.
    """
    with bench.nginx(BYTES) as server:
        ratios = {model: ratio_of(model, server)
                  for model in bench.present(MODELS, "download")}
        best = min(ratios, key=ratios.get)
        beside_curl(best, server)
    what = "{} / bare epoll in CPU a page".format
    return [bench.at_most(what(best), ratios[best], 1.15),
            bench.at_most(what("libuv"), ratios.get("libuv", 0), 1.25)]


if __name__ == "__main__":
    bench.main(measure)
