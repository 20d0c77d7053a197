#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# bootstrap.sh PYTHON VENV: make the virtual environment, from nothing but
# Python, and install the package into it with all that its tests need.
set -eu
cd "$(dirname "$0")/.."
python=$1
venv=$2

can_make_venv() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

can_compile() {
    include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))') &&
        echo '#include <Python.h>' |
        "${CC:-cc}" "-I$include" -fsyntax-only -x c - 2>/dev/null
}

is_ready() {
    can_make_venv && can_compile
}

identity() {
    "$1" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null
}

if ! is_ready && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing python3-venv, python3-dev and build-essential"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y python3-venv python3-dev build-essential >/dev/null
fi
if ! is_ready; then
    cat >&2 <<MESSAGE
$python cannot build fastjoblib yet: it needs a C compiler, Python's headers
and the venv module. They come with these packages:

    apt-get install python3 python3-venv python3-dev build-essential
    dnf install python3 python3-devel gcc make
    brew install python3           (and once: xcode-select --install)
MESSAGE
    exit 1
fi

if [ "$(identity "$venv/bin/python")" != "$(identity "$python")" ]; then
    echo "Creating $venv"
    "$python" -m venv --clear "$venv"
fi
echo "Installing fastjoblib and what its tests need into $venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev]'
