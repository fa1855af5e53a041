# SPDX-License-Identifier: GPL-3.0-or-later
"""Old results, drawn anew: `baton report --from`, and what may be missing."""
import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

import support
from support import BROKEN, DONE, FINDING, USAGE, Case, Run, Samples, read

REFERENCE = os.path.realpath(os.path.join(
    os.path.dirname(__file__), '..', '..', 'results', 'example'))


def files(folder):
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, 'rb') as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def gnuplot():
    """"5.4 patchlevel 4", as in every picture; None: there is none."""
    if not shutil.which('gnuplot'):
        return None
    said = subprocess.run(['gnuplot', '--version'], capture_output=True,
                          text=True, check=True).stdout
    return said.replace('gnuplot ', '').strip()


# Columns without which a file is a recording all the same.
LATER = ('host', 'part', 'side', 'cell', 'stage', 'trial', 'aa', 'most_rounds',
         'extra', 'metric.begun', 'metric.succeeded', 'metric.cancelled',
         'metric.outcomes', 'metric.threads_left', 'metric.fds_left',
         'metric.heap_left_bytes', 'metric.children_left',
         'metric.children_bytes')


@unittest.skipUnless(gnuplot(), 'there is no gnuplot')
class Reference(Case):
    """results/example is what this program makes of its samples."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(REFERENCE):
            self.skipTest('results/example is not there')
        self.before = files(REFERENCE)
        self.drawn_by = re.search(rb'Produced by GNUPLOT (.*?) *<',
                                  self.before['figures/ratios.svg']).group(1)

    def test_it_is_drawn_again_byte_for_byte(self):
        self.baton('report', '--from', REFERENCE, '--out', self.path('again'))
        again = files(self.path('again'))
        self.assertEqual(files(REFERENCE), self.before)
        pictures = {name for name in again if name.endswith('.svg')}
        self.assertEqual(pictures, {name for name in self.before
                                    if name.endswith('.svg')})
        self.assertGreaterEqual(len(pictures), 7)
        same = set(again)
        if self.drawn_by != gnuplot().encode():
            same -= pictures | {'report.html'}
        for name in sorted(same):
            self.assertEqual(again[name], self.before[name], name)
        measured = {'samples.tsv', 'events.tsv', 'benchmark.json'}
        if any(s['workload'] == 'faults' for s in Samples(REFERENCE).rows):
            measured.add('sites.tsv')
        self.assertEqual(set(self.before) - set(again), measured)

    def test_its_page_is_below_500_kb(self):
        self.assertLess(len(self.before['report.html']), 500_000)

    def test_it_promises_what_it_says(self):
        samples = Samples(REFERENCE)
        # Fewer rounds have no interval.
        self.assertGreaterEqual(max(s['round'] for s in samples.rows), 6)
        self.assertTrue(any(s['aa'] for s in samples.rows))
        self.assertNotIn('/', samples.header['command'].replace(
            'results/example', ''))

    def test_characters_show_every_figure(self):
        out, err = self.baton('report', '--from', REFERENCE, '--term',
                              '--out', self.path('again'),
                              env={'COLUMNS': '80'})
        self.assertEqual(err, '')
        for words in ('Which differences are larger than noise?',
                      'What does one operation cost? (counter)',
                      'Which task ran when, and which waited? (counter)',
                      'which waited? (download)',
                      'How does time grow? (download, n)',
                      'Was the machine quiet', 'How many updates are lost'):
            self.assertIn(words, out)
        self.assertLessEqual(max(map(len, out.splitlines())), 110)


class Small(Case):
    def setUp(self):
        super().setUp()
        self.baton('run', 'counter', '--models', 'sequential,libuv',
                   '--tasks', '2,4', '--increments', '50', '--rounds', '2',
                   '--out', 'run')

    def redraw(self, *args, **options):
        return self.baton('report', '--from', 'run', *args, **options)

    def test_measures_nothing_and_repeats_the_report(self):
        before = files(self.path('run'))
        out, _ = self.redraw()
        self.assertEqual(files(self.path('run')), before)
        self.assertEqual(out, before['summary.txt'].decode() +
                         'Results: run\nReport: run/report.html\n')

    def test_another_folder_gets_what_is_drawn_and_no_samples(self):
        self.redraw('--out', 'a/b')
        self.assertEqual(sorted(os.listdir(self.path('a/b'))),
                         ['figures', 'report.html', 'summary.txt'])

    def test_samples_without_the_columns_that_came_later_are_read(self):
        path = self.path('run/samples.tsv')
        lines = read(path).splitlines()
        names = next(line for line in lines if not line.startswith('#'))
        kept = [i for i, name in enumerate(names.split('\t'))
                if name not in LATER]
        with open(path, 'w', encoding='utf-8') as file:
            for line in lines:
                if not line.startswith('#'):
                    fields = line.split('\t')
                    line = '\t'.join(fields[i] for i in kept)
                file.write(line + '\n')
        columns = Samples(self.path('run')).columns
        self.assertEqual(set(LATER) & set(columns), set())
        before = files(self.path('run'))['summary.txt']
        self.redraw()
        self.assertEqual(files(self.path('run'))['summary.txt'], before)

    def test_columns_of_a_later_version_are_passed_over(self):
        path = self.path('run/samples.tsv')
        lines = read(path).splitlines()
        with open(path, 'w', encoding='utf-8') as file:
            for line in lines:
                if not line.startswith('#'):
                    line += '\tfuture'
                file.write(line + '\n')
        before = files(self.path('run'))['summary.txt']
        self.redraw()
        self.assertEqual(files(self.path('run'))['summary.txt'], before)

    def test_a_missing_column_another_schema_and_no_samples_are_said(self):
        path = self.path('run/samples.tsv')
        text = read(path)
        for changed, words in (
                (text.replace('real_ns', 'unreal_ns'), 'columns are missing'),
                (text.replace('# schema=2', '# schema=99'), 'another schema')):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(changed)
            _, err = self.redraw(code=BROKEN)
            self.assertIn('run/samples.tsv: ', err)
            self.assertIn(words, err)
        for folder in ('nowhere', 'run/samples.tsv', 'run/figures', ''):
            _, err = self.baton('report', '--from', folder, code=USAGE)
            self.assertIn('holds no run: it has no samples.tsv', err)
        self.assertFalse(os.path.exists(self.path('nowhere')))

    def test_events_that_are_none_are_said(self):
        with open(self.path('run/events.tsv'), 'w', encoding='utf-8') as file:
            file.write('# trace workload=counter\nns\tthread\n1\t2\n')
        _, err = self.redraw(code=BROKEN)
        self.assertIn('cannot read run/events.tsv: ', err)

    def test_sites_that_are_none_are_said(self):
        with open(self.path('run/sites.tsv'), 'w', encoding='utf-8') as file:
            file.write('round\tslot\n1\t0\n')
        _, err = self.redraw(code=BROKEN)
        self.assertIn('cannot read run/sites.tsv: it is damaged', err)

    def test_what_measures_does_not_go_with_from(self):
        for option in ('--quick', '--json', '--budget=3s', '--seed=1',
                       '--rounds=2'):
            _, err = self.redraw(option, code=USAGE)
            self.assertIn('--from measures nothing', err)

    def test_an_old_picture_never_passes_for_a_new_one(self):
        self.redraw('--out', 'old')
        self.assertTrue(os.path.exists(self.path('old/figures/cost-counter.svg')))
        self.redraw('--out', 'old', env={'PATH': self.path('empty')})
        self.assertFalse(os.path.exists(self.path('old/figures/cost-counter.svg')))
        self.assertIn('was not drawn', read(self.path('old/report.html')))

    def test_a_file_is_no_folder_for_a_report(self):
        with open(self.path('file'), 'w', encoding='utf-8'):
            pass
        out, err = self.redraw('--out', 'file', code=BROKEN)
        self.assertIn('cannot write to file: Not a directory', err)
        self.assertNotIn('Results:', out)

    def test_two_things_do_not_share_standard_output(self):
        _, err = self.baton('report', '--json', '--term', code=USAGE)
        self.assertIn('--json and --term', err)

    def test_an_option_with_a_slip_gets_the_nearest(self):
        _, err = self.baton('report', '--form', 'run', code=USAGE)
        self.assertIn("did you mean '--from'?", err)

    def test_without_gnuplot_all_but_the_pictures_is_there(self):
        shutil.rmtree(self.path('run/figures'))
        _, err = self.redraw(env={'PATH': self.path('empty')})
        self.assertIn('the figures could not be drawn', err)
        self.assertIn('gnuplot-nox', err)
        self.assertFalse([name for name in os.listdir(self.path('run/figures'))
                          if name.endswith('.svg')])
        self.assertIn('was not drawn', read(self.path('run/report.html')))

    @unittest.skipIf(os.geteuid() == 0, 'root writes everywhere')
    def test_a_folder_that_cannot_be_written_is_said(self):
        os.chmod(self.path('run'), 0o555)
        self.addCleanup(os.chmod, self.path('run'), 0o755)
        _, err = self.redraw(code=BROKEN)
        self.assertIn('cannot write run/summary.txt', err)

    def test_a_full_disk_is_said(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('there is no /dev/full')
        with open('/dev/full', 'w', encoding='utf-8') as full:
            _, err = self.redraw(code=BROKEN, stdout=full)
        self.assertIn('cannot write to standard output', err)


class Sites(Case):
    """What became of each site: sites.tsv, and what is made of it."""

    @classmethod
    def setUpClass(cls):
        # Once, for its deadlines are long: one that a healthy site misses,
        # because the machine stands still, is a difference.
        cls.taken = tempfile.mkdtemp(prefix='baton-test-')
        cls.addClassCleanup(shutil.rmtree, cls.taken)
        cls.out = subprocess.run(
            [support.BATON, 'run', 'faults', '--models', 'null,libuv', '--n',
             '5', '--timeout-ms', '2000', '--rounds', '2', '--out', 'run'],
            cwd=cls.taken, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, check=True, timeout=support.GUARD_S).stdout

    def setUp(self):
        super().setUp()
        shutil.copytree(os.path.join(self.taken, 'run'), self.path('run'))

    def lines(self):
        with open(self.path('run/sites.tsv'), encoding='utf-8') as file:
            names, *lines = [line.rstrip('\n').split('\t') for line in file]
        return [dict(zip(names, line)) for line in lines]

    def change(self, wanted, column, value):
        path = self.path('run/sites.tsv')
        lines = [line.split('\t') for line in read(path).splitlines()]
        names, n = lines[0], 0
        for line in lines[1:]:
            if wanted.items() <= dict(zip(names, line)).items():
                line[names.index(column)] = value
                n += 1
        self.assertGreater(n, 0)
        with open(path, 'w', encoding='utf-8') as file:
            file.writelines('\t'.join(line) + '\n' for line in lines)

    def redraw(self, code=DONE):
        return self.baton('report', '--from', 'run', code=code)[0]

    def test_each_sample_of_a_round_has_all_its_sites(self):
        samples = Samples(self.path('run'))
        lines = self.lines()
        self.assertEqual(len(lines), 4 * 28)
        self.assertEqual({(s['round'], s['slot'], s['model'])
                          for s in samples.rows},
                         {(int(s['round']), int(s['slot']), s['model'])
                          for s in lines})
        self.assertEqual([int(s['site']) for s in lines], 4 * list(range(28)))
        for site in lines:
            # Whoever ends it, the whole is there, in the time it takes.
            self.assertNotEqual(site['class'], 'cancelled')
            self.assertEqual(len(site['hash']), 16)
            self.assertLess(int(site['elapsed_us']), 10_000_000)

    def test_it_tells_the_classes_and_redraws_the_same(self):
        self.assertIn('  deaf            connect-timeout ', self.out)
        self.assertIn('each of the 23 faults and 5 healthy kinds got the same',
                      self.out)
        self.assertNotIn('left open', self.out)
        before = files(self.path('run'))
        self.redraw()
        self.assertEqual(files(self.path('run')), before)

    def test_a_difference_ends_with_1(self):
        self.change({'model': 'libuv', 'round': '2', 'name': 'short-body'},
                    'bytes', '1')
        out = self.redraw(code=FINDING)
        self.assertIn('short-body: other bytes from', ' '.join(out.split()))
        self.assertIn('other bytes', read(self.path('run/report.html')))

    def test_a_directory_without_them_has_no_matrix(self):
        os.unlink(self.path('run/sites.tsv'))
        out = self.redraw()
        self.assertNotIn('connect-timeout', out)
        self.assertNotIn('fault matrix', read(self.path('run/report.html')))
        self.assertFalse(os.path.exists(self.path('run/figures/reported-faults.tsv')))


class Killed(Case):
    @staticmethod
    def finished(sample):
        """How many sites its memory says are done: `finished` of
        workloads/kinds/journal.h.  The first half is a warm-up's."""
        with contextlib.suppress(OSError), \
                open('/proc/%d/fd/3' % sample, 'rb') as memory:
            journals = memory.read()
            return struct.unpack_from('=9I', journals, len(journals) // 2)[8]
        return 0

    def test_sites_without_an_end_are_cancelled(self):
        # With two at once, the deadlines of four sites take 4 s.
        run = Run(self, 'run', 'faults', '--models', 'libuv', '--n', '5',
                  '--concurrency', '2', '--timeout-ms', '2000', '--rounds',
                  '1', '--out', 'run')
        run.strike(signal.SIGKILL, 'workload=faults', 'iterations=',
                   ready=self.finished)
        out, _ = run.end(BROKEN)
        names, *lines = [line.split('\t') for line in read(
            self.path('run/sites.tsv')).splitlines()]
        classes = [line[names.index('class')] for line in lines]
        self.assertEqual(len(classes), 28)
        self.assertEqual(classes[0], 'status')
        self.assertEqual(classes[-1], 'cancelled')
        self.assertIn('cancelled from ', out)
        self.assertIn('never', read(self.path('run/report.html')))


class Quick(Case):
    def test_a_short_report_has_every_file(self):
        code = DONE
        out, err = self.baton('report', '--quick', '--rounds', '1', '--seed',
                              '3', '--out', 'run', code=code)
        samples = self.whole(self.path('run'))
        self.assertTrue(os.path.getsize(self.path('run/events.tsv')))
        self.assertIn('Results: run', out)
        twins = {support.cell(s) for s in samples.rows if s['aa']}
        self.assertEqual(len(twins), 3)
        for cell in twins:
            order = [(s['slot'], s['aa']) for s in samples.rows
                     if support.cell(s) == cell and s['round'] == 1]
            slots = [slot for slot, _ in order]
            self.assertEqual(max(slots) - min(slots), 1, cell)
        calibrated = {support.cell(s) for s in samples.calibration}
        self.assertLessEqual(twins, calibrated)
        self.assertFalse([s for s in samples.calibration if s['aa']])
        rows = support.strict_json(
            read(self.path('run'), 'benchmark.json'))['benchmarks']
        names = {row['name'] for row in rows}
        self.assertEqual(len([n for n in names if '/twin/' in n]), 3, names)
        self.assertNotIn('not drawn', err)


if __name__ == '__main__':
    support.main()
