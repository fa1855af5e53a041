# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's listing of a model is that model's source, line by line."""
import re
import sys

readme, source = (open(p, encoding="utf-8").read() for p in sys.argv[1:3])
listing = re.search(r"^```c\n(.*?)^```$", readme, re.S | re.M)
if not listing:
    sys.exit("README.md has no C listing")
there = source.splitlines()
lines = [line for line in listing.group(1).splitlines()
         if line and not line.startswith("/*")]
missing = [line for line in lines if line not in there]
if re.search(r"^@[A-Z]+@$", readme, re.M):
    sys.exit("README.md has a place holder")
if missing or len(lines) < 10:
    sys.exit("not in %s:\n%s" % (sys.argv[2], "\n".join(missing)))
