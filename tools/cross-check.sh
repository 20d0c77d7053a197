#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# cross-check.sh PYTHON [TARGET...]: compile all C files for other systems, warnings
# being errors, with the C compiler of the package ziglang (of our extra "cross"), and
# link the extension and the C tests for them. Where an emulator is installed (Debian: wine64,
# qemu-user-static and libc6-arm64-cross), the tests run too. Prints a line for each
# target; fails if anything did. ZIG names another compiler of that kind.
#
# Headers and sources of other projects come into build/cross: of zlib, LZ4 and Python
# from Debian's source packages, of NumPy for Windows and macOS from its wheels. Optional
# libraries are left out. The headers of Python for all Unix systems are those of this machine,
# whose types have the same sizes.
set -eu
cd "$(dirname "$0")/.."
python=$1
shift
build=$PWD/build/cross
sources=$build/sources
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
: "${ZIG:=$PWD/tools/own-environment.sh $python cross -m ziglang}"
mkdir -p "$sources"

# Source packages are listed where the packages are; those of the release itself, which
# come first, suffice.
fetch_sources() {
    state=$build/apt
    mkdir -p "$state/lists/partial"
    sed -e 's/^Types: deb$/Types: deb-src/' -e '/^$/q' /etc/apt/sources.list.d/debian.sources >"$state/debian.sources"
    debian() {
        apt-get -qq -o Dir::Etc::SourceList="$state/debian.sources" -o Dir::Etc::SourceParts=- \
            -o Dir::State::Lists="$state/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
            -o APT::Sandbox::User= "$@"
    }
    debian update
    (cd "$sources" && debian source zlib lz4 "python$version" >/dev/null)
    for platform in win_amd64 macosx_11_0_arm64; do
        "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
            --platform "$platform" --python-version "$version" --dest "$sources" \
            "numpy==$("$python" -c 'import numpy; print(numpy.__version__)')"
        "$python" -m zipfile -e "$sources"/numpy-*-"$platform".whl "$sources/numpy-$platform"
    done
    touch "$sources/complete"
}

[ -e "$sources/complete" ] || fetch_sources
zlib=$(echo "$sources"/zlib-*/)
lz4=$(echo "$sources"/lz4-*/lib)
windows_python=$(echo "$sources/python$version"-*/)
unix_python=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
linux_headers="-I$unix_python -I$("$python" -c 'import numpy; print(numpy.get_include())')"
macos_headers="-I$unix_python -I$sources/numpy-macosx_11_0_arm64/numpy/_core/include"
windows_headers="-I$windows_python/PC -I$windows_python/Include -DMS_WIN64 -I$sources/numpy-win_amd64/numpy/_core/include"

# What runs a target's programs here, if there is such a thing.
emulator_of() {
    case $1 in
    x86_64-linux-musl) echo env ;;
    aarch64-linux-musl) command -v qemu-aarch64-static || true ;;
    aarch64-linux-gnu)
        if [ -d /usr/aarch64-linux-gnu ] && command -v qemu-aarch64-static >/dev/null; then
            echo "qemu-aarch64-static -L /usr/aarch64-linux-gnu"
        fi ;;
    *-windows-*) command -v wine || true ;;
    esac
}

# The tests that can be built for a target: allocation fails by the means of glibc, one
# test needs libdeflate, and what Windows has no like of (signals, forks, links without
# a privilege) is tested in files of its own.
tests_of() {
    for program in tests/base/test_*.c tests/codec/test_*.c; do
        leave_out=test_deflate_fallback
        case $1 in
        *-linux-gnu) ;;
        *) leave_out="$leave_out|test_arena|test_no_memory|test_checksums_no_memory" ;;
        esac
        case $1 in
        *-windows-*) leave_out="$leave_out|test_fileio|test_forks|test_hidden|test_place" ;;
        esac
        echo "$program" | grep -qE "/($leave_out)\.c$" || echo "${program%.c}"
    done
}

# make ARGUMENTS for a target, whose output goes to a file and, if it failed, is shown.
make_for() {
    "${MAKE:-make}" --no-print-directory -k -j "$(getconf _NPROCESSORS_ONLN)" -f tools/c-tests.mk \
        BUILD="$folder" CC="$ZIG cc -target $target" AR="$ZIG ar" EXE="$exe" RUN="$run" FLAGS="$flags" \
        WHAT="$target" LIBRARIES="$folder/libothers.a $system_libraries" "$@" >"$folder/log" 2>&1 ||
        { failed=yes && grep -E "error|undefined|FAILED|not so" "$folder/log" || cat "$folder/log"; } >&2
}

# zlib and LZ4, as they are: their warnings are not ours.
build_others() {
    [ ! -e "$folder/libothers.a" ] || return 0
    mkdir -p "$folder/others"
    for source in "$zlib"/*.c "$lz4"/lz4.c "$lz4"/lz4hc.c "$lz4"/lz4frame.c "$lz4"/xxhash.c; do
        $ZIG cc -target "$target" -O2 -w -fPIC -fno-sanitize=undefined -DHAVE_UNISTD_H -Dfdopen=fdopen -c "$source" \
            -o "$folder/others/$(basename "$source" .c).o"
    done
    $ZIG ar rcs "$folder/libothers.a" "$folder"/others/*.o
}

# The extension as a shared library, without the Python that it will be loaded by. For
# Windows every name needs a library: one is made of the names of Python's API.
link_module() {
    # shellcheck disable=SC2046 # a list of files
    set -- $(find "$folder/csrc" -name '*.o') "$folder/libothers.a"
    case $target in
    *-windows-*)
        names=$(nm "$@" | sed -n 's/^ *U \(__imp_\)\{0,1\}\(_\{0,1\}Py[A-Za-z0-9_]*\)$/\2/p' | sort -u)
        printf '%s\n' "LIBRARY python.dll" EXPORTS "$names" >"$folder/python.def"
        $ZIG dlltool -m i386:x86-64 -d "$folder/python.def" -l "$folder/libpython.a"
        $ZIG cc -target "$target" -shared "$@" "$folder/libpython.a" -ladvapi32 -o "$folder/_core" ;;
    *-macos) $ZIG cc -target "$target" -shared -undefined dynamic_lookup "$@" -o "$folder/_core" ;;
    *) $ZIG cc -target "$target" -shared "$@" -o "$folder/_core" ;;
    esac
}

check() {
    target=$1
    folder=$build/$target
    headers=$linux_headers exe='' system_libraries='' run_not=''
    case $target in
    *-windows-*) headers=$windows_headers exe=.exe system_libraries=-ladvapi32 ;;
    *-macos) headers=$macos_headers ;;
    *-linux-musl) system_libraries=-static ;;
    esac
    case $target in aarch64-*) run_not=test_deflate ;; esac # it would take an hour
    # shellcheck disable=SC2116,SC2086 # one line of words
    flags=$(echo -std=c11 -O2 -fPIC -Wall -Wextra -Wshadow -Werror -fno-sanitize=undefined \
        -DFJ_HAVE_ZLIB=1 -DFJ_HAVE_LZ4=1 "-I$zlib" "-I$lz4" $headers)
    run=$(emulator_of "$target")
    mkdir -p "$folder"
    rm -rf "$folder/csrc" "$folder/tests" "$folder/bin"
    build_others
    make_for objects
    module="extension linked"
    link_module 2>"$folder/link.log" || {
        failed=yes
        module="extension NOT linked"
        cat "$folder/link.log" >&2
    }
    compiled=$(find "$folder/csrc" -name '*.o' | wc -l)
    total=$(find csrc -name '*.c' | wc -l)
    programs=
    n_programs=0
    for program in $(tests_of "$target"); do
        programs="$programs $program"
        n_programs=$((n_programs + 1))
    done
    # shellcheck disable=SC2086 # lists of targets of make
    make_for $(printf "$folder/bin/%s$exe " $programs)
    linked=$(find "$folder/bin" -name "test_*" ! -name '*.pdb' ! -name '*.log' | wc -l)
    passed="not run"
    if [ -n "$run" ]; then
        # shellcheck disable=SC2086 # the same
        make_for $(printf 'run/%s ' $programs | tr ' ' '\n' | grep -vE "/(${run_not:-none})$")
        passed="$(grep -c ", $target: " "$folder/log") run, $(grep -c FAILED "$folder/log" || true) failed"
    fi
    echo "$target: $compiled of $total files compiled, $module, $linked of $n_programs tests linked, $passed"
}

failed=no
if [ $# = 0 ]; then
    set -- x86_64-linux-musl aarch64-linux-musl aarch64-linux-gnu aarch64-macos x86_64-macos x86_64-windows-gnu
fi
for each in "$@"; do
    check "$each"
done
[ "$failed" = no ]
