#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict's XML, as junitparser reads it.

Usage: check_junit.py TEST_VERDICT_TEXT

That test's program writes the XML of the verdict that it makes up.
"""
import os
import subprocess
import sys
import tempfile
import unittest

SYSTEM = '/usr/bin/python3'  # where the distribution's modules are

try:
    import junitparser
except ImportError:
    if os.path.realpath(sys.executable) != os.path.realpath(SYSTEM) and \
            os.access(SYSTEM, os.X_OK):
        os.execv(SYSTEM, [SYSTEM, *sys.argv])
    print('skipped: junitparser is not installed')
    sys.exit(77)

PROGRAM = os.path.abspath(sys.argv.pop(1))
RULINGS = {'PASS': None, 'IMPROVED': None,
           'INCONCLUSIVE': junitparser.Skipped,
           'REGRESSED': junitparser.Failure, 'BROKEN': junitparser.Error}


def suite_of(*words):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'junit.xml')
        subprocess.run([PROGRAM, path, *words], check=True)
        suites = list(junitparser.JUnitXml.fromfile(path))
    assert len(suites) == 1, suites
    return suites[0]


def ruling_of(case):
    return {p.name: p.value for p in
            case.child(junitparser.Properties)}['ruling']


class Read(unittest.TestCase):
    def check(self, suite, rulings):
        counts = dict.fromkeys(map(lambda r: r and r.__name__,
                                   rulings.values()), 0)
        for case in suite:
            result = [type(r) for r in case.result]
            wanted = rulings[ruling_of(case)]
            self.assertEqual(result, [wanted] if wanted else [], case.name)
            counts[wanted and wanted.__name__] += 1
            self.assertGreater(case.time, 0)
            if wanted:
                self.assertIn('why', case.result[0].message)
        self.assertEqual(suite.tests, sum(counts.values()))
        self.assertEqual((suite.failures, suite.errors, suite.skipped),
                         (counts['Failure'], counts['Error'],
                          counts.get('Skipped', 0)))
        # What it counts itself agrees with what stands in the attributes.
        suite.update_statistics()
        self.assertEqual((suite.failures, suite.errors, suite.skipped),
                         (counts['Failure'], counts['Error'],
                          counts.get('Skipped', 0)))

    def test_every_ruling_has_its_outcome(self):
        suite = suite_of()
        self.assertEqual({ruling_of(case) for case in suite}, set(RULINGS))
        self.check(suite, RULINGS)

    def test_strict_turns_undecided_into_failed(self):
        self.check(suite_of('strict'),
                   dict(RULINGS, INCONCLUSIVE=junitparser.Failure))

    def test_the_numbers_are_in_the_properties(self):
        case = next(c for c in suite_of() if ruling_of(c) == 'REGRESSED')
        values = {p.name: p.value for p in case.child(junitparser.Properties)}
        self.assertEqual([float(values[k]) for k in ('ratio', 'low', 'high')],
                         [1.051, 1.042, 1.0634])
        self.assertLess(float(values['p']), 1e-20)

    def test_names_keep_their_characters(self):
        self.assertIn('command/<a & "b">|c?\u00e9?/_x_*`[d]\\',
                      [case.name for case in suite_of()])


if __name__ == '__main__':
    unittest.main(verbosity=2)
