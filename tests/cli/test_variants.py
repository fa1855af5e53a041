# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton check` with variants: what it compares, records, and refuses.

    python3 test_variants.py PATH-OF-BATON [unittest's arguments]
    python3 test_variants.py PATH-OF-BATON Linked

Linked is of the variants beside that program, which -Dvariants=N makes.
"""
import collections
import glob
import os
import re
import subprocess

import support
from checking import CELL, Check, LEAST, UNDECIDED
from support import BROKEN, FINDING, Samples, USAGE


class Variants(Check):
    def folder(self, name, variants):
        """A build with so many variants, all of them the same program."""
        os.mkdir(self.path(name))
        for n in range(1, variants + 1):
            os.symlink(support.BATON, self.path(name, 'baton.%d' % n))
        if not variants:
            os.symlink(support.BATON, self.path(name, 'baton'))
        return name

    def complains(self, *options, words):
        out, err = self.baton('check', *options, code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, words)

    def test_each_pair_takes_the_next_of_each_side(self):
        self.folder('old', 3)
        self.folder('new', 3)
        verdict, out, _ = self.builds('--base', 'old', '--cand', 'new',
                                      budget='4s')
        self.assertEqual(verdict['variants'], 3)
        self.assertRegex(out, r'deviation between 3 variants: \d+\.\d\d %; ')
        taken = Samples(self.path('check')).rows
        used = collections.Counter((s['side'], s['variant']) for s in taken
                                   if s['stage'] == 1 and s['side'] == 'cand')
        self.assertEqual({v for _, v in used}, {1, 2, 3})
        self.assertLessEqual(max(used.values()) - min(used.values()), 1)
        for a, b in zip(taken[::2], taken[1::2]):
            if 'copy' in (a['side'], b['side']):
                self.assertEqual(a['variant'], b['variant'])

    def test_a_replay_says_the_same_and_takes_no_other_variant(self):
        self.folder('old', 2)
        self.builds('--base', 'old', '--cand', 'old')
        with open(self.path('check/verdict.json'), encoding='utf-8') as file:
            verdict = file.read()
        out, _ = self.baton('check', '--replay', 'check', '--json',
                            code=UNDECIDED)
        self.assertEqual(out, verdict)
        self.rewrite(lambda s: s.update({'metric.variant': str(
            3 - int(s['metric.variant']) if s['round'] != '0' else 0)}))
        _, err = self.baton('check', '--replay', 'check', code=BROKEN)
        self.assertIn('not in the order that its seed gives', err)

    def test_commands_have_variants(self):
        for side, count in ('old', 4000), ('new', 40000):
            for n in range(1, 5):
                self.script('%s.%d' % (side, n),
                            'i=0; while [ $i -lt %d ]; do i=$((i+1)); done\n'
                            % count)
        verdict, _, _ = self.check(
            '--variants', '4', '--budget', '5s', '--', self.path('old.{n}'),
            '--', self.path('new.{n}'), codes=(FINDING, UNDECIDED))
        cell, = verdict['cells']
        self.assertEqual(cell['name'],
                         'command/new.{n} against command/old.{n}')
        self.assertGreater(cell['ratio']['median'], 2)
        self.assertEqual({s['variant'] for s in Samples(self.path('check')).rows},
                         {1, 2, 3, 4})

    def test_a_variant_that_fails_is_named(self):
        self.folder('old', 2)
        self.folder('new', 1)
        os.symlink('/bin/true', self.path('new', 'baton.2'))
        verdict, _, _ = self.builds('--base', 'old', '--cand', 'new',
                                    codes=(BROKEN,))
        self.assertEqual(verdict['cells'][0]['ruling'], 'BROKEN')

    def test_a_folder_of_one_build_is_that_build(self):
        self.folder('old', 0)
        verdict, _, _ = self.builds('--base', 'old')
        self.assertEqual(verdict['base'], 'old/baton')
        self.assertNotIn('variants', verdict)

    def test_what_does_not_go_together_is_refused(self):
        for name, n in ('none', 0), ('one', 1), ('two', 2), ('three', 3):
            self.folder(name, n)
        for base, cand, words in (
                ('none', 'two', r'two has variants \(baton.1 to baton.2\), and '
                 'none has none'),
                ('two', 'none', 'and none has none: name the folders'),
                ('two', 'three', 'two has 2 variants, and three has 3'),
                ('one', 'one', 'one has one variant, which shows nothing')):
            self.complains('--base', base, '--cand', cand, words=words)
        for words, options in (
                (r'a number from 2 to 1000', ('--variants', '1', '--', 'a{n}',
                                              '--', 'b{n}')),
                (r'needs \{n\} in both', ('--variants', '3', '--', 'a{n}', '--',
                                          'b')),
                ('is for commands', ('--variants', '3', '--base', 'two'))):
            self.complains(*options, words=words)

    def test_builds_of_other_models_cannot_be_compared(self):
        self.folder('old', 2)
        os.mkdir(self.path('new'))
        for n in '1', '2':
            self.script('new/baton.' + n, 'echo "no such model" >&2; exit 4\n')
        _, _, err = self.builds('--base', 'old', '--cand', 'new',
                                codes=(BROKEN,))
        self.assertRegex(err, 'cand: counter/sequential')


class Linked(Check):
    """Variants as the linker made them."""

    def setUp(self):
        super().setUp()
        self.dir_of = os.path.dirname(support.BATON)
        self.variants = sorted(glob.glob(self.dir_of + '/baton.[0-9]'))
        if not self.variants:
            self.skipTest('built without -Dvariants')

    def symbols(self, program):
        out = subprocess.run(['nm', '-n', program], capture_output=True,
                             text=True, check=True).stdout
        return [line.split()[2] for line in out.splitlines()
                if re.match(r'[0-9a-f]+ [tT] ', line)]

    def test_all_have_the_same_functions_in_other_orders(self):
        orders = [self.symbols(v) for v in self.variants]
        for i, order in enumerate(orders):
            self.assertEqual(sorted(order), sorted(orders[0]))
            for other in orders[:i]:
                same = sum(a == b for a, b in zip(order, other))
                self.assertLess(same, len(order) / 10)

    def test_each_does_the_same_work(self):
        for variant in self.variants:
            for work in (('counter', '--models', 'locked', '--tasks', '8'),
                         ('download', '--models', 'epoll')):
                subprocess.run([variant, 'run', *work, '--rounds', '1'],
                               cwd=self.dir, env=self.env, check=True,
                               stdout=subprocess.DEVNULL)

    def test_a_check_runs_over_them(self):
        verdict, _, _ = self.builds('--base', self.dir_of, '--cand',
                                    self.dir_of)
        self.assertEqual(verdict['variants'], len(self.variants))


if __name__ == '__main__':
    support.main()
