#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What check_rooms.py finds in a house of a few files."""
import pathlib
import tempfile
import unittest

import check_rooms

NAMES = {"locked", "counter"}


class House(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="baton-rooms-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("workloads/clock.h")
        self.write("workloads/workload.h", "workloads/kinds/counting.h")
        self.write("workloads/kinds/counting.h", "workloads/clock.h")
        self.write("workloads/web/http.h", "workloads/kinds/counting.h")
        self.write("workloads/counter.c", "workloads/web/http.h",
                   "workloads/workload.h")
        self.write("models/model.h", "workloads/kinds/counting.h")
        self.write("models/wait/turns.h", "workloads/kinds/counting.h")
        self.write("models/locked.c", "models/model.h", "models/wait/turns.h",
                   "workloads/clock.h")
        self.write("harness/results/store.h", "models/model.h")
        self.write("harness/origin/server.h", "workloads/web/http.h")
        self.write("harness/sample/cell.h", "harness/results/store.h",
                   "harness/origin/server.h", "models/model.h")
        self.write("harness/sample/cell.c", "harness/sample/cell.h")
        self.write("harness/measure/loop.h", "harness/sample/cell.h")
        self.write("harness/check/rule.h", "harness/measure/loop.h")
        self.write("harness/report/page.h", "harness/results/store.h")
        self.write("harness/cli/run.c", "harness/report/page.h",
                   "harness/check/rule.h", "harness/origin/server.h")

    def write(self, name, *includes, text=""):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join('#include "%s"\n' % i for i in includes) + text)

    def found(self, known=((), (), {})):
        return check_rooms.check(self.root, NAMES, known)

    def one(self, *words):
        found = self.found()
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])


class Includes(House):
    def test_this_house_is_in_order(self):
        self.assertEqual(self.found(), [])

    def test_none_may_point_up(self):
        for name, include in (
                ("workloads/clock.h", "workloads/kinds/counting.h"),
                ("workloads/kinds/counting.h", "workloads/web/http.h"),
                ("workloads/web/http.h", "models/model.h"),
                ("models/wait/turns.h", "models/model.h"),
                ("models/model.h", "harness/results/store.h"),
                ("harness/results/store.h", "harness/origin/server.h"),
                ("harness/origin/server.h", "harness/results/store.h"),
                ("harness/origin/server.h", "models/model.h"),
                ("harness/results/store.h", "harness/sample/cell.h"),
                ("harness/sample/cell.h", "harness/measure/loop.h"),
                ("harness/measure/loop.h", "harness/check/rule.h"),
                ("harness/report/page.h", "harness/sample/cell.h"),
                ("harness/report/page.h", "harness/check/rule.h"),
                ("harness/check/rule.h", "harness/report/page.h")):
            with self.subTest(name=name, include=include):
                before = (self.root / name).read_text()
                self.write(name, include, text=before)
                found = [line for line in self.found() if "order" in line]
                self.assertEqual(len(found), 1, found)
                self.assertIn("%s (" % name, found[0])
                self.assertIn("includes %s" % include, found[0])
                (self.root / name).write_text(before)

    def test_the_harness_sees_the_contract_of_models_alone(self):
        self.write("harness/sample/cell.c", "models/wait/turns.h")
        self.one("harness/sample/cell.c", "models/wait/turns.h")

    def test_a_model_sees_what_its_contract_includes(self):
        self.write("workloads/kinds/lanes.h")
        self.write("models/locked.c", "models/model.h",
                   "workloads/kinds/lanes.h")
        self.one("models/locked.c", "workloads/kinds/lanes.h")

    def test_a_path_begins_at_the_root(self):
        self.write("harness/sample/cell.c", "cell.h")
        self.one('"cell.h" is not a path from the root')

    def test_a_folder_that_is_no_room(self):
        self.write("harness/attic/old.c", "workloads/clock.h")
        self.one("harness/attic/old.c is in no room")

    def test_a_known_one_is_left_out_and_a_needless_one_is_not(self):
        self.write("harness/report/page.h", "harness/sample/cell.h")
        entry = "harness/report/page.h -> harness/sample/cell.h"
        self.assertEqual(self.found(({entry}, (), {})), [])
        self.assertIn("no longer needed", self.found(
            ({entry, "models/a.c -> harness/b.h"}, (), {}))[0])


class Circles(House):
    def test_two_files_that_include_each_other(self):
        self.write("harness/sample/cell.c", "harness/sample/child.h")
        self.write("harness/sample/child.c", "harness/sample/cell.h")
        self.write("harness/sample/child.h")
        self.one("circle between harness/sample/cell, harness/sample/child")

    def test_three_files_in_a_ring(self):
        for here, there in ("ab", "bc", "ca"):
            self.write("harness/check/%s.h" % here,
                       "harness/check/%s.h" % there)
        self.one("harness/check/a, harness/check/b, harness/check/c")
        ring = {"harness/check/%s" % letter for letter in "abc"}
        self.assertEqual(self.found(((), [ring], {})), [])
        self.write("harness/check/c.h")
        self.assertIn("not this circle", self.found(((), [ring], {}))[0])


class Literals(House):
    def literal(self, text):
        self.write("harness/sample/cell.c", text=text)

    def test_a_name(self):
        self.literal('\nconst char *m = "locked";\n')
        self.one('harness/sample/cell.c:2: "locked" names locked')

    def test_a_name_in_a_cell_or_a_list(self):
        self.literal('char *m = "counter/sequential/tasks:20";')
        self.one("names counter")
        self.literal('char *m = "other,locked";')
        self.one("names locked")

    def test_text_for_people_may_name_them(self):
        self.literal('char *m = "  baton run counter --models locked\\n";')
        self.assertEqual(self.found(), [])

    def test_comments_includes_and_parts_of_words_are_no_names(self):
        self.literal('/* "locked" */ // "counter"\n#include <locked>\n'
                     "char q = '\"'; char *m = \"unlocked\";")
        self.assertEqual(self.found(), [])

    def test_a_quoted_quote_does_not_hide_a_name(self):
        self.literal("char q = '\"'; char *m = \"locked\"; char r = '\"';")
        self.one("names locked")

    def test_other_rooms_may_name_them(self):
        self.write("models/locked.c", text='char *m = "locked";')
        self.assertEqual(self.found(), [])

    def test_a_known_one_is_left_out_and_a_needless_one_is_not(self):
        self.literal('char *m = "locked";')
        known = {"harness/sample/cell.c": {"locked"}}
        self.assertEqual(self.found(((), (), known)), [])
        known["harness/sample/cell.c"].add("counter")
        self.assertIn("no longer needed", self.found(((), (), known))[0])

    def test_models_know_no_protocol(self):
        self.write("models/locked.c", text="/* Waits for DNS. */")
        self.one("models/locked.c:1", "DNS")


if __name__ == "__main__":
    unittest.main()
