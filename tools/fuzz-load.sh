#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# fuzz-load.sh PYTHON libfuzzer RUNS [OPTIONS OF LIBFUZZER]
# fuzz-load.sh PYTHON driver SEED COUNT
# Build the extension and the fuzzer of tests/fuzz with sanitizers, and have it run:
# under libFuzzer, guided by coverage, with clang; or with the compiler that there is,
# the kept files and COUNT cases made from them by chance. FUZZ_ENTRY names one of
# load, inspect and safe_load; otherwise it is all of them. With FUZZ_PREDICT=1, models
# that safe_load accepts have to predict.
# Exit status 77: something is missing that only this needs; the message says what.
set -eu
cd "$(dirname "$0")/.."
python=$1
mode=$2
shift 2
build=$PWD/build/fuzz/$mode
mkdir -p "$build/corpus" "$build/findings"

missing() {
    echo "load was not fuzzed: $1" >&2
    exit 77
}

# How to link with Python, if it can be embedded.
eval "$("$python" - <<'PYTHON'
import shlex, sysconfig
get = sysconfig.get_config_var
library = get("LDLIBRARY") or ""
print("include=" + shlex.quote(sysconfig.get_path("include")))
print("libdir=" + shlex.quote(get("LIBDIR") or ""))
print("libpython=" + (shlex.quote("python" + get("LDVERSION")) if library.endswith(".so") else ""))
PYTHON
)"
[ -n "$libpython" ] && [ -e "$libdir/lib$libpython.so" ] && [ -e "$include/Python.h" ] ||
    missing "this Python has no shared library or no headers"

# A compiler that can build what is to be run.
can() {
    echo "$1" | "$2" -x c - "$3" -o "$build/probe" 2>/dev/null
}

fuzzing_clang() {
    for name in ${CC:-} clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
        if can 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n ? 0 : 0; }' \
            "$name" -fsanitize=fuzzer,address,undefined; then
            echo "$name"
            return
        fi
    done
}

if [ "$mode" = libfuzzer ]; then
    compiler=$(fuzzing_clang)
    if [ -z "$compiler" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing clang-19 libclang-rt-19-dev"
        DEBIAN_FRONTEND=noninteractive
        export DEBIAN_FRONTEND
        { apt-get -qq update && apt-get -qq install -y clang-19 libclang-rt-19-dev; } >/dev/null
        compiler=$(fuzzing_clang)
    fi
    [ -n "$compiler" ] || missing "it needs clang with libFuzzer: apt-get install clang-19 libclang-rt-19-dev"
    loop=
    sanitizers=fuzzer,address,undefined
    base=$build
    export CFLAGS=-fsanitize=fuzzer-no-link LDSHARED="$compiler -shared" FASTJOBLIB_WERROR=''
else
    compiler=${CC:-gcc}
    can 'int main(void) { return 0; }' "$compiler" -fsanitize=address,undefined ||
        missing "$compiler has no sanitizers (Debian: libasan and libubsan come with gcc)"
    loop=tests/fuzz/drive_fuzzer.c
    sanitizers=address,undefined
    base=$PWD/build/asan # tools/test-asan.sh builds the same
fi

CC=$compiler FASTJOBLIB_SANITIZE=1 "$python" setup.py --quiet build \
    --build-base "$base" --build-lib "$base/lib"
# libstdc++ from the start, or ASan cannot catch the exceptions SciPy throws.
"$compiler" -std=gnu11 -g -O1 -Wall -Wextra -fno-omit-frame-pointer \
    -fsanitize="$sanitizers" -fno-sanitize-recover=undefined -I"$include" \
    tests/fuzz/fuzz_load.c tests/fuzz/mutate_files.c tests/fuzz/mutate_pickles.c \
    tests/fuzz/pickle_pieces.c $loop \
    -L"$libdir" "-l$libpython" -Wl,-rpath,"$libdir" -rdynamic \
    -Wl,--no-as-needed -l:libstdc++.so.6 -Wl,--as-needed -lz -llz4 -ldl -o "$build/fuzz_load"

# What a file claims fails to be allocated. CPython frees little at exit, so no leaks
# are looked for: what leaks at each case shows as memory that is too much.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=1024:handle_abort=1
export UBSAN_OPTIONS=print_stacktrace=1
export PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export PYTHONPATH="$base/lib:$PWD/tests/fuzz"
FUZZ_PYTHON=$(command -v "$python")
FUZZ_FOLDER=$(mktemp -d)
export FUZZ_PYTHON FUZZ_FOLDER
trap 'rm -rf "$FUZZ_FOLDER"' EXIT

# The files to start from: made anew where what makes them has changed, and kept ones.
if [ ! -e "$build/seeds" ] || [ -n "$(find tests/fuzz tests/attacks tests/helpers -name '*.py' -newer "$build/seeds")" ]; then
    rm -rf "$build/seeds"
    PYTHONPATH=$PWD/python:$PWD/tests "$python" tests/fuzz/make_seeds.py "$build/seeds" "$build/dictionary"
fi
"$python" -m tarfile -e tests/fuzz/kept.tar.xz "$build/seeds"

if [ "$mode" = driver ]; then
    "$build/fuzz_load" "$build/seeds" "$build/findings/case" "$@"
else
    runs=$1
    shift
    "$build/fuzz_load" "$build/corpus" "$build/seeds" -runs="$runs" -dict="$build/dictionary" \
        -artifact_prefix="$build/findings/" -max_len=16384 -timeout=3 -report_slow_units=1 \
        -rss_limit_mb=3000 -malloc_limit_mb=2000 -print_final_stats=1 "$@"
fi
