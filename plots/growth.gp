# SPDX-License-Identifier: GPL-3.0-or-later
#
# How time grows with the number of downloads, from plots/curves.gp.
#
#     gnuplot -c plots/growth.gp DIR [svg|png|dumb]
#
# reads DIR/figures/growth.tsv and writes DIR/figures/growth.svg (or .png; dumb
# draws in characters on standard output). All numbers are in the data.

NAME = "growth"
TITLE = "How does time grow with the number of downloads?"
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
here = ARG0[1 : strlen(ARG0) - strlen(NAME.".gp")]
load here."curves.gp"
