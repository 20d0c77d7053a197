# SPDX-License-Identifier: BSD-3-Clause
"""Models of LightGBM and XGBoost, as in `predictors`; of those that are not installed, none."""

import numpy as np
from integration.safe.datasets import FRAME, LABELS, SPARSE, THREE, X, Y, Z
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

GROUP = [20, 20, 20]
MIXED = FRAME.drop(columns="text").astype({"colour": "category"})


class Fitted:
    """What a library trains by a function of its own, to be used like an estimator."""

    def __init__(self, train):
        self.train = train

    def fit(self, *data):
        return self.train(*data)


def lightgbm_models():
    try:
        import lightgbm
    except ImportError:
        return
    few = {"n_estimators": 3, "num_leaves": 4, "min_child_samples": 5, "verbose": -1, "n_jobs": 1}
    yield "lgbm-classifier", lightgbm.LGBMClassifier(**few), (X, Y)
    yield "lgbm-three", lightgbm.LGBMClassifier(class_weight="balanced", **few), (X, LABELS)
    yield "lgbm-regressor", lightgbm.LGBMRegressor(objective="quantile", alpha=0.3, **few), (X, Z)
    yield "lgbm-frame", lightgbm.LGBMClassifier(**few), (MIXED, Y)
    yield "lgbm-sparse", lightgbm.LGBMRegressor(boosting_type="dart", **few), (SPARSE, Z)
    yield "lgbm-ranker", Fitted(lambda *data: lightgbm.LGBMRanker(**few).fit(*data, group=GROUP)), (X, THREE)
    early = {"eval_set": [(X, Y)], "callbacks": [lightgbm.early_stopping(2, verbose=False)]}
    yield "lgbm-stopped", Fitted(lambda *data: lightgbm.LGBMClassifier(**few).fit(*data, **early)), (X, Y)
    yield "lgbm-pipeline", make_pipeline(StandardScaler(), lightgbm.LGBMClassifier(**few)), (X, Y)
    yield "lgbm-grid", GridSearchCV(lightgbm.LGBMRegressor(**few), {"num_leaves": [3, 4]}, cv=2), (FRAME[["size"]], Z)
    yield "lgbm-seeded", lightgbm.LGBMRegressor(random_state=np.random.RandomState(0), **few), (X, Z)
    parameters = {"objective": "regression", "verbose": -1, "min_data_in_leaf": 5, "num_threads": 1}
    train = lambda data, target: lightgbm.train(parameters, lightgbm.Dataset(data, target), 3)  # noqa: E731
    yield "lgbm-booster", Fitted(train), (X, Z)
    yield "lgbm-booster-frame", Fitted(train), (MIXED, Z)


def xgboost_models():
    try:
        import xgboost
    except ImportError:
        return
    few = {"n_estimators": 3, "max_depth": 2, "n_jobs": 1}
    yield "xgb-classifier", xgboost.XGBClassifier(**few), (X, Y)
    yield "xgb-three", xgboost.XGBClassifier(objective="multi:softprob", **few), (X, THREE)
    yield "xgb-regressor", xgboost.XGBRegressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.9], **few), (X, Z)
    yield "xgb-forest", xgboost.XGBRFRegressor(**few), (SPARSE, Z)
    yield "xgb-forest-classes", xgboost.XGBRFClassifier(**few), (X, Y)
    yield "xgb-frame", xgboost.XGBClassifier(enable_categorical=True, missing=np.nan, **few), (MIXED, Y)
    yield "xgb-linear", xgboost.XGBRegressor(booster="gblinear", **few), (X, Z)
    yield "xgb-dart", xgboost.XGBRegressor(booster="dart", random_state=np.random.RandomState(0), **few), (X, Z)
    yield "xgb-ranker", Fitted(lambda *data: xgboost.XGBRanker(**few).fit(*data, group=GROUP)), (X, THREE)
    early = xgboost.callback.EarlyStopping(rounds=2, save_best=True)
    stopped = xgboost.XGBClassifier(callbacks=[early], **few)
    yield "xgb-callbacks", Fitted(lambda *data: stopped.fit(*data, eval_set=[data], verbose=False)), (X, Y)
    late = xgboost.XGBClassifier(early_stopping_rounds=2, eval_metric=["auc", "logloss"], **few)
    yield "xgb-stopped", Fitted(lambda *data: late.fit(*data, eval_set=[data], verbose=False)), (X, Y)
    yield "xgb-pipeline", make_pipeline(StandardScaler(), xgboost.XGBClassifier(**few)), (X, Y)
    yield "xgb-grid", GridSearchCV(xgboost.XGBRegressor(**few), {"max_depth": [1, 2]}, cv=2), (FRAME[["size"]], Z)
    train = lambda data, target: xgboost.train({"nthread": 1}, xgboost.DMatrix(data, target), 3)  # noqa: E731
    yield "xgb-booster", Fitted(train), (X, Z)
    yield "xgb-booster-frame", Fitted(train), (FRAME[["size", "count"]], Z)


GROUPS = (lightgbm_models, xgboost_models)
