# SPDX-License-Identifier: GPL-3.0-or-later
#
# A number of each model against a parameter, what plots/growth.gp and
# plots/lost.gp share: every sample as a faint stroke, medians with intervals,
# the model and perhaps its exponent at the end of each curve. Panels stand
# where the data say; with several, models of the others are grey lines. The CPU
# floor is dashed, a star is what the tutorial claimed.

set datafile separator "\t"
set datafile columnheaders
row(name) = (strcol("row") eq name)

# First pass over the data: the number of panels, series, ticks and lines of
# text, then what each of them is.
axis(p) = (panels = p, n = int(column("series")), \
    ticks = int(column("style")), metrics = int(column("hollow")), \
    HEIGHT = int(column("y")), left = column("low"), right = column("high"), \
    lines = int(column("place")), note = strcol("label"), \
    name = strcol("text"), 0)
stats DATA using (row("axis") ? \
    axis(int(column("panel"))) : 0) nooutput
load here."style.gp"

array L[panels]; array R[panels]; array B[panels]; array T[panels]
array Low[panels]; array High[panels]; array Title[panels]
array Unit[panels]; array First[panels]; array Last[panels]; array Group[panels]
array Metric[panels]; array Linear[panels]
array Label[n + 1]; array Style[n + 1]; array Head[n + 1]; array Tail[n + 1]
array Tick[ticks]; array At[ticks]
array Exact[lines + 1]
# gnuplot evaluates the first item of a loop even if it is not entered.
Label[1] = ""; Style[1] = 0
frame(p) = (First[p] = int(column("series")), Last[p] = int(column("style")), \
    L[p] = column("x"), R[p] = column("y"), B[p] = column("low"), \
    T[p] = column("high"), 0)
panel(p) = (Group[p] = int(column("series")), Metric[p] = \
    int(column("style")), Linear[p] = int(column("hollow")), \
    Low[p] = column("low"), High[p] = column("high"), \
    Title[p] = strcol("label"), \
    Unit[p] = strcol("text"), 0)
# The rows of a series are contiguous; a plot skips the others.
do for [i = 1:n + 1] { Head[i] = 1e9; Tail[i] = 0 }
span(i) = (Head[i] = (Head[i] < column(0) ? Head[i] : column(0)), \
    Tail[i] = column(0), 0)
series(i) = (Label[i] = strcol("label"), Style[i] = int(column("style")), 0)
tick(i) = (Tick[i] = strcol("label"), At[i] = column("x"), 0)
exact(i) = (Exact[i] = strcol("label"), 0)
samples = 0; holes = 0; intervals = 0; claims = 0
stats DATA using ( \
    row("frame") ? frame(int(column("panel"))) : \
    row("panel") ? panel(int(column("panel"))) : \
    row("label") ? span(int(column("series"))) + \
        series(int(column("series"))) : \
    row("tick") ? tick(int(column("series"))) : \
    row("exact") ? exact(int(column("place"))) : \
    row("sample") ? (samples = samples + 1, span(int(column("series")))) : \
    row("cell") ? span(int(column("series"))) + ( \
        holes = holes + (column("hollow") > 0), \
        intervals = intervals + (strcol("low") ne "nan"), 0) : \
    row("claim") ? (claims = claims + 1, 0) : 0) nooutput
do for [i = 1:n + 1] { if (Head[i] > Tail[i]) { Head[i] = 0 } }

groups = panels / metrics
if (dumb) { set terminal dumb size 100,30 * groups }
# In characters panels stand below each other, the text in the last lines.
text = (dumb ? lines + 1 : 0) / 30.0 / groups
share(m) = (metrics == 1 ? 0.8 : m == 1 ? 0.5 : 0.22)
dumb_top(p) = 1 - (Group[p] - 1 + (Metric[p] == 1 ? 0.07 : 0.66)) / groups * \
    (1 - text)
dumb_bottom(p) = dumb_top(p) - share(Metric[p]) / groups * (1 - text)

set logscale x
set xrange [left:right]
set xtics ("" At[1])
do for [i = 1:ticks] { set xtics add (Tick[i] At[i]) }
if (!dumb) { set grid ytics linetype 1 linecolor rgb LIGHT linewidth 1 }
wide = (right / left) ** 0.008

in(name, p) = (row(name) && column("panel") == p)
# A cell of another panel of the same metric.
other(p) = (row("cell") && column("panel") != p && \
    (int(column("panel")) - 1) % metrics == (p - 1) % metrics)
is(name, p, i) = (in(name, p) && column("series") == i)
x(name, p, i) = (is(name, p, i) ? column("x") : NaN)

set multiplot title (dumb ? TITLE : "") noenhanced
set label 100 name." (logarithmic)".behind(note) at screen 0.5, \
    screen (dumb ? text + 0.01 : (24.0 + lines * 28) / HEIGHT) center \
    noenhanced textcolor rgb INK
do for [i = 1:lines] {
    set label 100 + i Exact[i] at screen (dumb ? 0.02 : 0.08), \
        screen (dumb ? (lines - i + 0.5) / 30 / groups : \
            (lines - i + 0.6) * 28 / HEIGHT) left noenhanced textcolor rgb INK
}
do for [p = 1:panels] {
    set lmargin at screen (dumb ? 0.1 : L[p])
    set rmargin at screen (dumb ? 0.72 : R[p])
    set tmargin at screen (dumb ? dumb_top(p) : T[p])
    set bmargin at screen (dumb ? dumb_bottom(p) : B[p])
    unset logscale y
    set yrange [Low[p]:High[p]]
    if (Linear[p]) {
        set ytics autofreq format "%g ".(Unit[p] eq "%" ? "%%" : Unit[p])
    } else {
        set logscale y
        # With fewer than two decades there is room for labels in between.
        set ytics ("1 ns" 1)
        do for [e = 0:12] {
            do for [m in (High[p] / Low[p] < 100 ? "1 2 5" : "1")] {
                set ytics add (sprintf("%d %s", int(m) * 10 ** (e % 3), \
                    word("ns us ms s ks", e / 3 + 1)) int(m) * 10.0 ** e)
            }
        }
    }
    set label 99 Title[p] at graph 0, graph 1 \
        offset (dumb ? 2 : 0.5),(dumb ? 1 : 0.7) left noenhanced font BOLD \
        textcolor rgb INK
    a = First[p]; b = Last[p]
    plot for [i = 1:groups > 1] DATA \
            using (other(p) ? column("x") : NaN):"y" \
            with lines linecolor rgb LIGHT linewidth 2 \
            title "models of the other panels", \
        for [i = 1:claims > 0] DATA \
            using (in("claim", p) ? left : NaN):"y":(column("x") - left):(0) \
            with vectors nohead linecolor rgb INK linewidth 1 dashtype 2 \
            title "the tutorial's claim", \
        for [i = a:dumb ? 0 : b] DATA \
            every ::Head[i]::Tail[i] \
            using (x("label", p, i)):"y":(right - column("x")): \
                (column("place") - column("y")) \
            with vectors nohead linecolor rgb GREY linewidth 1 dashtype 3 \
            title Label[i].": to its label", \
        for [i = a:dumb || !samples ? 0 : b] DATA \
            every ::Head[i]::Tail[i] \
            using (x("sample", p, i) / wide):"y": \
                (column("x") * (wide - 1 / wide)):(0) \
            with vectors nohead linecolor rgb faint(Style[i]) linewidth 3 \
            title Label[i].": every sample", \
        for [i = a:dumb && Linear[p] ? b : 0] DATA \
            every ::Head[i]::Tail[i] \
            using (x("sample", p, i)):"y" \
            with points pointtype "." title Label[i].": every sample", \
        for [i = a:b] DATA \
            every ::Head[i]::Tail[i] \
            using (x("cell", p, i)):"y" \
            with lines linecolor rgb hue(Style[i]) linewidth 2 \
            dashtype Style[i] == 0 ? 2 : 1 title Label[i], \
        for [i = a:dumb || !intervals ? 0 : b] DATA \
            every ::Head[i]::Tail[i] \
            using (x("cell", p, i)):"low":(0):(column("high") - column("low")) \
            with vectors nohead linecolor rgb hue(Style[i]) linewidth 5 \
            title Label[i].": interval of the median", \
        for [i = a:dumb ? 0 : b] DATA \
            every ::Head[i]::Tail[i] \
            using (x("cell", p, i)):"y" \
            with points pointtype 1 pointsize spikes(Style[i]) * size(1.3) \
            linecolor rgb hue(Style[i]) linewidth 2 \
            title Label[i].": its mark", \
        for [i = a:dumb ? 0 : b] DATA \
            every ::Head[i]::Tail[i] \
            using (x("cell", p, i)):"y" \
            with points pointtype shape(Style[i]) pointsize size(1) \
            linecolor rgb hue(Style[i]) title Label[i].": median", \
        for [i = 1:!dumb && holes > 0] DATA \
            using (in("cell", p) && column("hollow") > 0 ? column("x") : NaN): \
                "y":(shape(column("style"))) \
            with points pointtype variable pointsize HOLE \
            linecolor rgb PAPER title "hollow: a wrong result", \
        for [i = a:dumb ? b : 0] DATA \
            every ::Head[i]::Tail[i] \
            using (x("cell", p, i)):"y" \
            with points pointtype letter(i) title Label[i].": median", \
        for [i = a:b] DATA \
            every ::Head[i]::Tail[i] \
            using (is("label", p, i) ? right : NaN):"place": \
                (dumb ? letter(i)." ".strcol("label") : strcol("label")) \
            with labels left offset 1,(Linear[p] ? 0 : dumb ? 1 : 0.5) \
            noenhanced font BOLD textcolor rgb INK title Label[i], \
        for [i = 1:!Linear[p]] DATA \
            using (in("label", p) ? right : NaN):"place":"text" \
            with labels left offset 1,(dumb ? 0 : -0.5) noenhanced \
            textcolor rgb INK title "growth exponents", \
        for [i = 1:claims > 0] DATA \
            using (in("claim", p) ? column("x") : NaN):"y" \
            with points pointtype (dumb ? "*" : 3) pointsize size(1.2) \
            linecolor rgb INK linewidth 2 title "the tutorial's claim", \
        for [i = 1:claims > 0] DATA \
            using (in("claim", p) ? (column("x") < sqrt(left * right) ? \
                column("x") : left) : NaN):"y":"label" \
            with labels left offset 1,0.6 noenhanced textcolor rgb INK \
            title "the tutorial's claim"
    do for [i = 100:100 + lines] { unset label i }
    unset label 999
}
unset multiplot
