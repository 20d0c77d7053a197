# SPDX-License-Identifier: BSD-3-Clause
"""Small fitted models and values of each kind whose compiled code trusts what they hold, and what to do with them."""

import warnings

import numpy as np
import pandas as pd
import scipy.interpolate
import scipy.sparse
import scipy.spatial
import scipy.stats
from sklearn import cluster, ensemble, feature_extraction, isotonic, multiclass, neighbors, preprocessing, svm, tree

RNG = np.random.RandomState(0)
X = RNG.random_sample((60, 4))
Y = np.arange(60) % 3
SPARSE = scipy.sparse.random(60, 4, 0.6, format="csr", random_state=RNG)
WORDS = [f"word{i % 7} text{i % 3} more" for i in range(60)]
CATEGORIES = np.array([[str(i % 3), str(i % 5)] for i in range(60)])
CODES = np.c_[X[:, :3], Y]
LABELS = [(i % 3, 3) for i in range(60)]


def _frame():
    frame = pd.DataFrame({"a": X[:, 0], "b": Y, "c": pd.Categorical(np.array(list("uvw"))[Y])})
    frame["d"] = pd.date_range("2020", periods=60)
    frame["e"] = pd.array([1, None] * 30)
    frame["f"] = pd.arrays.SparseArray([0, 1, 0] * 20)
    frame["g"] = np.array(WORDS)
    frame["h"] = pd.array(pd.interval_range(0, 60))
    frame["i"] = pd.period_range("2020", periods=60, freq="D")
    return frame


VALUES = {
    "forest": lambda: ensemble.RandomForestClassifier(3).fit(X, Y),
    "outputs": lambda: tree.DecisionTreeClassifier().fit(X, np.c_[Y, Y % 2]),
    "boosting": lambda: ensemble.GradientBoostingClassifier(n_estimators=3).fit(X, Y),
    "isolation": lambda: ensemble.IsolationForest(n_estimators=3).fit(X),
    "embedding": lambda: ensemble.RandomTreesEmbedding(3).fit(X),
    "histogram": lambda: ensemble.HistGradientBoostingClassifier(max_iter=3).fit(X, Y),
    "histogram of categories": lambda: _categories(),
    "kd tree": lambda: neighbors.KDTree(X, leaf_size=5),
    "ball tree": lambda: neighbors.BallTree(X, leaf_size=5, metric="mahalanobis", V=np.cov(X.T)),
    "nearest by tree": lambda: neighbors.KNeighborsClassifier(3, algorithm="kd_tree").fit(X, Y),
    "nearest": lambda: neighbors.KNeighborsClassifier(3, algorithm="brute").fit(X, Y),
    "nearest of sparse": lambda: neighbors.NearestNeighbors(n_neighbors=3).fit(SPARSE),
    "radius": lambda: neighbors.RadiusNeighborsClassifier(2.0, algorithm="brute").fit(X, Y),
    "outlier factor": lambda: neighbors.LocalOutlierFactor(novelty=True).fit(X),
    "density": lambda: neighbors.KernelDensity().fit(X),
    "one vs rest": lambda: multiclass.OneVsRestClassifier(tree.DecisionTreeClassifier()).fit(X, np.c_[Y > 0, Y < 0]),
    "svc": lambda: svm.SVC().fit(X, Y),
    "svc of sparse": lambda: svm.SVC().fit(SPARSE, Y),
    "svc of a kernel": lambda: svm.SVC(kernel="precomputed").fit(X @ X.T, Y),
    "svr": lambda: svm.SVR().fit(X, X[:, 0]),
    "one class": lambda: svm.OneClassSVM().fit(X),
    "k means": lambda: cluster.KMeans(3, n_init=1).fit(X),
    "mini batches": lambda: cluster.MiniBatchKMeans(3, n_init=1).fit(X),
    "bisecting": lambda: cluster.BisectingKMeans(3).fit(X),
    "birch": lambda: cluster.Birch(threshold=0.3).fit(X),
    "hdbscan": lambda: cluster.HDBSCAN(copy=True).fit(X),
    "isotonic": lambda: isotonic.IsotonicRegression().fit(X[:, 0], X[:, 1]),
    "splines": lambda: preprocessing.SplineTransformer().fit(X),
    "one hot": lambda: preprocessing.OneHotEncoder(drop="first", max_categories=3).fit(CATEGORIES),
    "one hot of numbers": lambda: preprocessing.OneHotEncoder(handle_unknown="ignore").fit(CODES[:, 3:]),
    "bins": lambda: preprocessing.KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf").fit(X),
    "labels": lambda: preprocessing.MultiLabelBinarizer().fit(LABELS),
    "words": lambda: feature_extraction.text.TfidfVectorizer().fit(WORDS),
    "names": lambda: feature_extraction.DictVectorizer().fit([{"a": 1, "b": "x"}, {"c": 2}]),
    "hashed": lambda: feature_extraction.text.HashingVectorizer(n_features=16),
    "csr": lambda: SPARSE.copy(),
    "csc": lambda: SPARSE.tocsc(),
    "coo": lambda: SPARSE.tocoo(),
    "bsr": lambda: SPARSE.tobsr((2, 2)),
    "dia": lambda: SPARSE.todia(),
    "lil": lambda: SPARSE.tolil(),
    "array of three": lambda: scipy.sparse.coo_array(np.ones((2, 3, 4))),
    "b-spline": lambda: scipy.interpolate.make_interp_spline(np.arange(9.0), X[:9]),
    "pieces": lambda: scipy.interpolate.CubicSpline(np.arange(9.0), X[:9]),
    "grid": lambda: scipy.interpolate.RegularGridInterpolator((np.arange(4.0), np.arange(3.0)), X[:4, :3]),
    "univariate": lambda: scipy.interpolate.UnivariateSpline(np.arange(9.0), X[:9, 0]),
    "scipy's tree": lambda: scipy.spatial.cKDTree(X, leafsize=4),
    "kde": lambda: scipy.stats.gaussian_kde(X.T),
    "mersenne": lambda: np.random.RandomState(3),
    "philox": lambda: np.random.Generator(np.random.Philox(3)),
    "pcg": lambda: np.random.default_rng(3),
    "masked": lambda: np.ma.array(X, mask=X > 0.5),
    "frame": _frame,
    "series": lambda: pd.Series(pd.Categorical(np.array(list("uvw"))[Y])),
    "multiindex": lambda: pd.DataFrame(X, index=pd.MultiIndex.from_arrays([Y, np.arange(60)])),
}


def _categories():
    return ensemble.HistGradientBoostingRegressor(max_iter=3, categorical_features=[3]).fit(CODES, X[:, 0])


def value(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return VALUES[name]()


METHODS = """predict predict_proba decision_function score_samples transform apply decision_path staged_predict_proba
    kneighbors radius_neighbors kneighbors_graph inverse_transform""".split()
DATA = (X, SPARSE, X[:, 0], X @ X.T, CATEGORIES, CODES, CODES[:, 3:], WORDS, LABELS, [{"a": 1, "b": "x"}, {"c": 5}])


def _calls(obj):
    """What can be done with an object, as functions."""
    for name in METHODS:
        method = getattr(obj, name, None)
        for data in DATA if callable(method) else ():
            yield lambda method=method, data=data: _used(method(data))
    if hasattr(obj, "tree_") and hasattr(obj.tree_, "compute_feature_importances"):
        yield lambda: obj.tree_.compute_feature_importances()
        yield lambda: obj.tree_.compute_node_depths()
    if hasattr(obj, "dbscan_clustering"):
        yield lambda: obj.dbscan_clustering(0.1)
    if isinstance(obj, (neighbors.KDTree, neighbors.BallTree, scipy.spatial.cKDTree)):
        yield from _searches(obj)
    if scipy.sparse.issparse(obj):
        yield from _products(obj)
    if isinstance(obj, (pd.DataFrame, pd.Series)):
        yield from _tables(obj)
    if isinstance(obj, (np.random.RandomState, np.random.Generator)):
        yield lambda: obj.random(2000)
        yield lambda: obj.integers(0, 100, 2000)
        yield lambda: obj.randint(0, 100, 2000)
    if isinstance(obj, np.ndarray):
        yield lambda: (obj.sum(), obj.copy(), obj.tolist())
    if callable(obj):
        yield lambda: obj(np.linspace(-1, 9, 50))
        yield lambda: obj(X[:, :2])
        yield lambda: obj(X.T)


def _searches(obj):
    yield lambda: obj.query(X, k=3)
    yield lambda: obj.query_radius(X, 0.5, return_distance=True)
    yield lambda: obj.kernel_density(X, 0.2)
    yield lambda: obj.two_point_correlation(X, [0.1, 0.5])
    yield lambda: obj.query(X, k=3, dualtree=True, breadth_first=True)
    yield lambda: obj.query_ball_point(X, 0.5)
    yield lambda: obj.query_pairs(0.3)
    yield lambda: obj.count_neighbors(obj, 0.3)
    yield lambda: obj.sparse_distance_matrix(obj, 0.3)


def _products(obj):
    yield lambda: obj.toarray()
    yield lambda: obj @ np.ones((obj.shape[-1], 3))
    yield lambda: obj.T @ obj
    yield lambda: (obj.tocsc(), obj.tocsr(), obj.tocoo(), obj.tolil(), obj.tobsr())
    yield lambda: (obj.sum(axis=0), obj.max(), obj + obj, obj.multiply(obj), obj.diagonal())
    yield lambda: obj.tocsr()[[0, -1], :][:, [0, -1]]
    yield lambda: obj.sort_indices() or obj.sum_duplicates()


def _tables(obj):
    yield lambda: repr(obj)
    yield lambda: obj.to_numpy()
    yield lambda: obj.iloc[[0, -1, 5]]
    yield lambda: obj.sort_index().reset_index()
    yield lambda: obj.copy().isna().sum()
    yield lambda: [obj[column].value_counts() for column in obj]
    yield lambda: [obj[column].astype(object).tolist() for column in obj]
    yield lambda: obj.value_counts()
    yield lambda: obj.loc[(1, slice(None)), :]
    yield lambda: obj.groupby(level=0, observed=True).count()
    yield lambda: pd.concat([obj, obj])


def _used(result):
    """Go on with what a method returned: what is wrong with it may show only then."""
    if scipy.sparse.issparse(result):
        result.toarray()
        result @ np.ones((result.shape[1], 2))
    if hasattr(result, "__next__"):
        list(result)


def use(obj):
    """Call what there is; exceptions are fine, crashes are not.  How many calls worked."""
    worked = 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for call in _calls(obj):
            try:
                call()
                worked += 1
            except Exception:  # noqa: S110 (whatever a forged value leads to)
                continue
    return worked
