# SPDX-License-Identifier: GPL-3.0-or-later
#
# awk -f count_straight.awk WORKLOAD:MODEL:FILE...: the lines of code of the
# lessons' straight programs, and how many of them handle no error.  A line does
# where it names one: `error`, `errors` or `why`, as lesson 3 counts.
function name_of(argument, i,    parts) {
    split(argument, parts, ":")
    return parts[i]
}

function count(file,    line) {
    code = bare = inside = 0
    while ((getline line < file) > 0) {
        gsub(/\/\*[^*]*\*\//, "", line)
        if (inside && !sub(/^.*\*\//, "", line))
            continue
        inside = sub(/\/\*.*$/, "", line)
        code += line ~ /[^ \t]/
        bare += line ~ /[^ \t]/ &&
                (" " line " ") !~ /[^A-Za-z_](errors?|why)[^A-Za-z_]/
    }
    close(file)
    return code
}

BEGIN {
    print "#include \"harness/results/derived.h\""
    print "const struct straight_lines straight_lines[] = {"
    for (i = 1; i < ARGC; i++) {
        if (!count(name_of(ARGV[i], 3)))
            exit 1
        printf "    {\"%s\", \"%s\", %d, %d},\n", name_of(ARGV[i], 1),
            name_of(ARGV[i], 2), code, bare
    }
    print "    {NULL, NULL, 0, 0},"
    print "};"
}
