# SPDX-License-Identifier: GPL-3.0-or-later
#
# A forest plot: each comparison of two models has a row for each host, on one
# logarithmic axis with 1 in the middle. Marks are medians with their
# intervals, hollow when a side was wrong; the diamond spans the interval of
# all hosts pooled.
#
#     gnuplot -c plots/forest.gp DIR [svg|png|dumb [NAME]]
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = (ARGC > 2 ? ARG3 : "forest")
TITLE = (ARGC > 3 ? ARG4 : "Do the hosts agree?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = (ARGC > 1 ? ARG2 : "svg")
set datafile separator "\t"
set datafile columnheaders

# First pass over the data.
row(name) = (strcol("row") eq name)
ticks = 0; pools = 0; groups = 0
stats DATA using ( \
    row("group") ? (groups = groups + 1, 0) : \
    row("tick") ? (ticks = ticks + 1, 0) : \
    row("pooled") ? (pools = pools + 1, 0) : 0) nooutput
array Tick[ticks]; array At[ticks]
array From[pools + 1]; array To[pools + 1]
array Middle[pools + 1]; array Row[pools + 1]; array Hue[pools + 1]
array Title[groups]; array Head[groups]
ticks = 0; pools = 0; groups = 0; holes = 0; intervals = 0; hosts = 0
tick(v, l) = (ticks = ticks + 1, At[ticks] = v, Tick[ticks] = l, 0)
axis(l, h, p) = (low = l, high = h, lines = p, 0)
group(l, p) = (groups = groups + 1, Title[groups] = l, Head[groups] = p, 0)
pool(l, m, h, p, s) = (pools = pools + 1, From[pools] = l, Middle[pools] = m, \
    To[pools] = h, Row[pools] = p, Hue[pools] = s, 0)
host(x) = (hosts = hosts + 1, holes = holes + (column("hollow") > 0), \
    intervals = intervals + (strcol("low") ne "nan"), 0)
stats DATA using ( \
    row("host") ? host(0) : \
    row("group") ? group(strcol("label"), column("place")) : \
    row("tick") ? tick(column("ratio"), strcol("label")) : \
    row("axis") ? axis(column("low"), column("high"), column("place")) : \
    row("pooled") ? pool(column("low"), column("ratio"), column("high"), \
        column("place"), column("style")) : 0) nooutput

HEIGHT = (lines * 30 + 170 > 400 ? lines * 30 + 170 : 400)
load ARG0[1 : strlen(ARG0) - strlen("forest.gp")]."style.gp"
if (dumb) { set terminal dumb size 100,lines + 9 }

set lmargin at screen (dumb ? 0.3 : 0.26)
set rmargin at screen (dumb ? 0.62 : 0.66)
if (dumb) { set tmargin 3 } else { set tmargin at screen below(36) }
set logscale x
set xrange [low:high]
set yrange [lines + 0.7 : 0.3]
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
set label 2 "the first is slower" at graph (dumb ? 0.58 : 0.53), graph 1 \
    offset 0,0.7 left noenhanced textcolor rgb INK
do for [i = 1:groups] {
    # Not across the titles.
    set arrow i from 1, Head[i] + 0.5 \
        to 1, (i < groups ? Head[i + 1] - 0.5 : lines + 0.7) nohead back \
        linecolor rgb GREY linewidth 2
    set label i + 2 Title[i] at screen 0.01, first Head[i] left noenhanced \
        font BOLD textcolor rgb INK
}
do for [i = 1:(dumb ? 0 : pools)] {
    set object i polygon from From[i], Row[i] to Middle[i], Row[i] - 0.32 \
        to To[i], Row[i] to Middle[i], Row[i] + 0.32 to From[i], Row[i] \
        front fillstyle solid border linecolor rgb hue(Hue[i]) \
        fillcolor rgb hue(Hue[i])
}
of(name, x) = (row(name) ? x : NaN)
each(x) = (row("host") || row("pooled") ? x : NaN)
hollow(x) = (column("hollow") > 0 ? of("host", x) : NaN)
bar(name) = (strcol("low") ne "nan" ? of(name, column("low")) : NaN)

plot for [i = 1:!dumb] DATA \
        using (of("host", low)):"place":(column("ratio") - low):(0) \
        with vectors nohead linecolor rgb LIGHT linewidth 1 \
        title "lines", \
    for [i = 1:!dumb && intervals > 0] DATA \
        using (bar("host")):"place":(column("high") - column("low")):(0): \
            (RGB(column("style"))) \
        with vectors nohead linecolor rgb variable linewidth 4 \
        title "intervals", \
    for [i = 1:!dumb] DATA using (of("host", column("ratio"))):"place": \
            (RGB(column("style"))) \
        with points pointtype 5 pointsize size(0.9) \
        linecolor rgb variable title "median ratios", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow(column("ratio"))):"place" \
        with points pointtype 5 pointsize 0.75 * HOLE \
        linecolor rgb PAPER title "hollow: a side was wrong", \
    for [i = 1:dumb && intervals + pools > 0] DATA \
        using (strcol("low") ne "nan" ? each(column("low")) : NaN):"place" \
        with points pointtype "[" title "intervals", \
    for [i = 1:dumb && intervals + pools > 0] DATA \
        using (strcol("low") ne "nan" ? each(column("high")) : NaN):"place" \
        with points pointtype "]" title "intervals", \
    for [i = 1:dumb] DATA using (each(column("ratio"))):"place" \
        with points pointtype "o" title "median ratios", \
    DATA using (each(low)):"place":"label" \
        with labels right offset -1,0 noenhanced textcolor rgb INK \
        title "hosts", \
    DATA using (each(high)):"place":(strcol("interval")." ".strcol("text")) \
        with labels left offset 1,0 noenhanced textcolor rgb INK \
        title "ratios and their intervals"
