#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each floor of the house knows only those below.

Usage: check_floors.py SOURCE_ROOT

workloads/ includes nothing of models/ or harness/, models/ nothing of
harness/; and a model, which anybody may write, includes of the workloads
only what models/model.h includes, and the clock.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
BELOW = {
    "workloads": ("workloads",),
    "models": ("workloads", "models"),
    "harness": ("workloads", "models", "harness"),
}
ALWAYS = {"workloads/clock.h"}


def includes(path):
    return set(INCLUDE.findall(path.read_text(encoding="utf-8")))


def closure(source, name, seen):
    """All headers of the project that `name` brings with it."""
    if name not in seen and (source / name).exists():
        seen.add(name)
        for inner in includes(source / name):
            closure(source, inner, seen)
    return seen


def main():
    source = pathlib.Path(sys.argv[1])
    public = closure(source, "models/model.h", set()) | ALWAYS
    wrong, files = [], 0
    for floor, below in BELOW.items():
        for path in sorted((source / floor).rglob("*")):
            if path.suffix not in (".c", ".h", ".cc"):
                continue
            files += 1
            name = path.relative_to(source)
            for include in sorted(includes(path)):
                top = include.split("/")[0]
                if not (source / include).exists():
                    if (path.parent / include).exists():
                        wrong.append(f'{name}: "{include}" is not a path '
                                     "from the root")
                elif top not in below:
                    wrong.append(f"{name} includes {include}, of a floor above")
                elif (floor == "models" and top == "workloads"
                      and include not in public):
                    wrong.append(f"{name} includes {include}, which is no "
                                 "model's business")
    print("\n".join(wrong) or f"{files} files keep to their floors")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
