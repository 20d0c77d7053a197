"""load_model, and what MLflow calls to load a model as a function."""

import os
from collections.abc import Sequence
from typing import Any

from mlflow import environment_variables
from mlflow.tracking.artifact_utils import _download_artifact_from_uri
from mlflow.utils.model_utils import _add_code_from_conf_to_system_path, _get_flavor_configuration

from fastjoblib._errors import UntrustedError
from fastjoblib._fileobjects import naming
from fastjoblib._models.files import open_regular
from fastjoblib._models.loading import load_verified
from fastjoblib.mlflow.places import FLAVOR_NAME, MODEL_FILE
from fastjoblib.mlflow.pyfunc import Predictor

__all__ = ["_load_pyfunc", "load_model"]

_ALLOWS = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"


def _load(directory: str, trusted: Sequence[str] | None) -> Any:
    """Load the model in a folder after it has been verified."""
    path = os.path.join(directory, MODEL_FILE)
    allows = getattr(environment_variables, _ALLOWS, None)  # which early versions of MLflow 3 do not know
    if trusted is None and allows is not None and not allows.get():
        raise UntrustedError(path, f"{_ALLOWS} is false, so that it needs load_model(..., trusted=...)", 0)
    with naming(path), open_regular(path) as file:
        return load_verified(file, trusted)


def load_model(
    model_uri: str,
    dst_path: str | None = None,
    trusted: Sequence[str] | None = None,
) -> Any:
    """Load a model that `save_model` or `log_model` has saved: the object itself.

    Before anything in the file is run, its seal must fit.

    .. warning::
       Without `trusted` this runs what the file tells it to run, as
       ``fastjoblib.load``.  A seal is no signature: load only from stores that you
       trust.

    Parameters
    ----------
    model_uri : str
        As for MLflow's own flavors: a path, ``runs:/...``, ``models:/name/version``,
        ``models:/name@alias``, ``models:/model_id``, or a URI of a store.
    dst_path : str, optional
        An existing directory into which to download.
    trusted : sequence of str, optional
        Load restricted, as ``fastjoblib.safe_load`` with these policies.  Code that was
        saved with the model (`code_paths`) is left alone then.

    Returns
    -------
    object

    Raises
    ------
    DamagedFileError, NotSealedError
        If the file is not the one that was saved; names it, and what is damaged.
    UntrustedError
        As ``fastjoblib.safe_load``; also without `trusted` where the environment
        variable ``MLFLOW_ALLOW_PICKLE_DESERIALIZATION`` is false.
    FileNotFoundError, InvalidFileError
        If the file is missing, or none.
    mlflow.exceptions.MlflowException
        If there is no such model, or it does not have this flavor.

    Warns
    -----
    EnvironmentMismatchWarning
        As ``fastjoblib.load``.

    Examples
    --------
    >>> import os, tempfile, fastjoblib.mlflow
    >>> path = os.path.join(tempfile.mkdtemp(), "numbers")
    >>> fastjoblib.mlflow.save_model([1.5, 2.5], path, pyfunc_predict_fn=None)
    >>> fastjoblib.mlflow.load_model(path)
    [1.5, 2.5]
    >>> fastjoblib.mlflow.load_model(path, trusted=())
    [1.5, 2.5]
    """
    directory = _download_artifact_from_uri(artifact_uri=model_uri, output_path=dst_path)
    configuration = _get_flavor_configuration(model_path=directory, flavor_name=FLAVOR_NAME)
    if trusted is None:
        _add_code_from_conf_to_system_path(directory, configuration)
    return _load(directory, trusted)


def _load_pyfunc(path: str) -> Predictor:
    """Load a model as a function: ``mlflow.pyfunc.load_model`` calls this, with the path of the folder."""
    return Predictor(_load(path, None))
