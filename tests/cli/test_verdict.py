# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton check`: what it writes, says again, and comes to in a self-test."""
import itertools
import json
import os
import shutil
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

import support
from checking import CELL, Check, FILES, LEAST, NULL, UNDECIDED
from support import (BROKEN, DONE, FINDING, read, Run, Samples, strict_json,
                     USAGE, wait_until)

SEED = '8'


class Files(Check):
    """One check of two cells, and what can be made of it."""

    @classmethod
    def setUpClass(cls):
        shared = Check()
        shared.setUp()
        cls.addClassCleanup(shared.doCleanups)
        cls.shared = shared.dir
        cls.verdict, cls.out, cls.err = shared.builds(
            '--base', support.BATON, '--budget', LEAST, '--seed', SEED,
            cell=CELL + ',' + NULL)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.shared + '/check', self.path('check'))

    def test_each_arm_is_read_by_google_benchmarks_tools(self):
        samples = Samples(self.path('check'))
        for arm in ('base', 'cand'):
            rows = strict_json(read(self.path('check', arm + '.json')))
            self.assertIn('num_cpus', rows['context'])
            mine = [s['real_ns'] for s in samples.rows if s['side'] == arm]
            self.assertEqual(len(rows['benchmarks']), len(mine))
            for row, real_ns in zip(rows['benchmarks'], mine):
                self.assertAlmostEqual(row['real_time'] / real_ns, 1, 9)

    def test_the_reports_tell_the_rulings(self):
        junit = ElementTree.parse(self.path('check/junit.xml'))
        names = [case.get('name') for case in junit.iter('testcase')]
        self.assertEqual(names, [CELL, NULL])
        markdown = read(self.path('check/summary.md'))
        for cell in self.verdict['cells']:
            self.assertIn(cell['ruling'], self.out)
            self.assertIn(cell['name'], markdown)

    def replay(self, *args, code, where='check'):
        return self.baton('check', '--replay', where, *args, code=code)

    def test_a_replay_is_the_same_byte_by_byte(self):
        before = read(self.path('check/verdict.json'))
        code = self.verdict['status']
        for where in ('check', 'check/', 'check/samples.tsv'):
            out, err = self.replay('--json', code=code, where=where)
            self.assertEqual((out, err), (before, ''))
        os.rename(self.path('check/samples.tsv'), self.path('kept.tsv'))
        out, _ = self.replay('--json', code=code, where='kept.tsv')
        self.assertEqual(out, before)
        os.rename(self.path('kept.tsv'), self.path('check/samples.tsv'))
        self.assertEqual(self.replay(code=code)[0], self.out)
        self.replay('--strict', code=self.verdict['strict_status'])
        self.assertEqual(sorted(os.listdir(self.path('check'))), FILES)
        out, _ = self.baton('check', '--replay', 'samples.tsv', '--json',
                            code=code, cwd=self.path('check'))
        self.assertEqual(out, before)

    def test_a_full_standard_output_is_an_error(self):
        for args in ((), ('--json',)):
            with open('/dev/full', 'w', encoding='utf-8') as full:
                self.baton('check', '--replay', 'check', *args, code=BROKEN,
                           stdout=full)

    def lines(self):
        """The header with the names, and the rows, of which 0 are last."""
        lines = read(self.path('check/samples.tsv')).splitlines(True)
        # How it ended is said last, and may stand anywhere.
        while lines[-1].startswith('#'):
            lines.insert(0, lines.pop())
        head = next(i for i, line in enumerate(lines)
                    if not line.startswith('#')) + 1
        return lines[:head], lines[head:]

    def write(self, head, rows):
        with open(self.path('check/samples.tsv'), 'w',
                  encoding='utf-8') as file:
            file.write(''.join(head + rows))

    def refuses(self, head, rows):
        self.write(head, rows)
        out, err = self.replay(code=BROKEN)
        self.assertEqual(out, '')
        self.assertEqual(err, 'baton: check/samples.tsv is not of a check, or '
                         'not in the order that its seed gives\n')

    def test_another_seed_is_noticed(self):
        head, rows = self.lines()
        self.refuses([line.replace('# seed=' + SEED, '# seed=6') for line in head],
                     rows)

    def test_lines_that_were_exchanged_are_noticed(self):
        head, rows = self.lines()
        for i in (-1, -7, len(rows) // 2):
            mixed = rows[:]
            mixed[i], mixed[i - 1] = mixed[i - 1], mixed[i]
            self.refuses(head, mixed)
        self.refuses(head, rows[:20] + rows[19:])
        self.refuses(head, rows[:20] + rows[:-21:-1])

    def test_a_last_line_that_was_cut_costs_its_pair(self):
        head, rows = self.lines()
        codes = DONE, FINDING, UNDECIDED, BROKEN
        self.write(head, rows[:-1] + [rows[-1][:40]])
        cut = subprocess.run([support.BATON, 'check', '--replay', 'check',
                              '--json'], cwd=self.dir, text=True, check=False,
                             capture_output=True)
        self.assertIn(cut.returncode, codes)
        verdict = strict_json(cut.stdout)
        self.assertEqual(str(verdict['seed']), SEED)
        self.write(head, rows[:-1])
        out, _ = self.replay('--json', code=cut.returncode)
        self.assertEqual(out, cut.stdout)

    def test_what_is_no_check(self):
        self.baton('run', 'counter', '--models', 'sequential', '--tasks', '1',
                   '--rounds', '1', '--out', 'run')
        self.assertIn('is not of a check',
                      self.replay(code=BROKEN, where='run')[1])
        self.assertIn('No such file',
                      self.replay(code=BROKEN, where='nowhere')[1])
        head, _ = self.lines()
        self.refuses(head, [])

    def timed(self, factors):
        """The same samples with other times: (base, candidate) of a cell."""
        n = itertools.count(1)

        def plant(sample):
            # No ties; half of the pairs are slower, as half begin with base.
            sample['real_ns'] = repr(
                1e5 * (1 + int(sample['slot']) % 2 * 1e-5) *
                factors(int(sample['cell']), sample['side'] == 'cand', next(n)))

        self.rewrite(plant)

    def test_strict_is_about_undecided_cells(self):
        self.timed(lambda cell, cand, n: 1 if cell else 1 + n * 7 % 5)
        verdict = strict_json(self.replay('--json', code=DONE)[0])
        self.assertEqual([cell['ruling'] for cell in verdict['cells']],
                         ['INCONCLUSIVE', 'PASS'])
        self.replay('--strict', code=UNDECIDED)
        self.timed(lambda cell, cand, n: 1)
        self.replay('--strict', code=DONE)
        self.timed(lambda cell, cand, n: 1 + n * 7 % 5)
        out, _ = self.replay(code=UNDECIDED)
        self.assertIn('too large for a verdict', out)

    def test_a_slower_candidate_never_passes_a_replay(self):
        """Few fresh pairs, or none, were taken: it may stay a suspect."""
        self.timed(lambda cell, cand, n: 1.3 if cand else 1)
        p = subprocess.run([support.BATON, 'check', '--replay', 'check',
                            '--json'], cwd=self.dir, text=True, check=False,
                           capture_output=True)
        self.assertIn(p.returncode, (FINDING, UNDECIDED))
        for cell in strict_json(p.stdout)['cells']:
            self.assertTrue(cell['suspect'])
            self.assertAlmostEqual(cell['ratio']['median'], 1.3, 3)
            self.assertIn(cell['ruling'], ('REGRESSED', 'INCONCLUSIVE'))

    def test_json_is_alone_on_standard_output(self):
        verdict, out, err = self.builds('--base', support.BATON, '--json',
                                        out='again')
        self.assertEqual(out, read(self.path('again/verdict.json')))
        self.assertEqual(strict_json(out), verdict)
        self.assertNotIn('{', err)

    def test_a_directory_is_used_once(self):
        _, err = self.baton('check', '--base', support.BATON, '--cells', CELL,
                            '--out', 'check', code=BROKEN)
        self.assertIn('check holds a run already', err)
        self.replay(code=self.verdict['status'])

    def test_the_seed_decides_on_the_order(self):
        orders = []
        for name, seed in (('a', '9'), ('b', '9'), ('c', '8')):
            self.builds('--base', support.BATON, '--seed', seed, out=name)
            orders.append([(s['side']) for s in Samples(self.path(name)).rows
                           if s['stage'] == 1 and s['round'] <= 4])
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])


class Interrupted(Check):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path('tmp'))
        self.env['TMPDIR'] = self.path('tmp')

    def begin(self, *args):
        run = Run(self, 'check', '--base', support.BATON, '--cells',
                  CELL + ',' + NULL, '--budget', '90s', '--out', 'check',
                  *args)
        wait_until(lambda: self.finished() >= 20, 'twenty samples')
        return run

    def finished(self):
        try:
            return len(Samples(self.path('check')).rows)
        except (FileNotFoundError, IndexError):
            return 0

    def replayed(self):
        p = subprocess.run([support.BATON, 'check', '--replay', 'check',
                            '--json'], cwd=self.dir, text=True, check=False,
                           capture_output=True)
        self.assertEqual(p.returncode, BROKEN, p.stderr)
        verdict = strict_json(p.stdout)
        self.assertTrue(verdict['cut'])
        self.assertEqual(verdict['status'], BROKEN)
        self.assertIn(verdict['ruling'], ('BROKEN', 'REGRESSED'))
        self.assertEqual(verdict['counts']['PASS'], 0)
        return p.stdout

    def test_a_signal_ends_it_with_its_files(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            run = self.begin()
            run.kill(number)
            _, err = run.end(BROKEN)
            samples = Samples(self.path('check'))
            self.assertEqual(samples.cut, '')
            self.assertIn('interrupted; %d finished samples are kept in check'
                          % len(samples.all), err)
            self.assertEqual(sorted(os.listdir(self.path('check'))), FILES)
            suite = ElementTree.parse(self.path('check/junit.xml')).getroot()
            self.assertGreater(int(suite.get('errors')), 0)
            self.assertNotIn('| PASS |', read(self.path('check/summary.md')))
            self.assertEqual(self.replayed(),
                             read(self.path('check/verdict.json')))
            self.assertEqual(os.listdir(self.path('tmp')), [])
            shutil.rmtree(self.path('check'))

    def test_kill_leaves_whole_lines_and_nobody(self):
        run = self.begin()
        run.kill(signal.SIGKILL)
        run.end(-signal.SIGKILL)
        self.assertEqual(os.listdir(self.path('check')), ['samples.tsv'])
        verdict = strict_json(self.replayed())
        self.assertEqual(len(verdict['cells']), 2)
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_commands_are_ended_too(self):
        run = Run(self, 'check', '--out', 'check', '--', 'sleep', '600', '--',
                  'sleep', '600')
        run.child('sleep', '600')
        run.kill(signal.SIGINT)
        _, err = run.end(BROKEN)
        self.assertIn('no samples', err)

    def test_a_full_file_system(self):
        for name in ('disk', 'kept'):
            os.mkdir(self.path(name))
        script = ('mount -t tmpfs -o size=12k none disk || exit 99\n'
                  '"$0" "$@" --out disk/check\n'
                  'status=$?\ncp -r disk/check/. kept\nexit $status')
        try:
            p = subprocess.run(
                ['unshare', '-rm', 'sh', '-c', script, support.BATON, 'check',
                 '--base', support.BATON, '--cells', CELL, '--budget', '30s'],
                cwd=self.dir, env=self.env, check=False, capture_output=True,
                text=True, timeout=support.GUARD_S)
        except FileNotFoundError:
            self.skipTest('unshare is not installed')
        if p.returncode == 99 or 'unshare' in p.stderr:
            self.skipTest('no file system can be made here: ' + p.stderr)
        self.assertEqual(p.returncode, BROKEN, p.stderr)
        self.assertRegex(p.stderr, r'cannot write \S*/samples.tsv: No space '
                         r'left on device; \d+ finished samples are kept')
        samples = Samples(self.path('kept'))
        self.assertEqual(samples.cut, '')
        self.assertGreaterEqual(len(samples.rows), 8)
        shutil.move(self.path('kept'), self.path('check'))
        strict_json(self.replayed())


class SelfTest(Check):
    def self_test(self, *args, code=DONE, budget=True):
        more = ('--cells', CELL, '--budget', LEAST, '--out', 'test')
        return self.baton('check', *args, *(more if budget else ()), code=code)

    def trials(self):
        lines = [line.split('\t') for line in
                 read(self.path('test/trials.tsv')).splitlines()]
        self.assertEqual(lines[0][:2], ['trial', 'slowdown'])
        return [(int(row[0]), float(row[1])) for row in lines[1:]]

    def certificate(self):
        return strict_json(read(self.path('test/certificate.json')))

    def test_a_certificate(self):
        out, err = self.self_test('--self-test', '15s')
        first = self.certificate()
        live = {row['slowdown']: row for row in first['live']}
        trials = self.trials()
        self.assertIn((1, 0), trials)
        self.assertEqual(live[0]['checks'],
                         len([t for t in trials if t[1] == 0]))
        self.assertEqual(live[0]['red'], 0)
        self.assertAlmostEqual(first['false_alarm_at_most'],
                               1 - 0.05 ** (1 / live[0]['checks']), 4)
        self.assertIn(first['sentence'], out)
        self.assertIn('trial 1, 0 %', err)
        self.assertEqual([t[0] for t in trials],
                         list(range(1, len(trials) + 1)))
        self.assertEqual(trials[1], (2, 0.1))
        self.assertEqual(sum(row['checks'] for row in first['live']),
                         len(trials))
        # A screen of six pairs, and twelve fresh ones, are the least.
        enough = first['cells'][0]['pairs'] >= 18
        self.assertEqual([r['checks'] for r in first['resampled']],
                         [1000] * 12 if enough else [])
        samples = Samples(self.path('test'))
        self.assertEqual({s['trial'] for s in samples.rows},
                         {t[0] for t in trials})
        slowed = [s for s in samples.rows if s['trial'] == 2]
        for s in slowed:
            self.assertEqual(s['extra'] > 0, s['side'] == 'cand')
            self.assertAlmostEqual(
                s['extra'], 0.1 * (s['iterations'] - s['extra'])
                if s['side'] == 'cand' else 0, delta=0.51)
        self.assertEqual({s['extra'] for s in samples.rows
                          if s['trial'] == 1}, {0})
        # Once more from the samples alone.
        text = read(self.path('test/certificate.json'))
        os.remove(self.path('test/certificate.json'))
        out, _ = self.baton('check', '--replay', 'test', '--json')
        self.assertEqual(out, text)
        self.assertEqual(read(self.path('test/certificate.json')), text)

    def test_a_trial_that_was_interrupted_is_not_counted(self):
        run = Run(self, 'check', '--self-test=9m', '--cells', CELL,
                  '--budget', '2s', '--out', 'test')

        def second():
            try:
                return [s for s in Samples(self.path('test')).rows
                        if s['trial'] == 2]
            except (FileNotFoundError, IndexError, ValueError):
                return []

        wait_until(second, 'the second trial')
        run.kill(signal.SIGINT)
        _, err = run.end(BROKEN)
        self.assertIn('interrupted', err)
        self.assertEqual(self.trials(), [(1, 0)])
        self.assertEqual([(r['slowdown'], r['checks'])
                          for r in self.certificate()['live']], [(0, 1)])

    def test_one_that_is_interrupted_at_once_certifies_nothing(self):
        run = Run(self, 'check', '--self-test=9m', '--cells', CELL,
                  '--budget', '60s', '--out', 'test')
        wait_until(lambda: os.path.exists(self.path('test/samples.tsv')),
                   'the first sample')
        run.kill(signal.SIGINT)
        _, err = run.end(BROKEN)
        self.assertIn('no complete trial without injected slowdown', err)
        self.assertEqual(os.listdir(self.path('test')), ['samples.tsv'])


if __name__ == '__main__':
    support.main()
