"""Checks of LightGBM's and XGBoost's own models, which hold a pointer to what their C++ has made of text or bytes.

What the text and the bytes say is not checked.
"""

from typing import Any

from fastjoblib._safe.checks.values import attributes, demand
from fastjoblib._safe.rules import Refused

__all__ = ["check_lightgbm", "check_lightgbm_built", "check_xgboost", "check_xgboost_built"]


def _check_first(obj: object, state: Any, what: str) -> dict[str, Any]:
    """Demand a state, and only one: another could put a number where C++ expects its pointer."""
    if attributes(obj):
        raise Refused(f"{what} was expected to get its state once, found another one")
    if type(state) is not dict:
        raise Refused(f"{what} was expected to get a dict, found a {type(state).__name__}")
    found: dict[str, Any] = state
    return found


def check_lightgbm(obj: Any, state: Any) -> None:
    """Demand the text of a model, from which Booster makes its pointer."""
    state = _check_first(obj, state, "lightgbm.Booster")
    model = state.get("_handle", state.get("handle"))
    demand(type(model) is str and bool(model), "lightgbm.Booster", "the text of a model", model)
    demand("_network" not in state or state["_network"] in (False, None), "lightgbm.Booster", "no network", True)


def check_xgboost(obj: Any, state: Any) -> None:
    """Demand the bytes of a model, from which Booster makes its pointer."""
    state = _check_first(obj, state, "xgboost.Booster")
    model = state.get("handle")
    demand(type(model) is bytearray and bool(model), "xgboost.Booster", "the bytes of a model", model)


def _check_built(objects: list[Any], name: str, what: str) -> None:
    for obj in objects:
        if attributes(obj).get(name) is None:
            raise Refused(f"{what} was expected to get a model, found none")


def check_lightgbm_built(objects: list[Any]) -> None:
    """Refuse those that have got no model."""
    _check_built(objects, "_handle", "lightgbm.Booster")


def check_xgboost_built(objects: list[Any]) -> None:
    """Refuse those that have got no model."""
    _check_built(objects, "handle", "xgboost.Booster")
