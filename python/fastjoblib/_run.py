"""Find a script or module, and run it as ``python`` itself would.

runpy does nearly that, but takes the module ``__main__`` away when its code has
ended, before threads and exit handlers that need it have, and its frames stand
in every traceback.
"""

import builtins
import importlib.util
import io
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType

__all__ = ["Program", "find_module", "find_script"]


def _hide_own_frames(code: CodeType | None) -> None:
    """Let the traceback of an uncaught exception begin where `code` does.

    For no code at all, as with a SyntaxError, there is none to show.
    """
    show = sys.excepthook  # the program's own, if it has set one

    def show_from_code(
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        while traceback is not None and traceback.tb_frame.f_code is not code:
            traceback = traceback.tb_next
        show(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = show_from_code


def _set_search_path(first: str) -> None:
    """Put `first` where Python has put the directory of what it runs itself."""
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        sys.path[0] = first


class Program:
    """Code that is ready to run.

    Parameters
    ----------
    name : str
        What it finds in ``sys.argv[0]``.
    code : code object
    module : module
        Becomes ``__main__``, and stays it.
    """

    def __init__(self, name: str, code: CodeType, module: ModuleType) -> None:
        self._name = name
        self._code = code
        self._module = module

    def run(self, arguments: Sequence[str]) -> None:
        """Run it.

        Parameters
        ----------
        arguments : sequence of str
            What it finds in ``sys.argv[1:]``.

        Raises
        ------
        BaseException
            What it raises.
        """
        sys.argv[:] = [self._name, *arguments]
        sys.modules["__main__"] = self._module
        names = vars(self._module)
        # As in Python's own __main__; exec would put a dict there.
        names["__builtins__"] = builtins
        names.setdefault("__annotations__", {})
        names.setdefault("__cached__", None)
        try:
            exec(self._code, names)
        except BaseException:
            _hide_own_frames(self._code)
            raise


def _program_of_spec(spec: ModuleSpec, name: str | None = None) -> Program:
    get_code = getattr(spec.loader, "get_code", None)
    try:
        code = None if get_code is None else get_code(spec.name)
    except (SyntaxError, ValueError):
        _hide_own_frames(None)
        raise
    if not isinstance(code, CodeType):
        raise ImportError(f"{spec.name} has no code to run", name=spec.name)
    module = importlib.util.module_from_spec(spec)
    module.__name__ = "__main__"
    return Program(name or module.__file__ or spec.name, code, module)


def find_script(path: str) -> Program:
    """Find a file, or the ``__main__.py`` of a directory or zip file.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If the file cannot be read.
    ImportError
        If there is no ``__main__.py`` in the directory or zip file.
    SyntaxError, ValueError
        If it is no Python; the second for NUL characters until Python 3.11.
    """
    full_path = os.path.abspath(path)
    importer = pkgutil.get_importer(full_path)
    if importer is not None:
        spec = importer.find_spec("__main__", None)
        if spec is None:
            raise ImportError(f"can't find '__main__' module in {path!r}")
        _set_search_path(full_path)
        return _program_of_spec(spec, path)

    with io.open_code(full_path) as file:
        source = file.read()
    _set_search_path(os.path.dirname(os.path.realpath(path)))
    try:
        code = compile(source, full_path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        _hide_own_frames(None)
        raise
    module = ModuleType("__main__")
    module.__file__ = full_path
    module.__loader__ = SourceFileLoader("__main__", full_path)
    return Program(path, code, module)


def find_module(name: str) -> Program:
    """Find a module by its name, or the ``__main__`` of a package.

    The packages around it are imported.

    Parameters
    ----------
    name : str

    Raises
    ------
    ImportError
        If there is no such module, or none that can be run.
    SyntaxError, ValueError
        If it is no Python; the second for NUL characters until Python 3.11.
    """
    _set_search_path(os.getcwd())
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name = f"{name}.__main__"
        spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name}", name=name)
    return _program_of_spec(spec)
