# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report takes from a recording of 100,000 samples."""

import os
import pathlib
import random
import tempfile
import time

import bench

RUNS = 3
SAMPLES = 100_000
FINDINGS_BAR_S, PAGE_BAR_S, MEMORY_BAR = 2, 5, 200  # MiB
REFERENCE = pathlib.Path(__file__).resolve().parents[1] / \
    "results/example/samples.tsv"


def shipped():
    """The header's lines, the columns, and one right sample of each cell."""
    lines = REFERENCE.read_text().splitlines()
    header = [line for line in lines if line.startswith("#")]
    names, *rows = [line for line in lines if not line.startswith("#")]
    names = names.split("\t")
    cells = {}
    for line in rows:
        row = dict(zip(names, line.split("\t")))
        if row["round"] != "0" and row["status"] in ("ok", "wrong"):
            key = [row[name] for name in ("workload", "model", "parameters",
                                          "twin" if "twin" in names else "aa")]
            cells.setdefault(tuple(key), row)
    return header, names, list(cells.values())


def with_models(cells, n):
    """The cells of so many models: further ones do what `locked` does."""
    known = {row["model"] for row in cells}
    likes = [row for row in cells if row["model"] in ("locked", "libuv")]
    more = ["model-%02d" % i for i in range(n - len(known))]
    tasks = {(row["workload"], row["parameters"]): row for row in likes}
    return cells + [dict(row, model=model) for model in more
                    for row in tasks.values()]


def histogram(chosen):
    """Of the times of some twenty pages: see harness/results/histogram.h."""
    first = chosen.randrange(1100, 1200)
    return " ".join(f"{first + 3 * i}={1 + i % 3}" for i in range(20))


def write(folder, models):
    """The recording; how many cells it has."""
    header, names, cells = shipped()
    cells = with_models(cells, models)
    new = ["metric.latency_histogram", "metric.first_byte_histogram"]
    names += [name for name in new if name not in names]
    chosen = random.Random(1)
    rounds = SAMPLES // len(cells)
    with open(os.path.join(folder, "samples.tsv"), "w",
              encoding="utf-8") as out:
        out.write("\n".join(header + ["\t".join(names)]) + "\n")
        for number in range(1, rounds + 1):
            for slot, row in enumerate(cells):
                row = dict(row, round=str(number), slot=str(slot),
                           most_rounds=str(rounds))
                factor = chosen.lognormvariate(0, 0.02)
                for name in ("real_ns", "cpu_ns", "clock_ns"):
                    row[name] = repr(float(row[name]) * factor)
                if not row["workload"].startswith("counter"):
                    row.update({name: histogram(chosen) for name in new})
                out.write("\t".join(row.get(name, "") for name in names)
                          + "\n")
    return len(cells)


def report(folder, out, **environment):
    """Seconds and MiB of one `report --from`, whatever it finds."""
    begin = time.monotonic()
    pid = os.posix_spawn(
        bench.baton(), [bench.baton(), "report", "--from", folder, "--out",
                        out], dict(os.environ, **environment),
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0)
                      for fd in (1, 2)])
    _, status, used = os.wait4(pid, 0)
    if not os.WIFEXITED(status) or \
            not os.path.exists(os.path.join(out, "report.html")):
        raise bench.Broken("no report was made")
    return time.monotonic() - begin, used.ru_maxrss / 1024


def measure_models(models):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        cells = write(folder, models)
        # Without gnuplot, all but the pictures is made.
        bare = [report(folder, out, PATH="") for _ in range(RUNS)]
        whole = [report(folder, out) for _ in range(RUNS)]
    what = "%d samples of %d models, %d cells: " % (SAMPLES, models, cells)
    bench.describe(what + "findings, s", [taken[0] for taken in bare])
    bench.describe(what + "with figures, s", [taken[0] for taken in whole])
    return [bench.at_most("reading and findings, s,",
                          bench.median([t[0] for t in bare]), FINDINGS_BAR_S),
            bench.at_most("the page with figures, s,",
                          bench.median([t[0] for t in whole]), PAGE_BAR_S),
            bench.at_most("memory, MiB,",
                          max(t[1] for t in bare + whole), MEMORY_BAR)]


def measure():
    """many: a report of 100,000 samples, of the core and of 25 models."""
    if not REFERENCE.exists():
        raise bench.Skip("results/example is not there")
    return measure_models(5) + measure_models(25)


if __name__ == "__main__":
    bench.main(measure)
