# SPDX-License-Identifier: BSD-3-Clause
"""Files for which a scanner has to know what a name does with what it is given."""

from attacks import assemble as a

SIZE = 200  # bytes of the array in which opcodes are hidden
FLOATS = a.call(a.named("numpy", "dtype"), a.text("f8"), b"\x89", b"\x88")
FLOATS += b"(K\x03" + a.text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
# They name nothing dangerous.
SUSPICIOUS = {"given-read", "given-read_array", "given-constructor", "given-dtype", "given-frame"}

WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")


def state(**changed):
    items = {
        "subclass": a.named("numpy", "ndarray"),
        "shape": a.plain((SIZE // 8,)),
        "order": a.text("C"),
        "dtype": FLOATS,
        "allow_mmap": b"\x88",
        "numpy_array_alignment_bytes": b"N",
    }
    return {key: value for key, value in {**items, **changed}.items() if value}


def wrapper(**changed):
    """An array behind the wrapper of joblib, up to its data."""
    return a.instance(*WRAPPER) + a.dict_of(**state(**changed)) + b"b"


def hidden(code):
    """Opcodes that take the place of an array's data."""
    return (b"0" + code + a.STOP).ljust(SIZE, b"\0") + a.STOP


def constructed(code):
    """The constructor has set an alignment, so that joblib begins with a byte of how many more to pass."""
    made = a.call(a.named(*WRAPPER), *list(state().values())[:4])
    data = b"\x09".ljust(SIZE, b"\0")
    code = b"0" + code + a.STOP
    passed = b"N0" * 4 + b"C" + bytes([len(code)])  # by joblib; whoever knows of no alignment runs it
    return made + a.dict_of(**state(numpy_array_alignment_bytes=b"")) + b"b" + data + passed + code + a.STOP


def wrappers(mark):
    system = a.run("os", "system", mark.command)
    for name in ("read", "read_array"):
        changed = {name: a.named("collections", "ChainMap")}
        yield name, f"the wrapper's own {name} reads no data", wrapper(**changed) + hidden(system)
    evil = a.named("types", "SimpleNamespace") + b")R" + a.dict_of(hasobject=b"\x88", itemsize=b"K\x08") + b"b"
    yield "dtype", "an object that has what joblib asks a dtype for", wrapper(dtype=evil) + a.pickled(system)
    yield (
        "frame",
        "joblib runs the rest of a frame after the data",
        a.framed(wrapper() + b"0" + system + a.STOP) + bytes(SIZE),
    )
    yield "constructor", "an alignment that is not in the wrapper's state", constructed(system)


def callers(mark):
    """Harmless functions, of numpy.memmap, which is harmless as long as nothing calls it."""
    memmap = a.named("numpy", "memmap")
    arguments = [a.text(mark.path), a.text("u1"), a.text("w+"), b"K\0", b"K\1\x85"]
    yield (
        "newobj",
        "copyreg.__newobj__ of what it is given",
        a.call(a.named("copyreg", "__newobj__"), memmap, *arguments),
    )
    keywords = a.call(a.named("copyreg", "__newobj_ex__"), memmap, a.tuple_of(*arguments), b"}")
    yield "newobj-ex", "copyreg.__newobj_ex__ of what it is given", keywords


def build(mark):
    for name, shows, data in callers(mark):
        yield a.Attack("given", f"given-{name}", shows, a.pickled(data))
    for name, shows, data in wrappers(mark):
        yield a.Attack("given", f"given-{name}", shows, b"\x80\x04" + data, "joblib")
