# SPDX-License-Identifier: BSD-3-Clause
"""The policies as tables: no name is a way around another's rule, and no state runs what nobody has read."""

import numpy as np
import pytest
from fastjoblib._safe import policy as policies
from fastjoblib._safe.rules import BUILD
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401

# Classes whose __setstate__ gets any dict of attributes, because it does nothing but keep them.
READ = {
    "numpy.polynomial._polybase.ABCPolyBase": "sets __dict__",
    "sklearn._loss._loss.CyHalfMultinomialLoss": "takes an empty tuple",
    "sklearn.base.BaseEstimator": "compares the version, may warn, and updates __dict__",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": "changes the byte order of its nodes",
    "sklearn.isotonic.IsotonicRegression": "makes an interp1d of its arrays, which NumPy checks",
    "sklearn.utils._bunch.Bunch": "does nothing",
    "pandas._libs.tslibs.offsets": "sets what it knows, to numbers and times",
    "pandas.CategoricalDtype": "sets two attributes",
    "pandas.DatetimeTZDtype": "sets two attributes",
    "pandas.IntervalDtype": "sets two attributes",
    "pandas.StringDtype": "sets two attributes",
    "pandas.arrays.SparseArray": "updates __dict__",
    "pandas._libs.internals.BlockManager": "makes blocks, of which pandas and the last check see that they fit",
    "pandas.core.internals.managers.SingleBlockManager": "makes a block, as above",
    "scipy.interpolate._interpolate.BPoly": "updates __dict__, and asks an array for its library",
    "scipy.interpolate._interpolate.PPoly": "updates __dict__, and asks an array for its library",
    "scipy.sparse._coo.coo_matrix": "updates __dict__",
    "builtins.BaseException": "sets attributes",
}


def found():
    """All names of all policies that there are here, with what the policy finds."""
    policy = policies.Policy(policies.POLICIES)
    for names in policies._names().values():
        for module, name in names:
            try:
                result = policy.find(module, name)
            except (ImportError, AttributeError):
                continue  # of another version
            yield f"{module}.{name}", *result


@pytest.mark.filterwarnings("ignore")
def test_one_object_has_one_rule():
    """The first name in a file decides, so that another with less in its rule would do for all."""
    seen = {}
    for name, obj, *rule, _ in found():
        first, other = seen.setdefault(id(obj), (name, rule))
        assert rule == other, f"{name} and {first} are one"
    assert len(seen) > 900


def owner(cls):
    """The class that has its __setstate__, if that is no default."""
    for base in cls.__mro__[:-1]:
        if "__setstate__" in vars(base):
            return f"{base.__module__}.{base.__qualname__}"
    return None


@pytest.mark.filterwarnings("ignore")
def test_what_sets_states_has_been_read():
    unread = {}
    for name, obj, flags, _, check_state, *_ in found():
        if (
            isinstance(obj, type)
            and not issubclass(obj, (np.dtype, np.ndarray))
            and flags & BUILD
            and check_state is None
            and (who := owner(obj)) is not None
        ):
            if who not in READ and who.rpartition(".")[0] not in READ:
                unread[name] = who
    assert unread == {}
