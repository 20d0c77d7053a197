# SPDX-License-Identifier: BSD-3-Clause
"""Fitted models: every estimator of scikit-learn, alone and with what users give them."""

import functools

from attacks.models import FEW
from integration.safe import predictors, transformers
from integration.safe.comparison import fitted, results
from integration.safe.estimators import of_every_estimator

__all__ = ["estimators", "few", "of_models"]


def of_models(found):
    """Cases of what yields a name, a fitted model and the data that its methods are given."""
    for name, model, given in found:
        yield name, model, functools.partial(results, given=given)


def few():
    """Some of the estimators that differ most from one another."""
    return of_models(of_every_estimator(["alone"], ["numpy"], lambda name: name.partition("-")[0] in FEW[::3]))


def estimators():
    yield from of_models(of_every_estimator(["alone"]))
    yield from of_models(fitted([*predictors.GROUPS, *transformers.GROUPS]))
