#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-disabled.sh PYTHON [ARGUMENTS OF PYTEST]: run the tests of compressed
# files with each set of optional libraries switched off, on the build that is
# there.
set -eu
cd "$(dirname "$0")/.."
python=$1
shift
tests="
    tests/conformance/test_compressed_files.py
    tests/conformance/test_compressed_readers.py
    tests/faults/test_block_tables.py
    tests/faults/test_bombs.py
    tests/faults/test_compressed_damage.py
    tests/faults/test_forged_blocks.py
    tests/leaks/test_compression_leaks.py
    tests/unit/test_compressed_size.py
    tests/unit/test_compressed_streams.py
    tests/unit/test_compressed_threads.py
    tests/unit/test_compressors.py
    tests/unit/test_convert.py
    tests/unit/test_convert_command.py
    tests/unit/test_disabled.py
    tests/unit/test_forks.py
    tests/unit/test_lz4_frames.py"

status=0
for disabled in "" isal libdeflate isal,libdeflate; do
    echo "without '$disabled':"
    # shellcheck disable=SC2086 # a list of files
    FASTJOBLIB_DISABLE=$disabled "$python" -m pytest -q $tests "$@" ||
        status=1
done
exit $status
