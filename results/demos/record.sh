#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Records all demos anew: results/demos/record.sh [BATON], in the root of the
# sources.  It takes about a minute, in which the machine is to be quiet.
set -eu
baton=${1:-build/baton}

record() { # DEMO ROUNDS
    rm -rf "results/demos/new"
    "$baton" demo "$1" --live --rounds "$2" --out results/demos/new > /dev/null
    mv results/demos/new/* "results/demos/$1/"
    rmdir results/demos/new
}

record buffer 7
record cooperative 20
record hog 7
record lock 7
record race 100
