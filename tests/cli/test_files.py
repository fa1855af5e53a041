# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run writes: to its directory, to standard output, to a terminal."""
import glob
import os
import re
import shutil
import threading

import support
from support import BROKEN, Case, Samples, cell, read, strict_json

GOOGLE_KEYS = {'name', 'run_name', 'run_type', 'repetitions', 'threads',
               'repetition_index', 'iterations', 'real_time', 'cpu_time',
               'time_unit', 'items_per_second'}
OWN_KEYS = {'workload', 'model', 'lost_updates', 'wrong_iterations',
            'context_switches_voluntary', 'context_switches_involuntary',
            'peak_rss_bytes', 'errors'}
SMALL = ('run', 'counter', '--models', 'sequential', '--tasks', '1',
         '--rounds', '1')
ROUNDS = 4
COLOUR = re.compile(r'\x1b\[[0-9;]*m')


class Files(Case):
    """One run of all models, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        shared = Case()
        shared.setUp()
        cls.addClassCleanup(shared.doCleanups)
        cls.out, cls.err = shared.baton(
            'run', 'counter', '--models', 'all', '--rounds', str(ROUNDS),
            '--seed', '7', '--out', shared.path('run'))
        cls.where = shared.path('run')
        shared.whole(cls.where)
        cls.samples = Samples(cls.where)
        cls.json = strict_json(read(cls.where, 'benchmark.json'))

    def test_the_header_says_what_a_reader_must_know(self):
        header = self.samples.header
        for key in ('version', 'date', 'compiler', 'kernel', 'cpu',
                    'cpus_online', 'cpus_allowed', 'memory', 'benchmark',
                    'congestion', 'limit_descriptors', 'load'):
            self.assertTrue(header.get(key), key)
        models = strict_json(self.baton('list', '--json')[0])['models']
        self.assertEqual({m['name']: m['library'] for m in models
                          if m['library']},
                         {key[len('library.'):]: version
                          for key, version in header.items()
                          if key.startswith('library.')})
        self.assertEqual(header['schema'], '2')
        self.assertEqual(header['asked'], 'rounds=%d' % ROUNDS)
        self.assertEqual(header['shard'], '1/1')
        self.assertEqual(header['ended'], 'complete')
        self.assertRegex(header['cells'], '^[0-9a-f]{16}$')
        self.assertRegex(header['host'], '^[-A-Za-z0-9._?]+-[0-9a-f]{8}$')
        self.assertEqual({(s['host'], s['part']) for s in self.samples.all},
                         {(header['host'], 1)})
        self.assertEqual(header['seed'], '7')
        self.assertRegex(header['date'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')

    def test_the_header_holds_the_command_line(self):
        self.assertEqual(self.samples.header['command'],
                         'baton run counter --models all --rounds %d --seed 7 '
                         '--out %s' % (ROUNDS, self.where))

    def test_columns_are_named_once_and_documented(self):
        columns = self.samples.columns
        self.assertEqual(len(set(columns)), len(columns))
        self.assertEqual(columns[:5], ['host', 'part', 'workload', 'model',
                                       'parameters'])
        manual = os.path.join(os.path.dirname(__file__), '..', '..',
                              'results', 'README.md')
        words = re.findall(r'(?m)^\| ([a-z_0-9., ]+) \|', read(manual))
        self.assertLessEqual(set(columns), set(', '.join(words).split(', ')))

    def test_every_cell_is_calibrated_first_then_once_in_each_round(self):
        samples = self.samples
        cells = sorted(map(cell, samples.calibration))
        self.assertEqual(len(set(cells)), len(cells))
        self.assertLessEqual({'null', 'sequential', 'thread-per-socket',
                              'locked', 'libuv'}, {c[1] for c in cells})
        self.assertEqual([s['round'] for s in samples.all],
                         [r for r in range(ROUNDS + 1) for _ in cells])
        for number in range(1, ROUNDS + 1):
            taken = [s for s in samples.rows if s['round'] == number]
            self.assertEqual(sorted(map(cell, taken)), cells)
            self.assertEqual([s['slot'] for s in taken],
                             list(range(len(cells))))

    def test_a_cell_has_the_same_k_in_every_round(self):
        for model in ('sequential', 'locked'):
            ks = {s['iterations'] for s in self.samples.rows
                  if s['model'] == model}
            self.assertEqual(len(ks), 1)
        self.assertEqual({s['iterations'] for s in self.samples.calibration},
                         {0})

    def test_samples_run_one_after_another(self):
        end = 0
        for s in self.samples.all:
            self.assertGreaterEqual(s['start_ns'], end)
            self.assertGreaterEqual(s['wall_ns'], s['inside_ns'])
            end = s['start_ns'] + s['wall_ns']

    def test_sides_of_a_headline_are_neighbours_in_each_round(self):
        for number in range(1, ROUNDS + 1):
            order = [s['model'] for s in self.samples.rows
                     if s['round'] == number]
            threads = order.index('thread-per-socket')
            for other in ('locked', 'libuv'):
                self.assertEqual(abs(order.index(other) - threads), 1, order)

    def test_rounds_differ_in_order(self):
        orders = {tuple(s['model'] for s in self.samples.rows
                        if s['round'] == number)
                  for number in range(1, ROUNDS + 1)}
        self.assertGreater(len(orders), 1)

    def test_rows_have_all_keys(self):
        for row in self.json['benchmarks']:
            self.assertLessEqual(GOOGLE_KEYS | OWN_KEYS |
                                 {'tasks', 'increments', 'per_turn'}, set(row))
            self.assertEqual(row['run_type'], 'iteration')
            self.assertEqual(row['time_unit'], 'ns')
            self.assertEqual((row['tasks'], row['increments'],
                              row['per_turn']), (100, 1000, 0))
            self.assertEqual(row['name'], 'counter/%s/tasks:100/'
                             'increments:1000/real_time' % row['model'])
            self.assertEqual(row['run_name'], row['name'])

    def test_repetitions_are_numbered_from_0(self):
        seen = {}
        for row in self.json['benchmarks']:
            seen.setdefault(row['name'], []).append(row['repetition_index'])
            self.assertEqual(row['repetitions'], ROUNDS)
        self.assertEqual(set(map(tuple, seen.values())),
                         {tuple(range(ROUNDS))})
        self.assertEqual(len(seen), len(self.samples.calibration))

    def test_rows_say_what_the_samples_say(self):
        self.assertEqual(len(self.json['benchmarks']), len(self.samples.rows))
        for row, s in zip(self.json['benchmarks'], self.samples.rows):
            self.assertEqual(row['model'], s['model'])
            self.assertEqual(row['iterations'], s['iterations'])
            self.assertAlmostEqual(row['real_time'] / s['real_ns'], 1, 9)
            self.assertAlmostEqual(row['cpu_time'] / s['cpu_ns'], 1, 9)
            self.assertAlmostEqual(row['items_per_second'] *
                                   s['real_ns'] / 1e9 / s['items'], 1, 9)
            self.assertEqual(s['items'], 100 * 1000)
            for key, column in (
                    ('lost_updates', 'lost_updates'), ('errors', 'errors'),
                    ('wrong_iterations', 'wrong_iterations'),
                    ('peak_rss_bytes', 'peak_rss_bytes'),
                    ('context_switches_voluntary', 'voluntary'),
                    ('context_switches_involuntary', 'involuntary')):
                self.assertEqual(row[key], s[column], key)

    def test_the_context_is_google_benchmarks(self):
        context = self.json['context']
        self.assertIsInstance(context['caches'], list)
        for key in ('date', 'num_cpus', 'library_build_type', 'load_avg'):
            self.assertIn(key, context)
        self.assertEqual(context['baton_seed'], '7')

    def test_each_model_has_a_ratio_or_none_for_a_reason(self):
        ratios = [f for f in self.json['findings'] if 'base' in f]
        models = {s['model'] for s in self.samples.rows}
        self.assertEqual({f['models'][0] for f in ratios},
                         models - {f['base'] for f in ratios})
        self.assertEqual(len({f['base'] for f in ratios}), 1)
        for f in ratios:
            self.assertEqual((f['kind'], f['models'][1]),
                             ('ratio', f['base']))
            self.assertIs(f['within_noise'], False)  # four rounds: unknown
            self.assertNotIn('low', f)
            self.assertIn('estimate' if f['rounds'] else 'text', f)

    def test_standard_output_is_the_summary(self):
        self.assertEqual(self.out, read(self.where, 'summary.txt') +
                         'Results: %s\nReport: %s/report.html\n' %
                         (self.where, self.where))
        self.assertNotIn('\x1b', self.out)
        self.assertIn('seed 7', self.out)

    def test_standard_error_is_progress_without_a_terminal(self):
        self.assertNotRegex(self.err, r'[\x1b\r]')
        self.assertRegex(self.err, r'calibrating')
        self.assertRegex(self.err, r'round %d' % ROUNDS)


class Seeds(Case):
    def order(self, name, *args):
        self.baton('run', 'counter', '--models', 'all', '--tasks', '1,2',
                   '--increments', '10', '--rounds', '2', '--out',
                   self.path(name), *args)
        return Samples(self.path(name))

    def test_the_seed_decides_on_the_order_and_on_nothing_else(self):
        first = self.order('a', '--seed', '5').order()
        self.assertEqual(self.order('b', '--seed', '5').order(), first)
        other = self.order('c', '--seed', '6').order()
        self.assertNotEqual(other, first)
        self.assertEqual(sorted(other), sorted(first))

    def test_a_seed_is_chosen_and_printed(self):
        seeds = set()
        for name in 'ab':
            self.baton(*SMALL, '--out', self.path(name))
            seeds.add(Samples(self.path(name)).header['seed'])
            self.assertIn('seed %s.' % Samples(self.path(name)).header['seed'],
                          read(self.path(name), 'summary.txt'))
        self.assertEqual(len(seeds), 2)


class Directories(Case):
    def test_the_default_directory_is_here_and_dated(self):
        for _ in range(2):  # also when the second has the same date
            out, _ = self.baton(*SMALL)
            where = re.search(r'(?m)^Results: (.*)$', out).group(1)
            self.assertRegex(where, r'^baton-results/\d{8}T\d{6}Z-counter')
            self.whole(self.path(where))
        self.assertEqual(len(glob.glob(self.path('baton-results/*'))), 2)

    def test_folders_above_are_made(self):
        self.baton(*SMALL, '--out', 'a/b/c/')
        self.whole(self.path('a/b/c'))

    def test_a_run_is_not_written_over(self):
        self.baton(*SMALL, '--out', 'run')
        before = read(self.path('run/samples.tsv'))
        out, err = self.baton(*SMALL, '--out', 'run', code=BROKEN)
        self.assertEqual(out, '')
        self.assertRegex(err, r'^baton: run holds a run already.*--out')
        self.assertEqual(read(self.path('run/samples.tsv')), before)
        self.whole(self.path('run'))

    def test_where_nothing_can_be_written(self):
        with open(self.path('file'), 'w', encoding='utf-8'):
            pass
        places = ['file', 'file/run', '/proc/baton/run', '/dev/null',
                  'x' * 300]
        if os.geteuid() != 0:
            os.mkdir(self.path('closed'), 0o500)
            places.append('closed/run')
        for place in places:
            with self.subTest(place=place[:40]):
                out, err = self.baton(*SMALL, '--out', place, code=BROKEN)
                self.assertEqual(out, '')
                self.assertRegex(err, r'^baton: cannot write to .*: \w.*--out')
        self.baton(*SMALL, '--out', '', code=BROKEN)

    def test_a_name_with_a_newline_breaks_no_file(self):
        self.baton(*SMALL, '--out', 'two\nlines')
        samples = self.whole(self.path('two\nlines'))
        self.assertEqual(samples.columns[0], 'host')
        self.assertEqual(len(samples.rows), 1)


class Streams(Case):
    def test_figures_are_drawn_in_the_terminal(self):
        out, _ = self.baton('run', 'counter', '--models', 'sequential',
                            '--tasks', '1,2,3', '--rounds', '2', '--term')
        self.assertIn('What does one operation cost?', out)
        err = self.baton('run', 'counter', '--term', '--json',
                         code=support.USAGE)[1]
        self.assertIn('--term', err)

    def test_json_is_alone_on_standard_output(self):
        out, err = self.baton(*SMALL, '--json', '--out', 'run')
        self.assertEqual(out, read(self.path('run/benchmark.json')))
        self.assertEqual(len(strict_json(out)['benchmarks']), 1)
        self.assertIn('Results: run\n', err)
        self.whole(self.path('run'))

    def test_a_full_standard_output_is_an_error(self):
        for i, args in enumerate((SMALL, SMALL + ('--json',), ('list',),
                                  ('list', '--json'), ('--help',),
                                  ('run', '--help'))):
            with self.subTest(args=args), \
                    open('/dev/full', 'w', encoding='utf-8') as full:
                out = ('--out', 'run%d' % i) if SMALL[1] in args else ()
                _, err = self.baton(*args, *out, code=BROKEN, stdout=full)
                self.assertRegex(err, r'baton: cannot write ')
                if out:
                    self.whole(self.path(out[1]))

    def test_closed_streams_reach_no_file(self):
        for fds, code in (((2,), 0), ((0,), 0), ((1,), BROKEN),
                          ((0, 1, 2), BROKEN)):
            with self.subTest(closed=fds):
                name = 'run%s' % ''.join(map(str, fds))
                self.baton('run', 'download', '--n', '2', '--latency-ms', '1',
                           '--models', 'sequential', '--rounds', '1', '--out',
                           name, code=code,
                           preexec_fn=lambda: [os.close(fd) for fd in fds])
                samples = self.whole(self.path(name))
                self.assertEqual([s['status'] for s in samples.all],
                                 ['ok', 'ok'])


class Terminal(Case):
    def on_terminals(self, which, env=None):
        """stdout and stderr, each on a terminal of its own or in a file."""
        said, readers, ends, files = {}, [], [], []

        def listen(name, fd):
            while True:
                try:
                    data = os.read(fd, 4096)
                except OSError:  # the last other side is closed
                    break
                said[name] += data
            os.close(fd)

        for name in ('stdout', 'stderr'):
            said[name] = b''
            if name in which:
                try:
                    ours, theirs = os.openpty()
                except OSError as error:
                    self.skipTest(f'no pseudo-terminal here: {error}')
                reader = threading.Thread(target=listen, args=(name, ours))
                readers.append(reader)
                ends.append(theirs)
                files.append(theirs)
                reader.start()
            else:
                files.append(open(self.path(name), 'wb'))
        self.baton('run', 'counter', '--models', 'sequential,'
                   'thread-per-socket', '--rounds', '2', '--out', 'run',
                   env=dict({'TERM': 'xterm'}, **(env or {})), stdout=files[0],
                   stderr=files[1])
        for end in ends:
            os.close(end)
        for reader in readers:
            reader.join()
        for name, file in zip(('stdout', 'stderr'), files):
            if name not in which:
                file.close()
                said[name] = read(self.path(name)).encode()
        self.assertNotIn('\x1b', read(self.path('run/summary.txt')))
        return [said[name].decode().replace('\r\n', '\n')
                for name in ('stdout', 'stderr')]

    def test_a_report_is_as_wide_as_its_terminal(self):
        for columns in 40, 80, 130:
            shutil.rmtree(self.path('run'), ignore_errors=True)
            out = self.on_terminals(('stdout',), {
                'COLUMNS': str(columns), 'NO_COLOR': '1'})[0]
            widest = max(map(len, out.splitlines()))
            self.assertLessEqual(widest, columns)
            self.assertGreater(widest, columns - 12)
            self.assertEqual('per item' in out, columns == 130)
            self.assertEqual(out.splitlines()[-1], 'Report: run/report.html')

    def test_a_width_that_is_none_is_not_used(self):
        for columns in '0', '', 'x', '-3', '7':
            shutil.rmtree(self.path('run'), ignore_errors=True)
            out = self.on_terminals(('stdout',), {'COLUMNS': columns})[0]
            self.assertRegex(COLOUR.sub('', out), r'\n  sequential +[0-9]')

    def test_a_dumb_terminal_has_no_colours(self):
        out = self.on_terminals(('stdout',), {'TERM': 'dumb'})[0]
        self.assertNotRegex(out, COLOUR)

    def test_colours_and_progress_on_a_terminal(self):
        # As wide as the file.
        out, err = self.on_terminals(('stdout', 'stderr'), {'COLUMNS': '121'})
        self.assertRegex(out, COLOUR)
        self.assertNotRegex(err, COLOUR)
        self.assertEqual(COLOUR.sub('', out),
                         read(self.path('run/summary.txt')) +
                         'Results: run\nReport: run/report.html\n')
        self.assertRegex(err, r'\r.*calibrating 2/2')
        self.assertRegex(err, r'\r.*round 2/2 .*ETA \d+ s .*counter/')
        *before, progress = err.split('\n')
        for line in before:
            self.assertRegex(line, 'this machine is busy|intervals need six')
        self.assertEqual(progress.count('\r'), 7)
        self.assertTrue(err.endswith('\r\x1b[K'))

    def test_no_color_means_none(self):
        out, err = self.on_terminals(('stdout', 'stderr'), {'NO_COLOR': '1'})
        self.assertNotIn('\x1b', out)
        self.assertNotRegex(err, COLOUR)

    def test_an_empty_no_color_means_nothing(self):
        self.assertRegex(self.on_terminals(('stdout',), {'NO_COLOR': ''})[0],
                         COLOUR)

    def test_each_stream_is_asked_for_itself(self):
        out, err = self.on_terminals(('stdout',))
        self.assertRegex(out, COLOUR)
        self.assertNotRegex(err, r'[\r\x1b]')
        os.rename(self.path('run'), self.path('first'))
        out, err = self.on_terminals(('stderr',))
        self.assertNotIn('\x1b', out)
        self.assertRegex(err, r'\r')


if __name__ == '__main__':
    support.main()
