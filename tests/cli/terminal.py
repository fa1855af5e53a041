# SPDX-License-Identifier: GPL-3.0-or-later
"""A program on a pseudo-terminal."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

ENTER, LEAVE = b'\033[?1049h', b'\033[?1049l'
PATIENCE = 60  # seconds: only a program that never answers meets it


class Terminal:
    """Keys go in, and what it writes is kept in `written`."""

    def __init__(self, command, columns=80, rows=24, **options):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)  # before the program reads it
        self.before = termios.tcgetattr(self.slave)
        self.written = b''
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            start_new_session=True, preexec_fn=self.take,
            env={**os.environ, 'TERM': 'xterm', **options})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    @staticmethod
    def take():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C comes to it

    def resize(self, columns, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack('HHHH', rows, columns, 0, 0))

    def press(self, keys):
        os.write(self.master, keys.encode())

    def take_some(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.written += os.read(self.master, 65536)
            return True
        return False

    def wait_for(self, text, start=0):
        """Where `text` ends in what it has written from `start` on."""
        end = time.monotonic() + PATIENCE
        while (at := self.written.find(text.encode(), start)) < 0:
            if not self.take_some(0.1) and self.process.poll() is not None \
                    and not self.take_some(0):
                raise AssertionError('it ended without %r: %r' %
                                     (text, self.written[start:]))
            if time.monotonic() > end:
                raise AssertionError('no %r in %r' %
                                     (text, self.written[start:]))
        return at + len(text)

    def frame(self):
        """The lines of the last frame, without sequences."""
        text = self.written.rpartition(b'\033[H')[2].partition(LEAVE)[0]
        return [line.rstrip() for line in
                re.sub(r'\033\[[0-9;?]*[A-Za-z]', '',
                       text.decode()).split('\r\n')]

    def ended(self):
        """Its exit status; what it wrote last is taken."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self.take_some(0.05)
            if time.monotonic() > end:
                raise AssertionError('it does not end: %r' % self.written)
        while self.take_some(0):
            pass
        return self.process.returncode

    def is_as_before(self):
        """Its modes, the other screen left as often as entered, a cursor."""
        return (termios.tcgetattr(self.slave) == self.before and
                self.written.count(ENTER) == self.written.count(LEAVE) and
                self.written.rfind(b'\033[?25h') >=
                self.written.rfind(b'\033[?25l'))

    def stop_state(self):
        with open('/proc/%d/stat' % self.process.pid, encoding='ascii') as f:
            return f.read().rpartition(')')[2].split()[0]

    def wait_state(self, state):
        end = time.monotonic() + PATIENCE
        while self.stop_state() != state and time.monotonic() < end:
            self.take_some(0.01)
        return self.stop_state() == state

    def signal(self, number):
        os.kill(self.process.pid, getattr(signal, number))
