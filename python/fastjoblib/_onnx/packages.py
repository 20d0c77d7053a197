"""The packages that ONNX needs, of which none is imported before it is used."""

import importlib
from typing import Any

__all__ = ["need"]


def need(name: str) -> Any:
    """Import a module of `skl2onnx`, `onnx` or `onnxruntime`.

    Raises
    ------
    ImportError
        Which names the extra to install, where the package is missing.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise  # the package is there, but something that it needs is not
        message = f"ONNX needs the package {package!r}: pip install 'fastjoblib[onnx]'"
        raise ImportError(message, name=package) from error
