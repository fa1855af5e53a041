#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A straight program fits on a page, and so does what they share.

Usage: check_lengths.py FOLDER
"""
import pathlib
import sys

BELOW = 60  # lines, as wc -l counts them


def main():
    files = sorted(path for path in pathlib.Path(sys.argv[1]).iterdir()
                   if path.suffix in (".c", ".h"))
    wrong = 0
    for path in files:
        lines = path.read_bytes().count(b"\n")
        if lines >= BELOW:
            wrong += 1
            print(f"{path.name} has {lines} lines, not under {BELOW}")
    print(f"{len(files) - wrong} of {len(files)} files have under {BELOW} lines")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
