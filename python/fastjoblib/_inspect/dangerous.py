"""Names that no harmless model holds: what runs code, or is a step on the way there.

They run code, touch files, the network or processes, import modules, or call or fetch
by name what they are given, so that other harmless names become tools.  The list
cannot be complete: what stands in no list is "unknown", not safe.
"""

__all__ = ["DANGEROUS", "EVERYWHERE", "PACKAGES"]

# Packages and modules of which everything is dangerous, whatever is inside them.
PACKAGES = frozenset(
    """
    _abcoll aifc _aix_support antigravity argparse ast asynchat _asyncio asyncio asyncore atexit BaseHTTPServer bdb
    _bootsubprocess __builtin__ __builtins__ bz2 cgi CGIHTTPServer cgitb cmd code codecs codeop commands
    _compat_pickle compileall concurrent configparser contextlib cPickle cProfile crypt _ctypes ctypes _ctypes_test
    _curses curses dbhash _dbm dbm difflib dis distutils doctest dumbdbm _elementtree encodings ensurepip faulthandler
    fcntl filecmp fileinput filelock fpectl _frozen_importlib _frozen_importlib_external ftplib _functools functools
    gc _gdbm gdbm genericpath getopt getpass gettext glob gopherlib grp gzip hotshot htmllib http httplib idlelib
    ihooks imaplib imghdr _imp imp importlib imputil inspect _interpreters _io io lib2to3 linecache logging _lsprof
    lzma macpath mailbox mailcap marshal mhlib mimetools mimetypes mmap modulefinder msilib msvcrt _multiprocessing
    multiprocessing netrc nis nntplib nt ntpath nturl2path opcode _operator operator optparse os os2emxpath
    ossaudiodev _osx_support _overlapped pdb _pickle pickle pickletools pipes pkgutil platform plistlib popen2 poplib
    posix posixfile posixpath _posixshmem _posixsubprocess profile pstats pty pwd py_compile pyclbr pydoc pydoc_data
    pyexpat _pyio _pyrepl quopri readline reprlib resource rexec rlcompleter runpy sched select selectors shelve shlex
    shutil _signal signal SimpleHTTPServer SimpleXMLRPCServer site _sitebuiltins sitecustomize smtpd smtplib sndhdr
    _socket socket SocketServer socketserver spwd _sqlite3 sqlite3 _ssl ssl subprocess sunau _symtable symtable sys
    sysconfig syslog tabnanny tarfile telnetlib tempfile termios test test_support _testcapi _testinternalcapi _thread
    thread threading timeit Tkinter _tkinter tkinter tkMessageBox token tokenize trace traceback tracemalloc tty
    turtle turtledemo types unittest urllib urllib2 urlparse usercustomize uu uuid venv warnings wave weakref
    webbrowser _winapi _winreg winreg wsgiref xdrlib xml xmlrpc xmlrpclib _xxinterpchannels _xxsubinterpreters zipapp
    zipfile zipimport

    aiofiles aiohttp apt asyncssh billiard boto boto3 botocore cffi click cloudpickle cloudpickle_fast conda conda_env
    cppyy Cython cython dask dill distributed docker dotenv dulwich easy_install eventlet execnet fabric fastjoblib
    fickling fire fsspec gcsfs gevent git gunicorn httpcore httplib2 httpx huggingface_hub hy invoke ipykernel IPython
    ipython_genutils jinja2 joblib jsonpickle jupyter_client jupyter_core kaggle klepto lldb llvmlite loky mako matlab
    mlflow modelaudit modelscan multiprocess mysql netmiko nose nuitka numba numexpr paramiko pathos pexpect
    picklescan pika pip pkg_resources plumbum ppft psutil psycopg psycopg2 ptyprocess py pycurl pyftpdlib pyinotify
    pymongo pymysql pyodbc _pytest pytest python_on_whales pyximport ray redis requests requests_html rpy2 rpyc ruamel
    s3fs saferpickle scp scrapy selenium setuptools sh shellingham shelljob skops smart_open smbclient sqlalchemy
    sympy telnetlib3 tornado twisted urllib3 vcs werkzeug wget win32api win32com win32process wmi xonsh yaml zmq

    keras.models keras.saving keras.src.saving keras.utils lightgbm.dask numpy._build_utils numpy._core.tests
    numpy._pyinstaller numpy._pytesttester numpy.compat numpy.conftest numpy.ctypeslib numpy.distutils numpy.f2py
    numpy.lib._datasource numpy.lib._npyio_impl numpy.lib._utils_impl numpy.lib.format numpy.lib.introspect
    numpy.lib.npyio numpy.lib.utils numpy.testing pandas._config pandas._testing pandas._version pandas.compat
    pandas.conftest pandas.core.computation pandas.io pandas.plotting pandas.testing pandas.tests pandas.util
    scipy._build_utils scipy._lib scipy.conftest scipy.datasets scipy.io scipy.misc scipy.stats._continuous_distns
    scipy.stats._discrete_distns scipy.stats._distn_infrastructure scipy.weave sklearn._build_utils sklearn.conftest
    sklearn.datasets sklearn.externals sklearn.utils._joblib sklearn.utils._set_output sklearn.utils._show_versions
    sklearn.utils._testing sklearn.utils.deprecation sklearn.utils.discovery sklearn.utils.estimator_checks
    sklearn.utils.metaestimators sklearn.utils.parallel sklearn.utils.testing tensorflow.io tensorflow.keras
    tensorflow.python torch._C torch._dynamo torch._inductor torch.compiler torch.distributed torch.fx torch.hub
    torch.jit torch.multiprocessing torch.onnx torch.package torch.serialization torch.storage torch.testing
    torch.utils._config_module torch.utils.bottleneck torch.utils.collect_env torch.utils.cpp_extension
    torch.utils.data.datapipes torch.utils.model_zoo transformers.dynamic_module_utils transformers.utils.import_utils
    xgboost.dask xgboost.spark xgboost.testing xgboost.tracker
    """.split()
)

# Single names of modules that also hold harmless ones.
DANGEROUS = {
    "__main__": "__builtins__ __loader__ __spec__",
    "_codecs": "decode lookup register register_error",
    "builtins": """
        __build_class__ __import__ apply breakpoint compile delattr eval exec execfile exit file filter getattr
        globals help input intern locals map memoryview open print quit raw_input reduce reload setattr vars""",
    "copy": "_reconstruct copy deepcopy",
    "copyreg": "add_extension clear_extension_cache constructor dispatch_table pickle remove_extension",
    "copy_reg": "add_extension clear_extension_cache constructor dispatch_table pickle remove_extension",
    "dataclasses": "make_dataclass",
    "itertools": "accumulate dropwhile filterfalse groupby imap starmap takewhile",
    "json": "load",
    "numpy": """
        DataSource add_newdoc apply_along_axis apply_over_axes fromfile fromfunction frompyfunc fromregex genfromtxt
        info load loadtxt lookfor memmap piecewise recfromcsv recfromtxt safe_eval save savetxt savez
        savez_compressed seterrcall set_string_function show_config source test who""",
    "numpy._core": "_ufunc_reconstruct add_newdoc memmap",
    "numpy._core.function_base": "add_newdoc",
    "numpy._core.memmap": "memmap",
    "numpy._core.multiarray": "fromfile _set_typeDict set_legacy_print_mode set_string_function",
    "numpy._core._multiarray_umath": "fromfile frompyfunc",
    "numpy._core.records": "fromfile",
    "numpy.lib": "add_newdoc",
    "numpy.lib._shape_base_impl": "apply_along_axis apply_over_axes",
    "numpy.lib._function_base_impl": "piecewise",
    "numpy.lib.shape_base": "apply_along_axis apply_over_axes",
    "numpy.lib.function_base": "piecewise",
    "numpy.ma": "apply_along_axis apply_over_axes fromflex",
    "numpy.ma.extras": "apply_along_axis apply_over_axes",
    "pandas": """
        ExcelFile ExcelWriter HDFStore eval read_clipboard read_csv read_excel read_feather read_fwf read_gbq
        read_hdf read_html read_iceberg read_json read_orc read_parquet read_pickle read_sas read_spss read_sql
        read_sql_query read_sql_table read_stata read_table read_xml show_versions test to_pickle""",
    "sklearn": "show_versions",
    "scipy": "show_config test",
    "scipy.optimize": "show_options",
    "scipy.optimize._nonlin": "_nonlin_wrapper",
    "scipy.optimize._optimize": "show_options",
    "torch": "compile classes hub jit load ops save",
    "torch._utils": "_import_dotted_name",
    "torch._tensor": "_rebuild_from_type_v2",
    "typing": "ForwardRef get_type_hints",
    "xgboost.core": "_load_lib",
}

# Whatever module they are said to be in: modules import such functions from one another.
EVERYWHERE = frozenset(
    """
    Popen apply_async attrgetter breakpoint call_command check_call check_output compile eval exec exec_command execfile
    execl execle execlp execlpe execv execve execvp execvpe exec_module fork forkpty getattr getoutput getstatusoutput
    import_module importlib load_module load_source methodcaller os_system popen posix_spawn posix_spawnp read_pickle
    run_code run_module run_path runcode runsource runstring safe_eval setattr spawnl spawnle spawnlp spawnlpe spawnv
    spawnve spawnvp spawnvpe startfile system unpickle urlopen urlretrieve
    """.split()
)
