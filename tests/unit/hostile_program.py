# SPDX-License-Identifier: GPL-3.0-or-later
"""A reference program that breaks the protocol: hostile_program.py FAULT."""
import os
import signal
import subprocess
import sys
import time

FAULT = sys.argv[1]
READY = 'READY\t1\tHostile 1.0\tcounter/model:exact\n'


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def before():
    """What it does instead of, or before, its READY."""
    sys.stderr.write('this is %s\n' % FAULT)
    sys.stderr.flush()
    if FAULT == 'early':
        say('hello\n')
    elif FAULT == 'silent':
        time.sleep(1000)
    elif FAULT == 'dead':
        sys.exit(3)
    elif FAULT == 'version':
        say('READY\t2\tHostile 1.0\tcounter/model:exact\n')
        time.sleep(1000)
    elif FAULT == 'short':
        say('READY\t1\n')
        time.sleep(1000)
    elif FAULT == 'talkative':
        say(READY + 'and more\n')
        time.sleep(1000)


def answer(request, count):
    """To a request: False, the ordinary answer is due."""
    name = request.split('\t')[0]
    if FAULT == 'hang':
        time.sleep(1000)
    elif FAULT == 'crash':
        os.kill(os.getpid(), signal.SIGSEGV)
    elif FAULT == 'exit':
        sys.exit(7)
    elif FAULT == 'close':
        os.close(1)
        time.sleep(1000)
    elif FAULT == 'garbage':
        os.write(1, b'\xff\xfe garbage\n')
    elif FAULT == 'nul':
        os.write(1, b'%s\tOK\t1\t\0\n' % name.encode())
    elif FAULT == 'long':
        while True:
            os.write(1, b'x' * 65536)
    elif FAULT == 'earlier' and count > 1:
        say('1\tOK\t1\t1\n')
    elif FAULT == 'word':
        say(name + '\tOK\tsoon\t1\n')
    elif FAULT == 'refuse':
        say(name + '\tERR\tI do not want to\n')
    elif FAULT == 'twice':
        say((name + '\tOK\t1\t1\n') * 2)
    elif FAULT == 'orphan':
        # Its child keeps the pipe open.
        subprocess.Popen(['sleep', '1000'])
        os._exit(0)
    elif FAULT == 'children':
        subprocess.Popen(['sleep', '1000'])
        return False
    elif FAULT == 'loud':
        os.write(2, b'y' * 1000000 + b'\nthe last words\n')
        os._exit(1)
    else:
        return False
    return True


def main():
    before()
    say(READY)
    if FAULT == 'deaf':
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    for count, request in enumerate(sys.stdin, 1):
        if not answer(request, count):
            say(request.split('\t')[0] + '\tOK\t1\t1\n')
    if FAULT == 'stays':
        time.sleep(1000)


if __name__ == '__main__':
    main()
