# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the parts of a run are joined, and in how much memory."""
import os
import subprocess
import tempfile
import time

import bench

PARTS, SAMPLES = 100, 10_000
RUN = ["run", "counter", "--tasks", "1", "--increments", "1", "--models",
       "sequential,locked", "--rounds", "6", "--seed", "1", "--shard", "1/1"]


def write_parts(folder):
    """The lines of a small run, as often as it takes."""
    bench.must([bench.baton(), *RUN, "--out", f"{folder}/one"])
    with open(f"{folder}/one/samples.tsv", encoding="utf-8") as file:
        lines = file.readlines()
    head = [line for line in lines[:-1] if line.startswith("#")]
    names, *samples = [line for line in lines if not line.startswith("#")]
    body = "".join((samples * (SAMPLES // len(samples) + 1))[:SAMPLES])
    for i in range(1, PARTS + 1):
        os.mkdir(f"{folder}/{i}")
        text = "".join(head).replace("# shard=1/1\n", f"# shard={i}/{PARTS}\n")
        with open(f"{folder}/{i}/samples.tsv", "w", encoding="utf-8") as file:
            file.write(text + names + body + "# ended=complete\n")
    return [f"{folder}/{i}" for i in range(1, PARTS + 1)]


def measure():
    """merge: 100 parts of 10,000 samples, joined to one recording.

    The time and the peak memory of `baton merge`; what it writes is counted.
    """
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as folder:
        dirs = write_parts(folder)
        start = time.monotonic()
        with subprocess.Popen([bench.baton(), "merge", *dirs, "--out",
                               f"{folder}/whole"],
                              stdout=subprocess.DEVNULL) as merge:
            _, status, usage = os.wait4(merge.pid, 0)
            merge.returncode = os.waitstatus_to_exitcode(status)
        took_s = time.monotonic() - start
        if merge.returncode:
            raise bench.Broken(f"merge: exit {merge.returncode}")
        with open(f"{folder}/whole/samples.tsv", "rb") as file:
            found = sum(1 for line in file if not line.startswith(b"#")) - 1
    if found != PARTS * SAMPLES:
        raise bench.Broken(f"{found} samples, should be {PARTS * SAMPLES}")
    return [bench.at_most("seconds", took_s, 5),
            bench.at_most("MiB", usage.ru_maxrss / 1024, 100)]


if __name__ == "__main__":
    bench.main(measure)
