#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every header compiles alone, and twice.

Usage: check_headers.py SOURCE_ROOT BUILD_ROOT

Headers are found, not listed, so a new one is checked as soon as it is there.
The flags are those with which the build compiles harness/cli/run.c.
"""
import json
import pathlib
import shlex
import subprocess
import sys

FLOORS = "workloads", "models", "harness"


def command_of(build):
    """The compiler and its flags, without what is compiled and where to."""
    with open(build / "compile_commands.json", encoding="utf-8") as file:
        entries = json.load(file)
    entry = next(e for e in entries if e["file"].endswith("cli/run.c"))
    words = shlex.split(entry.get("command", "")) or entry["arguments"]
    keep, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MQ", "-MT"):
            skip = True
        elif word not in ("-c", "-MD") and not word.endswith("cli/run.c"):
            keep.append(word)
    return keep, entry["directory"]


def main():
    source, build = map(pathlib.Path, sys.argv[1:])
    command, directory = command_of(build)
    command += ["-Werror", "-fsyntax-only", "-x", "c", "-"]
    headers = sorted(h for floor in FLOORS for h in (source / floor).rglob("*.h"))
    failed = 0
    for header in headers:
        name = header.relative_to(source)
        text = f'#include "{name}"\n#include "{name}"\ntypedef int nonempty;\n'
        result = subprocess.run(command, cwd=directory, input=text, text=True,
                                stderr=subprocess.PIPE, check=False)
        if result.returncode:
            failed += 1
            print(f"{name} does not compile alone:\n{result.stderr}")
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
