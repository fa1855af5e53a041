# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents name the models, workloads, commands and options there are.

The manual has a test of its own (tests/install/test_manual.py), and completion
asks the program (test_completion.py).
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                '..', 'install'))
from asking import SOURCE, Program  # noqa: E402 (its folder comes first)
import support  # noqa: E402
from support import Case, read  # noqa: E402

README = os.path.join(SOURCE, 'README.md')
LAUNCHER = os.path.join(SOURCE, 'baton')


def documents():
    """README.md and all pages below docs/."""
    yield README
    for folder, _, names in os.walk(os.path.join(SOURCE, 'docs')):
        yield from (os.path.join(folder, name) for name in names
                    if name.endswith('.md'))


def below(folder):
    """The files and, with a slash behind them, the folders in a folder."""
    for where, folders, names in os.walk(os.path.join(SOURCE, folder)):
        where = os.path.relpath(where, SOURCE)
        yield from ('%s/%s/' % (where, name) for name in folders)
        yield from ('%s/%s' % (where, name) for name in names)


def first_column(text, header):
    """The code words that begin the rows of the table with this header."""
    table = re.search(r'^\| %s \|.*\n\|[-| :]*\n((?:\|.*\n)+)' % header, text,
                      re.M)
    return re.findall(r'^\| `([^`]+)`', table.group(1), re.M)


def examples(text):
    """What is typed: in fenced blocks, and after ./baton in indented ones."""
    fenced = ''.join(block for language, block in
                     re.findall(r'^```(\w*)\n(.*?)^```', text, re.M | re.S)
                     if language in ('', 'sh', 'console'))
    fenced = fenced.replace('\\\n', ' ')
    for command, rest in [
            *re.findall(r'^(?:\$ )?(?:\./)?baton (\S+)(.*)', fenced, re.M),
            *re.findall(r'^    \./baton (\S+)(.*)', text, re.M)]:
        # Two blanks begin what is said about it; a bar, another program.
        yield command, re.split(r'  +| \| | > | #', rest)[0]


class Documents(Case):
    def setUp(self):
        super().setUp()
        self.program = Program(self)
        self.readme = read(README)

    def launcher_commands(self):
        return re.findall(r'^  \./baton ([\w-]+) ', read(LAUNCHER), re.M)

    def commands(self):
        return set(self.program.commands) | set(self.launcher_commands())

    def options(self, command):
        """Every option of a command, whatever the workload."""
        found = {name for (one, _), options in self.program.options.items()
                 if one == command for name in options}
        return found or set(re.findall(r'\./baton %s .*?--([\w-]+)' % command,
                                       read(LAUNCHER)))

    def test_the_table_of_models(self):
        self.assertEqual(sorted(first_column(self.readme, 'models')),
                         sorted(self.program.models))

    def test_the_table_of_workloads(self):
        self.assertEqual(sorted(first_column(self.readme, 'workloads')),
                         sorted(self.program.workloads))

    def test_the_list_of_commands(self):
        part = self.readme.split('\n## Commands\n')[1].split('\n## ')[0]
        shown = re.findall(r'^    \./baton ([\w-]+)', part, re.M)
        self.assertEqual(set(shown), self.commands())

    def test_the_tour_of_the_source_names_what_is_there(self):
        part = self.readme.split('\n## The source')[1].split('\nLicence')[0]
        there = {path for folder in ('workloads', 'models', 'harness',
                                     'plots', 'tests', 'docs', 'benchmarks')
                 for path in (folder + '/', *below(folder))}
        named = re.findall(r'`([\w/]+(?:/|\.[ch]))`', part)
        self.assertGreater(len(named), 20)
        for name in named:
            self.assertTrue(any(path == name or path.endswith('/' + name)
                                for path in there), name)

    def test_every_command_and_option_in_an_example(self):
        n = 0
        for path in documents():
            for command, rest in examples(read(path)):
                if command.startswith('-') or command.isupper():
                    continue
                n += 1
                name = '%s: baton %s%s' % (os.path.relpath(path, SOURCE),
                                           command, rest)
                self.assertIn(command, self.commands(), name)
                # Behind a -- stand the words of another command.
                words = re.split(r' --(?: |$)', rest)[0]
                for option in re.findall(r'(?<!\S)\[?--([a-z][\w-]*)', words):
                    self.assertIn(option, self.options(command) |
                                  {'help', 'version'}, name)
        self.assertGreater(n, 25)

    def test_list_shows_what_its_json_has(self):
        out, _ = self.baton('list')
        for title, there in (('Models', self.program.models),
                             ('Workloads', self.program.workloads)):
            part = out.split('\n%s\n' % title)[1].split('\n\n')[0]
            self.assertEqual(sorted(re.findall(r'^  (\S+)', part, re.M)),
                             sorted(there))

    def test_the_models_of_a_family_stand_below_it_in_both_lists(self):
        families = {m['name']: m['family'] for m in json.loads(
            self.baton('list', '--json')[0])['models']}
        out, _ = self.baton('list')
        for part in out.split('\n\n')[0], out.split('\nModels\n')[1]:
            family, listed = None, {}
            for line in part.split('\n\n')[0].splitlines():
                if re.match(r'[a-z]+$', line):
                    family = line
                elif family and re.match(r'  \S', line):
                    listed[line.split()[0]] = family
            self.assertEqual(listed, families)

    def test_help_names_every_workload(self):
        for command in self.program.for_workloads:
            out, _ = self.baton(command, '--help')
            part = out.split('\nWorkloads:\n')[1].split('\n\n')[0]
            self.assertEqual(re.findall(r'^  (\S+)', part, re.M),
                             list(self.program.workloads), command)


if __name__ == '__main__':
    support.main()
