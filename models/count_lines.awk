# SPDX-License-Identifier: GPL-3.0-or-later
#
# awk -f count_lines.awk FOLDER ROW...: the lines of code of each model, as
# cloc counts them (no blank lines, no comments), for `baton list`.  A row is
# NAME:SOURCE[,SOURCE...].  A model's own files are its sources and the headers
# beside them that these include; shared are those of wait/, each header with
# the source of its name.

# What is left of a line without comments; S stands for strings.
function strip(line,    code, token, at) {
    while (line != "") {
        if (inside) {
            if (!(at = index(line, "*/")))
                return code
            line = substr(line, at + 2)
            inside = 0
            continue
        }
        if (!match(line, /"|'|\/\*|\/\//))
            return code line
        code = code substr(line, 1, RSTART - 1)
        token = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        if (token == "//")
            return code
        if (token == "/*") {
            inside = 1
            continue
        }
        code = code "S"
        if (token == "'")
            match(line, /^([^'\\]|\\.)*'/)
        else
            match(line, /^([^"\\]|\\.)*"/)
        line = substr(line, RLENGTH + 1)
    }
    return code
}

# Reads a file once: its lines of code, and which files it includes.
function read(file,    line, path) {
    if (file in lines)
        return lines[file] >= 0
    lines[file] = -1
    inside = 0
    while ((getline line < (folder "/" file)) > 0) {
        if (lines[file] < 0)
            lines[file] = 0
        if (match(line, /^#include "models\/[^"]+"/)) {
            path = substr(line, 18, RLENGTH - 18)
            if (path !~ /^model\.hh?$/)
                includes[file] = includes[file] " " path
        }
        lines[file] += strip(line) ~ /[^ \t]/
    }
    close(folder "/" file)
    return lines[file] >= 0
}

# Adds a file and all that it includes to `own` or `shared`.
function add(file,    names, n, i) {
    if (seen[file]++ || !read(file))
        return
    if (file ~ /\//)
        shared += lines[file]
    else
        own += lines[file]
    if (file ~ /\.h$/)
        add(substr(file, 1, length(file) - 2) ".c")
    n = split(includes[file], names, " ")
    for (i = 1; i <= n; i++)
        add(names[i])
}

BEGIN {
    folder = ARGV[1]
    print "/* The rows and the files agree. */"
    print "const struct model_lines model_lines_of[] = {"
    for (row = 2; row < ARGC; row++) {
        split("", seen)
        own = shared = 0
        at = index(ARGV[row], ":")
        n = split(substr(ARGV[row], at + 1), sources, ",")
        for (i = 1; i <= n; i++)
            add(sources[i])
        printf "    {%d, %d}, /* %s */\n", own, own + shared,
            substr(ARGV[row], 1, at - 1)
    }
    print "};"
    printf "const size_t n_model_lines = %d;\n", ARGC - 2
}
