# SPDX-License-Identifier: GPL-3.0-or-later
"""weave.py finds what is stale, and renews it, in a project of one page."""
import contextlib
import io
import pathlib
import shutil
import sys
import tempfile
import unittest
from unittest import mock

import weave

SUMMARY = '''\
  model                    time 95 % interval
counter  tasks 100  increments 1000
  sequential             209 us [51.3, 266 us]
  wrong, and so not ranked:
  threads, no lock      2.90 ms [2.11, 3.10 ms]
counter  tasks 1  increments 1000
  sequential            1.81 us [724 ns, 2.75 us]

Findings
- counter, 100 x 1000: threads + mutex is 2.95 times slower than threads, no
  lock [2.53, 3.27] (98.4 %, 7 rounds)
- counter, 100 x 1000: event loop (libuv) is 10 times faster than threads, no
  lock [8, 20] (98.4 %, 7 rounds)
- counter, 100 x 10: threads + mutex and event loop (libuv) do not differ significantly,
  1.48 times the time [0.261, 1.6] (98.4 %, 7 rounds)
- counter, 100 x 20: event loop (libuv) takes 1/4 of the time of threads, no
  lock [1/5, 1/2] (98.4 %, 7 rounds)
- counter, 100 x 1000: threads, no lock loses 3.75 % of the updates [1.44, 7.09]
- counter-split, 100 x 1000: threads + mutex lost no update in 7 iterations
- download: sequential grows as n^1.00 [0.99, 1.01] (98.4 %, 7 rounds)
- download: libuv grows as n^0.22 (no interval, 3 rounds)

Noise of this machine
7 rounds, seed 42.
'''

SITES = '''\
workload\tmodel\tname\tclass
faults\tsequential\tplain\tok
faults\tsequential\tnot-found\tstatus
faults\tsequential\tsilent\theader-timeout
faults\tsequential\tserver-error\tstatus
faults\tlibuv\tnot-found\tstatus
others\tlibuv\tnot-found\tok
'''

CODE = '''\
/* SPDX-License-Identifier: GPL-3.0-or-later */
static int twice(int);

/* Doubles. */
static int twice(int x)
{
    return 2 * x;
}

const struct pair pair = {
    .twice = twice,
};
'''


class Weave(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix='baton-test-')).resolve()
        self.addCleanup(shutil.rmtree, self.root)
        for folder in ('docs', 'results/example'):
            (self.root / folder).mkdir(parents=True)
        self.put('results/example/summary.txt', SUMMARY)
        self.put('results/example/sites.tsv', SITES)
        self.put('code.c', CODE)
        self.put('other.c', CODE.replace('2 * x', 'x + x'))

    def put(self, name, text):
        (self.root / name).write_text(text, encoding='utf-8')

    def weave(self, how, code):
        """What it prints; its exit status is `code`."""
        with (mock.patch.object(weave, 'SOURCE', self.root),
              mock.patch.object(sys, 'argv', ['weave.py', how]),
              contextlib.redirect_stdout(io.StringIO()) as out,
              contextlib.redirect_stderr(out)):
            status = weave.main()
        self.assertEqual(status, code, out.getvalue())
        return out.getvalue()

    def made(self, marker):
        """What stands in a fresh block, which then is not stale."""
        self.put('README.md', f'<!-- {marker} -->\nold\n<!-- end -->\n')
        self.assertIn('\n-old\n', self.weave('--check', 1))
        self.weave('--write', 0)
        self.weave('--check', 0)
        text = (self.root / 'README.md').read_text(encoding='utf-8')
        return text.partition('-->\n')[2].rpartition('<!-- end -->')[0]

    def refuses(self, text, words):
        self.put('README.md', text)
        for how in ('--check', '--write'):
            self.assertIn(words, self.weave(how, 1))
        self.assertEqual((self.root / 'README.md').read_text(), text)

    def test_a_listing_is_the_file_without_its_licence_line(self):
        self.assertEqual(self.made('listing: code.c'),
                         f'```c\n{CODE.partition(chr(10))[2]}```\n')

    def test_a_listing_may_be_some_definitions(self):
        self.assertEqual(
            self.made('listing: code.c pair twice'),
            '```c\n/* from code.c */\nconst struct pair pair = {\n'
            '    .twice = twice,\n};\n\n/* Doubles. */\n'
            'static int twice(int x)\n{\n    return 2 * x;\n}\n```\n')

    @unittest.skipUnless(shutil.which('cloc'), 'cloc is not installed')
    def test_programs_are_counted(self):
        (self.root / 'references' / 'lisp').mkdir(parents=True)
        self.put('references/lisp/lisp.py', '# Comment.\nx = 1\n\ny = 2\n')
        self.put('references/meson.build', """reference_rows = [
  {'name': 'lisp', 'sources': ['lisp.py'], 'packages': ['a', 'b'],
    'parser': ['/there', 'c'], 'models': ['m all counter', 'n one counter']},
]
""")
        self.assertEqual(self.made('programs: references').splitlines()[2:],
                         ['| lisp | m, n | a, b, c | 2 |'])

    def test_a_source_that_changes_makes_a_block_stale(self):
        self.made('listing: code.c twice')
        self.put('code.c', CODE.replace('2 * x', '3 * x'))
        said = self.weave('--check', 1)
        self.assertIn('\n-    return 2 * x;\n+    return 3 * x;\n', said)

    def test_two_files_are_compared_by_a_function(self):
        self.assertEqual(
            self.made('compare: code.c other.c twice'),
            '```diff\n /* Doubles. */\n static int twice(int x)\n {\n'
            '-    return 2 * x;\n+    return x + x;\n }\n```\n')

    def test_a_report_has_the_parts_that_were_asked_for(self):
        made = self.made('report: counter tasks 1 increments 1000; ...; end')
        self.assertEqual(
            made, '```text\n  model                    time 95 % interval\n'
            'counter  tasks 1  increments 1000\n'
            '  sequential            1.81 us [724 ns, 2.75 us]\n...\n'
            'Noise of this machine\n7 rounds, seed 42.\n```\n')

    def test_a_sentence_is_found_by_its_beginning(self):
        self.assertEqual(
            self.made('said: counter, 100 x 1000: threads + mutex ... no lock'),
            '> counter, 100 x 1000: threads + mutex is 2.95 times slower than '
            'threads, no lock [2.53, 3.27]\n> (98.4 %, 7 rounds)\n')

    def test_sites_are_listed_by_what_became_of_them(self):
        self.assertEqual(
            self.made('sites: faults'),
            '| class | sites |\n|---|---|\n| status | not-found, server-error |\n'
            '| header-timeout | silent |\n| ok | plain |\n')

    def test_sites_that_differ_are_no_finding(self):
        self.put('results/example/sites.tsv',
                 SITES + 'faults\tlibuv\tsilent\treset\n')
        self.refuses('<!-- sites: faults -->\n<!-- end -->\n',
                     'silent ends in several classes')

    def test_a_command_speaks_for_itself(self):
        self.assertEqual(self.made('run: grep -c twice code.c'),
                         '```text\n3\n```\n')

    def test_what_is_not_there_cannot_be_quoted(self):
        for marker, words in (
                ('listing: nowhere.c', 'nowhere.c'),
                ('listing: code.c thrice', 'thrice is not there'),
                ('said: counter, 100 x 1000', '3 sentences begin with'),
                ('said: upload', '0 sentences begin with'),
                ('report: upload n 1', '0 groups have the title'),
                ('sites: upload', 'no sites'),
                ('run: false', 'exit status 1'),
                ('run: ./baton list', '--baton is needed')):
            with self.subTest(marker=marker):
                self.refuses(f'<!-- {marker} -->\n<!-- end -->\n', words)

    def test_a_marker_that_is_not_understood_is_an_error(self):
        for text in ('<!-- lisitng: code.c -->\n<!-- end -->\n',
                     '<!-- listing: code.c -->\n',
                     'text <!-- listing: code.c -->\n<!-- end -->\n',
                     '<!-- end -->\n'):
            with self.subTest(text=text):
                self.refuses(text, 'understood')

    def test_conclusions_are_held_to_the_interval(self):
        slower = 'counter, 100 x 1000: threads + mutex'
        faster = 'counter, 100 x 1000: event loop'
        group = 'counter tasks 100 increments 1000'
        for words, true in (
                (f'{slower} => low > 2.5, high < 3.3', True),
                (f'{slower} => low > 2.6', False),
                (f'{slower} => low > 2, high < 3', False),
                (f'{faster} => low > 0.04, high < 0.13', True),
                (f'{faster} => high < 0.12', False),
                ('counter, 100 x 20: => low > 0.19, high < 0.51', True),
                ('counter, 100 x 20: => high < 0.49', False),
                ('counter, 100 x 10: threads => low < 1, high > 1', True),
                ('counter, 100 x 1000: threads, no lock => low > 1.4', True),
                ('counter, 100 x 1000: threads, no lock => low > 2', False),
                ('counter-split => high < 0.1', True),
                (f'row {group} ... sequential => time > 208e-6', True),
                (f'row {group} ... sequential => time > 210e-6', False),
                (f'row {group} ... threads, no lock => time < 0.003', True),
                ('download: sequential => low > 0.9, high < 1.1', True),
                ('download: sequential => low > 1', False)):
            with self.subTest(words=words):
                text = f'<!-- holds: {words} -->\n'
                if true:
                    self.put('README.md', text)
                    self.weave('--check', 0)
                else:
                    self.refuses(text, 'the text relies on')

    def test_nothing_is_concluded_from_a_row_that_is_not_there(self):
        self.refuses('<!-- holds: row counter tasks 1 increments 1000 ... '
                     'libuv => time > 0 -->\n', 'has no row of')

    def test_nothing_is_concluded_without_an_interval(self):
        self.refuses('<!-- holds: download: libuv => low > 0 -->\n',
                     'no interval')

    def test_links_lead_somewhere(self):
        self.put('README.md', '[a](code.c) [b](https://example.org/x)\n')
        self.weave('--check', 0)
        self.refuses('![a](results/example/figures/x.svg)\n',
                     'leads nowhere')

    def test_place_holders_do_not_stay(self):
        self.refuses('@RESULTS@\n', 'place holder')

    def test_all_documents_are_looked_at(self):
        self.put('README.md', 'Nothing is quoted.\n')
        self.put('docs/x.md', '<!-- listing: code.c -->\n<!-- end -->\n')
        self.assertIn('docs/x.md', self.weave('--check', 1))


if __name__ == '__main__':
    unittest.main()
