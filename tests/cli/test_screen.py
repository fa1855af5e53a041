# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that takes the whole terminal gives it back as it was.

Usage: test_screen.py PROGRAM
"""
import signal
import subprocess
import sys
import unittest

from terminal import Terminal

PROGRAM = sys.argv.pop(1)


class Screen(unittest.TestCase):
    def start(self, *args, **options):
        terminal = Terminal([PROGRAM], *args, **options)
        self.addCleanup(terminal.__exit__)
        return terminal

    def test_keys_come_without_enter_and_are_not_echoed(self):
        t = self.start()
        t.wait_for('key 0')
        t.press('x')
        t.wait_for('key 120')
        self.assertNotIn(b'xkey', t.written)
        self.assertEqual(t.frame()[:2], ['key 120', '80 x 24'])
        t.press('q')
        self.assertEqual(t.ended(), 0)
        self.assertTrue(t.is_as_before())
        self.assertTrue(t.written.endswith(b'ended\r\n'))

    def test_keys_typed_ahead_are_kept_and_arrows_are_one(self):
        t = self.start()
        t.press('xy')
        t.wait_for('key 121')
        t.press('\033[A')
        t.wait_for('key -3')
        t.press('z')
        t.wait_for('key 122')

    def test_lines_are_cut_to_the_width(self):
        t = self.start()
        t.wait_for('\033[J')
        self.assertEqual(t.frame()[2], '0' * 80)

    def test_each_signal_restores_it_and_ends_the_program(self):
        for name in 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGSEGV':
            t = self.start()
            t.wait_for('key 0')
            t.signal(name)
            status = t.ended()
            if name != 'SIGSEGV':  # a sanitizer takes that one
                self.assertEqual(status, -getattr(signal, name))
            self.assertTrue(name == 'SIGSEGV' and status > 0 or
                            t.is_as_before(), name)

    def test_ctrl_c_and_abort_restore_it(self):
        for key, number in ('\003', signal.SIGINT), ('a', signal.SIGABRT):
            t = self.start()
            t.wait_for('key 0')
            t.press(key)
            self.assertEqual(t.ended(), -number)
            self.assertTrue(t.is_as_before())

    def test_it_is_given_back_while_the_program_is_stopped(self):
        t = self.start()
        t.wait_for('key 0')
        t.press('\032')
        self.assertTrue(t.wait_state('T'))
        t.wait_for('\033[?1049l')
        self.assertTrue(t.is_as_before())
        start = len(t.written)
        t.signal('SIGCONT')
        t.wait_for('key -2', t.wait_for('\033[?1049h', start))
        t.press('q')
        self.assertEqual(t.ended(), 0)
        self.assertTrue(t.is_as_before())

    def test_another_size_is_drawn(self):
        t = self.start()
        t.wait_for('80 x 24')
        t.resize(100, 30)
        t.wait_for('100 x 30')
        t.wait_for('\033[J', t.wait_for('0' * 100))

    def test_a_terminal_that_becomes_too_small_is_told_so(self):
        t = self.start()
        t.wait_for('80 x 24')
        t.resize(60, 20)
        start = t.wait_for('the terminal has 60 x 20 characters; '
                           '80 x 24 are')
        t.press('x')
        t.resize(80, 24)
        t.wait_for('80 x 24', t.wait_for('key -2', start))

    def test_one_that_is_too_small_is_not_taken(self):
        t = self.start(79, 24)
        self.assertEqual(t.ended(), 3)
        self.assertIn(b'the terminal has 79 x 24 characters; 80 x 24 are '
                      b'needed', t.written)
        self.assertNotIn(b'\033', t.written)

    def test_without_sequences_or_a_terminal_it_is_not_taken(self):
        t = self.start(TERM='dumb')
        self.assertEqual(t.ended(), 3)
        self.assertNotIn(b'\033', t.written)
        p = subprocess.run([PROGRAM], input='x', capture_output=True,
                           text=True, check=False)
        self.assertEqual(p.returncode, 3)
        self.assertNotIn('\033', p.stdout)


if __name__ == '__main__':
    unittest.main()
