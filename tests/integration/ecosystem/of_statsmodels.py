# SPDX-License-Identifier: BSD-3-Clause
"""Fitted models of statsmodels."""

import re

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from integration.safe.datasets import THREE, X, Y, Z
from statsmodels.gam.api import BSplines, GLMGam
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.nonparametric.kde import KDEUnivariate
from statsmodels.nonparametric.kernel_regression import KernelReg
from statsmodels.stats.outliers_influence import OLSInfluence
from statsmodels.tsa.api import VAR, AutoReg, ETSModel, ExponentialSmoothing, Holt
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.seasonal import STL, seasonal_decompose

__all__ = ["objects"]

RNG = np.random.RandomState(0)
GIVEN = sm.add_constant(X[:, :2])
NOISY = Z + RNG.normal(size=60)
COUNTS = RNG.poisson(np.exp(0.3 * X[:, 0]))
BOTH = np.where(RNG.rand(60) < 0.25, 1 - Y, Y)
CLASSES = RNG.permutation(THREE)
SERIES = pd.Series(NOISY + np.arange(60) / 9, index=pd.date_range("2019-01", periods=60, freq="MS"), name="level")
KINDS = np.array(list("uvw"))[np.arange(60) % 3]
DATA = pd.DataFrame({"y": NOISY, "a": X[:, 0], "b": X[:, 1], "kind": KINDS, "n": COUNTS})
QUIET = {"disp": 0}


def number_models():
    yield "OLS", sm.OLS(NOISY, GIVEN).fit()
    yield "OLS-robust", sm.OLS(NOISY, GIVEN).fit(cov_type="HC3")
    yield "WLS", sm.WLS(NOISY, GIVEN, weights=X[:, 2]).fit()
    yield "GLS", sm.GLS(NOISY, GIVEN, sigma=X[:, 2]).fit()
    yield "RLM", sm.RLM(NOISY, GIVEN).fit()
    yield "QuantReg", sm.QuantReg(NOISY, GIVEN).fit(0.3)
    yield "regularized", sm.OLS(NOISY, GIVEN).fit_regularized(alpha=0.1)
    yield "recursive", sm.RecursiveLS(NOISY, GIVEN).fit()
    yield "Logit", sm.Logit(BOTH, GIVEN).fit(**QUIET)
    yield "Probit", sm.Probit(BOTH, GIVEN).fit(**QUIET)
    yield "MNLogit", sm.MNLogit(CLASSES, GIVEN).fit(**QUIET)
    yield "Poisson", sm.Poisson(COUNTS, GIVEN).fit(**QUIET)
    yield "NegativeBinomial", sm.NegativeBinomial(COUNTS, GIVEN).fit(maxiter=50, **QUIET)
    yield "ZeroInflated", sm.ZeroInflatedPoisson(COUNTS, GIVEN).fit(maxiter=50, **QUIET)
    yield "Ordered", OrderedModel(CLASSES, X[:, :2]).fit(method="bfgs", **QUIET)
    for family in (sm.families.Gaussian(), sm.families.Binomial(), sm.families.Poisson(), sm.families.Tweedie()):
        target = BOTH if isinstance(family, sm.families.Binomial) else COUNTS
        yield f"GLM-{type(family).__name__}", sm.GLM(target, GIVEN, family=family).fit()
    yield "GEE", sm.GEE(NOISY, GIVEN, groups=np.arange(60) // 4).fit()
    yield "MixedLM", sm.MixedLM(NOISY, GIVEN, groups=np.arange(60) // 10).fit()
    yield "PHReg", sm.PHReg(np.abs(NOISY) + 0.1, X[:, :2], status=BOTH).fit(**QUIET)
    splines = BSplines(X[:, :1], df=[5], degree=[3])
    yield "GAM", GLMGam(NOISY, smoother=splines, alpha=1.0).fit()


def formula_models():
    yield "formula-ols", smf.ols("y ~ a + np.log(b) + C(kind)", DATA).fit()
    yield "formula-glm", smf.glm("n ~ a * kind", DATA, family=sm.families.Poisson()).fit()
    yield "formula-logit", smf.logit("t ~ a", DATA.assign(t=BOTH)).fit(**QUIET)
    yield "formula-mixed", smf.mixedlm("y ~ a", DATA, groups=DATA["kind"]).fit()


def series_models():
    yield "AutoReg", AutoReg(SERIES, 2).fit()
    yield "ARIMA", sm.tsa.ARIMA(SERIES, order=(1, 1, 1)).fit()
    yield "SARIMAX", sm.tsa.SARIMAX(SERIES, order=(1, 0, 0), seasonal_order=(1, 0, 0, 4)).fit(maxiter=5, **QUIET)
    yield "Unobserved", sm.tsa.UnobservedComponents(SERIES, "local level").fit(maxiter=5, **QUIET)
    yield "ETS", ETSModel(SERIES, trend="add").fit(maxiter=5, **QUIET)
    yield "Smoothing", ExponentialSmoothing(SERIES, trend="add", seasonal="add", seasonal_periods=4).fit()
    yield "Holt", Holt(SERIES, initialization_method="estimated").fit()
    yield "Theta", ThetaModel(SERIES, period=12).fit()


def fitted_values(result):
    """Parameters, fitted values and the summary; which of them a class has is its own."""
    names = [name for name in ("fittedvalues", "bse", "resid") if hasattr(result, name)]
    found = {name: np.asarray(getattr(result, name)) for name in names}
    parameters = result.params
    found["params"] = parameters if isinstance(parameters, dict) else np.asarray(parameters)
    if hasattr(result, "summary") and "Regularized" not in type(result).__name__:  # which raise NotImplementedError
        # Without the time of the day at which the summary was made.
        found["summary"] = re.sub(r"(Date|Time): .*", "", str(result.summary()))
    return found


def forecast(result):
    return fitted_values(result), np.asarray(result.forecast(3))


def objects():
    for group, observe in ((number_models, fitted_values), (formula_models, fitted_values), (series_models, forecast)):
        for name, result in group():
            yield name, result, observe
    formula = smf.ols("y ~ a + np.log(b) + C(kind)", DATA).fit()
    yield "formula-predicts", formula, lambda it: it.predict(DATA.head(7)).to_numpy()
    yield "model-not-fitted", sm.OLS(NOISY, GIVEN), lambda it: it.fit().params
    system = VAR(np.c_[NOISY, X[:, 0]]).fit(1)
    yield "VAR", system, lambda it: [it.params, it.forecast(it.endog[-1:], 2)]
    yield "influence", OLSInfluence(sm.OLS(NOISY, GIVEN).fit()), lambda it: it.cooks_distance[0]
    density = KDEUnivariate(NOISY)
    density.fit()
    yield "density", density, lambda it: it.evaluate([0.5, 1.0])
    yield "kernel", KernelReg(NOISY, X[:, 0], "c", bw=[0.5]), lambda it: it.fit([0.5])[0]
    yield "decomposed", seasonal_decompose(SERIES, period=4), lambda it: [it.trend, it.seasonal, it.resid]
    yield "STL", STL(SERIES, period=4).fit(), lambda it: [it.trend, it.seasonal]
    yield "components", sm.PCA(X), lambda it: [it.factors, it.loadings]
