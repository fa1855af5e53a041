# SPDX-License-Identifier: GPL-3.0-or-later
"""How often `baton check` takes a change of layout for a slowdown."""

import json
import os
import pathlib
import random
import tempfile

import bench

SUITES = int(os.environ.get("LAYOUT_SUITES", "2"))  # 40 for a conclusion
BUDGET = os.environ.get("LAYOUT_BUDGET", "90s")
N = 8  # variants of a side; both sides have their own
ROOT = pathlib.Path(__file__).resolve().parents[1]


def build():
    """A folder with 2 N variants, of one set of objects."""
    folder = ROOT / "build/layout"
    if not (folder / "build.ninja").exists():
        bench.must(["meson", "setup", str(folder), str(ROOT),
                    f"-Dvariants={2 * N}"])
    names = [f"baton.{n}" for n in range(1, 2 * N + 1)]
    bench.must(["ninja", "-C", str(folder), "baton", *names])
    return [folder / name for name in names]


def side(folder, programs):
    """A folder in which these are the variants."""
    folder.mkdir()
    for number, program in enumerate(programs, 1):
        (folder / f"baton.{number}").symlink_to(program)
    return str(folder)


def check(base, cand, out):
    """Which cells a check calls slower, and all of its verdict."""
    bench.run([bench.baton(), "check", "--base", base, "--cand", cand,
               "--budget", BUDGET, "--out", str(out)])
    verdict = json.loads((out / "verdict.json").read_text("utf-8"))
    return [c["name"] for c in verdict["cells"]
            if c["ruling"] == "REGRESSED"], verdict


def measure():
    """layout: the same source in other layouts, by variants and by one build.

    Each suite is a check of N variants against N others of the same source,
    and one of a single build against another one.  LAYOUT_SUITES is how many.
    """
    programs, red = build(), [0, 0]
    for suite in range(SUITES):
        random.Random(suite).shuffle(programs)
        with tempfile.TemporaryDirectory() as name:
            room = pathlib.Path(name)
            sides = (side(room / "base", programs[:N]),
                     side(room / "cand", programs[N:]))
            slower, verdict = check(*sides, room / "variants")
            single, _ = check(str(programs[0]), str(programs[N]),
                              room / "single")
        red[0] += bool(slower)
        red[1] += bool(single)
        print(f"  suite {suite + 1}: variants {slower or 'none'}, "
              f"one build {single or 'none'} called slower")
        for cell in verdict["cells"]:
            print(f"    {cell['name']:52} {cell['ruling']:12} deviation "
                  f"{100 * cell.get('deviation', 0):.2f} %, variants for +5 %: "
                  f"{cell.get('variants_needed', 'more pairs')}")
    print(f"  one build against one: {red[1]} of {SUITES} suites called slower")
    return [bench.at_most("suites called slower, by variants", red[0], 0)]


if __name__ == "__main__":
    bench.main(measure)
