# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection of libuv's takes of its process's memory."""

import collections
import contextlib
import os
import resource
import subprocess
import sys
import time

import bench

PAIRS = 3
FEW, MANY = 100, 10000
LATENCY_MS, SPARE_FDS = 2000, 100
PARTS = ("lanes", "private", "results", "files")
Sizes = collections.namedtuple("Sizes", "peak parts")  # bytes


def check_limits():
    """Each side takes a descriptor for a connection, the client a port."""
    bench.raise_limits()
    fds, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if fds < MANY + SPARE_FDS:
        raise bench.Skip(f"the hard limit of descriptors is {fds}, "
                         f"{MANY + SPARE_FDS} are needed")
    with open("/proc/sys/net/ipv4/ip_local_port_range",
              encoding="ascii") as file:
        first, last = map(int, file.read().split())
    if last - first < MANY + SPARE_FDS:
        raise bench.Skip(f"{last - first} local ports are not enough")


def open_fds(pid):
    """How many descriptors a process has."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def part_of(path, permissions):
    """Which part of the memory a mapping belongs to."""
    if path.startswith("/memfd:results"):
        return "results"
    if path.startswith("/dev/zero") and permissions.endswith("s"):
        return "lanes"
    return "files" if path.startswith("/") else "private"


def resident(pid):
    """The bytes in memory, by part.  What a file's page became is private."""
    parts, part = dict.fromkeys(PARTS, 0), None
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words[0].endswith(":"):
                part = part_of(" ".join(words[5:]), words[1])
            elif words[0] == "Rss:":
                parts[part] += int(words[1]) * 1024
            elif words[0] == "Anonymous:" and part == "files":
                parts["files"] -= int(words[1]) * 1024
                parts["private"] += int(words[1]) * 1024
    return parts


def await_all(cell, server, n):
    """Until all are connected, which a latency is long enough for."""
    end = time.monotonic() + 10 * LATENCY_MS / 1000
    while time.monotonic() < end:
        if cell.poll() is not None:
            raise bench.Broken(f"baton cell: {cell.stdout.read()}")
        with contextlib.suppress(OSError):
            if open_fds(cell.pid) >= n and open_fds(server.pid) >= n:
                return
        time.sleep(0.02)
    raise bench.Broken(f"{n} connections were not open at once")


def look_at_cell(server, n, results):
    """The sizes of a sample, which has one iteration and no warm-up."""
    keys = {"schema": 1, "workload": "titles", "model": "libuv", "n": n,
            "latency_ms": LATENCY_MS, "cold": 1,
            **bench.scraping_keys(server), "results_fd": results}
    argv = [bench.baton(), "cell"]
    argv += [f"{key}={value}" for key, value in keys.items()]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True,
                          pass_fds=[results]) as cell:
        await_all(cell, server, n)
        parts = resident(cell.pid)
        said = bench.key_values(cell.communicate()[0])
    if said.get("end") != "ok":
        raise bench.Broken(f"baton cell: {said}")
    return Sizes(int(said["peak_rss_bytes"]), parts)


def scrape(server, titles):
    """The sizes of a sample whose titles are verified."""
    size = bench.scraping_size(len(titles))
    results = os.memfd_create("results")
    try:
        # The place of the warm-up's is there, too.
        os.ftruncate(results, 2 * size)
        sizes = look_at_cell(server, len(titles), results)
        bench.verify_titles(
            bench.scraped_sites(os.pread(results, size, size), 0), titles)
    finally:
        os.close(results)
    return sizes


def kib(many, few):
    """KiB for each connection more."""
    return (many - few) / (MANY - FEW) / 1024


def show(taken):
    """Prints the parts for each connection; the median of their peak."""
    print(f"\n  KiB a connection, from {FEW} to {MANY} of them\n"
          "  pair     peak   when all wait:   lanes  private    files"
          "   results")
    peaks = []
    for i, (many, few) in enumerate(taken):
        peaks.append(kib(many.peak, few.peak))
        lanes, private, results, files = (
            kib(many.parts[part], few.parts[part]) for part in PARTS)
        print(f"  {i + 1:4}{peaks[-1]:9.2f}{lanes:24.2f}{private:9.2f}"
              f"{files:9.2f}{results / 2:10.2f}")
    return bench.describe("peak, KiB a connection", peaks)


def measure():
    """memory: what 10,000 connections at once take in libuv, each scraping.

    The growth of the process's peak from 100 to 10,000 blogs, whose pages
    come 2 s after they were asked for, so that all are connected at once: on
    both sides that is seen in the descriptors.  All titles are verified.  The
    results are not in the peak, they are the harness's (they stand beside
    it); nor is what the kernel holds of a socket.  The lanes are the
    connections' states, shared with who judges them; private are libuv's
    handles, the pages that have come, and the parser.
    """
    check_limits()
    titles, _ = bench.parse_titles(sys.argv[2], MANY, LATENCY_MS)
    with bench.origin() as server:
        taken = bench.pairs(PAIRS, lambda: scrape(server, titles),
                            lambda: scrape(server, titles[:FEW]))
    return [bench.at_most("KiB a connection", show(taken), 24)]


if __name__ == "__main__":
    bench.main(measure)
