#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""C and C++ are formatted, and nothing names the machine it was written on.

Usage: check_format.py SOURCE_ROOT
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

FOLDERS = ("workloads", "models", "harness", "tests", "benchmarks", "plots",
           "docs")
VERSION = "14"  # others format differently
SKIPPED = 77


def sources(source):
    return sorted(path for folder in FOLDERS
                  for path in (source / folder).rglob("*")
                  if path.suffix in (".c", ".h", ".cc"))


def texts(source):
    """Every text file of the project: git knows them, else the folders."""
    git = subprocess.run(["git", "-C", source, "ls-files", "-z", "--cached",
                          "--others", "--exclude-standard"],
                         capture_output=True, text=True, check=False)
    if git.returncode:
        return sources(source)
    return [source / name for name in git.stdout.split("\0") if name]


def machine_words(source):
    """Paths and names that mean something on this machine only."""
    places = {str(source.resolve()), os.path.expanduser("~")}
    words = {place for place in places if place.count("/") > 1}
    host = socket.gethostname()
    if re.search(r"\d", host) and len(host) > 6:
        words.add(host)
    return words


def check_words(source):
    words = machine_words(source)
    wrong = []
    for path in texts(source):
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue  # no text, or deleted
        wrong += [f"{path.relative_to(source)}: mentions {word}"
                  for word in words if word in text]
        if (path.suffix in (".c", ".h", ".cc", ".py", ".sh")
                and "SPDX-License-Identifier: " not in text[:200]):
            wrong.append(f"{path.relative_to(source)}: no SPDX line")
    return wrong


def formatter():
    """clang-format of the right version, or why there is none."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        tool = shutil.which(name)
        if not tool:
            continue
        said = subprocess.run([tool, "--version"], capture_output=True,
                              text=True, check=False).stdout
        if f"version {VERSION}." in said:
            return tool, None
        return None, f"it is {said.strip()}, not {VERSION}"
    return None, "it is not installed"


def main():
    source = pathlib.Path(sys.argv[1])
    wrong = check_words(source)
    print("\n".join(wrong), end="\n" if wrong else "")
    tool, why = formatter()
    if tool:
        failed = subprocess.run([tool, "--dry-run", "-Werror",
                                 *sources(source)], check=False).returncode
        if failed:
            wrong.append("format")
    if wrong:
        return 1
    if not tool:
        print(f"skipped: no clang-format: {why}")
        return SKIPPED
    print(f"{len(sources(source))} files are formatted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
