#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# lint-c.sh [format | if-available]: check all C files with clang-format, against
# .clang-format, and with cppcheck; or format them. Versions of clang-format
# differ in what they do, so it must be the one that .clang-format names.
set -eu
cd "$(dirname "$0")/.."
mode=${1:-}

clang_format=
for name in clang-format-14 clang-format; do
    if "$name" --version 2>/dev/null | grep -q 'version 14\.'; then
        clang_format=$name
        break
    fi
done
missing=
[ -n "$clang_format" ] || missing="clang-format-14"
if [ "$mode" != format ] && ! command -v cppcheck >/dev/null; then
    missing="$missing cppcheck"
fi
if [ -n "$missing" ]; then
    echo "The C files were not checked. What is missing: apt-get install $missing" >&2
    [ "$mode" = if-available ]
    exit
fi

files=$(find csrc tests -name '*.[ch]' | sort)
if [ "$mode" = format ]; then
    # shellcheck disable=SC2086 # a list of files
    exec "$clang_format" -i $files
fi
# shellcheck disable=SC2086
"$clang_format" --dry-run --Werror $files

# What cppcheck found before it keeps, and looks only at files that changed. It
# reads no headers of Python, so what their macros do to the flow is told here.
# ctuuninitvar takes the address of an array in a struct for a read of it.
mkdir -p build/cppcheck
cppcheck --quiet --cppcheck-build-dir=build/cppcheck -j "$(getconf _NPROCESSORS_ONLN)" \
    --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppress=ctuuninitvar \
    -DFJ_HAVE_ZLIB=1 -DFJ_HAVE_LZ4=1 -DFJ_HAVE_LIBDEFLATE=1 -DFJ_HAVE_ISAL=1 \
    -DPY_VERSION_HEX=0x030b0000 '-DPy_BEGIN_ALLOW_THREADS={' '-DPy_END_ALLOW_THREADS=}' \
    '-DPy_RETURN_NONE=return Py_None' '-DPy_RETURN_TRUE=return Py_True' \
    '-DPy_RETURN_FALSE=return Py_False' '-DPy_RETURN_NOTIMPLEMENTED=return Py_NotImplemented' \
    -Icsrc csrc
