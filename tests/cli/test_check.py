# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton check`: what it compares, and what it refuses.

The machine may be busy, so that no test asks that a small difference be seen;
what is slower by a factor may be undecided, but it never passes.
"""
import os
import re
import resource
import shutil
import xml.etree.ElementTree as ElementTree

import support
from checking import CELL, Check, LEAST, NULL, UNDECIDED
from support import (BROKEN, DONE, FINDING, read, Run, Samples, strict_json,
                     USAGE, wait_until)

COUNT = 'i=0; while [ $i -lt %d ]; do i=$((i+1)); done'


class Commands(Check):
    def test_four_times_as_long_is_a_regression(self):
        # So long that only a stall of 0.3 s makes a pair another one.
        verdict, out, err = self.check(
            '--budget', '2500ms', '--', 'sleep', '0.1', '--', 'sleep', '0.4',
            codes=(FINDING,))
        cell, = verdict['cells']
        self.assertEqual(cell['ruling'], 'REGRESSED')
        self.assertEqual(cell['name'],
                         'command/sleep/0.4 against command/sleep/0.1')
        self.assertTrue(cell['suspect'])
        self.assertEqual(cell['stage'], 2)
        self.assertGreater(cell['ratio']['median'], 1.5)
        self.assertGreater(cell['cand_ns'], 1.5 * cell['base_ns'])
        self.assertGreater(cell['slower'], 0.8 * cell['ratio']['pairs'])
        self.assertIn('1 of 1 cell regressed.', out)
        self.assertIn('1 of 1 cell regressed: command/sleep/0.4 against',
                      verdict['reason'])
        self.assertIn('samples and verdict are in check', err)
        samples = Samples(self.path('check'))
        self.assertEqual(samples.header['base'], 'sleep 0.1')
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
        err = self.broken('--', 'sh', '-c', 'echo no such thing >&2; exit 9',
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

    def test_commands_may_say_as_much_as_they_like(self):
        much = 'head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2'
        verdict, _, _ = self.check('--budget', LEAST, '--', 'sh', '-c', much,
                                   '--', 'sh', '-c', much)
        self.assertEqual(verdict['cells'][0]['missing'], 0)

    def test_output_is_a_pipe_unless_another_is_asked_for(self):
        script = self.script('streams', 'it=$(readlink /proc/$$/fd/[01])\n'
                             'echo "$it" >"$0.streams"\necho SAID\n')
        for asked, recorded, name in (
                ((), 'pipe', r'pipe:\[\d+\]'),
                (('--output', 'pipe'), 'pipe', r'pipe:\[\d+\]'),
                (('--output', 'null'), 'null', '/dev/null'),
                (('--output', 'file'), 'file', self.path('file'))):
            self.check('--budget', LEAST, *asked, '--', script, '--', script,
                       out=recorded + str(len(asked)))
            self.assertRegex(read(script + '.streams'),
                             '^/dev/null\n%s\n$' % name)
            header = Samples(self.path(recorded + str(len(asked)))).header
            self.assertEqual(header['stdout'], recorded)
            self.assertEqual(header['stdin'], '/dev/null')
            self.assertEqual(header['stderr'], 'pipe')
        self.assertEqual(read(self.path('file')), 'SAID\n')

    def test_a_slowdown_that_dev_null_hides_never_passes(self):
        self.write_numbers()
        verdict, _, _ = self.check(
            '--budget', LEAST, '--', 'grep', '1', 'big', '--', 'grep', '-no',
            '--color=always', '1', 'big', codes=(FINDING, UNDECIDED))
        self.assertGreater(verdict['cells'][0]['ratio']['median'], 2)
        self.assertTrue(all(s['sink_cpu_ns'] > 0 for s in
                            Samples(self.path('check')).rows))

    def write_numbers(self):
        with open(self.path('big'), 'w', encoding='utf-8') as file:
            file.writelines('%d\n' % n for n in range(100000))

    def test_an_output_that_a_command_names_is_kept(self):
        self.write_numbers()
        os.link(self.path('big'), self.path('alias'))
        os.symlink('big', self.path('link'))
        for name in ('big', './big', 'alias', 'link'):
            _, err = self.baton('check', '--output', name, '--', 'cat', 'big',
                                '--', 'true', code=USAGE)
            self.assertIn('is a file that a command names', err)
        self.assertEqual(len(read(self.path('big')).split()), 100000)

    def test_an_output_that_cannot_be_written_is_refused(self):
        _, err = self.baton('check', '--output', 'no/file', '--', 'true', '--',
                            'true', code=BROKEN)
        self.assertIn('--output no/file: No such file', err)
        self.refused('--output', 'null', '--base', support.BATON,
                     words='--output is for commands')

    def test_what_a_command_leaves_running_is_not_listened_to(self):
        noisy = 'yes >&2 & yes & exit 0'
        verdict, _, _ = self.check('--budget', LEAST, '--', 'sh', '-c', noisy,
                                   '--', 'sh', '-c', noisy)
        self.assertEqual(verdict['cells'][0]['missing'], 0)

    def test_what_a_command_leaves_running_is_ended_and_said(self):
        script = self.script('daemon', 'setsid sleep 1000 &\n')
        run = Run(self, 'check', '--budget', LEAST, '--out', 'check', '--',
                  script, '--', 'true')
        run.process.wait()
        self.nobody_left(run)
        err = run.process.stderr.read()
        self.assertEqual(err.count('left processes running, which were ended'),
                         1)
        left = {(s['side'], s['children_left'] > 0)
                for s in Samples(self.path('check')).rows}
        self.assertEqual(left, {('base', True), ('copy', True),
                                ('cand', False)})

    def test_a_base_that_hangs_is_ended_by_the_budget(self):
        err = self.broken('--', 'sleep', '1000', '--', 'true')
        self.assertIn('a first run that takes over 10 s is ended', err)
        self.assertIn('hung: ended after 10 s', err)

    def test_a_far_slower_candidate_has_fewer_runs(self):
        self.check('--budget', LEAST, '--', 'true', '--', 'sleep', '0.25',
                   codes=(FINDING, UNDECIDED))
        samples = Samples(self.path('check')).all
        self.assertEqual({s['iterations'] for s in samples
                          if s['side'] == 'cand'}, {1})
        self.assertEqual(len({s['iterations'] for s in samples
                              if s['round'] and s['side'] == 'base'}), 1)

    def exports(self, *args, codes=(DONE, UNDECIDED)):
        """A check of two commands: all that was written, and exported."""
        verdict, out, err = self.check('--budget', LEAST, *args, codes=codes)
        texts = {'terminal': out + err}
        for name in os.listdir(self.path('check')):
            texts[name] = read(self.path('check', name))  # fails unless UTF-8
        for form in ('gbench-cells', 'bencher', 'benchstat', 'csv'):
            arms = [['--arm', 'base'], ['--arm', 'cand']]
            texts[form] = ''.join(
                self.baton('export', 'check', '--to', form, *arm, code=None)[0]
                for arm in (arms if codes != (BROKEN,) else [[]]))
        return verdict, texts

    def test_commands_keep_their_arguments_in_every_export(self):
        for name in ('a.py', 'b.py'):
            self.write_file(name, 'echo $0 >&2\n')
        _, texts = self.exports('--', 'sh', 'a.py', 'real_time=7', '--', 'sh',
                                'b.py')
        for where in ('gbench-cells', 'bencher', 'benchstat', 'csv',
                      'samples.tsv', 'verdict.json', 'summary.md',
                      'junit.xml', 'terminal'):
            self.assertRegex(texts[where], r'a\.py[ _]real_time=7', where)
            self.assertIn('b.py', texts[where], where)
        row = strict_json(texts['base.json'])['benchmarks'][0]
        self.assertEqual(row['arguments'], 'a.py real_time=7')
        self.assertGreater(row['real_time'], 7)

    def write_file(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def test_commands_have_names(self):
        verdict, texts = self.exports('--name', 'Größe', '--name', 'new', '--',
                                      'true', '--', 'true')
        self.assertEqual(verdict['cells'][0]['name'],
                         'command/new against command/Größe')
        for where in ('gbench-cells', 'bencher', 'benchstat', 'csv'):
            self.assertIn('new', texts[where])
            self.assertIn('Größe', texts[where])
        verdict, _, _ = self.check('--budget', LEAST, '--name', 'both', '--',
                                   'true', '--', 'true', out='once')
        self.assertEqual(verdict['cells'][0]['name'], 'command/both')
        for args in (['--name', 'x', '--base', support.BATON],
                     ['--name', '', '--', 'true', '--', 'true'],
                     ['--name', 'x', '--name', 'y', '--name', 'z', '--',
                      'true', '--', 'true']):
            self.baton('check', *args, code=support.USAGE)

    def test_names_and_arguments_of_any_length_are_told_apart(self):
        for n in range(120, 130):
            name = self.script('x' + 'ä' * (n // 2) + 'y' * (n % 2), 'exit 0\n')
            long = 'z' + '€' * (n + 50)
            verdict, _ = self.exports('--', name, long + '1', '--', name,
                                      long + '2')
            cell, = verdict['cells']
            base, cand = cell['name'].split(' against ')
            self.assertNotEqual(base, cand)
            self.assertNotIn('?', cell['name'])
            self.assertIn('command/xää', base)
            shutil.rmtree(self.path('check'))

    def test_texts_that_are_none_are_cleaned_where_they_enter(self):
        bad = os.fsdecode(b'b\x1b[31m\xff\xc3(\x07')
        name = self.script(bad, 'printf "\\033[1m\\377 %s" "$1" >&2; exit 3\n')
        _, texts = self.exports('--', name, 'é' * 90, '--', 'true',
                                codes=(BROKEN,))
        for where, text in texts.items():
            self.assertNotIn('\x1b', text, where)
            self.assertNotIn('\x07', text, where)
        self.assertIn('b?[31m??(?', texts['samples.tsv'])
        self.assertIn('?[1m? éé', texts['samples.tsv'])
        self.assertNotIn('é?', texts['samples.tsv'])

    def test_commands_have_the_limits_of_whoever_asked(self):
        script = self.script('limited', 'ulimit -Sn >> "$0.said"\n')
        soft = 200
        self.check('--budget', LEAST, '--', script, '--', script,
                   preexec_fn=lambda: resource.setrlimit(
                       resource.RLIMIT_NOFILE,
                       (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
        self.assertEqual(set(read(script + '.said').split()), {str(soft)})


class Order(Check):
    """What runs first takes twice as long, whatever it is."""

    def odd(self, *args):
        self.check('--budget', '3s', *args, '--', 'true', '--', 'true')

        def plant(sample):
            n = int(sample['slot'])
            sample['real_ns'] = repr(1e6 * (2 - n % 2) + int(sample['round']))

        self.rewrite(plant)
        out, _ = self.baton('check', '--replay', 'check', '--json',
                            code=UNDECIDED)
        return strict_json(out)

    def test_a_budget_that_is_too_small_is_told_so(self):
        _, _, err = self.check('--budget', LEAST, '--', 'sleep', '0.1', '--',
                               'sleep', '0.1')
        self.assertRegex(err, r'minimum of 4 rounds takes about 3 s '
                         r'\(8 s with fresh pairs for a suspect\): more than '
                         r'the budget of 0.1 s allows')

    def early(self, later, budget):
        """A check of a program that does `later` from its 40th run on."""
        script = self.script('changing', 'echo >>"$0.runs"\n'
                             '[ $(wc -l <"$0.runs") -lt 40 ] && exec sleep '
                             '0.005\n%s\n' % later)
        _, out, _ = self.check('--budget', budget, '--', script, '--', script,
                               codes=(DONE, FINDING, UNDECIDED, BROKEN))
        return ' '.join(out.split()), Samples(self.path('check')).header

    def test_a_screen_that_failures_end_is_said_to_be(self):
        out, header = self.early('exit 1', '3s')
        self.assertEqual(header['ended_screen'], 'failures')
        self.assertRegex(out, r'The screen ended after \d+ of \d+ rounds: too '
                         'many samples could not be measured')

    def test_a_screen_that_its_time_ends_is_said_to_be(self):
        out, header = self.early('sleep 0.4', '3s')
        self.assertEqual(header['ended_screen'], 'time')
        self.assertRegex(out, r'The screen ended after \d+ of \d+ rounds: the '
                         'time limit was reached')

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
        arms = {s['side']: s for s in samples.rows}
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
        script = self.script(
            'threads', 'for a; do [ "$a" = model=sequential ] && '
            'a=model=thread-per-socket\n'
            'set -- "$@" "$a"; shift; done\nexec BATON "$@"\n')
        verdict, _, _ = self.builds(
            '--base', support.BATON, '--cand', script, codes=(FINDING,),
            cell='download/sequential/n:3/latency_ms:100')
        self.assertIn('threads: 4, base 1', verdict['cells'][0]['events'])

    def test_a_build_that_crashes_after_a_while(self):
        script = self.script(
            'frail', 'echo >> "$0.n"\n'
            '[ $(wc -l < "$0.n") -gt 6 ] && kill -SEGV $$\n'
            'exec BATON "$@"\n')
        self.broken('--base', support.BATON, '--cand', script,
                    words='cand: counter/sequential .*crashed: signal 11')
        samples = Samples(self.path('check')).all
        ends = [s['status'] for s in samples if s['side'] == 'cand']
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
        self.assertEqual({(s['side'], s['model']) for s in
                          Samples(self.path('check')).rows} -
                         {('copy', 'sequential')},
                         {('base', 'sequential'), ('cand', 'libuv')})

    def test_cells_of_different_work(self):
        for cell in ('counter/libuv/tasks:11/increments:1000',
                     'counter/locked/tasks:10/increments:999', NULL):
            self.refused('--base-cell', CELL, '--cand-cell', cell,
                         words='do not do the same work .*operations')
        waits = 'download/libuv/n:3/latency_ms:%d'
        self.refused('--base-cell', waits % 10, '--cand-cell', waits % 50,
                     words='not do the same work .latency-ms is 10 and 50.')
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

    def test_values(self):
        for option, values, words in (
                ('--threshold', ('0', '-1', 'x', '', '101', 'nan', 'inf',
                                 '2x', '2%%'), 'above 0 and up to 100'),
                ('--budget', ('0', '0s', 'x', '', '-3s', '300h'), 'up to 277h'),
                ('--seed', ('-1', 'x', '4294967296'), 'from 0 to 4294967295'),
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


if __name__ == '__main__':
    support.main()
