# SPDX-License-Identifier: GPL-3.0-or-later
"""A new model compiles, loads, and passes the checks of its kind."""
import json
import os
import re
import shlex
import shutil
import subprocess

import support
from support import DONE, USAGE, Case, read


class NewModel(Case):
    def new(self, *args):
        """The commands that it prints, split into words."""
        out = self.baton('new-model', *args)[0]
        return [shlex.split(line) for line in out.splitlines()
                if line.startswith('  ')]

    def compile(self, words):
        if not shutil.which(words[0]):
            self.skipTest('there is no ' + words[0])
        subprocess.run([*words, '-Wextra', '-Werror'], check=True,
                       cwd=self.dir)

    def test_it_compiles_and_passes_the_checks_of_its_kind(self):
        checks = os.path.join(os.path.dirname(support.BATON),
                              'baton-conformance')
        for kind, workload in (('counting', 'counter'),
                               ('connections', 'download')):
            with self.subTest(kind):
                name = 'new-' + kind
                compiler, run, grade = self.new(name, '--kind', kind)
                file = 'new_%s.c' % kind
                self.assertEqual(grade, ['baton', 'grade', file])
                self.assertEqual(run[:3], ['baton', 'run', workload])
                self.compile(compiler)
                self.baton(*run[1:], '--rounds', '1', '--out', kind)
                if not os.path.exists(checks):
                    continue
                out = subprocess.run(
                    [checks, '--json', '--model-file',
                     './new_%s.so' % kind, '--suite', kind, '--jobs', '2'],
                    capture_output=True, text=True, check=False, cwd=self.dir)
                lines = [json.loads(line) for line in out.stdout.splitlines()]
                self.assertEqual(out.returncode, DONE, out.stdout)
                self.assertEqual(lines[0]['model'], name)
                self.assertGreater(lines[-1]['passed'], 8)

    def test_the_name_stands_wherever_it_has_to(self):
        self.new('my-first-2')
        text = read(self.dir, 'my_first_2.c')
        self.assertIn('const struct model model_my_first_2 = {', text)
        self.assertIn('.name = "my-first-2"', text)
        self.assertIn(' * my-first-2: ', text)
        self.assertIn('BATON_MODELS(&model_my_first_2);', text)
        self.assertIsNone(re.search(r'\bmine\b|_mine\b', text))
        for question in ('Who runs it?  Which', 'How it waits.  What',
                         'Shared state.  What'):
            self.assertIn(question, text)

    def test_nothing_is_overwritten(self):
        self.new('mine', '--out', 'x.c')
        with open(self.path('mine.c'), 'w', encoding='utf-8') as file:
            file.write('mine already')
        for args in (['mine'], ['other', '--out', 'x.c']):
            self.assertIn('is not overwritten', self.baton(
                'new-model', *args, code=USAGE)[1])
        self.assertEqual(read(self.dir, 'mine.c'), 'mine already')

    def test_bad_names_are_refused(self):
        for name, words in (
                ('locked', "there is a model 'locked' already"),
                ('int', 'reserved'), ('all', 'reserved'),
                ('Mine', 'small letters'), ('1st', 'a letter first'),
                ('a--b', 'single'), ('a-', 'no name'), ('../x', 'no name'),
                ('a b', 'no name'), ('', 'no name'), ('x' * 32, '31'),
                ('@core', 'no name')):
            with self.subTest(name):
                self.assertIn(words, self.baton('new-model', name,
                                                code=USAGE)[1])
        self.baton('new-model', '--x', code=USAGE)
        self.assertIn('which name', self.baton('new-model', code=USAGE)[1])
        self.assertIn('is too much', self.baton('new-model', 'a', 'b',
                                                code=USAGE)[1])
        self.assertEqual(os.listdir(self.dir), [])

    def test_a_kind_without_a_skeleton_is_refused(self):
        for kind in ('relay', 'nonsense'):
            err = self.baton('new-model', 'mine', '--kind', kind,
                             code=USAGE)[1]
            self.assertIn('counting', err)
            self.assertIn('connections', err)


if __name__ == '__main__':
    support.main()
