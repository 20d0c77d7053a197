# SPDX-License-Identifier: BSD-3-Clause
"""The tables of names: each is real, none is both, and what runs code is dangerous under all its names."""

import importlib
import operator
import warnings

import numpy as np
import pandas
import pytest
import scipy
import sklearn
from fastjoblib._inspect import dangerous, safe_learning, safe_older, safe_python, safe_scientific, safe_values
from fastjoblib._inspect.verdicts import verdict
from sklearn.utils import all_estimators


def version(module):
    return tuple(int(part) for part in module.__version__.split(".")[:2])


# What the tables of current names were made from; other versions lack some of them.
TABLES = {
    "PYTHON": (safe_python.PYTHON, True),
    "NUMPY": (safe_python.NUMPY, version(np) >= (2, 3)),
    "SCIPY": (safe_scientific.SCIPY, version(scipy) >= (1, 16)),
    "PANDAS": (safe_scientific.PANDAS, version(pandas) >= (3, 0)),
    "SCIKIT_LEARN": (safe_learning.SCIKIT_LEARN, version(sklearn) >= (1, 9)),
    "JOBLIB": (safe_learning.JOBLIB, True),
    "VALUES": (safe_values.VALUES, version(np) >= (2, 3) and version(sklearn) >= (1, 9)),
}
# Functions that harmless files call, all to restore an object; whatever else is in the other tables is a class.
CALLED = """
    encode _array_reconstructor __newobj__ __newobj_ex__ _reconstructor _compile _convert_to_stringdtype_kwargs
    _reconstruct scalar _frombuffer _mareconstruct __RandomState_ctor __bit_generator_ctor __generator_ctor
    __randomstate_ctor _unpickle_block _nat_unpickle __nat_unpickle _timedelta_unpickle _unpickle_timestamp _new_Index
    _new_DatetimeIndex _new_IntervalIndex _new_TimedeltaIndex new_block newObj _p _UTC
    """.split()
IS_CURRENT = pytest.mark.parametrize("table", [name for name, (_, current) in TABLES.items() if current])


def pairs(table):
    return [(module, name) for module, names in table.items() for name in names.split()]


def exists(module, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moved modules warn
        try:
            operator.attrgetter(name)(importlib.import_module(module))
        except (AttributeError, ImportError):
            return False
        return True


@IS_CURRENT
def test_safe_names_exist(table):
    assert [pair for pair in pairs(TABLES[table][0]) if not exists(*pair)] == []


@pytest.mark.parametrize("package", ["lightgbm", "xgboost"])
def test_safe_names_of_boosting_exist(package):
    pytest.importorskip(package, reason="tests do not need it")
    for module, name in pairs(safe_scientific.BOOSTING):
        assert not module.startswith(package) or exists(module, name), (module, name)


def test_no_name_stands_in_two_tables():
    tables = [table for table, _ in TABLES.values()] + [safe_older.OLDER, safe_values.OLDER_VALUES]
    found = [pair for table in tables for pair in pairs(table)]
    assert len(set(found)) == len(found)


def callables():
    """What is safe to call."""
    tables = [table for name, (table, _) in TABLES.items() if name != "VALUES"] + [safe_older.OLDER]
    return {pair for table in tables for pair in pairs(table)}


def test_no_name_is_safe_and_dangerous():
    safe = callables()
    assert safe.isdisjoint(pairs(dangerous.DANGEROUS))
    assert {name for _, name in safe}.isdisjoint(dangerous.EVERYWHERE)
    assert all(verdict(*pair) == "safe" for pair in safe)


def test_of_functions_only_those_that_restore_objects_may_be_called():
    """Numbers' types neither: they make an array of whatever says that it is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there = [pair for pair in sorted(callables()) if exists(*pair)]
        found = [(name, operator.attrgetter(name)(importlib.import_module(module))) for module, name in there]
    assert len(found) > 500
    functions = {name for name, value in found if not isinstance(value, type)}
    functions = {name for name in functions if not name.startswith("__pyx_unpickle_")}  # by Cython, for one class each
    assert functions - set(CALLED) == {"Ellipsis", "NA", "NotImplemented", "ZoneInfo._unpickle"}
    assert {name for name, value in found if isinstance(value, type) and issubclass(value, np.generic)} == {"record"}


def test_values_are_safe_until_they_are_called():
    values = pairs(safe_values.VALUES) + pairs(safe_values.OLDER_VALUES)
    assert {verdict(*pair, is_run=False) for pair in values} == {"safe"}
    assert {pair[1] for pair in values if verdict(*pair) != "unknown"} == {"memmap"}
    assert verdict("numpy.core.memmap", "memmap", is_run=False) == "safe"


def test_all_estimators_are_safe():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [estimator for _, estimator in all_estimators()]
    assert len(found) > 150
    assert [each for each in found if verdict(each.__module__, each.__name__) != "safe"] == []


@pytest.mark.parametrize(
    "name",
    """
    os.system posix.system nt.system subprocess.Popen sys.exit builtins.eval builtins.exec builtins.compile
    builtins.getattr builtins.__import__ builtins.open __builtin__.apply __builtin__.execfile io.open _io.open
    _io.FileIO operator.attrgetter _operator.methodcaller operator.itemgetter functools.partial functools.reduce
    _functools.partial importlib.import_module runpy._run_code runpy.run_path code.InteractiveInterpreter pty.spawn
    socket.create_connection webbrowser.open shutil.rmtree ctypes.CDLL pickle.loads _pickle.loads cPickle.loads
    dill.loads cloudpickle.cloudpickle.subimport joblib.load joblib.numpy_pickle.load joblib.parallel.BatchedCalls
    numpy.load numpy.fromfile numpy.memmap numpy.testing._private.utils.runstring numpy.f2py.crackfortran.getlincoef
    numpy.ctypeslib.load_library numpy.core._ufunc_reconstruct numpy._core._ufunc_reconstruct torch.load
    torch.hub.load pandas.read_pickle pandas.eval pandas.io.pickle.read_pickle pandas.core.computation.eval.eval
    pip.main timeit.timeit cProfile.run profile.run bdb.Bdb pdb.run asyncio.create_subprocess_exec
    logging.config.listen logging.FileHandler lib2to3.pgen2.grammar.Grammar distutils.file_util.write_file
    idlelib.run.Executive pydoc.locate pydoc.pipepager doctest.debug_script trace.Trace zipimport.zipimporter
    ssl.get_server_certificate types.CodeType types.FunctionType marshal.loads pkgutil.resolve_name
    uuid._get_command_stdout imaplib.IMAP4_stream ensurepip._run_pip venv.create _osx_support._read_output
    _aix_support._read_cmd_output _pyrepl.pager.pipe_pager test.support.script_helper.assert_python_ok
    urllib.request.urlopen httplib.HTTPSConnection requests.api.get aiohttp.client.request commands.getoutput
    multiprocessing.util.spawnv_passfds tempfile.mktemp glob.glob sqlite3.connect fileinput.input linecache.getlines
    difflib.context_diff py_compile.compile compileall.compile_dir mmap.mmap select.select syslog.syslog
    tarfile.open zipfile.ZipFile shelve.open signal.signal threading.Thread atexit.register gc.get_objects
    site.addsitedir unittest.mock.patch inspect.getattr_static codeop.compile_command scipy.io.loadmat
    scipy.stats._continuous_distns.norm_gen sklearn.datasets._base.load_files sklearn.externals.joblib.load
    sklearn.utils.parallel._FuncWrapper fickling.fickle.Pickled picklescan.scanner.scan_url
    torch._inductor.codecache.compile_file torch.jit.unsupported_tensor_ops.execWrapper
    torch.storage._load_from_bytes numpy.distutils.exec_command.exec_command fastjoblib.load random._os
    mypackage.system mypackage._subprocess
    """.split(),
)
def test_dangerous(name):
    assert verdict(*name.rsplit(".", 1)) == "dangerous"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("collections", "OrderedDict.__reduce__"),
        ("zoneinfo", "ZoneInfo.from_file"),
        ("datetime", "ZoneInfo._unpickle"),
        ("numpy", "core.multiarray.os"),
        ("sklearn.tree._tree", "__loader__"),
        (" os", "system "),
        ("\uff4f\uff53", "system"),  # full width
        ("builtins", "\uff45val"),
        ("os\n", "truncate"),
    ],
)
def test_tricks_with_names_are_dangerous(module, name):
    assert verdict(module, name) == "dangerous"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("__main__", "Scaler"),
        ("mypackage.models", "Model"),
        ("osmium", "Node"),
        ("builtins", "type"),
        ("numpy", "does_not_exist"),
        ("sklearn.tree", "_tree"),
        ("\u043es", "system_"),  # a Cyrillic letter
        ("", ""),
    ],
)
def test_what_no_table_knows_is_unknown(module, name):
    assert verdict(module, name) == "unknown"


def test_one_verdict_for_both_names_of_numpys_inner_modules():
    assert verdict("numpy.core.multiarray", "_reconstruct") == "safe"
    assert verdict("numpy._core.multiarray", "_reconstruct") == "safe"
    assert verdict("numpy.core.multiarray", "fromfile") == "dangerous"


def test_a_memory_map_is_dangerous_when_it_is_called():
    assert verdict("numpy", "memmap", is_run=False) == "safe"
    assert verdict("numpy", "memmap") == "dangerous"
    assert verdict("os", "system", is_run=False) == "dangerous"


def test_a_logger_alone_may_be_held():
    assert verdict("logging", "getLogger", is_run=False) == "safe"
    assert verdict("logging", "getLogger") == "unknown"
    assert verdict("logging", "Logger", is_run=False) == "dangerous"
