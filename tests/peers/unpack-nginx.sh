#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# unpack-nginx.sh DEST: makes DEST/usr/sbin/nginx out of Debian's package
# without installing it, so that no service is set up or started. A copy that
# is installed is used as it is. Exits with 77, and says why, if it can't.
set -u

skip() {
    printf 'unpack-nginx: %s\n' "$*" >&2
    exit 77
}

# The package lists may be missing or too old; only root can fetch them.
download() {
    # As root, apt would warn that its own user cannot write here.
    set -- -qq -o APT::Sandbox::User=root -o Acquire::Retries=1
    apt-get "$@" download nginx ||
        { [ "$(id -u)" = 0 ] && timeout 120 apt-get "$@" update &&
            apt-get "$@" download nginx; }
}

[ $# = 1 ] || skip 'usage: unpack-nginx.sh DEST'
dest=$1
nginx=$dest/usr/sbin/nginx
"$nginx" -v 2>/dev/null && exit

mkdir -p "$dest/usr/sbin" || skip "cannot write to $dest"
installed=$(PATH=$PATH:/usr/sbin command -v nginx)
if [ -n "$installed" ]; then
    ln -sf "$installed" "$nginx" || skip "cannot write to $dest"
else
    temporary=$(mktemp -d "$dest/download.XXXXXX") || skip "cannot use $dest"
    trap 'rm -rf "$temporary"' EXIT
    trap 'exit 77' INT TERM
    reason=$(cd "$temporary" && download 2>&1) ||
        skip "the nginx package could not be downloaded: $reason"
    reason=$(dpkg-deb -x "$temporary"/nginx_*.deb "$dest" 2>&1) ||
        skip "the nginx package could not be unpacked: $reason"
fi
absent=$(ldd "$nginx" 2>/dev/null | sed -n 's/ => not found//p')
[ -z "$absent" ] || skip "nginx lacks these libraries:" "$absent"
reason=$("$nginx" -v 2>&1) || skip "nginx does not run: $reason"
