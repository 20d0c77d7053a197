# SPDX-License-Identifier: BSD-3-Clause
"""Predictors with the parameters and the data that put other classes and arrays into them.

Each: a name, a model that is not fitted, and what `fit` gets.
"""

import numpy as np
from integration.safe.datasets import COUNTS, FLAGS, FRAME, LABELS, MANY, SPARSE, SPARSE_ARRAY, THREE, X, Y, Z
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor, kernels
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeCV,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
)
from sklearn.metrics.pairwise import chi2_kernel, cosine_similarity, laplacian_kernel, rbf_kernel
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import CategoricalNB, ComplementNB
from sklearn.neighbors import (
    KernelDensity,
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestNeighbors,
    RadiusNeighborsRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

HOLES = np.where(X > 2, np.nan, X)


def trees():
    few = {"n_estimators": 3, "random_state": 0}
    for criterion in ("gini", "entropy", "log_loss"):
        yield f"forest-{criterion}", RandomForestClassifier(criterion=criterion, **few), (X, LABELS)
    for criterion in ("squared_error", "absolute_error", "friedman_mse", "poisson"):
        yield f"forest-{criterion}", RandomForestRegressor(criterion=criterion, **few), (X, Z)
    yield "forest-several", RandomForestClassifier(**few), (X, np.c_[THREE, Y])
    yield "forest-oob", RandomForestClassifier(10, oob_score=True, class_weight={0: 1, 1: 2}, random_state=0), (X, Y)
    yield "forest-missing", ExtraTreesClassifier(**few), (HOLES, Y)
    yield "forest-sparse", RandomForestClassifier(**few), (SPARSE, Y)
    yield "forest-monotone", RandomForestRegressor(monotonic_cst=[1, 0, 0, -1], **few), (X, Z)
    yield "forest-seeded", RandomForestRegressor(3, random_state=np.random.RandomState(0)), (X.astype("f4"), Z)
    yield "tree-generator", DecisionTreeClassifier(random_state=np.random.RandomState(0), max_features=2), (X, LABELS)
    yield "isolation", IsolationForest(n_estimators=5, contamination=0.1, random_state=0), (X,)
    for loss in ("squared_error", "absolute_error", "huber", "quantile"):
        yield f"boosting-{loss}", GradientBoostingRegressor(loss=loss, **few), (X, Z)
    for loss in ("log_loss", "exponential"):
        yield f"boosting-{loss}", GradientBoostingClassifier(loss=loss, **few), (X, Y)
    yield "boosting-three", GradientBoostingClassifier(n_iter_no_change=2, **few), (X, LABELS)
    yield "boosting-zero", GradientBoostingClassifier(init="zero", **few), (X, Y)
    yield "boosting-init", GradientBoostingRegressor(init=LinearRegression(), **few), (X, Z)
    few = {"max_iter": 3, "random_state": 0}
    for loss in ("squared_error", "absolute_error", "gamma", "poisson", "quantile"):
        more = {"quantile": 0.3} if loss == "quantile" else {}
        yield f"hist-{loss}", HistGradientBoostingRegressor(loss=loss, **few, **more), (X, Z)
    yield "hist-three", HistGradientBoostingClassifier(early_stopping=True, **few), (HOLES, LABELS)
    frame = FRAME.drop(columns="text").astype({"colour": "category"})
    yield "hist-categories", HistGradientBoostingClassifier(**few), (frame, Y)
    yield "hist-numbers", HistGradientBoostingRegressor(categorical_features=[0, 2], **few), (COUNTS, Z)
    yield "hist-seeded", HistGradientBoostingClassifier(random_state=np.random.RandomState(0), max_iter=2), (X, Y)


def linear():
    losses = "hinge log_loss modified_huber squared_hinge perceptron squared_error huber epsilon_insensitive"
    for loss in losses.split():
        yield f"sgd-{loss}", SGDClassifier(loss=loss, random_state=0, max_iter=20), (X, LABELS)
    for loss in ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"):
        yield f"sgd-{loss}-regressor", SGDRegressor(loss=loss, average=True, random_state=0, max_iter=20), (X, Z)
    yield "sgd-stopped", SGDClassifier(early_stopping=True, random_state=np.random.RandomState(0)), (X, Y)
    yield "sgd-outliers", SGDOneClassSVM(random_state=0), (X,)
    for solver in ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"):
        data = (X, Y) if solver == "liblinear" else (X, LABELS)
        yield f"logistic-{solver}", LogisticRegression(solver=solver, random_state=0, max_iter=50), data
    yield "logistic-sparse", LogisticRegression(), (SPARSE_ARRAY, FLAGS[:, 2])
    yield (
        "logistic-cv",
        LogisticRegressionCV(Cs=[0.1, 1], cv=2, scoring="f1_macro", use_legacy_attributes=False),
        (X, LABELS),
    )
    yield "ridge-several", Ridge(alpha=np.array([1.0, 2.0])), (X, np.c_[Z, -Z])
    yield "ridge-cv", RidgeCV(np.logspace(-2, 2, 5), scoring="neg_mean_absolute_error"), (FRAME[["size", "count"]], Z)
    yield "linear-svc", LinearSVC(random_state=0), (SPARSE, LABELS)


def kernel_methods():
    for kernel in ("linear", "poly", "rbf", "sigmoid"):
        yield f"svc-{kernel}", SVC(kernel=kernel), (X, LABELS)
    yield "svc-sparse", SVC(), (SPARSE, LABELS)
    yield "svc-weights", SVC(class_weight="balanced", decision_function_shape="ovo", break_ties=False), (X, THREE)
    for kernel in (rbf_kernel, laplacian_kernel, chi2_kernel, cosine_similarity):
        yield f"svc-{kernel.__name__}", SVC(kernel=kernel), (X, Y)
    yield "svc-precomputed", SVC(kernel="precomputed"), (X @ X.T, Y)
    yield "nusvc", NuSVC(nu=0.2), (X, Y)
    yield "svr", SVR(kernel="poly"), (SPARSE, Z)
    yield "outlier-svm", OneClassSVM(), (SPARSE,)
    yield "kernel-ridge", KernelRidge(kernel="polynomial"), (X, Z)
    rbf = kernels.RBF(length_scale=np.ones(4))
    some = {
        "constant": kernels.ConstantKernel() * rbf + kernels.WhiteKernel(),
        "matern": kernels.Matern(nu=1.5) + kernels.DotProduct(),
        "quadratic": kernels.RationalQuadratic(length_scale_bounds="fixed") ** 2,
        "periodic": kernels.ExpSineSquared() + kernels.WhiteKernel(10.0),
        "pairwise": kernels.PairwiseKernel(metric="laplacian"),
    }
    for name, kernel in some.items():
        yield f"process-{name}", GaussianProcessRegressor(kernel, alpha=0.1, optimizer=None, random_state=0), (X, Z)
    yield (
        "process-fitted",
        GaussianProcessRegressor(some["constant"], normalize_y=True, random_state=0),
        (X[:20], Z[:20]),
    )
    yield "process-classifier", GaussianProcessClassifier(rbf, random_state=0, multi_class="one_vs_one"), (X, LABELS)


def neighbours():
    for metric in "minkowski manhattan chebyshev canberra braycurtis hamming euclidean l1 p".split():
        yield f"neighbours-ball-{metric}", KNeighborsClassifier(3, algorithm="ball_tree", metric=metric), (X, LABELS)
    for metric in ("minkowski", "manhattan", "chebyshev", "euclidean"):
        yield f"neighbours-kd-{metric}", KNeighborsRegressor(3, algorithm="kd_tree", metric=metric, p=3), (X, Z)
    for metric in ("jaccard", "dice", "rogerstanimoto", "russellrao", "sokalsneath"):
        yield f"neighbours-{metric}", NearestNeighbors(n_neighbors=3, algorithm="ball_tree", metric=metric), (FLAGS,)
    few = {"n_neighbors": 3}
    for algorithm in ("ball_tree", "brute"):
        yield (
            f"neighbours-{algorithm}-haversine",
            NearestNeighbors(metric="haversine", algorithm=algorithm),
            (X[:, :2],),
        )
        yield (
            f"neighbours-{algorithm}-seuclidean",
            NearestNeighbors(metric="seuclidean", metric_params={"V": X.var(axis=0)}, algorithm=algorithm),
            (X,),
        )
        yield (
            f"neighbours-{algorithm}-mahalanobis",
            NearestNeighbors(metric="mahalanobis", metric_params={"VI": np.eye(4)}, algorithm=algorithm),
            (X,),
        )
    yield "neighbours-cosine", KNeighborsClassifier(metric="cosine", weights="distance", **few), (SPARSE, Y)
    yield "neighbours-float32", KNeighborsClassifier(algorithm="kd_tree", **few), (X.astype("f4"), Y)
    yield "neighbours-several", KNeighborsClassifier(**few), (X, MANY)
    yield "neighbours-frame", KNeighborsRegressor(**few), (FRAME[["size", "count"]], Z)
    yield "neighbours-radius", RadiusNeighborsRegressor(2.0, weights="distance"), (X, Z)
    yield "neighbours-novelty", LocalOutlierFactor(novelty=True, **few), (X,)
    for kernel in ("gaussian", "tophat", "epanechnikov", "exponential", "linear", "cosine"):
        yield f"density-{kernel}", KernelDensity(kernel=kernel), (X,)
    yield "density-ball", KernelDensity(algorithm="ball_tree", metric="manhattan", bandwidth="scott"), (X,)


def others():
    for solver in ("lbfgs", "sgd", "adam"):
        yield f"network-{solver}", MLPClassifier((5, 3), solver=solver, max_iter=10, random_state=0), (X, LABELS)
    yield (
        "network-stopped",
        MLPRegressor(hidden_layer_sizes=(4,), early_stopping=True, random_state=np.random.RandomState(0)),
        (X, Z),
    )
    yield "network-several", MLPClassifier((4,), max_iter=10, random_state=0), (X, MANY)
    for kind in ("full", "tied", "diag", "spherical"):
        yield f"mixture-{kind}", GaussianMixture(2, covariance_type=kind, random_state=0), (X,)
        yield f"bayesian-{kind}", BayesianGaussianMixture(n_components=2, covariance_type=kind, random_state=0), (X,)
    yield "bayes-categories", CategoricalNB(), (COUNTS, LABELS)
    yield "bayes-complement", ComplementNB(), (SPARSE, LABELS)


def of_several():
    line, tree = LogisticRegression(), DecisionTreeClassifier(max_depth=2, random_state=0)
    yield "ovr", OneVsRestClassifier(line), (X, LABELS)
    yield "ovr-several", OneVsRestClassifier(LinearSVC(random_state=0)), (X, MANY)
    yield "ovo", OneVsOneClassifier(line), (X, LABELS)
    yield "codes", OutputCodeClassifier(tree, random_state=0), (X, LABELS)
    yield "several-outputs", MultiOutputClassifier(tree), (X, MANY)
    yield "several-numbers", MultiOutputRegressor(Ridge()), (X, np.c_[Z, -Z])
    yield "chain", ClassifierChain(line, order="random", random_state=0), (X, MANY)
    yield "soft-vote", VotingClassifier([("a", line), ("b", tree)], voting="soft", weights=[1, 2]), (X, LABELS)
    yield "stack-through", StackingClassifier([("a", tree), ("b", "drop")], line, cv=2, passthrough=True), (X, Y)
    yield "stack-prefit", StackingClassifier([("a", tree.fit(X, Y))], line, cv="prefit"), (X, Y)
    yield "boosted-trees", AdaBoostClassifier(tree, n_estimators=3, random_state=0), (X, LABELS)
    yield "bagged", BaggingClassifier(SVC(), n_estimators=2, max_features=0.5, random_state=0), (X, LABELS)
    yield "bagged-seeded", BaggingRegressor(oob_score=False, random_state=np.random.RandomState(0)), (X, Z)
    for method in ("isotonic", "sigmoid", "temperature"):
        yield f"calibrated-{method}", CalibratedClassifierCV(line, method=method, ensemble=False, cv=2), (X, LABELS)
    yield "calibrated-frozen", CalibratedClassifierCV(FrozenEstimator(tree.fit(X, Y))), (X, Y)


GROUPS = (trees, linear, kernel_methods, neighbours, others, of_several)
