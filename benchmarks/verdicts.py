# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether verdicts are those of the machine, and not of the run."""

import contextlib
import json
import subprocess
import sys
import tempfile

import bench

SEEDS, SPINNERS, BUDGET = (1, 2, 3), 8, "120s"


def verdicts(seed):
    """Of each setting of each claim."""
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        done = subprocess.run(
            [bench.baton(), "verdict", "--json", "--seed", str(seed),
             "--budget", BUDGET, "--out", f"{folder}/run"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise bench.Broken(f"verdict --seed {seed} ended with "
                           f"{done.returncode}")
    return {setting["entry"]: setting["verdict"]
            for claim in json.loads(done.stdout)["verdicts"]
            for setting in claim["settings"]}


@contextlib.contextmanager
def busy():
    """Processes that keep the CPUs."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
             for _ in range(SPINNERS)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def contradicts(found):
    """Two runs that decided a setting differently."""
    return len(set(found) - {"UNDECIDED"}) > 1


def measure():
    """verdicts: each published claim in three runs, and beside busy processes.

    Where two runs decide a setting, they decide it alike; the fourth run has
    eight processes that keep the CPUs beside it.
    """
    runs = [verdicts(seed) for seed in SEEDS]
    with busy():
        runs.append(verdicts(SEEDS[-1] + 1))
    entries = sorted(set().union(*runs))
    print(f"\n  {'setting':32}" + "".join(f"seed {s:<7}" for s in SEEDS)
          + "busy")
    for entry in entries:
        print(f"  {entry:32}" + "".join(f"{run.get(entry, '-'):12}"
                                        for run in runs))
    found = [[run.get(entry, "UNDECIDED") for run in runs]
             for entry in entries]
    decided = sum(set(f[:-1]) != {"UNDECIDED"} for f in found)
    return [bench.at_most("settings that are decided in two ways",
                          sum(map(contradicts, found)), 0),
            bench.at_least("settings that are decided", decided, 1)]


if __name__ == "__main__":
    bench.main(measure)
