# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html as a browser shows it: at two sizes, light, dark and on paper.

    python3 test_page.py PATH-OF-BATON [RESULTS]

The pages are those of a quick report, of runs of one workload each, of one of
them after a model has made something else of a site, and of RESULTS where that
is a directory of results.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser

WIDE, NARROW, PROJECTOR = (1280, 720), (390, 844), (1920, 1080)
LIMIT_BYTES = 500 * 1000

BATON, REFERENCE = '', ''
SCRATCH = None
CHROMIUM = None
PAGES = {}

# All that is written on the page: how high, in which colour, on what.
TEXTS = '''
(() => {
    const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const paper = element => {
        const svg = element.closest('figure svg');
        if (svg)
            return rgb(getComputedStyle(svg.querySelector('rect')).fill);
        for (let at = element; at; at = at.parentElement) {
            const colour = rgb(getComputedStyle(at).backgroundColor);
            if (colour.length == 3 || colour[3] > 0)
                return colour;
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body,
                                             NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.data.trim();
        if (!text || element.tagName == 'title' ||
            !element.getClientRects().length)
            continue;
        const style = getComputedStyle(element);
        const drawn = element instanceof SVGElement;
        let scale = 1;
        if (drawn) {
            const m = element.getScreenCTM();
            scale = Math.sqrt(Math.abs(m.a * m.d - m.b * m.c));
        }
        found.push({text: text, drawn: drawn,
                    size: parseFloat(style.fontSize) * scale,
                    ink: rgb(drawn ? style.fill : style.color),
                    paper: paper(element)});
    }
    return found;
})()
'''

# What sticks out to the right, but for what scrolls in its own place.
OVERFLOW = '''
(() => {
    const found = [...document.body.querySelectorAll('*')].filter(element =>
        !element.closest('.scroll > *') &&
        element.getBoundingClientRect().right > innerWidth + 0.5);
    const page = document.documentElement;
    return {page: page.scrollWidth - innerWidth,
            elements: found.map(element => element.outerHTML.slice(0, 80))};
})()
'''

# Words of a drawing that stand over each other, or reach out of it. A line of
# words is lower than its box, which has room for accents and descenders.
OVERLAPS = '''
(() => {
    const boxes = svg => [...svg.querySelectorAll('text')].map(text => {
        const box = text.getBoundingClientRect();
        return {text: text.textContent, left: box.left, right: box.right,
                top: box.top + 0.2 * box.height,
                bottom: box.bottom - 0.2 * box.height};
    }).filter(box => box.text.trim());
    const meet = (a, b) => Math.min(a.right, b.right) -
            Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    const found = [];
    for (const svg of document.querySelectorAll('figure svg')) {
        const paper = svg.getBoundingClientRect(), all = boxes(svg);
        all.forEach((box, i) => {
            if (box.left < paper.left - 1 || box.right > paper.right + 1 ||
                box.top < paper.top - 1 || box.bottom > paper.bottom + 1)
                found.push(['outside', box.text]);
            for (const other of all.slice(i + 1))
                if (meet(box, other))
                    found.push([box.text, other.text]);
        });
    }
    return found;
})()
'''

# How high a drawing is, and the smallest and the largest letters in it.
DRAWINGS = '''
[...document.querySelectorAll('figure svg')].map(svg => {
    const sizes = [...svg.querySelectorAll('text')].map(text => {
        const m = text.getScreenCTM();
        return parseFloat(getComputedStyle(text).fontSize) * m.a;
    });
    return {label: svg.getAttribute('aria-label'),
            height: svg.getBoundingClientRect().height,
            least: Math.min(...sizes), most: Math.max(...sizes)};
})
'''

SLIDES = '''
[...document.querySelectorAll('figure')].map(figure => ({
    height: figure.getBoundingClientRect().height,
    drawn: [...figure.querySelectorAll('svg')].map(
        svg => svg.getBoundingClientRect().bottom -
            figure.getBoundingClientRect().top),
    title: figure.querySelector('h3').getClientRects().length,
    caption: figure.querySelector('figcaption').getClientRects().length}))
'''

FINDINGS = '''
[...document.querySelectorAll('.findings strong')].map(element => ({
    text: element.textContent,
    size: parseFloat(getComputedStyle(element).fontSize),
    bottom: element.getBoundingClientRect().bottom}))
'''


def setUpModule():
    global SCRATCH, CHROMIUM
    if not browser.program():
        raise unittest.SkipTest('there is no chromium to look at the page with')
    SCRATCH = tempfile.mkdtemp(prefix='baton-page-')
    unittest.addModuleCleanup(shutil.rmtree, SCRATCH)
    take('report', 'report', '--quick', '--rounds', '1', '--seed', '7')
    take('run', 'run', 'counter', '--tasks', '1,4', '--increments', '100',
         '--rounds', '6', '--seed', '7')
    # Healthy sites keep these deadlines though the machine stand still a while.
    take('faults', 'run', 'faults', '--n', '5', '--timeout-ms', '2000',
         '--models', 'null,thread-per-socket,libuv', '--rounds', '1',
         '--seed', '7')
    widen('faults')
    differ('faults', 'differs')
    if os.path.isdir(REFERENCE):
        copy = os.path.join(SCRATCH, 'reference')
        shutil.copytree(REFERENCE, copy)
        baton('report', '--from', copy)
        PAGES['reference'] = os.path.join(copy, 'report.html')
    CHROMIUM = browser.Browser()
    unittest.addModuleCleanup(CHROMIUM.close)


def baton(*args):
    # 1: a model was wrong, which a page has to show as well as any other.
    done = subprocess.run([BATON, *args], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode not in (0, 1):
        raise AssertionError('baton %s: %s' % (args, done.stdout))


def take(name, *args):
    out = os.path.join(SCRATCH, name)
    baton(*args, '--out', out)
    PAGES[name] = os.path.join(out, 'report.html')


def widen(name):
    """Lets sequential have said what the threads said: for these deadlines,
    one after another, it would need half a minute."""
    path = os.path.join(SCRATCH, name, 'sites.tsv')
    lines = [line.split('\t') for line in read(path).splitlines()]
    column = lines[0].index('model')
    with open(path, 'a', encoding='utf-8') as file:
        for line in lines:
            if line[column] == 'thread-per-socket':
                line[column] = 'sequential'
                file.write('\t'.join(line) + '\n')
    baton('report', '--from', os.path.dirname(path))


def differ(name, other):
    """The same run, but one model tells of some sites what it should not."""
    out = os.path.join(SCRATCH, other)
    shutil.copytree(os.path.join(SCRATCH, name), out)
    path = os.path.join(out, 'sites.tsv')
    lines = [line.split('\t') for line in read(path).splitlines()]
    column = lines[0].index
    for line in lines[1:]:
        if line[column('model')] == 'libuv':
            if line[column('name')] == 'redirect-loop':
                line[column('class')] = 'header-timeout'
            if line[column('name')] == 'plain':
                line[column('bytes')] = '123456789'
    with open(path, 'w', encoding='utf-8') as file:
        file.writelines('\t'.join(line) + '\n' for line in lines)
    baton('report', '--from', out)
    PAGES[other] = os.path.join(out, 'report.html')


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def spoil(page, old, new):
    """A copy of the page in which something has gone wrong."""
    text = read(page)
    assert old in text, old
    path = os.path.join(SCRATCH, 'spoilt.html')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.replace(old, new, 1))
    return path


def luminance(colour):
    """Relative, as WCAG 2.2 defines it."""
    parts = [part / 255 for part in colour[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else
                        ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def too_small():
    return [text for text in CHROMIUM.evaluate(TEXTS) if text['size'] < 15.99]


def too_faint():
    return [text for text in CHROMIUM.evaluate(TEXTS)
            if contrast(text['ink'], text['paper']) < 4.5]


def overflow():
    return CHROMIUM.evaluate(OVERFLOW)


class Page(unittest.TestCase):
    """What holds for every page, at both sizes, light and dark."""

    def each(self, check, schemes=('light',)):
        for name, page in sorted(PAGES.items()):
            for width, height in (WIDE, NARROW):
                for scheme in schemes:
                    with self.subTest(page=name, width=width, scheme=scheme):
                        CHROMIUM.show(page, width, height, scheme)
                        check(page)

    def test_it_asks_for_nothing_but_itself(self):
        self.each(lambda page: self.assertEqual(
            list(CHROMIUM.requests.values()), ['file://' + page]))

    def test_nothing_sticks_out(self):
        self.each(lambda page: self.assertEqual(
            overflow(), {'page': 0, 'elements': []}))

    def test_every_text_is_large_enough(self):
        self.each(lambda page: self.assertEqual(too_small(), []))

    def test_every_text_has_contrast(self):
        self.each(lambda page: self.assertEqual(too_faint(), []),
                  ('light', 'dark'))

    def test_something_is_written_in_every_figure(self):
        self.each(self.check_figures)

    def check_figures(self, _):
        texts = CHROMIUM.evaluate(
            "[...document.querySelectorAll('figure')].map("
            "figure => figure.querySelectorAll('svg text').length)")
        self.assertGreater(len(texts), 0)
        # Without gnuplot there are no drawings, and the page says so.
        if shutil.which('gnuplot'):
            self.assertGreater(min(texts), 3)

    def test_what_it_shows_is_light_or_dark_and_not_blank(self):
        for name, page in sorted(PAGES.items()):
            for width, height in (WIDE, NARROW):
                shots = {}
                for scheme in ('light', 'dark'):
                    CHROMIUM.show(page, width, height, scheme)
                    shots[scheme] = self.average(
                        CHROMIUM.screenshot(width, height, 0.5), width // 2,
                        height // 2)
                with self.subTest(page=name, width=width):
                    self.assertGreater(shots['light'], 190)
                    self.assertLess(shots['dark'], 80)

    def average(self, png, width, height):
        lines, step = browser.pixels(png)
        self.assertEqual(len(lines), height)
        self.assertEqual(len(lines[0]), width * step)
        colours = {bytes(line[x:x + 3]) for line in lines[::3]
                   for x in range(0, len(line), step)}
        self.assertGreater(len(colours), 20, 'the page is blank')
        total = sum(sum(line[channel::step]) for line in lines
                    for channel in range(3))
        return total / (width * height * 3)

    def test_paper_is_white_whatever_the_screen_is(self):
        for name, page in sorted(PAGES.items()):
            with self.subTest(page=name):
                CHROMIUM.show(page, 700, 1000, 'dark', 'print')
                self.assertGreater(luminance(CHROMIUM.evaluate(
                    "getComputedStyle(document.body).backgroundColor"
                    ".match(/[0-9]+/g).map(Number)")), 0.99)
                self.assertEqual(too_faint(), [])

    def test_all_of_it_fits_on_paper(self):
        for name, page in sorted(PAGES.items()):
            with self.subTest(page=name):
                CHROMIUM.show(page, 700, 1000, 'light', 'print')
                # Nothing scrolls on paper.
                self.assertEqual(CHROMIUM.evaluate(
                    "[...document.body.querySelectorAll('*')].filter("
                    "at => at.getBoundingClientRect().right > innerWidth + 1)"
                    ".map(at => at.outerHTML.slice(0, 80))"), [])

    def test_it_has_no_script_and_is_small(self):
        for page in PAGES.values():
            text = read(page)
            self.assertNotIn('<script', text)
            self.assertIsNone(re.search(r'<[^>]*\son[a-z]+\s*=', text))
            self.assertLessEqual(len(text.encode()), LIMIT_BYTES)

    def test_it_is_the_same_when_it_is_made_again(self):
        for page in PAGES.values():
            before = read(page)
            baton('report', '--from', os.path.dirname(page))
            self.assertEqual(read(page), before)


class Projector(unittest.TestCase):
    """Read from the back row, without zooming."""

    def each(self, check):
        for name, page in sorted(PAGES.items()):
            for size in (WIDE, PROJECTOR):
                with self.subTest(page=name, size=size):
                    check(page, *size)

    def show_slides(self, page, width, height, media='screen'):
        # Another file: a step inside one is no load of a page.
        copy = os.path.join(SCRATCH, 'slides-%d-%d.html' %
                            (sorted(PAGES.values()).index(page), width))
        shutil.copy(page, copy)
        CHROMIUM.show(copy + '#slides', width, height, 'light', media)

    def test_text_grows_with_the_window(self):
        sizes = []
        for size in (WIDE, PROJECTOR):
            CHROMIUM.show(PAGES['report'], *size)
            sizes.append([CHROMIUM.evaluate(
                "parseFloat(getComputedStyle(document.querySelector('%s'))"
                ".fontSize)" % what) for what in ('p', 'h1', 'td', 'strong')])
        for small, large in zip(*sizes):
            self.assertAlmostEqual(large / small, 1.5, delta=0.02)
            self.assertGreater(small, 17)

    def test_a_drawing_fits_a_screen_and_can_be_read(self):
        self.each(self.check_drawings)

    def check_drawings(self, page, width, height):
        CHROMIUM.show(page, width, height)
        for drawing in CHROMIUM.evaluate(DRAWINGS):
            self.assertLessEqual(drawing['height'], height, drawing)
            # Of 1280 pixels, letters take at least 16.
            self.assertGreaterEqual(drawing['least'], width / 80 - 0.01,
                                    drawing)

    def test_no_words_of_a_drawing_overlap(self):
        self.each(self.check_overlaps)

    def check_overlaps(self, page, width, height):
        CHROMIUM.show(page, width, height)
        self.assertEqual(CHROMIUM.evaluate(OVERLAPS), [])

    def test_a_slide_has_one_figure_and_its_title(self):
        self.each(self.check_slides)

    def check_slides(self, page, width, height):
        self.show_slides(page, width, height)
        slides = CHROMIUM.evaluate(SLIDES)
        self.assertGreater(len(slides), 0)
        for slide in slides:
            self.assertAlmostEqual(slide['height'], height, delta=1)
            self.assertEqual((slide['title'], slide['caption']), (1, 0))
            for bottom in slide['drawn']:
                self.assertLessEqual(bottom, height)
        for drawing in CHROMIUM.evaluate(DRAWINGS):
            self.assertGreaterEqual(drawing['least'], width / 90)
        self.assertEqual(too_faint(), [])
        self.assertEqual(overflow()['page'], 0)

    def test_a_slide_is_printed_on_a_page(self):
        for name, page in sorted(PAGES.items()):
            with self.subTest(page=name):
                self.show_slides(page, *WIDE, 'print')
                for slide in CHROMIUM.evaluate(SLIDES):
                    self.assertLess(slide['height'], WIDE[1])
                    self.assertEqual((slide['title'], slide['caption']), (1, 0))
                    for bottom in slide['drawn']:
                        self.assertLessEqual(bottom, slide['height'] + 1)
                sizes = CHROMIUM.paper_sizes()
                self.assertEqual(set(sizes), {(960, 540)})  # points
                self.assertGreater(len(sizes),
                                   len(CHROMIUM.evaluate(SLIDES)))

    def test_words_over_each_other_are_seen(self):
        if not shutil.which('gnuplot'):
            self.skipTest('there is no gnuplot to draw figures with')
        CHROMIUM.show(spoil(PAGES['report'], '<text>', '<text>over</text><text>'),
                      *WIDE)
        self.assertNotEqual(CHROMIUM.evaluate(OVERLAPS), [])


class Findings(unittest.TestCase):
    def test_the_first_screen_tells_the_findings_in_large_letters(self):
        for name in sorted(set(PAGES) - {'run', 'faults', 'differs'}):
            with self.subTest(page=name):
                CHROMIUM.show(PAGES[name], *WIDE)
                found = CHROMIUM.evaluate(FINDINGS)
                with open(PAGES[name], encoding='utf-8') as page:
                    if '(no interval' in page.read():
                        continue  # and so nothing is sure
                self.assertGreaterEqual(len(found), 4)
                for sentence in found:
                    self.assertGreaterEqual(sentence['size'], 24)
                self.assertLess(found[3]['bottom'], WIDE[1])

    def test_wrong_results_are_marked_by_a_word_and_a_shape(self):
        CHROMIUM.show(PAGES['report'], *WIDE)
        # Of the report's models one loses all but a task's share every time.
        marks = CHROMIUM.evaluate(
            "[...document.querySelectorAll('.findings .wrong')].map(item => "
            "[item.innerText, item.querySelector('.mark path')"
            ".getBoundingClientRect().width])")
        self.assertGreater(len(marks), 0)
        for text, width in marks:
            self.assertIn('wrong results', text)
            self.assertGreater(width, 8)


class Matrix(unittest.TestCase):
    TABLE = """
        (table => ({
            place: table.closest('.scroll').clientWidth,
            width: table.scrollWidth,
            rows: [...table.tBodies].flatMap(body => [...body.rows]).map(
                row => [...row.cells].map(cell => cell.innerText)),
        }))(document.querySelector('table.matrix'))"""

    def show(self, name, size):
        CHROMIUM.show(PAGES[name], *size)
        return CHROMIUM.evaluate(self.TABLE)

    def test_all_of_it_is_on_a_screen(self):
        for name in ('faults', 'differs'):
            with self.subTest(page=name):
                seen = self.show(name, WIDE)
                self.assertLessEqual(seen['width'], seen['place'])

    def test_a_narrow_screen_scrolls_it_in_its_place(self):
        seen = self.show('faults', NARROW)
        self.assertGreater(seen['width'], seen['place'])
        self.assertEqual(overflow()['page'], 0)

    def test_each_kind_of_site_has_a_row(self):
        rows = [row for row in self.show('faults', WIDE)['rows']
                if len(row) > 1]
        self.assertEqual(len(rows), 28)
        self.assertIn('connect-timeout', [row[2] for row in rows])
        # Whatever the models, one cell for the class and three for the times.
        self.assertEqual({len(row) for row in rows}, {7})

    def test_what_differs_is_marked_by_a_word(self):
        rows = self.show('differs', WIDE)['rows']
        below = {row[0]: after for row, after in zip(rows, rows[1:])}
        self.assertIn('header-timeout from', below['redirect-loop'][0])
        self.assertIn('other bytes from', below['plain'][0])
        self.assertNotIn('from', below['silent'][0])
        marks = CHROMIUM.evaluate(
            "[...document.querySelectorAll('.findings .wrong')].map("
            "item => item.innerText)")
        self.assertEqual(len(marks), 1)
        self.assertIn('2 of 28 kinds of site are wrong or differ', marks[0])


class Checks(unittest.TestCase):
    """The checks above would see a page that has gone wrong."""

    def show(self, old, new, scheme='light'):
        CHROMIUM.show(spoil(PAGES['report'], old, new), *NARROW, scheme)

    def test_a_picture_from_elsewhere_is_asked_for(self):
        self.show("default-src 'none'; style-src 'unsafe-inline'", '')
        alone = len(CHROMIUM.requests)
        path = spoil(os.path.join(SCRATCH, 'spoilt.html'), '<main>',
                     '<main><img src="http://baton.invalid/x.png">')
        CHROMIUM.show(path, *NARROW)
        self.assertEqual(alone, 1)
        self.assertIn('http://baton.invalid/x.png',
                      CHROMIUM.requests.values())
        self.assertEqual(CHROMIUM.refused, [])

    def test_the_policy_of_the_page_refuses_it(self):
        self.show('<main>', '<main><img src="http://baton.invalid/x.png">')
        self.assertEqual(CHROMIUM.refused, ['http://baton.invalid/x.png'])

    def test_wide_things_stick_out(self):
        self.show('<main>', '<main><div style="width:999px">wide</div>')
        self.assertGreater(overflow()['page'], 0)
        self.assertNotEqual(overflow()['elements'], [])

    def test_small_texts_are_seen(self):
        self.show('<main>', '<main><p style="font-size:15px">small</p>')
        self.assertEqual([text['text'] for text in too_small()], ['small'])

    def test_small_texts_in_figures_are_seen(self):
        if not shutil.which('gnuplot'):
            self.skipTest('there is no gnuplot to draw figures with')
        self.show('min-width: 1150px', 'min-width: 200px')
        self.assertTrue(any(text['drawn'] for text in too_small()))

    def test_faint_texts_are_seen(self):
        for scheme in ('light', 'dark'):
            self.show('<main>', '<main><p style="color:#777777">faint</p>'
                                '<p style="color:#888">and</p>', scheme)
            self.assertIn('faint' if scheme == 'dark' else 'and',
                          [text['text'] for text in too_faint()])


if __name__ == '__main__':
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit('usage: %s PATH-OF-BATON [RESULTS]' % sys.argv[0])
    BATON = os.path.abspath(sys.argv.pop(1))
    if len(sys.argv) > 1 and not sys.argv[1].startswith('-'):
        REFERENCE = os.path.abspath(sys.argv.pop(1))
    RESULT = unittest.main(exit=False, verbosity=2).result
    if RESULT.wasSuccessful() and not browser.program():
        sys.exit(77)
    sys.exit(not RESULT.wasSuccessful())
