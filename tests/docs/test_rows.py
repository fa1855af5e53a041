#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of models/meson.build are held against the files beside them.

Usage: test_rows.py CHECK_ROWS [unittest options]
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = sys.argv[1]
STRUCT = '''const struct model model_%s = {
    .counting = {.run = count},
};
'''


class Rows(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write('model.c', '/* shared */')
        self.write('one_two.c', STRUCT % 'one_two')
        self.rows = ['one-two:one_two.c']

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding='utf-8')

    def check(self):
        return subprocess.run(
            ['sh', SCRIPT, self.folder / 'rows.h', self.folder, 'model.c',
             *self.rows], capture_output=True, text=True, check=False)

    def refused(self, *words):
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertFalse((self.folder / 'rows.h').exists())
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_rows_and_files_that_agree_are_accepted(self):
        self.write('other.cc', STRUCT % 'other')
        self.write('other_part.c', '')
        self.rows.append('other:other.cc,other_part.c')
        done = self.check()
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertTrue((self.folder / 'rows.h').exists())

    def test_what_agrees_again_makes_nothing_newer(self):
        self.check()
        before = (self.folder / 'rows.h').stat().st_mtime_ns
        self.check()
        self.assertEqual((self.folder / 'rows.h').stat().st_mtime_ns, before)

    def lines(self):
        self.assertEqual(self.check().returncode, 0)
        text = (self.folder / 'rows.h').read_text(encoding='utf-8')
        return {name: (int(own), int(shared)) for own, shared, name in
                re.findall(r'\{(\d+), (\d+)\}, /\* (\S+) \*/', text)}

    def test_neither_blank_lines_nor_comments_are_lines_of_code(self):
        self.write('one_two.c', STRUCT % 'one_two' + '''
/* one */ // two
/*
 * "three
 */ int four; /* five
int six; */

char *seven = "/*";
char eight = '"', *nine = "\\"/*";
int ten; // "
''')
        self.assertEqual(self.lines(), {'one-two': (7, 7)})

    def test_shared_files_are_counted_once_and_with_their_sources(self):
        (self.folder / 'wait').mkdir()
        self.write('one_two.c', '#include "models/model.h"\n'
                   '#include "models/one_two.h"\n'
                   '#include "models/wait/a.h"\n' + STRUCT % 'one_two')
        self.write('model.h', 'int none;\n')
        self.write('one_two.h', 'int own;\n')
        self.write('wait/a.h', '#include "models/wait/b.h"\nint a;\n')
        self.write('wait/a.c', '#include "models/wait/a.h"\n'
                   '#include "models/wait/b.h"\nint a;\n')
        self.write('wait/b.h', 'int b;\n')
        self.write('wait/c.c', 'int c;\n')
        self.assertEqual(self.lines(), {'one-two': (7, 13)})

    def test_a_row_without_a_file_is_named(self):
        self.rows.append('ghost:ghost.c')
        self.refused("row 'ghost'", 'models/ghost.c', 'write it, or remove')

    def test_a_file_without_a_row_is_named(self):
        for name in ('stray_file.c', 'stray_file.cc'):
            self.write(name, '')
            self.refused('models/' + name, "{'name': 'stray-file'}",
                         'models/wait/')
            (self.folder / name).unlink()

    def test_a_struct_of_another_name_is_named(self):
        self.write('one_two.c', STRUCT % 'onetwo')
        self.refused('models/one_two.c', 'model_one_two', "row 'one-two'")

    def test_a_model_without_an_ability_is_named(self):
        self.write('one_two.c', 'const struct model model_one_two = {\n'
                   '    .counting = {.gap = "it cannot"},\n};\n')
        self.refused("model 'one-two'", '.run', 'models/one_two.c')

    def test_the_struct_may_stand_in_any_file_of_the_row(self):
        self.write('one_two.c', '')
        self.write('more.c', STRUCT % 'one_two')
        self.rows = ['one-two:one_two.c,more.c']
        self.assertEqual(self.check().returncode, 0)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
