# SPDX-License-Identifier: GPL-3.0-or-later
#
# When each task ran and waited: a panel for each model, from one traced sample
# of each. A lane is drawn in time, from left to right: a full bar where it runs, a
# slim one where it could run but another one has its thread or CPU, a line where
# it waits, nothing before it starts and after it ends. A thin line from lane to
# lane shows where a single thread goes next.
#
#     gnuplot -c plots/lanes.gp DIR svg|png|dumb NAME [TITLE [COLUMNS]]
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
axis(n, h, l) = (panels = int(n), HEIGHT = h, lane = l, 0)
stats DATA using (strcol("row") eq "axis" ? \
    axis(column("panel"), column("place"), column("to_place")) : 0) nooutput
load here."style.gp"
# In characters each lane is a line, below the first KEPT pixels.
KEPT = 80
lines = int((HEIGHT - KEPT) / lane)
WIDTH = (ARGC > 4 ? int(ARG5) : 100) # of dumb
if (dumb) { set terminal dumb noenhanced size WIDTH,lines + 4 }
# A bar ends at the end of the time axis.
if (TERM eq "svg") {
    set terminal svg size 1280,HEIGHT font "sans-serif,20" background PAPER butt
}

array Left[panels]; array Scale[panels]
panel(p, l, r, t) = (Left[p] = l, Scale[p] = (t > 0 ? (r - l) / t : 0), 0)
stats DATA using (strcol("row") eq "panel" ? panel(int(column("panel")), \
    column("left"), column("right"), column("end_ms")) : 0) nooutput

set lmargin at screen 0
set rmargin at screen 1
if (dumb) { set bmargin 0; set tmargin 3 } else {
    set bmargin at screen 0
    set tmargin at screen 1
}
unset border
unset tics
set xrange [0:1]
set yrange [(dumb ? KEPT + lines * lane : HEIGHT):(dumb ? KEPT : 0)]

is(row) = (strcol("row") eq row)
in(state) = (is("slice") && strcol("state") eq state)
at(time) = Left[int(column("panel"))] + time * Scale[int(column("panel"))]
x(row) = (is(row) ? at(column("begin_ms")) : NaN)
left(state) = (in(state) ? at(column("begin_ms")) : NaN)
# A task that runs is visible, however short its bar is.
least = 0.0012
wide(least) = (at(column("end_ms")) - at(column("begin_ms")) > least ? \
    at(column("end_ms")) - at(column("begin_ms")) : least)

# The legend of the bars stands once, above all panels.
KEY = TOP + 14
if (!dumb) {
    set arrow 1 from 0.02,KEY to 0.05,KEY nohead linecolor rgb BLUE linewidth 16
    set label 1 "runs" at 0.055,KEY textcolor rgb INK
    set arrow 2 from 0.15,KEY to 0.18,KEY nohead linecolor rgb ORANGE \
        linewidth 8
    set label 2 "could run: another one does" at 0.185,KEY textcolor rgb INK
    set arrow 3 from 0.46,KEY to 0.49,KEY nohead linecolor rgb GREY linewidth 3
    set label 3 "waits" at 0.495,KEY textcolor rgb INK
    set arrow 4 from 0.60,KEY - 12 to 0.60,KEY + 12 nohead linecolor rgb INK \
        linewidth 1
    set label 4 "hand-over" at 0.61,KEY textcolor rgb INK
} else {
    set label 1 "# runs    ~ could run: another one does    . waits" \
        at screen 0.02, screen 1 - 1.5 / (lines + 4)
}
SMALL = (TERM eq "png" ? "sans-serif,13" : "sans-serif,18")

columns = 100
# "task 1" has no room in a narrow terminal.
short(label) = (WIDTH < 100 ? word(label, words(label)) : label)
place(k) = (k + 0.5) / columns
covers(state, k) = (in(state) && at(column("begin_ms")) <= place(k) \
    && at(column("end_ms")) > place(k) ? place(k) : NaN)

if (dumb) {
    plot for [k = 0:columns - 1] DATA using (covers("waits", k)):"place" \
            with points pointtype "." title "waits", \
        for [k = 0:columns - 1] DATA using (covers("ready", k)):"place" \
            with points pointtype "~" title "could run", \
        for [k = 0:columns - 1] DATA using (covers("runs", k)):"place" \
            with points pointtype "#" title "runs", \
        DATA using (left("runs")):"place" \
            with points pointtype "#" title "runs", \
        DATA using (is("name") ? at(0) : NaN):"place":(short(strcol("label"))) \
            with labels right noenhanced title "lanes", \
        DATA using (is("panel") ? column("left") : NaN):"place":"label" \
            with labels left offset -5,0 noenhanced title "models"
} else {
    plot DATA using (x("tick")):"place":(0): \
                (column("to_place") - column("place") + 6) \
            with vectors nohead linecolor rgb LIGHT linewidth 1 \
            title "times", \
        DATA using (left("waits")):"place":(wide(0)):(0) \
            with vectors nohead linecolor rgb GREY linewidth lane * 0.14 \
            title "waits", \
        DATA using (left("ready")):"place":(wide(0)):(0) \
            with vectors nohead linecolor rgb ORANGE linewidth lane * 0.4 \
            title "could run", \
        DATA using (left("runs")):"place":(wide(least)):(0) \
            with vectors nohead linecolor rgb BLUE linewidth lane * 0.84 \
            title "runs", \
        DATA using (x("hand")):"place": \
                (at(column("end_ms")) - at(column("begin_ms"))): \
                (column("to_place") - column("place")) \
            with vectors nohead linecolor rgb INK linewidth 1 \
            title "hand-overs", \
        DATA using (x("tick")):(column("to_place") + 18):"label" \
            with labels center noenhanced font SMALL textcolor rgb INK \
            title "times", \
        DATA using (is("name") ? at(0) : NaN):"place":"label" \
            with labels right offset -0.6,0 noenhanced font SMALL \
            textcolor rgb INK title "lanes", \
        DATA using (is("panel") ? column("left") : NaN):"place":"label" \
            with labels left noenhanced font SMALL textcolor rgb INK \
            title "models"
}
