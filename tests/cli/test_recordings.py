# SPDX-License-Identifier: GPL-3.0-or-later
"""What commands read and write again: none mixes, loses or guesses samples."""
import codecs
import os
import pty
import shutil

import support
from support import BROKEN, Case, read, USAGE
from test_old_recordings import RECORDINGS


class Copies(Case):
    def copy(self, name):
        shutil.copytree(os.path.join(RECORDINGS, name), self.path(name))


class Recordings(Copies):
    def bytes_of(self, *path):
        with open(self.path(*path), 'rb') as file:
            return file.read()

    def write(self, data, *path):
        with open(self.path(*path), 'wb') as file:
            file.write(data)

    def test_a_check_is_no_report(self):
        for name in ('check-builds', 'check-commands', 'self-test'):
            self.copy(name)
            before = os.listdir(self.path(name))
            _, err = self.baton('report', '--from', name, code=USAGE)
            self.assertIn('baton check --replay %s' % name, err)
            self.assertEqual(os.listdir(self.path(name)), before)

    def test_a_self_test_has_no_one_number_for_a_cell(self):
        self.copy('self-test')
        for form in ('gbench-cells', 'bencher'):
            _, err = self.baton('export', 'self-test', '--to', form,
                                code=USAGE)
            self.assertIn('holds a self-test', err)
        self.baton('export', 'self-test', '--to', 'csv')

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
                     b''.join(head) + names + lines[-1][:-9]):
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
