# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the lessons on a machine that does much else.

The environment says how often (BUSY_RUNS) and with how many processes that use
a CPU each beside them (BUSY_PROCESSES).  Twenty runs, of 2 to 4 minutes each
beside eight processes on two CPUs, are one command:

    BUSY_RUNS=20 ./baton test busy
"""
import collections
import os
import pathlib
import re
import shlex
import subprocess
import sys

import support
from support import BROKEN, DONE, INCONCLUSIVE, Case, Samples

LESSONS = pathlib.Path(__file__).parents[2] / 'docs/lessons'
COMMAND_S = 900  # longer than any command takes there; then it hangs
COMMAND = re.compile(r'^\./baton (run .*)$', re.M)


def defects_of(rows):
    """What may be lost is none; a cell that was not measured hides none."""
    rejected = collections.Counter()
    for s in rows:
        if s['status'] in ('ok', 'wrong'):
            words = s['audit'].split()
            bad = 'overlapping' in words or 'serialised' in words
            rejected[support.cell(s)] += 1 if bad else -1
    return [(support.cell(s), s['audit'], s['text']) for s in rows
            if s['broken_iterations'] or rejected[support.cell(s)] > 0]


class Busy(Case):
    def setUp(self):
        super().setUp()
        for _ in range(int(os.environ.get('BUSY_PROCESSES', 8))):
            spinning = subprocess.Popen([sys.executable, '-c',
                                         'while True: pass'])
            self.addCleanup(spinning.wait)
            self.addCleanup(spinning.kill)

    def run_command(self, words):
        p = subprocess.run([support.BATON, *words, '--rounds', '2', '--out',
                            self.path('run')], capture_output=True, text=True,
                           cwd=self.path('.'), check=False, timeout=COMMAND_S)
        defects = defects_of(Samples(self.path('run')).rows)
        # Some cell may not be measured, but no right model is wrong.
        self.assertIn(p.returncode, (DONE, INCONCLUSIVE, BROKEN),
                      (p.stdout, defects))
        self.assertEqual(defects, [])
        subprocess.run(['rm', '-r', self.path('run')], check=True)

    def test_no_right_model_is_wrong(self):
        commands = [shlex.split(command) for lesson in sorted(
            LESSONS.glob('[0-9]*.md'))
            for command in COMMAND.findall(lesson.read_text())]
        self.assertGreater(len(commands), 10)
        for _ in range(int(os.environ.get('BUSY_RUNS', 1))):
            for command in commands:
                with self.subTest(' '.join(command)):
                    self.run_command(command)


if __name__ == '__main__':
    support.main()
