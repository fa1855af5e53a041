# SPDX-License-Identifier: GPL-3.0-or-later
"""What baton-conformance shows of a model that is right, and of the mistakes
in tests/data/mistakes, each of which it has to name.

    python3 test_program.py PATH-OF-BATON-CONFORMANCE [unittest's arguments]
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..'))
MISTAKES = os.path.join(SOURCE, 'tests', 'data', 'mistakes')
PROGRAM = ''
DONE, FINDING, USAGE, BROKEN = 0, 1, 4, 5

# Of each file: words of a check, how it ends, what is seen, the next step.
SEEN = {
    'counting_crashes': ('keeps its promise', 'crashed',
                         r'mine: Segmentation fault', 'gdb '),
    'counting_deadlocks': (
        'keeps its promise', 'hung',
        r'2 of 2 tasks reached the gate, 1 left it; threads: 0 running, '
        r'2 waiting', 'release the lock'),
    'counting_exits': ('keeps its promise', 'failed',
                       'the process ended before its check had',
                       'neither exit'),
    'counting_forgets_a_task': (
        'keeps its promise', 'hung', '1 of 2 tasks reached the gate, 0 left',
        'does the model start each task'),
    'counting_forgets_to_leave': (
        'keeps its promise', 'failed', '1 tasks reached the gate and 0 left '
        'it, should be 1', r'gate_leave\(\) is called once'),
    'counting_leaks_a_thread': (
        'leaves nothing open', 'failed', r'mine: \d threads, .*should be \d,',
        'before run\\(\\) returns'),
    'counting_unguarded': (
        'an exact model', 'failed', r'8 tasks x \d+.*counter \d+, should be '
        r'\d+', 'one lock from the load to the store'),
    'connections_drives_a_lane_twice': (
        'downloads every page', 'failed', r'conn_start\(\) was called 2 times, '
        'should be 1', 'which two have the same index'),
    'connections_forgets_a_lane': (
        'no port', 'failed', 'page 4 was never finished',
        'start each lane'),
    'connections_never_closes': (
        'downloads every page', 'failed', r'connections that are open after '
        'the run, should be 0', 'close the socket'),
    'connections_spins': (
        'waiting costs', 'failed', r'used \d+ ms of CPU time while it waited',
        r'recv\(\), poll\(\)'),
}

# Of the others: a sanitizer, what it sees, and the next step.
REPORTED = {
    'counting_races': ('thread', r'ThreadSanitizer: data race .*'
                       r'counting_races\.c:\d+ in count_task', 'make it atomic'),
    'counting_overflows': ('address,undefined', 'AddressSanitizer: '
                           r'heap-buffer-overflow .*counting_overflows\.c:\d+',
                           'beyond the end'),
    'counting_leaks_memory': ('address,undefined', r'leaked in \d+ alloc.*'
                              r'counting_leaks_memory\.c:\d+',
                              'free what that line allocates'),
}


class Tools(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not shutil.which('cc'):
            raise unittest.SkipTest('cc is not in the PATH')
        cls.dir = tempfile.mkdtemp(prefix='baton-test-')
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)

    def build(self, name, *flags):
        out = os.path.join(self.dir, name + '.so')
        subprocess.run(['cc', '-D_GNU_SOURCE', '-O2', '-g', '-Wall', '-Wextra',
                        '-Werror', '-shared', '-fPIC', '-I' + SOURCE, *flags,
                        '-o', out, os.path.join(MISTAKES, name + '.c')],
                       check=True)
        return out

    def run_program(self, *args, code=DONE, **env):
        p = subprocess.run([PROGRAM, *args], capture_output=True, text=True,
                           check=False, timeout=300,
                           env=dict(os.environ, XDG_CACHE_HOME=self.dir, **env))
        self.assertEqual(p.returncode, code, p.stdout + p.stderr)
        return p.stdout, p.stderr

    def checks(self, *args, code=DONE):
        """The lines of the checks; the last line has their numbers."""
        out, err = self.run_program('--json', *args, code=code)
        *lines, last = map(json.loads, out.splitlines())
        self.assertEqual(err, '')
        self.assertTrue(last['finished'])
        for result, names in (('passed', ['passed']), ('skipped', ['skipped']),
                              ('failed', ['failed', 'hung', 'crashed'])):
            self.assertEqual(last[result], sum(line['result'] in names
                                               for line in lines))
        return lines


class Program(Tools):
    def test_a_right_model_passes_all_checks(self):
        for kind in ('counting', 'connections'):
            with self.subTest(kind):
                lines = self.checks('--model-file',
                                    self.build('reference_' + kind))
                suites = {line['suite'] for line in lines
                          if line['result'] == 'passed'}
                self.assertIn(kind, suites)
                self.assertEqual('faults' in suites, kind == 'connections')
                self.assertEqual({line['result'] for line in lines},
                                 {'passed', 'skipped'})
                for line in lines:
                    self.assertEqual(line['model'], 'mine')
                    self.assertEqual(line['next'], '')
                    self.assertEqual(line['seen'] != '',
                                     line['result'] == 'skipped', line)
                    self.assertNotIn('[', line['seen'])

    def test_each_mistake_is_named(self):
        names = {name[:-2] for name in os.listdir(MISTAKES)
                 if not name.startswith('reference')}
        self.assertEqual(names, set(SEEN) | set(REPORTED))
        for name, (check, result, seen, step) in SEEN.items():
            with self.subTest(name):
                lines = self.checks(
                    '--model-file', self.build(name), '--kind',
                    name.partition('_')[0], '--patience', '5',
                    '--check', check, code=FINDING)
                self.assertIn(result, [line['result'] for line in lines],
                              lines)
                line = [line for line in lines if line['result'] == result][0]
                self.assertIn(check, line['check'])
                self.assertRegex(line['seen'], '^mine: ')
                self.assertRegex(line['seen'], seen)
                self.assertRegex(line['next'], step)

    def test_lines_for_people_say_the_same(self):
        out = self.run_program('--model-file', self.build(
            'counting_forgets_to_leave'), '--suite', 'counting', '--check',
            'one task', code=FINDING)[0].splitlines()
        self.assertRegex(out[0], r'^failed   counting: one task loses nothing '
                         r'\(\d+\.\d s\)$')
        self.assertRegex(out[1], '^ +seen: mine: 1 tasks')
        self.assertRegex(out[2], '^ +next: gate_leave')
        self.assertEqual(out[3], '0 passed, 1 failed, 0 skipped')

    def test_the_step_after_a_crash_stops_in_the_line(self):
        if not shutil.which('gdb'):
            self.skipTest('gdb is not installed')
        line = self.checks('--model-file', self.build('counting_crashes'),
                           '--check', 'often', code=FINDING)[0]
        command = re.search('gdb .*', line['next']).group()
        out = subprocess.run(command.replace('gdb ', 'gdb -batch ', 1),
                             shell=True, capture_output=True, text=True,
                             check=False, timeout=120).stdout
        if 'ptrace' in out:
            self.skipTest('gdb may not run a program here')
        self.assertRegex(out, r'SIGSEGV(.|\n)*counting_crashes\.c:\d+')

    def test_what_is_no_model_is_refused(self):
        for args, words in (
                ((), '--model or --model-file is missing'),
                (('--model', 'nonesuch'), "no model 'nonesuch'"),
                (('--model-file', '/dev/null'), '/dev/null: '),
                (('--model', 'locked', '--suite', 'x'), 'no suite'),
                (('--model', 'locked', '--jobs', '0'), "'0' is no number"),
                (('--model', 'locked', 'more'), "no argument 'more'")):
            with self.subTest(args):
                self.assertIn(words, self.run_program(*args, code=USAGE)[1])


class Sanitized(Tools):
    """Programs that are built from the archive of the sources."""

    def test_each_report_is_a_failed_check(self):
        for sanitizer in ('thread', 'address,undefined'):
            flag = '-fsanitize=' + sanitizer
            if subprocess.run(['cc', flag, '-x', 'c', '-', '-o', os.path.join(
                    self.dir, 'try')], input=b'int main(void) { return 0; }',
                    check=False, stderr=subprocess.DEVNULL).returncode:
                self.skipTest('the compiler has no ' + flag)
            with self.subTest(sanitizer):
                lines = self.checks(
                    '--sanitizer', sanitizer, '--suite', 'counting',
                    '--model-file', self.build('reference_counting', flag))
                self.assertIn('passed', [line['result'] for line in lines])
                for name, (by, seen, step) in REPORTED.items():
                    if by == sanitizer:
                        self.reports(name, sanitizer, seen, step)

    def reports(self, name, sanitizer, seen, step):
        lines = self.checks(
            '--sanitizer', sanitizer, '--suite', 'counting', '--check', 'often',
            '--model-file', self.build(name, '-fsanitize=' + sanitizer),
            code=FINDING)
        self.assertRegex(lines[0]['seen'], seen)
        self.assertIn(step, lines[0]['next'])

    def test_without_a_compiler_the_reason_is_printed(self):
        tools = os.path.join(self.dir, 'tools')
        os.mkdir(tools)
        for name in ('sh', 'tar', 'gzip'):
            os.symlink(shutil.which(name), os.path.join(tools, name))
        err = self.run_program('--sanitizer', 'thread', code=BROKEN,
                               PATH=tools)[1]
        self.assertIn('there is no compiler: cc', err)


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    result = unittest.main(exit=False, verbosity=2).result
    sys.exit(not result.wasSuccessful())
