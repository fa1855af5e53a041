# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program says of itself, and where its source is."""
import json
import os
import re
import sys

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'cli'))

# An option in a help text of argp: "  -o, --out=DIR   where ..."; where the value
# may be left out, it is "--self-test[=TIME]".
ROW = re.compile(r'^  (?:-(.), |    )--([a-z0-9-]+)(?:\[?=([^\s\]]+)\]?)?'
                 r'(?= |$)', re.M)
ALWAYS = {'help': '?', 'usage': None, 'version': 'V'}


class Program:
    """Its commands, options, workloads and models, by its own word."""

    def __init__(self, case):
        self.help = case.baton('--help')[0]
        self.commands = re.findall(r'^  ([a-z-]+) ',
                                   self.help.split('\n\n')[1], re.M)
        self.list = json.loads(case.baton('list', '--json')[0])
        self.models = {m['name']: m for m in self.list['models']}
        self.workloads = {w['name']: w for w in self.list['workloads']}
        self.for_workloads = []
        self.options = {}  # {(command, workload or None): {name: (short, arg)}}
        for command in self.commands:
            text = case.baton(command, '--help')[0]
            if ' WORKLOAD' not in text.splitlines()[0]:
                self.options[command, None] = rows(text)
                continue
            self.for_workloads.append(command)
            for workload in self.workloads:
                self.options[command, workload] = rows(
                    case.baton(command, workload, '--help')[0])

    def can(self, workload):
        """The models that can do it."""
        kind = self.workloads[workload]['kind']
        return [name for name, m in self.models.items()
                if m['available'] and m['kinds'][kind] is True]


def rows(text):
    found = {name: (short or None, argument or None)
             for short, name, argument in ROW.findall(text)}
    missing = set(ALWAYS) - set(found)
    if missing:
        raise AssertionError('no %s in:\n%s' % (missing, text))
    return found
