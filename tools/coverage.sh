#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# coverage.sh PYTHON FLOOR: build the extension and the C tests so that they count
# how often each line of csrc runs, run them all, print the share of each file, and
# fail where that of all together is below FLOOR percent.
set -eu
cd "$(dirname "$0")/.."
python=$1
floor=$2
lib=$PWD/build/coverage/lib

FASTJOBLIB_COVERAGE=1 "$python" setup.py --quiet build --build-base build/coverage --build-lib "$lib"
find build/coverage build/c/coverage -name '*.gcda' -delete 2>/dev/null || true

DISABLE=none tools/test-codecs.sh coverage tests/base/*.c tests/codec/*.c
# Hypothesis draws the same examples each time, and the same lines run.
PYTHONPATH="$lib" HYPOTHESIS_PROFILE=repeatable "$python" -m pytest -q --numprocesses=auto --dist=worksteal -m "not slow and not leaks"
# Not only some of the allocations, as in the fast tests: most paths on which memory runs out.
PYTHONPATH="$lib" "$python" tests/helpers/out_of_memory.py

# Some lines do run more than 2^32 times, which gcovr suspects to be an error.
"$python" -m gcovr --root . --filter csrc/ --object-directory build/coverage --exclude-unreachable-branches \
    --gcov-ignore-parse-errors=negative_hits.warn --gcov-suspicious-hits-threshold=0 --merge-mode-functions=separate \
    --print-summary --sort uncovered-percent --fail-under-line "$floor" build/coverage build/c/coverage
