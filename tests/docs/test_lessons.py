# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the lessons work, as they stand there.

    python3 test_lessons.py PATH-OF-BATON FOLDER-OF-LESSONS

Each block of commands runs in a folder of its own that has `./baton` and
docs/.  A run makes one round there: what it says is checked, not how fast.
A server has as much time to start as it takes, and where healthy sites stand
among broken ones, deadlines are longer, for a machine that stands still misses
short ones; nobody waits for them one after another then.
Before a block may stand what its last command exits with, if not 0, and what
is to be read in its output:

    <!-- exit: 1 -->
    <!-- prints: counter 5, should be 15 -->
"""
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))
import support  # noqa: E402
from support import Case  # noqa: E402

LESSONS = pathlib.Path(sys.argv.pop() if len(sys.argv) > 2 else '.').resolve()

BLOCK = re.compile(r'((?:^<!-- (?:exit|prints): [^\n]+ -->\n)*)'
                   r'^```sh\n(.*?)^```$', re.S | re.M)
MARK = re.compile(r'<!-- (exit|prints): (.+) -->')
PORT = '8642'  # of the origin in the lessons; here, any that is free

BATON = '''#!/bin/sh
case $1 in
run) exec {baton} "$@" --rounds 1 ;;
*) exec {baton} "$@" ;;
esac
'''


# A line of /proc/net/tcp: who listens there.
LISTENING = '''until grep -q ':{port:04X} 00000000:0000 0A' /proc/net/tcp
do sleep 0.01; done'''


def longer(run):
    """A run of faults, with two seconds more for each deadline."""
    words = run.group().split()
    if '--models' not in words:
        words += ['--models', 'null,thread-per-socket,libuv']
    models = words.index('--models') + 1
    words[models] = words[models].replace('sequential', 'null')
    times = words.index('--timeout-ms') + 1
    words[times] = ','.join(str(int(ms) + 2000)
                            for ms in words[times].split(','))
    return ' '.join(words)


def patient(commands, port):
    """The commands with another port, and time for all."""
    commands = commands.replace(PORT, str(port))
    commands = re.sub(r'^sleep 1$', LISTENING.format(port=port), commands,
                      flags=re.M)
    return re.sub(r'^\./baton run faults .*$', longer, commands, flags=re.M)


def joined(text):
    """A command that goes on is one line."""
    return re.sub(r' *\\\n *', ' ', text)


def blocks():
    """(lesson, first line of the block, marks, commands)"""
    for path in sorted(LESSONS.glob('*.md')):
        text = path.read_text(encoding='utf-8')
        for block in BLOCK.finditer(text):
            line = text.count('\n', 0, block.start(2)) + 1
            yield (path.name, line, MARK.findall(block.group(1)),
                   block.group(2))


class Lessons(Case):
    def setUp(self):
        super().setUp()
        os.symlink(LESSONS.parent, self.path('docs'))
        with open(self.path('baton'), 'w', encoding='utf-8') as file:
            file.write(BATON.format(baton=shlex.quote(support.BATON)))
        os.chmod(self.path('baton'), 0o755)
        os.mkdir(self.path('tmp'))  # for mktemp
        self.env['TMPDIR'] = self.path('tmp')

    def run_block(self, commands):
        """(exit status, output) of the commands; no process is left."""
        commands = patient(commands, support.free_port())
        with subprocess.Popen(['sh', '-eu', '-c', commands], cwd=self.dir,
                              env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              start_new_session=True) as shell:
            try:
                out, _ = shell.communicate(timeout=support.GUARD_S)
            finally:
                try:
                    os.killpg(shell.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        return shell.returncode, out

    def test_the_commands_do_what_the_lessons_say(self):
        seen, before = 0, set(os.listdir(self.dir))
        for lesson, line, marks, commands in blocks():
            with self.subTest(lesson=lesson, line=line):
                code, out = self.run_block(commands)
                # Results are ignored by git; nothing else is left here.
                self.assertLessEqual(set(os.listdir(self.dir)),
                                     before | {'baton-results'})
                wanted = [int(v) for key, v in marks if key == 'exit'] or [0]
                self.assertEqual([code], wanted, out)
                for key, words in marks:
                    if key == 'prints':
                        self.assertIn(words, out)
            seen += 1
        self.assertGreater(seen, 10)

    def test_no_block_is_overlooked(self):
        written = sum(path.read_text(encoding='utf-8').count('\n```sh\n')
                      for path in LESSONS.glob('*.md'))
        self.assertEqual(len(list(blocks())), written)

    def test_every_run_has_a_seed(self):
        for lesson, line, _, commands in blocks():
            for command in joined(commands).splitlines():
                if re.match(r'\./baton (run|trace|report)\b', command):
                    with self.subTest(lesson=lesson, line=line):
                        self.assertRegex(command, r' --seed \d')

    def test_an_error_is_called_error_or_why(self):
        """As lesson 3 counts them."""
        programs = sorted((LESSONS / 'straight').glob('scrape_*.c'))
        self.assertEqual(len(programs), 3)
        for path in programs:
            for line in path.read_text(encoding='utf-8').splitlines():
                if re.search(r'\berrno\b(?!\.h)|strerror|UV_E|\bn < 0', line):
                    with self.subTest(program=path.name):
                        self.assertRegex(line, r'\b(errors?|why)\b')

    def test_a_plan_fills_45_minutes_without_a_gap(self):
        for path in sorted(LESSONS.glob('[0-9]*.md')):
            plan = (LESSONS / 'plans' / path.name).read_text(encoding='utf-8')
            lesson = path.read_text(encoding='utf-8')
            sections = len(re.findall('^## ', lesson, re.M))
            with self.subTest(lesson=path.name):
                rows = re.findall(r'^\| (\d+)-(\d+) \|.*\| (\d+) \|$', plan,
                                  re.M)
                ends = ['0', *(end for _, end, _ in rows)]
                self.assertEqual([begin for begin, _, _ in rows], ends[:-1])
                self.assertEqual(ends[-1], '45')
                self.assertLessEqual(max(int(s) for _, _, s in rows), sections)
                for head in ('Answers', 'What may differ on your machine'):
                    self.assertIn('\n## %s\n' % head, plan)

    def test_nothing_printed_answers_a_later_question(self):
        """A command takes no model that a later prediction is about."""
        for path in sorted(LESSONS.glob('[0-9]*.md')):
            text = joined(path.read_text(encoding='utf-8'))
            text = text.split('## Exercises')[0]
            parts = re.split(r'^(?:\*\*Predict:\*\*|## Predict)', text,
                             flags=re.M)[1:]
            for part, later in zip(parts, parts[1:]):
                for command in re.findall(r'^\./baton run .*', part, re.M):
                    with self.subTest(lesson=path.name, command=command):
                        self.assertIn('--models', command)
                        self.assertNotIn(command, later)

    def test_every_exercise_has_an_answer(self):
        for path in sorted(LESSONS.glob('[0-9]*.md')):
            text = path.read_text(encoding='utf-8')
            for exercise in re.split(r'^\*\*(?=\d+\. )',
                                     text.partition('## Exercises')[2],
                                     flags=re.M)[1:]:
                with self.subTest(lesson=path.name, exercise=exercise[:20]):
                    self.assertIn('```sh\n', exercise)
                    self.assertIn('<summary>Answer</summary>', exercise)
            self.assertEqual(text.count('<details>'), text.count('</details>'))


if __name__ == '__main__':
    support.main()
