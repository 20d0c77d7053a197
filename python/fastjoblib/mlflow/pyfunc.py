"""What MLflow calls to predict, whatever the model is."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Predictor", "check_method"]


def check_method(model: object, name: str) -> None:
    """Raise if a model does not have the method by which MLflow is to predict."""
    if not isinstance(name, str):
        raise TypeError(f"pyfunc_predict_fn must be the name of a method, or None, found {name!r:.200}")
    if not callable(getattr(model, name, None)):
        raise AttributeError(
            f"{type(model).__name__} has no method {name!r}, which python_function would call: name another one, like "
            "pyfunc_predict_fn='transform', or None to save the model without python_function",
            name=name,
            obj=model,
        )


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
