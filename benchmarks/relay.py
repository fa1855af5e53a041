# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model's hand-over costs beyond the primitive that it is made of."""

import json
import os
import struct
import sys

import bench

RUNNERS, TURNS, PAIRS = 100, 3, 9
STRIDE_AT_MOST = 512  # of the results of an iteration
# Model, the primitive, passes of an iteration, iterations of a sample.
WAITING = [("io-uring", "uring", 10000, 20), ("libuv", "libuv", 10000, 20),
           ("epoll", "eventfd", 10000, 10),
           ("thread-per-socket", "futex", 10000, 2),
           ("process", "processes", 10000, 2),
           ("locked", "condition", 10000, 2)]
# Of one thread that never waits: processor time, of which a sample's includes
# the start of the runners.
BUSY = [("null", "call", 1000000, 20), ("async", "call", 1000000, 20),
        ("coroutine", "switch", 1000000, 4)]


def verify(results, stride, iterations, passes):
    """All passes made, as relay_token of workloads/kinds/relay.h has it."""
    for at in range(0, (iterations + 1) * stride, stride):
        made, _, _, _, begun, ended = struct.unpack_from("<6Q", results, at)
        if made != passes or not begun < ended:
            raise bench.Broken(f"{made} passes, should be {passes}")


def mean_ns(results, stride, iterations):
    """Of an iteration; the warm-up is the first slot."""
    spent = 0
    for at in range(stride, (iterations + 1) * stride, stride):
        begun, ended = struct.unpack_from("<2Q", results, at + 32)
        spent += ended - begun
    return spent / iterations


def model_side(side, cpu):
    """Nanoseconds of a pass in a sample, each of them verified."""
    model, _, passes, iterations = side
    cell = bench.take_cell((iterations + 1) * STRIDE_AT_MOST, cpu=cpu,
                           workload="relay", model=model, seed=1,
                           runners=RUNNERS, passes=passes, cpus=0,
                           iterations=iterations)
    stride = int(cell.said["results_bytes"])
    verify(cell.results, stride, iterations, passes)
    if side in BUSY:
        return cell.cpu_ns / passes
    return mean_ns(cell.results, stride, iterations) / passes


def bare_side(side, cpu):
    """Nanoseconds of a pass in a loop without a check."""
    _, primitive, passes, iterations = side
    program = PROGRAMS.get(primitive)
    if primitive == "switch":
        argv = [program, "stacks", str(RUNNERS), str(iterations * passes)]
        done = bench.must(argv, cpu=cpu)
        return float(bench.key_values(done.out)["real_ns"])
    argv = [program] if program else [PROGRAMS["loop"], primitive]
    argv += [str(RUNNERS), str(passes), str(iterations)]
    said = bench.key_values(bench.must(argv, cpu=cpu).out)
    return float(said["cpu_ns" if side in BUSY else "pass_ns"])


def pair(side, cpu):
    """The medians of some processes of each side, in turn."""
    taken = bench.pairs(TURNS, lambda: model_side(side, cpu),
                        lambda: bare_side(side, cpu))
    return tuple(bench.median(values) for values in zip(*taken))


def compare(side, cpu):
    """One model; whether its bar is met."""
    model, primitive, _, _ = side
    place = "all CPUs" if cpu is None else "one CPU"
    taken = [pair(side, cpu) for _ in range(PAIRS)]
    ratio = bench.compare(f"{model} on {place}", (model, f"bare {primitive}"),
                          "ns", taken)
    if side in WAITING:
        return bench.at_most(f"{model} / bare {primitive}", ratio, 1.15)
    return bench.at_most(f"{model}: ns above bare {primitive}",
                         bench.median([a - b for a, b in taken]), 4)


def is_here(model, primitive):
    """Whether this build has both sides."""
    listed = json.loads(bench.must([bench.baton(), "list", "--json"]).out)
    can = {m["name"] for m in listed["models"] if m["kinds"]["relay"] is True}
    return model in can and (primitive not in OPTIONAL or primitive in PROGRAMS)


def measure():
    """relay: a pass of a model over the same primitive in a bare loop.

    100 runners. A value is the median of 3 processes, those of a pair in turn.
    Both sides run on one CPU; models that have threads or processes on all
    CPUs as well, where the kernel places them. A primitive of less than 200 ns
    may have 4 ns more, of which verifying takes 1 to 1.5; there it is
    processor time. BENCH_MODELS chooses some models, in a comma list.
    """
    chosen = os.environ.get("BENCH_MODELS")
    bars = []
    for side in BUSY + WAITING:
        model, primitive, _, _ = side
        if chosen and model not in chosen.split(","):
            continue
        if not is_here(model, primitive):
            print(f"\n  {model} left out: this build lacks it")
            continue
        bars.append(compare(side, CPU))
        if primitive in ("futex", "processes", "condition"):
            bars.append(compare(side, None))
    return bars


CPU = max(os.sched_getaffinity(0))
OPTIONAL = ("switch", "uring", "libuv")  # programs of their own
# Meson hands over "relay_loop", and of the others those that could be built.
PROGRAMS = {os.path.basename(path).removeprefix("relay_")
            .removesuffix("_loop"): path for path in sys.argv[2:]}

if __name__ == "__main__":
    bench.main(measure)
