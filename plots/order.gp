# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every sample in the order it was taken, by its time relative to the median of
# its cell; shape and colour are the workload's. Below, the CPU time
# that other virtual machines used (steal). Light lines are the borders of rounds.
#
#     gnuplot -c plots/order.gp DIR [svg|png|dumb [NAME]]
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = (ARGC > 2 ? ARG3 : "order")
TITLE = (ARGC > 3 ? ARG4 : "Was the machine quiet while it measured?")
DIR = ARG1
TERM = (ARGC > 1 ? ARG2 : "svg")
load ARG0[1 : strlen(ARG0) - strlen("order.gp")]."style.gp"

# First pass over the data.
row(name) = (strcol("row") eq name)
n = 0; ticks = 0
stats DATA using ( \
    row("workload") ? (n = n + 1, 0) : row("tick") ? (ticks = ticks + 1, 0) : \
    0) nooutput
array Label[n]; array Style[n]; array Tick[ticks]; array At[ticks]
n = 0; ticks = 0; rounds = 0; clipped = 0; stolen = 0
workload(l, s) = (n = n + 1, Label[n] = l, Style[n] = s, 0)
tick(v, l) = (ticks = ticks + 1, At[ticks] = v, Tick[ticks] = l, 0)
axis(t, b) = (end = t, bound = b, 0)
beyond(c) = (clipped = clipped + (c != 0), 0)
stats DATA using ( \
    row("workload") ? workload(strcol("label"), int(column("style"))) : \
    row("tick") ? tick(column("relative"), strcol("label")) : \
    row("sample") ? beyond(column("clipped")) : \
    row("round") ? (rounds = rounds + 1, 0) : \
    row("steal") ? (stolen = stolen + 1, 0) : \
    row("axis steal") ? (most = column("steal"), 0) : \
    row("axis") ? axis(column("seconds"), column("relative")) : 0) nooutput

# A sample is a stroke from (x, y) by (dx, dy), of which hundreds make one path:
# a dot, an upright, a flat, a rising or a falling one, so that workloads differ
# without colours too; from the sixth on in another colour.
SHADES = INK." ".RED." ".BLUE." ".GREEN." ".PINK
SIGNS = "o | - / x + # @ % $"
sign(k) = word(SIGNS, int(k) % words(SIGNS) + 1)
kind(k) = int(k) % 5
UP = (dumb ? "^" : 9); DOWN = (dumb ? "v" : 11)
shade(k) = word(SHADES, (int(k) + int(k) / 5) % 5 + 1)
dx(k) = (kind(k) == 2 ? 0.006 * end : kind(k) > 2 ? 0.008 * end : 0.0001 * end)
stretch(k) = (kind(k) == 1 ? bound ** 0.045 : kind(k) == 3 ? bound ** 0.035 : \
    kind(k) == 4 ? bound ** -0.035 : 1.0001)
sample(i, x) = (row("sample") && column("style") == Style[i] && \
    column("clipped") == 0 ? x : NaN)
outside(c, x) = (row("sample") && column("clipped") == c ? x : NaN)

set lmargin at screen 0.09
set rmargin at screen 0.98
set xrange [0:end]
set multiplot
set tmargin at screen (dumb ? 0.87 : below(40))
set bmargin at screen (dumb ? 0.45 : 0.38)
set logscale y
set yrange [1 / bound : bound]
set ytics (Tick[1] At[1])
do for [i = 2:ticks] { set ytics add (Tick[i] At[i]) }
set format x ""
set label 1 (dumb ? "time / its cell's median" : \
    "time, relative to the median of its cell") at graph 0, graph 1 \
    offset (dumb ? 2 : 0.5),0.7 left noenhanced font BOLD textcolor rgb INK
# With more than three, the room is not shared equally; those that have none
# are in the line above, beside the title.
letters = (dumb ? 0.0114 : 0.0095)
from = (dumb ? 0.33 : 0.41)
next = from
above = 0
do for [i = 1:n] {
    wide = letters * (strlen(Label[i]) + (dumb ? 3 : 4))
    if (n > 3 && above == 0 && next + wide > 1.02) {
        next = from
        above = (dumb ? 0.12 : 0.136)
    }
    at = (n > 3 ? next : 0.46 + 0.54 * (i - 1) / n)
    next = next + wide
    set label i + 1 (dumb ? sign(Style[i])." " : "").Label[i] \
        at graph at, graph 1 + above offset 1.5,0.7 left noenhanced \
        textcolor rgb INK
    if (!dumb) {
        tall = (kind(Style[i]) == 1 ? 0.02 : kind(Style[i]) == 3 ? 0.016 : \
            kind(Style[i]) == 4 ? -0.016 : 0.0001)
        high = 1.06 + above
        set arrow i + 1 from graph at, graph high - tall \
            rto graph dx(Style[i]) / end, graph 2 * tall nohead \
            linecolor rgb shade(Style[i]) \
            linewidth (kind(Style[i]) == 0 ? 8 : 4)
    }
}
set arrow 1 from 0, 1 to end, 1 nohead linecolor rgb GREY linewidth 1

plot for [i = 1:!dumb && rounds > 0] DATA \
        using (row("round") ? column("seconds") : NaN):(1 / bound): \
            (0):(bound - 1 / bound) \
        with vectors nohead linecolor rgb LIGHT linewidth 1 \
        title "borders of rounds", \
    for [i = 1:dumb ? 0 : n] DATA \
        using (sample(i, column("seconds") - dx(Style[i]) / 2)): \
            (column("relative") / stretch(Style[i])):(dx(Style[i])): \
            (column("relative") * (stretch(Style[i]) - 1 / stretch(Style[i]))) \
        with vectors nohead linecolor rgb "#60".shade(Style[i])[2:7] \
        linewidth (kind(Style[i]) == 0 ? 6 : 3) \
        title Label[i].": every sample", \
    for [i = 1:dumb ? n : 0] DATA \
        using (sample(i, column("seconds"))):"relative" \
        with points pointtype sign(Style[i]) \
        title Label[i].": every sample", \
    for [c in "-1 1"] for [i = 1:clipped > 0] DATA \
        using (outside(int(c), column("seconds"))):"relative" \
        with points pointtype c eq "1" ? UP : DOWN pointsize size(0.8) \
        linecolor rgb INK title "samples beyond the axis", \
    for [i = 1:rounds > 0] DATA \
        using (row("round") ? column("seconds") : NaN):(1 / bound):"label" \
        with labels left offset 0.3,(dumb ? -1 : -0.8) noenhanced \
        textcolor rgb INK title "rounds"

unset title
unset label 999
unset logscale y
unset label
unset arrow
set tmargin at screen (dumb ? 0.25 : 0.24)
set bmargin at screen (dumb ? 0.12 : 0.115)
set yrange [0:most]
set ytics 0, (most > 50 ? 50 : most > 20 ? 20 : 10)
set ytics format "%g %%"
set format x "%g"
set label 1 "CPU time of other virtual machines" at graph (dumb ? 0.4 : 0), graph 1 \
    offset (dumb ? 2 : 0.5),0.7 left noenhanced font BOLD textcolor rgb INK
set xlabel "seconds since the run began" offset 0,XLABEL textcolor rgb INK

plot for [i = 1:!dumb && rounds > 0] DATA \
        using (row("round") ? column("seconds") : NaN):(0):(0):(most) \
        with vectors nohead linecolor rgb LIGHT linewidth 1 \
        title "borders of rounds", \
    for [i = 1:stolen > 0] DATA \
        using (row("steal") ? column("seconds") : NaN):"steal" \
        with impulses linecolor rgb GREY linewidth 4 \
        title "share of the time that was stolen", \
    for [i = 1:stolen == 0] DATA \
        using (row("axis steal") ? end / 2 : NaN):(most / 2):"label" \
        with labels noenhanced textcolor rgb INK title "nothing to show"
unset multiplot
