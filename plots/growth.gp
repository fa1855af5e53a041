# SPDX-License-Identifier: GPL-3.0-or-later
#
# How time grows with a parameter: see plots/curves.gp.
#
#     gnuplot -c plots/growth.gp DIR svg|png|dumb NAME
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = ARG3
TITLE = (ARGC > 3 ? ARG4 : "How does time grow?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = ARG2
here = ARG0[1 : strlen(ARG0) - strlen("growth.gp")]
load here."curves.gp"
