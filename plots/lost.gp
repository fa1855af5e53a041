# SPDX-License-Identifier: GPL-3.0-or-later
#
# How many updates are lost and how often, against the number of tasks: above
# the share of updates, every sample as a faint stroke, medians with intervals;
# below the share of iterations that ended wrong. Models that lost nothing are
# named at 0. A star is what the tutorial claimed.
#
#     gnuplot -c plots/lost.gp DIR [svg|png|dumb]
#
# reads DIR/figures/lost.tsv and writes DIR/figures/lost.svg (or .png; dumb
# draws in characters on standard output). All numbers are in the data.

NAME = "lost"
TITLE = "How much is lost, and how often, as tasks are added?"
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
load ARG0[1 : strlen(ARG0) - strlen(NAME.".gp")]."style.gp"

# First the data are read for what a plot cannot take from them.
n = 0; ticks = 0; holes = 0; intervals = 0; exact = 0; claims = 0; note = ""
array Label[64]; array Style[64]
# Of a loop that is not entered gnuplot still reads the first item.
Label[1] = ""; Style[1] = 0
array Tick[256]; array At[256]
series(i, l, s) = (n = i, Label[i] = l, Style[i] = s, 0)
tick(v, l) = (ticks = ticks + 1, At[ticks] = v, Tick[ticks] = l, 0)
tasks(l, h) = (left = l, right = h, 0)
lost(l, h, s, t) = (bottom = l, top = h, step = s, cells = t, 0)
remark(t) = (note = t, 0)
row(name) = (strcol("row") eq name)
hollow(name) = (row(name) && column("hollow") > 0)
cell(h, i) = (holes = holes + h, intervals = intervals + i, 0)
stats DATA using ( \
    row("cell") ? cell(hollow("cell"), strcol("low") ne "") : \
    row("label") ? series(int(column("series")), \
        strcol("label"), int(column("style"))) : \
    row("tick") ? tick(column("tasks"), strcol("label")) : \
    row("axis tasks") ? tasks(column("low"), column("high")) : \
    row("axis lost") ? lost(column("low"), column("high"), \
        column("place"), strcol("label")) : \
    row("exact") ? (exact = exact + 1, 0) : \
    row("claim") ? (claims = claims + 1, 0) : \
    row("note") ? remark(strcol("label")) : 0) nooutput

set logscale x
set xrange [left:right]
if (!dumb) { set grid ytics linetype 1 linecolor rgb LIGHT linewidth 1 }
set lmargin at screen 0.09
set rmargin at screen (dumb ? 0.78 : 0.82)

is(name, i) = (row(name) && column("series") == i)
x(name, i) = (is(name, i) ? column("tasks") : NaN)
wide = (right / left) ** 0.008

set title offset 0,(dumb ? 0 : 0.9)
set multiplot
set tmargin at screen (TERM eq "svg" ? 0.93 : 0.88)
set bmargin at screen (dumb ? 0.45 : 0.41)
set yrange [bottom:top]
set ytics 0, step format "%g %%"
set xtics ("" At[1])
do for [i = 2:ticks] { set xtics add ("" At[i]) }
set label 1 "updates lost (".cells.")" at graph 0, graph 1 \
    offset (dumb ? 2 : 0.5),0.6 \
    left noenhanced font BOLD textcolor rgb INK
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead \
    linecolor rgb GREY linewidth 2

plot for [i = 1:claims > 0] DATA \
        using (row("claim") ? left : NaN):"lost":(column("tasks") - left):(0) \
        with vectors nohead linecolor rgb INK linewidth 1 dashtype 2 \
        title "the tutorial's claim", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (x("label", i)):"lost":(right - column("tasks")): \
            (column("place") - column("lost")) \
        with vectors nohead linecolor rgb GREY linewidth 1 dashtype 3 \
        title Label[i].": to its label", \
    for [i = 1:dumb ? 0 : n] DATA using (x("sample", i) / wide):"lost": \
            (column("tasks") * (wide - 1 / wide)):(0) \
        with vectors nohead linecolor rgb faint(Style[i]) linewidth 3 \
        title Label[i].": every sample", \
    for [i = 1:dumb ? n : 0] DATA using (x("sample", i)):"lost" \
        with points pointtype "." title Label[i].": every sample", \
    for [i = 1:n] DATA using (x("cell", i)):"lost" \
        with lines linecolor rgb hue(Style[i]) linewidth 2 title Label[i], \
    for [i = 1:dumb || !intervals ? 0 : n] DATA \
        using (x("cell", i)):"low":(0):(column("high") - column("low")) \
        with vectors nohead linecolor rgb hue(Style[i]) linewidth 5 \
        title Label[i].": interval of the median", \
    for [i = 1:dumb ? 0 : n] DATA using (x("cell", i)):"lost" \
        with points pointtype shape(Style[i]) pointsize size(1) \
        linecolor rgb hue(Style[i]) title Label[i].": median", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow("cell") ? column("tasks") : NaN):"lost": \
            (shape(column("style"))) \
        with points pointtype variable pointsize HOLE \
        linecolor rgb PAPER title "hollow: a wrong result", \
    for [i = 1:dumb ? n : 0] DATA using (x("cell", i)):"lost" \
        with points pointtype letter(Style[i]) title Label[i].": median", \
    for [i = 1:n] DATA using (is("label", i) ? right : NaN):"place": \
            (dumb ? letter(Style[i])." ".strcol("label") : strcol("label")) \
        with labels left offset 1,0 noenhanced font BOLD \
        textcolor rgb INK title Label[i], \
    for [i = 1:exact > 0] DATA \
        using (row("exact") ? left : NaN):"place":"label" \
        with labels left offset 1,0 noenhanced textcolor rgb INK \
        title "models that lost nothing", \
    for [i = 1:claims > 0] DATA \
        using (row("claim") ? column("tasks") : NaN):"lost" \
        with points pointtype (dumb ? "*" : 3) pointsize size(1.2) \
        linecolor rgb INK linewidth 2 title "the tutorial's claim", \
    for [i = 1:claims > 0] DATA \
        using (row("claim") ? left : NaN):"lost":"label" \
        with labels left offset 1,0.6 noenhanced textcolor rgb INK \
        title "the tutorial's claim"

unset title
set tmargin at screen (dumb ? 0.36 : 0.34)
set bmargin at screen (dumb ? 0.1 : 0.12)
set yrange [0:100]
set ytics 0, 50
set xtics (Tick[1] At[1])
do for [i = 2:ticks] { set xtics add (Tick[i] At[i]) }
unset arrow 1
set label 1 "iterations that ended wrong"
set xlabel "tasks (logarithmic)".behind(note) offset 0,XLABEL noenhanced \
    textcolor rgb INK

plot for [i = 1:dumb ? 0 : n] DATA \
        using (x("label", i)):"wrong":(right - column("tasks")): \
            (column("place_below") - column("wrong")) \
        with vectors nohead linecolor rgb GREY linewidth 1 dashtype 3 \
        title Label[i].": to its label", \
    for [i = 1:dumb ? 0 : n] DATA using (x("sample", i) / wide):"wrong": \
            (column("tasks") * (wide - 1 / wide)):(0) \
        with vectors nohead linecolor rgb faint(Style[i]) linewidth 3 \
        title Label[i].": every sample", \
    for [i = 1:n] DATA using (x("cell", i)):"wrong" \
        with lines linecolor rgb hue(Style[i]) linewidth 2 title Label[i], \
    for [i = 1:dumb ? 0 : n] DATA using (x("cell", i)):"wrong" \
        with points pointtype shape(Style[i]) pointsize size(1) \
        linecolor rgb hue(Style[i]) title Label[i].": all iterations", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow("cell") ? column("tasks") : NaN):"wrong": \
            (shape(column("style"))) \
        with points pointtype variable pointsize HOLE \
        linecolor rgb PAPER title "hollow: a wrong result", \
    for [i = 1:dumb ? n : 0] DATA using (x("cell", i)):"wrong" \
        with points pointtype letter(Style[i]) \
        title Label[i].": all iterations", \
    for [i = 1:n] DATA using (is("label", i) ? right : NaN):"place_below": \
            (dumb ? letter(Style[i])." ".strcol("label") : strcol("label")) \
        with labels left offset 1,0 noenhanced font BOLD \
        textcolor rgb INK title Label[i]
unset multiplot
