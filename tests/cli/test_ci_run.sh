#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Facts about .ci/run, in TAP: it is run with a launcher of a few lines, whose
# stages are said by STAGE_NAME, and with seconds instead of minutes.
#
#     test_ci_run.sh PATH-OF-CI-RUN
set -u

script=$(readlink -f -- "${1:-$(dirname -- "$0")/../../.ci/run}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
number=0

fact() {
    name=$1
    shift
    number=$((number + 1))
    if "$@" >/dev/null 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$out"
    fi
}

mkdir "$work/.ci"
sed 's/^minute=60$/minute=1/' "$script" >"$work/.ci/run"
chmod +x "$work/.ci/run"
cat >"$work/baton" <<'END'
#!/bin/sh
[ "$CI" = true ] || exit 9
stage=${2#--stage=}
echo "$stage" >>"$CALLS"
case $stage in
install) echo '0 passed, 0 failed, 0 skipped' && exit "${INSTALL-0}" ;;
builds) exit "${BUILDS-0}" ;;
--quick) exit "${QUICK-0}" ;;
plain) echo '10 passed, 0 failed, 2 skipped' ;;
sanitizers)
    [ "${BAD-0}" = 0 ] || printf 'baton: failed: trace (build)\n  | why\n'
    echo "20 passed, ${BAD-0} failed, 0 skipped"
    [ "${BAD-0}" = 0 ]
    ;;
without) sleep "${SLEEP-0}" && echo '5 passed, 0 failed, 1 skipped' ;;
fuzz) echo '5 passed, 0 failed, 0 skipped' ;;
esac
END
chmod +x "$work/baton"
export CALLS="$work/calls"

# go: runs it with the variables that are exported now.
go() {
    : >"$CALLS"
    "$work/.ci/run" >"$out" 2>&1
    status=$?
}

says_last() {
    [ "$(tail -n 1 "$out")" = "$1" ]
}

go
fact 'all stages together exit with 0' test "$status" = 0
fact 'install, builds and report count as one each' \
    says_last '43 passed, 0 failed, 3 skipped'
fact 'every stage is run once' test "$(sort "$CALLS" | uniq -c | wc -l)" = 7
fact 'every stage has a row with its time' \
    test "$(grep -cE '^[a-z]+ +[0-9]+ min +[0-9]+ s  passed$' "$out")" = 7
fact 'the counts of a stage stand in the last line alone' \
    test "$(grep -c ' passed, ' "$out")" = 1
limits=$(awk '$3 == "min" { sum += $2 } END { print sum }' "$out")
fact 'the limits are below an hour' test "$limits" -le 60

BAD=3 go
fact 'a stage with failed tests fails' test "$status" = 1
fact 'and adds its failures' says_last '43 passed, 3 failed, 3 skipped'
fact 'the stages after it are run' grep -qx fuzz "$CALLS"
fact 'its failed tests are named once more at the end, with what they said' \
    test "$(tail -n 4 "$out" | head -n 2)" = "baton: failed: trace (build)
  | why"
BUILDS=5 go
fact 'a build that fails is one failure' \
    says_last '42 passed, 1 failed, 3 skipped'
QUICK=1 go
fact 'so is a report with a finding' \
    says_last '42 passed, 1 failed, 3 skipped'
fact 'the table says its exit status' \
    grep -q '^report .*failed with exit status 1$' "$out"
INSTALL=5 go
fact 'nothing is tested when installing failed' \
    test "$(cat "$CALLS")" = install
fact 'which is a failure' says_last '0 passed, 1 failed, 0 skipped'
SLEEP=20 go
fact 'a stage over its limit is ended' \
    grep -q '^without .*over its limit$' "$out"
fact 'and is one failure' says_last '38 passed, 1 failed, 2 skipped'

echo "1..$number"
