# SPDX-License-Identifier: GPL-3.0-or-later
#
# Samples of identical code in the order they were taken, as two halves: A and
# B are the same program. The lines are the medians of the halves; arrowheads
# at the border lie beyond it.
#
#     gnuplot -c plots/noise.gp DIR [svg|png|dumb [COLUMNS ROWS]]
#
# reads DIR/figures/noise.tsv and writes DIR/figures/noise.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = "noise"
TITLE = "Is B slower than A?"
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
load ARG0[1 : strlen(ARG0) - strlen(NAME.".gp")]."style.gp"
if (dumb && ARGC > 3) { set terminal dumb mono size @ARG3,@ARG4 }

clipped = 0; medians = 0
array Median[2]; array Half[2]; array From[2]; array To[2]; array Is[2]
row(name) = (strcol("row") eq name)
axis(e, l, h, u) = (end = e, low = l, high = h, unit = u, 0)
median(h, f, t, m, l) = (medians = medians + 1, Half[medians] = h, \
    From[medians] = f, To[medians] = t, Median[medians] = m, \
    Is[medians] = l, 0)
stats DATA using ( \
    row("axis") ? axis(column("until"), column("low"), column("high"), \
        strcol("label")) : \
    row("cut") ? (cut = column("number"), 0) : \
    row("median") ? median(strcol("half"), column("number"), \
        column("until"), column("time"), strcol("label")) : \
    row("sample") ? (clipped = clipped + (column("clipped") > 0), 0) : 0) \
    nooutput

HUE = BLUE." ".RED
shade(i) = word(HUE, i)
mark(i) = (dumb ? Half[i] : i == 1 ? 7 : 9)
of(i, x) = (row("sample") && strcol("half") eq Half[i] && \
    column("clipped") == 0 ? x : NaN)

unset title
unset label 999
set lmargin (dumb ? 7 : 8)
set rmargin (dumb ? 1 : 2)
set tmargin 3
set bmargin (dumb ? 3 : 3.5)
set xrange [0:end]
set yrange [low:high]
set label 1 "time of one iteration, in ".unit at graph 0, graph 1 \
    offset (dumb ? -6 : -5),(dumb ? 2 : 1.8) left noenhanced \
    textcolor rgb INK
set xlabel "the samples, in the order in which they were taken" \
    offset 0,XLABEL textcolor rgb INK
do for [i = 1:2] {
    set label i + 1 Is[i] at (From[i] + To[i]) / 2, graph 1 \
        offset 0,(dumb ? 1 : 0.6) center noenhanced font BOLD \
        textcolor rgb shade(i)
    set arrow i + 1 from From[i], Median[i] to To[i], Median[i] nohead front \
        linecolor rgb (dumb ? shade(i) : INK) linewidth 4
}
set arrow 1 from cut, graph 0 to cut, graph (dumb ? 0.95 : 1) nohead back \
    linecolor rgb GREY linewidth 2

plot for [i = 1:2] DATA \
        using (of(i, column("number"))):"time" \
        with points pointtype mark(i) pointsize size(0.6) \
        linecolor rgb shade(i) title Half[i].": every sample", \
    for [i = 1:clipped > 0] DATA \
        using (column("clipped") > 0 ? column("number") : NaN):"time" \
        with points pointtype (dumb ? "^" : 8) pointsize size(0.9) \
        linecolor rgb INK title "samples beyond the axis"
