# SPDX-License-Identifier: GPL-3.0-or-later
"""How often `baton check` errs, and other methods on the same samples."""

import collections
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import bench

SELF_TEST = os.environ.get("BATON_SELF_TEST")  # one that was run already
TIME = os.environ.get("BATON_SELF_TEST_TIME", "300s")
THRESHOLD = 1.02
LEVEL = 0.05
ROOT = pathlib.Path(__file__).resolve().parents[1]
METHODS = ("baton check", "Mann-Whitney, in turn", "Mann-Whitney, blocks",
           "means by 2 %, in turn", "means by 2 %, blocks",
           "mean ± deviation, blocks")


def table(path):
    """The rows of a TSV file, by column."""
    with open(path, encoding="utf-8") as file:
        lines = (line.rstrip("\n").split("\t") for line in file
                 if not line.startswith("#"))
        # Schema 1 called the side an arm.
        names = ["side" if n == "arm" else n for n in next(lines)]
        for fields in lines:
            yield dict(zip(names, fields))


def recorded(folder):
    """{cell: [(base, candidate), ...]} of the clean trials, in ns, in order."""
    clean = {row["trial"] for row in table(f"{folder}/trials.tsv")
             if float(row["slowdown"]) == 0}
    pairs, last = collections.defaultdict(list), None
    for row in table(f"{folder}/samples.tsv"):
        key = (row["trial"], row["stage"], row["round"], row["cell"],
               int(row["slot"]) // 2)
        if last and last[0] == key and row["round"] != "0" and \
                row["trial"] in clean and \
                {row['side'], last[1]['side']} == {"base", "cand"}:
            side = {r['side']: float(r["real_ns"]) * float(r["iterations"])
                    for r in (row, last[1])}
            first = last[1]['side'] == "base"
            pairs[int(row["cell"])].append((side["base"], side["cand"], first))
        last = (key, row)
    return pairs


def mann_whitney(a, b):
    """Slower, and p below the level: what compare.py colours."""
    from scipy.stats import mannwhitneyu  # pylint: disable=import-error
    return (statistics.median(b) > statistics.median(a) and
            mannwhitneyu(a, b, alternative="two-sided").pvalue < LEVEL)


def means(a, b):
    """Slower by the threshold: hyperfine's "times faster", taken at its word."""
    return statistics.fmean(b) > THRESHOLD * statistics.fmean(a)


def beyond_deviation(a, b):
    """hyperfine's ratio less its ±, which it computes by error propagation."""
    x, y = statistics.fmean(a), statistics.fmean(b)
    spread = math.hypot(statistics.stdev(a) / x, statistics.stdev(b) / y)
    return y / x * (1 - spread) > 1


def judge(pairs, slowdown, ruling):
    """Which methods call it slower, in the order of METHODS."""
    factor = 1 + slowdown
    base = [pair[0] for pair in pairs]
    cand = [pair[1] * factor for pair in pairs]
    # As if all of A had run before all of B: the order of the samples is the
    # recorded one, only what they are called differs.
    order = [time for one, other, first in pairs
             for time in ((one, other) if first else (other, one))]
    half = len(order) // 2
    before, after = order[:half], [time * factor for time in order[half:]]
    return (ruling == "REGRESSED", mann_whitney(base, cand),
            mann_whitney(before, after), means(base, cand),
            means(before, after), beyond_deviation(before, after))


def rates(folder):
    """{slowdown: per method, the share of cells called slower}, and suites."""
    pairs = recorded(folder)
    counts = collections.defaultdict(lambda: [0] * len(METHODS))
    cells, suites = collections.Counter(), collections.defaultdict(set)
    for row in table(f"{folder}/windows.tsv"):
        if int(row["suite"]) >= 200:  # scipy takes a millisecond each
            continue
        cell = pairs[int(row["cell"])]
        first, n = int(row["first"]), int(row["screen"])
        window = [cell[(first + i) % len(cell)] for i in range(n)]
        slowdown = float(row["slowdown"])
        cells[slowdown] += 1
        for i, red in enumerate(judge(window, slowdown, row["ruling"])):
            counts[slowdown][i] += red
            if red and slowdown == 0:
                suites[i].add(row["suite"])
    share = {slowdown: [100 * n / cells[slowdown] for n in counts[slowdown]]
             for slowdown in cells}
    total = cells[0.0] // len(pairs)
    return share, [100 * len(suites[i]) / total for i in range(len(METHODS))]


def figure(share, folder):
    """methods.tsv and methods.svg."""
    path = pathlib.Path(folder)
    with open(path / "methods.tsv", "w", encoding="utf-8") as file:
        file.write("method\t" + "\t".join(f"{s:g}" for s in sorted(share)) +
                   "\n")
        for i, method in enumerate(METHODS):
            file.write(method + "\t" + "\t".join(
                f"{share[s][i]:.1f}" for s in sorted(share)) + "\n")
    if shutil.which("gnuplot"):
        subprocess.run(["gnuplot", "-e",
                        f"data='{path}/methods.tsv'; out='{path}/methods.svg'",
                        str(ROOT / "benchmarks/methods.gp")], check=True)


def measure():
    """gate: how often a check errs, live and resampled, and others beside it.

    A self-test of `baton check`: whole checks of identical code, and some with
    more work injected; then, of the pairs that the clean ones recorded, windows
    with slowdowns multiplied in.  The same windows go through the Mann-Whitney
    test (compare.py's, by scipy) and through means, as hyperfine compares:
    once with the labels as they ran, in turn, and once as if all of A had run
    before all of B.  BATON_SELF_TEST names a self-test to take instead.
    """
    with tempfile.TemporaryDirectory() as room:
        folder = SELF_TEST or f"{room}/self-test"
        if not SELF_TEST:
            os.environ["XDG_STATE_HOME"] = room
            done = bench.must([bench.baton(), "check", f"--self-test={TIME}",
                               "--out", folder])
            print(done.out)
        share, suites = rates(folder)
        print(f"  {'% of cells called slower':28}" + "".join(
            f"{100 * s:+8.0f} %" for s in sorted(share)) +
            "   % of suites red")
        for i, method in enumerate(METHODS):
            print(f"  {method:28}" + "".join(
                f"{share[s][i]:10.1f}" for s in sorted(share)) +
                f"{suites[i]:12.1f}")
        figure(share, SELF_TEST or ".")
    return [bench.at_most("per cent of resampled suites red", suites[0], 1)]


if __name__ == "__main__":
    try:
        import scipy  # noqa: F401  pylint: disable=unused-import
    except ImportError:
        # Debian's is of Debian's Python.
        if sys.executable != "/usr/bin/python3":
            os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    bench.main(measure)
