# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages over https and http, by the models that wait in a loop."""

import contextlib
import os
import re
import struct
import subprocess
import tempfile

import bench

SITES, LATENCY_MS, PAIRS = 100, 50, 7
MODELS = "epoll", "io-uring", "libuv", "coroutine"
ITERATIONS = 2  # of a sample, with the warm-up
# Of struct journal in workloads/kinds/journal.h: handshakes, handshake_ns.
HANDSHAKES_AT, HANDSHAKES = 52, struct.Struct("<IQ")


@contextlib.contextmanager
def origin():
    """Both ports of `baton origin`, and the text of its certificate."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        path = os.path.join(folder, "authority.pem")
        process = subprocess.Popen([bench.baton(), "origin", "--cafile", path],
                                   stdout=subprocess.PIPE)
        try:
            said = os.read(process.stdout.fileno(), 4096).decode()
            if "with TLS" not in said:
                raise bench.Skip("this build has no TLS")
            port, = re.findall(r"^http://.*:(\d+)$", said, re.M)
            tls, = re.findall(r"https://.*:(\d+)$", said, re.M)
            with open(path, encoding="ascii") as file:
                yield bench.Server(int(port), process.pid), tls, file.read()
        finally:
            bench.end(process)
            process.stdout.close()


def take(model, server, tls, authority):
    """Milliseconds of an iteration; ms of a handshake on either side."""
    keys = {"tls": 1, "tls_port": tls, "authority": authority} if tls else {}
    before_s = bench.server_cpu_s(server.pid)
    cell = bench.take_download(model, SITES, 4096, server,
                               latency_ms=LATENCY_MS, **keys)
    server_ms = (bench.server_cpu_s(server.pid) - before_s) * 1e3
    n, ns = HANDSHAKES.unpack_from(
        cell.results, bench.journal_size(SITES) + HANDSHAKES_AT)
    if tls and n != SITES:
        raise bench.Broken(f"{n} handshakes, should be {SITES}")
    return (cell.real_ns / 1e6, ns / SITES / 1e6,
            server_ms / SITES / ITERATIONS)


def bound_ms(http, https):
    """Of http's time and the handshakes of the larger side; and that side's.

    The origin's handshake is what a page costs it more than by http.
    """
    client, server = https[1], https[2] - http[2]
    return http[0] + SITES * max(client, server), client, server


def measure_model(model, server, tls, authority):
    """The median ratio of https to the bound, of adjacent samples."""
    taken = bench.pairs(PAIRS, lambda: take(model, server, tls, authority),
                        lambda: take(model, server, None, None))
    bounds = [bound_ms(http, https) for https, http in taken]
    ratio = bench.compare(
        f"{SITES} sites at {LATENCY_MS} ms", (model, "bound"), "ms",
        [(https[0], bound[0])
         for (https, _), bound in zip(taken, bounds)])
    bench.describe("http, ms", [http[0] for _, http in taken])
    bench.describe("a handshake of the client, CPU ms",
                   [bound[1] for bound in bounds])
    bench.describe("a handshake of the origin, CPU ms",
                   [bound[2] for bound in bounds])
    return ratio


def measure():
    """https: 100 pages of as many connections, over https and over http.

    One handshake a page (P-256). The bound is the time over http and 100 times
    the CPU time of a handshake, of the side that needs more, both of the same
    pair: neither side can do better on a CPU of its own.
    """
    bench.raise_limits()
    ratios = {}
    with origin() as (server, tls, authority):
        for model in bench.present(MODELS, "download"):
            ratios[model] = measure_model(model, server, tls, authority)
    best = min(ratios, key=ratios.get)
    return [bench.at_most(f"{best}: https / bound", ratios[best], 1.1)]


if __name__ == "__main__":
    bench.main(measure)
