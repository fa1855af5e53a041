#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Facts about the launcher, in TAP. It is run on a tree of its own with a
# program of a few lines, and with stubs for whatever needs root or a network.
#
#     test_launcher.sh PATH-OF-BATON
set -u
unset CI CC CXX

launcher=$(readlink -f -- "${1:-$(dirname -- "$0")/../baton}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree="$work/a tree"
out=$work/out
err=$work/err
calls=$work/calls
number=0

# fact NAME COMMAND...: one line of TAP; what was printed last explains it.
fact() {
    name=$1
    shift
    number=$((number + 1))
    if "$@" >/dev/null 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$out" "$err"
    fi
}

no_fact() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# launch ARGUMENT...: runs the launcher of the tree without a terminal, with
# $search as its PATH.
launch() {
    PATH=$search "$tree/baton" "$@" </dev/null >"$out" 2>"$err"
    status=$?
}

# answer WORD [ARGUMENT...]: runs it on a terminal where the word is typed.
answer() {
    word=$1
    shift
    echo "$word" | PATH=$search script -qec "'$tree/baton' ${*:-4}" /dev/null \
        >"$out" 2>"$err"
    status=$?
}

# stub FOLDER NAME: a command whose text is standard input.
stub() {
    mkdir -p "$work/$1"
    { echo '#!/bin/sh' && cat; } >"$work/$1/$2"
    chmod +x "$work/$1/$2"
}

exits_with() {
    [ "$status" = "$1" ]
}

prints_last() {
    [ "$(tail -n 1 "$out")" = "$1" ]
}

export CALLS="$calls" ABSENT='' FAKE_UID=1000 VERSION=1
stub apt dpkg-query <<'END'
echo "dpkg-query" >>"$CALLS"
case $* in
*Version*) echo "everything $VERSION" && exit ;;
esac
for package; do
    case " $ABSENT " in
    *" $package "*) ;;
    *) printf '%s:installed ' "$package" ;;
    esac
done
END
stub apt apt-get <<'END'
echo "apt-get $*" >>"$CALLS"
case $* in
*--print-uris*) echo 'Need to get 7 MB of archives.' && exit ;;
*install*) echo "E: ${BROKEN_APT-}" && [ -z "${BROKEN_APT-}" ] ;;
esac
END
stub apt apt-cache <<'END'
case " ${KNOWN-} " in
*" $2 "*) ;;
*) exit 100 ;;
esac
END
stub apt id <<'END'
echo "$FAKE_UID"
END
stub sudo sudo <<'END'
echo "sudo $*" >>"$CALLS"
[ "$1" != -n ] || shift
"$@"
END
for name in meson ninja; do
    stub nobuild "$name" <<'END'
echo "build" >>"$CALLS"
exit 99
END
done
# Without the folders that may hold a real sudo.
mkdir "$work/tools"
for name in sh env readlink find tr mkdir cat; do
    ln -s "$(command -v "$name")" "$work/tools/$name"
done

mkdir -p "$tree/harness" "$tree/tests"
sed "s|^dpkg_status=.*|dpkg_status='$work/status'|" "$launcher" >"$tree/baton"
chmod +x "$tree/baton"
echo 'int main(void) { return 0; }' >"$tree/tests/other.c"
: >"$work/status"
cat >"$tree/meson.build" <<'END'
project('mini', 'c')
baton = executable('baton', 'harness/main.c')
alias_target('program', baton)
foreach code : ['0', '1', '3', '77']
  test('exits-' + code, baton, args: code, suite: 'codes')
endforeach
test('of two words', baton, suite: 'words')
executable('other', 'tests/other.c')
END
cat >"$tree/harness/main.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char folder[4096];

    puts(getcwd(folder, sizeof(folder)) ? folder : "?");
    return argc > 1 ? atoi(argv[1]) : 0;
}
END

fact 'the launcher is valid POSIX shell' dash -n "$launcher"
if command -v shellcheck >/dev/null; then
    fact 'shellcheck has nothing to say' shellcheck "$launcher"
else
    no_fact 'shellcheck has nothing to say' 'shellcheck is not installed'
fi

# A package is missing, and nobody is there to ask.
export ABSENT='libgsl-dev libllhttp-dev node-llhttp'
packages='libgsl-dev node-llhttp'
command="apt-get install -y --no-install-recommends $packages"
search=$work/apt:$work/sudo:$work/tools
launch 4
fact 'a missing package without a terminal exits with 5' exits_with 5
fact 'it prints the command with sudo' grep -qx "  sudo $command" "$err"
search=$work/apt:$work/tools
launch 4
fact 'without sudo it exits with 5 as well' exits_with 5
fact 'it prints the command with su' grep -qx "  su -c '$command'" "$err"
fact 'nothing was installed unasked' test -z "$(grep apt-get "$calls")"

# On a terminal the user is asked.
search=$work/apt:$work/sudo:$PATH
if script -qec true /dev/null >/dev/null 2>&1; then
    answer n
    fact 'on a terminal it asks' grep -q 'y/N' "$out"
    fact 'no means exit 5' exits_with 5
    fact 'no installs nothing' test -z "$(grep apt-get "$calls")"
    answer y
    fact 'yes installs through sudo' grep -qx "sudo $command" "$calls"
    fact 'yes goes on to build and run' exits_with 4
    rm -rf "$tree/build"
else
    no_fact 'asking on a terminal' 'script(1) gets no terminal here'
fi

# In CI and as root it installs at once.
: >"$calls"
export CI=true
launch 4
fact 'in CI it installs through sudo' \
    grep -q "^sudo -n .*$command" "$calls"
fact 'it says so' grep -q "installing.* $packages" "$err"
rm -rf "$tree/build" "$calls"
unset CI
FAKE_UID=0
launch 4
fact 'root installs without sudo' grep -qx "$command" "$calls"
fact 'sudo was not called' test -z "$(grep sudo "$calls")"
fact 'then it builds, and passes the exit code through' exits_with 4
fact 'it tells of each step' test "$(grep -c '^baton: ' "$err")" = 3
fact 'and only the program writes to stdout' test "$(wc -l <"$out")" = 1

# Nothing to do.
: >"$calls"
search=$work/nobuild:$work/apt:$PATH
launch 4
fact 'a second run still runs the program' exits_with 4
fact 'a second run says nothing' test ! -s "$err"
fact 'a second run asks neither dpkg, meson nor ninja' test ! -s "$calls"
best=999999
for _ in 1 2 3 4 5 6 7 8 9 10; do
    before=$(date +%s%N)
    launch 4
    took=$((($(date +%s%N) - before) / 1000))
    [ "$took" -ge "$best" ] || best=$took
done
echo "# a second run takes $best us, program included"
fact 'a second run takes less than 0.2 s' test "$best" -lt 200000
ln -s "$tree/baton" "$work/link"
(cd / && "$work/link" 4 >"$out" 2>"$err")
fact 'called through a link it stays in the folder of the user' prints_last /

# Packages change.
ABSENT=
search=$work/apt:$PATH
touch "$work/status"
launch 4
fact 'a package that is not of the build configures nothing' \
    sh -c "! grep -q configuring '$err'"
fact 'and the program runs' exits_with 4
touch "$work/status"
VERSION=2 launch 4
fact 'another version of one that is configures again' \
    grep -q 'configuring build/' "$err"

# Packages of models.
mkdir -p "$tree/models"
cat >"$tree/models/meson.build" <<'END'
#   packages     'packages': ['of a comment']
  {'name': 'ring', 'packages': ['liburing-dev', 'libfoo-dev']},
  {'name': 'odd', 'libraries': ['odd'], 'packages': ['libodd-dev']},
END
export ABSENT='liburing-dev libodd-dev' KNOWN=''
: >"$calls"
touch "$work/status"
launch 4
fact 'what apt does not have fails nothing' exits_with 4
fact 'nor is it asked for' sh -c "! grep -q apt-get '$calls'"
KNOWN='liburing-dev libfoo-dev'
: >"$calls"
touch "$tree/models/meson.build"
launch 4
fact 'the package of a row is installed' grep -qx \
    'apt-get install -y --no-install-recommends liburing-dev' "$calls"
fact 'then it runs' exits_with 4
FAKE_UID=1000
: >"$calls"
touch "$tree/models/meson.build"
launch 4
fact 'who may not install is told how' \
    grep -q '^  sudo apt-get install -y liburing-dev$' "$err"
fact 'and it runs without the model' exits_with 4
FAKE_UID=0 ABSENT='' KNOWN=''
rm -r "$tree/models"

# Changes.
echo broken >"$tree/tests/other.c"
touch "$tree/harness/main.c"
launch 4
fact 'a command does not build what only tests need' exits_with 4
launch test exits-0
fact 'nor do tests that were named' exits_with 0
echo 'int main(void) { return 0; }' >"$tree/tests/other.c"
echo broken >>"$tree/harness/main.c"
launch 4
fact 'a failed compilation exits with 5' exits_with 5
fact 'it shows the compiler' grep -q 'main.c.*error' "$err"
fact 'it says so in words' grep -q 'could not be compiled' "$err"
launch 4
fact 'trying again does not run the old program' exits_with 5
launch test exits-0
fact 'a failed compilation exits with 5 for test too' exits_with 5
fact 'and is counted' prints_last '0 passed, 1 failed, 0 skipped'
sed -i '$d' "$tree/harness/main.c"
launch 4
fact 'a repaired source runs again' exits_with 4
mv "$tree/harness/main.c" "$tree/harness/gone.c"
launch 4
fact 'a removed source is noticed' exits_with 5
mv "$tree/harness/gone.c" "$tree/harness/main.c"
echo 'error(' >>"$tree/meson.build"
rm -rf "$tree/build"
launch 4
fact 'a failed configuration exits with 5' exits_with 5
fact 'it shows the words of meson' grep -q 'meson.build.*ERROR' "$err"
sed -i '$d' "$tree/meson.build"

# One of several packages is enough, and only one is wanted.
rm -rf "$tree/build"
FAKE_UID=1000 ABSENT='gnuplot-nox gnuplot-x11'
launch 4
fact 'any gnuplot is enough' exits_with 4
rm -rf "$tree/build"
ABSENT="$ABSENT gnuplot-qt"
launch 4
fact 'without one it exits with 5' exits_with 5
fact 'it asks for the smallest' \
    grep -qx '.*--no-install-recommends gnuplot-nox.\{0,1\}' "$err"
ABSENT=''

# Exit codes and last lines of the tests.
launch test exits-0 exits-1 exits-3 exits-77
fact 'two failed tests exit with 1, not 2' exits_with 1
fact 'the last line counts' prints_last '1 passed, 2 failed, 1 skipped'
launch test exits-0
fact 'passed tests exit with 0' exits_with 0
launch test 'of two words'
fact 'the name of a test may have blanks' \
    prints_last '1 passed, 0 failed, 0 skipped'
launch test words exits-0
fact 'a name may be that of a suite' \
    prints_last '2 passed, 0 failed, 0 skipped'
launch test no-such-test
fact 'a test that does not exist is a failure' exits_with 1
launch test --nonsense
fact 'an unknown option exits with 4' exits_with 4
launch test --stage=nonsense
fact 'a stage that does not exist exits with 4' exits_with 4
launch test --stage=install
fact 'the stage that installs tests nothing' \
    prints_last '0 passed, 0 failed, 0 skipped'
launch test --stage=plain
fact 'the stage of plain tests runs all of them' \
    prints_last '2 passed, 2 failed, 1 skipped'
launch --help
fact 'help tells of test and bench' \
    sh -c "grep -q 'baton test' '$out' && grep -q 'baton bench' '$out'"

# Reference programs: the table says which packages they need.
mkdir "$tree/references"
cat >"$tree/references/meson.build" <<'END'
reference_rows = [
  {'name': 'here', 'needs': ['sh'], 'packages': ['present'], 'minimal': true,
    'models': ['one one counter']},
  # A comment.
  {'name': 'away', 'needs': ['x'], 'packages': ['first', 'second'],
    'parser': ['/x', 'third'], 'models': [
      'all all counter',
    ]},
]
END
ABSENT='first second third'
export KNOWN='present first second third'
references="apt-get install -y --no-install-recommends first second third"
search=$work/apt:$work/sudo:$PATH
: >"$calls"
launch install-references --list
fact 'the list exits with 0' exits_with 0
fact 'the list has what is here' \
    grep -qx 'here *yes *installed *present' "$out"
fact 'the list has what is missing' \
    grep -qx 'away *no *missing *first second third' "$out"
fact 'the list has the sizes' prints_last 'Need to get 7 MB of archives.'
fact 'and lets apt-get do nothing else' \
    test -z "$(grep '^apt-get' "$calls" | grep -v -- --print-uris)"
launch install-references --minimal --list
fact 'the minimal set has not all' test "$(wc -l <"$out")" = 2
launch install-references
fact 'without a terminal it exits with 5' exits_with 5
fact 'it prints how to install them' grep -qx "  sudo $references" "$err"
FAKE_UID=0
launch install-references
fact 'root is asked, too' exits_with 5
fact 'and nothing was installed' test -z "$(grep 'install -y' "$calls")"
launch install-references --yes
fact '--yes installs' grep -qx "$references" "$calls"
fact 'and exits with 0' exits_with 0
FAKE_UID=1000
launch install-references away --yes
fact '--yes installs through sudo' grep -qx "sudo .*$references" "$calls"
if script -qec true /dev/null >/dev/null 2>&1; then
    : >"$calls"
    answer n install-references
    fact 'no means that nothing is installed' \
        test -z "$(grep 'install -y' "$calls")"
    answer y install-references
    fact 'yes installs them' grep -qx "sudo $references" "$calls"
fi
launch install-references nonsense
fact 'an unknown program exits with 4' exits_with 4
fact 'it prints which there are' grep -q 'there are here away' "$err"
launch install-references --nonsense
fact 'an unknown option of it exits with 4' exits_with 4
KNOWN='present first third'
: >"$calls"
launch install-references --yes
fact 'what apt does not know is named' grep -q 'no package second:' "$err"
fact 'others are installed' \
    grep -q 'no-install-recommends first third$' "$calls"
fact 'that is no success' exits_with 5
fact 'fresh lists were fetched first' grep -q 'apt-get update' "$calls"
export BROKEN_APT='no network' ABSENT=present CI=true
launch test --stage=install
fact 'the stage that installs goes on without them' exits_with 0
fact 'with the message of apt-get' grep -q 'E: no network' "$err"
fact 'which its log keeps' grep -q 'E: no network' "$tree/build/install.log"
unset BROKEN_APT CI
rm -r "$tree/references"
launch install-references --yes
fact 'without a table nothing is installed' exits_with 0
ABSENT=''

echo "1..$number"
