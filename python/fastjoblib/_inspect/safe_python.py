"""Names of Python and NumPy that harmless files hold, by module.

Exact names, never a whole module.  A name may stand here if harmless files call it, and
if calling it with any arguments, and giving it any state, imports nothing, and touches
no file, process or network.  That makes it a constructor, or a function that restores
an object.  Some call a function that they are given, as the constructors of NumPy's
random generators do: what a call is given counts as called, too, and is judged by its
own name.  What files only hold is in `safe_values`.
"""

__all__ = ["NUMPY", "PYTHON"]

PYTHON = {
    "_codecs": "encode",
    "argparse": "Namespace",
    "array": "_array_reconstructor array",
    "builtins": """
        Ellipsis NotImplemented bool bytearray bytes complex dict enumerate float frozenset int list object range
        reversed set slice str tuple ArithmeticError AssertionError AttributeError EOFError Exception IndexError
        KeyError LookupError MemoryError NotImplementedError OSError OverflowError RuntimeError RuntimeWarning
        StopIteration TypeError UserWarning ValueError Warning ZeroDivisionError""",
    "collections": "ChainMap Counter OrderedDict UserDict UserList UserString defaultdict deque",
    "copyreg": "__newobj__ __newobj_ex__ _reconstructor",
    "datetime": "date datetime time timedelta timezone",
    "decimal": """
        Clamped Context Decimal DivisionByZero FloatOperation Inexact InvalidOperation Overflow Rounded Subnormal
        Underflow""",
    "fractions": "Fraction",
    "http": "HTTPStatus",
    "ipaddress": "IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network",
    # Those that pickle as a call of themselves (until Python 3.14), and call nothing.
    "itertools": "combinations combinations_with_replacement count permutations product repeat",
    "pathlib": "PosixPath PurePosixPath PureWindowsPath WindowsPath",
    "random": "Random",
    "re": "RegexFlag _compile",
    "signal": "Signals",
    "time": "struct_time",
    "types": "SimpleNamespace",
    "urllib.parse": """
        DefragResult DefragResultBytes ParseResult ParseResultBytes SplitResult SplitResultBytes""",
    "uuid": "SafeUUID UUID",
    # The one attribute of a class: how Python restores time zones.
    "zoneinfo": "ZoneInfo ZoneInfo._unpickle",
}

# Modules as NumPy 2 names them; `verdict` maps numpy.core to numpy._core.
NUMPY = {
    "numpy": "dtype finfo iinfo matrix ndarray poly1d record",
    "numpy._core._internal": "_convert_to_stringdtype_kwargs",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.char": "chararray",
    "numpy.dtypes": """
        BoolDType ByteDType BytesDType CLongDoubleDType Complex128DType Complex64DType DateTime64DType Float16DType
        Float32DType Float64DType Int16DType Int32DType Int64DType Int8DType IntDType LongDType LongDoubleDType
        LongLongDType ObjectDType ShortDType StrDType StringDType TimeDelta64DType UByteDType UInt16DType
        UInt32DType UInt64DType UInt8DType UIntDType ULongDType ULongLongDType UShortDType VoidDType""",
    "numpy.ma": "MaskedArray",
    "numpy.ma.core": "MaskedArray MaskedConstant _mareconstruct",
    "numpy.polynomial.chebyshev": "Chebyshev",
    "numpy.polynomial.hermite": "Hermite",
    "numpy.polynomial.hermite_e": "HermiteE",
    "numpy.polynomial.laguerre": "Laguerre",
    "numpy.polynomial.legendre": "Legendre",
    "numpy.polynomial.polynomial": "Polynomial",
    "numpy.random._generator": "Generator",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64 PCG64DXSM",
    "numpy.random._philox": "Philox",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random._sfc64": "SFC64",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "numpy.random.mtrand": "RandomState",
    "numpy.rec": "recarray",
}
