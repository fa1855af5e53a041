# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs of several hosts beside each other."""
import json
import math
import os
import re
import shutil
import statistics
import subprocess

import support
from support import Case, DONE, Samples, USAGE, read

RUN = ('run', 'counter', '--tasks', '3,4', '--increments', '10', '--models',
       'sequential,libuv', '--rounds', '6', '--seed', '7')
# A second host: its own name and machine-id.
HOST = ('hostname "$1" && mount --bind "$2" /etc/machine-id || exit 99\n'
        'shift 2\nexec "$0" "$@"')
NAMES = 'alpha', 'beta', 'gamma', 'delta', 'epsilon'


def ratio(rows, tasks):
    times = {}
    for s in rows:
        if 'tasks=%d,' % tasks in s['parameters'] and not s['aa']:
            times.setdefault(s['model'], {})[s['round']] = s['real_ns']
    return math.exp(statistics.median(
        math.log(t / times['sequential'][r])
        for r, t in times['libuv'].items()))


class Hosts(Case):
    def setUp(self):
        super().setUp()
        self.env['TMPDIR'] = self.dir

    def edit(self, directory, pattern, text):
        path = self.path(directory, 'samples.tsv')
        before = read(path)
        after = re.sub(pattern, text, before, flags=re.M)
        self.assertNotEqual(before, after)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(after)

    def other(self, name):
        """What the run here would be on a host of that name."""
        if not os.path.exists(self.path('here')):
            self.baton(*RUN, '--out', 'here')
        host = Samples(self.path('here')).header['host']
        shutil.copytree(self.path('here'), self.path(name))
        self.edit(name, '(^# host=|^)' + host, r'\g<1>' + name)

    def change(self, directory, pattern, **values):
        """Sets fields of the samples that match."""
        names = Samples(self.path(directory)).columns

        def set_fields(match):
            fields = match[0].split('\t')
            for key, value in values.items():
                fields[names.index(key)] = value
            return '\t'.join(fields)
        self.edit(directory, pattern, set_fields)

    def compared(self, directory):
        out, _ = self.baton('report', '--from', directory, '--json')
        return json.loads(out)

    def refused(self, words, *command):
        out, err = self.baton(*command, code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, words)

    def test_two_hosts_have_a_ratio_each(self):
        self.baton(*RUN, '--out', 'here')
        with open(self.path('id'), 'w', encoding='utf-8') as file:
            file.write('0123456789abcdef0123456789abcdef\n')
        try:
            p = subprocess.run(
                ['unshare', '-rum', 'sh', '-c', HOST, support.BATON, 'there',
                 'id', *RUN, '--out', 'there'], cwd=self.dir, env=self.env,
                check=False, capture_output=True, text=True,
                timeout=support.GUARD_S)
        except FileNotFoundError:
            self.skipTest('unshare is not installed')
        if p.returncode == 99 or 'unshare' in p.stderr:
            self.skipTest('no second host can be made here: ' + p.stderr)
        self.assertEqual(p.returncode, DONE, p.stderr)
        self.baton('merge', 'there', 'here', '--out', 'both')
        runs = {s.header['host']: s for s in
                (Samples(self.path(d)) for d in ('here', 'there'))}
        self.assertEqual(len(runs), 2)
        self.assertEqual(sum('there-' in host for host in runs), 1)
        both = Samples(self.path('both'))
        self.assertEqual(len(both.all), sum(len(s.all) for s in runs.values()))
        self.assertEqual(both.header['hosts'], '2')
        for i, host in enumerate(sorted(runs)):
            line = both.header['host.%d' % (i + 1)]
            self.assertRegex(line, '^%s, .* CPUs .*baton run' %
                             re.escape(host))
        found = self.compared('both')
        self.assertEqual([h['host'] for h in found['hosts']], sorted(runs))
        self.assertEqual([h['rounds'] for h in found['hosts']], [6, 6])
        self.assertEqual(len(found['comparisons']), 2)
        for c, tasks in zip(found['comparisons'], (3, 4)):
            for h in c['hosts']:
                self.assertAlmostEqual(
                    h['ratio'] / ratio(runs[h['host']].rows, tasks), 1, 6)
            ratios = [h['ratio'] for h in c['hosts']]
            self.assertEqual(c['range'], [min(ratios), max(ratios)])
            self.assertNotIn('pooled', c)

    def test_five_hosts_have_a_pooled_ratio_and_a_forest(self):
        for name in NAMES:
            self.other(name)
        # On one of them the other model is the faster one.
        self.change('gamma', r'^gamma\t.*\tlibuv\t.*\n', real_ns='1')
        self.baton('merge', *NAMES, '--out', 'all')
        self.baton('merge', *reversed(NAMES), '--out', 'again')
        self.assertEqual(Samples(self.path('all')).all,
                         Samples(self.path('again')).all)
        out, _ = self.baton('report', '--from', 'all')
        self.assertIn('slower on 4, faster on 1 of 5 hosts', out)
        self.assertRegex(out, r'(?m)^  gamma +\S+ faster +\S+ to \S+$')
        self.assertRegex(out, r'(?m)^  all, pooled +\S+ not significant ')
        found = self.compared('all')['comparisons'][0]
        self.assertEqual((found['slower'], found['faster']), (4, 1))
        pooled = found['pooled']
        self.assertEqual((pooled['hosts'], pooled['coverage']), (5, .95))
        self.assertLess(pooled['low'], 1)
        self.assertLess(1, pooled['high'])
        page = read(self.path('all', 'report.html'))
        self.assertIn('Do the hosts agree?', page)
        self.assertIn('slower on 4, faster on 1 of 5 hosts', page)
        rows = [line.split('\t') for line in
                read(self.path('all', 'figures', 'forest.tsv')).splitlines()]
        self.assertEqual([r[8] for r in rows if r[0] == 'host'][:5],
                         sorted(NAMES))
        self.assertEqual(len([r for r in rows if r[0] == 'pooled']), 2)

    def test_a_wrong_result_of_one_host_is_named(self):
        for name in NAMES[:2]:
            self.other(name)
        self.change('beta', r'^beta\t.*\tlibuv\ttasks=3,.*\n',
                    status='wrong',
                    **{'metric.wrong_iterations': '1'})
        self.baton('merge', 'alpha', 'beta', '--out', 'all')
        out, _ = self.baton('report', '--from', 'all', code=1)
        self.assertIn('wrong in 6 of 12 samples', out)
        self.assertRegex(out, r'(?m)^  beta +- no ratio$')
        self.assertIn('slower on 1 of 2 hosts', out)
        self.assertNotIn('grows as', out)

    def test_other_recordings_are_refused(self):
        for name in NAMES[:3]:
            self.other(name)
        merge = 'merge', 'alpha'
        out = '--out', 'all'
        self.refused('alpha is a whole run and no part', *merge, *out)
        shutil.copytree(self.path('alpha'), self.path('copy'))
        self.refused('alpha and copy are whole runs of one host, alpha: name',
                     *merge, 'copy', *out)
        self.baton(*RUN, '--shard', '1/2', '--out', 'part')
        self.refused('alpha is a whole run and no part', *merge, 'part', *out)
        self.edit('gamma', '^# seed=7', '# seed=8')
        self.refused('are no runs of one experiment: their seed differ',
                     *merge, 'gamma', *out)
        self.assertFalse(os.path.exists(self.path('all')))
        self.baton(*merge, 'beta', *out)
        self.refused('all holds samples of several hosts', 'merge', 'all',
                     'gamma', '--out', 'more')
        for command in (('report', '--against', 'alpha'), ('verdict',)):
            self.refused('all holds the runs of 2 hosts', *command, '--from',
                         'all')
        self.refused('measures nothing: with --json it goes with --against', 'report', '--from', 'alpha',
                     '--json')

    def test_a_name_with_odd_bytes_is_cleaned(self):
        for name in NAMES[:2]:
            self.other(name)
        self.edit('beta', '^beta\t', 'b\033[31m<b>\t')
        self.baton('merge', 'alpha', 'beta', '--out', 'all')
        out, _ = self.baton('report', '--from', 'all')
        self.assertNotIn('\033', out)
        self.assertNotIn('\033', read(self.path('all', 'report.html')))
        self.assertNotIn('<b>', read(self.path('all', 'report.html')))


if __name__ == '__main__':
    support.main()
