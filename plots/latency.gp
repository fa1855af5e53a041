# SPDX-License-Identifier: GPL-3.0-or-later
#
# The share of all items that took at least so long: the further down, the rarer.
# Marks stand at the median, the 90th, the 99th percentile and so on.
#
#     gnuplot -c plots/latency.gp DIR svg|png|dumb NAME
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = ARG3
TITLE = (ARGC > 3 ? ARG4 : "How long did the slowest take?")
DIR = ARG1
TERM = ARG2
load ARG0[1 : strlen(ARG0) - strlen("latency.gp")]."style.gp"

# First pass over the data.
row(name) = (strcol("row") eq name)
n = 0; ticks = 0
stats DATA using ( \
    row("model") ? (n = n + 1, 0) : row("tick") ? (ticks = ticks + 1, 0) : \
    0) nooutput
array Style[n]; array Label[n]; array Place[n]
array At[ticks]; array Tick[ticks]
n = 0; ticks = 0
model(l, s, p) = (n = n + 1, Label[n] = l, Style[n] = s, Place[n] = p, 0)
tick(v, l) = (ticks = ticks + 1, At[ticks] = v, Tick[ticks] = l, 0)
low(x, y, l) = (left = x, bottom = y, kind = l, 0)
stats DATA using ( \
    row("model") ? model(strcol("label"), int(column("style")), \
        column("share")) : \
    row("tick") ? tick(column("share"), strcol("label")) : \
    row("of") ? (of = strcol("label"), 0) : \
    row("span") ? (span = strcol("label"), 0) : \
    row("low") ? low(column("ms"), column("share"), strcol("label")) : \
    row("high") ? (right = column("ms"), 0) : 0) nooutput

of_model(i, name, y) = \
    (row(name) && column("style") == Style[i] ? y : NaN)

set lmargin at screen (dumb ? 0.14 : 0.115)
set rmargin at screen (dumb ? 0.72 : 0.76)
if (dumb) { set tmargin 3 } else { set tmargin at screen below(40) }
if (kind eq "logarithmic") { set logscale x }
set logscale y
set xrange [left:right]
set yrange [bottom:1.1]
set format x "%g"
set ytics (Tick[1] At[1])
do for [i = 2:ticks] { set ytics add (Tick[i] At[i]) }
set xlabel "ms ".span."; ".of noenhanced \
    offset 0,XLABEL textcolor rgb INK
set label 1 "share that took at least so long" at graph 0, graph 1 \
    offset (dumb ? 2 : 0.5),0.7 left noenhanced font BOLD textcolor rgb INK
do for [i = 1:n] {
    set label i + 1 (dumb ? letter(i)." " : "").Label[i] \
        at graph 1.015, first Place[i] left noenhanced \
        textcolor rgb (dumb ? INK : hue(Style[i]))
}

plot for [i = 1:dumb ? 0 : n] DATA using \
        (of_model(i, "point", column("ms"))):"share" with lines \
        linecolor rgb hue(Style[i]) linewidth 3 title Label[i], \
    for [i = 1:dumb ? n : 0] DATA using \
        (of_model(i, "point", column("ms"))):"share" with points \
        pointtype letter(i) title Label[i], \
    for [i = 1:dumb ? 0 : n] DATA using \
        (of_model(i, "mark", column("ms"))):"share" with points \
        pointtype shape(Style[i]) pointsize size(1.4) \
        linecolor rgb hue(Style[i]) title Label[i].": percentiles"
