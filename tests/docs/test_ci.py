# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes of docs/ci.md do what they say, as they stand there.

    python3 test_ci.py PATH-OF-BATON PATH-OF-ci.md

The first runs in a git repository whose meson.build makes build/baton: the real
one, or in a later commit one that takes five times as long. Budgets are small,
through the variables of the recipes; nothing asks whether a machine is quiet.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))
import support  # noqa: E402
from support import BROKEN, Case, DONE, FINDING, read, strict_json  # noqa: E402

DOCUMENT = pathlib.Path(sys.argv.pop() if len(sys.argv) > 2 else 'ci.md')
BLOCK = re.compile(r'^```sh\n(.*?)^```$', re.S | re.M)

UNDECIDED = 3
CELL = 'counter/sequential/tasks:10/increments:1000'
ARTIFACTS = ['base.json', 'cand.json', 'junit.xml', 'samples.tsv', 'summary.md',
             'verdict.json']

# What is built is a copy of the file that stands in the repository.
MESON = '''project('program', meson_version: '>= 0.55')
custom_target('baton', input: 'program', output: 'baton',
  build_by_default: true, command: [find_program('cp'), '@INPUT@',
  '@OUTPUT@'])
'''

# Runs five times the iterations, and reports them as if they were those that
# it was asked for: more work, which ends in the same results.
SLOWER = '''#!{python} -ISB
import os, subprocess, sys
BATON, TIMES = {baton!r}, 5
args = dict(word.partition('=')[::2] for word in sys.argv[2:])
if sys.argv[1] != 'cell' or 'iterations' not in args:
    os.execv(BATON, [BATON, *sys.argv[1:]])
results, iterations = int(args['results_fd']), int(args['iterations'])
size = os.fstat(results).st_size
memory = os.memfd_create('results')
os.truncate(memory, TIMES * size)
args.update(results_fd=str(memory), iterations=str(TIMES * iterations))
done = subprocess.run(
    [BATON, 'cell', *('='.join(pair) for pair in args.items())],
    stdout=subprocess.PIPE, text=True, pass_fds=[memory])
os.pwrite(results, os.pread(memory, size, 0), 0)
for line in done.stdout.splitlines():
    key, equals, value = line.partition('=')
    if key == 'iterations':
        value = iterations
    elif key.endswith('_ns'):
        value = repr(TIMES * float(value))
    print(key, equals, value, sep='')
sys.exit(done.returncode)
'''

COUNT = '''#!/bin/sh
i=0
while [ $i -lt {times} ]; do i=$((i + 1)); done
'''

# What a person has time for, and a test has not.
LONG, SHORT = '--self-test 30m', '--self-test 1s --budget 100ms'


def block(words):
    """The commands of the one block that has these words."""
    found = [text for text in BLOCK.findall(DOCUMENT.read_text('utf-8'))
             if words in text]
    if len(found) != 1:
        raise AssertionError('%d blocks have %r' % (len(found), words))
    return found[0]


BUILDS, COMMANDS = 'git merge-base', 'new/program'
CERTIFY, REPLAY, EXPORT = LONG, '--replay', 'baton export'


class Recipe(Case):
    def setUp(self):
        super().setUp()
        self.env.update(
            XDG_STATE_HOME=self.path('state'), SUMMARY=self.path('page.md'),
            PATH='%s:%s' % (self.path('bin'), self.env['PATH']))
        for name in ('TARGET', 'BASE', 'CELLS', 'BUDGET', 'OUT', 'UNDECIDED'):
            self.env.pop(name, None)
        # As if it had been installed.
        os.mkdir(self.path('bin'))
        os.symlink(support.BATON, self.path('bin/baton'))

    def script(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)

    def run_block(self, words, *codes, **env):
        """Its exit status, one of `codes`."""
        commands = block(words).replace(LONG, SHORT)
        with subprocess.Popen(['sh', '-c', commands], cwd=self.dir, text=True,
                              env=dict(self.env, **env),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              start_new_session=True) as shell:
            try:
                out, _ = shell.communicate(timeout=support.GUARD_S)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
        self.assertIn(shell.returncode, codes, out)
        return shell.returncode

    def artifacts(self, code):
        """They are all there and tell the same."""
        self.assertEqual(sorted(os.listdir(self.path('speed'))), ARTIFACTS)
        verdict = strict_json(read(self.path('speed/verdict.json')))
        summary = read(self.path('speed/summary.md'))
        suite = xml.etree.ElementTree.parse(
            self.path('speed/junit.xml')).getroot()
        self.assertEqual(int(suite.get('failures')), int(code == FINDING))
        self.assertEqual(summary.splitlines()[0],
                         '**%s**' % verdict['ruling'])
        self.assertEqual(read(self.path('page.md')), summary)
        return verdict


class Document(Case):
    def test_no_block_is_overlooked(self):
        run = {block(words) for words in (BUILDS, COMMANDS, CERTIFY, REPLAY,
                                          EXPORT)}
        self.assertEqual(DOCUMENT.read_text('utf-8').count('\n```sh\n'),
                         len(run))


class Builds(Recipe):
    """The recipe for Baton, in a repository that is as its."""

    def setUp(self):
        super().setUp()
        for program in ('git', 'meson', 'ninja'):
            if not shutil.which(program):
                self.skipTest('%s is not installed' % program)
        self.env.update(GIT_CONFIG_GLOBAL=os.devnull,
                        GIT_CONFIG_SYSTEM=os.devnull, CELLS=CELL, TARGET='main')
        self.git('init', '-q', '-b', 'main')
        with open(self.path('meson.build'), 'w', encoding='utf-8') as file:
            file.write(MESON)
        shutil.copy(support.BATON, self.path('program'))
        self.commit('base')
        self.git('checkout', '-q', '-b', 'change')

    def git(self, *args):
        subprocess.run(['git', '-c', 'user.name=A', '-c', 'user.email=a@b',
                        *args], cwd=self.dir, env=self.env, check=True,
                       stdout=subprocess.DEVNULL)

    def commit(self, message):
        self.git('add', 'meson.build', 'program')
        self.git('commit', '-q', '--allow-empty', '-m', message)

    def slower(self):
        self.script('program', SLOWER.format(python=sys.executable,
                                             baton=support.BATON))
        self.commit('five times as much work')

    def test_identical_builds_are_not_slower(self):
        self.commit('nothing')
        code = self.run_block(BUILDS, DONE, UNDECIDED, BUDGET='2s')
        verdict = self.artifacts(code)
        self.assertEqual(verdict['base'], 'speed-base/build/baton')
        self.assertEqual(len(verdict['cells']), 1)
        # The same job once more, in the same place.
        os.remove(self.path('page.md'))
        self.run_block(BUILDS, DONE, BUDGET='1s', UNDECIDED='0')

    def test_a_build_that_takes_five_times_as_long_fails(self):
        self.slower()
        self.assertEqual(
            self.artifacts(self.run_block(BUILDS, FINDING, BUDGET='8s'))
            ['cells'][0]['events'], '')

    def test_a_build_that_was_kept_is_the_base(self):
        self.slower()
        self.run_block(BUILDS, DONE, BUDGET='1s', UNDECIDED='0',
                       BASE=self.path('program'))
        self.assertFalse(os.path.exists(self.path('speed-base')))

    def left(self, place):
        """A build of an earlier job, which must not stand for this one's."""
        os.makedirs(self.path(place))
        shutil.copy(support.BATON, self.path(place, 'baton'))

    def test_without_a_base_it_is_broken(self):
        self.left('speed-base/build')
        self.run_block(BUILDS, BROKEN, TARGET='nowhere', BUDGET='1s')
        self.assertFalse(os.path.exists(self.path('page.md')))

    def test_a_candidate_that_cannot_be_built_is_broken(self):
        self.left('build')
        with open(self.path('meson.build'), 'a', encoding='utf-8') as file:
            file.write("error('no')\n")
        self.run_block(BUILDS, BROKEN, BUDGET='1s')
        self.assertFalse(os.path.exists(self.path('page.md')))


class Commands(Recipe):
    def programs(self, old, new):
        self.script('old/program', COUNT.format(times=old))
        self.script('new/program', COUNT.format(times=new))

    def test_more_work_fails(self):
        self.programs(4000, 20000)
        self.artifacts(self.run_block(COMMANDS, FINDING, BUDGET='3s'))

    def test_the_same_work_does_not_and_can_be_looked_into(self):
        self.programs(4000, 4000)
        self.artifacts(self.run_block(COMMANDS, DONE, UNDECIDED, BUDGET='2s'))
        self.run_block(REPLAY, DONE, UNDECIDED)
        self.assertEqual(read(self.path('verdict.json')),
                         read(self.path('speed/verdict.json')))
        self.run_block(EXPORT, DONE)
        name, = strict_json(read(self.path('bencher.json')))
        row, = strict_json(read(self.path('cells.json')))['benchmarks']
        self.assertEqual(row['name'], name + '/real_time')
        self.assertIn('/arm=cand', read(self.path('go.txt')))
        self.assertIn(',arm,', read(self.path('samples.csv')))

    def test_the_self_test_certifies(self):
        self.run_block(CERTIFY, DONE)
        kept = read(self.path('self-test/certificate.json'))
        self.assertIn('identical code gave a false alarm in 0 of',
                      strict_json(kept)['sentence'])


if __name__ == '__main__':
    support.main()
