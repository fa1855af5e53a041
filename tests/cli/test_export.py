# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton export`, read by the programs that it is for.

Those that are not installed are skipped, and by name: compare.py of
libbenchmark-tools, which wants python3-scipy, and benchstat of
golang.org/x/perf.
"""
import csv
import io
import math
import os
import re
import shutil
import statistics
import subprocess

import support
from support import BROKEN, Case, Samples, USAGE, cell, read, strict_json

FORMATS = ('gbench-cells', 'bencher', 'benchstat', 'csv')
COMPARE = '/usr/share/benchmark/compare.py'
SYSTEM = '/usr/bin/python3'  # where the distribution's modules are
MODELS = ('libuv', 'locked', 'sequential')
ROUNDS = 6


def name_of(sample):
    """As in `baton run counter` with --per-turn at its preset."""
    parameters = dict(p.split('=') for p in sample['parameters'].split(','))
    return '%s/%s/tasks:%s/increments:%s' % (
        sample['workload'], sample['model'], parameters['tasks'],
        parameters['increments'])


class Exported(Case):
    """One real run, and what is made of it."""
    text = None

    def setUp(self):
        super().setUp()
        if Exported.text is None:
            self.run_cells('counter', '--models', ','.join(MODELS),
                           '--tasks', '2,4', '--increments', '100',
                           '--rounds', str(ROUNDS), '--seed', '7')
            Exported.text = read(self.path('run', 'samples.tsv'))
            Exported.native = read(self.path('run', 'benchmark.json'))
        self.write('run/samples.tsv', self.text)
        self.samples = Samples(self.path('run'))

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8', newline='') as file:
            file.write(text)
        return self.path(name)

    def export(self, to, *args, code=0, **options):
        return self.baton('export', 'run', '--to', to, *args, code=code,
                          **options)

    def edit(self, change):
        """samples.tsv, each of its samples as change() leaves it."""
        lines = self.text.splitlines()
        at = next(i for i, line in enumerate(lines) if line[0] != '#')
        names = lines[at].split('\t')
        for i in range(at + 1, len(lines)):
            if lines[i][0] == '#':
                continue
            sample = dict(zip(names, lines[i].split('\t')))
            change(sample)
            lines[i] = '\t'.join(sample[name] for name in names)
        self.write('run/samples.tsv', '\n'.join(lines) + '\n')

    def by_cell(self):
        """{name: its samples}, in the order of the plan."""
        cells = {name_of(s): [] for s in self.samples.calibration}
        for s in self.samples.rows:
            cells[name_of(s)].append(s)
        self.assertEqual(len(cells), 2 * len(MODELS))
        return cells


class GoogleBenchmark(Exported):
    def test_a_row_for_each_cell_has_its_medians(self):
        root = strict_json(self.export('gbench-cells')[0])
        cells = self.by_cell()
        self.assertEqual([row['name'] for row in root['benchmarks']],
                         [name + '/real_time' for name in cells])
        for row, samples in zip(root['benchmarks'], cells.values()):
            for key, column in (('real_time', 'real_ns'),
                                ('cpu_time', 'cpu_ns')):
                self.assertTrue(math.isclose(row[key], statistics.median(
                    s[column] for s in samples), rel_tol=1e-12), row)
            self.assertEqual(row['run_type'], 'iteration')
            self.assertEqual(row['time_unit'], 'ns')
            self.assertFalse({'aggregate_name', 'error_occurred'} & set(row))
        self.assertIs(type(root['context']['caches']), list)

    def compare(self, path):
        if not os.access(COMPARE, os.R_OK):
            self.skipTest('libbenchmark-tools is not installed')
        python = subprocess.run([SYSTEM, '-c', 'import scipy.stats'],
                                capture_output=True, check=False)
        if python.returncode:
            self.skipTest('python3-scipy is not installed')
        dump = self.path('compared.json')
        p = subprocess.run([SYSTEM, '-B', COMPARE, '--no-color', '-d', dump,
                            'benchmarks', path, path], capture_output=True,
                           text=True, check=False, timeout=support.GUARD_S)
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
        return [row for row in strict_json(read(dump))
                if row['run_type'] == 'iteration']

    def test_compare_py_reads_the_cells(self):
        self.export('gbench-cells', '--out', 'cells.json')
        rows = self.compare(self.path('cells.json'))
        self.assertEqual([row['name'] for row in rows],
                         [name + '/real_time' for name in self.by_cell()])
        for row, samples in zip(rows, self.by_cell().values()):
            (measured,) = row['measurements']
            self.assertTrue(math.isclose(measured['real_time'],
                                         statistics.median(
                                             s['real_ns'] for s in samples),
                                         rel_tol=1e-12))

    def test_compare_py_reads_benchmark_json_as_it_is(self):
        rows = self.compare(self.write('benchmark.json', self.native))
        self.assertEqual([row['name'] for row in rows],
                         [name + '/real_time' for name in self.by_cell()])
        for row in rows:
            self.assertEqual(len(row['measurements']), ROUNDS)
            self.assertEqual(row['utest']['nr_of_repetitions'], ROUNDS)


class Bencher(Exported):
    def metrics(self):
        """Bencher's documented schema and its source's types: names of 1 to
        1024 bytes; measures; "value" and, optional, "lower_value" and
        "upper_value", which are numbers."""
        root = strict_json(self.export('bencher')[0])
        self.assertIs(type(root), dict)
        for name, measures in root.items():
            self.assertLessEqual(1, len(name.encode()))
            self.assertLessEqual(len(name.encode()), 1024)
            self.assertEqual(set(measures), {'latency'})
            for metric in measures.values():
                self.assertIn('value', metric)
                self.assertLessEqual(set(metric), {'value', 'lower_value',
                                                   'upper_value'})
                for number in metric.values():
                    self.assertIn(type(number), (int, float))
                    self.assertGreater(number, 0)
        return {name: measures['latency'] for name, measures in root.items()}

    def test_the_median_has_its_exact_interval(self):
        metrics = self.metrics()
        self.assertEqual(list(metrics), list(self.by_cell()))
        for name, samples in self.by_cell().items():
            times = sorted(s['real_ns'] for s in samples)
            # 1 - 2 / 2^6 = 0.97: of six, the smallest and the largest.
            for key, value in (('value', statistics.median(times)),
                               ('lower_value', times[0]),
                               ('upper_value', times[-1])):
                self.assertTrue(math.isclose(metrics[name][key], value,
                                             rel_tol=1e-12), name)

    def test_five_samples_have_none(self):
        def spoil(sample):
            if sample['round'] == '2':
                sample.update(status='hung', text='ended by us')
        self.edit(spoil)
        for metric in self.metrics().values():
            self.assertEqual(set(metric), {'value'})


# The format's own description, golang.org/design/14313-benchmark-format, and
# the package golang.org/x/perf/benchfmt:
#
# "Configuration lines are of the form key: value. The key begins with a lower
# case character and contains no space characters nor upper case characters",
# and blanks or tabs stand between the colon and the value.
CONFIGURATION = re.compile(r'[a-z][^\sA-Z:]*:[ \t]+\S.*')
# "Unit unit key=value": "better={higher,lower}", "assume={nothing,exact}".
UNIT = re.compile(r'Unit \S+ (?:better=(?:higher|lower)|'
                  r'assume=(?:nothing|exact))')
# "A benchmark result line has the general form <name> <iterations> <value>
# <unit> [<value> <unit>...]. The fields are separated by runs of space
# characters, so the line can be parsed with strings.Fields"; the name begins
# with "Benchmark" and an upper case character.
RESULT = re.compile(r'Benchmark([A-Z]\S*)[ \t]+([0-9]+)'
                    r'((?:[ \t]+[0-9.e+-]+[ \t]+[^\s0-9]\S*)+)')
# Names are "a base name and sub-benchmark configuration parts": "/<key>=
# <value>", and last "-<gomaxprocs>".
NAME = re.compile(r'[^/]+((?:/[^/=]+=[^/]*)*)-([1-9][0-9]*)')


def parts_of(name):
    return dict(part.split('=', 1) for part in
                NAME.fullmatch(name).group(1).split('/')[1:])


class Benchstat(Exported):
    def lines(self, *args):
        """Its results, [(name, iterations, {unit: value})]."""
        found, configuration, units = [], {}, set()
        for line in self.export('benchstat', *args)[0].splitlines():
            result = RESULT.fullmatch(line)
            if result:
                fields = result.group(3).split()
                found.append((result.group(1), int(result.group(2)), {
                    unit: float(value) for value, unit in
                    zip(fields[::2], fields[1::2])}))
                self.assertTrue(NAME.fullmatch(result.group(1)), line)
            elif UNIT.fullmatch(line):
                units.add(line.split()[1])
                self.assertEqual(found, [], 'after what it describes')
            elif line:
                self.assertTrue(CONFIGURATION.fullmatch(line), line)
                key, _, value = line.partition(': ')
                configuration[key] = value
        for _, _, values in found:
            self.assertEqual(set(values), units)
        # Files in which another key differs would not be compared.
        self.assertLessEqual(set(configuration),
                             {'goos', 'goarch', 'pkg', 'cpu'})
        return found

    def test_each_sample_is_a_line_of_the_documented_form(self):
        lines = self.lines()
        expected = [s for samples in self.by_cell().values() for s in samples]
        self.assertEqual(len(lines), len(expected))
        for (name, iterations, values), s in zip(lines, expected):
            parameters = dict(p.split('=')
                              for p in s['parameters'].split(','))
            self.assertEqual(parts_of(name),
                             dict(parameters, model=s['model']))
            self.assertEqual(iterations, s['iterations'])
            for unit, value in (
                    ('ns/op', s['real_ns']), ('cpu-ns/op', s['cpu_ns']),
                    ('vol-switches/op', s['voluntary'] / s['iterations'])):
                self.assertTrue(math.isclose(values[unit], value,
                                             rel_tol=1e-12), name)

    def benchstat(self, *args):
        program = os.environ.get('BATON_BENCHSTAT') or \
            shutil.which('benchstat')
        if not program:
            self.skipTest('benchstat is neither in the PATH nor in '
                          'BATON_BENCHSTAT')
        p = subprocess.run([program, *args], capture_output=True, text=True,
                           check=False, cwd=self.dir, timeout=support.GUARD_S)
        # Footnotes come there too; a line that it cannot read has its number.
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertNotIn('go.txt:', p.stderr)
        return p.stdout

    def test_benchstat_compares_the_models(self):
        self.export('benchstat', '--out', 'go.txt')
        out = self.benchstat('-col', '/model', '-format', 'csv', 'go.txt')
        self.assertIn(',libuv,,locked,,,,sequential\n', out)
        for tasks in (2, 4):
            row = re.search('^Counter/tasks=%d/increments=100/per_turn=0-.*'
                            % tasks, out, re.M).group(0).split(',')
            samples = self.by_cell()['counter/libuv/tasks:%d/increments:100'
                                     % tasks]
            self.assertTrue(math.isclose(
                float(row[1]) * 1e9, statistics.median(
                    s['real_ns'] for s in samples), rel_tol=1e-9))

    def test_benchstat_compares_the_arms_of_a_check(self):
        self.edit(arm_by_round)
        self.export('benchstat', '--out', 'go.txt')
        out = self.benchstat('-col', '/arm', '-format', 'csv', 'go.txt')
        self.assertIn(',base,,cand,,,,copy\n', out)


class Csv(Exported):
    def records(self, *args):
        text = io.StringIO(self.raw('csv', *args), newline='')
        return list(csv.reader(text, strict=True))

    def raw(self, *args):
        """What it writes, line ends as they are."""
        self.export(*args, '--out', 'raw')
        with open(self.path('raw'), encoding='utf-8', newline='') as file:
            return file.read()

    def test_it_has_every_column_of_every_sample(self):
        names, *records = self.records()
        columns = [name.removeprefix('metric.')
                   for name in self.samples.columns]
        # What was renamed keeps its old name for a while.
        self.assertEqual(sorted(names),
                         sorted(columns + list(support.RENAMED)))
        self.assertEqual(names[-2:], ['parameters', 'text'])
        self.assertEqual(len(records), len(self.samples.rows))
        for record, sample in zip(records, self.samples.rows):
            self.assertEqual(len(record), len(names))
            for name, value in zip(names, record):
                name = support.RENAMED.get(name, name)
                self.assertEqual(value if name in support.TEXTS
                                 else float(value), sample[name], name)

    def test_lines_end_as_the_rfc_has_it(self):
        lines = self.raw('csv').split('\r\n')
        self.assertEqual(lines.pop(), '')
        self.assertEqual(len(lines), 1 + len(self.samples.rows))
        for line in lines:
            self.assertNotRegex(line, '[\r\n]')

    def test_awk_finds_the_columns(self):
        awk = shutil.which('awk')
        if not awk:
            self.skipTest('awk is not installed')
        self.export('csv', '--out', 'run.csv')
        out = subprocess.run(
            [awk, '-F,', '''NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
                NR > 1 { print $at["model"], $at["iterations"],
                               $at["extra"] + 0 }''', self.path('run.csv')],
            capture_output=True, text=True, check=True).stdout
        self.assertEqual(out.splitlines(),
                         ['%s %d 0' % (s['model'], s['iterations'])
                          for s in self.samples.rows])


def arm_by_round(sample):
    number = int(sample['round'])
    sample.update(side=('base', 'cand', 'copy')[number % 3], stage='1')


class Checks(Exported):
    """The samples of a run, as a check would have them."""

    def setUp(self):
        super().setUp()
        self.edit(arm_by_round)

    def median(self, name, arm):
        return statistics.median(
            s['real_ns'] for s in self.samples.rows if name_of(s) == name and
            ('base', 'cand', 'copy')[s['round'] % 3] == arm)

    def test_rows_are_of_one_arm(self):
        for args, arm in (((), 'cand'), (('--arm', 'base'), 'base'),
                          (('--arm=copy',), 'copy')):
            root = strict_json(self.export('bencher', *args)[0])
            self.assertEqual(len(root), 2 * len(MODELS))
            for name, measures in root.items():
                self.assertTrue(math.isclose(measures['latency']['value'],
                                             self.median(name, arm),
                                             rel_tol=1e-12))
            rows = strict_json(self.export('gbench-cells', *args)[0])
            self.assertEqual([row['name'] for row in rows['benchmarks']],
                             [name + '/real_time' for name in root])

    def test_samples_name_their_arm(self):
        out = self.export('benchstat')[0]
        for arm in ('base', 'cand', 'copy'):
            self.assertEqual(len(re.findall(r'^Benchmark\S+/arm=%s-\d+\s' % arm,
                                            out, re.M)),
                             len(self.samples.rows) // 3)
        out = self.export('benchstat', '--arm', 'cand')[0]
        self.assertEqual(len(re.findall('^Benchmark', out, re.M)),
                         len(self.samples.rows) // 3)


class Refusals(Exported):
    def refused(self, *args, words=(), code=USAGE):
        with self.subTest(args=args):
            out, err = self.baton('export', *args, code=code)
            self.assertEqual(out, '')
            self.assertRegex(err, r'^baton')
            for word in words:
                self.assertIn(word, err)

    def test_unknown_formats(self):
        self.refused('run', '--to', 'gbench-cell', words=[
            "'gbench-cell'", *FORMATS, "did you mean 'gbench-cells'"])
        self.refused('run', '--to', 'cvs', words=["did you mean 'csv'"])
        self.refused('run', words=['--to', *FORMATS])

    def test_directories(self):
        self.refused('--to', 'csv', words=['which run'])
        self.refused('run', 'run', '--to', 'csv', words=["'run'"])
        self.refused('nowhere', '--to', 'csv', code=BROKEN,
                     words=['nowhere/samples.tsv'])
        self.write('run/samples.tsv', 'no samples\n')
        self.refused('run', '--to', 'csv', code=BROKEN, words=['samples.tsv'])

    def test_arms(self):
        for to in FORMATS:
            self.refused('run', '--to', to, '--arm', 'base',
                         words=['no check', 'leave out --arm'])
        self.refused('run', '--to', 'csv', '--arm', 'bas', words=[
            "'bas'", 'base cand copy', "did you mean 'base'"])
        self.edit(lambda s: s.update(side='base'))
        for to in ('bencher', 'gbench-cells'):
            self.refused('run', '--to', to, code=BROKEN,
                         words=['nothing to export'])
        self.refused('run', '--to', 'csv', '--arm', 'copy', code=BROKEN,
                     words=['no right sample of copy'])

    def test_a_run_without_samples(self):
        self.edit(lambda s: s.update(round='0'))
        for to in FORMATS:
            self.refused('run', '--to', to, '--out', 'x', code=BROKEN,
                         words=['nothing to export'])
        self.assertFalse(os.path.exists(self.path('x')))

    def test_a_cell_that_was_wrong_is_left_out_and_named(self):
        bad = name_of(self.samples.rows[0])
        which = cell(self.samples.rows[0])

        def spoil(sample):
            if cell(sample) == which and sample['round'] == '1':
                sample.update(status='wrong', text='counter 1, should be 2')
        self.edit(spoil)
        for to in FORMATS:
            out, err = self.export(to)
            self.assertEqual(err, 'baton: %s: left out: wrong in 1 '
                             'of %d samples: counter 1, should be 2\n'
                             % (bad, ROUNDS))
            self.assertNotIn(bad, out)
            self.assertNotIn('counter 1, should', out)
        self.assertEqual(len(strict_json(self.export('bencher')[0])),
                         2 * len(MODELS) - 1)

    def test_a_full_disk(self):
        self.refused('run', '--to', 'csv', '--out', '/dev/full', code=BROKEN,
                     words=['/dev/full', 'No space'])
        with open('/dev/full', 'w', encoding='utf-8') as full:
            self.baton('export', 'run', '--to', 'csv', code=BROKEN,
                       stdout=full)
        self.refused('run', '--to', 'csv', '--out', 'no/such/x', code=BROKEN,
                     words=['no/such/x'])


class Files(Exported):
    def test_out_is_what_standard_output_would_be(self):
        for to in FORMATS:
            self.write('out/file', 'before')
            out, err = self.export(to, '--out', 'out/file')
            self.assertEqual((out, err), ('', ''))
            self.assertEqual(os.listdir(self.path('out')), ['file'])
            self.assertEqual(read(self.path('out/file')), self.export(to)[0])

    def test_the_same_run_gives_the_same_bytes(self):
        for to in FORMATS:
            self.assertEqual(self.export(to), self.export(to))


if __name__ == '__main__':
    support.main()
