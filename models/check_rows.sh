#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# check_rows.sh OUTPUT FOLDER SHARED ROW...: holds the rows of meson.build
# against the files of FOLDER.  A row is NAME:SOURCE[,SOURCE...]; the SHARED
# files, separated by commas, are of no single model.  One line for what is
# wrong says what to do; OUTPUT is a header that the registry includes, with
# the lines of code of each model (count_lines.awk).
set -u
output=$1 folder=$2 known=,$3, failed=0
shift 3

complain() {
    printf 'models: %s\n' "$*" >&2
    failed=1
}

for row; do
    name=${row%%:*} sources=${row#*:} text=
    id=$(printf %s "$name" | tr - _)
    known=$known$sources,
    for source in $(printf %s "$sources" | tr , ' '); do
        if [ -f "$folder/$source" ]; then
            text="$text $folder/$source"
        else
            complain "the row '$name' of models/meson.build needs" \
                "models/$source: write it, or remove the row"
        fi
    done
    [ -n "$text" ] || continue
    # shellcheck disable=SC2086 # A list of files.
    if ! grep -q "const struct model model_$id *=" $text; then
        complain "models/${sources%%,*} has no" \
            "\`const struct model model_$id = {\`: name the struct after the" \
            "row '$name'"
    elif ! grep -q '\.run *=' $text; then
        complain "model '$name' can do nothing: set .run of an ability in" \
            "models/${sources%%,*}, .counting = {.run = count} say"
    fi
done
for file in "$folder"/*.c "$folder"/*.cc; do
    base=${file##*/}
    case $known in
    *,"$base",*) ;;
    *)  [ ! -f "$file" ] || complain "models/$base is in no row of" \
            "models/meson.build: add {'name':" \
            "'$(printf %s "${base%.*}" | tr _ -)'}, or move the file to" \
            "models/wait/" ;;
    esac
done
[ "$failed" = 0 ] || exit 1
# Nothing is compiled anew where nothing has changed.
awk -f "${0%/*}/count_lines.awk" "$folder" "$@" >"$output.new" || exit 1
if cmp -s "$output.new" "$output"; then
    rm "$output.new"
else
    mv "$output.new" "$output"
fi
