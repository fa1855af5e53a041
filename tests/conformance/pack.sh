#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pack.sh ARCHIVE ROOT REGISTRIES FILE...: an archive of these files of ROOT and
# of the generated sources REGISTRIES, separated by commas.
# The same sources make the same bytes, since their hash names what is built.
set -eu
archive=$PWD/$1 root=$2 registries=$3
shift 3
same='--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX'

for file in $(printf %s "$registries" | tr , ' '); do
    set -- "$@" -C "$(cd "${file%/*}" && pwd)" "${file##*/}"
done
cd "$root"
# shellcheck disable=SC2086 # A list of options.
tar $same -cf "$archive" "$@"
