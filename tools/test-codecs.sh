#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-codecs.sh SANITIZER [PROGRAM...]: build each program of tests/codec, or
# those named, with the plain C of csrc and the sanitizer ("thread", or
# "address,undefined"), and run it with each combination of optional libraries.
set -eu
cd "$(dirname "$0")/.."
sanitizer=$1
shift
build=build/codecs-$sanitizer
mkdir -p "$build"
[ $# -gt 0 ] || set -- tests/codec/*.c

# has HEADER: whether it can be compiled.
has() {
    printf '#include <stddef.h>\n#include <%s>\n' "$1" |
        "${CC:-cc}" -fsyntax-only -x c - 2>/dev/null
}

options="-DFJ_HAVE_ZLIB=1 -DFJ_HAVE_LZ4=1"
libraries="-lz -llz4 -lpthread"
if has libdeflate.h; then
    options="$options -DFJ_HAVE_LIBDEFLATE=1"
    libraries="$libraries -ldeflate"
fi
if has isa-l/igzip_lib.h; then
    options="$options -DFJ_HAVE_ISAL=1"
    libraries="$libraries -lisal"
fi

status=0
for program in "$@"; do
    binary=$build/$(basename "$program" .c)
    # shellcheck disable=SC2086 # lists of options
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -O1 -g "-fsanitize=$sanitizer" \
        -fno-omit-frame-pointer $options -Icsrc -Itests/codec "$program" \
        csrc/base/*.c csrc/codec/*.c $libraries -o "$binary"
    for disabled in "" isal libdeflate isal,libdeflate; do
        if FASTJOBLIB_DISABLE=$disabled "$binary" >"$binary.log" 2>&1; then
            echo "$program without '$disabled': ok"
        else
            echo "$program without '$disabled': FAILED"
            cat "$binary.log"
            status=1
        fi
    done
done
exit $status
