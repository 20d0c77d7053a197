"""From a fitted model to the bytes of an ONNX file that runs."""

import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from fastjoblib._errors import OnnxExportError
from fastjoblib._inspect.text import shown
from fastjoblib._onnx.inputs import Inputs
from fastjoblib._onnx.naming import restore_names
from fastjoblib._onnx.packages import need
from fastjoblib._version import __version__

__all__ = ["Options", "Runnable", "convert", "option_names", "picks_columns"]

Options = Mapping[Any, Any]

_ML_OPSET = 3  # the latest whose trees skl2onnx writes, and the first with thresholds of float64
_QUIET = 4  # of ONNX Runtime's levels of logging: errors are raised too
# What skl2onnx's converters raise has no common base. NameError is for options that nothing knows.
_CONVERSION_ERRORS = (*(RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, NameError),)


class Runnable:
    """A converted model, loaded by ONNX Runtime.

    Attributes
    ----------
    data : bytes
        The file.
    session : onnxruntime.InferenceSession
    inputs : Inputs
        What it was converted for.
    """

    def __init__(self, data: bytes, inputs: Inputs) -> None:
        runtime = need("onnxruntime")
        settings = runtime.SessionOptions()
        settings.log_severity_level = _QUIET
        self.data = data
        self.inputs = inputs
        self.session = runtime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])
        self.results: list[Any] = self.session.run(None, inputs.feeds)


def convert(
    model: Any, inputs: Inputs, options: Options | None, target_opset: int | Mapping[str, int] | None
) -> Runnable:
    """Convert a model for its inputs, and run it once.

    Raises
    ------
    OnnxExportError
    """
    name = type(model).__name__
    if _splits_at_infinity(model):
        raise OnnxExportError(
            f"{name} cannot be converted: a tree in it parts missing values from all others, which skl2onnx lacks"
        )
    try:
        proto = _without_maps(model, inputs, options, _opsets(target_opset))
        _describe(proto, model)
        data = proto.SerializeToString()
    except _CONVERSION_ERRORS as error:
        raise _conversion_error(model, error) from error
    if _has_one_string(proto):
        raise OnnxExportError(f"{name} has one class, a string, for which ONNX Runtime would end this process")
    try:
        return Runnable(data, inputs)
    except Exception as error:  # ONNX Runtime's have no common base but this
        raise OnnxExportError(f"{name} was converted, but ONNX Runtime cannot run it: {_short(error)}") from error


def _has_one_string(proto: Any) -> bool:
    """Tell whether trees have a single label that is a string.

    ONNX Runtime 1.32 looks for a second one then and aborts, which nothing can catch.
    """
    return any(
        node.op_type == "TreeEnsembleClassifier"
        and attribute.name == "classlabels_strings"
        and len(attribute.strings) == 1
        for node in proto.graph.node
        for attribute in node.attribute
    )


def _splits_at_infinity(model: Any) -> bool:
    """Tell whether a tree parts missing values from all others, for which scikit-learn has a threshold of infinity.

    skl2onnx 1.20 looks for its neighbour, and never ends.
    """
    left, seen = [model], set()
    while left:
        part = left.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if hasattr(part, "get_params") and hasattr(part, "__dict__"):
            tree = vars(part).get("tree_")
            if tree is not None and np.isinf(tree.threshold).any():
                return True
            left.extend(vars(part).values())
        elif isinstance(part, (list, tuple)) or (isinstance(part, np.ndarray) and part.dtype == object):
            left.extend(np.ravel(part) if isinstance(part, np.ndarray) else part)
        elif isinstance(part, dict):
            left.extend(part.values())
    return False


def _opsets(target: int | Mapping[str, int] | None) -> dict[str, int]:
    if isinstance(target, Mapping):
        return dict(target)
    latest = min(need("skl2onnx").__max_supported_opset__, need("onnx").defs.onnx_opset_version())
    return {"": latest if target is None else target, "ai.onnx.ml": _ML_OPSET}


def _without_maps(model: Any, inputs: Inputs, options: Options | None, opsets: dict[str, int]) -> Any:
    """Convert with probabilities as one array, where the caller does not ask for others.

    By default they are a list of dicts, which is slow, and which no runtime but ONNX's own has.
    """
    given = dict(options or {})
    if hasattr(model, "classes_") and "zipmap" not in option_names(given):
        if any(isinstance(key, str) for key in given):
            arrays = {"zipmap": False, **given}
        else:
            arrays = {**given, id(model): {"zipmap": False, **given.get(id(model), {})}}
        try:
            return _skl2onnx(model, inputs, arrays, opsets)
        except NameError as error:
            if "'zipmap'" not in str(error):
                raise
            # Models that have no such option return arrays anyway.
    return _skl2onnx(model, inputs, given or None, opsets)


def option_names(options: Options | None) -> dict[str, Any]:
    """The options by their names, whatever part of the model they are for."""
    found: dict[str, Any] = {}
    for key, value in (options or {}).items():
        if isinstance(value, Mapping):
            found.update(value)
        else:
            found[str(key).rpartition("__")[2]] = value
    return found


def _skl2onnx(model: Any, inputs: Inputs, options: Options | None, opsets: dict[str, int]) -> Any:
    with warnings.catch_warnings():
        # Of packages about one another, of which the caller can change nothing.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", "Option zipmap is ignored")
        proto = need("skl2onnx").to_onnx(model, initial_types=inputs.types(), options=options, target_opset=opsets)
    restore_names(proto.graph, list(inputs.feeds))
    # The same set of operators may stand there twice, which the standard does not allow.
    versions: dict[str, int] = {}
    for each in proto.opset_import:
        versions[each.domain] = max(each.version, versions.get(each.domain, 0))
    del proto.opset_import[:]
    for domain, version in sorted(versions.items()):
        proto.opset_import.add(domain=domain, version=version)
    return proto


def _describe(proto: Any, model: Any) -> None:
    """Say in the file what it was made from."""
    cls = type(model)
    facts = {
        "fastjoblib_version": __version__,
        "model_class": f"{cls.__module__}.{cls.__qualname__}",
        "scikit_learn_version": need("sklearn").__version__,
    }
    need("onnx.helper").set_model_props(proto, facts)


def _parts(model: Any) -> dict[str, Any]:
    """The estimators in a model, by their names as of parameters; '' is the model."""
    parameters = model.get_params(deep=True) if hasattr(model, "get_params") else {}
    return {"": model, **{name: part for name, part in parameters.items() if hasattr(part, "get_params")}}


def picks_columns(model: Any) -> bool:
    """Tell whether columns of a DataFrame have names for the model, so that each must stay an input."""
    columns = need("sklearn.compose").ColumnTransformer
    return any(isinstance(part, columns) for part in _parts(model).values())


def _short(error: BaseException) -> str:
    return shown(" ".join(str(error).split()), 400)


def _conversion_error(model: Any, error: BaseException) -> OnnxExportError:
    name = type(model).__name__
    exceptions = need("skl2onnx.common.exceptions")
    if isinstance(error, (exceptions.MissingShapeCalculator, exceptions.MissingConverter)):
        found = re.search(r"<class '([^']+)'>", str(error))
        missing = found[1] if found else _short(error)
        places = [
            place
            for place, part in _parts(model).items()
            if place and f"{type(part).__module__}.{type(part).__qualname__}" == missing
        ]
        where = f" (its part {places[0]!r})" if places else ""
        return OnnxExportError(
            f"{name} cannot be converted: skl2onnx has no converter for {missing}{where}; "
            "skl2onnx.update_registered_converter registers those of other packages",
            unsupported=missing,
        )
    hint = ""
    text = _short(error)
    if error.__cause__ is not None:
        text = f"{shown(text, 100)}: {_short(error.__cause__)}"
    if "got a boolean" in text:
        hint = " (skl2onnx 1.20 writes this with protobuf below 7 only: pip install 'fastjoblib[onnx]')"
    return OnnxExportError(f"{name} cannot be converted: {text}{hint}")
