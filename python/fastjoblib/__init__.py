"""Save and load Python objects with NumPy arrays, fast, in joblib's files.

The usual way to use it is ``import fastjoblib as joblib``: `dump` and `load`
take the same arguments, read and write the same files and raise the same
errors as joblib's, and what else joblib has is here too.
"""

import sys
from typing import TYPE_CHECKING, Any

from fastjoblib import _joblib, pickle
from fastjoblib._compress.registry import register_compressor
from fastjoblib._errors import (
    DamagedFileError,
    EnvironmentMismatchWarning,
    FastjoblibError,
    InvalidFileError,
    NotSealedError,
    ObjectChangedError,
    OnnxExportError,
    OnnxMismatchWarning,
    TruncatedFileError,
    UntrustedError,
)
from fastjoblib._files import dump, dumps, load, loads
from fastjoblib._later import import_later
from fastjoblib._version import __version__

if TYPE_CHECKING:
    from fastjoblib._compress.zstd_wrapper import ZstdCompressorWrapper
    from fastjoblib._hash import hash
    from fastjoblib._inspect import Report, inspect
    from fastjoblib._models.card import ModelCard
    from fastjoblib._models.latest import rollback
    from fastjoblib._models.listing import compare_models, list_models
    from fastjoblib._models.loading import load_model
    from fastjoblib._models.saving import save_model
    from fastjoblib._models.sizes import check_size
    from fastjoblib._onnx.exporting import to_onnx
    from fastjoblib._onnx.reading import OnnxReport, inspect_onnx
    from fastjoblib._onnx.result import OnnxExport
    from fastjoblib._patch import patch_joblib, unpatch_joblib
    from fastjoblib._safe import Limits, safe_load
    from fastjoblib._seal.verifying import verify
    from fastjoblib._show_versions import show_versions
    from fastjoblib._unpicklable import find_unpicklable

    # joblib says nothing of its types.
    Logger: Any
    MemorizedResult: Any
    Memory: Any
    Parallel: Any
    ParallelBackendBase: Any
    PrintTime: Any
    StoreBackendBase: Any
    cpu_count: Any
    delayed: Any
    effective_n_jobs: Any
    expires_after: Any
    parallel_backend: Any
    parallel_config: Any
    register_parallel_backend: Any
    register_store_backend: Any
    wrap_non_picklable_objects: Any

    # Its modules.
    backports: Any
    compressor: Any
    disk: Any
    executor: Any
    externals: Any
    func_inspect: Any
    hashing: Any
    logger: Any
    memory: Any
    numpy_pickle: Any
    numpy_pickle_compat: Any
    numpy_pickle_utils: Any
    parallel: Any
    pool: Any

__all__ = [
    "DamagedFileError",
    "EnvironmentMismatchWarning",
    "FastjoblibError",
    "InvalidFileError",
    "Limits",
    "ModelCard",
    "NotSealedError",
    "ObjectChangedError",
    "OnnxExport",
    "OnnxExportError",
    "OnnxMismatchWarning",
    "OnnxReport",
    "Report",
    "TruncatedFileError",
    "UntrustedError",
    "ZstdCompressorWrapper",
    "__version__",
    "check_size",
    "compare_models",
    "dump",
    "dumps",
    "find_unpicklable",
    "hash",
    "inspect",
    "inspect_onnx",
    "list_models",
    "load",
    "load_model",
    "loads",
    "patch_joblib",
    "pickle",
    "register_compressor",
    "rollback",
    "safe_load",
    "save_model",
    "show_versions",
    "to_onnx",
    "unpatch_joblib",
    "verify",
]

if _joblib.is_installed():
    __all__ += _joblib.NAMES

# Imported when they are first asked for, so that saving and loading begin at once.
_LATER = {
    "Limits": "_safe",
    "ModelCard": "_models.card",
    "OnnxExport": "_onnx.result",
    "OnnxReport": "_onnx.reading",
    "Report": "_inspect",
    "ZstdCompressorWrapper": "_compress.zstd_wrapper",
    "find_unpicklable": "_unpicklable",
    "check_size": "_models.sizes",
    "compare_models": "_models.listing",
    "hash": "_hash",
    "inspect": "_inspect",
    "inspect_onnx": "_onnx.reading",
    "list_models": "_models.listing",
    "load_model": "_models.loading",
    "rollback": "_models.latest",
    "patch_joblib": "_patch",
    "safe_load": "_safe",
    "save_model": "_models.saving",
    "show_versions": "_show_versions",
    "to_onnx": "_onnx.exporting",
    "unpatch_joblib": "_patch",
    "verify": "_seal.verifying",
}

if not TYPE_CHECKING:  # which would take every name for one of ours

    def __getattr__(name: str) -> Any:
        if name in _LATER:
            found = getattr(import_later(f"{__name__}.{_LATER[name]}"), name)
        elif name in _joblib.NAMES or name in _joblib.MODULES:
            try:
                found = _joblib.find(name)
            except AttributeError as error:
                # `from fastjoblib import NAME` asks in this function of importlib, and would drop the message.
                if sys._getframe(1).f_code.co_name == "_handle_fromlist":
                    raise ImportError(str(error), name=__name__, path=__file__) from None
                raise
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LATER, *_joblib.NAMES, *_joblib.MODULES})
