# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build with twenty models more (-Dcopies=20) still does."""
import collections
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                '..', 'cli'))
import support  # noqa: E402 (its folder comes first)
from support import (Case, DONE, Run, Samples, USAGE, cell,  # noqa: E402
                     read, strict_json, wait_until)

LONG_S = 500  # the default report, where two CPUs are busy


class Scale(Case):
    def setUp(self):
        super().setUp()
        listed = strict_json(self.baton('list', '--json')[0])
        self.models = [m for m in listed['models'] if m['available']]

    def test_there_are_twenty_models_more_in_several_families(self):
        self.assertGreaterEqual(len(self.models), 25)
        families = collections.Counter(m['family'] for m in self.models)
        self.assertGreaterEqual(len(families), 4)

    def test_the_default_report_reaches_six_rounds(self):
        p = subprocess.run([support.BATON, 'report', '--out', 'run'],
                           cwd=self.dir, env=self.env, text=True, check=False,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=LONG_S)
        self.assertEqual(p.returncode, DONE, p.stderr)
        rounds, wanted = collections.defaultdict(set), {}
        for sample in Samples(self.path('run')).rows:
            rounds[cell(sample)].add(sample['round'])
            # A claim may want fewer rounds of its cells.
            wanted[cell(sample)] = min(6, sample['most_rounds'] or 6)
        self.assertGreater(list(wanted.values()).count(6), 50)
        self.assertEqual([key for key, seen in rounds.items()
                          if len(seen) < wanted[key]], [])

    def test_all_models_say_beforehand_what_they_need(self):
        path = self.path('said')
        with open(path, 'w', encoding='utf-8') as file:
            begin = time.monotonic()
            run = Run(self, 'report', '--models', '@all', '--out', 'run',
                      stderr=file)
            # A busy machine is said before.
            wait_until(lambda: re.search(
                r'\d+ cells.*\d+ (s|min)', read(path).partition('\nround ')[0]),
                'the time it needs before the first round')
            self.assertLess(time.monotonic() - begin, 20)
        run.kill(signal.SIGINT)
        run.process.communicate(timeout=support.GUARD_S)

    def test_a_budget_that_is_too_short_for_all_models_is_refused(self):
        out, err = self.baton('report', '--models', '@all', '--budget', '10s',
                              code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, r'--budget of 10 s.*take --budget \d+')
        self.nothing_written()

    def figures_show(self, *args):
        """Every figure of a run but that of its order has every model.
        Where they are too many for one screen it has numbered parts."""
        self.baton('run', *args, '--models', '@all', '--rounds', '6', '--out',
                   'run', timeout=LONG_S)
        rows = Samples(self.path('run')).rows
        measured = {s['model'] for s in rows}
        self.assertGreater(len(measured), 15)
        # In memory pages take no time.
        timed = {s['model'] for s in rows if s.get('metric.latency_histogram')}
        texts = collections.defaultdict(str)
        for name in os.listdir(self.path('run/figures')):
            if name.endswith('.svg') and name != 'order.svg':
                whole = re.sub(r'(-\d+)?\.svg$', '', name)
                texts[whole] += read(self.path('run/figures', name))
        self.assertGreater(len(texts), 1)
        # Memory is no server that another model's time is compared with.
        compared = timed or measured
        for name, text in texts.items():
            shown = (timed if name.startswith('latency-') else
                     compared if name == 'ratios' else measured)
            labels = [m['label'] for m in self.models if m['name'] in shown]
            self.assertEqual([label for label in labels if label not in text],
                             [], name)

    def test_figures_of_counters_show_every_series(self):
        self.figures_show('counter', '--tasks', '1,4,16', '--increments', '100')

    def test_figures_of_downloads_show_every_series(self):
        self.figures_show('download', '--n', '1,4,8', '--latency-ms', '1')


if __name__ == '__main__':
    support.main()
