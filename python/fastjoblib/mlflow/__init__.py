"""A flavor of MLflow: models in joblib's format, compressed, sealed, and verified at every load.

`save_model`, `log_model` and `load_model` are used as those of MLflow's own flavors.
Each model has the flavor ``python_function`` too, so that it is served, evaluated
and loaded by ``mlflow.pyfunc`` like any other.  See docs/mlflow.md.
"""

try:
    import mlflow
except ModuleNotFoundError as _error:
    if _error.name != "mlflow":  # it is there, and lacks something itself
        raise
    raise ImportError("fastjoblib.mlflow needs MLflow: pip install 'fastjoblib[mlflow]'", name="mlflow") from None
if int(mlflow.__version__.partition(".")[0]) < 3:
    raise ImportError(f"fastjoblib.mlflow needs MLflow 3 or newer, found {mlflow.__version__}", name="mlflow")

from fastjoblib.mlflow.loading import _load_pyfunc, load_model
from fastjoblib.mlflow.places import FLAVOR_NAME
from fastjoblib.mlflow.saving import log_model, save_model

# MLflow looks for the private one by its name.
__all__ = ["FLAVOR_NAME", "_load_pyfunc", "load_model", "log_model", "save_model"]
