# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of `baton check` share."""
import os
import subprocess

import support
from support import Case, DONE, read, strict_json, USAGE

UNDECIDED = 3
CELL = 'counter/sequential/tasks:10/increments:1000'
NULL = 'download/null/n:3'
FILES = ['base.json', 'cand.json', 'junit.xml', 'samples.tsv', 'summary.md',
         'verdict.json']
LEAST = '100ms'  # four rounds each time


class Check(Case):
    def check(self, *args, codes=(DONE, UNDECIDED), out='check', **options):
        """`baton check ...`: (verdict, stdout, stderr)."""
        p = subprocess.run([support.BATON, 'check', '--out', out, *args],
                           cwd=self.dir, env=self.env, text=True, check=False,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=support.GUARD_S, **options)
        self.assertIn(p.returncode, codes, p.stdout + p.stderr)
        verdict = strict_json(read(self.path(out), 'verdict.json'))
        self.assertEqual(verdict['status'], p.returncode)
        self.assertEqual(sorted(os.listdir(self.path(out))), FILES)
        return verdict, p.stdout, p.stderr

    def rewrite(self, change, where='check'):
        """Makes of each sample, a dictionary of texts, what it is to be."""
        path = self.path(where, 'samples.tsv')
        text, names = '', None
        for line in read(path).splitlines():
            fields = line.split('\t')
            if not line.startswith('#') and names:
                sample = dict(zip(names, fields))
                change(sample)
                line = '\t'.join(sample[name] for name in names)
            elif not line.startswith('#'):
                names = fields
            text += line + '\n'
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def builds(self, *args, cell=CELL, budget=LEAST, **options):
        return self.check('--cells', cell, '--budget', budget, *args,
                          **options)

    def refused(self, *args, words):
        out, err = self.baton('check', *args, code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, words)
        self.nothing_written()

    def script(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + text.replace('BATON', support.BATON))
        os.chmod(self.path(name), 0o755)
        return self.path(name)
