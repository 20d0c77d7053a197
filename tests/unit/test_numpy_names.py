# SPDX-License-Identifier: BSD-3-Clause
"""Names that have moved: what NumPy 1 wrote loads with NumPy 2 and the other way round, without a warning."""

import importlib
import io
import pickle
import pickletools
import struct
import warnings

import fastjoblib
import fastjoblib.pickle
import joblib
import numpy as np
import pytest
from fastjoblib import _moved, _random_numpy1
from helpers.cases_object_arrays import objects
from helpers.classes import Reduce
from helpers.compare import assert_same
from helpers.control import error_of

NUMPY_2 = np.lib.NumpyVersion(np.__version__) >= "2.0.0"
HERE, THERE = ("numpy._core", "numpy.core") if NUMPY_2 else ("numpy.core", "numpy._core")


def by_global(module, name):
    return f"c{module}\n{name}\n".encode()


def by_stack_global(module, name):
    parts = (b"\x8c" + struct.pack("B", len(part)) + part.encode() for part in (module, name))
    return b"".join(parts) + b"\x93"


FORMS = [(2, by_global), (3, by_global), (4, by_stack_global), (5, by_stack_global)]


def load_name(module, name):
    """The global, from each kind of pickle."""
    found = [fastjoblib.loads(b"\x80" + bytes([proto]) + form(module, name) + b".") for proto, form in FORMS]
    assert all(one is found[0] for one in found)
    return found[0]


def as_other_numpy(value, protocol):
    """A pickle of the value as NumPy of the other major version names things."""
    data = pickle.dumps(value, protocol)
    if protocol < 4:
        return data.replace(b"c" + HERE.encode(), b"c" + THERE.encode())
    assert data[2:3] == b"\x95" and len(data) < 64 * 1024
    data = data[:2] + data[11:]  # without its one frame, the length of which will change
    for module in modules_in(data):
        moved = module.replace(HERE.encode(), THERE.encode())
        data = data.replace(b"\x8c" + bytes([len(module)]) + module, b"\x8c" + bytes([len(moved)]) + moved)
    return data


def modules_in(data):
    names = {arg for op, arg, _ in pickletools.genops(data) if "UNICODE" in op.name}
    return {name.encode() for name in names if name == HERE or name.startswith(HERE + ".")}


VALUES = {
    "array": lambda: np.arange(6.0).reshape(2, 3),
    "strided": lambda: np.arange(6)[::2],
    "objects": lambda: objects(1, "two", np.arange(3)),
    "scalars": lambda: [np.float64(1.5), np.int8(3), np.str_("x"), np.datetime64("2020-01-01"), np.complex64(1j)],
    "void": lambda: np.zeros(1, [("a", "<i4")])[0],
    "dtypes": lambda: [np.dtype(">f8"), np.dtype([("a", "O")]), np.dtype("M8[ns]")],
    "masked": lambda: np.ma.masked_array([1, 2], [True, False]),
    "records": lambda: np.rec.array([(1, 2.5)], dtype=[("a", "<i4"), ("b", "<f8")]),
    "ufuncs": lambda: [np.add, np.exp, np.logical_and],
    "functions": lambda: [np.mean, np.sum, np.where, np.concatenate, np.linalg.norm],
    "polynomial": lambda: np.polynomial.Polynomial([1.0, 2.0]).coef,
    "poly1d": lambda: np.poly1d([1, 2]),
    "bytes": lambda: np.array([b"a", b"bc"]),
    "types": lambda: [np.float64, np.ndarray, np.recarray, np.memmap, np.ufunc],
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_values_of_the_other_numpy(make, protocol):
    expected = pickle.loads(pickle.dumps(make(), protocol))
    assert_same(fastjoblib.loads(as_other_numpy(make(), protocol)), expected)


def test_renaming_renames():
    """The test above tests something."""
    for protocol in (2, 4, 5):
        data = as_other_numpy(np.arange(3), protocol)
        assert THERE.encode() + b"." in data and HERE.encode() + b"." not in data


@pytest.mark.parametrize("package", ["numpy.core", "numpy._core"])
@pytest.mark.parametrize(
    "module, name",
    [
        ("multiarray", "_reconstruct"),
        ("multiarray", "scalar"),
        ("multiarray", "ndarray"),
        ("numeric", "_frombuffer"),
        ("numeric", "ones"),
        ("numeric", "array_equal"),
        ("fromnumeric", "mean"),
        ("_multiarray_umath", "_reconstruct"),
        ("umath", "add"),
        ("records", "recarray"),
        ("defchararray", "chararray"),
        ("memmap", "memmap"),
        ("_internal", "_ctypes"),
        ("_exceptions", "_UFuncNoLoopError"),
        ("_methods", "_mean"),
    ],
)
def test_inner_modules_by_either_name(package, module, name):
    ours = importlib.import_module(f"{HERE}.{module}".rstrip("."))
    assert load_name(f"{package}.{module}".rstrip("."), name) is getattr(ours, name)


@pytest.mark.parametrize("package", ["numpy.core", "numpy._core"])
def test_names_in_plain_pickles(package):
    """fastjoblib.pickle finds them too; a find_class of the caller is told what the pickle says."""
    asked = []

    class Asking(fastjoblib.pickle.Unpickler):
        def find_class(self, module_name, global_name):
            asked.append((module_name, global_name))
            return super().find_class(module_name, global_name)

    for proto, form in FORMS:
        data = b"\x80" + bytes([proto]) + form(f"{package}.numeric", "ones") + b"."
        assert fastjoblib.pickle.loads(data) is np.ones
        assert Asking(io.BytesIO(data)).load() is np.ones
    assert asked == [(f"{package}.numeric", "ones")] * len(FORMS)


@pytest.mark.parametrize("package", ["numpy.core", "numpy._core"])
def test_ufuncs_as_numpy_before_1_20_wrote_them(package):
    for proto, form in FORMS:
        data = b"\x80" + bytes([proto]) + form(package, "_ufunc_reconstruct") + b"X\5\0\0\0numpyX\5\0\0\0log1p\x86R."
        assert fastjoblib.loads(data) is np.log1p


PAIRS = [
    (("numpy", "round_"), ("numpy", "round")),
    (("numpy", "product"), ("numpy", "prod")),
    (("numpy", "cumproduct"), ("numpy", "cumprod")),
    (("numpy", "sometrue"), ("numpy", "any")),
    (("numpy", "alltrue"), ("numpy", "all")),
    (("numpy", "format_parser"), ("numpy.rec", "format_parser")),
    (("numpy", "DataSource"), ("numpy.lib.npyio", "DataSource")),
    (("numpy.lib.index_tricks", "IndexExpression"), ("numpy.lib._index_tricks_impl", "IndexExpression")),
    (("numpy.lib.function_base", "average"), ("numpy.lib._function_base_impl", "average")),
    (("numpy.lib.arrayterator", "Arrayterator"), ("numpy.lib._arrayterator_impl", "Arrayterator")),
    (("numpy.core.records", "record"), ("numpy.rec", "record")),
]


@pytest.mark.filterwarnings("ignore:`:DeprecationWarning")  # NumPy 1.25 warns of names that it is about to take away
@pytest.mark.parametrize("old, new", PAIRS, ids=lambda pair: ".".join(pair))
def test_names_that_were_replaced(old, new):
    """One of them is there, whichever NumPy this is; both load."""
    assert callable(load_name(*old))
    assert callable(load_name(*new))
    if NUMPY_2:
        assert load_name(*old) is load_name(*new)


def test_tables_hold_names_that_are_there():
    """Of each pair, NumPy has one."""
    for pairs in (_moved._NAMES, [((old, ""), (new, "")) for old, new in _moved._MODULES]):
        for pair in pairs:
            assert any(is_there(*one) for one in pair), pair


def is_there(module, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = importlib.import_module(module)
            return not name or hasattr(found, name)
        except ImportError:
            return False


@pytest.mark.parametrize("module", ["numpy.core.no_such_module", "numpy._core.no_such_module", "numpy.no_such_module"])
def test_missing_modules_stay_missing(module):
    for proto, form in FORMS:
        data = b"\x80" + bytes([proto]) + form(module, "x") + b"."
        _, error = error_of(fastjoblib.loads, data)
        assert type(error) is ModuleNotFoundError and "no_such_module" in str(error)


@pytest.mark.parametrize("module", ["numpy", "numpy.core.numeric", "numpy._core.numeric", "collections"])
def test_missing_names_stay_missing(module):
    for proto, form in FORMS:
        data = b"\x80" + bytes([proto]) + form(module, "no_such_name") + b"."
        _, error = error_of(fastjoblib.loads, data)
        assert type(error) is AttributeError and "no_such_name" in str(error)


@pytest.mark.parametrize("module", ["numpy.corex", "xnumpy.core", "numpy_core", "sklearn.externals.joblibx"])
def test_packages_that_only_look_like_it(module):
    with pytest.raises(ModuleNotFoundError, match=module.partition(".")[0]):
        load_name(module, "ndarray")


@pytest.mark.parametrize(
    "module, name, expected",
    [
        ("sklearn.externals.joblib", "Memory", joblib.Memory),
        ("sklearn.externals.joblib.memory", "Memory", joblib.Memory),
        ("sklearn.externals.joblib.numpy_pickle", "NumpyPickler", joblib.numpy_pickle.NumpyPickler),
        ("sklearn.externals.joblib.hashing", "hash", joblib.hash),
    ],
)
def test_the_copy_of_joblib_in_scikit_learn(module, name, expected):
    assert load_name(module, name) is expected


KINDS = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]


def drawn(generator):
    """What a generator gives next."""
    if isinstance(generator, np.random.BitGenerator):
        generator = np.random.Generator(generator)
    return generator.random(5) if isinstance(generator, np.random.Generator) else generator.random_sample(5)


def as_numpy_2(generator):
    """What NumPy 2 tells pickle of a generator."""
    module = np.random._pickle
    if isinstance(generator, np.random.BitGenerator):
        state = (generator.state, generator.seed_seq)
        return Reduce((getattr(module, "__bit_generator_ctor"), (type(generator),), state))
    if isinstance(generator, np.random.Generator):
        return Reduce((getattr(module, "__generator_ctor"), (as_numpy_2(generator.bit_generator),), None))
    state = generator.get_state(legacy=False)
    return Reduce((getattr(module, "__randomstate_ctor"), (as_numpy_2(generator._bit_generator),), state))


def as_numpy_1(generator):
    """What NumPy 1 tells pickle of a generator."""
    module = np.random._pickle
    make = getattr(module, "__bit_generator_ctor")
    if isinstance(generator, np.random.BitGenerator):
        return Reduce((make, (type(generator).__name__,), generator.state))
    if isinstance(generator, np.random.Generator):
        state = generator.bit_generator.state
        return Reduce((getattr(module, "__generator_ctor"), (state["bit_generator"], make), state))
    state = generator.get_state(legacy=False)
    return Reduce((getattr(module, "__randomstate_ctor"), (state["bit_generator"], make), state))


def generators(kind):
    make = getattr(np.random, kind)
    return [make(5), np.random.Generator(make(5)), np.random.RandomState(make(5))]


@pytest.mark.parametrize("described", [as_numpy_1, as_numpy_2])
@pytest.mark.parametrize("kind", KINDS)
def test_random_generators_of_either_numpy(kind, described):
    for generator in generators(kind):
        drawn(generator)
        for protocol in (2, 4, 5):
            loaded = fastjoblib.loads(pickle.dumps(described(generator), protocol))
            again = fastjoblib.loads(fastjoblib.dumps(loaded))
            bare = isinstance(generator, np.random.BitGenerator)
            assert isinstance(loaded, type(generator)) if bare else type(loaded) is type(generator)
            expected = drawn(fastjoblib.loads(pickle.dumps(generator)))
            assert (drawn(loaded) == expected).all()
            assert (drawn(again) == expected).all()


@pytest.mark.parametrize("kind", KINDS)
def test_functions_that_stand_for_those_of_numpy_2(kind):
    """What NumPy 1 is given, with any NumPy."""
    for generator in generators(kind):
        rv = as_numpy_2(generator).rv
        loaded = rebuilt(rv)
        assert (drawn(loaded) == drawn(generator)).all()


def rebuilt(rv):
    """Do what BUILD does, with the functions that stand for NumPy's."""
    func, args, state = rv
    args = [rebuilt(arg.rv) if isinstance(arg, Reduce) else arg for arg in args]
    made = getattr(_random_numpy1, func.__name__)(*args)
    if state is not None:
        made.__setstate__(state)
    return made
