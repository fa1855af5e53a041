# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton check`: what it compares, refuses, writes, and says again.

The machine may be busy, so that no test asks that a small difference be seen;
what is slower by a factor may be undecided, but it never passes.
"""
import os
import re
import resource
import shutil
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

import support
from support import (BROKEN, Case, DONE, FINDING, Run, Samples, USAGE, read,
                     strict_json, wait_until)

UNDECIDED = 3
CELL = 'counter/sequential/tasks:10/increments:1000'
NULL = 'download/null/n:3'
FILES = ['base.json', 'cand.json', 'junit.xml', 'samples.tsv', 'summary.md',
         'verdict.json']
LEAST = '100ms'  # four rounds each time
TWELVE = '8'  # a seed with which two cells then have as many control pairs
COUNT = 'i=0; while [ $i -lt %d ]; do i=$((i+1)); done'


class Check(Case):
    def check(self, *args, codes=(DONE, UNDECIDED), out='check', **options):
        """`baton check ...`: (verdict, stdout, stderr)."""
        p = subprocess.run([support.BATON, 'check', '--out', out, *args],
                           cwd=self.dir, env=self.env, text=True, check=False,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=support.GUARD_S, **options)
        self.assertIn(p.returncode, codes, p.stdout + p.stderr)
        verdict = strict_json(read(self.path(out), 'verdict.json'))
        self.assertEqual(verdict['status'], p.returncode)
        self.assertEqual(sorted(os.listdir(self.path(out))), FILES)
        return verdict, p.stdout, p.stderr

    def builds(self, *args, cell=CELL, budget=LEAST, **options):
        return self.check('--cells', cell, '--budget', budget, *args,
                          **options)

    def refused(self, *args, words):
        out, err = self.baton('check', *args, code=USAGE)
        self.assertEqual(out, '')
        self.assertRegex(err, words)
        self.nothing_written()

    def script(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + text.replace('BATON', support.BATON))
        os.chmod(self.path(name), 0o755)
        return self.path(name)


class Commands(Check):
    def test_four_times_as_long_is_a_regression(self):
        verdict, out, err = self.check(
            '--budget', '2500ms', '--', 'sleep', '0.025', '--', 'sleep',
            '0.1', codes=(FINDING,))
        cell, = verdict['cells']
        self.assertEqual(cell['ruling'], 'REGRESSED')
        self.assertEqual(cell['name'], 'command/sleep')
        self.assertTrue(cell['suspect'])
        self.assertEqual(cell['stage'], 2)
        self.assertGreater(cell['ratio']['median'], 1.5)
        self.assertGreater(cell['cand_ns'], 1.5 * cell['base_ns'])
        self.assertGreater(cell['slower'], 0.8 * cell['ratio']['pairs'])
        self.assertIn('1 of 1 cells regressed.', out)
        self.assertIn('1 of 1 cells regressed: command/sleep (',
                      verdict['reason'])
        self.assertIn('samples and verdict are in check', err)
        samples = Samples(self.path('check'))
        self.assertEqual(samples.header['base'], 'sleep 0.025')
        self.assertEqual(samples.header['control'], 'the same command')
        self.assertEqual(len({s['iterations'] for s in samples.rows}), 1)
        self.assertEqual({s['stage'] for s in samples.rows}, {1, 2})

    def test_three_times_the_work_never_passes(self):
        verdict, _, _ = self.check('--budget', LEAST, '--', 'sh', '-c',
                                   COUNT % 10000, '--', 'sh', '-c',
                                   COUNT % 30000, codes=(FINDING, UNDECIDED))
        cell, = verdict['cells']
        self.assertGreater(cell['ratio']['median'], 1.5)
        self.assertEqual(len({s['iterations'] for s in
                              Samples(self.path('check')).rows}), 1)

    def test_the_same_command_is_none(self):
        verdict, _, _ = self.check('--budget', LEAST, '--', 'sh', '-c',
                                   COUNT % 10000, '--', 'sh', '-c',
                                   COUNT % 10000)
        self.assertNotIn(verdict['ruling'], ('REGRESSED', 'BROKEN'))

    def test_a_third_of_the_work_is_no_regression(self):
        verdict, _, _ = self.check('--budget', LEAST, '--', 'sh', '-c',
                                   COUNT % 30000, '--', 'sh', '-c',
                                   COUNT % 10000)
        self.assertIn(verdict['ruling'], ('IMPROVED', 'INCONCLUSIVE', 'PASS'))

    def broken(self, *commands):
        verdict, out, err = self.check('--budget', LEAST, *commands,
                                       codes=(BROKEN,))
        self.assertEqual(verdict['cells'][0]['ruling'], 'BROKEN')
        self.assertIn('BROKEN', out)
        return err

    def test_a_command_that_fails(self):
        err = self.broken('--', 'sh', '-c', 'echo no such thing; exit 9',
                          '--', 'true')
        self.assertIn('base: command/sh', err)
        self.assertIn('exit status 9 no such thing', err)
        # The base is not asked again and again.
        self.assertEqual(len(Samples(self.path('check')).all), 1)

    def test_a_candidate_that_fails(self):
        err = self.broken('--', 'true', '--', 'false')
        self.assertIn('cand: command/false', err)

    def test_a_command_that_is_killed(self):
        err = self.broken('--', 'true', '--', 'sh', '-c', 'kill -9 $$')
        self.assertIn('signal 9', err)

    def test_a_command_that_is_not_there(self):
        for place in (0, 1):
            commands = ['true', 'true']
            commands[place] = './nothing'
            _, err = self.baton('check', '--out', 'run%d' % place, '--',
                                commands[0], '--', commands[1], code=BROKEN)
            self.assertIn('cannot run ./nothing: No such file', err)

    def test_what_commands_say_and_read_is_not_ours(self):
        _, out, err = self.check(
            '--budget', LEAST, '--', 'sh', '-c', 'cat; echo SAID', '--', 'sh',
            '-c', 'cat; echo SAID >&2')
        self.assertNotIn('SAID\n', out + err)

    def test_commands_have_the_limits_of_whoever_asked(self):
        script = self.script('limited', 'ulimit -Sn >> "$0.said"\n')
        soft = 200
        self.check('--budget', LEAST, '--', script, '--', script,
                   preexec_fn=lambda: resource.setrlimit(
                       resource.RLIMIT_NOFILE,
                       (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
        self.assertEqual(set(read(script + '.said').split()), {str(soft)})


ODD = '''n=$(cat "$0.n" 2>/dev/null || echo 0)
echo $((n + 1)) > "$0.n"
[ $((n % 2)) = 0 ] && exec sleep 0.2
exec sleep 0.02
'''
# With which the first four rounds of both stages have seven controls at least.
SEED = '472'


class Order(Check):
    """What runs first is slower, whatever it is."""

    def odd(self, *args):
        script = self.script('odd', ODD)
        return self.check('--budget', LEAST, '--seed', SEED, *args, '--',
                          script, '--', script, codes=(UNDECIDED,))[0]

    def test_the_control_notices_a_naive_order(self):
        verdict = self.odd('--order', 'naive')
        self.assertTrue(verdict['disturbed'])
        self.assertIn('it is not quiet', verdict['reason'])
        cell, = verdict['cells']
        self.assertEqual(cell['ruling'], 'INCONCLUSIVE')
        self.assertLess(cell['ratio']['median'], 0.9)
        self.assertLess(cell['control']['median'], 0.9)
        self.assertEqual(cell['slower'], 0)
        rows = Samples(self.path('check')).rows
        self.assertEqual({s['arm'] for s in rows if s['slot'] % 2 == 0},
                         {'base'})

    def test_random_order_takes_no_side(self):
        verdict = self.odd()
        cell, = verdict['cells']
        self.assertFalse(verdict['disturbed'])
        self.assertEqual(cell['slower'], cell['faster'])


class Builds(Check):
    def test_a_build_is_not_slower_than_itself(self):
        verdict, out, _ = self.builds('--base', support.BATON)
        samples = Samples(self.path('check'))
        self.assertEqual(samples.header['base_hash'],
                         samples.header['cand_hash'])
        self.assertEqual(samples.header['control'], 'a copy of base')
        self.assertEqual(verdict['cells'][0]['name'], CELL)
        self.assertIn(verdict['cells'][0]['why'], out)
        self.assertIn('\n\n%s. ' % verdict['ruling'], out)
        arms = {s['arm']: s for s in samples.rows}
        self.assertLessEqual({'base', 'cand'}, set(arms))
        self.assertEqual(len({s['iterations'] for s in samples.rows}), 1)
        self.assertEqual({s['extra'] for s in samples.all}, {0})

    def test_downloads_have_an_origin(self):
        self.builds('--base', support.BATON, cell=NULL)
        rows = Samples(self.path('check')).rows
        self.assertEqual({s['status'] for s in rows}, {'ok'})

    def test_a_build_that_is_built_anew_meanwhile_changes_nothing(self):
        shutil.copy(support.BATON, self.path('mine'))
        run = Run(self, 'check', '--base', './mine', '--cells', CELL,
                  '--budget', '3s', '--out', 'check')
        wait_until(lambda: os.path.exists(self.path('check/samples.tsv')),
                   'the first sample')
        os.unlink(self.path('mine'))
        self.script('mine', 'exit 1')
        run.process.wait()
        self.assertEqual({s['status'] for s in
                          Samples(self.path('check')).all}, {'ok'})

    def factor(self, base, cand, rulings):
        """A build that says that it takes a third of its time."""
        script = self.script('quick', 'BATON "$@" | awk -F= '
                             '\'BEGIN { OFS = FS } $1 == "real_ns" { $2 /= 3 }'
                             ' 1\'\n')
        sides = {'quick': script, 'plain': support.BATON}
        verdict, _, _ = self.builds(
            '--base', sides[base], '--cand', sides[cand], budget='2s',
            codes=(DONE, FINDING, UNDECIDED))
        self.assertIn(verdict['ruling'], rulings)
        ratio = verdict['cells'][0]['ratio']['median']
        self.assertTrue(ratio > 1.5 or ratio < 1 / 1.5, ratio)
        self.assertEqual(ratio > 1, base == 'quick')

    def test_a_slower_build_never_passes(self):
        self.factor('quick', 'plain', ('REGRESSED', 'INCONCLUSIVE'))

    def test_a_quicker_build_is_no_regression(self):
        self.factor('plain', 'quick', ('IMPROVED', 'INCONCLUSIVE', 'PASS'))

    def broken(self, *args, words, **options):
        verdict, out, err = self.builds(*args, codes=(BROKEN,), **options)
        self.assertEqual(verdict['cells'][0]['ruling'], 'BROKEN')
        self.assertTrue(out.startswith('BROKEN'))
        self.assertRegex(err, words)
        junit = ElementTree.parse(self.path('check/junit.xml'))
        self.assertTrue(junit.findall('.//error') +
                        junit.findall('.//failure'))
        return verdict

    def test_what_is_no_build(self):
        words = 'does not speak `baton cell`: is it a build of Baton'
        for base in ('/bin/true', self.script('silent', 'exit 0\n'),
                     self.script('chatty', 'echo "hello=world"\n')):
            self.broken('--base', base, words=words)
            shutil.rmtree(self.path('check'))
        self.broken('--base', support.BATON, '--cand', '/bin/true',
                    words='cand: .*' + words)

    def test_what_cannot_be_run(self):
        with open(self.path('plain'), 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n')
        for base, why in (('nowhere/baton', 'No such file'),
                          ('plain', 'Permission denied'),
                          ('.', 'Permission denied')):
            for side in ('--base', '--cand'):
                _, err = self.baton('check', side, base, '--cells', CELL,
                                    '--out', 'check', code=BROKEN)
                self.assertRegex(err, 'baton: cannot run %s: %s' % (base, why))
                self.assertFalse(os.path.exists(self.path('check')))

    def test_builds_run_at_one_speed(self):
        key = 'Speculation_Store_Bypass'
        if not re.search(key + r':\s+thread vuln',
                         read('/proc/self/status')):
            self.skipTest('the kernel does not let threads choose ' + key)
        say = 'grep %s /proc/self/status > "$0.said"\n' % key
        script = self.script('asked', say + 'exec BATON "$@"\n')
        self.builds('--base', script, '--cand', support.BATON)
        self.assertIn('mitigated', read(script + '.said'))
        self.assertEqual(Samples(self.path('check')).header['store_bypass'],
                         'off')
        # What commands do is their affair.
        script = self.script('let_alone', say)
        self.check('--budget', LEAST, '--', script, '--',
                   script, out='left')
        self.assertIn('vulnerable', read(script + '.said'))

    def test_threads_of_long_iterations_are_compared(self):
        """Which are counted in a calibration alone, and each arm has one."""
        cell = 'download/%s/n:3/latency_ms:100'
        verdict, _, _ = self.check(
            '--base-cell', cell % 'sequential', '--cand-cell',
            cell % 'thread-per-socket', '--budget', LEAST, codes=(FINDING,))
        self.assertRegex(verdict['cells'][0]['events'], 'threads: 4, base 1')

    def test_a_build_that_crashes_after_a_while(self):
        script = self.script(
            'frail', 'echo >> "$0.n"\n'
            '[ $(wc -l < "$0.n") -gt 6 ] && kill -SEGV $$\n'
            'exec BATON "$@"\n')
        self.broken('--base', support.BATON, '--cand', script,
                    words='cand: counter/sequential .*crashed: signal 11')
        samples = Samples(self.path('check')).all
        ends = [s['status'] for s in samples if s['arm'] == 'cand']
        self.assertEqual(ends[:5], ['ok'] * 5)
        self.assertEqual(set(ends[5:]), {'crashed'})
        self.assertLess(len(ends), 5 + 8)  # then it is given up

    def test_a_build_of_another_protocol(self):
        script = self.script('later', 'BATON "$@" | sed s/^schema=1/schema=2/')
        self.broken('--base', script, words='speaks `baton cell` of schema 2')

    def test_a_build_with_other_results(self):
        script = self.script(
            'other', 'BATON "$@" | sed s/^results_bytes=.*/results_bytes=8/')
        self.broken('--base', support.BATON, '--cand', script,
                    words='results take 8 bytes, not [0-9]+: it was built')

    def test_a_build_whose_clock_stepped(self):
        script = self.script(
            'timeless', 'BATON "$@" | sed s/^real_ns=/real_ns=9999999/')
        self.broken('--base', support.BATON, '--cand', script,
                    words='process that lived for .*: a clock stepped')

    WRONG = ('for a; do case $a in increments=*) a=increments=999;; esac\n'
             'set -- "$@" "$a"; shift; done\nexec BATON "$@"\n')

    def test_a_candidate_that_is_wrong(self):
        script = self.script('wrong', self.WRONG)
        verdict, out, _ = self.builds('--base', support.BATON, '--cand',
                                      script, codes=(FINDING,))
        self.assertEqual(verdict['cells'][0]['ruling'], 'REGRESSED')
        self.assertRegex(verdict['cells'][0]['events'],
                         r'^wrong in (\d+) of \1 samples: ')
        self.assertIn('wrong in', out)

    def test_a_base_that_is_wrong(self):
        script = self.script('wrong', self.WRONG)
        verdict, _, _ = self.builds('--base', script, '--cand', support.BATON,
                                    codes=(BROKEN,))
        self.assertIn('base is wrong in', verdict['cells'][0]['events'])

    def test_one_broken_cell_does_not_silence_the_others(self):
        script = self.script(
            'partly', 'case "$*" in *model=locked*) exit 7;; esac\n'
            'exec BATON "$@"\n')
        verdict, _, err = self.builds(
            '--base', support.BATON, '--cand', script,
            cell=CELL + ',counter/locked/tasks:2/increments:100',
            codes=(BROKEN,))
        rulings = [cell['ruling'] for cell in verdict['cells']]
        self.assertNotEqual(rulings[0], 'BROKEN')
        self.assertEqual(rulings[1], 'BROKEN')
        self.assertGreaterEqual(verdict['cells'][0]['ratio']['pairs'], 8)
        self.assertIn('cand: counter/locked', err)


class Cells(Check):
    def test_two_cells_of_a_build(self):
        verdict, _, _ = self.check(
            '--base-cell', CELL, '--cand-cell',
            'counter/libuv/tasks:10/increments:1000', '--budget', LEAST,
            codes=(DONE, FINDING, UNDECIDED))
        self.assertEqual(verdict['cells'][0]['name'],
                         'counter/libuv/tasks:10/increments:1000 against ' +
                         CELL)
        self.assertEqual({(s['arm'], s['model']) for s in
                          Samples(self.path('check')).rows} -
                         {('copy', 'sequential')},
                         {('base', 'sequential'), ('cand', 'libuv')})

    def test_cells_of_different_work(self):
        for cell in ('counter/libuv/tasks:11/increments:1000',
                     'counter/locked/tasks:10/increments:999', NULL):
            self.refused('--base-cell', CELL, '--cand-cell', cell,
                         words='do not do the same work .*operations')
        self.refused('--base-cell', 'counter/sequential/tasks:1/increments:3',
                     '--cand-cell', NULL, words='do not do the same work')

    def test_cells_that_are_none(self):
        base = ('--base', support.BATON, '--cells')
        self.refused(*base, 'conter/locked', words='conter')
        self.refused(*base, 'counter/lokced', words='lokced')
        self.refused(*base, 'counter', words='WORKLOAD/MODEL/PARAMETER')
        self.refused(*base, '', words='baton: ')
        self.refused(*base, CELL + ',', words='baton: ')
        self.refused(*base, 'counter/locked/task:3',
                     words="'task:3|'task'|'task' in|is no parameter")
        for value in ('tasks:x', 'tasks', 'tasks:', 'tasks:-1', 'tasks:0x10',
                      'tasks:99999999999999999999', ''):
            self.refused(*base, 'counter/locked/' + value,
                         words='is no parameter of counter')
        self.refused(*base, 'titles/locked*', words='no cell of the suite '
                     "matches 'titles/locked.*'; there are:\n +counter/")
        self.refused(*base, CELL + ',' + CELL, words='it is there twice')
        self.refused(*base, 'x' * 300, words='too long|no workload')
        self.refused('--base-cell', CELL, '--cand-cell', 'counter/none',
                     words='none')


class Usage(Check):
    def test_nothing_to_compare(self):
        self.refused(words='compared with what')
        self.refused('--budget', '3s', words='compared with what')

    def test_commands_come_in_twos(self):
        for args in (('--',), ('--', 'true'), ('--', 'true', '--'),
                     ('--', '--', 'true'), ('--', '--')):
            self.refused(*args, words='two commands are compared')

    def test_mixtures(self):
        words = 'two builds, two cells, or two commands'
        commands = ('--', 'true', '--', 'true')
        self.refused('--base', 'a', *commands, words=words)
        self.refused('--base', 'a', '--base-cell', CELL, '--cand-cell', CELL,
                     words=words)
        self.refused('--base-cell', CELL, words='go together')
        self.refused('--cand-cell', CELL, words='go together')
        self.refused('--cells', CELL, *commands, words='for two builds')
        self.refused('--replay', 'x', '--base', 'a',
                     words='compare nothing else')
        self.refused('--self-test=1s', *commands, words='nothing else')
        self.refused('--resume', 'x', '--base', 'a',
                     words='goes with|nothing else')

    def test_values(self):
        for option, values, words in (
                ('--threshold', ('0', '-1', 'x', '', '101', 'nan', 'inf',
                                 '2x', '2%%'), 'percentage above 0'),
                ('--budget', ('0', '0s', 'x', '', '-3s'), 'time such as'),
                ('--seed', ('-1', 'x', '4294967296'), 'below 2.32'),
                ('--order', ('', 'abba'), 'random or naive'),
                ('--pin', ('999', 'x', ''), 'cannot run on the CPUs')):
            for value in values:
                self.refused('--base', support.BATON, '%s=%s' % (option, value),
                             words=words)
        self.refused('--base', support.BATON, 'more', words='is too much')
        self.refused('--base', support.BATON, '--treshold', '3',
                     words='treshold')

    def test_a_threshold_may_be_any_percentage(self):
        for threshold, value in (('50', 0.5), ('0.5%', 0.005)):
            verdict, _, _ = self.builds('--base', support.BATON, '--threshold',
                                        threshold, '--pin', 'none', out=value
                                        and 'run' + threshold.strip('%'))
            self.assertAlmostEqual(verdict['rules']['threshold'], value)
        header = Samples(self.path('run50')).header
        self.assertEqual((header['pin'], header['pin_origin']),
                         ('none', 'none'))


class Files(Check):
    """One check of two cells, and what can be made of it."""

    @classmethod
    def setUpClass(cls):
        shared = Check()
        shared.setUp()
        cls.addClassCleanup(shared.doCleanups)
        cls.shared = shared.dir
        cls.verdict, cls.out, cls.err = shared.builds(
            '--base', support.BATON, '--budget', LEAST, '--seed', TWELVE,
            '--ledger', 'ledger.tsv', cell=CELL + ',' + NULL)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.shared + '/check', self.path('check'))

    def test_each_arm_is_read_by_google_benchmarks_tools(self):
        samples = Samples(self.path('check'))
        for arm in ('base', 'cand'):
            rows = strict_json(read(self.path('check', arm + '.json')))
            self.assertIn('num_cpus', rows['context'])
            mine = [s['real_ns'] for s in samples.rows if s['arm'] == arm]
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

    def test_a_ledger_has_a_line_for_each_check(self):
        self.builds('--base', support.BATON, '--ledger', 'ledger.tsv',
                    out='again')
        self.builds('--base', support.BATON, '--ledger', 'ledger.tsv',
                    out='more')
        lines = [line.split('\t') for line in
                 read(self.path('ledger.tsv')).splitlines()]
        self.assertEqual(len(lines), 3)
        self.assertEqual({len(line) for line in lines}, {17})
        row = dict(zip(*lines[:2]))
        self.assertEqual(row['base_hash'], row['cand_hash'])
        self.assertEqual(row['cells'], '1')
        verdict = strict_json(read(self.path('again/verdict.json')))
        self.assertEqual(row['seed'], str(verdict['seed']))
        for key, name in (('passed', 'PASS'), ('broken', 'BROKEN'),
                          ('inconclusive', 'INCONCLUSIVE'),
                          ('improved', 'IMPROVED'),
                          ('regressed', 'REGRESSED')):
            self.assertEqual(row[key], str(verdict['counts'][name]))

    def test_a_ledger_that_cannot_be_written(self):
        _, err = self.baton('check', '--base', support.BATON, '--cells', CELL,
                            '--budget', LEAST, '--ledger', 'no/where', '--out',
                            'again', code=BROKEN)
        self.assertIn('cannot write to no/where', err)
        self.assertEqual(sorted(os.listdir(self.path('again'))), FILES)

    def replay(self, *args, code, where='check'):
        return self.baton('check', '--replay', where, *args, code=code)

    def test_a_replay_is_the_same_byte_by_byte(self):
        before = read(self.path('check/verdict.json'))
        code = self.verdict['status']
        for where in ('check', 'check/', 'check/samples.tsv'):
            out, err = self.replay('--json', code=code, where=where)
            self.assertEqual((out, err), (before, ''))
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
        self.refuses([line.replace('# seed=' + TWELVE, '# seed=6') for line in head],
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
        self.assertEqual(str(verdict['seed']), TWELVE)
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
        head, rows = self.lines()
        names = head[-1].rstrip('\n').split('\t')
        at = {name: i for i, name in enumerate(names)}
        changed, n = [], 0
        for row in rows:
            fields = row.rstrip('\n').split('\t')
            cell, cand = int(fields[at['cell']]), fields[at['arm']] == 'cand'
            n += 1
            fields[at['real_ns']] = repr(1e5 * (1 + n % 3 * 1e-5) *
                                         factors(cell, cand, n))
            changed.append('\t'.join(fields) + '\n')
        self.write(head, changed)

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
        self.assertIn('too noisy to say anything', out)

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
            orders.append([(s['arm']) for s in Samples(self.path(name)).rows
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
        self.assertIn(p.returncode, (DONE, FINDING, UNDECIDED), p.stderr)
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
    def setUp(self):
        super().setUp()
        self.env['XDG_STATE_HOME'] = self.path('state')

    def self_test(self, *args, code=DONE, budget=True):
        more = ('--cells', CELL, '--budget', LEAST, '--out', 'test')
        return self.baton('check', *args, *(more if budget else ()), code=code)

    def trials(self):
        lines = [line.split('\t') for line in
                 read(self.path('test/trials.tsv')).splitlines()]
        self.assertEqual(lines[0][:2], ['trial', 'slowdown'])
        return [(int(row[0]), float(row[1])) for row in lines[1:]]

    def certificate(self):
        text = read(self.path('test/certificate.json'))
        self.assertEqual(text,
                         read(self.path('state/baton/certificate.json')))
        return strict_json(text)

    def test_a_certificate_that_grows(self):
        out, err = self.self_test('--self-test', '1s')
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
        _, err = self.baton('check', '--self-test', '1s', '--resume', 'test')
        again = self.trials()
        self.assertEqual(again[:len(trials)], trials)
        self.assertGreater(len(again), len(trials))
        self.assertEqual([t[0] for t in again],
                         list(range(1, len(again) + 1)))
        self.assertEqual(again[1], (2, 0.1))
        self.assertEqual(sum(row['checks']
                             for row in self.certificate()['live']),
                         len(again))
        # A screen of six pairs, and twelve fresh ones, are the least.
        for certificate in (first, self.certificate()):
            enough = certificate['cells'][0]['pairs'] >= 18
            self.assertEqual([r['checks'] for r in certificate['resampled']],
                             [1000] * 12 if enough else [])
        samples = Samples(self.path('test'))
        self.assertEqual({s['trial'] for s in samples.rows},
                         {t[0] for t in again})
        slowed = [s for s in samples.rows if s['trial'] == 2]
        for s in slowed:
            self.assertEqual(s['extra'] > 0, s['arm'] == 'cand')
            self.assertAlmostEqual(
                s['extra'], 0.1 * (s['iterations'] - s['extra'])
                if s['arm'] == 'cand' else 0, delta=0.51)
        self.assertEqual({s['extra'] for s in samples.rows
                          if s['trial'] == 1}, {0})
        _, err = self.baton('check', '--replay', 'test', code=BROKEN)
        self.assertIn('is not of a check', err)

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
        self.baton('check', '--self-test=1s', '--resume', 'test')
        self.assertEqual(self.trials()[:2], [(1, 0), (3, 0)])
        self.assertEqual(self.certificate()['live'][0]['checks'], 2)

    def test_one_that_is_interrupted_at_once_certifies_nothing(self):
        run = Run(self, 'check', '--self-test=9m', '--cells', CELL,
                  '--budget', '60s', '--out', 'test')
        wait_until(lambda: os.path.exists(self.path('test/samples.tsv')),
                   'the first sample')
        run.kill(signal.SIGINT)
        _, err = run.end(BROKEN)
        self.assertRegex(err, 'nothing to certify; go on with --resume test')
        self.assertEqual(os.listdir(self.path('test')), ['samples.tsv'])
        self.assertFalse(os.path.exists(self.path('state')))

    def test_what_cannot_be_gone_on_with(self):
        self.builds('--base', support.BATON)
        for where, why in (('check', 'another kind of run'),
                           ('nowhere', 'No such file')):
            before = sorted(os.listdir(self.dir))
            _, err = self.baton('check', '--self-test=1s', '--resume', where,
                                code=USAGE)
            self.assertIn('holds no self-test to go on with: ', err)
            self.assertIn(why, err)
            self.assertEqual(sorted(os.listdir(self.dir)), before)
        self.assertEqual(sorted(os.listdir(self.path('check'))), FILES)
        self.assertFalse(os.path.exists(self.path('state')))


if __name__ == '__main__':
    support.main()
