# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the first C listing of a Markdown file to a C file.

Usage: extract.py MARKDOWN C_FILE OLD NEW

The model OLD of the listing becomes NEW, which is in no row.
"""
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
listing = re.search(r"^```c\n(.*?)^```$", text, re.S | re.M)
if not listing:
    sys.exit(f"{sys.argv[1]} has no C listing")
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write(re.sub(r"(\b|_)%s\b" % sys.argv[3],
                     lambda found: found[1] + sys.argv[4], listing[1]))
