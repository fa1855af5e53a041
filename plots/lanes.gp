# SPDX-License-Identifier: GPL-3.0-or-later
#
# Which task ran when, and which waited: a panel for each model, from one traced
# sample of each. A lane in time, from left to right: a full bar where it runs, a slim hollow
# one where it could but another one has its thread or CPU, a line where it
# waits, nothing where it is not there. A thin line from lane to lane is the
# way of the only thread.
#
#     gnuplot -c plots/lanes.gp DIR svg|png|dumb NAME
#
# reads DIR/figures/NAME.tsv and writes DIR/figures/NAME.svg (or .png; dumb
# draws in characters on standard output). With "-" as DIR it reads standard
# input and writes standard output. All numbers are in the data.

NAME = ARG3
TITLE = (ARGC > 3 ? ARG4 : "Which task ran when, and which waited?")
DIR = ARG1
DATA = (DIR eq "-" ? "/dev/stdin" : DIR."/figures/".NAME.".tsv")
TERM = ARG2
here = ARG0[1 : strlen(ARG0) - strlen("lanes.gp")]
set datafile separator "\t"
set datafile columnheaders
axis(n, t) = (places = n, shown = t, 0)
stats DATA using (strcol("row") eq "axis" ? \
    axis(column("place"), column("end_ms")) : 0) nooutput

HEIGHT = (places * 16 + 130 > 720 ? places * 16 + 130 : 720)
load here."style.gp"
if (dumb) { set terminal dumb noenhanced size 100,int(places) + 7 }

set lmargin 3
set rmargin 3
set tmargin (TERM eq "svg" ? 2.5 : dumb ? 3 : 5)
if (TERM eq "png") { set title TITLE offset 0,1.5 noenhanced }
set border 1
unset ytics
set xrange [0:shown]
set yrange [places + 0.6:0.2]
set xlabel "milliseconds since it began" offset 0,XLABEL textcolor rgb INK
if (!dumb) { set grid xtics linetype 1 linecolor rgb LIGHT linewidth 1 }

is(row) = (strcol("row") eq row)
in(state) = (is("slice") && strcol("state") eq state)
left(state) = (in(state) ? column("begin_ms") : NaN)

# What a bar means stands once above all.
if (!dumb) {
    key = 1.04
    set object 1 rectangle at graph 0.02,key size graph 0.03,0.018 \
        fillstyle solid noborder fillcolor rgb BLUE
    set label 1 "runs" at graph 0.045,key textcolor rgb INK
    set object 2 rectangle at graph 0.16,key size graph 0.03,0.009 \
        fillstyle solid noborder fillcolor rgb ORANGE
    set label 2 "could run: another one does" at graph 0.185,key \
        textcolor rgb INK
    set object 3 rectangle at graph 0.53,key size graph 0.03,0.003 \
        fillstyle solid noborder fillcolor rgb GREY
    set label 3 "waits" at graph 0.555,key textcolor rgb INK
    set label 4 "hand-over" at graph 0.72,key textcolor rgb INK
    set arrow 1 from graph 0.70,key - 0.014 to graph 0.70,key + 0.014 \
        nohead linecolor rgb INK linewidth 1
} else {
    set label 1 "# runs    ~ could run: another one does    . waits" \
        at graph 0, graph 1.01
}

set style fill solid noborder
columns = 92
at(k) = shown * (k + 0.5) / columns
# What runs is seen, however short: a border would double the drawing's size.
least = shown / 1100.0
seen(end) = end - column("begin_ms") > least \
    ? end : column("begin_ms") + least
covers(state, k) = (in(state) && column("begin_ms") <= at(k) \
    && column("end_ms") > at(k) ? at(k) : NaN)

if (dumb) {
    plot for [k = 0:columns - 1] DATA using (covers("waits", k)):"place" \
            with points pointtype "." title "waits", \
        for [k = 0:columns - 1] DATA using (covers("ready", k)):"place" \
            with points pointtype "~" title "could run", \
        for [k = 0:columns - 1] DATA using (covers("runs", k)):"place" \
            with points pointtype "#" title "runs", \
        DATA using (left("runs")):"place" \
            with points pointtype "#" title "runs", \
        DATA using (is("panel") ? 0 : NaN):"place":"label" \
            with labels left noenhanced title "models"
} else {
    plot DATA using (left("waits")):"place":"begin_ms":"end_ms": \
            (column("place") - 0.07):(column("place") + 0.07) \
            with boxxyerror linecolor rgb GREY title "waits", \
        DATA using (left("ready")):"place":"begin_ms":"end_ms": \
            (column("place") - 0.2):(column("place") + 0.2) \
            with boxxyerror linecolor rgb ORANGE title "could run", \
        DATA using (left("runs")):"place":"begin_ms":(seen(column("end_ms"))): \
            (column("place") - 0.42):(column("place") + 0.42) \
            with boxxyerror linecolor rgb BLUE title "runs", \
        DATA using (is("hand") ? column("begin_ms") : NaN):"place": \
            (column("end_ms") - column("begin_ms")): \
            (column("to_place") - column("place")) \
            with vectors nohead linecolor rgb INK linewidth 1 \
            title "hand-overs", \
        DATA using (is("panel") ? 0 : NaN):(column("place") - 0.4):"label" \
            with labels left noenhanced textcolor rgb INK title "models"
}
