#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# test-mlflow.sh PYTHON: the tests of fastjoblib.mlflow, and the examples in its
# docstrings. MLflow brings some eighty packages, and bounds for the versions of
# others: so it is installed into an environment of its own, which has all that
# PYTHON's has too.
set -eu
cd "$(dirname "$0")/.."
venv=.venv/mlflow

packages_of() {
    "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

if ! [ -x "$venv/bin/python" ]; then
    "$1" -m venv --without-pip "$venv"
    echo "import site; site.addsitedir('$(packages_of "$1")')" >"$(packages_of "$venv/bin/python")/outer.pth"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'fastjoblib[mlflow]'

export MLFLOW_DISABLE_TELEMETRY=true
"$venv/bin/python" -m pytest -q --doctest-modules -W "ignore:::mlflow" -W ignore::DeprecationWarning \
    -W ignore::FutureWarning python/fastjoblib/mlflow
exec "$venv/bin/python" -m pytest -q tests/integration/mlflow
