#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of code that `baton list` has are those that cloc counts.

Usage: test_lines.py BATON SOURCE_ROOT NAME:SOURCE[,SOURCE...]...
"""
import csv
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys

BATON, ROOT, ROWS = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]


def counted():
    """{path in models/: lines of code} of all files there, by cloc."""
    out = subprocess.run(
        ['cloc', '--quiet', '--by-file', '--csv', '--skip-uniqueness',
         '--include-ext=c,cc,h,hh', 'models'], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout
    return {row['filename'].removeprefix('models/'): int(row['code'])
            for row in csv.DictReader(io.StringIO(out.lstrip()))
            if row['filename']}


def files_of(sources, known):
    """These, and what they include of models/, with the sources of that."""
    files, left = set(), list(sources)
    while left:
        name = left.pop()
        if name in files or name not in known or name.startswith('model.h'):
            continue
        files.add(name)
        left += re.findall(r'(?m)^#include "models/([^"]+)"',
                           (ROOT / 'models' / name).read_text())
        left += [str(pathlib.PurePath(name).with_suffix('.c'))]
    return files


def main():
    if not shutil.which('cloc'):
        print('cloc is not installed: nothing to compare with')
        return 77
    known = counted()
    listed = {m['name']: m['lines'] for m in json.loads(subprocess.run(
        [BATON, 'list', '--json'], check=True, capture_output=True,
        text=True).stdout)['models']}
    failed = False
    for row in ROWS:
        name, sources = row.split(':')
        files = files_of(sources.split(','), known)
        want = {'own': sum(known[f] for f in files if '/' not in f),
                'all': sum(known[f] for f in files)}
        if listed[name] != want:
            print(f'{name}: baton list has {listed[name]}, cloc {want}: '
                  'see models/count_lines.awk')
            failed = True
    print(f'{len(ROWS)} models, {len(known)} files')
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
