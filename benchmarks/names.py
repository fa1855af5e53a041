# SPDX-License-Identifier: GPL-3.0-or-later
"""Names alone: the models that wait in a loop, against a bare epoll client."""

import contextlib
import os
import re
import subprocess
import sys

import bench

NAMES, PAIRS = 1000, 7
MODELS = "epoll", "io-uring", "libuv", "coroutine"


@contextlib.contextmanager
def name_server():
    """The port of the name server of `baton origin`."""
    process = subprocess.Popen([bench.baton(), "origin"],
                               stdout=subprocess.PIPE)
    try:
        said = os.read(process.stdout.fileno(), 4096).decode()
        yield re.search(r"answers DNS: .*:(\d+)", said)[1]
    finally:
        bench.end(process)
        process.stdout.close()


def per_s(model, port):
    """Names a second, after a warm-up; all have an address."""
    done = bench.must([sys.argv[2], port, str(NAMES), model])
    return NAMES / float(bench.key_values(done.out)["wall_ns"]) * 1e9


def measure():
    """names: 1,000 names at once, models against a bare client.

    Both ask the origin's name server for both kinds of address, on a connected
    socket for each name. The bare client (names_loop.c) has neither deadlines
    nor retries, and parses nothing.
    """
    bench.raise_limits()
    ratios = {}
    with name_server() as port:
        for model in bench.present(MODELS, "download"):
            taken = bench.pairs(PAIRS, lambda: per_s(model, port),
                                lambda: per_s("-", port))
            ratios[model] = bench.compare(
                "all at once", (model, "bare epoll"), "names/s", taken)
    best = max(ratios, key=ratios.get)
    return [bench.at_least(f"{best} / bare epoll in names/s", ratios[best],
                           0.5)]


if __name__ == "__main__":
    bench.main(measure)
