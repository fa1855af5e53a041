# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton demo noise`: what it says is computed from the recording it replays."""
import fcntl
import json
import math
import os
import pty
import random
import re
import select
import shutil
import struct
import subprocess
import termios
import time
import unittest
import xml.etree.ElementTree

import support
from support import BROKEN, DONE, USAGE, Case, read

SHIPPED = os.path.realpath(os.path.join(
    os.path.dirname(__file__), '..', '..', 'results', 'noise'))
WINDOW = 60
SCIPY = '/usr/bin/python3'  # where a distribution puts it
ASK_SCIPY = '''
import json, sys
from scipy.stats import mannwhitneyu
print(json.dumps([float(mannwhitneyu(a, b, alternative="two-sided",
                                     method="asymptotic").pvalue)
                  for a, b in json.load(sys.stdin)]))
'''
GNUPLOT = shutil.which('gnuplot')


def scipy_p(case, questions):
    """The p values of [(a, b)], by scipy."""
    p = subprocess.run([SCIPY, '-c', ASK_SCIPY], input=json.dumps(questions),
                       capture_output=True, text=True, check=False) \
        if os.access(SCIPY, os.X_OK) else None
    if p is None or 'No module named' in p.stderr:
        case.skipTest('%s has no scipy' % SCIPY)
    case.assertEqual(p.returncode, 0, p.stderr)
    return json.loads(p.stdout)


def shipped():
    """The samples of the rounds, as text by the names of the columns."""
    lines = [line.split('\t') for line in
             read(SHIPPED, 'samples.tsv').splitlines() if line[0] != '#']
    return [row for row in (dict(zip(lines[0], line)) for line in lines[1:])
            if row['round'] != '0']


def median(values):
    values = sorted(values)
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def interval(values):
    """Of the median, exact, of 95 % or a little more."""
    n = len(values)
    tail = [sum(math.comb(n, k) for k in range(r)) / 2 ** n
            for r in range(n // 2 + 1)]
    r = max(r for r in range(1, n // 2 + 1) if 1 - 2 * tail[r] >= 0.95)
    values = sorted(values)
    return values[r - 1], values[n - r], 1 - 2 * tail[r]


class Said:
    """The numbers in what was printed."""

    def __init__(self, text):
        self.text = text
        found = re.search(r'B / A +(\S+)\n +Mann-Whitney test +p ([=<]) (\S+),',
                          text)
        self.ratio, self.p = float(found[1]), float(found[3])
        found = re.search(r'B / A in each pair +(\S+) \[(\S+), (\S+)\]', text)
        self.pairs = [float(x) for x in found.groups()]
        self.verdicts = re.findall(r'Verdict: (.*)', text)
        self.order = re.search(r'\n\n +((?:ABBA|BAAB)[^\n]*)\n', text)[1]
        self.windows = {name: (int(alarms), int(n)) for name, alarms, n in
                        re.findall(r'(block order|pairs) +(\d+) of (\d+) win',
                                   text)}


class Replayed(Case):
    def demo(self, *args, **options):
        out, err = self.baton('demo', 'noise', *args, **options)
        if GNUPLOT:
            self.assertEqual(err, '')
        return Said(out)

    def same_p(self, shown, right):
        """Small ones are shown with one digit, others with two."""
        unit = 10.0 ** math.floor(math.log10(right))
        self.assertLessEqual(abs(shown - right), 0.51 * (
            unit if right < 0.0005 else unit / 10 if right < 0.0995 else 0.01))

    def recording(self, times, name='run', status='ok'):
        """A run of one cell that took these times, in nanoseconds."""
        return self.lines(name, [('libuv', t, status) for t in times])

    def lines(self, name, rows):
        """A run of (model, time, status, columns): those of the shipped one,
        with others."""
        text = read(SHIPPED, 'samples.tsv').splitlines()
        start = next(i for i, line in enumerate(text) if line[0] != '#')
        names = text[start].split('\t')
        sample = dict(zip(names, text[start + 2].split('\t')))
        os.makedirs(self.path(name))
        with open(self.path(name, 'samples.tsv'), 'w',
                  encoding='utf-8') as file:
            file.write('\n'.join(text[:start + 1]) + '\n')
            for i, (model, t, status, *more) in enumerate(rows):
                for columns in more:
                    sample.update(columns)
                sample.update(round=str(i + 1), model=model, status=status,
                              real_ns=repr(float(t)))
                file.write('\t'.join(sample[n] for n in names) + '\n')
        return self.path(name)


class Shipped(Replayed):
    """The recording that comes with the program."""

    def setUp(self):
        super().setUp()
        self.rows = shipped()
        self.times = [float(s['real_ns']) for s in self.rows]
        self.half = len(self.times) // 2

    def test_it_is_one_cell_and_right(self):
        self.assertEqual(len({support.cell(s) for s in self.rows}), 1)
        self.assertEqual({s['status'] for s in self.rows}, {'ok'})
        self.assertGreaterEqual(len(self.rows), 200)
        text = read(SHIPPED, 'samples.tsv')
        self.assertLess(len(text), 150_000)
        command = re.search('^# command=(.*)', text, re.M)[1]
        self.assertRegex(command, '^baton run [^/]* --rounds 400')

    def test_the_two_orders_reach_opposite_conclusions(self):
        said = self.demo()
        self.assertRegex(said.verdicts[0],
                         r'^B is \d+ % (slower|faster) \(p = \S+\)\.$')
        self.assertRegex(said.verdicts[1], '^no significant difference ')
        self.assertLess(said.p, 0.001)
        self.assertGreater(abs(said.ratio - 1), 0.02)
        self.assertLess(said.pairs[1], 1)
        self.assertGreater(said.pairs[2], 1)
        self.assertIn('opposite conclusions', said.text)
        self.assertIn('were the same program', said.text)
        (blocks, n), (pairs, m) = said.windows['block order'], \
            said.windows['pairs']
        self.assertEqual((n, m), (len(self.times) - WINDOW + 1,) * 2)
        self.assertGreater(blocks, 0.25 * n)
        self.assertLessEqual(pairs, 0.05 * n)

    def test_not_by_the_luck_of_one_seed(self):
        for seed in range(2, 12):
            said = self.demo('--seed', str(seed))
            self.assertIn('no significant', said.verdicts[1])
            self.assertIn('with seed %d:' % seed, said.text)
            self.assertLess(said.windows['pairs'][0],
                            0.1 * said.windows['pairs'][1])

    def test_block_order_is_recomputed(self):
        said = self.demo()
        a, b = self.times[:self.half], self.times[self.half:]
        self.assertAlmostEqual(said.ratio, median(b) / median(a), 3)
        percent = re.match(r'B is (\d+) %', said.verdicts[0])[1]
        self.assertEqual(int(percent),
                         round(100 * abs(median(b) / median(a) - 1)))
        self.same_p(said.p, scipy_p(self, [(a, b)])[0])

    def test_the_windows_are_recomputed(self):
        windows = [(self.times[i:i + WINDOW // 2],
                    self.times[i + WINDOW // 2:i + WINDOW])
                   for i in range(len(self.times) - WINDOW + 1)]
        alarms = sum(p < 0.05 and
                     abs(math.log(median(b) / median(a))) > math.log(1.02)
                     for (a, b), p in zip(windows, scipy_p(self, windows)))
        self.assertEqual(self.demo().windows['block order'],
                         (alarms, len(windows)))

    def test_the_same_each_time(self):
        self.assertEqual(self.demo().text, self.demo().text)
        self.assertNotEqual(self.demo().order, self.demo('--seed', '3').order)


class Computed(Replayed):
    """Recordings of which the right answer is known."""

    def steady(self, n, seed=4):
        source = random.Random(seed)
        return [1e6 * math.exp(source.gauss(0, 0.05)) for _ in range(n)]

    def test_a_steady_machine_gives_agreement(self):
        said = self.demo('--from', self.recording(self.steady(400)))
        self.assertRegex(said.verdicts[0], '^no (significant difference|alarm)')
        self.assertRegex(said.verdicts[1], '^no significant difference')
        self.assertIn('no contradiction', said.text)
        self.assertNotIn('opposite', said.text)
        for alarms, n in said.windows.values():
            self.assertLess(alarms, 0.1 * n)

    def test_p_values_are_those_of_scipy(self):
        for k, shift in enumerate((0, 0.01, 0.03, 0.1)):
            # Rounded, so that there are many ties.
            times = [5e4 * round(t * (1 + shift * (i >= 40)) / 5e4)
                     for i, t in enumerate(self.steady(80, k))]
            self.assertLess(len(set(times)), 15)
            said = self.demo('--from', self.recording(times, 'run%d' % k))
            p = scipy_p(self, [(times[:40], times[40:])])[0]
            self.same_p(said.p, p)

    def planted(self, n, factor, seed):
        """Times of which those called B are `factor` as long, on a machine
        whose speed changes a lot."""
        order = self.demo('--seed', str(seed), '--from', self.recording(
            [5e5 + i for i in range(n)], 'flat%d' % seed)).order
        self.assertEqual(len(order.replace(' ', '')), n)
        slow = [1 + (i // 4) % 3 for i in range(n)]
        return [1e6 * speed * (factor if who == 'B' else 1) for speed, who in
                zip(slow, order.replace(' ', ''))]

    def test_pairs_see_what_differs(self):
        times = self.planted(40, 1.1, 5)
        said = self.demo('--seed', '5', '--from', self.recording(times))
        self.assertEqual(said.pairs, [1.1, 1.1, 1.1])
        self.assertEqual(said.verdicts[1], 'B is 10 % slower (1.10 '
                         '[1.10, 1.10]).')
        # Another order spreads the same samples over A and B.
        said = self.demo('--seed', '6', '--from', self.path('run'))
        self.assertNotEqual(said.pairs, [1.1, 1.1, 1.1])

    def test_pairs_are_recomputed(self):
        times = self.steady(40)
        said = self.demo('--seed', '7', '--from', self.recording(times))
        order = said.order.replace(' ', '')
        ratios = [times[i + (order[i] == 'A')] / times[i + (order[i] == 'B')]
                  for i in range(0, 40, 2)]
        low, high, coverage = interval(ratios)
        logs = [math.log(x) for x in ratios]
        for shown, right in zip(said.pairs, (math.exp(median(logs)), low,
                                             high)):
            self.assertAlmostEqual(shown, right, delta=0.0051)
        self.assertIn('20 pairs, the interval covers %.1f %%' %
                      (100 * coverage), said.text)

    def test_a_change_below_two_percent_is_no_alarm(self):
        times = [1e6 + i % 7 + 15000 * (i >= 100) for i in range(200)]
        said = self.demo('--from', self.recording(times))
        self.assertRegex(said.verdicts[0], r'^no alarm: B is 1\.5 % slower '
                         r'\(p = \S+\), but that is below 2 %')
        self.assertIn('no contradiction', said.text)

    def test_only_right_results_are_replayed(self):
        rows = [('libuv', t, 'ok') for t in self.steady(14)]
        rows[3:3] = [('libuv', 9e9, 'crashed'), ('libuv', 9e9, 'failed')]
        rows[7:7] = [('libuv', 1e6, 'wrong')]
        said = self.demo('--from', self.lines('run', rows))
        self.assertIn('14 samples in the order', said.text)
        self.assertIn('7 pairs', said.text)

    def test_short_recordings_have_no_windows(self):
        said = self.demo('--from', self.recording(self.steady(59)))
        self.assertIn('58 samples in the order', said.text)
        self.assertEqual(said.windows, {})
        self.assertIn('needs 60 samples', said.text)
        said = self.demo('--from', self.recording(self.steady(60), 'other'))
        self.assertEqual(said.windows['pairs'][1], 1)


class Refused(Replayed):
    def refused(self, *args, code=USAGE, words=()):
        out, err = self.baton('demo', *args, code=code)
        self.assertEqual(out, '')
        for word in words:
            self.assertIn(word, err)

    def test_unknown_demos(self):
        self.refused('nosie', words=["'nosie'", "did you mean 'noise'"])
        self.refused(words=['baton demo noise'])
        self.refused('noise', 'noise', words=["'noise' is too much"])
        self.refused('noise', '--form', 'x', words=["did you mean '--from'"])
        for seed in ('x', '-1', '4294967296', ''):
            self.refused('noise', '--seed=' + seed, words=['--seed'])

    def test_the_directory_of_no_run(self):
        self.refused('noise', '--from', 'nowhere', words=['nowhere holds no '
                                                          'run'])

    def test_too_few_samples(self):
        self.refused('noise', '--from', self.recording([1e6] * 11),
                     words=['11 samples', 'needs 12', '--rounds 400'])
        self.refused('noise', '--from', self.recording(
            [1e6] * 50, 'crashes', 'crashed'), words=['no samples'])
        self.refused('noise', '--from', self.recording([], 'empty'),
                     words=['no samples'])

    def test_damaged_files(self):
        path = self.path(self.recording([1e6] * 20), 'samples.tsv')
        whole = read(path)
        for text, words in ((whole.replace('schema=1', 'schema=7'), 'schema'),
                            ('', 'schema'),
                            (whole.replace('\treal_ns\t', '\tunreal\t'),
                             'columns are missing')):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            self.refused('noise', '--from', 'run', code=BROKEN,
                         words=['run/samples.tsv', words])

    def test_several_cells_want_a_choice(self):
        self.lines('run', [(model, 1e6 + i, 'ok') for i in range(40)
                           for model in ('libuv', 'locked')])
        cell = 'counter/%s/tasks:100/increments:1000'
        self.refused('noise', '--from', 'run', words=[
            '2 cells', '--cell', cell % 'libuv', cell % 'locked'])
        said = self.demo('--from', 'run', '--cell', cell % 'locked')
        self.assertIn('40 samples', said.text)
        self.assertIn(cell % 'locked' + '\n', said.text)
        self.refused('noise', '--from', 'run', '--cell', cell % 'lockde',
                     words=['there is no cell', cell % 'locked' + '\n'])

    def test_aa_pairs_and_sides_are_cells_of_their_own(self):
        rows = [('libuv', 1e6 + i, 'ok', {'twin': twin, 'arm': arm})
                for i in range(20)
                for twin, arm in (('0', ''), ('1', ''), ('0', 'cand'))]
        self.lines('run', rows)
        cell = 'counter/libuv/tasks:100/increments:1000'
        self.refused('noise', '--from', 'run', words=[
            '3 cells', cell + '\n', cell + '/twin\n', cell + '/arm:cand\n'])
        for name in (cell, cell + '/twin', cell + '/arm:cand'):
            said = self.demo('--from', 'run', '--cell', name)
            self.assertIn('20 samples', said.text)

    def test_no_recording_beside_the_program(self):
        env = {'BATON_DATA': self.dir}
        self.assertIn('results/noise/samples.tsv is not there', self.baton(
            'demo', 'noise', code=BROKEN, env=env)[1])


class Screen(Replayed):
    """A terminal of its own: what was shown, and the exit status."""

    def typed(self, keys, columns=80, rows=24, **env):
        main, terminal = pty.openpty()
        self.addCleanup(os.close, main)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                    struct.pack('4H', rows, columns, 0, 0))
        p = subprocess.Popen([support.BATON, 'demo', 'noise'], stdin=terminal,
                             stdout=terminal, stderr=subprocess.STDOUT,
                             env=dict(self.env, **env), cwd=self.dir)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        os.close(terminal)
        shown, screens = '', []
        end = time.monotonic() + support.GUARD_S
        while time.monotonic() < end:
            if not select.select([main], [], [], 1)[0]:
                continue
            try:
                more = os.read(main, 65536).decode()
            except OSError:  # Linux's word for the end
                break
            if not more:
                break
            shown += more
            if shown.endswith('q: quit '):
                screens.append(shown.replace('\r\n', '\n'))
                shown = ''
                os.write(main, keys.pop(0))
        self.assertEqual(p.wait(timeout=support.GUARD_S), DONE)
        return screens + [shown.replace('\r\n', '\n')]

    def test_it_waits_after_each_step(self):
        screens = self.typed([b'\n'] * 9)
        self.assertEqual(len(screens), 5)
        for screen, words in zip(screens, (
                'Is B slower', '1. Block order', '2. Interleaved',
                '3. The truth', '4. Is it')):
            self.assertIn(words, screen)
            self.assertEqual(len([w for w in ('1. ', '2. ', '3. ', '4. ')
                                  if '\x1b[1m' + w in screen]),
                             words[0].isdigit())

    def test_q_and_the_end_of_the_input_end_it(self):
        self.assertEqual(len(self.typed([b'\n', b'q\n'])), 3)
        self.assertEqual(len(self.typed([b'\x04'])), 2)

    def test_a_step_fits_on_the_screen(self):
        for columns, rows in ((80, 24), (120, 40), (60, 21)):
            for screen in self.typed([b'\n'] * 9, columns, rows):
                plain = re.sub(r'\x1b\[[\d;]*m', '', screen).strip('\n')
                self.assertLessEqual(len(plain.splitlines()), rows)
                if columns >= 80:
                    self.assertLessEqual(max(map(len, plain.splitlines())),
                                         columns)

    @unittest.skipUnless(GNUPLOT, 'there is no gnuplot')
    def test_the_picture_is_as_wide_as_the_terminal(self):
        for columns in (80, 120):
            lines = re.sub(r'\x1b\[[\d;]*m', '', self.typed(
                [b'q\n'], columns, 40)[0]).splitlines()
            self.assertGreater(max(map(len, lines)), columns - 10)
            body = '\n'.join(line for line in lines if '|' in line)
            self.assertGreater(body.count('A'), 20)
            self.assertGreater(body.count('B'), 20)
            for line in body.splitlines():
                if 'A' in line.replace('BA', '') and 'B' in line:
                    self.assertLess(line.index('A'), line.rindex('B'))

    def test_colours_are_for_terminals_that_want_them(self):
        self.assertIn('\x1b[1m', self.typed([b'q\n'])[0])
        self.assertNotIn('\x1b', self.typed([b'q\n'], NO_COLOR='1')[0])

    def test_a_pipe_gets_all_at_once(self):
        out = self.demo().text
        self.assertNotIn('\x1b', out)
        self.assertNotIn('Enter', out)
        self.assertIn('4. Is it', out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)


class Pictures(Replayed):
    def setUp(self):
        super().setUp()
        if not GNUPLOT:
            self.skipTest('there is no gnuplot')
        os.mkdir(self.path('tmp'))
        self.env['TMPDIR'] = self.path('tmp')

    def test_svg_has_every_sample(self):
        self.demo('--svg', 'noise.svg')
        text = read(self.path('noise.svg'))
        root = xml.etree.ElementTree.fromstring(text)
        self.assertTrue(root.tag.endswith('svg'))
        self.assertIn('median of A: ', text)
        self.assertIn('median of B: ', text)
        marks = text.count("<use xlink:href='#gpPt")
        self.assertGreaterEqual(marks, len(shipped()))
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_the_one_beside_the_recording_is_this_one(self):
        self.demo('--svg', 'noise.svg')
        drawn, kept = read(self.path('noise.svg')), read(SHIPPED, 'noise.svg')
        by = r'Produced by GNUPLOT (.*?) *<'
        if re.search(by, drawn)[1] != re.search(by, kept)[1]:
            self.skipTest('another gnuplot drew it')
        self.assertEqual(drawn, kept)

    def test_a_picture_that_cannot_be_written(self):
        err = self.baton('demo', 'noise', '--svg', 'no/where.svg',
                         code=BROKEN)[1]
        self.assertIn('cannot write no/where.svg', err)

    def test_through_a_pipe(self):
        out = self.baton('demo', 'noise', '--svg', '/dev/stdout')[0]
        self.assertIn('</svg>', out)
        self.assertIn('4. Is it', out)

    def test_without_gnuplot_the_words_remain(self):
        os.mkdir(self.path('bin'))
        os.symlink(shutil.which('env'), self.path('bin', 'env'))
        env = {'PATH': self.path('bin')}
        out, err = self.baton('demo', 'noise', env=env)
        self.assertIn('gnuplot is not in PATH; install it', err)
        self.assertIn('opposite conclusions', out)
        err = self.baton('demo', 'noise', '--svg', 'x.svg', code=BROKEN,
                         env=env)[1]
        self.assertIn('gnuplot is not in PATH', err)
        self.assertEqual(os.listdir(self.path('tmp')), [])
        self.assertFalse(os.path.exists(self.path('x.svg')))

    def test_a_gnuplot_that_fails_is_quoted(self):
        os.mkdir(self.path('bin'))
        with open(self.path('bin', 'gnuplot'), 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\necho "line 1: no" >&2\nexit 1\n')
        os.chmod(self.path('bin', 'gnuplot'), 0o755)
        err = self.baton('demo', 'noise', env={
            'PATH': self.path('bin') + ':' + os.environ['PATH']})[1]
        self.assertIn('gnuplot failed at noise: line 1: no', err)

    def test_what_people_set_up_for_themselves_does_not_count(self):
        self.demo('--svg', 'plain.svg')
        with open(self.path('.gnuplot'), 'w', encoding='utf-8') as file:
            file.write('set xrange [0:1]\n')
        self.demo('--svg', 'other.svg', env={
            'HOME': self.dir, 'GNUTERM': 'nonsense', 'LC_ALL': 'C'})
        self.assertEqual(read(self.path('plain.svg')),
                         read(self.path('other.svg')))


if __name__ == '__main__':
    support.main()
