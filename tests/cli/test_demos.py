# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton demo NAME`: recorded and live, on a terminal and without one; what a
demo says follows from the samples that it shows."""
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
import unittest

import support
from support import BROKEN, DONE, USAGE, Case, read
from terminal import Terminal

CLEAR = b'\033[H\033[2J'

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), '..', '..'))
RECORDED = os.path.join(ROOT, 'results', 'demos')
GNUPLOT = shutil.which('gnuplot')


def rows_of(folder):
    """The samples of the rounds, as text by the names of the columns."""
    lines = [line.split('\t') for line in
             read(folder, 'samples.tsv').splitlines() if line[0] != '#']
    return [row for row in (dict(zip(lines[0], line)) for line in lines[1:])
            if row['round'] != '0']


def flat(text):
    """Lines joined, so that a sentence is found wherever it is broken."""
    return re.sub(r'\s+', ' ', text)


class Demos(Case):
    def setUp(self):
        super().setUp()
        out = self.baton('demo', '--help')[0]
        part = out[out.index('Demos:\n'):].split('\n\n')[0]
        self.names = re.findall(r'^  ([a-z]+) ', part, re.M)

    def demo(self, *args, **options):
        return self.baton('demo', *args, **options)

    def changed(self, demo, change, name='changed'):
        """The recording with `change` made to each row of a round."""
        folder = self.path(name)
        shutil.copytree(os.path.join(RECORDED, demo), folder)
        text = read(folder, 'samples.tsv').splitlines()
        names = next(line for line in text if line[0] != '#').split('\t')
        at = names.index('round')
        for i, line in enumerate(text):
            row = line.split('\t')
            if line[0] == '#' or row[at] in ('round', '0'):
                continue
            row = dict(zip(names, row))
            change(row)
            text[i] = '\t'.join(row[n] for n in names)
        with open(os.path.join(folder, 'samples.tsv'), 'w',
                  encoding='utf-8') as file:
            file.write('\n'.join(text) + '\n')
        return folder

    def says(self, demo, change, name='changed'):
        return flat(self.demo(demo, '--from',
                              self.changed(demo, change, name))[0])

    def typed(self, demo, keys, *args, columns=80, rows=24, code=DONE):
        """The pages as shown on a terminal, with these lines typed."""
        keys, shown, pages = list(keys), '', []
        main, terminal = pty.openpty()
        self.addCleanup(os.close, main)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                    struct.pack('4H', rows, columns, 0, 0))
        p = subprocess.Popen([support.BATON, 'demo', demo, *args],
                             stdin=terminal, stdout=terminal,
                             stderr=subprocess.STDOUT, cwd=self.dir,
                             env=self.env, start_new_session=True)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        os.close(terminal)
        end = time.monotonic() + support.GUARD_S
        while time.monotonic() < end:
            if not select.select([main], [], [], 1)[0]:
                continue
            try:
                more = os.read(main, 65536).decode()
            except OSError:  # Linux's word for the end
                break
            shown += more
            if re.search(r'(q: quit |\): )$', shown):
                pages.append(shown.replace('\r\n', '\n'))
                shown = ''
                os.write(main, keys.pop(0) if keys else b'\n')
        self.assertEqual(p.wait(timeout=support.GUARD_S), code)
        return [re.sub(r'\x1b\[[\d;]*[mKHJ]', '', page).strip('\n')
                for page in pages + [shown.replace('\r\n', '\n')]]


class All(Demos):
    def setUp(self):
        super().setUp()
        self.names.remove('noise')  # has tests of its own

    def test_the_recorded_one_is_shown_at_once_without_a_terminal(self):
        for name in self.names:
            with self.subTest(name):
                out = self.demo(name)[0]
                self.assertIn('\nRecorded 20', out)
                self.assertNotIn('Enter', out)
                self.assertLessEqual(max(map(len, out.splitlines())), 80)
                self.assertEqual(self.demo(name)[0], out)
                self.assertNotRegex(out, r'\b(nan|inf)\b|\(null\)')

    def test_pages_fit_on_the_screen(self):
        for name in self.names:
            with self.subTest(name):
                pages = self.typed(name, [])
                self.assertGreater(len(pages), 3)
                for page in pages:
                    lines = page.splitlines()
                    self.assertLessEqual(len(lines), 24, page)
                    for line in lines:
                        self.assertLessEqual(len(line), 80, page)

    def test_each_page_begins_on_an_empty_screen(self):
        with Terminal([support.BATON, 'demo', 'race']) as t:
            at = t.wait_for('): ')
            self.assertNotIn(CLEAR, t.written)
            t.press('\n')
            t.wait_for('q: quit', at)
            self.assertEqual(t.written[at:].lstrip().index(CLEAR), 0)

    def test_a_terminal_that_is_too_small_is_named(self):
        for columns, rows in ((60, 24), (80, 20)):
            page = self.typed('race', [b'q\n'], columns=columns, rows=rows)[0]
            self.assertTrue(flat(page).startswith(
                'the terminal has %d x %d characters; 80 x 24 are needed' %
                (columns, rows)), page)
        self.assertNotIn('are needed', self.typed('race', [b'q\n'])[0])

    def test_a_narrow_terminal_breaks_sentences_at_words(self):
        for name in self.names:
            with self.subTest(name):
                wide, narrow = (flat(' '.join(self.typed(
                    name, [], columns=columns))) for columns in (80, 60))
                for sentence in re.findall(r'[A-Z][a-z ]{40,}\.', wide):
                    self.assertIn(sentence, narrow)

    def test_live_records_what_can_be_replayed(self):
        for name in self.names:
            with self.subTest(name):
                out, err = self.demo(name, '--live', '--rounds', '1', '--out',
                                     name)
                self.assertRegex(err, r'^Measuring: about \d+ s\.\n')
                self.assertIn('\nMeasured just now', out)
                again = self.demo(name, '--from', name)[0]
                source = re.compile(r'\n(Recorded|Measured).*?\n\n', re.S)
                self.assertEqual(source.sub('', again), source.sub('', out))

    @unittest.skipUnless(GNUPLOT, 'there is no gnuplot')
    def test_its_figure_is_drawn(self):
        for name in self.names:
            with self.subTest(name):
                self.demo(name, '--svg', 'a.svg')
                self.assertIn('</svg>', read(self.path('a.svg')))

    def test_without_gnuplot_the_words_remain(self):
        for name in self.names:
            with self.subTest(name):
                env = {'PATH': self.dir}
                out, err = self.demo(name, env=env)
                self.assertIn('\nRecorded', out)
                self.assertNotIn('error', err)
                self.assertIn('gnuplot is not in PATH', self.demo(
                    name, '--svg', 'b.svg', env=env, code=BROKEN)[1])

    def test_a_busy_machine_is_named(self):
        folder = self.changed('race', lambda row: None)
        path = os.path.join(folder, 'samples.tsv')
        text = re.sub('^# busy=.*\n', '', read(path), flags=re.M)
        for busy in (False, True):
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace(
                    '# host=', '# busy=load 9\n# host=' if busy else '# host='))
            out = flat(self.demo('race', '--from', folder)[0])
            self.assertEqual(', which was busy with other programs.' in out,
                             busy)

    def test_the_run_of_another_workload_is_refused(self):
        for name in self.names:
            with self.subTest(name):
                err = self.demo(name, '--from',
                                os.path.join(ROOT, 'results', 'noise'),
                                code=USAGE)[1]
                self.assertIn('`baton demo %s --live --out DIR`' % name, err)


class Keys(Demos):
    def test_back_and_quit(self):
        pages = self.typed('race', [b'\n', b'\n', b'\n', b'b\n', b'q\n'])
        self.assertIn('1. The same program', pages[1])
        self.assertIn('2. Which of these', pages[2])
        self.assertIn('3. All three', pages[3])
        self.assertIn('2. Which of these', pages[4])
        self.assertEqual(len(pages), 6)
        self.assertEqual(len(self.typed('race', [b'q\n'])), 2)
        self.assertEqual(len(self.typed('race', [b'\x04'])), 2)

    def test_guesses_and_hands_stand_beside_the_measured_answer(self):
        pages = self.typed('race', [b'90000 95,000 100000\n', b'\n',
                                    b'1 2 3 4\n', b'\n'])
        self.assertRegex(pages[1], r'Guesses: median 95,000\. Measured: [\d,]+ '
                                   r'increments\.\n'
                                   r'  The guesses are from 90,000 to 100,000 '
                                   r'\(3\)')
        self.assertIn('Hands: a 1, b 2, c 3, d 4. Measured: c (3 of 10).',
                      pages[3])

    def test_a_choice_is_typed_by_its_letter(self):
        pages = self.typed('race', [b'\n', b'\n', b'b c c\n', b'\n'])
        self.assertIn('Hands: a 0, b 1, c 2, d 0. Measured: c (2 of 3).',
                      pages[3])
        self.assertIn('"bx" is not a choice', self.typed(
            'race', [b'\n', b'\n', b'bx\n', b'\n'])[3])

    def test_rubbish_is_asked_again(self):
        pages = self.typed('race', [b'many\n', b'5\n', b'\n', b'1 2 3 4 5\n',
                                    b'\n', b'\n'])
        self.assertIn('"many" is not a number', pages[1])
        self.assertIn('Guess: 5. Measured', pages[2])
        self.assertIn('There are 4 choices', pages[4])

    def test_l_measures_here(self):
        pages = self.typed('race', [b'\n', b'\n', b'\n', b'l\n'])
        self.assertIn('l: measure on this machine', pages[3])
        self.assertIn('Measuring: about', pages[4])
        self.assertIn('Measured just now', ''.join(pages[5:]))

    def test_guesses_of_a_file_stand_beside_the_measured_answer(self):
        with open(self.path('g.tsv'), 'w', encoding='utf-8') as file:
            file.write('Ann\thog-loop\t1 s\nBob\thog-loop\t10 ms\n'
                       'Cy\thog-loop\tmany\nCy\trace-left\t9\n')
        out, err = self.demo('hog', '--guesses', 'g.tsv')
        before, after = out.split('Predicted and measured\n')
        self.assertIn('1. Threads, and a loop', before)
        self.assertRegex(after, r'Ann +1 s ')
        self.assertRegex(after, r'Bob +10 ms +too low by a factor of \d+')
        self.assertNotIn('Cy', after)
        self.assertIn('g.tsv:3: this line is not used', err)
        self.assertIn('no number that could be predicted', self.demo(
            'noise', '--guesses', 'g.tsv', code=USAGE)[1])

    def test_predictions_are_typed_with_names_and_kept(self):
        pages = self.typed('hog', [b'Ann: 1 s; Bob: 5\n', b'Bob: 5 ms\n',
                                   b'\n', b'\n', b'\n'],
                           '--predict', '--guesses', 'kept.tsv')
        self.assertIn('is not a time with its unit', flat(pages[1]))
        self.assertIn('Predicted and measured', pages[2])
        self.assertEqual(read(self.path('kept.tsv')).splitlines(),
                         ['Ann\thog-loop\t1 s', 'Bob\thog-loop\t5 ms'])

    def test_questions_of_numbers_are_known_to_predict(self):
        for name in self.names:
            if name != 'noise':
                with open(self.path('g.tsv'), 'w', encoding='utf-8'):
                    pass
                out, err = self.demo(name, '--guesses', 'g.tsv')
                self.assertRegex(out, r'\n   measured +\d')
                self.assertNotIn('no question', err)

    def test_an_interrupted_measurement_says_so(self):
        p = subprocess.Popen(
            [support.BATON, 'demo', 'race', '--live', '--rounds', '9999',
             '--out', 'cut'], cwd=self.dir, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        support.wait_until(
            lambda: os.path.exists(self.path('cut', 'samples.tsv')) and
            len(read(self.path('cut'), 'samples.tsv').splitlines()) > 60,
            'some samples')
        p.terminate()
        out, err = p.communicate(timeout=support.GUARD_S)
        self.assertEqual((p.returncode, out), (BROKEN, ''))
        self.assertIn('finished samples are kept in cut', err)

    def test_options_that_do_not_go_together(self):
        for args, words in (
                (('race', '--live', '--from', 'x'), 'choose one'),
                (('race', '--rounds', '3'), 'go with --live'),
                (('race', '--out', 'x'), 'go with --live'),
                (('noise', '--live'), 'has no --live')):
            self.assertIn(words, flat(self.demo(*args, code=USAGE)[1]))


class Race(Demos):
    def left(self, model):
        return [100000 - int(row['metric.lost_updates'])
                for row in rows_of(os.path.join(RECORDED, 'race'))
                if row['model'] == model]

    def test_the_distribution_is_that_of_the_samples(self):
        left = self.left('thread-per-socket')
        out = self.demo('race')[0]
        self.assertIn('The same program, %d times' % len(left), out)
        self.assertRegex(out, r'exactly 100,000 +%d ' % left.count(100000))
        shown = sum(int(n) for n in re.findall(
            r'^  (?:exactly )?[\d,]+(?: to [\d,]+)? +(\d+) ', out, re.M))
        self.assertEqual(shown, len(left))

    def test_sentences_follow_the_samples(self):
        def lose(n, model='thread-per-socket'):
            def change(row):
                if row['model'] == model:
                    row['metric.lost_updates'] = str(n)
                    row['metric.wrong_iterations'] = str(int(n > 0))
            return change
        self.assertIn('None of the 100 runs lost an update here.',
                      self.says('race', lose(0), 'none'))
        some = self.says('race', lose(99990), 'all')
        self.assertIn('100 of 100 runs lost updates. The median run left 10, '
                      'the worst 10.', some)
        self.assertNotIn('by luck', some)
        self.assertIn('0 to 9,999 100 #', some)
        bad = self.says('race', lose(7, 'locked'), 'bad')
        self.assertIn('threads + mutex lost updates: that is a defect', bad)
        self.assertNotIn('each load sees the last store', bad)

    def test_the_right_choice_follows_the_samples(self):
        for models, choice in ((('libuv',), 'b (2'), (('locked',), 'a (1'),
                               (('libuv', 'locked'), 'd (4')):
            folder = self.changed('race', lambda row: row.update(
                {'metric.lost_updates': '5'} if row['model'] in models else {}),
                choice[0])
            pages = self.typed('race', [b'\n', b'\n', b'1 2 3 4\n', b'\n'],
                               '--from', folder)
            self.assertIn('Measured: %s of 10)' % choice, pages[3])

    def test_samples_of_several_runs_are_refused(self):
        def several(row):
            row['iterations'] = '12'
        err = self.demo('race', '--from', self.changed('race', several),
                        code=USAGE)[1]
        self.assertIn('several runs each', err)


def setting(column, value, **where):
    """Sets a column of the rows that have these values."""
    def change(row):
        if all(text in row[key] for key, text in where.items()):
            row[column] = str(value)
    return change


def both(*changes):
    def change(row):
        for one in changes:
            one(row)
    return change


class Cooperative(Demos):
    def test_what_is_left_is_that_of_the_samples(self):
        rows = rows_of(os.path.join(RECORDED, 'cooperative'))
        out = self.demo('cooperative')[0]
        for name, label in (('libuv', r'event loop \(libuv\)'),
                            ('coroutine', 'coroutines'),
                            ('async', 'async functions')):
            left = {row['workload']: '{:,}'.format(
                100000 - int(row['metric.lost_updates']))
                for row in rows if row['model'] == name}
            self.assertEqual(re.findall(r'  %s +(\S+)  #' % label, out),
                             [left['counter'], left['counter-split']])

    def test_sentences_follow_the_samples(self):
        out = flat(self.demo('cooperative')[0])
        self.assertIn('left the same number: the order', out)
        self.assertIn('100 increments count as one. What is left, 1,000,', out)
        split = {'workload': 'counter-split'}
        one = self.says('cooperative', setting(
            'metric.lost_updates', 98000, model='libuv', **split), 'one')
        self.assertRegex(one, r'60 of 60 runs lost updates\.')
        self.assertNotIn('the same number', one)
        other = self.says('cooperative', setting(
            'metric.lost_updates', 98000, **split), 'other')
        self.assertIn('left the same number', other)
        self.assertNotIn('count as one', other)
        none = self.says('cooperative', both(
            setting('metric.lost_updates', 0),
            setting('metric.wrong_iterations', 0)), 'none')
        self.assertIn('None of the 60 runs lost an update here.', none)
        bad = self.says('cooperative', both(
            setting('metric.lost_updates', 5),
            setting('metric.wrong_iterations', 1)), 'bad')
        self.assertIn('60 of 60 runs lost updates: that is a defect', bad)


class Hog(Demos):
    def test_sentences_follow_the_samples(self):
        out = flat(self.demo('hog')[0])
        self.assertIn('until the handler has ended', out)
        self.assertIn('In a loop each handler delays', out)
        median = 'metric.page_p50_ns'
        quick = self.says('hog', setting(median, 12e6), 'quick')
        self.assertIn('had ended before the handler began', quick)
        self.assertIn('offload made no great difference', quick)
        self.assertNotIn('In a loop each handler', quick)
        slow = self.says('hog', setting(median, 1e9), 'slow')
        self.assertIn('threads: here they were slow, too.', slow)
        self.assertIn('offload made no great difference', slow)

    def test_hands_are_compared_with_the_samples(self):
        typed = [b'20 1,000\n', b'\n', b'1 2 3\n', b'\n']
        pages = self.typed('hog', typed)
        self.assertRegex(pages[1], r'Guesses: median 510\. Measured: 1,0\d\d '
                                   r'ms\.')
        self.assertIn('Measured: a (1 of 6)', pages[3])
        for ns, choice in ((5e8, 'b (2'), (9e8, 'c (3')):
            folder = self.changed('hog', setting('metric.page_p50_ns', ns),
                                  choice[0])
            pages = self.typed('hog', typed, '--from', folder)
            self.assertIn('Measured: %s of 6)' % choice, pages[3])


class Buffer(Demos):
    def waits(self, name, *ns):
        return self.says('buffer', both(*(
            setting('metric.' + column, value, parameters='hog_us=5000',
                    model='epoll')
            for column, value in zip(
                ('noticed_p99_ns', 'first_byte_p99_ns', 'page_p99_ns'), ns))),
            name)

    def test_sentences_follow_the_samples(self):
        self.assertIn('for about 4.00 ms of the 6.00 ms a record was not '
                      'noticed', self.waits('a', 4e6, 5e6, 6e6))
        self.assertIn('for about 4.00 ms of the 6.00 ms a record was noticed, '
                      'but not read', self.waits('b', 1e6, 5e6, 6e6))
        self.assertIn('for about 4.00 ms of the 6.00 ms a record was in its '
                      'own handler', self.waits('c', 1e6, 2e6, 6e6))
        self.assertIn('While one is busy, records wait about equally long in '
                      'both', self.says('buffer', setting(
                          'metric.page_p99_ns', 7e6), 'same'))
        self.assertRegex(self.waits('d', 1e3, 1e3, 1e3),
                         r'While one is busy, records wait [\d.]+ times as '
                         r'long in threads as in the event loop')

    def test_a_guess_stands_beside_the_time_in_its_unit(self):
        folder = self.changed('buffer', setting(
            'metric.page_p99_ns', 6.04e6, parameters='hog_us=5000'))
        pages = self.typed('buffer', [b'0.5\n', b'q\n'], '--from', folder)
        self.assertIn('Guess: 0.5. Measured: 6.04 ms.', pages[1])


class Lock(Demos):
    def costs(self, name, *ns):
        """Times of one increment with 1, 2, 4 and 8 threads."""
        def change(row):
            tasks = int(re.search('tasks=(\\d+)', row['parameters'])[1])
            row['real_ns'] = str(
                ns[tasks.bit_length() - 1] * int(row['items']))
        return self.says('lock', change, name)

    def test_the_cost_is_that_of_the_samples(self):
        more = self.costs('more', 10, 20, 40, 80)
        self.assertRegex(more, r' 1 10\.0 ns #+ 2 20\.0 ns #+ 4 40\.0 ns #+ '
                               r'8 80\.0 ns #+ ')
        self.assertIn('With 8 threads one increment takes 8.0 times as long as '
                      'with one', more)
        self.assertIn('Here 8 threads take about as long as one',
                      self.costs('same', 10, 10, 10, 11))
        self.assertIn('Here one increment of 8 threads takes 1/2.0 of the time',
                      self.costs('less', 10, 8, 6, 5))

    def trace(self, name, *times, gate=0):
        """Two tasks; the second is off its CPU for `times`, and waits for the
        gate before that."""
        folder = self.changed('lock', lambda row: None, name)
        path = os.path.join(folder, 'events.tsv')
        with open(path, encoding='utf-8') as file:
            head, names = file.read().splitlines()[:2]
        wait, cut = times
        rows = [(0, 1, 0, 'start', 0), (0, 2, 1, 'start', 0),
                (0, 1, 0, 'wait', 0), (0, 2, 1, 'wait', 0),
                (gate, 1, '-', 'on', 0), (gate, 2, '-', 'on', 1),
                (gate, 1, 0, 'turn', 0), (gate, 2, 1, 'turn', 0)]
        at = gate + 1000
        for how, ns in (('off', wait), ('cut', cut)):
            rows += [(at, 2, '-', how, 1), (at + ns, 2, '-', 'on', 1)]
            at += ns + 1000
        rows += [(gate + 1000, 1, 0, 'done', 0), (at, 2, 1, 'done', 0)]
        rows.sort(key=lambda row: row[0])
        head = re.sub(r'(duration_ns|whole_ns)=\d+', r'\1=%d' % at, head)
        with open(path, 'w', encoding='utf-8') as file:
            file.write('\n'.join([head, names] + [
                '\t'.join(map(str, row)) for row in rows]) + '\n\n')
        return flat(self.demo('lock', '--from', folder)[0])

    def test_shares_of_the_queue_are_those_of_the_trace(self):
        text = self.trace('waits', 6000, 0)
        # Task 1 runs for 1000 ns; task 2 for 1000, 1000 and 1000.
        shares = 'wait, for the mutex 60 % they run, with or without it 40 %'
        self.assertIn(shares, text)
        self.assertIn(shares, self.trace('gate', 6000, 0, gate=50000))
        self.assertIn('Most of the time they sleep in the queue', text)
        self.assertIn('Here they lacked a CPU for longer',
                      self.trace('ready', 1000, 9000))
        self.assertIn('Here they ran for longer', self.trace('runs', 900, 0))

    def test_without_switches_no_share_is_shown(self):
        folder = self.changed('lock', lambda row: None)
        path = os.path.join(folder, 'events.tsv')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('switches_error=0', 'switches_error=13'))
        out = flat(self.demo('lock', '--from', folder)[0])
        self.assertIn('The kernel did not record when threads slept '
                      '(Permission denied)', out)
        self.assertNotIn('wait, for the mutex', out)

    def test_without_a_trace_it_is_refused(self):
        folder = self.changed('lock', lambda row: None)
        os.remove(os.path.join(folder, 'events.tsv'))
        self.assertIn('there is no measured sample with a trace',
                      self.demo('lock', '--from', folder, code=USAGE)[1])


if __name__ == '__main__':
    support.main()
