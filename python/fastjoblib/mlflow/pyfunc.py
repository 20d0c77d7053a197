"""What MLflow calls to predict, whatever the model is."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Predictor", "check_method"]


def check_method(model: object, name: str) -> None:
    """Raise if a model does not have the method by which MLflow is to predict."""
    if not isinstance(name, str):
        raise TypeError(f"pyfunc_predict_fn must be the name of a method, or None, found {name!r:.200}")
    reason = None
    try:
        if callable(getattr(model, name)):
            return
    except AttributeError as error:  # scikit-learn's say why a method is not there for these parameters
        reason = error
    raise AttributeError(
        f"{type(model).__name__} has no method {name!r}, which python_function would call: name another one, like "
        "pyfunc_predict_fn='transform', or None to save the model without python_function",
        name=name,
        obj=model,
    ) from reason


class Predictor:
    """A model whose methods take what MLflow gives: the data, and parameters as a mapping.

    Parameters
    ----------
    model : object
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def get_raw_model(self) -> Any:
        """Return the model itself; ``PyFuncModel.get_raw_model`` does."""
        return self._model

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a method of the model, as MLflow calls it.

        MLflow looks for a parameter `params`, which scikit-learn's methods do not have, or have for something else.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(self._model, name)

        def predict(data: Any, params: Mapping[str, Any] | None = None) -> Any:
            return method(data, **(params or {}))

        return predict
