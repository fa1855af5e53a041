# SPDX-License-Identifier: GPL-3.0-or-later
"""--predict and --guesses: asked first, shown beside what was measured."""
import os
import pty
import re
import subprocess

import support
from support import DONE, USAGE, Case, read

RUN = ('run', 'counter', '--tasks', '2', '--increments', '100', '--rounds', '6',
       '--seed', '1', '--out', 'out')
TWO = RUN + ('--models', 'sequential,libuv')


class Predict(Case):
    def run_with(self, lines, *args, code=DONE):
        p = subprocess.run([support.BATON, *args], input=lines, text=True,
                           cwd=self.dir, env=self.env, capture_output=True,
                           timeout=support.GUARD_S, check=False)
        self.assertEqual(p.returncode, code, p.stderr)
        return p.stdout, p.stderr

    def guesses(self, text):
        with open(self.path('guesses'), 'w', encoding='utf-8') as file:
            file.write(text)

    def test_a_guess_stands_beside_the_measured_interval(self):
        out, err = self.run_with('Ann: 0.000001; Bob: 1e9\n', *TWO, '--predict')
        asked, shown = out.split('Predicted and measured')
        self.assertIn('1. How many times as long as sequential does event loop',
                      asked)
        self.assertRegex(shown, r'measured +\S+ \[\S+, \S+\] \(96\.9 %, 6')
        self.assertRegex(shown, r'Ann +0\.000001 +too low by a factor of ')
        self.assertRegex(shown, r'Bob +1e9 +too high by a factor of ')
        self.assertIn('0 of 2 guesses are right', shown)
        self.assertIn('reads guesses from standard input', err)

    def test_the_question_is_printed_before_anything_is_measured(self):
        out, _ = self.run_with('1\n', *TWO, '--predict')
        self.assertLess(out.index('How many times'), out.index('Findings'))

    def test_three_models_are_put_in_order(self):
        out, _ = self.run_with('a b c\n', *RUN, '--models',
                               'sequential,libuv,locked', '--predict')
        self.assertRegex(out, r'measured +[abc] [<~] [abc] [<~] c\n')
        self.assertRegex(out, r'your guess +a b c +[123] of 3 places right')

    def test_models_that_may_lose_updates_are_not_put_in_order(self):
        out, _ = self.run_with('\n' * 9, *RUN, '--models',
                               'sequential,libuv,locked,thread-per-socket',
                               '--predict')
        asked = out.split('Predicted and measured')[0]
        order = asked.split('1. ')[1].split('2. ')[0]
        self.assertNotIn('thread-per-socket', order)
        self.assertIn('updates does threads, no lock lose?', asked)

    def test_the_file_of_a_class(self):
        self.guesses('Ann\trun-ratio:libuv\t2\nBob\trun-ratio:libuv\ttwo\n'
                     'Ann\trun-lost:locked\t3 %\nx\ty\tz\n')
        out, err = self.run_with('7\n', *TWO, '--guesses', 'guesses')
        self.assertRegex(out, r'Ann +2 +\w')
        self.assertNotIn('Bob', out)
        self.assertIn("guesses:2: this line is not used: 'two'", err)
        self.assertIn("guesses:4: this line is not used: there is no question "
                      "'y'", err)
        self.assertNotIn('guesses:3', err)
        self.assertNotIn('your guess', out)  # nothing is read beside the file

    def test_a_file_that_is_not_there(self):
        _, err = self.run_with('', *TWO, '--guesses', 'none', code=USAGE)
        self.assertIn('cannot read none: No such file', err)
        self.assertFalse(os.path.exists(self.path('out')))

    def test_a_file_without_an_end(self):
        _, err = self.run_with('', *TWO, '--guesses', '/dev/zero', code=USAGE)
        self.assertIn('cannot read /dev/zero: File too large', err)

    def test_without_guesses_the_answers_are_shown_and_it_is_said(self):
        out, err = self.run_with('', *TWO, '--predict')
        self.assertIn('there are no guesses', err)
        self.assertRegex(out, r'measured +\S+ \[')

    def test_json_stays_json(self):
        out, err = self.run_with('1\n', *TWO, '--predict', '--json')
        self.assertEqual(out[0], '{')
        self.assertIn('Predicted and measured', err)

    def test_guesses_are_kept_beside_the_samples_and_in_the_page(self):
        self.run_with('Ann: 2; Bob <b>: 1/3\n', *TWO, '--predict', '--out',
                      'kept')
        self.assertEqual(read(self.path('kept', 'guesses.tsv')).splitlines(), [
            '# name\tquestion\tguess', 'Ann\trun-ratio:libuv\t2',
            'Bob <b>\trun-ratio:libuv\t1/3'])
        page = read(self.path('kept', 'report.html'))
        part = page[page.index('Predicted and measured'):].split('</pre>')[0]
        self.assertRegex(part, r'measured +\S+ \[')
        self.assertRegex(part, r'Ann +2 +\w')
        self.assertIn('Bob &lt;b&gt;', part)
        self.run_with('', *TWO, '--out', 'none')
        self.assertFalse(os.path.exists(self.path('none', 'guesses.tsv')))
        self.assertNotIn('Predicted', read(self.path('none', 'report.html')))

    def test_the_guess_that_cannot_be_used_is_named(self):
        err = self.run_with('Ann: 2; Bob: two\n', *TWO, '--predict')[1]
        self.assertIn("the guess of Bob: 'two' is not", err)

    def test_on_a_terminal_it_asks_again_and_keeps_the_guesses(self):
        leader, follower = pty.openpty()
        p = subprocess.Popen([support.BATON, *TWO, '--predict', '--guesses',
                              'kept'], stdin=follower, stdout=follower,
                             stderr=subprocess.DEVNULL, cwd=self.dir,
                             env=self.env)
        os.close(follower)
        os.write(leader, b'two\nAnn: 2\n')
        seen = b''
        try:
            while chunk := os.read(leader, 4096):
                seen += chunk
        except OSError:  # its other end is closed
            pass
        self.assertEqual(p.wait(), DONE)
        os.close(leader)
        self.assertEqual(seen.count(b'your guess (Enter: none): '), 2)
        self.assertTrue(re.search(rb'Ann +2 +\w', seen), seen)
        self.assertEqual(read(self.path('kept')),
                         'Ann\trun-ratio:libuv\t2\n')


if __name__ == '__main__':
    support.main()
