# SPDX-License-Identifier: BSD-3-Clause
"""Build of the C extension; everything else is in pyproject.toml.

Environment variables, for developers:

    FASTJOBLIB_WERROR=1     warnings are errors
    FASTJOBLIB_DEBUG=1      no optimisation, C asserts on
    FASTJOBLIB_SANITIZE=1   AddressSanitizer and UBSan, C asserts on
    FASTJOBLIB_COVERAGE=1   no optimisation, counts how often each line runs
    FASTJOBLIB_WITHOUT=isal,libdeflate   do not use these, though they are there
    FASTJOBLIB_LIBRARIES=PREFIX   link what tools/wheel-libraries.sh has built there into the extension
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from glob import glob

import numpy
from setuptools import Extension, setup
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext
from setuptools.command.egg_info import egg_info

# What the codecs use: the name for pkg-config, what to compile, the linker's
# name, and whether it can be done without.
LIBRARIES = {
    "zlib": ("zlib", "#include <zlib.h>", "z", True),
    "lz4": ("liblz4", "#include <lz4.h>\n#include <lz4hc.h>\n#include <lz4frame.h>", "lz4", True),
    "libdeflate": ("libdeflate", "#include <libdeflate.h>", "deflate", False),
    "isal": ("libisal", "#include <isa-l/igzip_lib.h>", "isal", False),
}

PACKAGES = (
    "apt-get install build-essential python3-dev zlib1g-dev liblz4-dev; "
    "dnf install gcc python3-devel zlib-devel lz4-devel; "
    "brew install zlib lz4 (and, once, xcode-select --install)"
)
MISSING = """
fastjoblib cannot be built without {missing}.
What it needs comes with one of: {packages}
The file docs/install.md says more, also what makes compression faster.
"""
# A folder with static libraries, their headers and licences, for wheels.
INSIDE = os.environ.get("FASTJOBLIB_LIBRARIES")
LICENSES = "BSD-3-Clause AND BSD-2-Clause AND MIT AND Zlib"

SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


def enabled(name):
    return os.environ.get(name, "") not in ("", "0", "false")


def compile_flags():
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-fvisibility=hidden", "-MD"]
    if enabled("FASTJOBLIB_WERROR"):
        flags.append("-Werror")
    # -UNDEBUG: Python's own flags, which come first, define it.
    if enabled("FASTJOBLIB_SANITIZE"):
        flags += ["-O1", "-g", "-fno-omit-frame-pointer", "-UNDEBUG", *SANITIZERS]
    elif enabled("FASTJOBLIB_COVERAGE"):
        flags += ["-O0", "-g", "-DNDEBUG", "--coverage", "-fprofile-update=atomic"]
    elif enabled("FASTJOBLIB_DEBUG"):
        flags += ["-O0", "-g", "-UNDEBUG"]
    else:
        flags += ["-O3", "-DNDEBUG"]
    return flags


def link_flags():
    if os.name == "nt":
        return ["-ladvapi32"]  # access control lists
    if INSIDE and sys.platform == "linux":
        # Another copy of zlib in the process must not take the place of this one.
        return ["-Wl,--version-script=tools/exports.map"]
    if INSIDE and sys.platform == "darwin":
        return ["-Wl,-exported_symbol,_PyInit__core"]
    if enabled("FASTJOBLIB_SANITIZE"):
        return SANITIZERS
    return ["--coverage"] if enabled("FASTJOBLIB_COVERAGE") else []


def pkg_config(package):
    """Return the flags to compile and to link with, none where pkg-config does not know them."""
    try:
        flags = [
            shlex.split(subprocess.check_output(["pkg-config", kind, package], stderr=subprocess.DEVNULL, text=True))
            for kind in ("--cflags", "--libs")
        ]
    except (OSError, subprocess.CalledProcessError):
        return [], []
    return flags


def flags_of(package, library):
    """Return the flags to compile and to link a library with."""
    if INSIDE:
        return [f"-I{INSIDE}/include"], [f"{INSIDE}/lib/lib{library}.a"]
    compile_args, link_args = pkg_config(package)
    return compile_args, link_args or [f"-l{library}"]


def fail_for_want_of(missing):
    raise SystemExit(MISSING.format(missing=missing, packages=PACKAGES))


def is_current(object_file):
    """Tell whether an object is newer than all that it was made of, as the compiler noted it beside (-MD)."""
    try:
        made = os.path.getmtime(object_file)
        with open(os.path.splitext(object_file)[0] + ".d") as file:
            sources = shlex.split(file.read().replace("\\\n", " "))[1:]
        return all(os.path.getmtime(source) < made for source in sources)
    except OSError:  # not compiled yet, or a header has gone
        return False


class Build(build_ext):
    """Find the libraries, then compile those C files of the extension that changed, on all cores.

    The `parallel` option of setuptools only spreads whole extensions.
    """

    def finalize_options(self):
        super().finalize_options()
        if os.name == "nt" and self.compiler is None:
            self.compiler = "mingw32"  # the C of csrc/ is not that of MSVC

    def can_compile(self, includes, compile_args, link_args=None):
        """Tell whether a program with these headers can be compiled, and linked if there are flags for that."""
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "probe.c")
            with open(source, "w") as file:
                file.write(f"#include <stddef.h>\n{includes}\nint main(void) {{ return 0; }}\n")
            output = ["-o", os.path.join(folder, "probe")]
            steps = ["-c"] if link_args is None else link_args
            command = [*self.compiler.compiler_so, *compile_args, source, *steps, *output]
            try:
                return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0
            except OSError:  # there is no such program
                return False

    def check_compiler(self):
        if not self.can_compile("", []):
            fail_for_want_of(f"a C compiler ({self.compiler.compiler_so[0]})")
        headers = [f"-I{folder}" for folder in self.compiler.include_dirs]
        if not self.can_compile("#include <Python.h>", headers):
            fail_for_want_of("the header of Python (Python.h)")

    def find_libraries(self, ext):
        left_out = os.environ.get("FASTJOBLIB_WITHOUT", "").split(",")
        missing = []
        for name, (package, includes, library, required) in LIBRARIES.items():
            if name in left_out and not required:
                continue
            compile_args, link_args = flags_of(package, library)
            if self.can_compile(includes, compile_args, link_args):
                ext.define_macros.append((f"FJ_HAVE_{name.upper()}", "1"))
                ext.extra_compile_args += compile_args
                ext.extra_link_args += link_args
            elif required or INSIDE:
                missing.append(name)
        if missing:
            fail_for_want_of(" and ".join(f"{name} with its headers" for name in missing))

    def build_extension(self, ext):
        self.check_compiler()
        self.find_libraries(ext)
        self.force = True  # what need not be compiled again is decided for each object
        self.build_temp = self.folder_of_objects(ext)
        compile_all, compile_one = self.compiler.compile, self.compiler._compile

        def compile_if_stale(object_file, *args):
            if not is_current(object_file):
                compile_one(object_file, *args)

        def compile(*args, **kwargs):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                jobs = []
                self.compiler._compile = lambda *a: jobs.append(
                    pool.submit(compile_if_stale, *a)
                )
                objects = compile_all(*args, **kwargs)
            for job in jobs:
                job.result()  # raises what the compiler raised
            return objects

        self.compiler.compile = compile
        super().build_extension(ext)

    def folder_of_objects(self, ext):
        """Name a folder for objects of these options alone, so that others are never taken for current."""
        folder = self.build_temp
        if self.editable_mode:  # pip names a folder of its own, and removes it
            ordinary = build(self.distribution)
            ordinary.ensure_finalized()
            folder = ordinary.build_temp
        options = [
            self.compiler.compiler_so,
            self.compiler.include_dirs,
            ext.include_dirs,
            ext.define_macros,
            ext.extra_compile_args,
        ]
        return os.path.join(folder, hashlib.sha256(repr(options).encode()).hexdigest()[:12])


class Metadata(egg_info):
    """Name the licences of the libraries inside, which the wheel then has beside our own."""

    def finalize_options(self):
        super().finalize_options()
        if INSIDE:
            shutil.copytree(f"{INSIDE}/licenses", "licenses", dirs_exist_ok=True)
            metadata = self.distribution.metadata
            metadata.license_expression = LICENSES
            metadata.license_files = sorted({*metadata.license_files, *glob("licenses/*.txt")})


core = Extension(
    "fastjoblib._core",
    sources=sorted(glob("csrc/**/*.c", recursive=True)),
    depends=sorted(glob("csrc/**/*.h", recursive=True)),
    include_dirs=["csrc", numpy.get_include()],
    extra_compile_args=compile_flags(),
    extra_link_args=link_flags(),
)

setup(ext_modules=[core], cmdclass={"build_ext": Build, "egg_info": Metadata})
