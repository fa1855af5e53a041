# SPDX-License-Identifier: GPL-3.0-or-later
"""baton verdict: which claims it measures, and what it says of them."""
import os
import shutil

import support
from support import Case, DONE, USAGE, Samples, read, strict_json

SETS = 'core=sequential,locked\nscrape=sequential\n'
WORDS = 'title=three tasks\nquote=no update is lost\nsource=a book, page 7\n'
# What cannot be lost is not lost on a busy machine either, and what is lost is
# known there too.
SAFE = 'workload=counter\nparameters=tasks=3,increments=10\n' \
    'statistic=share\nmodels=locked\nrule=at-most 0\n'
LOSES = 'workload=counter-split\nparameters=tasks=3,increments=10\n' \
    'statistic=share\nmodels=thread-per-socket\nrule=at-most 0\n'
RATIO = 'workload=counter\nparameters=tasks=3\nover=increments\n' \
    'values=10,1000\nstatistic=ratio\npairs=locked/sequential\naa=locked\n' \
    'rule=at-least 2\n'


class Verdicts(Case):
    def claims(self, **files):
        folder = self.path('claims')
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        for name, text in dict(sets=SETS, **files).items():
            with open(os.path.join(folder, name.replace('_', '-')), 'w',
                      encoding='utf-8') as file:
                file.write(text)

    def verdict(self, *args, code=DONE):
        return self.baton('verdict', '--claims', 'claims', *args, code=code)

    def measure(self, *args):
        out, err = self.verdict('--budget', '15s', '--out', 'run', '--json',
                                *args)
        return strict_json(out), err

    def test_a_claim_is_measured_and_decided(self):
        self.claims(safe=SAFE + WORDS, loses=LOSES + WORDS, ratio=RATIO + WORDS)
        found, err = self.measure('loses', 'safe')
        self.assertRegex(err, r'2 cells: six rounds take about \d+ s')
        loses, safe = found['verdicts']
        self.assertEqual((loses['claim'], loses['verdict'], loses['quote']),
                         ('loses', 'REFUTED', 'no update is lost'))
        self.assertIn(safe['verdict'], ('SUPPORTED', 'UNDECIDED'))
        self.assertEqual(safe['settings'][0]['whole']['verdict'], 'SUPPORTED')
        self.assertGreaterEqual(found['rounds'], 6)
        # Both are decided after six rounds, so that no more are measured.
        self.assertEqual({s['round'] for s in Samples(self.path('run')).rows},
                         set(range(1, 7)))
        self.assertIn('REFUTED', read(self.path('run', 'summary.txt')))
        page = read(self.path('run', 'report.html'))
        self.assertIn('<a href="#claim-loses"><strong>REFUTED', page)
        self.assertIn('id="claim-loses">', page)
        self.assertIn('a book, page 7', page)
        # The recording is judged alike again, by all claims that it is of.
        out, _ = self.verdict('--from', 'run', '--json')
        self.assertEqual(strict_json(out), found)
        out, _ = self.verdict('--from', 'run', 'loses')
        self.assertRegex(out, r'REFUTED +loses: "no update is lost"\n- share')
        self.assertNotIn('safe', out)
        # A report of it has the verdicts for which it was made, and no others.
        out, _ = self.baton('report', '--claims', 'claims', '--from', 'run')
        self.assertIn('REFUTED    loses:', out)
        self.assertNotIn('ratio:', out)

    def test_beside_other_claims_the_headline_alone_is_a_sentence(self):
        self.claims(loses=LOSES + WORDS, safe=SAFE + WORDS,
                    safe_far=SAFE + 'title=t\nclaim=safe\nsetting=far\n')
        out, _ = self.verdict('--budget', '15s', '--out', 'run')
        self.assertRegex(out, r'safe: "no update is lost"\n- models: share of '
                         r'[^-]*\n- other settings: far (SUPP|UNDEC)')
        out, _ = self.verdict('--from', 'run', 'safe')
        self.assertRegex(out, r'\n- far: (SUPPORTED|UNDECIDED): share of ')

    def test_a_report_decides_the_claims_with_its_flags(self):
        self.claims(loses=LOSES + WORDS + 'flags=default\n',
                    safe=SAFE + WORDS)
        out, _ = self.baton('report', '--claims', 'claims', '--rounds', '6',
                            '--out', 'run')
        self.assertRegex(out, 'REFUTED +loses:')
        self.assertNotIn('safe:', out)
        self.assertIn('disturbed', Samples(self.path('run')).header)

    def test_only_what_is_undecided_gets_more_rounds(self):
        # The place in a round is one of four, by the seed alone.
        near = 'workload=counter\nparameters=tasks=3\nstatistic=count\n' \
            'metric=slot\nmodels=sequential\nbeside=locked,libuv\n' \
            'rule=between 0.9 1.1\n'
        self.claims(loses=LOSES + WORDS, near=near + WORDS)
        found, _ = self.measure('--seed', '2')
        rows = Samples(self.path('run')).rows
        rounds = {name: max(s['round'] for s in rows if s['workload'] == name)
                  for name in ('counter', 'counter-split')}
        self.assertEqual(rounds['counter-split'], 6)
        self.assertGreater(rounds['counter'], 6)
        self.assertEqual(rounds['counter'], found['rounds'])

    def test_the_list_says_what_can_be_decided(self):
        self.claims(safe=SAFE + WORDS, safe_far=SAFE + 'title=t\nclaim=safe\n'
                    'setting=far\nbudget=300s\n')
        out, _ = self.verdict('--list')
        self.assertEqual(out, 'safe: "no update is lost"\n'
                         '  models: share at-most 0\n'
                         '  far: share at-most 0, --budget 300s\n')
        entry = strict_json(self.verdict('--list', '--json')[0])['claims'][0]
        self.assertEqual([(s['entry'], s['rule'], s['decidable'])
                          for s in entry['settings']],
                         [('safe', 'at-most 0', True),
                          ('safe-far', 'at-most 0', True)])

    def test_what_needs_a_longer_budget_is_left_out_and_named(self):
        self.claims(safe=SAFE + WORDS + 'budget=300s\n')
        _, err = self.verdict('safe', '--budget', '5s', '--out', 'run',
                              code=USAGE)
        self.assertIn('safe needs --budget 300s, and is left out', err)

    def test_what_is_only_named_is_not_measured_without_its_name(self):
        self.claims(safe=SAFE + WORDS, loses=LOSES + WORDS + 'flags=named\n')
        found, _ = self.measure()
        self.assertEqual([v['claim'] for v in found['verdicts']], ['safe'])

    def test_bad_input_is_named_and_nothing_is_measured(self):
        self.claims(safe=SAFE + WORDS, plain='workload=counter\nmodels=null\n')
        for args, words in (
                (('unsafe',), r"no claim .unsafe."),
                (('plain',), 'claims file plain has no rule=.*docs/claims.md'),
                (('--from', 'nowhere'), 'nowhere holds no run'),
                (('--from', 'run', '--budget', '5s'), '--from measures nothing')):
            _, err = self.verdict(*args, code=USAGE)
            self.assertRegex(err, words)
        for text, words in (
                (SAFE.replace('locked', 'lokced') + WORDS, 'line 4: .*lokced'),
                (SAFE.replace('share', 'mean') + WORDS, 'line 3: .*mean'),
                (SAFE.replace('at-most', 'about') + WORDS, 'line 5: .*about')):
            self.claims(bad=text)
            _, err = self.verdict('--out', 'run', code=USAGE)
            self.assertRegex(err, 'claims file bad, ' + words)
        self.assertFalse(os.path.exists(self.path('run')))


if __name__ == '__main__':
    support.main()
