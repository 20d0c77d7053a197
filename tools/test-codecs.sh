#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-codecs.sh SANITIZER PROGRAM... [-- ARGUMENT...]: build C programs of
# tests/base, tests/codec or tests/fuzz with the plain C of csrc and the sanitizer
# ("thread", "address,undefined", or "coverage", which counts the lines that run),
# and run them, as many at a time as there are cores: once for each set of what can be
# left out that DISABLE lists, with spaces between them and "none" for the empty one.
set -eu
cd "$(dirname "$0")/.."
sanitizer=$1
shift
programs=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    programs="$programs $1"
    shift
done
[ $# = 0 ] || shift
build=build/c/$sanitizer

# has HEADER: whether it can be compiled.
has() {
    printf '#include <stddef.h>\n#include <%s>\n' "$1" |
        "${CC:-cc}" -fsyntax-only -x c - 2>/dev/null
}

flags="-std=c11 -Wall -Wextra -Werror -g -fno-omit-frame-pointer -DFJ_HAVE_ZLIB=1 -DFJ_HAVE_LZ4=1"
case $sanitizer in
coverage) flags="$flags -O0 --coverage -fprofile-update=atomic" ;;
*) flags="$flags -O1 -fsanitize=$sanitizer -fno-sanitize-recover=all" ;;
esac
libraries="-lz -llz4 -lpthread"
if has libdeflate.h; then
    flags="$flags -DFJ_HAVE_LIBDEFLATE=1"
    libraries="$libraries -ldeflate"
fi
if has isa-l/igzip_lib.h; then
    flags="$flags -DFJ_HAVE_ISAL=1"
    libraries="$libraries -lisal"
fi
targets=
for program in $programs; do
    targets="$targets run/${program%.c}"
done
for disabled in ${DISABLE:-none isal libdeflate isal,libdeflate bmi2}; do
    # shellcheck disable=SC2086 # a list of targets
    FASTJOBLIB_DISABLE=$disabled \
        "${MAKE:-make}" --no-print-directory -j "$(getconf _NPROCESSORS_ONLN)" -f tools/c-tests.mk \
        CC="${CC:-cc}" BUILD="$build" FLAGS="$flags" LIBRARIES="$libraries" \
        ARGUMENTS="$*" WHAT="$sanitizer, without $disabled" $targets
done
