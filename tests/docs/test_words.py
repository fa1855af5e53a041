# SPDX-License-Identifier: GPL-3.0-or-later
"""Help, messages, pages and documents use plain words.

    python3 test_words.py SOURCE_ROOT BATON

tests/words.txt has the words that they do not use. Names in backquotes and
quotations of other authors (**"..."**) may be anything; so may the keys of
files, which are no text.
"""
import html
import pathlib
import re
import subprocess
import sys
import unittest

BATON = pathlib.Path(sys.argv.pop()).resolve() if len(sys.argv) > 2 else None
ROOT = pathlib.Path(sys.argv.pop()).resolve() if len(sys.argv) > 1 else None

# Comments are passed over, literals with a blank in them are messages.
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|^\s*#\s*include[^\n]*|'
                   r"'(?:\\.|[^'\\])*'|" r'"((?:\\.|[^"\\])*)"', re.S | re.M)
EXEMPT = re.compile(r'`[^`\n]*`|\*\*".*?"\*\*|<!--.*?-->', re.S)


def patterns(text):
    """(expression, advice) of each line of words.txt."""
    rows = [line.split('\t') for line in text.splitlines()
            if line and not line.startswith('#')]
    return [(re.compile(r'\b(?:%s)\b' % words.replace(' ', r'\s+'), re.I),
             advice) for words, advice in rows]


WORDS = patterns((pathlib.Path(__file__).resolve().parents[1] /
                  'words.txt').read_text('utf-8'))


def found(text):
    """What stands in the text and should not, with the advice."""
    return ['%r: %s' % (match[0], advice) for expression, advice in WORDS
            for match in expression.finditer(text)]


def prose(text):
    """A document without names and quotations."""
    return EXEMPT.sub(' ', text)


def visible(page):
    """The text of a page of HTML, its figures included."""
    page = re.sub(r'<(style|script)\b.*?</\1>', ' ', page, flags=re.S)
    return html.unescape(re.sub(r'<[^>]*>', ' ', page))


def messages(source):
    """The texts for people in C, or in a script of gnuplot."""
    literals = [m[1] for m in TOKEN.finditer(source) if m[1]]
    return '\n'.join(text for text in literals if ' ' in text)


class Words(unittest.TestCase):
    def expect_plain(self, name, text):
        with self.subTest(where=str(name)):
            self.assertEqual(found(text), [])

    def test_documents(self):
        for path in [ROOT / 'README.md', ROOT / 'CHANGELOG.md',
                     *ROOT.glob('docs/**/*.md'), *ROOT.glob('*/README.md'),
                     *ROOT.glob('results/*/README.md')]:
            self.expect_plain(path, prose(path.read_text('utf-8')))

    def test_the_manual(self):
        self.expect_plain('baton.1',
                          (ROOT / 'data' / 'baton.1').read_text('utf-8'))

    def test_messages(self):
        data = {'blog.c'}  # what its pages say stays as it is
        for top in ('workloads', 'models', 'harness', 'docs'):
            for path in (ROOT / top).rglob('*.[ch]'):
                if path.name not in data:
                    self.expect_plain(path, messages(path.read_text('utf-8')))

    def test_the_launcher(self):
        text = (ROOT / 'baton').read_text('utf-8')
        self.expect_plain('baton', re.sub(r'^\s*#.*', '', text, flags=re.M))

    def test_figures(self):
        for path in (ROOT / 'plots').glob('*.gp'):
            self.expect_plain(path, messages(path.read_text('utf-8')))

    def test_pages(self):
        pages = [*ROOT.glob('results/*/report.html')]
        self.assertTrue(pages)
        for path in pages:
            self.expect_plain(path, visible(path.read_text('utf-8')))

    def test_help(self):
        listed = subprocess.run([BATON, 'list'], capture_output=True,
                                text=True, check=True).stdout
        self.expect_plain('list', listed)
        workloads = re.search(r'^Workloads\n((?:  .*\n)+)', listed, re.M)[1]
        commands = [[], ['list', '--errors']] + [
            [name] for name in ('report', 'run', 'trace', 'export', 'check',
                                'scrape', 'demo', 'list', 'origin')]
        commands += [['run', line.split()[0]]
                     for line in workloads.splitlines()]
        for command in commands:
            shown = subprocess.run(
                [BATON, *command] + ['--help'] * ('--errors' not in command),
                capture_output=True, text=True, check=True)
            self.expect_plain(command, shown.stdout)


class Finding(unittest.TestCase):
    """Of words.txt itself."""

    def test_words_are_found_as_whole_words(self):
        self.assertEqual(len(found('The server hangs\nup, and Nobody waits.')),
                         2)
        self.assertEqual(found('twine, indeed; a deedless census-taker')[1:],
                         [])

    def test_names_and_quotations_may_be_anything(self):
        self.assertEqual(found(prose('`twin` and **"nobody is\nfaster"**')),
                         [])

    def test_messages_are_literals_with_a_blank(self):
        self.assertEqual(messages('f("a twin", "twin"); /* "a deed" */'),
                         'a twin')

    def test_tags_and_styles_are_no_text(self):
        page = '<style>.twin {}</style><p class="twin">A &lt; <b>B</b></p>'
        self.assertEqual(visible(page).split(), ['A', '<', 'B'])


if __name__ == '__main__':
    unittest.main()
