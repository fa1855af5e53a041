# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages are parsed by the HTML 5 algorithm, as tables of others have it.

    python3 test_html.py PATH-OF-EXTRACTS [unittest's arguments]

The counts may only rise.
"""
import glob
import html.entities
import os
import random
import re
import subprocess
import sys
import unittest

EXTRACTS = ''
TITLE, LINK = '/html/head/title', '//a/@href'
# Of the Debian package golang-golang-x-net-dev.
TREES = '/usr/share/gocode/src/golang.org/x/net/html/testdata/webkit/*.dat'
ENTITIES = 2231   # of 2231
LEAST_SHARE = 0.99

RANDOM_PAGES = 3000
PATTERNS = (TITLE, LINK, 'string(/)', 'string((//comment())[2])',
            'concat(count(//@*), count(//*), string(//p), string(//td),'
            ' string(//@title), string(//svg), string(//textarea))')
RUN = 'a run of plain text - \u00e9 and \u20ac, long enough'
PIECES = [RUN, RUN + '-', RUN + '!', RUN + ']', RUN + ' --', RUN[:20], 'x',
          '\n', '  ', '>', '>', '"', "'", '=', '/', '&', '&amp;', '&lt', '<',
          '--', '-->', '--!>', ']]>', '\0', '\r\n', '\x01', '\U0010ff01',
          '<!--', '<!', '<?x', '<![CDATA[', '<!DOCTYPE html PUBLIC "x',
          *('<%s>' % name for name in (
              'p', 'b', 'i', 'table', 'tr', 'td', 'colgroup', 'select',
              'option', 'title', 'textarea', 'script', 'style', 'svg', 'math',
              'mtext', 'desc', 'template', 'pre', 'head', 'body', 'noscript',
              'iframe', 'xmp', 'plaintext', 'a href=x', 'a title="x',
              "a title='x", 'a href', 'p title="', 'br/')),
          *('</%s>' % name for name in (
              'p', 'b', 'table', 'td', 'select', 'title', 'textarea', 'script',
              'style', 'svg', 'math', 'template', 'head', 'body', 'html', 'x',
              'a')),
          '<script><!--<script>', '<a title="x>', "<a href='/y>", '" title=z>']


def random_page():
    """Tags, quotes and comments in any order, with long texts between."""
    return ''.join(random.choice(PIECES) + random.choice(['', '', '>', RUN])
                   for _ in range(random.randint(1, 40)))


def found(cases):
    """What extracts finds for each (pattern, page); None: nothing."""
    pages = b''.join(b'%s\t%d\n%s' % (pattern.encode(), len(page), page)
                     for pattern, page in cases)
    out = subprocess.run([EXTRACTS], input=pages, stdout=subprocess.PIPE,
                         check=True, timeout=120).stdout
    results, at = [], 0
    for _ in cases:
        end = out.index(b'\n', at)
        length, at = int(out[at:end]), end + 1
        results.append(None if length < 0 else
                       out[at:at + length].decode('utf-8', 'replace'))
        at += max(length, 0)
    return results


def trimmed(text):
    """As a link is trimmed; what is empty is not found."""
    return text.strip(''.join(map(chr, range(33)))) or None


class Tree:
    """The dump of a tree: the text of its title, and its first link."""

    def __init__(self, dump):
        self.title = self.link = ''
        self.titles = 0
        self.path = []
        # A text of several lines has its line ends in it.
        for line in re.split(r'\n(?=\| )', dump):
            self.take(line[2:])

    def take(self, line):
        what = line.lstrip(' ')
        del self.path[(len(line) - len(what)) // 2:]
        in_title = self.path == ['html', 'head', 'title']
        if what.startswith('<') and not what.startswith('<!'):
            self.path.append(what[1:-1].split(' ')[-1])
            self.titles += self.path == ['html', 'head', 'title']
        elif what.startswith('"') and in_title and self.titles == 1:
            self.title += what[1:-1]
        elif what.startswith('href="') and self.path[-1:] == ['a']:
            self.link = self.link or what[6:-1]


def tests_of(path):
    """(page, dump) of each test that is about a document, without scripts."""
    with open(path, encoding='utf-8', newline='\n') as file:
        text = file.read()
    for test in text.split('#data\n')[1:]:
        page, _, rest = test.partition('\n#errors\n')
        if '#document-fragment' in rest or '#script-on' in rest:
            continue
        yield page, rest.partition('#document\n')[2].rstrip('\n')


class Html(unittest.TestCase):
    def test_character_references_are_those_of_the_standard(self):
        names = html.entities.html5
        cases = [(TITLE, ('<title>x&%s y</title>' % name).encode())
                 for name in names]
        right = sum(text == 'x%s y' % names[name]
                    for name, text in zip(names, found(cases)))
        self.assertGreaterEqual(right, ENTITIES)

    def test_trees_have_their_title_and_link(self):
        tests = [test for path in sorted(glob.glob(TREES))
                 for test in tests_of(path)]
        if not tests:
            self.skipTest('no golang-golang-x-net-dev, which has the trees')
        pages = [page.encode() for page, _ in tests]
        trees = [Tree(dump) for _, dump in tests]
        titles = found([(TITLE, page) for page in pages])
        links = found([(LINK, page) for page in pages])
        for what, got, want in (
                ('title', titles, [trimmed(t.title) for t in trees]),
                ('link', links, [trimmed(t.link) for t in trees])):
            wrong = [(page, g, w)
                     for page, g, w in zip(pages, got, want) if g != w]
            known = sum(w is not None for w in want)
            print('# %s: %d of %d right; %d have one' % (
                what, len(tests) - len(wrong), len(tests), known))
            for page, g, w in wrong[:10]:
                print('#   %r: %r, not %r' % (page, g, w))
            self.assertGreaterEqual(len(tests) - len(wrong),
                                    LEAST_SHARE * len(tests))

    def test_runs_of_plain_text_stay_what_they_are(self):
        """Behind a character for private use the parser gets the page as it
        is, without marks in place of its runs."""
        random.seed(20261130)
        pages = [random_page() for _ in range(RANDOM_PAGES)]
        for pattern in PATTERNS:
            got, want = (
                found([(pattern, (comment + page).encode()) for page in pages])
                for comment in ('<!--x-->', '<!--\U000f0000-->'))
            for page, got, want in zip(pages, got, want):
                self.assertEqual(got, want, (pattern, page))

    def test_a_reference_is_not_taken_for_a_mark(self):
        for mark in ('&#xF0000;', '&#x0000f0000', '&#983040;', '\U000f0000'):
            page = '<title>%s</title><p>%s</p>' % (2 * mark, 'plain ' * 99)
            want = '\U000f0000\U000f0000'
            self.assertEqual(found([(TITLE, page.encode())]), [want], mark)


if __name__ == '__main__':
    EXTRACTS = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
