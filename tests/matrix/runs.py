# SPDX-License-Identifier: BSD-3-Clause
"""Run a matrix: install its environments, let each write, then each read what all have written."""

import dataclasses
import fcntl
import json
import pathlib
import time
from concurrent.futures import ThreadPoolExecutor

from matrix.environments import CACHE, CommandFailed, Environment, install
from matrix.layout import DESCRIPTIONS, MAPPED, file_name, files_of

PROCESSES = 2


@dataclasses.dataclass
class Results:
    directory: pathlib.Path  # where each writer has a directory of its name
    unusable: dict = dataclasses.field(default_factory=dict)  # environment: why it cannot write
    files: dict = dataclasses.field(default_factory=dict)  # writer: the names of its files
    failures: dict = dataclasses.field(default_factory=dict)  # (reader, writer): {file: what went wrong}
    reads: int = 0


class Run:
    """One run. `log` takes a line of text whenever something has been done."""

    def __init__(self, environments, directory, fastjoblib=None, log=None):
        self.environments = environments
        self.directory = directory
        self.fastjoblib = fastjoblib
        self.log = log or (lambda line: None)
        self.installed = {}
        self.results = Results(directory)
        self.start = time.monotonic()

    def run(self):
        CACHE.mkdir(parents=True, exist_ok=True)
        with open(CACHE / "lock", "w") as lock, ThreadPoolExecutor(PROCESSES) as pool:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two runs may not install into one place
            bases = {(e.python, e.numpy): [] for e in self.environments}
            for environment in self.environments:
                bases[environment.python, environment.numpy].append(environment)
            self.say(pool.map(self.install, bases.values()))
            self.say(pool.map(self.write, list(self.installed)))
            self.say(pool.map(self.read, [e for e in self.results.files if e.tool != "pickle"]))
        return self.results

    def say(self, lines):
        for line in lines:
            self.log(f"{time.monotonic() - self.start:6.0f} s  {line}")

    def install(self, environments):
        for environment in environments:
            try:
                self.installed[environment] = install(environment, self.fastjoblib)
            except CommandFailed as error:
                self.results.unusable[environment] = str(error)
        return f"installed {environments[0].python} with NumPy {environments[0].numpy}"

    def write(self, environment):
        directory = self.directory / str(environment)
        try:
            self.installed[environment].run("write.py", directory, environment.tool)
        except CommandFailed as error:
            self.results.unusable[environment] = str(error)
            return f"{environment} cannot write"
        names = json.loads((directory / DESCRIPTIONS).read_text())
        files = [DESCRIPTIONS]
        for name, protocol, compression in files_of(environment.tool, names):
            file = file_name(name, protocol, compression)
            files += [file, file + " mapped"] if name in MAPPED else [file]
        self.results.files[environment] = files
        return f"{environment} has written"

    def read(self, environment):
        writers = list(self.results.files)
        arguments = [f"{self.directory / str(writer)}={writer.tool}" for writer in writers]
        lines = self.installed[environment].run("read.py", environment.tool, *arguments).splitlines()
        for writer, line in zip(writers, lines, strict=True):
            answer = json.loads(line)
            self.results.failures[environment, writer] = answer["failures"]
            self.results.reads += answer["reads"]
        return f"{environment} has read"


def environments_of(pythons, numpys, joblibs):
    """All combinations, with the tools that the matrix has: versions of joblib, fastjoblib and pickle."""
    return [
        environment
        for python in pythons
        for numpy in numpys
        for environment in (
            *(Environment(python, numpy, "joblib", version) for version in joblibs),
            Environment(python, numpy, "fastjoblib"),
            Environment(python, numpy, "pickle"),
        )
    ]
