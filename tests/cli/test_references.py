# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference programs, which answer requests that come through a pipe.

    python3 test_references.py PATH-OF-BATON [unittest's arguments]
"""
import ast
import os
import shutil
import subprocess
import sys
import tempfile

import support
from support import Case

TABLE = os.path.join(os.path.dirname(__file__), '../../references/meson.build')
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


def rows():
    """The table, which meson's language writes as Python would."""
    with open(TABLE, encoding='utf-8') as file:
        text = file.read()
    begin = text.index('[', text.index('reference_rows'))
    return ast.literal_eval(text[begin:text.index('\n]\n', begin) + 2].replace(
        ": true", ": True"))


def offered(row):
    """What READY has to list, if all that the program needs is there."""
    parser = os.path.exists(row['parser'][0]) if 'parser' in row else True
    for model in row['models']:
        name, _, works = model.split()
        for work in works.split(','):
            workload, _, promise = work.partition(':')
            if parser or workload != 'titles':
                yield f'{workload}/{name}:{promise or "exact"}'


class Programs(Case):
    """Each that is here does what its row says."""

    def start(self, row):
        """The words that start a program; builds it first."""
        missing = [need for need in row['needs'] if not shutil.which(need)
                   and not os.path.exists(need)]
        if missing:
            self.skipTest(f'{" ".join(missing)} is not here: apt-get install '
                          f'{" ".join(row["packages"])}')
        out = tempfile.TemporaryDirectory()
        self.addCleanup(out.cleanup)
        lines = f'DIR={FOLDER} OUT={out.name}; export DIR OUT; '
        if 'build' in row:
            done = subprocess.run(['sh', '-c', lines + row['build']],
                                  stdin=subprocess.DEVNULL, check=False,
                                  timeout=support.GUARD_S)
            self.assertEqual(done.returncode, 0, row['name'])
        return ['sh', '-c', lines + row['start']]

    def check_offers(self, row):
        """READY, the models of the table; and each of them counts."""
        counters = sorted(offer for offer in offered(row)
                          if offer.startswith('counter/'))
        status, lines = talk(self.start(row), *(
            (i, 'counter', offer.partition('/')[2].partition(':')[0],
             10, 100, 2, '-') for i, offer in enumerate(counters)))
        self.assertEqual(status, 0)
        self.assertEqual(sorted(lines[0][3].split(',')),
                         sorted(offered(row)))
        for offer, line in zip(counters, lines[1:], strict=True):
            self.assertEqual(line[1], 'OK', offer)
            self.assertEqual(len(line), 5, offer)
            if offer.endswith(':exact'):
                self.assertEqual(line[3:], ['1000'] * 2, offer)


def program_test(row):
    """A test for one program, so that each is skipped for itself."""
    return lambda self: self.check_offers(row)


for program in rows():
    setattr(Programs, 'test_' + program['name'] + '_is_as_its_row',
            program_test(program))


if __name__ == '__main__':
    support.main()
