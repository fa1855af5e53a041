#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What figures are drawn with is seen on light and on dark pages.

Usage: check_colours.py SOURCE_ROOT

Reads the colours from where they are: plots/style.gp, with which gnuplot
draws, and data/report.css, which a page maps them to.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
STYLE = (ROOT / "plots" / "style.gp").read_text(encoding="utf-8")
LIGHT, DARK = re.findall(
    r":root \{(.*?)\}",
    (ROOT / "data" / "report.css").read_text(encoding="utf-8"), re.S)[:2]


def luminance(colour):
    """Relative, as WCAG 2.2 defines it."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else
                        ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def constants():
    return dict(re.findall(r'([A-Z]+) = "(#[0-9a-f]{6})"', STYLE))


def families():
    names = re.search(r"^FAMILIES = ((?:.*\\\n)*.*)$", STYLE, re.M).group(1)
    return [constants()[name] for name in re.findall("[A-Z]+", names)]


def variable(block, kind, colour):
    return re.search(rf"--{kind}-{colour[1:]}: (#[0-9a-f]{{6}});",
                     block).group(1)


def paper(block):
    return re.search(r"--paper: (#[0-9a-f]{6});", block).group(1)


class Colours(unittest.TestCase):
    def test_nine_families_have_a_colour_each(self):
        self.assertEqual(len(families()), 9)
        self.assertEqual(len(set(families())), 9)
        for block in LIGHT, DARK:
            shown = {variable(block, "line", hue) for hue in families()}
            self.assertEqual(len(shown), 9)

    def test_a_drawing_alone_has_contrast(self):
        for colour in [*families(), constants()["GREY"]]:
            self.assertGreaterEqual(
                contrast(colour, constants()["PAPER"]), 3, colour)

    def test_lines_have_contrast_on_both_pages(self):
        for block in LIGHT, DARK:
            for colour in [*families(), constants()["GREY"]]:
                shown = variable(block, "line", colour)
                self.assertGreaterEqual(contrast(shown, paper(block)), 3,
                                        colour)

    def test_letters_have_contrast_on_both_pages(self):
        for block in LIGHT, DARK:
            for name, colour in constants().items():
                if name == "PAPER":
                    continue
                shown = variable(block, "letter", colour)
                self.assertGreaterEqual(contrast(shown, paper(block)), 4.5,
                                        name)

    def test_a_page_knows_each_colour_of_the_drawings(self):
        for block in LIGHT, DARK:
            for kind in "line", "letter":
                for colour in constants().values():
                    variable(block, kind, colour)


if __name__ == "__main__":
    unittest.main()
