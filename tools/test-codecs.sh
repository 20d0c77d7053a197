#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-codecs.sh SANITIZER PROGRAM [ARGUMENT...]: build a C program of tests/codec
# or tests/fuzz with the plain C of csrc and the sanitizer ("thread", or
# "address,undefined"), and run it: once for each set of what can be left out that
# DISABLE lists, with spaces between them and "none" for the empty one.
set -eu
cd "$(dirname "$0")/.."
sanitizer=$1
program=$2
shift 2
build=build/codecs-$sanitizer
binary=$build/$(basename "$program" .c)
mkdir -p "$build"

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
# shellcheck disable=SC2086 # lists of options
"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -O1 -g "-fsanitize=$sanitizer" \
    -fno-sanitize-recover=all -fno-omit-frame-pointer $options -Icsrc -Itests/codec \
    "$program" csrc/base/*.c csrc/deflate/*.c csrc/codec/*.c $libraries -o "$binary"

for disabled in ${DISABLE:-none isal libdeflate isal,libdeflate bmi2}; do
    if FASTJOBLIB_DISABLE=$disabled "$binary" "$@" >"$binary.log" 2>&1; then
        echo "$program, -fsanitize=$sanitizer, without $disabled: $(tail -n 1 "$binary.log")"
    else
        cat "$binary.log"
        echo "$program, -fsanitize=$sanitizer, without $disabled: FAILED"
        exit 1
    fi
done
