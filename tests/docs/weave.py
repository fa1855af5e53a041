#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents quote is what its source says: generated, never pasted.

Usage: weave.py --check|--write [--baton PATH] [--reference DIR] [FILE...]

--check fails with a diff where a block is stale, --write renews the blocks.
Without files: README.md and all of docs/. A block stands between its marker
and <!-- end -->:

<!-- listing: PATH [NAME...] -->  a source file without its licence line, or
                                  these functions and structs of it
<!-- compare: PATH PATH NAME -->  what differs in a function of two files
<!-- report: PART; PART... -->    of the example report's summary.txt: a group by its
                                  title, `words`, `end`, or `...` as it stands
<!-- said: START ... MORE -->     the one sentence of the report's words that
                                  begins with START and goes on with MORE
<!-- sites: WORKLOAD -->          of its sites.tsv: which sites end in which
                                  class, from every model and in every sample
<!-- programs: FOLDER -->         its table of reference programs, with the
                                  lines of code that cloc counts
<!-- run: COMMAND -->             what a command says that does not depend on
                                  the machine; ./baton is the built one

What the text itself concludes from a sentence is checked as well, without a
block: <!-- holds: START ... MORE => low > 10, high < 20 --> speaks of the
interval; a ratio is the time of the first over that of the second. Of a row of
the table, <!-- holds: row GROUP ... MODEL => time > 0.5 --> is in seconds.
"""
import argparse
import csv
import difflib
import operator
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import textwrap

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "cli"))
import reference_table  # noqa: E402

BLOCK = re.compile(r"^<!-- (listing|compare|report|said|sites|programs|"
                   r"run): (.+?) -->\n"
                   r"(.*?)^<!-- end -->$", re.S | re.M)
HOLDS = re.compile(r"<!-- holds: (.+?) => (.+?) -->", re.S)
MARKER = re.compile(r"<!-- (\w+)\b.*?-->", re.S)
LINK = re.compile(r"\]\(([^)\s#]+)")
PLACE_HOLDER = re.compile(r"^@[A-Z]+@$", re.M)
COMPARE = {"<": operator.lt, ">": operator.gt}
WIDTH = 100


class Stale(Exception):
    """Something that a document relies on is not there, or not so."""


def fence(text, language=""):
    return f"```{language}\n{text.rstrip()}\n```\n"


# Listings.

def definition(text, name):
    """A function or a struct at the left margin, with its comment."""
    lines = text.splitlines()
    heads = [i for i, line in enumerate(lines)
             if re.match(r"\w.*\b%s\b[^;]*$" % re.escape(name), line)]
    for first in heads:
        # Its body opens before anything else ends.
        body = next((i for i in range(first, len(lines))
                     if lines[i].endswith(("{", ";"))), None)
        if body is None or lines[body].endswith(";"):
            continue
        last = next(i for i in range(body, len(lines))
                    if lines[i] in ("}", "};"))
        while first > 0 and re.match(r"/\*| \*", lines[first - 1]):
            first -= 1
        return "\n".join(lines[first:last + 1]) + "\n"
    raise Stale(f"{name} is not there")


def listing(words, _):
    path, *names = words.split()
    text = (SOURCE / path).read_text(encoding="utf-8")
    if names:
        text = f"/* from {path} */\n" + "\n".join(
            definition(text, name) for name in names)
    else:
        text = re.sub(r"\A/\* SPDX-[^\n]*\n", "", text)
    return fence(text, "c")


def compare(words, _):
    *paths, name = words.split()
    sides = [definition((SOURCE / path).read_text(encoding="utf-8"), name)
             for path in paths]
    # All of the function, without the names that a diff begins with.
    lines = difflib.unified_diff(*(side.splitlines() for side in sides),
                                 lineterm="", n=1000)
    return fence("\n".join(line.rstrip() for line in list(lines)[3:]), "diff")


# The example report.

class Reference:
    """summary.txt: groups of the table, sentences, the last paragraph."""

    def __init__(self, folder):
        self.folder = folder
        self.lines = (folder / "summary.txt").read_text(
            encoding="utf-8").splitlines()
        at = self.lines.index("Findings")
        self.end = self.lines.index("", at)
        self.words = self.lines[at:self.end]
        self.noise = self.lines.index("Noise of this machine")
        self.sentences = [" ".join(s.split()) for s in re.split(
            r"^- ", "\n".join(self.words), flags=re.M)[1:]]

    def group(self, title):
        """A group's lines; the columns' names stand before the first."""
        starts = [i for i, line in enumerate(self.lines)
                  if line.split() == title.split()]
        if len(starts) != 1:
            raise Stale(f"{len(starts)} groups have the title {title!r}")
        end = starts[0] + 1
        while end < len(self.lines) and self.lines[end].startswith("  "):
            end += 1
        return self.lines[starts[0]:end]

    def columns(self):
        return next(line for line in self.lines if line.startswith("  model "))

    def sentence(self, words):
        start, *more = [word.strip() for word in words.split("...")]
        pattern = re.escape(start) + "".join(".*?" + re.escape(word)
                                             for word in more)
        found = [s for s in self.sentences if re.match(pattern, s)]
        if len(found) != 1:
            raise Stale(f"{len(found)} sentences begin with {words!r}")
        return found[0]


def report(words, reference):
    lines = []
    for part in (word.strip() for word in words.split(";")):
        if part == "...":
            lines += ["..."]
        elif part == "words":
            lines += [""] * bool(lines) + reference.words
        elif part == "end":
            lines += reference.lines[reference.noise:]
        else:
            lines += [] if lines else [reference.columns()]
            lines += reference.group(part)
        if part in ("words", "end"):
            lines[-1] += "\n"
    return fence("\n".join(lines), "text")


def said(words, reference):
    # A number stays with its percent sign.
    sentence = reference.sentence(words).replace(" %", "\0%")
    return textwrap.fill(sentence, WIDTH, initial_indent="> ",
                         subsequent_indent="> ", break_long_words=False,
                         break_on_hyphens=False).replace("\0", " ") + "\n"


# Its sites.

def sites(words, reference):
    """The classes in the order of their sites, the healthy ones last."""
    classes = {}
    with open(reference.folder / "sites.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["workload"] == words:
                classes.setdefault(row["name"], set()).add(row["class"])
    ends = {}
    for name, found in classes.items():
        if len(found) != 1:
            raise Stale(f"{name} ends in several classes: {sorted(found)}")
        ends.setdefault(*found, []).append(name)
    if not ends:
        raise Stale(f"there are no sites of {words!r}")
    lines = ["| class | sites |", "|---|---|"]
    for name in sorted(ends, key=lambda name: name == "ok"):
        lines.append(f"| {name} | {', '.join(ends[name])} |")
    return "\n".join(lines) + "\n"


NUMBER = r"((?:1/)?[-+.\de]+)"
INTERVAL = r".*? \[" + NUMBER + "(?: %)?, " + NUMBER + r"(?: %)?\]"


def number_of(text):
    """"1/62.1", the part of a time, or a number."""
    return 1 / float(text[2:]) if text.startswith("1/") else float(text)


def interval(sentence):
    """(low, high) of a sentence; a ratio is below 1 where it says faster."""
    if " lost no update " in sentence:
        return 0.0, 0.0
    for what in (r" times slower than ", r" times faster than ",
                 r" times the time", r" of the time of ", r" % of the updates",
                 r" grows as n\^"):
        found = re.search(what + INTERVAL, sentence)
        if found:
            low, high = (number_of(number) for number in found.groups())
            return (1 / high, 1 / low) if "faster" in what else (low, high)
    raise Stale(f"no interval in {sentence!r}")


UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}


def row_of(words, reference):
    """A row of the table, and its time in seconds."""
    title, model = (word.strip() for word in words.split("..."))
    for line in reference.group(title)[1:]:
        found = re.match(r"  %s +([\d.]+) (ns|us|ms|s)\b" % re.escape(model),
                         line)
        if found:
            return line.strip(), float(found.group(1)) * UNITS[found.group(2)]
    raise Stale(f"{title} has no row of {model!r}")


def bounds_of(words, reference):
    """What is quoted, and what may be said of it."""
    if words.startswith("row "):
        line, time = row_of(words.removeprefix("row "), reference)
        return line, {"time": time}
    sentence = reference.sentence(words)
    return sentence, dict(zip(("low", "high"), interval(sentence)))


def check_holds(text, reference):
    for words, conditions in HOLDS.findall(text):
        sentence, bounds = bounds_of(" ".join(words.split()), reference)
        for condition in conditions.split(","):
            name, sign, number = condition.split()
            if not COMPARE[sign](bounds[name], float(number)):
                raise Stale(f"the text relies on {condition.strip()!r}, but "
                            f"the reference says: {sentence}")


# Reference programs.

def programs(folder, old):
    """Without cloc, what stands there is left as it is."""
    if not shutil.which("cloc"):
        return old
    counted = subprocess.run(
        ["cloc", "--quiet", "--by-file", "--csv", "--skip-uniqueness", folder],
        cwd=SOURCE, capture_output=True, text=True, check=True).stdout
    lines = {row["filename"]: int(row["code"]) for row in csv.DictReader(
        counted.lstrip().splitlines()) if row["filename"]}
    table = ["| program | models | packages | lines of code |",
             "|---|---|---|---|"]
    for row in reference_table.rows(SOURCE):
        models = ", ".join(model.split()[0] for model in row["models"])
        packages = ", ".join(row["packages"] + row.get("parser", [])[1:])
        code = sum(lines[f"{folder}/{row['name']}/{source}"]
                   for source in row["sources"])
        table.append(f"| {row['name']} | {models} | {packages} | {code} |")
    return "\n".join(table) + "\n"


# Commands.

def run(command, options):
    if not options.baton and "./baton " in command:
        raise Stale(f"--baton is needed for {command!r}")
    line = re.sub(r"(?:^|(?<=\| ))\./baton\b",
                  shlex.quote(str(options.baton)), command)
    done = subprocess.run(["sh", "-c", line], cwd=SOURCE, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, env=dict(os.environ, LC_ALL="C"))
    if done.returncode or done.stderr:
        raise Stale(f"{command}: exit status {done.returncode}\n{done.stderr}")
    return fence("\n".join(line.rstrip()
                           for line in done.stdout.splitlines()), "text")


# Documents.

def weave(text, options):
    """The document with fresh blocks."""
    makers = {"listing": listing, "compare": compare, "report": report,
              "said": said, "sites": sites, "programs": programs, "run": run}

    def fresh(block):
        kind, words, old = block.groups()
        given = {"run": options, "programs": old}
        made = makers[kind](words, given.get(kind, options.results))
        return f"<!-- {kind}: {words} -->\n{made}<!-- end -->"

    woven = BLOCK.sub(fresh, text)
    known = 2 * len(BLOCK.findall(text)) + len(HOLDS.findall(text))
    # Those two are for the test that runs the commands.
    marks = [m for m in MARKER.findall(text) if m not in ("exit", "prints")]
    if len(marks) != known:
        raise Stale(f"{len(marks)} markers, {known} understood: {marks}")
    check_holds(text, options.results)
    return woven


def check_links(path, text, options):
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        target = (path.parent / link).resolve()
        default = SOURCE / "results" / "example"
        if target.is_relative_to(default):
            target = options.reference / target.relative_to(default)
        if not target.exists():
            raise Stale(f"the link {link} leads nowhere")
    if PLACE_HOLDER.search(text):
        raise Stale("there is a place holder")


def renew(path, options):
    """Whether the document is as it should be, or now is."""
    name = path.relative_to(SOURCE)
    text = path.read_text(encoding="utf-8")
    try:
        woven = weave(text, options)
        check_links(path, text, options)
    except (Stale, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return False
    if woven == text:
        return True
    if options.write:
        path.write_text(woven, encoding="utf-8")
        print(f"{name}: renewed")
        return True
    sys.stderr.writelines(difflib.unified_diff(
        text.splitlines(True), woven.splitlines(True), str(name),
        f"{name}, renewed by weave.py --write"))
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true")
    what.add_argument("--write", action="store_true")
    parser.add_argument("--baton", type=pathlib.Path)
    parser.add_argument("--reference", type=pathlib.Path,
                        default=SOURCE / "results" / "example")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    options.reference = options.reference.resolve()
    options.baton = options.baton and options.baton.resolve()
    try:
        options.results = Reference(options.reference)
    except (OSError, ValueError) as error:
        sys.exit(f"no example report ({error}); ./baton report --out "
                 "results/example makes them")
    files = [path.resolve() for path in options.files] or [
        SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]
    good = [renew(path, options) for path in files]
    print(f"{len(files)} documents, {len(files) - sum(good)} stale")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
