# SPDX-License-Identifier: GPL-3.0-or-later
"""What `meson install` puts where, and that it works from there."""
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from asking import SOURCE
import support
from support import BROKEN, USAGE, Case, read

PATH = '/usr/bin:/bin'  # what a person has, who has no source tree


def headers():
    """model.h, what models share, and all that these include."""
    found, left = set(), {'models/model.h', 'models/model.hh'} | {
        os.path.relpath(path, SOURCE) for path in
        glob.glob(os.path.join(SOURCE, 'models', 'wait', '*.h'))}
    while left:
        name = left.pop()
        found.add(name)
        left |= set(re.findall(r'^#include "(.*)"',
                               read(SOURCE, name), re.M)) - found
    return sorted(found)


def words(path):
    with open(path, 'rb') as file:
        return file.read()


class Installed(Case):
    """`root` is a copy of the prefix, somewhere else than it was meant for."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which('meson'):
            raise unittest.SkipTest('meson is not in the PATH')
        cls.build = os.path.dirname(support.BATON)
        cls.options = {o['name']: o['value'] for o in json.loads(
            read(cls.build, 'meson-info', 'intro-buildoptions.json'))}
        cls.stage = tempfile.mkdtemp(prefix='baton-test-')
        cls.addClassCleanup(shutil.rmtree, cls.stage, ignore_errors=True)
        subprocess.run(['meson', 'install', '--no-rebuild', '-C', cls.build,
                        '--destdir', cls.stage], check=True,
                       stdout=subprocess.DEVNULL)

    def setUp(self):
        super().setUp()
        self.root = self.path('moved', 'to')
        shutil.copytree(self.stage + self.options['prefix'], self.root)
        self.env = {'PATH': PATH, 'HOME': self.dir, 'LC_ALL': 'C.UTF-8'}
        self.elsewhere = self.path('elsewhere')
        os.mkdir(self.elsewhere)

    def place(self, option, *names):
        return os.path.join(self.root, self.options[option], *names)

    def files(self, root=None):
        return sorted(os.path.join(folder, name)
                      for folder, _, names in os.walk(root or self.root)
                      for name in names)

    def run_installed(self, *args, code=0, **env):
        p = subprocess.run([self.place('bindir', 'baton'), *args],
                           capture_output=True, text=True, check=False,
                           stdin=subprocess.DEVNULL, cwd=self.elsewhere,
                           env=dict(self.env, **env), timeout=support.GUARD_S)
        self.assertEqual(p.returncode, code, p.stdout + p.stderr)
        return p.stdout, p.stderr

    def run_cells(self):
        """A run of one round, below `elsewhere`; its messages."""
        return self.run_installed('run', 'counter', '--rounds', '1', '--tasks',
                                  '4', '--out', 'run')

    def here(self, *names):
        return os.path.join(self.elsewhere, 'run', *names)

    def test_the_launcher_builds_all_that_the_program_reads(self):
        """It builds the target `program`, and not the tests."""
        said = subprocess.run(['ninja', '-C', self.build, '-t', 'query',
                               'program'], capture_output=True, text=True,
                              check=True).stdout
        made = set(re.findall(r'^ +\|* *(\S+)$', said, re.M))
        installed = json.loads(
            read(self.build, 'meson-info', 'intro-installed.json'))
        data = {os.path.relpath(path, self.build) for path, place
                in installed.items() if '/share/baton/' in place}
        self.assertGreater(len(data), 10)
        self.assertEqual(data - made, set())

    def test_these_files_and_no_others(self):
        scripts = [os.path.basename(p) for p in
                   glob.glob(os.path.join(SOURCE, 'plots', '*.gp'))]
        self.assertGreater(len(scripts), 1)
        claims = [name for name in os.listdir(os.path.join(SOURCE, 'claims'))
                  if '.' not in name]
        self.assertIn('sets', claims)
        programs = [os.path.basename(p) for p in
                    glob.glob(os.path.join(SOURCE, 'references', '*', '*'))]
        self.assertIn('python.py', programs)
        lessons = [os.path.relpath(p, SOURCE) for pattern in
                   ('*.md', 'plans/*.md', 'straight/*.[ch]') for p in
                   glob.glob(os.path.join(SOURCE, 'docs/lessons', pattern))]
        self.assertIn('docs/lessons/1-the-counter.md', lessons)
        lessons += [os.path.relpath(p, SOURCE) for p in glob.glob(
            os.path.join(SOURCE, 'results', 'demos', '*', '*.tsv'))]
        data, share = 'datadir', ('baton', 'plots')
        self.assertEqual(self.files(), sorted(
            [self.place('bindir', 'baton'),
             self.place('libexecdir', 'baton', 'baton-watched'),
             *self.conformance(),
             self.place('mandir', 'man1', 'baton.1'),
             self.place(data, 'baton', 'results', 'noise', 'samples.tsv'),
             *([self.place(data, 'baton', 'tests', 'conformance',
                           'conformance.tar')] if self.conformance() else []),
             self.place(data, 'baton', 'data', 'new_counting.c'),
             self.place(data, 'baton', 'data', 'new_connections.c'),
             self.place(data, 'baton', 'data', 'matrix.css'),
             self.place(data, 'baton', 'data', 'verdicts.css'),
             self.place(data, 'baton', 'data', 'report.css'),
             self.place(data, 'bash-completion', 'completions', 'baton'),
             self.place(data, 'zsh', 'site-functions', '_baton'),
             self.place(data, 'fish', 'vendor_completions.d', 'baton.fish')] +
            [self.place(data, *share, name) for name in scripts] +
            [self.place('includedir', 'baton', name) for name in headers()] +
            [self.place('libdir', 'pkgconfig', 'baton.pc')] +
            [self.place(data, 'baton', 'claims', name) for name in claims] +
            [self.place(data, 'baton', *name.split('/')) for name in lessons] +
            [self.place(data, 'baton', 'references', name)
             for name in programs]))
        self.assertEqual(len(self.files()), len(self.files(self.stage)))

    def programs(self):
        return [self.place('bindir', 'baton'), *self.conformance(),
                self.place('libexecdir', 'baton', 'baton-watched')]

    def conformance(self):
        """It is not there where it was built without cmocka."""
        name = 'baton-conformance'
        there = os.path.exists(os.path.join(self.build, name))
        return [self.place('libexecdir', 'baton', name)] if there else []

    def test_only_the_programs_can_be_executed(self):
        self.assertEqual([f for f in self.files() if os.access(f, os.X_OK) and
                          os.stat(f).st_mode & 0o111], self.programs())

    def test_the_conformance_program_runs_from_there(self):
        if not self.conformance():
            self.skipTest('it was built without cmocka')
        p = subprocess.run([*self.conformance(), '--model', 'locked', '--suite',
                            'relay'], capture_output=True, text=True,
                           check=False, env=self.env, cwd=self.elsewhere)
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)
        self.assertIn('passed   relay: every runner has its turn', p.stdout)

    def test_a_model_is_compiled_and_loaded_from_there(self):
        """Of another contract, so that its checks take no time."""
        if not self.conformance():
            self.skipTest('it was built without cmocka')
        if subprocess.run(['unshare', '-Urpfn', 'true'], check=False,
                          capture_output=True).returncode:
            self.skipTest('no namespaces can be made here')
        text = read(SOURCE, 'tests/data/mistakes/reference_counting.c')
        with open(self.path('mine.c'), 'w', encoding='utf-8') as file:
            file.write(text.replace('MODEL_CONTRACT', '1'))
        out = json.loads(self.run_installed('grade', self.path('mine.c'),
                                            '--json', code=1)[0])
        self.assertEqual([c['result'] for c in out['checks']][:2],
                         ['passed', 'failed'])
        self.assertIn('a model of contract 1', out['checks'][1]['seen'])

    def test_the_measured_program_has_no_hook(self):
        measured, hooked = (
            set(re.findall(r'^[0-9a-f]+ [A-Z] (\w+)$', subprocess.run(
                ['nm', program], capture_output=True, text=True,
                check=True).stdout, re.M))
            for program in (self.programs()[0], self.programs()[-1]))
        hooks = {'watched_load', 'watched_store', 'pthread_mutex_lock',
                 'sched_yield'}
        self.assertLess(hooks, hooked)
        self.assertFalse(hooks & measured)
        self.assertIn('guarded_run', measured)

    def test_nothing_names_the_place_it_was_built_in(self):
        for program in self.programs():
            subprocess.run(['objcopy', '--strip-debug', program], check=True)
        for path in self.files():
            for place in (SOURCE, self.build):
                # "../../place" is a relative name, and means nothing.
                found = re.search(rb'(?<!\.)' + re.escape(os.fsencode(place)),
                                  words(path))
                self.assertIsNone(found, '%s in %s' % (place, path))

    def test_it_says_what_there_is(self):
        self.assertEqual(self.run_installed('list', '--json')[0],
                         self.baton('list', '--json')[0])
        self.assertEqual(self.run_installed('--version')[0],
                         self.baton('--version')[0])

    def test_a_run_is_measured_and_reported(self):
        out, err = self.run_cells()
        self.assertIn('Results: run', out)
        self.assertTrue(read(self.here('report.html')).startswith('<!'))
        if shutil.which('gnuplot', path=PATH):
            self.assertNotIn('could not', err)

    def test_its_own_style_is_in_the_page(self):
        mark = '/* this one */'
        with open(self.place('datadir', 'baton', 'data', 'report.css'), 'a',
                  encoding='utf-8') as file:
            file.write(mark + '\n')
        self.run_cells()
        self.assertIn(mark, read(self.here('report.html')))

    def test_its_own_scripts_draw_the_figures(self):
        if not shutil.which('gnuplot', path=PATH):
            self.skipTest('gnuplot is not installed')
        self.run_cells()
        self.assertGreater(len(glob.glob(self.here('figures', '*.svg'))), 0)
        shutil.rmtree(self.here('figures'))
        err = self.run_installed('report', '--from', 'run')[1]
        self.assertNotIn('could not', err)
        self.assertGreater(len(glob.glob(self.here('figures', '*.svg'))), 0)
        os.rename(self.place('datadir', 'baton', 'plots'), self.path('plots'))
        err = self.run_installed('report', '--from', 'run')[1]
        self.assertIn('could not be drawn', err)
        # Wherever they are, they are found when they are named.
        err = self.run_installed('report', '--from', 'run',
                                 BATON_DATA=self.dir)[1]
        self.assertNotIn('could not be drawn', err)

    def test_its_own_recording_is_replayed(self):
        self.assertIn('threads wait', self.run_installed('demo', 'lock')[0])
        out = self.run_installed('demo', 'noise')[0]
        self.assertIn('opposite conclusions', out)
        if shutil.which('gnuplot', path=PATH):
            self.assertIn('in the order in which they were taken\n', out)
        os.rename(self.place('datadir', 'baton', 'results'), self.path('gone'))
        self.assertIn('results/noise/samples.tsv is not there',
                      self.run_installed('demo', 'noise', code=BROKEN)[1])

    def test_a_linked_program_finds_what_is_its_own(self):
        if not shutil.which('gnuplot', path=PATH):
            self.skipTest('gnuplot is not installed')
        self.run_cells()
        os.makedirs(self.path('bin'))
        os.symlink(self.place('bindir', 'baton'), self.path('bin', 'baton'))
        p = subprocess.run(['baton', 'report', '--from', 'run'], check=False,
                           capture_output=True, text=True, cwd=self.elsewhere,
                           env=dict(self.env, PATH='%s:%s' % (
                               self.path('bin'), PATH)))
        self.assertEqual(p.returncode, 0, p.stderr)
        self.assertNotIn('could not', p.stderr)

    def test_the_directory_of_no_run_is_refused(self):
        err = self.run_installed('report', '--from', '.', code=USAGE)[1]
        self.assertIn('it has no samples.tsv', err)

    def test_man_finds_the_page(self):
        if not shutil.which('man'):
            self.skipTest('man is not installed')
        p = subprocess.run(['man', '-M', self.place('mandir'), '-w', 'baton'],
                           check=False, capture_output=True, text=True)
        self.assertEqual(p.stdout.strip(),
                         self.place('mandir', 'man1', 'baton.1'))


if __name__ == '__main__':
    support.main()
