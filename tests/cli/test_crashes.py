# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in the middle of a run, and what is left afterwards."""
import os
import resource
import shutil
import signal
import subprocess

import support
from support import BROKEN, Case, DONE, Run, Samples, limit, wait_until

# Each sample takes some tenths of a second: time enough to be found.
SLOW = ('--tasks', '1', '--increments', '200000000')
# And those of the event loop, which alone takes turns, about a second.
LONG = (*SLOW, '--per-turn', '100')
ENDLESS_SAMPLE = ('--tasks', '1', '--increments', '300000000000')
ENDLESS = ('--rounds', '1000')


class Cells(Case):
    def crash(self, code, *args, number=signal.SIGSEGV,
              words=('iterations=', 'model=libuv')):
        run = Run(self, 'run', 'counter', '--models', 'sequential,libuv',
                  *args, '--out', 'run')
        run.strike(number, 'workload=', *words)
        out, err = run.end(code)
        samples = self.whole(self.path('run'))
        crashed = [s for s in samples.all if s['status'] == 'crashed']
        self.assertEqual([s['model'] for s in crashed], ['libuv'])
        self.assertIn('counter/libuv', err)
        self.assertIn('crashed: signal %d' % number, err)
        self.assertIn('signal %d' % number, crashed[0]['text'])
        self.assertIn('signal %d' % number, out)
        self.assertEqual({s['status'] for s in samples.all
                          if s is not crashed[0]}, {'ok'})
        self.assertEqual(len([s for s in samples.rows
                              if s['model'] == 'sequential']), int(args[-1]))
        rows = support.strict_json(support.read(
            self.path('run'), 'benchmark.json'))
        whole = [s for s in samples.rows
                 if s['model'] == 'libuv' and s['status'] == 'ok']
        self.assertEqual([r['repetition_index'] for r in rows['benchmarks']
                          if r['model'] == 'libuv'], list(range(len(whole))))
        return samples, rows

    def test_a_crash_costs_a_sample_and_lacking_many_breaks_a_cell(self):
        samples, rows = self.crash(BROKEN, *LONG, '--rounds', '3')
        self.assertEqual(len(samples.rows), 6)
        self.assertEqual(rows['context']['dropped_samples'], 1)

    def test_one_crash_in_twelve_rounds_leaves_the_cell_whole(self):
        samples, _ = self.crash(DONE, '--tasks', '1', '--increments',
                                '100000000', '--rounds', '12')
        self.assertEqual(len(samples.rows), 24)

    def test_a_crash_in_calibration_costs_one_sample(self):
        samples, _ = self.crash(0, *LONG, '--rounds', '1',
                                number=signal.SIGABRT,
                                words=('calibrate_ns=', 'model=libuv'))
        self.assertEqual({s['model'] for s in samples.rows},
                         {'sequential', 'libuv'})

    def test_a_cell_that_is_never_calibrated_is_given_up(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential,libuv',
                  *SLOW, '--per-turn', '1', '--rounds', '2', '--out', 'run')
        # None may end by itself, and each would take seconds.
        for _ in range(3):
            run.strike(signal.SIGSEGV, 'calibrate_ns=', 'model=libuv')
        run.end(BROKEN)
        samples = self.whole(self.path('run'))
        self.assertEqual({s['model'] for s in samples.rows}, {'sequential'})

    def test_a_cell_that_crashes_every_time_is_given_up(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential,libuv',
                  *LONG, '--rounds', '6', '--out', 'run')
        for _ in range(3):
            run.strike(signal.SIGSEGV, 'iterations=', 'model=libuv')
        run.end(BROKEN)
        samples = self.whole(self.path('run'))
        # The third is the last, whether or not one was overlooked before.
        status = [s['status'] for s in samples.rows if s['model'] == 'libuv']
        self.assertEqual(status[-1], 'crashed')
        self.assertEqual(status.count('crashed'), 3)
        self.assertEqual([s['status'] for s in samples.rows
                          if s['model'] == 'sequential'], ['ok'] * 6)


class Interrupted(Case):
    """A run of downloads, for it has an origin besides its cells."""

    def begin(self, *args):
        run = Run(self, 'run', 'download', '--n', '3', '--models',
                  'sequential,libuv', *ENDLESS, '--out', 'run', *args)
        wait_until(lambda: self.finished() >= 3, 'three samples')
        return run

    def finished(self):
        try:
            return len(Samples(self.path('run')).rows)
        except (FileNotFoundError, IndexError):
            return 0

    def test_a_signal_ends_it_with_its_files(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                run = self.begin()
                self.assertTrue(run.children('origin'))
                run.kill(number)
                out, err = run.end(BROKEN)
                samples = self.whole(self.path('run'))
                self.assertGreaterEqual(len(samples.rows), 3)
                self.assertEqual({s['status'] for s in samples.all}, {'ok'})
                self.assertEqual(samples.header['ended'], 'interrupted')
                self.assertIn('baton: interrupted; %d finished samples are '
                              'kept in run' % len(samples.all), err)
                self.assertIn('download  n 3\n', out)
                shutil.rmtree(self.path('run'))

    def test_a_signal_in_the_calibration_ends_it_too(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential,libuv',
                  *ENDLESS_SAMPLE, '--out', 'run')
        run.child('calibrate_ns=')
        run.kill(signal.SIGINT)
        run.end(BROKEN)
        self.assertEqual(self.whole(self.path('run')).rows, [])

    def test_kill_leaves_whole_lines_and_nobody(self):
        run = self.begin()
        run.child('origin', '--control-fd')
        run.child('workload=download')
        run.kill(signal.SIGKILL)
        run.end(-signal.SIGKILL)
        samples = Samples(self.path('run'))
        self.assertGreaterEqual(len(samples.rows), 3)
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})
        self.assertEqual(os.listdir(self.path('run')), ['samples.tsv'])

    def test_kill_ends_a_sample_that_would_take_minutes(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential',
                  *ENDLESS_SAMPLE, '--out', 'run')
        run.child('workload=counter')
        run.kill(signal.SIGKILL)
        run.end(-signal.SIGKILL)

    def test_an_origin_that_dies_ends_the_run(self):
        run = self.begin()
        os.kill(run.child('origin', '--control-fd'), signal.SIGKILL)
        _, err = run.end(BROKEN)
        samples = self.whole(self.path('run'))
        self.assertGreaterEqual(len(samples.rows), 3)
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})
        self.assertIn('baton: the origin died; %d finished samples are kept '
                      'in run' % len(samples.all), err)

    def test_a_cell_that_dies_takes_nobody_along(self):
        run = self.begin()
        run.strike(signal.SIGKILL, 'workload=download', 'iterations=')
        before = self.finished()
        wait_until(lambda: self.finished() >= before + 4, 'four more samples')
        run.kill(signal.SIGINT)
        run.end(BROKEN)
        self.assertEqual([s['status'] for s in Samples(self.path('run')).all
                          if s['status'] != 'ok'], ['crashed'])


class FullDisk(Case):
    def kept(self, directory, err, why):
        self.assertRegex(err, r'baton: cannot write \S*run/samples.tsv: %s; '
                         r'\d+ finished samples are kept in \S*run' % why)
        samples = Samples(directory)
        self.assertEqual(samples.cut, '')
        self.assertGreaterEqual(len(samples.rows), 3)
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})
        self.assertIn('; %d finished samples' % len(samples.all), err)
        self.assertLessEqual(set(os.listdir(directory)),
                             {'samples.tsv', 'benchmark.json', 'summary.txt',
                              'figures', 'report.html'})
        if os.path.exists(directory + '/benchmark.json'):
            support.strict_json(support.read(directory, 'benchmark.json'))

    def test_a_limit_on_the_length_of_files(self):
        # The limit is also that of a sample's results, so it cannot be small;
        # a long header leaves room for a dozen samples all the same.
        seed = '0' * 125500 + '5'
        _, err = self.baton('run', 'counter', '--models', 'sequential,libuv',
                            '--tasks', '1', '--increments', '100000000',
                            *ENDLESS, '--seed', seed, '--out', 'run',
                            code=BROKEN,
                            preexec_fn=limit(resource.RLIMIT_FSIZE, 131072))
        self.kept(self.path('run'), err, 'File too large')
        self.assertIn('cannot write run/benchmark.json: File too large', err)

    def test_a_full_file_system(self):
        os.mkdir(self.path('disk'))
        os.mkdir(self.path('kept'))
        script = ('mount -t tmpfs -o size=8k none disk || exit 99\n'
                  '"$0" "$@" --out disk/run\n'
                  'status=$?\ncp -r disk/run/. kept\nexit $status')
        try:
            p = subprocess.run(
                ['unshare', '-rm', 'sh', '-c', script, support.BATON, 'run',
                 'counter', '--models', 'sequential,libuv', '--tasks', '1',
                 *ENDLESS], cwd=self.dir, env=self.env, check=False,
                capture_output=True, text=True, timeout=support.GUARD_S)
        except FileNotFoundError:
            self.skipTest('unshare is not installed')
        if p.returncode == 99 or 'unshare' in p.stderr:
            self.skipTest('no file system can be made here: ' + p.stderr)
        self.assertEqual(p.returncode, BROKEN, p.stderr)
        self.kept(self.path('kept'), p.stderr, 'No space left on device')


if __name__ == '__main__':
    support.main()
