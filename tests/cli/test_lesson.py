# SPDX-License-Identifier: GPL-3.0-or-later
"""`baton lesson`: text, commands and answers, step by step or all at once."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import support
from support import DONE, USAGE, Case, read
from terminal import Terminal

CLEAR = '\033[H\033[2J'

LESSON = '''# 1. Small
An introduction with a [link](x.md), **bold** words, 2 * 3 and `a * b`; it
goes on [1, 2].

- an item
1. a number

| a | b |
|---|---|
| one | two |

## First
<!-- exit: 3 -->
```sh
echo made > made; echo "in $(basename "$PWD")"
test -x baton && test -f docs/lessons/README.md
exit 3
```

<details><summary>The answer</summary>

> forty
> two
</details>

## Second
![A picture](../x/pic.svg)

```sh
sleep 60 & false
```

```sh
./baton run counter --tasks 2 --increments 10 --models sequential,libuv --rounds 6 --seed 1
```

```c
int x; /* [not](a) *link* */
```
'''
LONG = '# 2. Long\n' + ''.join('Paragraph %d.\n\n' % i for i in range(30))


class Lesson(Case):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path('data/docs/lessons/plans'))
        for name, text in (('1-small.md', LESSON), ('README.md', '# All\n'),
                           ('2-long.md', LONG),
                           ('plans/1-small.md', '# The plan\n')):
            with open(self.path('data/docs/lessons/' + name), 'w',
                      encoding='utf-8') as file:
                file.write(text)
        self.env['BATON_DATA'] = self.path('data')
        self.env.pop('NO_COLOR', None)

    def talk(self, *args, rows=40, keys=()):
        """What it prints; a key is sent once its prompt has come."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ,
                    struct.pack('HHHH', rows, 80, 0, 0))
        p = subprocess.Popen([support.BATON, 'lesson', *args], cwd=self.dir,
                             env=dict(self.env, TERM='xterm'), stdin=follower,
                             stdout=follower, stderr=follower,
                             start_new_session=True)
        os.close(follower)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        self.addCleanup(os.close, leader)
        out = ''
        for prompt, key in [*keys, (None, None)]:
            begin = len(out)
            while prompt is None or prompt not in out[begin:]:
                ready, _, _ = select.select([leader], [], [], support.GUARD_S)
                self.assertTrue(ready, out)
                try:
                    chunk = os.read(leader, 4096)
                except OSError:
                    chunk = b''
                if not chunk:
                    self.assertIsNone(prompt, out)
                    self.code = p.wait()
                    return out.replace('\r', '')
                out += chunk.decode()
            if isinstance(key, int):
                os.killpg(p.pid, key)
            else:
                os.write(leader, key.encode())
        return out

    def test_the_list_of_lessons(self):
        out, _ = self.baton('lesson')
        self.assertTrue(out.startswith('1. Small\n2. Long\n'), out)
        self.assertEqual(self.baton('lesson', '1', '--list')[0],
                         ' 1  First\n 2  Second\n')
        self.assertEqual(self.baton('lesson', '1', '--plan')[0], 'The plan\n')

    def test_without_a_terminal_it_prints_all_and_runs_nothing(self):
        out, _ = self.baton('lesson', '1')
        self.assertEqual(out.split('\nFirst\n')[0], '''1. Small

An introduction with a link, bold words, 2 * 3 and `a * b`; it goes on [1, 2].

- an item
1. a number

  a    b
  one  two
''')
        for words in ('The answer\n\nforty two\n', '    exit 3\n',
                      'Figure pic.svg: A picture\n',
                      '  int x; /* [not](a) *link* */\n'):
            self.assertIn('\n' + words, out)
        self.assertNotIn('in lesson', out)
        self.assertEqual(os.listdir(self.dir), ['data'])

    def test_with_yes_it_runs_the_commands_in_a_folder_of_their_own(self):
        out, _ = self.baton('lesson', '1', '--yes')
        results = os.listdir(self.path('baton-results'))
        self.assertEqual(sorted(os.listdir(self.dir)),
                         ['baton-results', 'data'])
        self.assertRegex(results[0], r'^\d{8}T\d{6}Z-lesson-1$')
        self.assertIn('\nin %s\n' % results[0], out)
        self.assertEqual(read(self.path('baton-results', results[0], 'made')),
                         'made\n')
        self.assertIn('(exit status 1 instead of 0)', out)
        self.assertEqual(out.count('exit status'), 1)
        self.assertIn('Findings\n', out)

    def test_a_guess_is_asked_by_the_command(self):
        with open(self.path('class'), 'w', encoding='utf-8') as file:
            file.write('Ann\trun-ratio:libuv\t2\n')
        out, _ = self.baton('lesson', '1', '--yes', '--out', 'here',
                            '--guesses', 'class')
        self.assertRegex(out, r'Ann +2 +too')
        self.assertTrue(os.path.isdir(self.path('here')))

    def test_a_terminal_waits_before_commands_answers_and_sections(self):
        out = self.talk('1', keys=(
            ('section 1 of 2', '\n'), ('Enter: run this', '\n'),
            ('Enter: the answer', '\n'), ('section 2 of 2', 's\n')))
        self.assertEqual(self.code, DONE)
        self.assertIn('in 20', out)
        self.assertLess(out.index('in 20'), out.index('forty two'))
        self.assertLess(out.index('Enter: the answer'),
                        out.index('The answer\n'))
        self.assertNotIn('Figure', out)

    def test_a_command_may_be_skipped_and_the_lesson_ended(self):
        out = self.talk('1', '--section', '1', keys=(
            ('Enter: run this', 's\n'), ('Enter: the answer', 'q\n')))
        self.assertEqual(self.code, DONE)
        self.assertNotIn('introduction', out)
        self.assertNotIn('in 20', out)
        self.assertNotIn('forty', out)

    def test_interrupting_a_command_goes_on_with_the_lesson(self):
        with open(self.path('data/docs/lessons/1-small.md'), 'w',
                  encoding='utf-8') as file:
            file.write('# 1. Small\n```sh\nsleep 98765 & echo $! > pid\n'
                       'echo begun\nwait\n```\nThe end of it.\n')
        out = self.talk('1', '--out', '.', keys=(('run this', '\n'),
                                                 ('\nbegun', signal.SIGINT)))
        self.assertIn('(interrupted)', out)
        self.assertIn('The end of it.', out)
        self.assertEqual(self.code, DONE)
        pid = int(read(self.path('pid')))
        support.wait_until(lambda: support.has_ended(pid), 'the end of sleep')

    def test_a_screen_is_filled_and_no_more(self):
        out = self.talk('2', rows=12, keys=[('Enter: go on', '\n')] * 5)
        self.assertIn('Paragraph 29.', out)
        screens = out.split(CLEAR)
        self.assertEqual(len(screens), 7)
        for screen in screens:
            self.assertLessEqual(screen.count('\n'), 12)

    def test_an_answer_stands_below_its_question(self):
        out = self.talk('1', keys=(
            ('section 1 of 2', '\n'), ('run this', 's\n'),
            ('the answer', '\n'), ('section 2 of 2', 'q\n')))
        self.assertEqual(out.count(CLEAR), 2)
        self.assertNotIn(CLEAR, out[out.index('First'):])

    def test_a_terminal_that_is_too_small_is_named(self):
        out = self.talk('2', rows=20, keys=[('Enter: go on', 'q\n')])
        self.assertIn('the terminal has 80 x 20 characters; 80 x 24', out)

    def test_lessons_fit_on_the_screen(self):
        del self.env['BATON_DATA']
        for line in self.baton('lesson')[0].split('\n\n')[0].splitlines():
            for screen in self.screens_of(line.partition('.')[0]):
                lines = screen.splitlines()
                self.assertLessEqual(len(lines), 24, screen)
                self.assertLessEqual(max(map(len, lines), default=0), 80,
                                     screen)

    @staticmethod
    def screens_of(lesson):
        """What a lesson shows where no command is run."""
        with Terminal([support.BATON, 'lesson', lesson]) as t:
            at = 0
            while t.process.poll() is None:
                found = re.search(rb'Enter: (.*)q: quit', t.written[at:])
                if found:
                    at += found.end()
                    t.press('s\n' if b'run' in found.group(1) else '\n')
                t.take_some(0.05)
            t.ended()
            return re.sub(r'\033\[[0-9;]*m', '',
                          t.written.decode().replace('\r', '')).split(CLEAR)

    def test_what_there_is_not(self):
        for args, words in ((('9',), 'there is no lesson 9'),
                            (('0',), 'one number of a lesson'),
                            (('1', '2'), 'one number of a lesson'),
                            (('x',), 'one number of a lesson'),
                            (('1', '--section', '3'), 'lesson 1 has 2 sections'),
                            (('2', '--plan'), 'there is no lesson 2')):
            with self.subTest(args=args):
                _, err = self.baton('lesson', *args, code=USAGE)
                self.assertIn(words, err)

    def test_without_the_lessons_it_says_where_they_belong(self):
        self.env['BATON_DATA'] = self.path('nowhere')
        _, err = self.baton('lesson', code=support.BROKEN)
        self.assertIn('docs/lessons belongs', err)


if __name__ == '__main__':
    support.main()
