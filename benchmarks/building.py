# SPDX-License-Identifier: GPL-3.0-or-later
"""How long building takes, from nothing and after an edit."""

import os
import pathlib
import shutil
import tempfile
import time

import bench

EDITS = 7
ROOT = pathlib.Path(__file__).resolve().parent.parent


def no_source(folder, names):
    """What is made here: builds, and results of runs."""
    return [name for name in names if name == "__pycache__" or
            folder == str(ROOT) and name.startswith(("build", ".git",
                                                     "baton-results"))]


def clone(folder):
    """A copy of the source."""
    return pathlib.Path(shutil.copytree(ROOT, f"{folder}/tree",
                                        ignore=no_source))


def seconds(tree, *args):
    """Wall time of a command of the launcher."""
    start = time.monotonic()
    bench.must([str(tree / "baton"), *args])
    return time.monotonic() - start


def edited(tree, out):
    """Edits one model and runs it: compiling, linking, a sample."""
    with open(tree / "models/sequential.c", "a", encoding="ascii") as file:
        file.write("/* edited */\n")
    time.sleep(0.05)  # the edit is older than what is made of it
    return seconds(tree, "run", "counter", "--models", "sequential",
                   "--tasks", "1", "--rounds", "1", "--out", str(out))


def measure():
    """building: from nothing to a first result, and from an edit to a run.

    A copy of the source in a folder of its own, no compiler cache; what is
    installed is installed. Then a line is added to one model and that model
    is run, which compiles one file and links the program.
    """
    os.environ["CCACHE_DISABLE"] = "1"
    cpus = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        tree = clone(folder)
        first_s = seconds(tree, "list")
        print(f"\n  from nothing: {first_s:.1f} s on {cpus} CPUs")
        again = bench.describe("after an edit, s", [
            edited(tree, pathlib.Path(folder) / str(i))
            for i in range(EDITS)])
    return [bench.at_most("seconds from nothing", first_s, 45),
            bench.at_most("seconds after an edit", again, 2)]


if __name__ == "__main__":
    bench.main(measure)
