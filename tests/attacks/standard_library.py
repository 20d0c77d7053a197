# SPDX-License-Identifier: BSD-3-Clause
"""Functions of the standard library that run code, write files, or fetch what does.

Most were published as ways past one scanner or another.
"""

from attacks import assemble as a


def simple(mark):
    """Module, name and arguments of a single call."""
    path, command, code = mark.path, mark.command, mark.code
    return [
        ("os", "system", command),
        ("posix", "system", command),
        ("posix", "mkdir", path),
        ("os", "popen", command),
        ("subprocess", "Popen", ["touch", path]),
        ("subprocess", "run", ["touch", path]),
        ("subprocess", "call", ["touch", path]),
        ("subprocess", "check_output", ["touch", path]),
        ("subprocess", "getoutput", command),
        ("commands", "getoutput", command),
        ("pty", "spawn", ["touch", path]),
        ("builtins", "exec", code),
        ("builtins", "eval", mark.expression),
        ("builtins", "open", path, "w"),
        ("__builtin__", "eval", mark.expression),
        ("__builtin__", "open", path, "w"),
        ("io", "open", path, "w"),
        ("_io", "open", path, "w"),
        ("_io", "FileIO", path, "w"),
        ("codecs", "open", path, "w"),
        ("gzip", "open", path, "wb"),
        ("bz2", "BZ2File", path, "w"),
        ("lzma", "open", path, "wb"),
        ("tarfile", "open", path, "w"),
        ("zipfile", "ZipFile", path, "w"),
        ("logging", "FileHandler", path),
        ("distutils.file_util", "write_file", path, ["x"]),
        ("shutil", "copyfile", "/dev/null", path),
        ("shutil", "copytree", "/dev/shm/..", path),
        ("runpy", "_run_code", code, {}),
        ("timeit", "main", ["-n1", "-r1", code]),
        ("cProfile", "run", code),
        ("profile", "run", code),
        ("pdb", "run", code),
        ("trace", "main"),
        ("uuid", "_get_command_stdout", "touch", path),
        ("imaplib", "IMAP4_stream", command),
        ("pydoc", "pipepager", "text", command),
        ("pydoc", "tempfilepager", "text", f"touch {path}; true"),
        ("_osx_support", "_read_output", command),
        ("_aix_support", "_read_cmd_output", command),
        ("webbrowser", "open", "about:blank"),
        ("socket", "create_connection", ["127.0.0.1", 1]),
        ("ssl", "get_server_certificate", ["127.0.0.1", 1]),
        ("urllib.request", "urlopen", "data:,x"),
        ("pip", "main", ["--version"]),
        ("ensurepip", "_run_pip", ["--version"]),
        ("venv", "create", path),
        ("nt", "system", command),
        ("idlelib.calltip", "get_entity", mark.expression),
        ("test.support.script_helper", "assert_python_ok", "-c", code),
        ("multiprocessing.util", "spawnv_passfds", b"/bin/touch", [b"touch", path.encode()], []),
        ("compileall", "compile_file", path),
        ("ctypes", "CDLL", path),
        ("importlib", "import_module", "antigravity"),
        ("doctest", "debug_script", code),
        ("typing", "ForwardRef", mark.expression),
    ]


NOT_RUN = {
    "trace.main": "takes its arguments from sys.argv",
    "webbrowser.open": "would open a window",
    "socket.create_connection": "would open a connection",
    "ssl.get_server_certificate": "would open a connection",
    "urllib.request.urlopen": "would open a connection",
    "pip.main": "would run pip",
    "ensurepip._run_pip": "would run pip",
    "nt.system": "only on Windows",
    "compileall.compile_file": "leaves compiled code, not the marker",
    "ctypes.CDLL": "needs a library on disk",
    "importlib.import_module": "would open a window",
    "doctest.debug_script": "asks for a debugger's commands",
    "typing.ForwardRef": "compiles, and evaluates later",
    "venv.create": "takes long",
    "pdb.run": "asks for a debugger's commands",
    "_aix_support._read_cmd_output": "only on AIX",
    "shutil.copytree": "would copy a tree",
}


def look_alikes(mark):
    """Names that look like others; they cannot be loaded, but should not look clean."""
    for name, module, attribute in (
        ("full-width", "\uff4f\uff53", "system"),
        ("cyrillic", "\u043es", "system"),
        ("blank-behind", "os ", "system"),
        ("blank-before", " os", "system"),
        ("carriage-return", "os\r", "system\r"),
        ("null", "os\0", "system"),
        ("zero-width", "o\u200bs", "system"),
        ("upper-case", "OS", "System"),
    ):
        yield name, a.pickled(a.call(a.looked_up(module, attribute), a.text(mark.command)), protocol=4)


def build(mark):
    for module, name, *arguments in simple(mark):
        full = f"{module}.{name}"
        why_not = NOT_RUN.get(full, "")
        data = a.pickled(a.run(module, name, *arguments))
        needs = module if module not in ("commands", "__builtin__", "nt") else ""
        yield a.Attack(
            "standard library",
            full,
            f"{full} in one call",
            data,
            loader=None if why_not else "pickle",
            why_not=why_not,
            needs=needs,
        )
    for name, data in look_alikes(mark):
        yield a.Attack(
            "look-alikes", name, "a name that looks like os.system", data, loader=None, why_not="no such module exists"
        )
