# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference programs, which answer requests that come through a pipe.

    python3 test_references.py PATH-OF-BATON [unittest's arguments]
"""
import os
import subprocess
import sys

import support
from support import Case

FOLDER = os.path.join(os.path.dirname(os.path.realpath(support.BATON or
                                                       sys.argv[1])),
                      'references')


def talk(words, *requests):
    """The status, and all lines of a program to which these were sent."""
    out = subprocess.run(
        words, input=''.join('\t'.join(map(str, request)) + '\n'
                             for request in requests),
        capture_output=True, text=True, timeout=support.GUARD_S, check=False)
    return out.returncode, [line.split('\t')
                            for line in out.stdout.splitlines()]


class Python(Case):
    """Never skipped: the tests themselves are in Python."""

    words = [sys.executable, os.path.join(FOLDER, 'python.py')]

    def test_it_offers_its_models_and_ends_with_its_input(self):
        status, [ready] = talk(self.words)
        self.assertEqual(ready[:2], ['READY', '1'])
        self.assertIn('counter/threads:may-lose', ready[3].split(','))
        self.assertEqual(status, 0)

    def test_each_repetition_of_a_counter_has_its_value(self):
        _, lines = talk(self.words,
                        (1, 'counter', 'sequential', 10, 100, 3, '-'),
                        (2, 'counter', 'threads-lock', 10, 100, 2, '-'))
        self.assertEqual([line[:2] for line in lines[1:]],
                         [['1', 'OK'], ['2', 'OK']])
        self.assertEqual(lines[1][3:], ['1000'] * 3)
        self.assertEqual(lines[2][3:], ['1000'] * 2)

    def test_a_wrong_request_is_an_error_of_that_request(self):
        _, lines = talk(self.words, (7, 'counter', 'nothing', 1, 1, 1, '-'),
                        ('x',),
                        (8, 'download', 'threads', 2, 0, 1,
                         'http://127.0.0.1:1/n/'),
                        (9, 'counter', 'sequential', 1, 1, 1, '-'))
        self.assertEqual([line[:2] for line in lines[1:]],
                         [['7', 'ERR'], ['x', 'ERR'], ['8', 'ERR'],
                          ['9', 'OK']])


if __name__ == '__main__':
    support.main()
