# SPDX-License-Identifier: GPL-3.0-or-later
"""references/meson.build, the table of the reference programs, for tests."""
import ast
import os
import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def rows(source=SOURCE):
    """The table, which meson reads: a literal of Python but for `true`."""
    text = (source / 'references' / 'meson.build').read_text(encoding='utf-8')
    table = re.search(r'^reference_rows = (\[.*?^\])', text, re.M | re.S)[1]
    return ast.literal_eval(re.sub(r"' \+\s*'", '', table)
                            .replace(': true', ': True'))


def absent(row):
    """Why a program is not here, with apt's message; '' if it is."""
    if all(map(os.path.exists, row['needs'])):
        return ''
    reason = 'absent: apt-get install ' + ' '.join(row['packages'])
    try:
        log = (SOURCE / 'build' / 'install.log').read_text(errors='replace')
    except OSError:
        return reason
    return '; '.join([reason, *re.findall('^E: .*', log, re.M)[-1:]])
