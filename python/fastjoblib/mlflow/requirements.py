"""What must be installed where a model is loaded."""

import importlib.metadata
import os
from collections.abc import Iterable
from typing import Any

import yaml
from mlflow.models import infer_pip_requirements
from mlflow.utils.environment import (
    _CONDA_ENV_FILE_NAME,
    _CONSTRAINTS_FILE_NAME,
    _PYTHON_ENV_FILE_NAME,
    _REQUIREMENTS_FILE_NAME,
    _process_conda_env,
    _process_pip_requirements,
    _PythonEnv,
)
from mlflow.utils.file_utils import write_to
from mlflow.utils.requirements_utils import _get_pinned_requirement

from fastjoblib._version import __version__
from fastjoblib.mlflow.places import FLAVOR_NAME

__all__ = ["write_environment"]


def _of_packages(packages: Iterable[str]) -> list[str]:
    """Return what is to be installed for packages by the names that are imported, with the versions of here.

    What no distribution has, such as a module of the user's, is left to `code_paths`.
    """
    distributions = importlib.metadata.packages_distributions()
    names = {name for package in packages for name in distributions.get(package, ())}
    # MLflow adds itself.
    names -= {"fastjoblib", *distributions.get("mlflow", ())}
    return [f"fastjoblib=={__version__}", *map(_get_pinned_requirement, sorted(names))]


def _inferred(path: str, packages: Iterable[str], is_function: bool) -> list[str]:
    """Return what the seal knows, and what MLflow finds out.

    MLflow loads the model in another process and predicts by the example: it sees what a
    prediction imports, which a seal does not know, but nothing of a model which that process
    cannot load, and not what our unpickler, in C, imports by itself.
    """
    requirements = _of_packages(packages)
    if not is_function:  # MLflow loads functions only
        return requirements
    return sorted({*requirements, *infer_pip_requirements(path, FLAVOR_NAME, fallback=requirements)})


def write_environment(
    path: str,
    packages: Iterable[str],
    is_function: bool,
    conda_env: Any,
    pip_requirements: Any,
    extra_pip_requirements: Any,
) -> None:
    """Write the files of a model by which MLflow makes an environment for it.

    Parameters
    ----------
    path : str
        Of the model, whose MLmodel file is there.
    packages : iterable of str
        That its seal names.
    is_function : bool
        It has the flavor ``python_function``.
    conda_env, pip_requirements, extra_pip_requirements
        As for `save_model`.
    """
    if conda_env is not None:
        environment, requirements, constraints = _process_conda_env(conda_env)
    else:
        inferred = None if pip_requirements is not None else _inferred(path, packages, is_function)
        environment, requirements, constraints = _process_pip_requirements(
            inferred, pip_requirements, extra_pip_requirements
        )
    write_to(os.path.join(path, _CONDA_ENV_FILE_NAME), yaml.safe_dump(environment, default_flow_style=False))
    if constraints:
        write_to(os.path.join(path, _CONSTRAINTS_FILE_NAME), "\n".join(constraints))
    write_to(os.path.join(path, _REQUIREMENTS_FILE_NAME), "\n".join(requirements))
    _PythonEnv.current().to_yaml(os.path.join(path, _PYTHON_ENV_FILE_NAME))
