"""Calls with numbers only: losses of scikit-learn."""

from typing import Any

import numpy as np

from fastjoblib._safe.checks.values import demand

__all__ = ["check_multinomial_call", "check_numbers_call"]


def check_numbers_call(args: tuple[Any, ...]) -> None:
    """Refuse what is no number: Cython would look for methods of other objects."""
    for each in args:
        demand(type(each) in (int, float) or isinstance(each, np.floating), "a loss", "numbers", each)


def check_multinomial_call(args: tuple[Any, ...]) -> None:
    """__pyx_unpickle_CyHalfMultinomialLoss(class, checksum, state)."""
    from sklearn._loss._loss import CyHalfMultinomialLoss

    good = len(args) == 3 and args[0] is CyHalfMultinomialLoss and type(args[1]) is int and args[2] in (None, ())
    demand(good, "a loss", "its class, a checksum and no state", args)
