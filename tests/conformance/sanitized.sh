#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sanitized.sh SANITIZERS: makes ./baton-conformance with -fsanitize=SANITIZERS
# of the sources below this folder, those of the archive that pack.sh makes.
set -eu
compiler=${CC:-cc} sanitize=-fsanitize=$1

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

command -v "$compiler" >/dev/null || fail "there is no compiler: $compiler"
command -v pkg-config >/dev/null || fail "there is no pkg-config"
echo 'int main(void) { return 0; }' >try.c
"$compiler" "$sanitize" try.c -o try 2>/dev/null ||
    fail "$compiler cannot link $sanitize: install its sanitizers"
rm try.c try

libraries=
for row in cmocka:libcmocka-dev libxxhash:libxxhash-dev jansson:libjansson-dev \
    libxml-2.0:libxml2-dev icu-uc:libicu-dev gumbo:libgumbo-dev \
    libcares:libc-ares-dev; do
    pkg-config --exists "${row%%:*}" ||
        fail "pkg-config finds no ${row%%:*} (Debian: ${row#*:})"
    libraries="$libraries ${row%%:*}"
done
# either PACKAGE "FILE..." FILE: the files that need it, or the one without.
either() {
    if pkg-config --exists "$1"; then
        libraries="$libraries $1"
        rm -f "$3"
    else
        # shellcheck disable=SC2086 # A list.
        rm -f $2
    fi
}
web=workloads/web
either openssl "$web/authority.c $web/tls.c $web/tls_handshake.c \
    $web/tls_server.c $web/tls_session.c" $web/tls_absent.c
either zlib $web/decoding.c $web/decoding_absent.c
more=
if pkg-config --exists libllhttp; then
    libraries="$libraries libllhttp"
elif [ -f /usr/share/llhttp/llhttp.c ]; then
    more="-I/usr/share/llhttp -I/usr/share/include/llhttp"
    cp /usr/share/llhttp/llhttp.c /usr/share/llhttp/http.c \
        /usr/share/llhttp/api.c .
else
    fail "there is no llhttp (Debian: node-llhttp)"
fi

flags="-std=gnu17 -D_GNU_SOURCE -I. -O1 -g -fno-omit-frame-pointer -w $sanitize"
# shellcheck disable=SC2046,SC2086 # Lists of flags.
set -- -DBATON_VERSION='"0"' $flags $more $(pkg-config --cflags $libraries)
find . -name '*.c' -print0 |
    xargs -0 -P "$(nproc)" -I FILE "$compiler" "$@" -c FILE -o FILE.o 2>log ||
    fail "$(grep -m 1 error: log || tail -n 1 log)"
# shellcheck disable=SC2046,SC2086 # Lists of flags.
"$compiler" "$sanitize" -rdynamic -pthread -o baton-conformance \
    $(find . -name '*.c.o') $(pkg-config --libs $libraries) -ldl 2>log ||
    fail "$(head -n 1 log)"
find . -mindepth 1 -maxdepth 1 ! -name baton-conformance -exec rm -r {} +
