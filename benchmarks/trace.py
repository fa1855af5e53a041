# SPDX-License-Identifier: GPL-3.0-or-later
"""What tracing costs: little when it is on, nothing when it is off."""

import contextlib
import ctypes
import fcntl
import functools
import json
import os
import re
import struct
import sys

import bench

PAIRS, TURNS = 22, 5
LOOP_NS, OTHER_NS = 20e6, 50e6  # of a sample
EVENTS, SWITCHES = 1 << 17, 1 << 16
HEAD = struct.Struct("<QQIIQQiIIIQQQ")  # struct trace of workloads/trace.h
EVENT_SIZE = 24
RESULTS_FD, TRACE_FD = 3, 4
MAY_LOSE = {"thread-per-socket"}
THREADS = {"thread-per-socket", "locked"}
COUNTERS = ({"tasks": 100, "increments": 1000},
            {"tasks": 8, "increments": 100000})
DOWNLOADS = ({"n": 30}, {"n": 100})
FEW, MANY = 2, 12  # iterations under valgrind
# Of prctl(), in linux/prctl.h.
SET_SPECULATION, STORE_BYPASS, ENABLE, DISABLE = 53, 0, 2, 4


def store_bypass(state):
    """Whether this process and those that it starts can have it so."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return prctl(SET_SPECULATION, STORE_BYPASS, state, 0, 0) == 0


@contextlib.contextmanager
def one_speed():
    """Here a loop that loads what it has just stored runs at one speed.

    A processor that may forward a store to a load before it knows the address
    has two, one four times the other.  It changes between them every few
    microseconds, which of them prevails changes every few seconds, and it
    depends on what else the code does: that is no cost of a trace.
    """
    if not store_bypass(DISABLE):
        print("  the processor may choose among speeds of a counter's loop: "
              f"{os.strerror(ctypes.get_errno())}")
        yield
        return
    try:
        yield
    finally:
        store_bypass(ENABLE)


def open_trace():
    """Memory for a trace, as harness/sample/tracer.c makes it."""
    low = os.memfd_create("trace")
    # Above those that a sample is handed under a fixed number.
    fd = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 16)
    os.close(low)
    os.ftruncate(fd, HEAD.size + (EVENTS + SWITCHES) * EVENT_SIZE)
    os.pwrite(fd, HEAD.pack(0, 0, EVENTS, 0, 0, 0, 0, 0, SWITCHES, 0, 0, 0, 0),
              0)
    return fd


class Cell:
    """Some work of one model, with a trace or without."""

    def __init__(self, workload, model, keys, server=None):
        self.workload, self.model, self.server = workload, model, server
        self.keys = {"workload": workload, "model": model, "seed": 1}
        if server:
            self.pages, self.bytes = keys["n"], 4096
            self.size = bench.journal_size(self.pages)
            address = f"127.0.0.1:{server.port}"
            self.keys.update(concurrency=0, requests_per_connection=1,
                             latency_ms=10, bytes=self.bytes, rate=0,
                             timeout_ms=30000, server=address, host=address)
        else:
            self.size = bench.count_size(keys["tasks"])
            self.keys["per_turn"] = 0
        self.keys.update(keys)
        # Most of its time a thread loads what it has just stored.
        self.is_loop = not server and model not in THREADS
        self.target_ns = LOOP_NS if self.is_loop else OTHER_NS

    def __str__(self):
        words = " ".join(f"{key} {value}" for key, value in self.keys.items()
                         if key in ("tasks", "increments", "n") or
                         key == "latency_ms" and value != 10)
        return f"{self.workload}/{self.model}, {words}"

    def argv(self, program, **keys):
        """The request of harness/sample/cell_protocol.h."""
        keys = {**self.keys, **keys, "results_fd": RESULTS_FD}
        return [program, "cell", "schema=1"] + [
            f"{key}={value}" for key, value in keys.items()]

    def run(self, slots, start=(), program=None, trace=None, **keys):
        """A process; what it said, its results verified."""
        results = os.memfd_create("results")
        try:
            os.ftruncate(results, slots * self.size)
            fds = [(results, RESULTS_FD)]
            if trace is not None:
                fds.append((trace, TRACE_FD))
                keys["trace_fd"] = TRACE_FD
            argv = self.argv(program or bench.baton(), **keys)
            done = bench.must([*start, *argv], fds=fds)
            if "end=ok" not in done.out:
                raise bench.Broken(f"{self}: {done.out}")
            if "iterations" in keys:
                first = 1 if keys.get("cold") else 0
                for slot in range(first, slots):
                    self.verify(os.pread(results, self.size,
                                         slot * self.size))
            return done.out
        finally:
            os.close(results)

    def verify(self, result):
        """All counted, all pages here."""
        if self.server:
            bench.verify_pages(result, self.pages, self.bytes)
        elif self.model not in MAY_LOSE:
            should = self.keys["tasks"] * self.keys["increments"]
            if struct.unpack_from("<Q", result)[0] != should:
                raise bench.Broken(f"{self} counted wrong")

    @functools.cached_property
    def plan(self):
        """Iterations of a sample, and whether it goes without a warm-up."""
        said = bench.key_values(self.run(64, calibrate_ns=int(self.target_ns)))
        length_ns = float(said["iteration_ns"])
        return {"iterations": max(1, round(self.target_ns / length_ns)),
                "cold": int(length_ns > 5 * self.target_ns)}

    def off(self):
        """Nanoseconds of an iteration."""
        out = self.run(1 + self.plan["iterations"], **self.plan)
        return float(bench.key_values(out)["real_ns"])

    def on(self):
        """The same with a trace of each iteration."""
        trace = open_trace()
        try:
            out = self.run(1 + self.plan["iterations"], trace=trace,
                           **self.plan)
            self.look_at(trace)
            return float(bench.key_values(out)["real_ns"])
        finally:
            os.close(trace)

    def look_at(self, trace):
        """There is a trace, with all there is room for."""
        (n, _, _, _, begin_ns, end_ns, error, switches,
         *_) = HEAD.unpack(os.pread(trace, HEAD.size, 0))
        if end_ns <= begin_ns or n < 2:
            raise bench.Broken(f"{self}: no trace")
        self.noted, self.switches, self.error = n, switches, error

    def pair(self):
        """The medians of some processes of each side, in turn."""
        waits = self.server and self.model != "null"
        turns = 1 if waits else TURNS
        return tuple(bench.median(side)
                     for side in zip(*bench.pairs(turns, self.on, self.off)))

    def cost(self):
        """Time with a trace over that without."""
        with one_speed() if self.is_loop else contextlib.nullcontext():
            taken = [self.pair() for _ in range(PAIRS)]
        ratio = bench.compare(str(self), ("on", "off"), "ns", taken)
        more_ns = bench.median([on - off for on, off in taken])
        why = f"; no switches: {os.strerror(self.error)}" if self.error else ""
        print(f"  {more_ns:.0f} ns more; {self.noted} events and "
              f"{self.switches} switches an iteration{why}")
        return ratio

    def instructions(self, program):
        """Of an iteration without a trace, as valgrind counts them."""
        counts = []
        for k in (FEW, MANY):
            out = self.run(k + 1, iterations=k, program=program, start=[
                bench.tool("valgrind"), "--tool=callgrind",
                "--callgrind-out-file=/dev/null", "--log-fd=1"])
            counts.append(int(re.search(r"Collected : (\d+)", out).group(1)))
        return (counts[1] - counts[0]) / (MANY - FEW)

    def tests(self):
        """Per cent more instructions than where nobody asks for a trace."""
        with_tests = self.instructions(bench.baton())
        without = self.instructions(sys.argv[2])
        percent = 100 * (with_tests / without - 1)
        print(f"  {str(self):50}{with_tests:12.0f} with tests,"
              f"{without:12.0f} without: {percent:+.4f} %")
        return percent


def models(kind):
    """Those that can."""
    text = bench.must([bench.baton(), "list", "--json"]).out
    return [m["name"] for m in json.loads(text)["models"]
            if m["available"] and m["kinds"][kind] is True]


def cells(server, downloads=DOWNLOADS, counters=COUNTERS, **keys):
    """Every model with each of these."""
    return ([Cell("counter", model, keys_) for keys_ in counters
             for model in models("counting")] +
            [Cell("download", model, dict(keys_, **keys), server)
             for keys_ in downloads for model in models("connections")])


def measure():
    """trace: what it costs to trace a sample, and what it costs not to.

    On: the time of an iteration with a trace over that without, adjacent
    samples in random order.  Where nobody waits a side is the median of 5
    processes; where one thread counts, loads do not overtake stores, or its
    loop would have two speeds.
    Paid are a clock and a slot for each event of a task or lane, and in the
    kernel a record for each switch, beginning and end of a thread. Downloads
    without latency are information: there nothing hides behind the waiting.
    Off: instructions of an iteration, which know no noise, over those of a
    Baton from which the tests for a trace were left out. Valgrind does not
    count the kernel's, so that downloads look shorter than they are.
    """
    bars = []
    with bench.origin() as server:
        for cell in cells(server):
            bars.append(bench.at_most(f"on / off, {cell}", cell.cost(), 1.05))
        for cell in cells(server, DOWNLOADS[1:], (), latency_ms=0):
            if cell.model != "null":
                cell.cost()
        print("\n  off: instructions of an iteration")
        try:
            for cell in cells(server, DOWNLOADS[:1], latency_ms=1):
                bars.append(bench.at_most("per cent for the tests",
                                          cell.tests(), 0.5))
        except bench.Skip as why:
            print(f"  not counted: {why}")
    return bars


if __name__ == "__main__":
    bench.main(measure)
