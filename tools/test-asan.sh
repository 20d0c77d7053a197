#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-asan.sh PYTHON [ARGUMENTS OF PYTEST]: build the extension with
# AddressSanitizer and UBSan into build/asan, beside the ordinary build, and run
# the test suite, or what the arguments name of it, on that.
set -eu
cd "$(dirname "$0")/.."
python=$1
shift
lib=$PWD/build/asan/lib
mkdir -p build/asan

if ! echo 'int main(void) { return 0; }' |
    "${CC:-gcc}" -fsanitize=address,undefined -x c - -o build/asan/probe; then
    echo "The compiler has no sanitizers (Debian: libasan and libubsan come with gcc)." >&2
    exit 1
fi

FASTJOBLIB_SANITIZE=1 "$python" setup.py --quiet build \
    --build-base build/asan --build-lib "$lib"

# The interpreter itself is not instrumented, so the run-times come by preload;
# libstdc++ with them, or ASan cannot catch the exceptions SciPy throws.
LD_PRELOAD=
for library in libasan.so libubsan.so libstdc++.so.6; do
    LD_PRELOAD="$LD_PRELOAD $("${CC:-gcc}" -print-file-name=$library)"
done
export LD_PRELOAD

# Leak detection is off: CPython frees little of what it holds at exit.
# What a hostile file claims fails to be allocated, as under RLIMIT_AS.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=1024
export UBSAN_OPTIONS=print_stacktrace=1
export PYTHONMALLOC=malloc
export PYTHONPATH="$lib" # stands before the ordinary build on sys.path
exec "$python" -m pytest -q --numprocesses=auto --dist=worksteal -m "not slow and not leaks" "$@"
