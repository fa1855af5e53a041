# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs measure: sweeps, lengths, clocks, lost updates, CPUs."""
import os
import re
import signal
import statistics
import subprocess
import time

import support
from support import BROKEN, Case, DONE, USAGE, Run, cell

NS_PER_MS = 1000000


def parameters(sample):
    return dict(item.split('=') for item in sample['parameters'].split(','))


def quickest(rows):
    """ns; whatever disturbs a round only makes it longer."""
    return min(s['real_ns'] for s in rows)


class Speed(Case):
    def test_a_list_with_all_probes_takes_three_times_true_and_5_ms(self):
        def least(*command):
            """s; whatever disturbs one only makes it longer."""
            times = []
            for _ in range(30):
                begin = time.perf_counter()
                subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
                times.append(time.perf_counter() - begin)
            return min(times)

        self.assertLessEqual(least(support.BATON, 'list'),
                             3 * least('true') + 0.005)


class Sweeps(Case):
    def sweep(self, workload, *args):
        samples, out, _ = self.run_cells(workload, *args, '--rounds', '1')
        self.assertEqual({s['status'] for s in samples.all}, {'ok'})
        self.assertEqual(sorted(map(cell, samples.rows)),
                         sorted(map(cell, samples.calibration)))
        return samples.calibration, out

    def names(self):
        root = support.strict_json(support.read(self.path('run'),
                                                'benchmark.json'))
        return {row['name'] for row in root['benchmarks']}

    def test_each_model_runs_with_each_combination(self):
        rows, out = self.sweep('counter', '--tasks', '1,4', '--increments',
                               '10,100', '--models', 'sequential,libuv')
        self.assertEqual(sorted((s['model'], s['items']) for s in rows),
                         sorted((model, tasks * increments)
                                for model in ('sequential', 'libuv')
                                for tasks in (1, 4)
                                for increments in (10, 100)))
        self.assertEqual(self.names(), {
            'counter/%s/tasks:%d/increments:%d/real_time' %
            (model, tasks, increments) for model in ('sequential', 'libuv')
            for tasks in (1, 4) for increments in (10, 100)})
        self.assertIn('counter  tasks 4  increments 10\n', out)

    def test_what_is_named_twice_runs_once(self):
        rows, _ = self.sweep('counter', '--tasks', '2,2', '--models',
                             'libuv,libuv')
        self.assertEqual(len(rows), 1)

    def test_sizes(self):
        rows, _ = self.sweep('download', '--n', '2', '--latency-ms', '0',
                             '--bytes', '1KiB,2000,1MiB', '--models', 'libuv')
        self.assertEqual([parameters(s)['bytes'] for s in rows],
                         ['1024', '2000', '1048576'])
        self.assertIn('download/libuv/n:2/latency_ms:0/bytes:2000/real_time',
                      self.names())

    def test_turns(self):
        samples, _, _ = self.run_cells(
            'counter', '--tasks', '10', '--increments', '100000', '--per-turn',
            '0,1,7', '--models', 'libuv,sequential', '--rounds', '5')
        time = {turns: quickest(s for s in samples.rows
                                if s['model'] == 'libuv' and
                                parameters(s)['per_turn'] == turns)
                for turns in ('0', '1', '7')}
        self.assertEqual(len(samples.rows), 5 * 6)
        self.assertEqual({s['lost_updates'] for s in samples.rows}, {0})
        # Each hand-over is a turn of the loop; an increment is 0.5 ns or 2, in
        # one process and the next.  Enough of them that making the loop and
        # its tasks does not count.
        self.assertGreater(time['1'], time['7'])
        self.assertGreater(time['7'], time['0'])
        self.assertGreater(time['1'], 4 * time['0'])

    def test_every_model_times_every_page(self):
        for workload, n in (('download', 40), ('titles', 20), ('faults', 25)):
            extra = ['--failing', '0'] if workload == 'faults' else []
            out, _ = self.baton(
                'run', workload, '--n', str(n), '--models', '@all',
                '--latency-ms', '1', '--rounds', '1', '--out',
                self.path(workload), *extra)
            samples = support.Samples(self.path(workload))
            self.assertGreater(len(samples.rows), 3)
            for s in samples.rows:
                self.assertEqual((s['model'], s['status']),
                                 (s['model'], 'ok'))
                for name in 'latency_histogram', 'first_byte_histogram':
                    counts = [int(item.split('=')[1])
                              for item in s[name].split()]
                    self.assertEqual(sum(counts), n * s['iterations'])
            self.assertIn('Time of each', out)

    def test_lanes_and_connections(self):
        samples, _, _ = self.run_cells(
            'download', '--n', '6', '--concurrency', '0,2,9',
            '--requests-per-connection', '1,0', '--latency-ms', '5',
            '--models', 'libuv', '--rounds', '1')
        self.assertEqual(len(samples.rows), 6)
        for s in samples.rows:
            self.assertEqual(s['status'], 'ok')
            lanes = {'0': 6, '2': 2, '9': 6}[parameters(s)['concurrency']]
            self.assertLessEqual(s['origin_peak'], lanes)
            self.assertGreaterEqual(s['origin_peak'], 2)
            wanted = {6 * (s['iterations'] + 1)}
            if s['iterations'] == 1:
                # Without a warm-up, for its calibration was held up.
                wanted.add(6)
            self.assertIn(s['origin_requests'], wanted)


class Measured(Case):
    def test_samples_are_long_enough_and_the_clocks_agree(self):
        samples, _, _ = self.run_cells('counter', '--tasks', '1,100',
                                       '--rounds', '3')
        self.assertGreaterEqual(len(samples.rows), 30)
        self.assertGreaterEqual(
            statistics.median(s['real_ns'] * s['iterations']
                              for s in samples.rows), 40 * NS_PER_MS)
        for s in samples.rows:
            self.assertGreater(s['real_ns'], 0)
            self.assertLessEqual(s['real_ns'] * s['iterations'],
                                 s['inside_ns'])
        self.assertLess(statistics.median(abs(s['clock_ns'] / s['real_ns'] - 1)
                                          for s in samples.rows), 0.01)

    def test_a_calibration_of_many_iterations_takes_whole_ones(self):
        # Of 10 us each, so that there are more than have results of their own.
        samples, _, _ = self.run_cells('relay', '--models', 'null',
                                       '--rounds', '3')
        self.assertLess(min(s['real_ns'] * s['iterations']
                            for s in samples.rows), 200 * NS_PER_MS)

    def test_an_iteration_that_is_long_enough_is_one(self):
        samples, _, _ = self.run_cells(
            'download', '--n', '1', '--latency-ms', '60', '--models',
            'sequential,libuv', '--rounds', '1')
        for s in samples.rows:
            self.assertEqual(s['iterations'], 1)
            self.assertGreaterEqual(s['real_ns'], 60 * NS_PER_MS)
            self.assertLess(s['cpu_ns'], s['real_ns'])
            self.assertGreaterEqual(s['origin_delay_us'], 60000)

    def test_models_wait_one_by_one_or_together(self):
        samples, _, _ = self.run_cells(
            'download', '--n', '4', '--latency-ms', '40', '--models',
            'null,sequential,thread-per-socket,libuv', '--rounds', '5')
        rows = {model: [s for s in samples.rows if s['model'] == model]
                for model in ('null', 'sequential', 'thread-per-socket',
                              'libuv')}
        self.assertGreaterEqual(quickest(rows['sequential']), 160 * NS_PER_MS)
        self.assertEqual({s['origin_peak'] for s in rows['sequential']}, {1})
        for model, threads in (('thread-per-socket', 5), ('libuv', 1)):
            self.assertGreaterEqual(quickest(rows[model]), 40 * NS_PER_MS)
            self.assertLess(quickest(rows[model]),
                            quickest(rows['sequential']))
            self.assertGreaterEqual(max(s['threads_peak']
                                        for s in rows[model]), threads)
        self.assertLess(quickest(rows['null']), 40 * NS_PER_MS)
        self.assertEqual({s['origin_requests'] for s in rows['null']}, {0})

    def test_who_promised_it_loses_no_update(self):
        for workload in ('counter', 'counter-split'):
            samples, _, _ = self.run_cells(
                workload, '--models', 'null,sequential,locked', '--tasks',
                '50', '--rounds', '2')
            for s in samples.rows:
                self.assertEqual((s['status'], s['lost_updates'],
                                  s['wrong_iterations']), ('ok', 0, 0))
            os.rename(self.path('run'), self.path(workload))

    def test_unguarded_threads_lose_updates_and_that_is_no_finding(self):
        samples, out, _ = self.run_cells(
            'counter-split', '--models', 'thread-per-socket', '--tasks', '20',
            '--rounds', '2', code=DONE)
        self.assertEqual({s['status'] for s in samples.rows}, {'wrong'})
        for s in samples.rows:
            self.assertGreater(s['lost_updates'], 0)
            self.assertEqual(s['broken_iterations'], 0)
        self.assertRegex(out, r'wrong in 2 of 2 samples, .* of the updates '
                         r'lost; for example: counter \d+,\s+should be 20000')

    def test_a_loop_that_hands_over_in_between_keeps_one_tasks_share(self):
        samples, out, _ = self.run_cells(
            'counter-split', '--models', 'libuv', '--tasks', '1,2,10',
            '--increments', '40', '--rounds', '1', code=DONE)
        for s in samples.rows:
            tasks = int(parameters(s)['tasks'])
            self.assertEqual(s['lost_updates'],
                             s['iterations'] * 40 * (tasks - 1))
            self.assertEqual(s['status'], 'ok' if tasks == 1 else 'wrong')
        self.assertRegex(out, r'90 % of the updates lost; for example: '
                         r'counter 40,\s+should be 400')

    def test_a_relay_is_measured_on_one_cpu_and_on_all(self):
        models = ['null', 'thread-per-socket', 'libuv', 'thread-pool']
        samples, out, _ = self.run_cells(
            'relay', '--models', ','.join(models), '--passes', '1000',
            '--rounds', '2')
        self.assertEqual({s['status'] for s in samples.rows}, {'ok'})
        self.assertEqual(
            {(s['model'], parameters(s)['cpus']) for s in samples.rows},
            {(model, cpus) for model in models for cpus in '01'})
        for s in samples.rows:
            self.assertGreater(s['pass_ns'], 0)
            self.assertLess(s['pass_ns'], s['real_ns'] / 1000)
            self.assertEqual(s['peak'], 100)

    def test_the_price_of_a_pass_is_without_the_start_of_the_runners(self):
        samples, out, _ = self.run_cells(
            'relay', '--models', 'libuv,locked', '--cpus', '1', '--rounds', '2')
        self.assertRegex(out, r'relay on one CPU: event loop \(libuv\): one '
                         r'pass takes [\d.]+ (ns|us)')
        prices = {s['pass_ns'] for s in samples.rows}
        with open(self.path('run', 'figures', 'cost-relay.tsv'),
                  encoding='utf-8') as file:
            shown = {float(row.split('\t')[4]) for row in file
                     if row.startswith('sample')}
        self.assertEqual({float('%.6g' % ns) for ns in prices}, shown)

    def test_large_files_have_bytes_in_a_second(self):
        size = 3 << 20
        samples, out, _ = self.run_cells(
            'bulk', '--n', '2', '--bytes', '3MiB', '--models', 'libuv',
            '--rounds', '2')
        for s in samples.rows:
            self.assertEqual((s['status'], s['errors']), ('ok', 0))
            self.assertAlmostEqual(
                s['bytes_per_s'] * s['real_ns'] / 1e9 / (2 * size), 1,
                delta=1e-6)
        self.assertIn('\nbulk: bytes per s\n', out)
        self.assertRegex(out, r'\n  event loop \(libuv\) +\S+ [KMG]iB/s')

    def test_sleepers_are_late_and_have_bytes(self):
        models = ['null', 'thread-per-socket', 'libuv']
        samples, out, _ = self.run_cells(
            'sleepers', '--models', ','.join(models), '--rounds', '2')
        self.assertEqual({s['status'] for s in samples.rows}, {'ok'})
        self.assertEqual(
            {(s['model'], parameters(s)['spread_ms']) for s in samples.rows},
            {(model, spread) for model in models for spread in ('0', '100')})
        for s in samples.rows:
            self.assertGreaterEqual(s['lateness_max_ns'],
                                    s['lateness_p50_ns'])
            self.assertEqual(s['lateness_max_ns'] > 0, s['model'] != 'null')
        rows = {s['model']: s for s in samples.rows}
        # A thread's stack in the kernel; a timer and its handle.
        self.assertGreater(rows['thread-per-socket']['sleeper_bytes'], 16384)
        self.assertGreater(rows['libuv']['sleeper_bytes'], 100)
        self.assertRegex(out, r'threads: half of the wakes are late by at '
                         r'most\s+[\d.]+ (us|ms)')
        self.assertRegex(out, r'threads: one task takes\s+[\d.]+ KiB\s+of\s+'
                         r'memory')
        self.assertFalse(os.path.exists(
            self.path('run', 'figures', 'cost-sleepers.tsv')))

    def test_what_would_take_too_long_is_not_run(self):
        _, out, _ = self.run_cells('sleepers', '--models', '@sequential',
                                   '--spread-ms', '0', '--rounds', '1')
        self.assertRegex(out, r'sleepers/sequential/tasks:1000/sleep_ms:100/'
                         r'spread_ms:0:\s+an\s+iteration\s+would\s+take\s+'
                         r'100\s+s')
        _, err = self.baton('run', 'sleepers', '--models', 'sequential',
                            code=USAGE)
        self.assertIn('an iteration would take 100 s', err)

    def test_switches_and_memory_are_of_the_sample(self):
        samples, _, _ = self.run_cells('counter', '--models',
                                       'sequential,locked', '--rounds', '1')
        rows = {s['model']: s for s in samples.rows}
        self.assertGreater(rows['locked']['voluntary'],
                           10 * (1 + rows['sequential']['voluntary']))
        self.assertEqual(rows['locked']['threads_peak'], 101)
        self.assertEqual(rows['sequential']['threads_peak'], 1)
        for s in samples.rows:
            self.assertGreater(s['peak_rss_bytes'], 500000)


class Budgets(Case):
    def test_a_budget_buys_whole_rounds(self):
        samples, _, _ = self.run_cells('counter', '--models',
                                       'sequential,libuv', '--tasks', '1',
                                       '--budget', '4s')
        rounds = samples.rows[-1]['round']
        self.assertGreaterEqual(rounds, 6)
        cells = [s for s in samples.rows if not s['aa']]
        self.assertEqual(len(cells), 2 * rounds)
        self.assertEqual(samples.header['asked'], 'budget_s=4')

    def test_a_budget_too_short_for_six_rounds_is_refused(self):
        """Before anything is measured, and with one that is long enough."""
        args = ('run', 'download', '--models', 'sequential', '--n', '100',
                '--latency-ms', '100', '--budget')
        _, err = self.baton(*args, '20s', code=USAGE)
        need = re.search(r'--budget of 20 s is too short: 6 rounds of 1 cell '
                         r'take about (\d+) s, .* --budget (\d+)s', err)
        self.assertTrue(need, err)
        self.assertEqual(need[1], need[2])
        # Six rounds and the calibration, of 100 pages of 100 ms.
        self.assertTrue(60 <= int(need[1]) <= 80, need[1])
        self.nothing_written()

    def test_rounds_override_what_a_budget_would_refuse(self):
        samples, _, err = self.run_cells('counter', '--models', 'sequential',
                                         '--rounds', '1')
        self.assertEqual([s['round'] for s in samples.rows], [1])
        self.assertIn('calibrating 1 cell; 1 s in all; intervals', err)
        self.assertEqual(samples.header['asked'], 'rounds=1')

    def test_seven_rounds_by_default(self):
        samples, out, _ = self.run_cells('counter', '--models', 'sequential',
                                         '--tasks', '1')
        self.assertEqual(samples.rows[-1]['round'], 7)
        self.assertNotIn('no interval', out)


def cpus_of(pid):
    try:
        return os.sched_getaffinity(pid)
    except ProcessLookupError:
        return None


class Pins(Case):
    def test_samples_and_origin_run_where_they_are_told_to(self):
        cpu = str(max(os.sched_getaffinity(0)))
        run = Run(self, 'run', 'download', '--n', '2', '--models', 'libuv',
                  '--latency-ms', '50', '--rounds', '1000', '--pin', cpu,
                  '--pin-origin', cpu, '--out', 'run')
        # They move there themselves, a moment after they began.
        for words in (('workload=', 'iterations='), ('--control-fd',)):
            support.wait_until(
                lambda words=words: {int(cpu)} in map(
                    cpus_of, run.children(*words)), 'CPU %s' % cpu)
        run.kill(signal.SIGINT)
        run.end(BROKEN)
        samples = self.whole(self.path('run'))
        self.assertEqual(samples.header['pin'], cpu)
        self.assertEqual(samples.header['pin_origin'], cpu)

    def test_without_a_pin_none_is_recorded(self):
        samples, _, _ = self.run_cells('counter', '--models', 'sequential',
                                       '--tasks', '1', '--rounds', '1')
        self.assertNotIn('pin', samples.header)

    def test_a_cpu_that_may_not_be_used(self):
        cpus = os.sched_getaffinity(0)
        if len(cpus) < 2:
            self.skipTest('there is one CPU only')
        mine = {min(cpus)}
        samples, _, _ = self.run_cells(
            'counter', '--models', 'sequential', '--tasks', '1', '--rounds',
            '1', preexec_fn=lambda: os.sched_setaffinity(0, mine))
        self.assertEqual(samples.header['cpus_allowed'], str(min(cpus)))


if __name__ == '__main__':
    support.main()
