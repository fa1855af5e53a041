# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a real shell what it would complete."""
import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile

from asking import SOURCE
from support import GUARD_S

FOLDER = os.path.join(SOURCE, 'data', 'completions')


class Shell:
    """One shell; complete(case, line) is the set of what it offers."""

    def __init__(self, case, path):
        if not shutil.which(self.name):
            case.skipTest('%s is not installed' % self.name)
        self.case = case
        self.env = dict(case.env, PATH=path, TERM='dumb', LC_ALL='C.UTF-8',
                        HOME=case.dir, XDG_CONFIG_HOME=case.dir)

    def run(self, *command, **env):
        p = subprocess.run(command, capture_output=True, text=True, check=False,
                           cwd=self.case.dir, stdin=subprocess.DEVNULL,
                           env=dict(self.env, **env), timeout=GUARD_S)
        self.case.assertEqual((p.returncode, p.stderr), (0, ''), command[-1])
        return p.stdout

    def type(self, command, text, **env):
        """Types on a terminal, and returns what stands there at the end."""
        try:
            shell, terminal = pty.fork()
        except OSError as error:
            self.case.skipTest('no terminal: %s' % error)
        if shell == 0:
            try:
                os.chdir(self.case.dir)
                os.execvpe(command[0], command, dict(self.env, **env))
            finally:
                os._exit(127)
        os.write(terminal, text.encode())
        shown = b''
        with contextlib.suppress(OSError):  # in the end the shell is gone
            while select.select([terminal], [], [], GUARD_S)[0]:
                shown += os.read(terminal, 4096)
            os.kill(shell, signal.SIGKILL)
        os.close(terminal)
        status = os.waitpid(shell, 0)[1]
        self.case.assertFalse(os.WIFSIGNALED(status), shown.decode())
        return shown.decode()


class Bash(Shell):
    """The function is called as bash calls it, without a terminal."""
    name = 'bash'
    file = os.path.join(FOLDER, 'bash', 'baton')
    call = '''
        . "$FILE"
        COMP_LINE=$1 COMP_POINT=${#1}
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
        [[ $word != "=" ]] || word=
        function=$(complete -p -- "$1" 2>/dev/null) ||
            function=$(complete -p -- "${1##*/}")
        [[ $function =~ -F\\ ([^ ]+) ]]
        "${BASH_REMATCH[1]}" "$1" "$word" "$before"
        printf '%s\\n' "${COMPREPLY[@]}"
    '''

    def ask(self, line, *before, **env):
        words = []
        for word in line.split(' '):
            # COMP_WORDBREAKS has "=", which is then a word of its own.
            words += [w for w in re.split('(=)', word) if w] or ['']
        return self.run(self.name, '--norc', '-c', self.call, 'bash', line,
                        *words, FILE=self.file, **env)

    def complete(self, line, **env):
        """Whole words, as the other shells have them."""
        head, equals, _ = line.split(' ')[-1].partition('=')
        return {head + equals + found if equals else found
                for found in self.ask(line, **env).splitlines() if found}

    def typed(self, keys):
        """The line that is there after typing."""
        text = '%s\x01: MARK \n exit\n' % keys
        shown = self.type([self.name, '--norc', '--noprofile', '-i'],
                          ". '%s'\nset -x\n%s" % (self.file, text), PS1='')
        return re.search(r'^\+ : MARK (.*?)\r?$', shown, re.M).group(1)


class Zsh(Shell):
    """
    Its completion works in its line editor only, so there is a terminal; what
    it adds to the list goes to a file as well.
    """
    name = 'zsh'
    dump = tempfile.TemporaryDirectory(prefix='baton-test-')
    file = os.path.join(FOLDER, 'zsh', '_baton')
    start = '''
        LISTMAX=10000 # or it asks before it lists
        fpath=("$FOLDER" $fpath)
        autoload -Uz compinit && compinit -u -C -d "$DUMP"
        compadd() {
            local flags=${@[1,(i)(-|--)]}
            local -a hits
            if [[ " $flags " != *' -'[OAD]' '* ]]; then
                builtin compadd -O hits "$@"
                (($#hits == 0)) || print -rl -- $IPREFIX${^hits} >>$OUT
            fi
            builtin compadd "$@"
        }
        offer() {
            BUFFER=$LINE CURSOR=$#LINE
            zle list-choices
            exit
        }
        zle -N zle-line-init offer
    '''

    def complete(self, line, **env):
        out = self.case.path('offered')
        with open(self.case.path('.zshrc'), 'w', encoding='utf-8') as file:
            file.write(self.start)
        open(out, 'w', encoding='utf-8').close()
        self.type([self.name, '-d', '-i'], '', LINE=line, OUT=out,
                  ZDOTDIR=self.case.dir, FOLDER=os.path.dirname(self.file),
                  DUMP=os.path.join(self.dump.name, 'dump'), **env)
        with open(out, encoding='utf-8') as file:
            return {found.rstrip('/') for found in file.read().splitlines()}


class Fish(Shell):
    """It answers without a terminal; descriptions follow a tab."""
    name = 'fish'
    file = os.path.join(FOLDER, 'fish', 'baton.fish')

    def complete(self, line, **env):
        shown = self.run(self.name, '--no-config', '-c',
                         'source $FILE; complete -C "$LINE"', FILE=self.file,
                         LINE=line, **env)
        return {found.split('\t')[0].rstrip('/')
                for found in shown.splitlines()}
