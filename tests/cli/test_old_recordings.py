# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of schema 1 give the results that they gave when they were made.

The numbers are compared by key; the wording is free. A key that was renamed
must still be there under its old name.
"""
import contextlib
import csv
import gzip
import io
import os
import re
import shutil

import support
from support import Case, DONE, read, strict_json

RECORDINGS = os.path.realpath(os.path.join(
    os.path.dirname(__file__), '..', 'data', 'schema1'))
CLOSE = 1e-9

# Sentences, and what names the program that reads the recording.
WORDING = {'reason', 'why', 'sentence', 'failure', 'executable',
           'baton_version'}
# Of these only whether there is anything is a fact.
FLAGS = {'events'}


def differences(old, new, where=''):
    """Yields each key of `old` that `new` lacks or contradicts."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() - WORDING:
            place = '%s/%s' % (where, key)
            if key not in new:
                yield '%s is missing' % place
            elif key in FLAGS:
                if bool(old[key]) != bool(new[key]):
                    yield '%s: %r became %r' % (place, old[key], new[key])
            else:
                yield from differences(old[key], new[key], place)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield '%s: %d entries became %d' % (where, len(old), len(new))
        for i, pair in enumerate(zip(old, new)):
            yield from differences(*pair, '%s[%s]' % (
                where, old[i].get('name', i) if isinstance(old[i], dict)
                else i))
    elif not alike(old, new):
        yield '%s: %r became %r' % (where, old, new)


def alike(old, new):
    if isinstance(old, float) and not isinstance(new, (bool, str)):
        return abs(old - new) <= CLOSE * max(abs(old), abs(new))
    return old == new


def number(text):
    with contextlib.suppress(ValueError):
        return float(text)
    return None


def table(text):
    """Tab-separated lines below their names: dictionaries of texts."""
    names, *lines = [line.split('\t') for line in text.splitlines()]
    return [dict(zip(names, line)) for line in lines]


def go_lines(text):
    """The benchmarks of Go's format: (name, count, {unit: value}), sorted."""
    lines = [line.split('\t') for line in text.splitlines()
             if line.startswith('Benchmark')]
    return sorted((name, count, sorted(tuple(v.split(' ')[::-1])
                                       for v in values))
                  for name, count, *values in lines)


class Old(Case):
    def old(self, recording, *names):
        return read(RECORDINGS, recording, 'old', *names)

    def copy(self, recording):
        """The recording as it was, in a folder of its own."""
        shutil.copytree(os.path.join(RECORDINGS, recording),
                        self.path(recording),
                        ignore=shutil.ignore_patterns('old'))
        packed = self.path(recording, 'events.tsv.gz')
        if os.path.exists(packed):
            with gzip.open(packed) as file, \
                    open(packed[:-len('.gz')], 'wb') as unpacked:
                shutil.copyfileobj(file, unpacked)
            os.remove(packed)
        return recording

    def same(self, old, new):
        self.assertEqual(list(differences(strict_json(old),
                                          strict_json(new))), [])

    def exported(self, recording, to, *args):
        return self.baton('export', self.copy(recording), '--to', to, *args)[0]


def each(*recordings):
    """One test method for each recording."""
    def decorate(method):
        method.recordings = recordings
        return method
    return decorate


def spread(case):
    """Replaces each method marked by each() by one for each recording."""
    for name, method in list(vars(case).items()):
        for recording in getattr(method, 'recordings', ()):
            setattr(case, '%s_of_%s' % (name, recording.replace('-', '_')),
                    lambda self, m=method, r=recording: m(self, r))
        if hasattr(method, 'recordings'):
            delattr(case, name)
    return case


RUNS = 'report', 'counter', 'download', 'faults'
CHECKS = 'check-builds', 'check-cells', 'check-commands', 'check-cut'


@spread
class Exports(Old):
    @each(*RUNS, 'noise')
    def test_medians(self, recording):
        self.same(self.old(recording, 'gbench-cells'),
                  self.exported(recording, 'gbench-cells'))

    @each(*RUNS, 'noise')
    def test_intervals(self, recording):
        self.same(self.old(recording, 'bencher'),
                  self.exported(recording, 'bencher'))

    @each(*CHECKS)
    def test_medians_and_intervals_of_both_sides(self, recording):
        self.copy(recording)
        for to in 'gbench-cells', 'bencher':
            for suffix, args in ('', ()), ('-base', ('--arm', 'base')):
                out, _ = self.baton('export', recording, '--to', to, *args)
                self.same(self.old(recording, to + suffix), out)

    @each(*RUNS)
    def test_the_lines_for_benchstat(self, recording):
        self.assertEqual(go_lines(self.exported(recording, 'benchstat')),
                         go_lines(self.old(recording, 'benchstat')))

    @each(*RUNS)
    def test_every_old_column_of_csv(self, recording):
        old = list(csv.DictReader(io.StringIO(self.old(recording, 'csv'))))
        new = list(csv.DictReader(io.StringIO(
            self.exported(recording, 'csv'))))
        self.assertEqual(len(new), len(old))
        for before, after in zip(old, new):
            self.assertEqual({name: after.get(name) for name in before},
                             before)


@spread
class Verdicts(Old):
    @each(*CHECKS, 'check-broken')
    def test_verdicts(self, recording):
        old = self.old(recording, 'verdict.json')
        new, _ = self.baton('check', '--replay', self.copy(recording),
                            '--json', code=strict_json(old)['status'])
        self.same(old, new)

    def test_the_certificate_of_a_self_test(self):
        new, _ = self.baton('check', '--replay', self.copy('self-test'),
                            '--json')
        self.same(self.old('self-test', 'certificate.json'), new)


# The numbers of each row of a figure; the figure may move or be renamed.
# What stands in one row each; of `lost` each panel has rows of its own.
FIGURES = {
    'ratios': [('ratio', 'low', 'high')],
    'growth': [('n', 'ns', 'low', 'high')],
    'growth-titles': [('n', 'ns', 'low', 'high')],
    'cost': [('ns', 'low', 'high')],
    'lost': [('tasks', 'lost', 'low', 'high'), ('tasks', 'wrong')],
    'faults': [('ms', 'low', 'high')],
}


@spread
class Figures(Old):
    def redrawn(self, recording):
        """The numbers of every row in the new figures, rounded."""
        self.baton('report', '--from', self.copy(recording), '--out', 'new',
                   code=DONE)
        rows = []
        for folder, _, names in os.walk(self.path('new')):
            for name in names:
                if name.endswith('.tsv'):
                    rows += [{'%.5g' % number(value)
                              for value in row.values()
                              if number(value) is not None}
                             for row in table(read(folder, name))]
        return rows

    @each(*RUNS)
    def test_ratios_shares_and_intervals(self, recording):
        new = self.redrawn(recording)
        for name in os.listdir(os.path.join(RECORDINGS, recording, 'old',
                                            'figures')):
            rows = [[row.get(key, '') for key in wanted]
                    for wanted in FIGURES[name[:-len('.tsv')]] for row in
                    table(self.old(recording, 'figures', name))]
            rows = [row for row in rows if '' not in row]
            self.assertGreater(len(rows), 0, name)
            for row in rows:
                numbers = {'%.5g' % float(value) for value in row}
                self.assertTrue(any(numbers <= found for found in new),
                                '%s: no row has %s' % (name, row))

    @each('report', 'counter')
    def test_counts_of_wrong_samples(self, recording):
        out, _ = self.baton('report', '--from', self.copy(recording))
        old = set(re.findall(r'wrong in (\d+ of \d+)',
                             self.old(recording, 'summary.txt')))
        self.assertTrue(old)
        self.assertEqual(old - set(re.findall(r'(\d+ of \d+)', out)), set())


if __name__ == '__main__':
    support.main()
