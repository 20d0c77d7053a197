# SPDX-License-Identifier: BSD-3-Clause
"""What restricted loads keep for those that follow does not make these trust more."""

import io
import pickle
import threading

import numpy as np
import pytest
from fastjoblib import UntrustedError, safe_load
from fastjoblib._safe.policy import policy_for

sklearn_base = pytest.importorskip("sklearn.base")

from sklearn.linear_model import Ridge  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402

TRUSTED = ("numpy", "sklearn")


def load(obj, **attributes):
    vars(obj).update(attributes)
    return safe_load(io.BytesIO(pickle.dumps(obj)), TRUSTED)


def test_a_method_that_came_after_a_name_was_good(monkeypatch):
    assert load(Ridge(), later="a value").later == "a value"
    monkeypatch.setattr(Ridge, "later", lambda self: None, raising=False)
    with pytest.raises(UntrustedError, match="sets the attribute 'later' of Ridge"):
        load(Ridge(), later="a value")
    monkeypatch.delattr(Ridge, "later")
    assert load(Ridge(), later="a value").later == "a value"


def test_a_name_is_good_for_one_class_only():
    assert load(Ridge(), steps=3).steps == 3
    assert load(Ridge(), named_steps=3).named_steps == 3
    with pytest.raises(UntrustedError, match="sets the attribute 'fit' of Ridge"):
        load(Ridge(), fit=3)
    with pytest.raises(UntrustedError, match="sets the attribute 'decision_function' of Pipeline"):
        load(make_pipeline(Ridge()), decision_function=3)
    assert load(Ridge(), decision_function=3).decision_function == 3


def test_text_may_hide_the_same_text_only(monkeypatch):
    """So a name that was good with one value may not be with the next."""
    monkeypatch.setattr(Ridge, "kind", "ridge", raising=False)
    for _ in range(2):
        assert load(Ridge(), kind="ridge").kind == "ridge"
        with pytest.raises(UntrustedError, match="sets the attribute 'kind' of Ridge"):
            load(Ridge(), kind="other")


def test_what_is_refused_is_not_kept():
    policy = policy_for(TRUSTED)
    before = len(policy.found), len(policy.found_types)
    for i in range(50):
        with pytest.raises(UntrustedError):
            safe_load(io.BytesIO(b"\x80\x03cnowhere\nname%d\n." % i), TRUSTED)
    assert (len(policy.found), len(policy.found_types)) == before


def test_names_of_attributes_are_kept_to_a_limit():
    for start in range(0, 3000, 100):
        load(Ridge(), **{f"name_{i}": i for i in range(start, start + 100)})
    names = policy_for(TRUSTED).find("sklearn.linear_model._ridge", "Ridge")[6]
    assert 0 < len(names) <= 512
    assert load(Ridge(), name_2950=1).name_2950 == 1


def nested(depth, inner):
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize("depth", range(8))
def test_estimators_in_lists(depth):
    good = Pipeline([("a", Ridge())])
    if depth < 6:
        assert load(good, estimators=nested(depth, Ridge()))
    else:
        with pytest.raises(UntrustedError, match="estimators of a Pipeline: an estimator was expected"):
            load(good, estimators=nested(depth, Ridge()))
    with pytest.raises(UntrustedError, match="estimators of a Pipeline: an estimator was expected"):
        load(good, estimators=nested(depth, slice(1)))


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("kind", [list, tuple])
def test_one_that_is_no_estimator_among_some(kind, place):
    some = [Ridge(), Ridge(), Ridge()]
    assert load(Pipeline([("a", Ridge())]), estimators=kind(some))
    some[place] = np.arange(3)
    with pytest.raises(UntrustedError, match="an estimator was expected, found an array"):
        load(Pipeline([("a", Ridge())]), estimators=kind(some))


def test_of_a_named_one_the_second_counts():
    good = Pipeline([("a", Ridge())])
    assert load(good, steps=[("a", Ridge(), np.arange(3))])
    with pytest.raises(UntrustedError, match="an estimator was expected"):
        load(good, steps=[("a", np.arange(3), Ridge())])
    with pytest.raises(UntrustedError, match="an estimator was expected"):
        load(good, steps=[(Ridge(), Ridge(), np.arange(3))])


def test_first_loads_of_a_class_at_once():
    """Several threads fill what is kept."""
    data = pickle.dumps(make_pipeline(Ridge()))
    barrier = threading.Barrier(4)
    loaded = []

    def run():
        barrier.wait()
        loaded.extend(safe_load(io.BytesIO(data), (*TRUSTED, "decimal.Decimal")) for _ in range(50))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 200
