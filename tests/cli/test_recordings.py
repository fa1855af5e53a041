# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands read and write again: none mixes, loses or guesses samples."""
import codecs
import os
import pty
import shutil
import signal

import support
from support import (BROKEN, Case, read, Run, strict_json, USAGE,
                     wait_until)
from test_old_recordings import RECORDINGS


class Copies(Case):
    def copy(self, name):
        shutil.copytree(os.path.join(RECORDINGS, name), self.path(name))

    def bytes_of(self, *path):
        with open(self.path(*path), 'rb') as file:
            return file.read()

    def write(self, data, *path):
        with open(self.path(*path), 'wb') as file:
            file.write(data)


class Recordings(Copies):
    def test_a_check_is_no_report(self):
        for name in ('check-builds', 'check-commands', 'self-test'):
            self.copy(name)
            before = os.listdir(self.path(name))
            _, err = self.baton('report', '--from', name, code=USAGE)
            self.assertIn('baton check --replay %s' % name, err)
            self.assertEqual(os.listdir(self.path(name)), before)

    def test_cpus_are_those_that_samples_could_run_on(self):
        self.copy('check-builds')
        samples = self.bytes_of('check-builds/samples.tsv')
        self.write(samples.replace(b'# schema=1', b'# schema=2'),
                   'check-builds/samples.tsv')
        out, _ = self.baton('export', 'check-builds', '--to', 'gbench-cells')
        self.assertIn(b'# pin=1\n', samples)
        self.assertEqual(strict_json(out)['context']['num_cpus'], 1)

    def test_a_self_test_has_no_one_number_for_a_cell(self):
        self.copy('self-test')
        for form in ('gbench-cells', 'bencher'):
            _, err = self.baton('export', 'self-test', '--to', form,
                                code=USAGE)
            self.assertIn('holds a self-test', err)
        self.baton('export', 'self-test', '--to', 'csv')

    def test_a_self_test_that_was_killed_is_named(self):
        self.copy('self-test')
        samples = self.bytes_of('self-test/samples.tsv')
        self.assertNotIn(b'# ended=', samples)
        self.write(samples.replace(b'# schema=1', b'# schema=2'),
                   'self-test/samples.tsv')
        _, err = self.baton('check', '--replay', 'self-test')
        self.assertIn('was killed, or is still running, after', err)

    def test_line_ends_and_marks_of_other_systems_change_nothing(self):
        self.copy('check-commands')
        self.copy('faults')
        asked = (('check', '--replay', 'check-commands', '--json'),
                 ('export', 'check-commands', '--to', 'csv'),
                 ('export', 'faults', '--to', 'csv'),
                 ('report', '--from', 'faults', '--out', 'report'))
        files = [('check-commands', 'samples.tsv'), ('faults', 'samples.tsv'),
                 ('faults', 'sites.tsv')]

        def results():
            return [self.baton(*a, code=None) for a in asked]

        expected = results()
        for mark, end in ((b'', b'\r\n'), (codecs.BOM_UTF8, b'\n'),
                          (codecs.BOM_UTF8, b'\r\n')):
            for file in files:
                plain = self.bytes_of(*file).removeprefix(codecs.BOM_UTF8)
                plain = plain.replace(b'\r\n', b'\n')
                self.write(mark + plain.replace(b'\n', end), *file)
            self.assertEqual(results(), expected)

    def test_without_a_sample_no_report_is_replaced(self):
        self.copy('counter')
        self.baton('report', '--from', 'counter', code=None)
        kept = read(self.path('counter/report.html'))
        lines = self.bytes_of('counter/samples.tsv').splitlines(True)
        head = [line for line in lines if line.startswith(b'#')]
        names = lines[len(head)]
        for data in (b'', b'\n', b''.join(head), b''.join(head) + names,
                     b''.join(head) + names + b'1\t2\n' * 3,
                     b''.join(head) + names + lines[-1][:-9],
                     b''.join(head) + names + lines[len(head) + 1] + b'1\t'):
            self.write(data, 'counter/samples.tsv')
            _, err = self.baton('report', '--from', 'counter', code=BROKEN)
            self.assertIn('counter/samples.tsv', err)
            self.assertEqual(read(self.path('counter/report.html')), kept)

    def test_samples_are_never_written_over(self):
        self.copy('counter')
        self.copy('faults')
        samples = self.bytes_of('counter/samples.tsv')
        sites = self.bytes_of('faults/sites.tsv')
        other = self.bytes_of('faults/samples.tsv')
        os.symlink('counter/samples.tsv', self.path('link'))
        os.symlink('counter', self.path('folder'))
        os.link(self.path('counter/samples.tsv'), self.path('hard'))
        for run, name in (('counter', 'counter/samples.tsv'),
                          ('counter', 'counter/../link'), ('counter', 'hard'),
                          ('counter', 'folder/samples.tsv'),
                          ('folder', 'counter/samples.tsv'),
                          ('counter', 'faults/samples.tsv'),
                          ('faults', 'faults/sites.tsv')):
            _, err = self.baton('export', run, '--to', 'csv', '--out', name,
                                code=USAGE)
            self.assertIn('a file with the samples of a run', err)
        with open(self.path('counter/samples.tsv'), 'ab') as file:
            self.baton('export', 'counter', '--to', 'csv', code=USAGE,
                       stdout=file)
        self.baton('trace', 'counter', '--model', 'null', '--out', 'link',
                   code=BROKEN)
        _, err = self.baton('check', '--output', 'hard', '--', 'true', '--',
                            'true', code=USAGE)
        self.assertIn('is a recording: it would be emptied', err)
        self.assertEqual(self.bytes_of('counter/samples.tsv'), samples)
        self.assertEqual(self.bytes_of('faults/sites.tsv'), sites)
        self.assertEqual(self.bytes_of('faults/samples.tsv'), other)

    def test_a_report_takes_the_place_of_no_other_run(self):
        for name in ('counter', 'faults'):
            self.copy(name)
        os.symlink('counter', self.path('folder'))
        before = sorted(os.listdir(self.path('faults')))
        _, err = self.baton('report', '--from', 'counter', '--out', 'faults',
                            code=USAGE)
        self.assertIn('faults holds another run: choose another --out', err)
        self.assertEqual(sorted(os.listdir(self.path('faults'))), before)
        self.baton('report', '--from', 'counter', '--out', 'folder')

    def test_a_full_output_is_said_once_and_why(self):
        self.copy('counter')
        for args in (('export', 'counter', '--to', 'csv'),
                     ('check', '--replay', os.path.join(RECORDINGS,
                                                        'check-commands')),
                     ('report', '--from', 'counter')):
            with open('/dev/full', 'w', encoding='utf-8') as full:
                _, err = self.baton(*args, code=BROKEN, stdout=full)
            self.assertEqual(err.count('cannot write to standard output'), 1)
            self.assertIn('No space left', err)

    def test_a_limit_is_named(self):
        _, err = self.baton('run', 'counter', '--tasks',
                            ','.join('%d' % (i + 1) for i in range(400)),
                            code=USAGE)
        self.assertIn('--tasks takes at most 256 values', err)
        self.assertNotIn('200,201', err)


class Endings(Copies):
    def measure(self):
        """Seven rounds: the lines of samples.tsv, the last but one whole."""
        self.run_cells('counter', '--models', 'sequential,locked', '--tasks',
                       '2', '--increments', '10', '--rounds', '7', code=None)
        return self.bytes_of('run/samples.tsv').splitlines(True)

    def says(self, words, *, lost=0):
        """Each reader has the words, and how many lines it could not read."""
        out, err = self.baton('report', '--from', 'run', code=None)
        for text in (' '.join(out.split()), err,
                     ' '.join(read(self.path('run/summary.txt')).split()),
                     read(self.path('run/report.html'))):
            self.assertIn(words, text)
        if lost:
            self.assertIn('%d line of samples.tsv could not be read' % lost,
                          ' '.join(out.split()))
        for form in ('gbench-cells', 'bencher', 'benchstat', 'csv'):
            out, err = self.baton('export', 'run', '--to', form)
            self.assertIn(words, err)
            self.assertEqual('%d lines could not be read' % lost in err,
                             lost > 0)
            if form == 'gbench-cells':
                self.assertEqual(
                    strict_json(out)['context']['baton_ended_early'], words)

    def test_a_whole_run_is_not_said_to_have_ended_early(self):
        self.assertEqual(self.measure()[-1], b'# ended=complete\n')
        out, err = self.baton('report', '--from', 'run', code=None)
        self.assertNotIn('after 7', out + err)

    def test_an_interrupted_run_is_called_so_by_every_reader(self):
        lines = self.measure()
        self.write(b''.join(lines[:-3]) + b'# ended=interrupted\n',
                   'run/samples.tsv')
        self.says('interrupted after 6 of 7 rounds')

    def test_a_killed_run_is_called_so_by_every_reader(self):
        lines = self.measure()
        words = 'killed, or is still running, after 6 of 7 rounds'
        for left, lost in ((lines[-3][:-30], 1), (b'', 0)):
            self.write(b''.join(lines[:-3]) + left, 'run/samples.tsv')
            self.says(words, lost=lost)

    def test_an_interrupted_run_says_so_itself(self):
        run = Run(self, 'run', 'counter', '--models', 'sequential', '--rounds',
                  '300', '--out', 'run')
        wait_until(lambda: os.path.exists(self.path('run/samples.tsv')) and
                   read(self.path('run/samples.tsv')).count('\tok\t') > 3,
                   'two rounds')
        run.kill(signal.SIGINT)
        out, _ = run.end(BROKEN)
        self.assertRegex(' '.join(out.split()),
                         r'This run was interrupted after \d+ of 300 rounds\.')
        context = strict_json(read(self.path('run/benchmark.json')))['context']
        self.assertRegex(context['baton_ended_early'],
                         r'^interrupted after \d+ of 300 rounds$')


class Terminals(Copies):
    def shown(self, *args, **env):
        """What comes out of a terminal that is both of its outputs."""
        ours, theirs = pty.openpty()
        self.baton(*args, code=None, env=env, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = b''
        while True:
            try:
                text += os.read(ours, 65536)
            except OSError:
                break
        os.close(ours)
        return text

    def test_a_dumb_terminal_gets_no_escapes(self):
        self.copy('counter')
        for args in (('check', '--budget', '100ms', '--', 'true', '--',
                      'true'),
                     ('check', '--replay', os.path.join(RECORDINGS,
                                                        'check-commands')),
                     ('report', '--from', 'counter'),
                     ('scrape', 'http://127.0.0.1:1/'),
                     ('demo', 'noise')):
            self.assertNotIn(b'\x1b', self.shown(*args, TERM='dumb'), args)

    def test_no_colour_where_none_is_wanted(self):
        self.copy('counter')
        report = ('report', '--from', 'counter')
        self.assertIn(b'\x1b[', self.shown(*report, TERM='xterm'))
        self.assertNotIn(b'\x1b', self.shown(*report, TERM='xterm',
                                             NO_COLOR='1'))


if __name__ == '__main__':
    support.main()
