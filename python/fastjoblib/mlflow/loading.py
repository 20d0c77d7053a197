"""load_model, and what MLflow calls to load a model as a function."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlflow import environment_variables
from mlflow.exceptions import MlflowException
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.tracking.artifact_utils import _download_artifact_from_uri
from mlflow.utils.model_utils import _add_code_from_conf_to_system_path, _get_flavor_configuration

from fastjoblib._errors import InvalidFileError, UntrustedError
from fastjoblib._fileobjects import naming
from fastjoblib._files import load
from fastjoblib._models.files import open_regular
from fastjoblib._safe import safe_load
from fastjoblib._seal.verifying import verified
from fastjoblib.mlflow.places import FLAVOR_NAME, MODEL_FILE
from fastjoblib.mlflow.pyfunc import Predictor

__all__ = ["_load_pyfunc", "load_model"]

_ALLOWS = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"


@contextlib.contextmanager
def _verified(path: str) -> Iterator[Any]:
    """Open a file and prove that it is what was saved, and give what to load it from."""
    with naming(path), open_regular(path) as file, verified(file, False, None) as source:
        yield source


def _load_freely(directory: str, configuration: Mapping[str, Any]) -> Any:
    """Load the model in a folder, which may run anything, if MLflow permits that."""
    path = os.path.join(directory, MODEL_FILE)
    allows = getattr(environment_variables, _ALLOWS, None)  # which early versions of MLflow 3 do not know
    if allows is not None and not allows.get():
        raise UntrustedError(path, f"{_ALLOWS} is false, so that it needs load_model(..., trusted=...)", 0)
    with _verified(path) as source:
        _add_code_from_conf_to_system_path(directory, configuration)
        return load(source)


def _configuration(directory: str) -> Any:
    """Return what the MLmodel file says of our flavor."""
    path = os.path.join(directory, MLMODEL_FILE_NAME)
    open_regular(path).close()  # MLflow would wait for whoever writes a pipe
    try:
        return _get_flavor_configuration(model_path=directory, flavor_name=FLAVOR_NAME)
    except (MlflowException, OSError):
        raise
    except Exception as error:  # of MLflow's readers, which take it for their own
        found = f"found what it cannot read ({type(error).__name__}: {error!s:.200})"
        raise InvalidFileError(path, f"expected the description of a model by MLflow, {found}", 0) from error


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
        If the file or the MLmodel file is missing, or none.
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
    configuration = _configuration(directory)
    if trusted is None:
        return _load_freely(directory, configuration)
    with _verified(os.path.join(directory, MODEL_FILE)) as source:
        return safe_load(source, trusted)


def _load_pyfunc(path: str) -> Predictor:
    """Load a model as a function: ``mlflow.pyfunc.load_model`` calls this, with the path of the folder."""
    return Predictor(_load_freely(path, {}))  # MLflow has seen to the code
