# SPDX-License-Identifier: GPL-3.0-or-later
#
# How time grows with the number of blogs, of which each is two downloads, from
# plots/curves.gp.
#
#     gnuplot -c plots/growth-titles.gp DIR [svg|png|dumb]
#
# reads DIR/figures/growth-titles.tsv and writes DIR/figures/growth-titles.svg
# (or .png; dumb draws in characters on standard output). All numbers are in the
# data.

NAME = "growth-titles"
TITLE = "How does time grow with the number of blogs?"
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
here = ARG0[1 : strlen(ARG0) - strlen(NAME.".gp")]
load here."curves.gp"
