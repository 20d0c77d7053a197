"""Run a script or module as ``python`` itself does.

runpy takes the module ``__main__`` away when its code has ended, before threads and
exit handlers that need it have, and its frames stand in every traceback.
"""

import builtins
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType

__all__ = ["find_program"]


def _hide_own_frames(code: CodeType | None) -> None:
    """Let the traceback of an uncaught exception begin where `code` does; None: there is nothing to show."""
    show = sys.excepthook  # the program's own, if it has set one

    def show_from_code(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        while traceback is not None and traceback.tb_frame.f_code is not code:
            traceback = traceback.tb_next
        show(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = show_from_code


def _execute(name: str, code: CodeType, module: ModuleType, arguments: Sequence[str]) -> None:
    sys.argv[:] = [name, *arguments]
    sys.modules["__main__"] = module
    # As in Python's own __main__; exec would put a dict there.
    module.__dict__.update(__name__="__main__", __builtins__=builtins)
    if sys.version_info < (3, 14):  # later ones make annotations when they are asked for
        module.__dict__.setdefault("__annotations__", {})
    if sys.version_info < (3, 15):
        module.__dict__.setdefault("__cached__", None)
    try:
        exec(code, module.__dict__)
    except BaseException:
        _hide_own_frames(code)
        raise


def _set_search_path(first: str) -> None:
    """Put `first` where Python has put the folder of what it runs itself."""
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        sys.path[0] = first


def _find_spec(name: str) -> ModuleSpec:
    """Find a module, or the ``__main__`` of a package."""
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        name += ".__main__"
        spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name}", name=name)
    return spec


def _load(spec: ModuleSpec) -> tuple[CodeType, ModuleType]:
    get_code = getattr(spec.loader, "get_code", None)
    code = None if get_code is None else get_code(spec.name)
    if not isinstance(code, CodeType):
        raise ImportError(f"{spec.name} has no code to run", name=spec.name)
    return code, importlib.util.module_from_spec(spec)


def _load_script(path: str) -> tuple[CodeType, ModuleType]:
    loader = SourceFileLoader("__main__", path)
    module = ModuleType("__main__")
    module.__file__, module.__loader__ = path, loader
    return loader.source_to_code(loader.get_data(path), path), module


def find_program(name: str, is_module: bool) -> Callable[[Sequence[str]], None]:
    """Find what ``python name`` or ``python -m name`` would run.

    Returns a function that runs it, given what it shall find in ``sys.argv[1:]``. Its
    module stays ``__main__``, and what it raises is shown without our own frames.
    Raises OSError for a script that cannot be read, ImportError where nothing is to
    be run, and SyntaxError or ValueError for what is no Python.
    """
    path = os.path.abspath(name)
    importer = None if is_module else pkgutil.get_importer(path)
    try:
        if is_module:
            _set_search_path(os.getcwd())
            code, module = _load(_find_spec(name))
            name = module.__file__ or name
        elif importer is not None:  # of a folder or a zip file
            spec = importer.find_spec("__main__", None)
            if spec is None:
                raise ImportError(f"can't find '__main__' module in {name!r}")
            _set_search_path(path)
            code, module = _load(spec)
        else:
            _set_search_path(os.path.dirname(os.path.realpath(path)))
            code, module = _load_script(path)
    except (SyntaxError, ValueError):
        _hide_own_frames(None)
        raise
    return partial(_execute, name, code, module)
