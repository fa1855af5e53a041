# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual says what the program does: no more, no less, and legibly."""
import os
import re
import shlex
import shutil
import subprocess

from asking import ALWAYS, SOURCE, Program
import support
from support import Case, read

PAGE = os.path.join(SOURCE, 'data', 'baton.1')


class Manual:
    """The source of the page, by sections and their parts."""

    def __init__(self):
        self.lines = {}    # {(section, part or None): [line]}
        self.options = {}  # {(section, part): {name: (short, takes, text)}}
        section = part = entry = None
        for line in read(PAGE).splitlines():
            macro, _, rest = line.partition(' ')
            if macro == '.Sh':
                section, part, entry = rest, None, None
            elif macro == '.Ss':
                part, entry = rest, None
            elif macro in ('.It', '.El'):
                entry = None
            if macro == '.It' and 'Fl Fl' in rest:
                entry = re.search(r'Fl Fl (\S+)', rest).group(1)
                short = re.match(r'Fl (?:\\&)?(\S) ,', rest)
                self.options.setdefault((section, part), {})[entry] = [
                    short and short.group(1), 'Ar' in rest, '']
            elif entry:
                self.options[section, part][entry][2] += line + '\n'
            self.lines.setdefault((section, part), []).append(line)

    def section(self, name):
        """All its lines, with those of its parts."""
        return [line for (section, _), lines in self.lines.items()
                for line in lines if section == name]

    def tags(self, name, macro):
        """What its lists explain: .It Pa FILE."""
        return [line.split()[2] for line in self.section(name)
                if line.startswith('.It %s ' % macro)]

    def parts(self, name):
        """{part: options}; a part may be that of several names."""
        return {one: self.options.get((section, part), {})
                for section, part in self.lines if section == name and part
                for one in part.split(', ')}


class Complete(Case):
    def setUp(self):
        super().setUp()
        self.program = Program(self)
        self.manual = Manual()
        self.commands = self.manual.parts('COMMANDS')
        self.workloads = self.manual.parts('WORKLOADS')

    def test_every_command_has_a_part_and_a_synopsis(self):
        there = ['baton ' + command for command in self.program.commands]
        self.assertEqual(sorted(self.commands), sorted(there))
        synopsis = self.manual.section('SYNOPSIS')
        for command in self.program.commands:
            self.assertIn('.Cm ' + command, synopsis)
        self.assertEqual(len([s for s in synopsis if s.startswith('.Cm ')]),
                         len(there))

    def same(self, shown, there, what):
        """Names, short names, and whether they take a value."""
        self.assertEqual(
            {name: (short, takes) for name, (short, takes, _) in shown.items()},
            {name: (short, argument is not None)
             for name, (short, argument) in there.items()}, what)

    def test_every_option_of_a_command_and_no_other(self):
        for command in self.program.commands:
            there = {}
            for (name, workload), options in self.program.options.items():
                parameters = self.parameters(workload)
                there.update({o: v for o, v in options.items()
                              if name == command and o not in ALWAYS and
                              o not in parameters})
            self.same(self.commands['baton ' + command], there, command)

    def test_what_every_command_has(self):
        self.same(self.manual.options['COMMANDS', None],
                  {name: (short, None) for name, short in ALWAYS.items()}, '')

    def parameters(self, workload):
        return [p['name'] for p in
                self.program.workloads.get(workload, {'parameters': ()})
                ['parameters']]

    def test_every_workload_and_its_parameters(self):
        self.assertEqual(sorted(self.workloads), sorted(self.program.workloads))
        for name, w in self.program.workloads.items():
            self.assertEqual(list(self.workloads[name]), self.parameters(name))
            for p in w['parameters']:
                text = self.workloads[name][p['name']][2]
                self.assertIn('(default: %d)' % p['default'],
                              text.replace('\n', ' '), p['name'])
            # A step has tasks and increments alone.
            for command in set(self.program.for_workloads) - {'step'}:
                self.assertLessEqual(set(self.parameters(name)),
                                     set(self.program.options[command, name]))

    def test_every_model_and_no_other(self):
        self.assertEqual(sorted(self.manual.tags('MODELS', 'Cm')),
                         sorted(self.program.models))

    def test_no_option_anywhere_that_does_not_exist(self):
        there = {name for options in self.program.options.values()
                 for name in options}
        self.assertLessEqual(set(re.findall(r'Fl Fl ([\w-]+)', read(PAGE))),
                             there)

    def test_the_exit_status(self):
        said = self.program.help.split('Exit status:')[1]
        self.assertEqual([line.split()[1] for line in
                          self.manual.section('EXIT STATUS')
                          if line.startswith('.It ')],
                         re.findall(r'(?:^|; *)\s*(\d) ', said))

    def test_every_file_of_a_run(self):
        self.baton('run', 'counter', '--rounds', '1', '--tasks', '2', '--out',
                   'run')
        shown = {name.rstrip('/') for name in self.manual.tags('FILES', 'Pa')}
        self.assertLessEqual(set(os.listdir(self.path('run'))), shown)

    def test_every_variable_is_one_that_the_program_asks_for(self):
        with open(support.BATON, 'rb') as file:
            program = file.read()
        # PATH is read by the C library.
        for name in set(self.manual.tags('ENVIRONMENT', 'Ev')) - {'PATH'}:
            self.assertTrue(name.encode() + b'\0' in program, name)

    def test_the_examples_are_understood(self):
        text = '\n'.join(self.manual.section('EXAMPLES'))
        commands = re.findall(r'^(?:\.Dl )?baton (.*)$',
                              text.replace('\\e\n', ''), re.M)
        self.assertGreater(len(commands), 5)
        for command in commands:
            words = shlex.split(command.rstrip(' &'))
            # Behind a -- it would be a word of somebody else's command.
            words.insert((words + ['--']).index('--'), '--help')
            self.baton(*words)


class Legible(Case):
    def shown(self, *command, **env):
        """What a renderer prints; one that is not there is a reason to skip."""
        if not shutil.which(command[0]):
            self.skipTest('%s is not installed' % command[0])
        p = subprocess.run(command, capture_output=True, text=True, check=False,
                           encoding='utf-8', timeout=support.GUARD_S,
                           env=dict(self.env, LC_ALL='C.UTF-8', **env))
        self.assertEqual((p.returncode, p.stderr), (0, ''))
        return p.stdout

    def legible(self, text):
        text = re.sub('.\b', '', text)  # bold, for printers
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        for heading in ('NAME', 'COMMANDS', 'FILES', 'EXAMPLES'):
            self.assertIn('\n%s\n' % heading, text)
        self.assertIn('--requests-per-connection', text)
        self.assertNotIn('BSD', text)

    def test_by_man(self):
        self.legible(self.shown('man', '--warnings=w', '-l', PAGE,
                                MANWIDTH='80', MAN_KEEP_FORMATTING=''))

    def test_by_groff(self):
        self.legible(self.shown('groff', '-mandoc', '-ww', '-Tutf8', '-P-c',
                                '-rLL=80n', PAGE))

    def test_by_mandoc(self):
        self.shown('mandoc', '-T', 'lint', '-W', 'warning', PAGE)
        self.legible(self.shown('mandoc', '-T', 'utf8', '-O', 'width=80', PAGE))


if __name__ == '__main__':
    support.main()
