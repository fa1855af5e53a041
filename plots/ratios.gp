# SPDX-License-Identifier: GPL-3.0-or-later
#
# All headline ratios on one logarithmic axis with 1 in the middle: the median
# and its interval, hollow when a side was wrong; stars are what the tutorial
# claimed; the grey bands show by how much A/A pairs of the same workload
# differ; their rows are at the bottom.
#
#     gnuplot -c plots/ratios.gp DIR [svg|png|dumb [NAME]]
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = (ARGC > 2 ? ARG3 : "ratios")
TITLE = (ARGC > 3 ? ARG4 : "Which differences are larger than noise?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = (ARGC > 1 ? ARG2 : "svg")
set datafile separator "\t"
set datafile columnheaders

# First pass over the data.
row(name) = (strcol("row") eq name)
ticks = 0; bands = 0
stats DATA using ( \
    row("tick") ? (ticks = ticks + 1, 0) : row("band") ? (bands = bands + 1, 0) : \
    0) nooutput
array Tick[ticks]; array At[ticks]
array From[bands + 1]; array To[bands + 1]
array First[bands + 1]; array Last[bands + 1]
n = 0; ticks = 0; holes = 0; claims = 0; intervals = 0; bands = 0
ratio(x) = (row("ratio") || row("twin") ? x : NaN)
hollow(x) = (column("hollow") > 0 ? ratio(x) : NaN)
tick(v, l) = (ticks = ticks + 1, At[ticks] = v, Tick[ticks] = l, 0)
axis(l, h, p) = (low = l, high = h, lines = p, 0)
band(l, h, p, u) = (bands = bands + 1, From[bands] = l, To[bands] = h, \
    First[bands] = p, Last[bands] = u, 0)
count(x) = (n = n + 1, holes = holes + (column("hollow") > 0), \
    intervals = intervals + (strcol("low") ne "nan"), 0)
stats DATA using ( \
    row("ratio") || row("twin") ? count(0) : \
    row("tick") ? tick(column("ratio"), strcol("label")) : \
    row("axis") ? axis(column("low"), column("high"), column("place")) : \
    row("band") ? band(column("low"), column("high"), column("place"), \
        column("until")) : \
    row("claim") ? (claims = claims + 1, 0) : 0) nooutput

HEIGHT = (lines * 46 + 160 > 400 ? lines * 46 + 160 : 400)
load ARG0[1 : strlen(ARG0) - strlen("ratios.gp")]."style.gp"

set lmargin at screen (dumb ? 0.45 : 0.38)
set rmargin at screen (dumb ? 0.8 : 0.815)
if (dumb) { set tmargin 3 } else { set tmargin at screen below(36) }
set logscale x
set xrange [low:high]
set yrange [lines + 0.5 : 0.5]
unset ytics
set border 1
set xtics (Tick[1] At[1])
do for [i = 2:ticks] {
    # They come in pairs, the inverse first; characters have room for half.
    if (!dumb || ticks < 8 || int(i / 2) % 2 == 0) {
        set xtics add (Tick[i] At[i])
    }
}
set xlabel "time of the first over time of the second (logarithmic)" \
    offset 0,XLABEL textcolor rgb INK
set label 1 "the first is faster" at graph 0.47, graph 1 \
    offset 0,0.7 right noenhanced textcolor rgb INK
set label 2 "the first is slower" at graph (dumb ? 0.56 : 0.53), graph 1 \
    offset 0,0.7 left noenhanced textcolor rgb INK
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back \
    linecolor rgb GREY linewidth 2
do for [i = 1:bands] {
    set object i rectangle from From[i], First[i] - 0.5 \
        to To[i], Last[i] + 0.5 behind fillstyle solid noborder fillcolor rgb LIGHT
}
# Without room on the right, the name stands on the left.
claim(beyond) = (row("claim") && (column("ratio") > high ** 0.5) == beyond)
up = (dumb ? 0 : TERM eq "svg" ? 0.4 : 0.5)
down = (dumb ? -1 : -up)

plot for [i = 1:!dumb] DATA \
        using (ratio(low)):"place":(column("ratio") - low):(0) \
        with vectors nohead linecolor rgb LIGHT linewidth 1 \
        title "lines", \
    for [i = 1:!dumb && intervals > 0] DATA \
        using (strcol("low") ne "nan" ? ratio(column("low")) : NaN):"place": \
            (column("high") - column("low")):(0):(RGB(column("style"))) \
        with vectors nohead linecolor rgb variable linewidth 5 \
        title "intervals", \
    for [i = 1:!dumb] DATA using (ratio(column("ratio"))):"place": \
            (1.6 * spikes(column("style"))):(RGB(column("style"))) \
        with points pointtype 1 pointsize variable \
        linecolor rgb variable linewidth 2 title "their marks", \
    for [i = 1:!dumb] DATA using (ratio(column("ratio"))):"place": \
            (shape(column("style"))):(RGB(column("style"))) \
        with points pointtype variable pointsize size(1.2) \
        linecolor rgb variable title "median ratios", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow(column("ratio"))):"place":(shape(column("style"))) \
        with points pointtype variable pointsize 1.2 * HOLE \
        linecolor rgb PAPER title "hollow: a side was wrong", \
    for [i = 1:dumb && intervals > 0] DATA \
        using (strcol("low") ne "nan" ? ratio(column("low")) : NaN):"place" \
        with points pointtype "[" title "intervals", \
    for [i = 1:dumb && intervals > 0] DATA \
        using (strcol("low") ne "nan" ? ratio(column("high")) : NaN):"place" \
        with points pointtype "]" title "intervals", \
    for [i = 1:dumb] DATA using (ratio(column("ratio"))):"place" \
        with points pointtype "o" title "median ratios", \
    for [i = 1:claims > 0] DATA \
        using (row("claim") ? column("ratio") : NaN):"place" \
        with points pointtype (dumb ? "*" : 3) pointsize size(1.2) \
        linecolor rgb INK linewidth 2 title "what the tutorial claimed", \
    DATA using (ratio(low)):"place":"label" \
        with labels right offset -1,up noenhanced textcolor rgb INK \
        title "pairs", \
    DATA using (row("group") ? low : NaN):"place":"label" \
        with labels right offset -1,0 noenhanced font BOLD \
        textcolor rgb INK title "groups", \
    DATA using (ratio(low)):"place":"task" \
        with labels right offset -1,down noenhanced textcolor rgb GREY \
        title "tasks", \
    DATA using (ratio(high)):"place":"text" \
        with labels left offset 1,up noenhanced font BOLD textcolor rgb INK \
        title "ratios", \
    DATA using (ratio(high)):"place":"interval" \
        with labels left offset 1,down noenhanced textcolor rgb INK \
        title "their intervals", \
    for [i = 1:!dumb && claims > 0] DATA \
        using (claim(0) ? column("ratio") : NaN):"place":"label" \
        with labels left offset 1,0 noenhanced textcolor rgb INK \
        title "what the tutorial claimed", \
    for [i = 1:!dumb && claims > 0] DATA \
        using (claim(1) ? column("ratio") : NaN):"place":"label" \
        with labels right offset -1,0 noenhanced textcolor rgb INK \
        title "what the tutorial claimed"
