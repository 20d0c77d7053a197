#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# own-environment.sh PYTHON EXTRA ARGUMENTS: run Python with ARGUMENTS where the packages of
# one of fastjoblib's extras are installed beside all that PYTHON's environment has, which
# stays as it is: they are large, and some change what others do (pandas makes other strings
# where pyarrow is; a plugin of pytest warns).
set -eu
cd "$(dirname "$0")/.."
outer=$1
extra=$2
venv=.venv/$extra
shift 2

packages_of() {
    "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

if ! [ -x "$venv/bin/python" ]; then
    "$outer" -m venv --without-pip "$venv"
    echo "import site; site.addsitedir('$(packages_of "$outer")')" >"$(packages_of "$venv/bin/python")/outer.pth"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "fastjoblib[$extra]"
exec "$venv/bin/python" "$@"
