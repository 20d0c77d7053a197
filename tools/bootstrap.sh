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

# has_headers OPTIONS -- HEADER...: whether these can be compiled.
has_headers() {
    options=
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    # shellcheck disable=SC2086 # options are words
    printf '#include <%s>\n' "$@" | "${CC:-cc}" $options -fsyntax-only -x c - 2>/dev/null
}

can_compile() {
    include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))') &&
        has_headers "-I$include" -- Python.h zlib.h lz4frame.h
}

# These make compression faster; without them everything works.
has_fast_codecs() {
    has_headers -- stddef.h libdeflate.h isa-l/igzip_lib.h
}

is_ready() {
    can_make_venv && can_compile
}

identity() {
    "$1" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null
}

required="python3-venv python3-dev build-essential zlib1g-dev liblz4-dev"
optional="libdeflate-dev libisal-dev"
if ! { is_ready && has_fast_codecs; } && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $required $optional"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    # shellcheck disable=SC2086 # lists of packages
    {
        is_ready || apt-get -qq install -y $required
        for package in $optional; do # which not every architecture has
            apt-get -qq install -y "$package" || echo "going on without $package"
        done
    } >/dev/null
fi
if ! is_ready; then
    cat >&2 <<MESSAGE
$python cannot build fastjoblib yet: it needs a C compiler, the headers of
Python, zlib and LZ4, and the venv module. They come with these packages:

    apt-get install python3 python3-venv python3-dev build-essential zlib1g-dev liblz4-dev
    dnf install python3 python3-devel gcc make zlib-devel lz4-devel
    brew install python3 zlib lz4           (and once: xcode-select --install)

Optional, for faster compression:

    apt-get install libdeflate-dev libisal-dev
    dnf install libdeflate-devel isa-l-devel
    brew install libdeflate isa-l
MESSAGE
    exit 1
fi

if [ "$(identity "$venv/bin/python")" != "$(identity "$python")" ]; then
    echo "Creating $venv"
    "$python" -m venv --clear "$venv"
fi
echo "Installing fastjoblib and what its tests need into $venv"
pip() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
# What builds the extension comes first, and pip builds with that, not in a
# temporary environment: later builds then find the same headers in the same
# place, and compile only what changed.
pip 'setuptools>=77' wheel 'numpy>=2'
pip --no-build-isolation -e '.[dev]'
