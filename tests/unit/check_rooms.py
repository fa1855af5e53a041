#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of the house depend on each other in one direction.

Usage: check_rooms.py SOURCE_ROOT BATON

It fails on an include against the order of the rooms, on a circle between
files (NAME.c and NAME.h are one file), and on a string literal in harness/
that names a registered model or workload. A literal with a blank in it is
text for people (help examples) and may name them. Models know no protocol: of
what is above the socket models/ has not even the word.
"""
import json
import pathlib
import re
import subprocess
import sys

# Each room, and the rooms that it may include besides itself.
TOOLS = {"workloads/clock", "workloads/ticks", "workloads/trace"}
WORK = {"tools", "kinds", "web"}
BELOW = {
    "tools": set(),
    "kinds": {"tools"},
    "web": {"tools", "kinds"},
    "workloads": WORK,
    "wait": {"tools", "kinds"},
    "models": {"tools", "kinds", "wait"},
    "process": {"tools"},
    "origin": WORK | {"process"},
    "results": WORK | {"workloads", "models"},
}
BELOW["sample"] = BELOW["results"] | {"results", "origin", "process"}
BELOW["measure"] = BELOW["sample"] | {"sample"}
BELOW["check"] = BELOW["measure"] | {"measure"}
# It measures nothing, but gnuplot draws for it.
BELOW["report"] = BELOW["results"] | {"results", "process"}
# Models that are stopped at each step, and what is made of it.
BELOW["watch"] = BELOW["sample"] | {"sample"}
# What others wrote, in a box.
BELOW["grade"] = BELOW["watch"] | {"watch"}
# Its questions and answers are shown as a report shows numbers.
BELOW["teaching"] = BELOW["report"] | {"report"}
BELOW["cli"] = BELOW["check"] | {"check", "grade", "report", "watch", "teaching"}

# Of models/, harness/ includes the contract alone.
CONTRACT = "models/model.h"
# A model, which anybody may write, includes of workloads/ what its contract
# includes, and the clock.
ALWAYS = {"workloads/clock.h"}

# What is not in order yet. This list only ever gets shorter: an entry that is
# no longer needed is an error.
INCLUDES = set()
CIRCLES = []
NAMED = {}

# A word that is a name by accident: {"FILE": {"word": "what it means there"}}.
ACCIDENTS = {
    "harness/sample/command.c": {"null": "a word of --output"},
    "harness/cli/demo_hog.c": {"hog": "the name of a demo"},
}

PROTOCOLS = re.compile(r"\b(dns|tls|resolvers?|redirects?|c-ares|openssl)\b",
                       re.I)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|^\s*#\s*include[^\n]*|'
                   r"'(?:\\.|[^'\\])*'|" r'"((?:\\.|[^"\\])*)"', re.S | re.M)


def sources(root):
    for top in ("workloads", "models", "harness"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".c", ".h", ".cc"):
                yield path.relative_to(root).as_posix(), path.read_text("utf-8")


def file_of(name):
    """The header and its implementation are one."""
    return name.rpartition(".")[0]


def room_of(name):
    """None: there is no such room."""
    parts = name.split("/")
    if file_of(name) in TOOLS:
        return "tools"
    if file_of(name) == "workloads/workload":
        return "kinds"  # the contract of a workload
    room = parts[0] if len(parts) == 2 else parts[1]
    return room if len(parts) in (2, 3) and room in BELOW else None


def edges(root):
    """Every include of the project's own files: (from, to)."""
    for name, text in sources(root):
        for include in INCLUDE.findall(text):
            yield name, include


def public_headers(root):
    """All headers that the contract brings to a model."""
    seen, todo = set(ALWAYS), [CONTRACT]
    while todo:
        name = todo.pop()
        if name not in seen and (root / name).exists():
            seen.add(name)
            todo += INCLUDE.findall((root / name).read_text("utf-8"))
    return seen


def forbidden(name, include, public):
    """Why `name` must not include it; None: it may."""
    here, there = room_of(name), room_of(include)
    if not here:
        return "is in no room"
    if not there:
        return "includes %s, which is in no room" % include
    if there != here and there not in BELOW[here]:
        return "(%s) includes %s (%s), against the order of the rooms" % (
            here, include, there)
    if include.startswith("models/") and name.startswith("harness/"):
        if include != CONTRACT:
            return "includes %s; of models/ only %s is allowed" % (
                include, CONTRACT)
    if name.startswith("models/") and include.startswith("workloads/"):
        if include not in public:
            return "includes %s, which %s does not" % (include, CONTRACT)
    return None


def check_includes(root, known):
    public, needed = public_headers(root), set()
    for name, include in edges(root):
        if not (root / include).exists():
            if ((root / name).parent / include).exists():
                yield '%s: "%s" is not a path from the root' % (name, include)
            continue
        why = forbidden(name, include, public)
        entry = "%s -> %s" % (name, include)
        if why and entry in known:
            needed.add(entry)
        elif why:
            yield "%s %s" % (name, why)
    for entry in sorted(set(known) - needed):
        yield "%s: no longer needed, remove it from INCLUDES" % entry


def circles(graph):
    """The groups of files that reach each other, by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node):]
            del stack[-len(group):]
            if len(group) > 1:
                found.append(set(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def check_circles(root, known):
    graph = {}
    for name, include in edges(root):
        here, there = file_of(name), file_of(include)
        if here != there and (root / include).exists():
            graph.setdefault(here, set()).add(there)
    found = circles(graph)
    for group in found:
        if not any(group <= entry for entry in known):
            yield "circle between %s" % ", ".join(sorted(group))
    for entry in known:
        if not any(group == entry for group in found):
            yield "%s: not this circle any more, shorten CIRCLES" % \
                sorted(entry)


def literals(text):
    for match in TOKEN.finditer(text):
        if match.group(1) is not None:
            yield text.count("\n", 0, match.start()) + 1, match.group(1)


def named(literal, names):
    """The names in "counter/locked" or "locked,atomic"; none in a sentence."""
    if " " in literal or literal.startswith("/"):
        return set()
    return names & set(re.split("[,/:]", literal))


def check_literals(root, names, known):
    needed = {}
    for path, text in sources(root):
        if not path.startswith("harness/"):
            continue
        for line, literal in literals(text):
            found = named(literal, names) - set(ACCIDENTS.get(path, ()))
            needed.setdefault(path, set()).update(found)
            for name in sorted(found - known.get(path, set())):
                yield '%s:%d: "%s" names %s: it must be data of the model, ' \
                    "the workload or the claim" % (path, line, literal, name)
    for path, entries in known.items():
        for name in sorted(entries - needed.get(path, set())):
            yield "%s: %s is no longer needed, remove it from NAMED" % (
                path, name)


def check_protocols(root):
    for path, text in sources(root):
        if path.startswith("models/"):
            for match in PROTOCOLS.finditer(text):
                yield "%s:%d: a model does not know of %s" % (
                    path, text.count("\n", 0, match.start()) + 1, match[0])


def registered(baton):
    """The names of all models and workloads of the program."""
    out = subprocess.run([baton, "list", "--json"], capture_output=True,
                         text=True, check=True).stdout
    registry = json.loads(out)
    return {entry["name"]
            for part in ("models", "workloads", "references")
            for entry in registry[part] + [
                model for program in registry[part]
                for model in (program.get("models") or ())]}


def check(root, names, known=(INCLUDES, CIRCLES, NAMED)):
    """Everything that is wrong, a line each."""
    return [*check_includes(root, known[0]), *check_circles(root, known[1]),
            *check_literals(root, names, known[2]), *check_protocols(root)]


def main():
    root = pathlib.Path(sys.argv[1])
    files = len(list(sources(root)))
    names = registered(sys.argv[2])
    wrong = check(root, names)
    print("\n".join(wrong) or "%d files and %d names are in order" %
          (files, len(names)))
    return 1 if wrong or not files or len(names) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
