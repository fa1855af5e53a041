# SPDX-License-Identifier: GPL-3.0-or-later
#
# Completion of baton(1) for fish 3. Commands, workloads, options and models are
# what the program says there are; if it cannot be asked, nothing is completed
# and nothing is said.

# Prints the program to ask. In the source tree the launcher has the same name,
# but would build: build/baton is asked, and the launcher's folder printed too.
function __baton_find
    set -l file (string replace -r '^~/' "$HOME/" -- $argv[1])
    set file (command -s -- $file) || return
    set file (realpath -- $file)
    set -l folder (dirname -- $file)
    if test -f $folder/meson.build
        test -x $folder/build/baton && echo $folder/build/baton || echo false
        echo $folder
    else
        echo $file
    end
end

# The help lists them between its first blank line and its second.
function __baton_commands -a program
    $program --help 2>/dev/null </dev/null | awk '
        NF == 0 && ++blank == 2 { exit }
        blank == 1 && NF { name = $1; $1 = ""; print name "\t" substr($0, 2) }'
end

# In the JSON of the list each kind of thing has a depth of its own.
function __baton_workloads -a program
    $program list --json 2>/dev/null </dev/null | awk -F '"' '
        /^  "/ { section = $2 }
        section == "workloads" && /^      "name"/ { name = $4 }
        section == "workloads" && /^      "summary"/ { print name "\t" $4 }'
end

# The models that can do a workload, or all when there is none.
function __baton_models -a program workload
    $program list --json 2>/dev/null </dev/null |
        awk -F '"' -v workload="$workload" '
        /^  "/ { section = $2; next }
        section == "models" && /^      "name"/ { name = $4; order[++n] = $4 }
        section == "models" && /^      "summary"/ { summary[name] = $4 }
        section == "models" && /^      "available": true/ { here[name] = 1 }
        section == "models" && /^        "/ && $3 ~ /true/ { can[name, $2] = 1 }
        section == "workloads" && /^      "name"/ { name = $4 }
        section == "workloads" && /^      "kind"/ && name == workload {
            kind = $4
        }
        END {
            for (i = 1; i <= n; i++)
                if (order[i] in here && (!kind || (order[i], kind) in can))
                    print order[i] "\t" summary[order[i]]
        }'
end

# The directories of runs that begin so, here or one level deeper, as they are
# in baton-results/; where there is none, any folder on the way to one.
function __baton_runs -a start
    set -l files $start*/samples.tsv $start*/*/samples.tsv
    if set -q files[1]
        string replace -r 'samples.tsv$' '' -- $files
    else
        __fish_complete_directories $start
    end
end

# The value of an option, by its name and by what the help calls its argument.
function __baton_value -a program workload option argument start
    switch $option=$argument
        case '--model=*' '--models=*'
            # What stands before the last comma is kept, and not offered again.
            set -l given
            if string match -q '*,*' -- $argument
                set given (string match -r '.*,' -- $start)
                test -n "$given" || printf 'all\tall that can do it\n'
            else if string match -q '*,*' -- $start
                return
            end
            for model in (__baton_models $program "$workload")
                set -l name (string split \t -- $model)[1]
                string match -q "*,$name,*" -- ",$given" ||
                    echo "$given$model"
            end
        case '--from=*' '--against=*' '--replay=*'
            __baton_runs $start
        case '*=*|*'
            # CPUS is a name for other words.
            string split '|' -- $argument | string match -rv '^[[:upper:]]'
        case '*=DIR'
            __fish_complete_directories $start
        case '*=FILE'
            __fish_complete_path $start
    end
end

# The demos in a help text: from a line of their own to the next blank one.
function __baton_demos
    printf '%s\n' $argv | awk '
        /^Demos:/ { on = 1; next }
        on && NF == 0 { exit }
        on && /^  [a-z]/ { name = $1; $1 = ""; print name "\t" substr($0, 2) }'
end

function __baton_claims -a program
    $program verdict --list --json 2>/dev/null </dev/null | awk -F '"' '
        /^      "claim"/ { name = $4 }
        /^      "quote"/ { print name "\t" $4 }'
end

# The options in a help text, or the value of the one before the cursor.
function __baton_options -a program workload before current
    set -l option $before
    set -l start $current
    set -l parts (string match -r '^(--[^=]*=)(.*)$' -- $current)
    if set -q parts[2]
        set option (string trim -r -c = -- $parts[2])
        set start $parts[3]
    end
    set -l row '^  (?:-(.), |    )(--[a-z0-9-]+)(?:=([^ ]+)|\[=[^ ]+\])?(?: +(.*))?$'
    set -l found
    for line in $argv[5..]
        set -l field (string replace -r -f -- $row '$1\t$2\t$3\t$4' $line) ||
            continue
        set field (string split \t -- $field)
        if test -n "$field[3]" && contains -- $option $field[2] -$field[1]
            for value in (__baton_value $program "$workload" $field[2] \
                $field[3] "$start")
                echo "$parts[2]$value"
            end
            return
        end
        set -a found $field[2]\t$field[4]
    end
    if not set -q parts[2] && string match -q '* DIR' -- $argv[5] &&
            not string match -q -- '-*' $current
        __baton_runs $current
    else if not set -q parts[2] && string match -q '* DEMO' -- $argv[5] &&
            test "$before" = demo && not string match -q -- '-*' $current
        __baton_demos $argv[5..]
    else if not set -q parts[2] && string match -q '* [ID...]' -- $argv[5] &&
            not string match -q -- '-*' $current
        __baton_claims $program
    else if not set -q parts[2] && string match -q '* FILE.c' -- $argv[5] &&
            not string match -q -- '-*' $current
        __fish_complete_path $current
    else if not set -q parts[2]
        printf '%s\n' $found
    end
end

# The launcher's own commands; names of tests that hold blanks are left out. A
# suite is named PROJECT:SUITE.
function __baton_launcher -a launcher command
    set -l file intro-tests.json
    printf '%s\n' --help
    if test $command = install-references
        printf '%s\n' --list --minimal --yes
        string replace -rf "^ *\{'name': '([^']*)'.*" '$1' \
            <$launcher/references/meson.build 2>/dev/null
        return
    end
    if test $command = bench
        set file intro-benchmarks.json
    else
        printf '%s\n' --list --long
    end
    grep -oE '"(name|suite)": \[?"[^" ]*"' \
        $launcher/build/meson-info/$file 2>/dev/null |
        cut -d '"' -f 4 | sed 's/^[^:]*://' | sort -u
end

function __baton_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found (__baton_find $words[1]) || return
    set -l program $found[1]
    set -l command $words[2]
    set -l workload ''
    if not set -q words[2]
        __baton_commands $program
        set -q found[2] &&
            printf '%s\t%s\n' test 'build and run the tests' \
                bench 'run the benchmarks' \
                install-references 'install what reference programs need'
        printf '%s\n' --help --version
        return
    end
    if set -q found[2] && contains -- $command test bench install-references
        __baton_launcher $found[2] $command
        return
    end
    set -l help ($program $command --help 2>/dev/null </dev/null)
    if string match -q '* WORKLOAD*' -- $help[1]
        if not set -q words[3]
            __baton_workloads $program
            echo --help
            return
        end
        set workload $words[3]
        set help ($program $command $workload --help 2>/dev/null </dev/null)
    end
    __baton_options $program "$workload" $words[-1] "$current" $help
end

complete -c baton -f -a '(__baton_complete)'
