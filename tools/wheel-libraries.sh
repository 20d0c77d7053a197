#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# wheel-libraries.sh PREFIX [ARCHIVES]: build the libraries that go into wheels, as
# static archives without visible names, into PREFIX/lib, with their headers in
# PREFIX/include and their licences in PREFIX/licenses. setup.py takes them from there
# (FASTJOBLIB_LIBRARIES=PREFIX). wheel-libraries.txt lists versions and SHA-256.
#
# The releases are taken from the folder ARCHIVES, whatever they are called there, and
# else downloaded into it. CC and AR name the tools, CPU the processor (x86_64, aarch64
# or arm64), where it is not this machine's, OBJECTS the kind of objects for the assembler
# (elf64, macho64, win64). ISA-L needs nasm on x86_64.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" "${2:-$1/archives}"
prefix=$(cd "$1" && pwd)
archives=$(cd "${2:-$1/archives}" && pwd)
: "${CC:=cc}" "${AR:=ar}" "${CPU:=$(uname -m)}"
case $(uname -s) in
Darwin) : "${OBJECTS:=macho64}" ;;
Linux) : "${OBJECTS:=elf64}" ;;
*) : "${OBJECTS:=win64}" ;;
esac
[ "$CPU" != arm64 ] || CPU=aarch64
flags="-O3 -DNDEBUG -fvisibility=hidden -w"
[ "$OBJECTS" = win64 ] || flags="$flags -fPIC"
sources=$prefix/sources

fail() {
    echo "wheel-libraries.sh: $*" >&2
    exit 1
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# archive_of NAME: the path of a release with a hash of the list.
archive_of() {
    for archive in "$archives"/*"$1"*.tar.* "$archives"/*"$(echo "$1" | tr -d -)"*.tar.*; do
        if [ -f "$archive" ] && grep -q "^$1 [^ ]* $(sha256 "$archive")" "$tools/wheel-libraries.txt"; then
            echo "$archive"
            return
        fi
    done
    grep "^$1 .*https:" "$tools/wheel-libraries.txt" | {
        read -r name version expected address
        archive=$archives/$name-$version.tar.gz
        curl -fsSL --retry 3 -o "$archive" "$address" || fail "cannot download $address"
        found=$(sha256 "$archive")
        [ "$found" = "$expected" ] || {
            rm "$archive"
            fail "$address has the SHA-256 $found, expected $expected"
        }
        echo "$archive"
    }
}

# unpack NAME LICENCE: go to the sources of a library, and keep its licence.
unpack() {
    archive=$(archive_of "$1")
    rm -rf "${sources:?}/$1"
    mkdir -p "$sources/$1" "$prefix/include" "$prefix/lib" "$prefix/licenses"
    tar -xf "$archive" --strip-components=1 -C "$sources/$1"
    cd "$sources/$1"
    cp "$2" "$prefix/licenses/$1.txt"
}

# compile ARCHIVE OPTIONS -- SOURCE...
compile() {
    output=$prefix/lib/$1
    shift
    options=$flags
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    for source in "$@"; do
        object=$(echo "$source" | tr / _).o
        # shellcheck disable=SC2086 # words
        $CC $options -c "$source" -o "$object"
    done
    rm -f "$output"
    $AR rcs "$output" ./*.o
}

unpack zlib LICENSE
compile libz.a -DHAVE_HIDDEN -- adler32.c crc32.c deflate.c inf*.c trees.c zutil.c
cp zlib.h zconf.h "$prefix/include"

unpack lz4 lib/LICENSE
compile liblz4.a -DLZ4LIB_VISIBILITY= -DLZ4FLIB_VISIBILITY= -DXXH_NAMESPACE=LZ4_ -- \
    lib/lz4.c lib/lz4hc.c lib/lz4frame.c lib/xxhash.c
cp lib/lz4.h lib/lz4hc.h lib/lz4frame.h "$prefix/include"

# libdeflate asks Clang for evex512, which newer ones no longer know, but where that
# seems to be on already.
unpack libdeflate COPYING
evex512=
if $CC --version | grep -q clang &&
    ! echo '__attribute__((target("evex512"))) void f(void);' | $CC -Werror -fsyntax-only -x c - 2>/dev/null; then
    evex512=-D__EVEX512__=1
fi
# shellcheck disable=SC2086 # nothing or a word
compile libdeflate.a -I. $evex512 -- lib/*.c lib/*/*.c
cp libdeflate.h "$prefix/include"

# Of ISA-L only what deflates and inflates. Its makefile knows which files a processor
# needs, and asks the machine for what is not given here.
unpack isa-l LICENSE
case $OBJECTS in
elf64) arch='' ;;
macho64) arch=Darwin ;;
win64) arch=mingw ;;
esac
[ "$CPU" != aarch64 ] || arch=aarch64
make -s -f Makefile.unx units=igzip host_cpu="$CPU" arch="$arch" CC="$CC" AR="$AR" \
    "CFLAGS_$arch=$flags" "ASFLAGS_$arch=$([ "$CPU" = aarch64 ] && echo "-c -fPIC" || echo "-f $OBJECTS $(
        [ "$OBJECTS" != macho64 ] || echo --prefix=_)")" DEBUG= DEBUG_nasm= lib isa-l.h >/dev/null
cp bin/isa-l.a "$prefix/lib/libisal.a"
mkdir -p "$prefix/include/isa-l"
cp include/*.h "$prefix/include/isa-l"
cp isa-l.h "$prefix/include"
rm -rf "$sources"
