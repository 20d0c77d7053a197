"""save_model and log_model: a model, sealed, in the folder that MLflow keeps."""

import os
import shutil
import sys
import types
from collections.abc import Mapping
from typing import Any

import mlflow
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.models.signature import _infer_signature_from_input_example
from mlflow.models.utils import _save_example
from mlflow.utils.environment import _CONDA_ENV_FILE_NAME, _PYTHON_ENV_FILE_NAME, _validate_env_arguments
from mlflow.utils.file_utils import get_total_file_size
from mlflow.utils.model_utils import _validate_and_copy_code_paths, _validate_and_prepare_target_save_path

from fastjoblib._arguments import ByValue
from fastjoblib._files import Compress, dump
from fastjoblib._models.facts import json_safe
from fastjoblib._seal.finding import read_seal
from fastjoblib._version import __version__
from fastjoblib.mlflow.places import FLAVOR_NAME, MODEL_FILE
from fastjoblib.mlflow.pyfunc import Predictor, check_method
from fastjoblib.mlflow.requirements import write_environment

__all__ = ["log_model", "save_model"]


def save_model(
    model: object,
    path: str | os.PathLike[str],
    *,
    conda_env: Any = None,
    code_paths: list[str] | None = None,
    mlflow_model: Any = None,
    signature: Any = None,
    input_example: Any = None,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    pyfunc_predict_fn: str | None = "predict",
    metadata: Mapping[str, Any] | None = None,
    compress: Compress = 3,
    protocol: int | None = None,
    by_value: ByValue = False,
) -> None:
    """Save a model into a folder, in MLflow's format.

    The model is in ``model.joblib``, which ``joblib.load`` reads, sealed as by
    ``dump(..., seal=True)``.

    Parameters
    ----------
    model : object
        Anything that can be pickled and predicts, or transforms.
    path : str or os.PathLike
        Of a folder that is not there, or empty.
    conda_env : dict or str, optional
        An environment, or the path of one, in place of what is found out.
    code_paths : list of str, optional
        Files and folders with modules that the model needs, to be saved with it.
    mlflow_model : mlflow.models.Model, optional
        To which the flavor is added; `log_model` gives it.
    signature : mlflow.models.ModelSignature or False, optional
        By default what `input_example` and the prediction from it show; False for none.
    input_example : optional
        A few rows of data, as for MLflow's own flavors; a tuple of data and parameters
        for a method that takes some.
    pip_requirements, extra_pip_requirements : list of str or str, optional
        Requirements, or the path of a file of them, in place of or beside those that
        are found out: fastjoblib, the packages that the model's seal names, and what
        MLflow sees imported when the model predicts.
    pyfunc_predict_fn : str or None, default="predict"
        The method that ``mlflow.pyfunc`` and the server call: "predict",
        "predict_proba", "transform", "decision_function" or any other that takes data.
        None saves the model without the flavor ``python_function``.
    metadata : mapping, optional
        For MLflow, and for the seal, where it stands beside the IDs of the run and of
        the model; up to 256 KiB as JSON.
    compress : int, bool, str or tuple of (str, int), default=3
        As for ``fastjoblib.dump``.
    protocol : int, optional
        As for ``fastjoblib.dump``.
    by_value : bool, or iterable of str or module, default=False
        As for ``fastjoblib.dump``: True saves functions and classes of the notebook or
        script with the model.

    Raises
    ------
    AttributeError
        If the model does not have the method `pyfunc_predict_fn`.
    mlflow.exceptions.MlflowException
        If the folder is there and not empty, or what MLflow is given is none.
    OSError, pickle.PicklingError, TypeError, ValueError, ImportError
        As ``fastjoblib.dump``.

    Notes
    -----
    A save that fails leaves no folder.

    Examples
    --------
    >>> import os, tempfile, fastjoblib.mlflow
    >>> path = os.path.join(tempfile.mkdtemp(), "words")
    >>> fastjoblib.mlflow.save_model(["a", "b"], path, pyfunc_predict_fn="count", pip_requirements=[])
    >>> import mlflow
    >>> mlflow.pyfunc.load_model(path).predict("b")
    1
    """
    path = os.fspath(path)
    _validate_env_arguments(conda_env, pip_requirements, extra_pip_requirements)
    if pyfunc_predict_fn is not None:
        check_method(model, pyfunc_predict_fn)
    flavors = Model() if mlflow_model is None else mlflow_model
    if metadata is not None:
        flavors.metadata = metadata
    _validate_and_prepare_target_save_path(path)
    try:
        packages = _write_model(model, os.path.join(path, MODEL_FILE), flavors, compress, protocol, by_value)
        _describe(flavors, model, path, signature, input_example, pyfunc_predict_fn)
        _add_flavors(flavors, path, pyfunc_predict_fn, code_paths)
        write_environment(
            path, packages, pyfunc_predict_fn is not None, conda_env, pip_requirements, extra_pip_requirements
        )
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _write_model(
    model: object, path: str, flavors: Any, compress: Compress, protocol: int | None, by_value: ByValue
) -> list[str]:
    """Write the model's file, and return the packages that its seal names."""
    known = {"run_id": flavors.run_id, "model_id": getattr(flavors, "model_id", None), "metadata": flavors.metadata}
    known = {key: value for key, value in known.items() if value is not None}
    dump(model, path, compress, protocol, seal=True, metadata=json_safe(known), by_value=by_value)
    with open(path, "rb") as file:
        seal = read_seal(file)
    assert seal is not None  # we have just written it
    return list(seal.facts["packages"])


def _describe(flavors: Any, model: object, path: str, signature: Any, input_example: Any, method: str | None) -> None:
    """Save the example, and what goes into and comes out of the model."""
    example = _save_example(flavors, input_example, path)
    if signature is None and example is not None and method is not None:
        # MLflow calls what it infers a signature by `predict`, whichever method it is to call later.
        function = types.SimpleNamespace(predict=getattr(Predictor(model), method))
        signature = _infer_signature_from_input_example(example, function)
    if signature is not None and signature is not False:
        flavors.signature = signature


def _add_flavors(flavors: Any, path: str, method: str | None, code_paths: list[str] | None) -> None:
    """Write the MLmodel file, by which the model can be loaded from here on."""
    code = _validate_and_copy_code_paths(code_paths, path)
    if method is not None:
        mlflow.pyfunc.add_to_model(
            flavors,
            loader_module="fastjoblib.mlflow",
            conda_env=_CONDA_ENV_FILE_NAME,
            python_env=_PYTHON_ENV_FILE_NAME,
            code=code,
            predict_fn=method,
        )
    flavors.add_flavor(FLAVOR_NAME, fastjoblib_version=__version__, model_file=MODEL_FILE, code=code)
    flavors.model_size_bytes = get_total_file_size(path)
    flavors.save(os.path.join(path, MLMODEL_FILE_NAME))


def log_model(
    model: object,
    name: str | None = None,
    *,
    registered_model_name: str | None = None,
    await_registration_for: int | None = 300,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    **kwargs: Any,
) -> Any:
    """Save a model into the store of MLflow, for the run that is active if one is.

    Parameters
    ----------
    model : object
        As for `save_model`.
    name : str, optional
        Of the model in the run.
    registered_model_name : str, optional
        Register it as the next version of the model of this name.
    await_registration_for : int or None, default=300
        For how many seconds to wait until that version is ready; 0 or None for not at all.
    params, tags : mapping, optional
        What MLflow notes of the model; newer versions give the tags to the registered
        version too.
    model_type : str, optional
    step : int, default=0
        Of the training.
    model_id : str, optional
        Of a model that was made before.
    **kwargs
        What else `save_model` takes, and ``mlflow.models.Model.log``: `run_id`,
        `prompts`, `resources`, `auth_policy`.

    Returns
    -------
    mlflow.models.model.ModelInfo

    Raises
    ------
    AttributeError, OSError, pickle.PicklingError, TypeError, ValueError, ImportError
        As `save_model`.
    mlflow.exceptions.MlflowException
        Of the store.

    Examples
    --------
    >>> import fastjoblib.mlflow, mlflow                                         # doctest: +SKIP
    >>> with mlflow.start_run():                                                 # doctest: +SKIP
    ...     info = fastjoblib.mlflow.log_model(model, "iris", input_example=X[:5])
    >>> fastjoblib.mlflow.load_model(info.model_uri)                             # doctest: +SKIP
    RandomForestClassifier()
    """
    return Model.log(
        artifact_path=None,
        name=name,
        flavor=sys.modules["fastjoblib.mlflow"],
        model=model,
        registered_model_name=registered_model_name,
        await_registration_for=await_registration_for,
        params=params,
        tags=tags,
        model_type=model_type,
        step=step,
        model_id=model_id,
        **kwargs,
    )
