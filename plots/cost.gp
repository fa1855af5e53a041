# SPDX-License-Identifier: GPL-3.0-or-later
#
# What one operation costs: a line for each model, every sample as a faint
# stroke, the median with its interval, its value beside it. Models whose
# result was wrong stand below the others and are hollow.
#
#     gnuplot -c plots/cost.gp DIR [svg|png|dumb [NAME]]
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = (ARGC > 2 ? ARG3 : "cost")
TITLE = (ARGC > 3 ? ARG4 : "What does one operation cost?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = (ARGC > 1 ? ARG2 : "svg")
here = ARG0[1 : strlen(ARG0) - strlen("cost.gp")]

# First pass over the data: the axes, and the number of lines of each model.
set datafile separator "\t"
set datafile columnheaders
n = 0; holes = 0; intervals = 0; groups = 0
stats DATA using (strcol("row") eq "axis" ? \
    (n = int(column("series")), 0) : 0) nooutput
array Label[n]; array Style[n]
# The rows of a series are contiguous; a plot skips the others.
array Head[n]; array Tail[n]
do for [i = 1:n] { Head[i] = 1e9; Tail[i] = 0 }
span(i) = (Head[i] = (Head[i] < column(0) ? Head[i] : column(0)), \
    Tail[i] = column(0), 0)
longest = 0
series(i, l, s, h, e) = (Label[i] = l, Style[i] = s, \
    longest = (strlen(l) > longest ? strlen(l) : longest), \
    holes = holes + h, intervals = intervals + e, 0)
axis(l, h, p, t) = (low = l, high = h, lines = p, note = t, \
    item = strcol("text"), 0)
row(name) = (strcol("row") eq name)
hollow(name) = (row(name) && column("hollow") > 0)
stats DATA using ( \
    row("sample") ? span(int(column("series"))) : \
    row("cell") ? span(int(column("series"))) + \
        series(int(column("series")), strcol("label"), \
        int(column("style")), hollow("cell"), strcol("low") ne "nan") : \
    row("group") ? (groups = groups + 1, 0) : \
    row("axis") ? axis(column("low"), column("high"), \
        column("place"), strcol("label")) : 0) nooutput

HEIGHT = (lines * 36 + 130 > 400 ? lines * 36 + 130 : 400)
load here."style.gp"

if (dumb) { set tmargin 3 } else { set tmargin at screen below(8) }
set lmargin (longest > 18 ? longest + 4 : dumb ? 21 : 22)
set rmargin 2
set logscale x
set xrange [low:high]
set yrange [lines - 0.4 : 0.4]
unset ytics
set border 1
# With fewer than two decades there is room for labels in between.
set xtics (sprintf("%g", 1) 1)
do for [e = -3:9] {
    do for [m in (high / low < 100 ? "1 2 5" : "1")] {
        set xtics add (sprintf("%g", m * 10.0 ** e) m * 10.0 ** e)
    }
}
set xlabel "nanoseconds per ".item." (logarithmic)".behind(note) \
    offset 0,XLABEL noenhanced textcolor rgb INK

is(name, i) = (row(name) && column("series") == i)
x(i) = (is("cell", i) ? column("ns") : NaN)
half = 0.28

plot for [i = 1:dumb ? 0 : n] DATA \
        every ::Head[i]::Tail[i] \
        using (is("cell", i) ? low : NaN):"place":(column("ns") - low):(0) \
        with vectors nohead linecolor rgb LIGHT linewidth 1 \
        title Label[i].": its line", \
    for [i = 1:dumb ? 0 : n] DATA \
        every ::Head[i]::Tail[i] \
        using (is("sample", i) ? column("ns") : NaN): \
            (column("place") - half):(0):(2 * half) \
        with vectors nohead linecolor rgb faint(Style[i]) linewidth 3 \
        title Label[i].": every sample", \
    for [i = 1:dumb ? n : 0] DATA \
        every ::Head[i]::Tail[i] \
        using (is("sample", i) ? column("ns") : NaN):"place" \
        with points pointtype "." title Label[i].": every sample", \
    for [i = 1:dumb || !intervals ? 0 : n] DATA \
        every ::Head[i]::Tail[i] \
        using (is("cell", i) ? column("low") : NaN):"place": \
            (column("high") - column("low")):(0) \
        with vectors nohead linecolor rgb hue(Style[i]) linewidth 4 \
        title Label[i].": interval of the median", \
    for [i = 1:dumb ? 0 : n] DATA \
        every ::Head[i]::Tail[i] \
        using (x(i)):"place" \
        with points pointtype 1 pointsize spikes(Style[i]) * size(1.6) \
        linecolor rgb hue(Style[i]) linewidth 2 title Label[i].": its mark", \
    for [i = 1:dumb ? 0 : n] DATA \
        every ::Head[i]::Tail[i] \
        using (x(i)):"place" \
        with points pointtype shape(Style[i]) pointsize size(1.2) \
        linecolor rgb hue(Style[i]) title Label[i].": median", \
    for [i = 1:!dumb && holes > 0] DATA \
        using (hollow("cell") ? column("ns") : NaN):"place": \
            (shape(column("style"))) \
        with points pointtype variable pointsize 1.2 * HOLE \
        linecolor rgb PAPER title "hollow: a wrong result", \
    for [i = 1:dumb ? n : 0] DATA \
        every ::Head[i]::Tail[i] \
        using (x(i)):"place" \
        with points pointtype letter(i) title Label[i].": median", \
    DATA using (row("cell") ? low : NaN):"place":"label" \
        with labels right offset -1,0 noenhanced textcolor rgb INK \
        title "models", \
    DATA using (row("cell") ? column("end") : NaN):"place":"text" \
        with labels left offset 1,0 noenhanced textcolor rgb INK \
        title "costs", \
    DATA using (row("task") ? low : NaN):"place":"label" \
        with labels left offset (longest > 18 ? -longest - 3 : dumb ? -20 : -21),0 noenhanced \
        font BOLD textcolor rgb INK title "tasks", \
    for [i = 1:groups > 0] DATA \
        using (row("group") ? low : NaN):"place":"label" \
        with labels left offset (longest > 18 ? -longest - 3 : dumb ? -20 : -21),0 noenhanced \
        textcolor rgb INK title "families, and wrong ones"
