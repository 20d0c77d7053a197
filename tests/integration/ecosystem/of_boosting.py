# SPDX-License-Identifier: BSD-3-Clause
"""Models of LightGBM, XGBoost and CatBoost, and of imbalanced-learn."""

import functools

import numpy as np
from integration.ecosystem.of_sklearn import of_models
from integration.safe.boosting import GROUP, MIXED, lightgbm_models, xgboost_models
from integration.safe.comparison import fitted, results
from integration.safe.datasets import LABELS, TEXT, THREE, X, Y, Z

__all__ = ["catboost", "imblearn", "lightgbm", "xgboost"]


def lightgbm():
    import lightgbm

    yield from of_models(fitted([lightgbm_models]))
    yield "lgbm-dataset", lightgbm.Dataset(X, Y, params={"verbose": -1}), lambda it: [it.data, it.label]


def xgboost():
    import xgboost

    for name, model, given in fitted([xgboost_models]):
        if isinstance(model, xgboost.Booster):
            matrix = xgboost.DMatrix(given)
            yield name, model, lambda it, matrix=matrix: [it.predict(matrix), bytes(it.save_raw())]
        else:
            yield name, model, functools.partial(results, given=given)
    yield "xgb-matrix", xgboost.DMatrix(X, Y), lambda it: it.num_row()


def catboost():
    import catboost as cb

    few = {"iterations": 3, "depth": 2, "thread_count": 1, "verbose": 0, "allow_writing_files": False}
    words = {"cat_features": ["colour", "grade"]}
    texts = {"text_features": [0]}
    models = {
        "classifier": (cb.CatBoostClassifier(**few), (X, Y)),
        "classifier-labels": (cb.CatBoostClassifier(loss_function="MultiClass", **few), (X, LABELS)),
        "classifier-balanced": (cb.CatBoostClassifier(auto_class_weights="Balanced", **few), (X, THREE)),
        "regressor": (cb.CatBoostRegressor(**few), (X, Z)),
        "regressor-quantile": (cb.CatBoostRegressor(loss_function="Quantile:alpha=0.3", **few), (X, Z)),
        "regressor-lossguide": (cb.CatBoostRegressor(grow_policy="Lossguide", **few), (X, Z)),
        "frame": (cb.CatBoostClassifier(**words, **few), (MIXED.astype({"grade": str, "colour": str}), Y)),
        "text": (cb.CatBoostClassifier(**texts, **few), (np.array(TEXT)[:, None].astype(object), Y)),
        "plain": (cb.CatBoost({"loss_function": "RMSE", **few}), (X, Z)),
    }
    for name, (model, data) in models.items():
        yield f"cat-{name}", model.fit(*data), functools.partial(results, given=data[0])
    ranker = cb.CatBoostRanker(**few).fit(X, THREE, group_id=np.repeat([0, 1, 2], GROUP))
    yield "cat-ranker", ranker, functools.partial(results, given=X)
    yield "cat-not-fitted", cb.CatBoostRegressor(**few), lambda it: it.get_params()
    yield "cat-pool", cb.Pool(X, Y), lambda it: it.get_label()


def resampled(sampler):
    """What a sampler makes of the data, with the attributes that fitting has set."""
    state = {name: repr(value) for name, value in vars(sampler).items() if name == "sampling_strategy_"}
    data = (np.array(TEXT)[:, None], Y) if hasattr(sampler, "categorical_encoder") else (X, UNEQUAL)
    try:
        return [state, *sampler.fit_resample(*data)]
    except (TypeError, ValueError) as error:
        return [state, type(error), str(error)]


UNEQUAL = np.where(np.arange(60) % 4 == 0, 1, 0)


def imblearn():
    """All of its estimators, with the parameters that they need."""
    from imblearn.over_sampling import SMOTENC, RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from imblearn.utils.testing import all_estimators
    from sklearn.linear_model import LogisticRegression

    needed = {SMOTENC: {"categorical_features": [3]}}
    small = {"n_estimators": 3, "random_state": 0, "kmeans_estimator": 3, "cluster_balance_threshold": 0.1}
    for name, cls in all_estimators():
        if name == "Pipeline":
            continue
        model = cls(**needed.get(cls, {}))
        model.set_params(**{key: small[key] for key in model.get_params() if key in small})
        if hasattr(model, "fit_resample"):
            yield name, model.fit(X, UNEQUAL), resampled
        else:
            yield name, model.fit(X, UNEQUAL), functools.partial(results, given=X)
    piped = make_pipeline(RandomOverSampler(random_state=0), LogisticRegression()).fit(X, UNEQUAL)
    yield "pipeline", piped, functools.partial(results, given=X)
