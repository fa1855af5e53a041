# SPDX-License-Identifier: GPL-3.0-or-later
#
# Who ran when, and waited for what: eight downloads, a panel for each
# model, from one traced sample of each.
#
#     gnuplot -c plots/lanes-download.gp DIR [svg|png|dumb]
#
# reads DIR/figures/lanes-download.tsv and writes DIR/figures/lanes-download.svg
# (or .png; dumb draws in characters on standard output).

NAME = "lanes-download"
TITLE = "Who waited when?"
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
here = ARG0[1 : strlen(ARG0) - strlen(NAME) - 3]
load here."lanes.gp"
