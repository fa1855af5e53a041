# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference programs, which answer requests that come through a pipe.

    python3 test_references.py PATH-OF-BATON [unittest's arguments]
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import support
from support import BROKEN, FINDING, USAGE, Case, Run, Samples

FOLDER = os.path.join(os.path.dirname(os.path.realpath(support.BATON or
                                                       sys.argv[1])),
                      'references')
HERE = os.path.dirname(os.path.realpath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
STAND_IN = os.path.join(HERE, 'stand_in.py')
HOSTILE = os.path.join(SOURCE, 'tests', 'unit', 'hostile_program.py')


def talk(words, *requests):
    """The status, and all lines of a program to which these were sent."""
    out = subprocess.run(
        words, input=''.join('\t'.join(map(str, request)) + '\n'
                             for request in requests),
        capture_output=True, text=True, timeout=support.GUARD_S, check=False)
    return out.returncode, [line.split('\t')
                            for line in out.stdout.splitlines()]


class Python(Case):
    """Never skipped: the tests themselves are in Python."""

    words = [sys.executable, os.path.join(FOLDER, 'python.py')]

    def test_it_offers_its_models_and_ends_with_its_input(self):
        status, [ready] = talk(self.words)
        self.assertEqual(ready[:2], ['READY', '1'])
        self.assertIn('counter/threads:may-lose', ready[3].split(','))
        self.assertEqual(status, 0)

    def test_each_repetition_of_a_counter_has_its_value(self):
        _, lines = talk(self.words,
                        (1, 'counter', 'sequential', 10, 100, 3, '-'),
                        (2, 'counter', 'threads-lock', 10, 100, 2, '-'))
        self.assertEqual([line[:2] for line in lines[1:]],
                         [['1', 'OK'], ['2', 'OK']])
        self.assertEqual(lines[1][3:], ['1000'] * 3)
        self.assertEqual(lines[2][3:], ['1000'] * 2)

    def test_a_wrong_request_is_an_error_of_that_request(self):
        _, lines = talk(self.words, (7, 'counter', 'nothing', 1, 1, 1, '-'),
                        ('x',),
                        (8, 'download', 'threads', 2, 0, 1,
                         'http://127.0.0.1:1/n/'),
                        (9, 'counter', 'sequential', 1, 1, 1, '-'))
        self.assertEqual([line[:2] for line in lines[1:]],
                         [['7', 'ERR'], ['x', 'ERR'], ['8', 'ERR'],
                          ['9', 'OK']])


class Measured(Case):
    """Reference programs in the rounds of `baton run`."""

    def run_few(self, *args, **options):
        return self.run_cells(*args, '--rounds', '2', **options)

    def test_a_counter_is_verified_beside_a_model(self):
        samples, out, _ = self.run_few(
            'counter', '--models', 'locked,python-threads-lock',
            '--tasks', '10', '--increments', '100')
        rows = [row for row in samples.rows
                if row['model'] == 'python-threads-lock']
        self.assertEqual([row['status'] for row in rows], ['ok'] * 2)
        for row in rows:
            self.assertGreater(row['own_ns'], 0)
            self.assertLessEqual(row['own_ns'], row['real_ns'])
            self.assertEqual(row['stopped_cpu_ns'], 0)
            self.assertGreater(row['peak_rss_bytes'], 1 << 20)
        self.assertIn('Reference programs are kept running', out)
        self.assertRegex(samples.header['reference.python'], r'^Python 3\.')
        self.assertIn('Python threads lock', out)

    def test_pages_are_counted_by_the_origin(self):
        samples, _, _ = self.run_few(
            'download', '--models', 'python-sequential,python-threads',
            '--n', '4', '--latency-ms', '20')
        for row in samples.rows:
            self.assertEqual(row['status'], 'ok', row['text'])
            self.assertEqual(row['origin_requests'],
                             4 * row['iterations'])
        self.assertEqual({row['origin_peak'] for row in samples.rows
                          if row['model'] == 'python-sequential'}, {1})

    def test_what_it_cannot_do_is_said_before_anything_is_measured(self):
        for args, says in (
                (['counter', '--models', 'python-threads', '--hold', '5'],
                 'reference programs cannot take --hold 5'),
                (['relay', '--models', 'python-threads'],
                 'reference programs'),
                (['download', '--models', 'python-threads-lock'],
                 'has no such model')):
            _, err = self.baton('run', *args, code=USAGE)
            self.assertIn(says, err)
        for args in (['trace', 'counter', '--model', 'python-threads'],
                     ['check', '--base', support.BATON, '--cells',
                      'counter/python-threads/tasks:10/increments:10']):
            _, err = self.baton(*args, code=USAGE)
            self.assertIn('reference program', err)
        self.nothing_written()


class Lies(Case):
    """Programs that stand in for python.py, and are found out."""

    COUNT = ('counter', '--models', 'locked,python-threads-lock',
             '--increments', '25', '--tasks', '4')
    LOSE = ('counter', '--models', 'locked,python-threads',
            '--increments', '25', '--tasks', '4')
    LOAD = ('download', '--models', 'python-sequential', '--latency-ms', '1',
            '--n', '4')
    MANY = ('download', '--models', 'python-threads', '--latency-ms', '20',
            '--n', '30')
    BEGIN = '        begin = time.monotonic_ns()\n'

    def setUp(self):
        super().setUp()
        self.env['BATON_DATA'] = self.path('data')
        os.mkdir(self.path('data'))
        for name in ('claims', 'plots', 'data'):
            os.symlink(os.path.join(os.path.dirname(FOLDER), name),
                       self.path('data', name))
        os.mkdir(self.path('data', 'references'))

    def lie(self, old, new, *args, code=FINDING):
        """Samples of stand_in.py, changed; and what is printed."""
        text = support.read(STAND_IN)
        self.assertEqual(text.count(old), 1)
        with open(self.path('data', 'references', 'python.py'), 'w',
                  encoding='utf-8') as file:
            file.write(text.replace(old, new))
        if '--rounds' not in args:
            args += ('--rounds', '1')
        out, _ = self.baton('run', *args, '--out', self.path('run'), code=code)
        rows = Samples(self.path('run')).all
        self.others = [row['status'] for row in rows
                       if not row['model'].startswith('python')]
        shutil.rmtree(self.path('run'))
        return [row for row in rows if row['model'].startswith('python')], out

    def before_each(self, lines, *args, **options):
        """Runs some lines before each request is served."""
        return self.lie(self.BEGIN, ''.join(' ' * 8 + line + '\n' for line in
                                            lines) + self.BEGIN,
                        *args, **options)

    def test_an_exact_counter_that_is_wrong_is_a_finding(self):
        rows, out = self.lie('return [count(n, m)', 'return [count(n, m) - 1',
                             *self.COUNT)
        self.assertEqual({row['status'] for row in rows}, {'wrong'})
        self.assertIn('counter 99, should be 100', rows[0]['text'])
        self.assertIn('counter 99, should be 100', out)
        self.assertEqual(rows[-1]['lost_updates'],
                         rows[-1]['iterations'])

    def test_a_counter_that_is_too_high_is_one_whatever_was_promised(self):
        rows, _ = self.lie('return [count(n, m)', 'return [count(n, m) + 1',
                           *self.LOSE)
        self.assertEqual(rows[-1]['broken_iterations'],
                         rows[-1]['iterations'])

    def test_lost_updates_are_counted_where_they_may_be(self):
        rows, _ = self.lie('return [count(n, m)', 'return [count(n, m) - 1',
                           *self.LOSE, code=0)
        self.assertEqual(rows[-1]['status'], 'wrong')
        self.assertEqual(rows[-1]['lost_updates'],
                         rows[-1]['iterations'])

    def test_a_wrong_sum_of_pages_is_a_finding(self):
        rows, _ = self.lie('return [sum(download', 'return [1 + sum(download',
                           *self.LOAD)
        self.assertIn('sum up to', rows[0]['text'])

    def test_pages_that_were_not_fetched_are_a_finding(self):
        rows, _ = self.lie('[url + str(i) for i', '[url + "0" for i',
                           *self.LOAD)
        self.assertIn('sum up to', rows[0]['text'])

    def test_pages_that_were_not_asked_for_are_a_finding(self):
        rows, _ = self.lie('return sum(map(number_of, urls))',
                           'number_of(urls[0])\n'
                           '    return sum(map(number_of, urls))', *self.LOAD)
        self.assertIn('the origin served', rows[0]['text'])

    def test_more_at_once_than_the_table_says_is_noted(self):
        rows, _ = self.lie('"sequential": download_sequential',
                           '"sequential": download_threads', *self.LOAD[:-1],
                           '30')
        self.assertIn('overlapping', rows[-1]['audit'])

    def test_one_after_the_other_is_noted_where_all_should_be_at_once(self):
        rows, _ = self.lie('"threads": download_threads',
                           '"threads": download_sequential', *self.MANY)
        self.assertIn('serialised', rows[-1]['audit'])

    def test_tasks_that_start_slowly_are_no_finding(self):
        rows, _ = self.lie('        thread.start()\n',
                           '        thread.start()\n'
                           '        time.sleep(0.005)\n', *self.MANY, code=0)
        self.assertEqual(rows[-1]['audit'], '')

    def test_children_that_are_left_are_a_finding(self):
        rows, _ = self.before_each(
            ['import subprocess',
             'globals().setdefault("kept", []).append(',
             '    subprocess.Popen(["sleep", "1000"]))'], *self.COUNT)
        self.assertIn('child processes are left open', rows[-1]['text'])
        self.assertGreater(rows[-1]['children_left'], 0)

    def test_what_leaves_the_group_does_not_work_unseen(self):
        rows, _ = self.lie(
            'def main():\n',
            'def main():\n    import subprocess\n'
            '    kept = subprocess.Popen([sys.executable, "-c",\n'
            '        "import os, time\\nend = time.time() + 100\\n"\n'
            '        "while time.time() < end and os.getppid() == %d: pass"\n'
            '        % __import__("os").getpid()],\n'
            '        stdin=subprocess.DEVNULL, start_new_session=True)\n',
            *self.COUNT, '--rounds', '5')
        self.assertIn('while it was stopped',
                      ' '.join(row['text'] for row in rows))

    def test_one_that_crashes_stops_no_other(self):
        rows, _ = self.before_each(
            ['sys.stderr.write("it was me\\n")', 'sys.stderr.flush()',
             '__import__("os").abort()'], *self.COUNT, code=BROKEN)
        self.assertEqual({row['status'] for row in rows}, {'crashed'})
        self.assertIn('signal 6', rows[0]['text'])
        self.assertIn('it was me', rows[0]['text'])
        self.assertEqual(set(self.others), {'ok'})

    def test_one_that_comes_back_is_measured_again(self):
        rows, _ = self.before_each(
            ['with open(__file__ + ".requests", "a") as file:',
             '    file.write("x")',
             '    if file.tell() == 8:',
             '        __import__("os").abort()'],
            *self.COUNT, '--rounds', '8', code=BROKEN)
        self.assertEqual([row['status'] for row in rows].count('crashed'), 1)
        self.assertEqual(rows[-1]['status'], 'ok')

    def test_the_set_is_not_in_all(self):
        """Nothing of these programs came along, so that each fails soon."""
        there = {model['name'] for program in json.loads(
            self.baton('list', '--json')[0])['references']
                 for model in program['models']
                 if program['available'] and
                 'counter' in re.split('[,:]', model['workloads'])}
        for models, code, measured in (('@references', BROKEN, there),
                                       ('all', 0, set())):
            self.baton('run', 'counter', '--models', models, '--tasks', '2',
                       '--increments', '10', '--rounds', '1', '--out',
                       self.path(models), code=code)
            self.assertEqual({row['model'] for row in
                              Samples(self.path(models)).all
                              if row['model'] in there}, measured)

    def test_what_did_not_come_along_is_named(self):
        self.env['BATON_DATA'] = self.path('data')
        self.baton('run', *self.COUNT, '--rounds', '1', '--out',
                   self.path('run'), code=BROKEN)
        self.assertIn('did not come with this program',
                      [row['text'] for row in Samples(self.path('run')).all
                       if row['model'].startswith('python')][0])


class Checked(Case):
    """`baton reference --check`."""

    def check_program(self, *words, code=0):
        out, err = self.baton('reference', '--check', *words, code=code)
        self.assertEqual(err, '')
        return out

    def failed(self, *words):
        """{check: what the program did}, of those that it did not pass."""
        out = self.check_program(*words, code=FINDING)
        return {line[8:44].strip(): line[46:] for line in out.splitlines()
                if line.startswith('FAILED')}

    def test_each_program_that_is_there_passes(self):
        for program in json.loads(self.baton('list', '--json')[0])[
                'references']:
            with self.subTest(program['name']):
                if program['available']:
                    self.check_program(program['name'])
                else:
                    _, err = self.baton('reference', '--check',
                                        program['name'], code=USAGE)
                    self.assertIn(program['packages'], err)

    def test_the_example_of_the_documents_passes(self):
        text = support.read(SOURCE, 'docs', 'references.md')
        code = text.split('```python\n')[1]
        with open(self.path('example.py'), 'w', encoding='utf-8') as file:
            file.write(code.split('```')[0])
        out = self.check_program(sys.executable, 'example.py')
        self.assertIn('counter/sequential', out)

    def test_options_behind_the_program_are_its_own(self):
        out = self.check_program(sys.executable, '-B', '-u', STAND_IN)
        self.assertRegex(out, r'(\d+) of \1 checks passed')

    def test_children_that_pile_up_are_named(self):
        text = support.read(STAND_IN)
        with open(self.path('piles.py'), 'w', encoding='utf-8') as file:
            file.write(text.replace(Lies.BEGIN, """
        import subprocess
        globals().setdefault("kept", []).append(
            subprocess.Popen(["sleep", "1000"]))
""" + Lies.BEGIN))
        found = self.failed(sys.executable, 'piles.py')
        self.assertIn('more than after the first request',
                      found['counter/threads'])
        self.assertIn('behind', found['the end of its input'])

    def test_what_a_program_does_wrong_is_named(self):
        found = {}
        for fault, check, says in (
                ('early', 'READY', "it wrote 'hello'"),
                ('version', 'READY', 'READY 1'),
                ('crash', 'counter/model', 'signal 11'),
                ('garbage', 'counter/model', 'garbage'),
                ('long', 'counter/model', '1 MiB'),
                ('nul', 'counter/model', 'NUL'),
                ('none', 'counter/model', 'one value for each repetition'),
                ('none', 'an unknown model', "it wrote 'x1 OK 1 1'"),
                ('twice', 'an unknown model', 'it wrote'),
                ('stays', 'the end of its input', 'ended after 5 s'),
                ('stays', 'the death of the harness', 'ended after 5 s')):
            with self.subTest(fault=fault, check=check):
                if fault not in found:
                    found[fault] = self.failed(sys.executable, HOSTILE, fault)
                self.assertIn(says, found[fault].get(check, ''))

    def test_what_is_no_program_is_an_answer_too(self):
        self.assertIn('No such file', self.failed('./nothing')['READY'])

    def test_the_list_has_each_program(self):
        out, _ = self.baton('reference')
        self.assertEqual(out, self.baton('reference', '--list')[0])
        for program in json.loads(self.baton('list', '--json')[0])[
                'references']:
            self.assertRegex(out, r'(?m)^%s +%d +%s' % (
                program['name'], len(program['models']),
                'there' if program['available'] else 'absent: .*' +
                program['packages']))


class Killed(Case):
    def test_a_stopped_program_dies_with_the_run(self):
        run = Run(self, 'run', 'counter', '--models',
                  'python-threads,locked', '--tasks', '2', '--increments',
                  '10', '--rounds', '100000', '--out', 'run')
        pid = run.child('python.py')
        support.wait_until(lambda: support.state_of(pid) == 'T', 'its stop')
        run.kill(signal.SIGKILL)
        run.end(-signal.SIGKILL)
        support.wait_until(lambda: not support.state_of(pid), 'its end', 20)

    def test_an_interrupt_ends_the_program(self):
        run = Run(self, 'run', 'counter', '--models', 'python-threads',
                  '--rounds', '100000', '--out', 'run')
        pid = run.child('python.py')
        support.wait_until(lambda: os.path.exists(self.path('run')) and
                           len(Samples(self.path('run')).rows) > 1, 'samples')
        run.kill(signal.SIGINT)
        run.end(BROKEN)
        self.assertEqual(support.state_of(pid), '')


if __name__ == '__main__':
    support.main()
