# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of other claims than those that come with the program."""
import json
import os
import shutil

import support
from support import Case, DONE, Samples, USAGE, read, strict_json

SETS = '''core=sequential,locked
quick=locked
scrape=sequential
suite=counter/locked/tasks:3/increments:1000
'''
PEAK = '''workload=counter
parameters=tasks=3,increments=10
title=three tasks
statistic=count
metric=peak
models=@core
aa=locked
flags=default
'''
PAIR = '''workload=counter
parameters=tasks=3,increments=10
title=three tasks
statistic=ratio
pairs=locked/null
claimed=2
note=a book said twice
flags=default
'''


class Claims(Case):
    def claims(self, **files):
        folder = self.path('claims')
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for name, text in dict(sets=SETS, **files).items():
            with open(os.path.join(folder, name), 'w',
                      encoding='utf-8') as file:
                file.write(text)
        return folder

    def report(self, *args, code=DONE):
        out, _ = self.baton('report', '--claims', 'claims', '--rounds', '6',
                            '--json', '--out', 'run', *args, code=code)
        return strict_json(out)

    def test_a_folder_without_files_gives_way_to_what_is_built_in(self):
        """As where only the program was built, and not what is beside it."""
        os.mkdir(self.path('claims'))
        self.baton('run', 'counter', '--models', '@quick', '--tasks', '2',
                   '--rounds', '1', '--out', 'run',
                   env={'BATON_DATA': self.dir})
        self.assertIn('locked', read(self.path('run', 'samples.tsv')))

    def test_what_they_say_is_measured_and_found(self):
        self.claims(peak=PEAK, pair=PAIR)
        ratio, *peaks = [f for f in self.report()['findings'] if 'claim' in f]
        self.assertEqual((ratio['claim'], ratio['kind'], ratio['models']),
                         ('pair', 'ratio', ['locked', 'null']))
        self.assertGreater(ratio['estimate'], 1)
        self.assertIn('(a book said twice)', ratio['text'])
        self.assertEqual({(p['claim'], p['metric']) for p in peaks},
                         {('peak', 'peak')})
        # @core is any model that was measured.
        self.assertEqual({p['models'][0]: p['estimate'] for p in peaks},
                         {'null': 1, 'sequential': 1, 'locked': 3})
        rows = Samples(self.path('run')).rows
        self.assertEqual({s['model'] for s in rows},
                         {'null', 'sequential', 'locked'})
        self.assertEqual({s['model'] for s in rows if s['aa']}, {'locked'})
        # Read again, they are found again.
        out = self.baton('report', '--claims', 'claims', '--from', 'run')[0]
        self.assertIn('three tasks: sequential has peak 1', out)
        out = self.baton('report', '--from', 'run')[0]
        self.assertNotIn('three tasks', out)

    def test_sets_choose_the_models(self):
        self.claims(peak=PEAK)
        found = self.report('--models', '@locks,null')['findings']
        models = json.loads(self.baton('list', '--json')[0])['models']
        locks = {m['name'] for m in models
                 if m['available'] and m['family'] == 'locks'}
        self.assertGreater(len(locks), 1)
        self.assertEqual({model for f in found for model in f['models']},
                         locks | {'null'})

    def test_a_file_that_is_wrong_is_named_and_nothing_is_measured(self):
        for text, words in (('workload=counter\ncolour=red\n',
                             'file bad, line 2: there is no key .colour.'),
                            ('workload=counter\nstatistic=mean\n',
                             'line 2: there is no statistic .mean.; there are '
                             'none, ratio'),
                            ('workload=counter\nmodels=lokced\n',
                             'line 2: .*lokced')):
            self.claims(bad=text)
            for command in (('report',), ('run', 'counter'),
                            ('check', '--base', support.BATON)):
                _, err = self.baton(*command, '--claims', 'claims', '--out',
                                    'run', code=USAGE)
                self.assertRegex(err, words)
                self.assertFalse(os.path.exists(self.path('run')))

    def test_models_that_no_claim_is_of_are_refused(self):
        self.claims(pair=PAIR)
        _, err = self.baton('report', '--claims', 'claims', '--models',
                            'sequential', '--out', 'run', code=USAGE)
        self.assertIn('@all', err)

    def test_the_suite_of_check_is_theirs(self):
        self.claims(peak=PEAK.replace('default', 'check'))
        _, err = self.baton('check', '--claims', 'claims', '--base',
                            support.BATON, '--cells', 'x*', code=USAGE)
        self.assertIn('there are:\n'
                      '       counter/locked/tasks:3/increments:1000\n'
                      '       counter/sequential/tasks:3/increments:10\n'
                      '       counter/locked/tasks:3/increments:10\n', err)

    def test_a_folder_that_is_none_is_refused(self):
        _, err = self.baton('report', '--claims', 'nowhere', code=USAGE)
        self.assertRegex(err, 'nowhere.*--claims takes a folder')


if __name__ == '__main__':
    support.main()
