# SPDX-License-Identifier: GPL-3.0-or-later
#
# What all figures share: where the picture goes, its fonts, the palette, quiet
# axes, and how a model looks. A script sets NAME, TITLE, DIR and TERM, and
# perhaps HEIGHT (660 unless there is more to show), then loads this.
#
# For gnuplot 5.4 and 6.

set encoding utf8
set datafile separator "\t"
set datafile columnheaders
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
if (!exists("HEIGHT")) { HEIGHT = 660 }
dumb = (TERM eq "dumb")

# A colour for each family of models, in the order of models/model.h: each has
# a contrast of at least 3 with the paper. A page that is dark maps these very
# constants (data/report.css), so there are no others.
BROWN = "#8a6d3b"; ORANGE = "#c77700"; BLUE = "#0072b2"; GREEN = "#009e73"
RED = "#b3261e"; PINK = "#cc5fa0"; PURPLE = "#5a2ca0"; CYAN = "#2199c0"
OLIVE = "#708000"
FAMILIES = BROWN." ".ORANGE." ".BLUE." ".GREEN." ".RED." ".PINK." ". \
    PURPLE." ".CYAN." ".OLIVE
INK = "#222222"; GREY = "#888888"; LIGHT = "#dddddd"; PAPER = "#ffffff"

# 20 px of 1280 can be read from the back row. The terminals measure letters
# and points in units of their own: BOLD and size() even that out.
if (dumb) {
    set terminal dumb size 100,30
    BOLD = ""
    size(s) = 1
} else { if (TERM eq "png") {
    set terminal pngcairo size 1280,HEIGHT font "sans-serif,15" \
        background PAPER rounded
    BOLD = "sans-serif Bold,15"
    size(s) = s * 2.2
} else {
    set terminal svg size 1280,HEIGHT font "sans-serif,20" \
        background PAPER rounded
    BOLD = "sans-serif Bold,20"
    size(s) = s
}}
if (!dumb && DIR ne "-") { set output DIR."/figures/".NAME.".".TERM }
# The title stands inside, so that a drawing alone can be shown: in its first
# TOP pixels, to the left.
TOP = 46
if (dumb) { set title TITLE noenhanced } else {
    set label 999 TITLE at screen 0.01, screen 1 - 22.0 / HEIGHT left \
        noenhanced font BOLD textcolor rgb INK
}
# Where a plot begins that leaves `pixels` below the title.
below(pixels) = 1 - (TOP + pixels) / (1.0 * HEIGHT)

# Model k has hue(k) and shape(k). k is 100 times the number of its family, and
# its mark in that family from 1 to 12; 0 is the CPU floor. Grey are models that
# the program did not know. Marks above 6 have spikes(k), a plus behind them.
hue(k) = (k >= 100 ? word(FAMILIES, int(k) / 100) : GREY)
# The same as a number, for "linecolor rgb variable".
RGB(k) = int("0x".hue(k)[2:7])
mark(k) = (k >= 1 ? (int(k) % 100 - 1) % 12 + 1 : 6)
# circle, triangle, square, triangle on its head, diamond, pentagon.
SHAPES = "7 9 5 11 13 15"
shape(k) = int(word(SHAPES, (mark(k) - 1) % 6 + 1))
spikes(k) = (mark(k) > 6)
# In characters the i-th series is a letter.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
letter(i) = LETTERS[(int(i) - 1) % 52 + 1 : (int(i) - 1) % 52 + 1]
# Marks of a wrong result are hollow: a hole of this size is cut into them.
HOLE = size(0.55)
faint(k) = "#90".hue(k)[2:7]

unset key
set border 3 linecolor rgb GREY linewidth 1
set tics nomirror out scale 0.5,0.25 textcolor rgb INK
set errorbars 0
set pointintervalbox 0
# In SVG labels stand further from their axis than they need to; in lines.
if (TERM eq "svg") { set xtics offset 0,0.35 }
XLABEL = (TERM eq "svg" ? 0.7 : TERM eq "png" ? 0.3 : 0)
# What stands behind an axis' name: why there are no intervals, or nothing.
behind(t) = (t eq "" ? "" : "; ".t)
