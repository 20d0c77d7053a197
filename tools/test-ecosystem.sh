#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-ecosystem.sh PYTHON: save and load what people save with the packages of
# the extra `ecosystem`, and write docs/ecosystem.md. The packages are large, and
# pandas makes other strings where pyarrow is: so they are installed into an
# environment of their own, which has all that PYTHON's has too.
set -eu
cd "$(dirname "$0")/.."
venv=.venv/ecosystem

packages_of() {
    "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

if ! [ -x "$venv/bin/python" ]; then
    "$1" -m venv --without-pip "$venv"
    echo "import site; site.addsitedir('$(packages_of "$1")')" >"$(packages_of "$venv/bin/python")/outer.pth"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'fastjoblib[ecosystem]'

# One thread for each library: several OpenMP run-times share the cores.
export OMP_NUM_THREADS=1
FASTJOBLIB_ECOSYSTEM=write exec "$venv/bin/python" -m pytest -q -m "" tests/integration/ecosystem
