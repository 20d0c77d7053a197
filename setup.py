# SPDX-License-Identifier: BSD-3-Clause
"""Build of the C extension; everything else is in pyproject.toml.

Environment variables, for developers:

    FASTJOBLIB_WERROR=1     warnings are errors
    FASTJOBLIB_DEBUG=1      no optimisation, C asserts on
    FASTJOBLIB_SANITIZE=1   AddressSanitizer and UBSan, C asserts on
"""

import os
from concurrent.futures import ThreadPoolExecutor
from glob import glob

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


def enabled(name):
    return os.environ.get(name, "") not in ("", "0", "false")


def compile_flags():
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-fvisibility=hidden"]
    if enabled("FASTJOBLIB_WERROR"):
        flags.append("-Werror")
    # -UNDEBUG: Python's own flags, which come first, define it.
    if enabled("FASTJOBLIB_SANITIZE"):
        flags += ["-O1", "-g", "-fno-omit-frame-pointer", "-UNDEBUG", *SANITIZERS]
    elif enabled("FASTJOBLIB_DEBUG"):
        flags += ["-O0", "-g", "-UNDEBUG"]
    else:
        flags += ["-O3", "-DNDEBUG"]
    return flags


class BuildInParallel(build_ext):
    """Compile the C files of the extension on all cores.

    The `parallel` option of setuptools only spreads whole extensions.
    """

    def build_extension(self, ext):
        compile_all, compile_one = self.compiler.compile, self.compiler._compile

        def compile(*args, **kwargs):
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                jobs = []
                self.compiler._compile = lambda *a: jobs.append(
                    pool.submit(compile_one, *a)
                )
                objects = compile_all(*args, **kwargs)
            for job in jobs:
                job.result()  # raises what the compiler raised
            return objects

        self.compiler.compile = compile
        super().build_extension(ext)


core = Extension(
    "fastjoblib._core",
    sources=sorted(glob("csrc/**/*.c", recursive=True)),
    depends=sorted(glob("csrc/**/*.h", recursive=True)),
    include_dirs=["csrc", numpy.get_include()],
    extra_compile_args=compile_flags(),
    extra_link_args=SANITIZERS if enabled("FASTJOBLIB_SANITIZE") else [],
)

setup(ext_modules=[core], cmdclass={"build_ext": BuildInParallel})
