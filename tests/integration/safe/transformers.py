# SPDX-License-Identifier: BSD-3-Clause
"""Transformers, text, columns and searches with what users give them.

As in `predictors`: a name, a model that is not fitted, and what `fit` gets.
"""

import numpy as np
import pandas as pd
from integration.safe.datasets import COUNTS, FRAME, LABELS, NULLABLE, SPARSE, SPARSE_ARRAY, TEXT, X, Y, Z
from scipy.special import expit, logit
from scipy.stats import loguniform, norm, randint, uniform
from sklearn import config_context
from sklearn.cluster import HDBSCAN, FeatureAgglomeration, KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, KernelPCA, LatentDirichletAllocation, TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFECV, SelectFromModel, SelectKBest, chi2, f_regression, mutual_info_classif
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.linear_model import BayesianRidge, Lasso, LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import f1_score, make_scorer, mean_absolute_error
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsTransformer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    LabelBinarizer,
    MultiLabelBinarizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.random_projection import SparseRandomProjection
from sklearn.tree import DecisionTreeClassifier

WORDS = FRAME[["colour", "grade"]]
HOLES = FRAME[["size", "weight"]]


def scalers():
    for degree in (2, 3):
        yield f"spline-{degree}", SplineTransformer(degree=degree, knots="quantile"), (X,)
    for extrapolation in ("error", "linear", "continue", "periodic"):
        yield f"spline-{extrapolation}", SplineTransformer(extrapolation=extrapolation), (X,)
    yield "polynomial", PolynomialFeatures(3, interaction_only=True), (SPARSE.tocsc(),)
    yield "powers", PowerTransformer("box-cox"), (X,)
    yield "quantiles", QuantileTransformer(n_quantiles=20, output_distribution="normal", random_state=0), (X,)
    yield "robust", RobustScaler(unit_variance=True), (FRAME[["size", "count"]],)
    for encode in ("onehot", "onehot-dense", "ordinal"):
        yield f"bins-{encode}", KBinsDiscretizer(3, encode=encode, quantile_method="linear"), (X,)
    for function, inverse in ((np.log1p, np.expm1), (np.sqrt, np.square), (logit, expit), (np.cbrt, None)):
        yield f"function-{function.__name__}", FunctionTransformer(function, inverse, check_inverse=False), (X / 9,)
    more = {"kw_args": {"a_min": 0.2, "a_max": 1.0}, "feature_names_out": "one-to-one"}
    yield "function-clip", FunctionTransformer(np.clip, **more), (FRAME[["size"]],)
    yield "target", TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1), (X, Z)
    yield "target-scaled", TransformedTargetRegressor(Ridge(), transformer=StandardScaler()), (X, Z)
    yield "columns-out", StandardScaler().set_output(transform="pandas"), (FRAME[["size", "count"]],)


def encoders():
    yield "hot", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5), (WORDS,)
    yield "hot-float32", OneHotEncoder(dtype=np.float32, drop="if_binary", sparse_output=False), (WORDS,)
    yield "hot-categories", OneHotEncoder(categories=[["low", "middle", "high"]]), (FRAME[["grade"]],)
    more = {"handle_unknown": "use_encoded_value", "unknown_value": -1, "encoded_missing_value": np.nan}
    yield "ordinal", OrdinalEncoder(**more), (WORDS.assign(size=FRAME["size"] > 1),)
    missing = WORDS.astype(object).where(FRAME[["flag", "flag"]].to_numpy(), None)
    yield "ordinal-missing", OrdinalEncoder(**more), (missing,)
    for target in (Y, Z, LABELS):
        yield f"target-{target.dtype.kind}", TargetEncoder(random_state=0, cv=2), (WORDS, target)
    yield "labels", LabelBinarizer(sparse_output=True), (LABELS,)
    yield "label-sets", MultiLabelBinarizer(), ([("a", "b"), ("c",)] * 5,)
    yield "dictionaries", DictVectorizer(dtype=np.float32), ([{"a": 1, "b": "x"}, {"c": ["y", "z"]}],)
    yield "hashed", FeatureHasher(8, input_type="string"), ([["a", "b"]] * 5,)


def imputers():
    for strategy in ("mean", "median", "most_frequent", "constant"):
        yield f"impute-{strategy}", SimpleImputer(strategy=strategy, add_indicator=True), (HOLES,)
    yield "impute-nullable", SimpleImputer(), (NULLABLE[["whole", "real"]],)
    yield "impute-words", SimpleImputer(strategy="most_frequent"), (WORDS.astype(object),)
    yield "impute-function", SimpleImputer(strategy=np.nanmedian), (HOLES,)
    yield "impute-neighbours", KNNImputer(), (HOLES,)
    for estimator in (BayesianRidge(), RandomForestRegressor(2, random_state=0)):
        yield f"impute-{type(estimator).__name__}", IterativeImputer(estimator, max_iter=2, random_state=0), (HOLES,)
    yield "missing", MissingIndicator(), (HOLES,)


def reductions():
    for solver in ("full", "arpack", "randomized"):
        yield f"pca-{solver}", PCA(2, svd_solver=solver, whiten=True, random_state=0), (X,)
    for kernel in ("linear", "rbf", "cosine", "sigmoid"):
        yield f"kernel-pca-{kernel}", KernelPCA(2, kernel=kernel, fit_inverse_transform=kernel != "cosine"), (X,)
    yield "svd", TruncatedSVD(2, random_state=0), (SPARSE_ARRAY,)
    yield "topics", LatentDirichletAllocation(2, random_state=0, max_iter=2), (COUNTS,)
    yield "nystroem", Nystroem(n_components=5, random_state=0), (X,)
    yield "fourier", RBFSampler(n_components=5, random_state=0), (SPARSE,)
    yield "projection", SparseRandomProjection(3, random_state=0), (SPARSE,)
    yield "neighbour-graph", KNeighborsTransformer(n_neighbors=2), (SPARSE,)
    yield "kmeans", KMeans(3, n_init=1, random_state=np.random.RandomState(0)), (FRAME[["size", "count"]],)
    yield "small-kmeans", MiniBatchKMeans(3, n_init=1, random_state=0), (SPARSE,)
    yield "hdbscan", HDBSCAN(store_centers="both", copy=True), (X,)
    yield "agglomeration", FeatureAgglomeration(2, pooling_func=np.median), (X,)
    for score in (chi2, f_regression, mutual_info_classif):
        yield f"best-{score.__name__}", SelectKBest(score, k=2), (X, Y)
    yield "from-model", SelectFromModel(Lasso(0.01), threshold="0.5*mean"), (X, Z)
    yield "eliminated", RFECV(DecisionTreeClassifier(random_state=0), cv=2), (X, LABELS)


def texts():
    for vectorizer in (CountVectorizer, TfidfVectorizer, HashingVectorizer):
        name = vectorizer.__name__
        yield f"{name}-bayes", make_pipeline(vectorizer(dtype=np.float32), LogisticRegression()), (TEXT, Y)
        yield f"{name}-pairs", vectorizer(ngram_range=(1, 2), stop_words="english", binary=True), (TEXT,)
        yield f"{name}-letters", vectorizer(analyzer="char_wb", ngram_range=(2, 4)), (FRAME["text"],)
    yield "vocabulary", CountVectorizer(vocabulary={"word1": 0, "text1": 1}), (TEXT,)
    yield "vocabulary-set", TfidfVectorizer(vocabulary={"word1", "text1"}, strip_accents="unicode"), (TEXT,)
    yield (
        "sublinear",
        make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True), MultinomialNB()),
        (TEXT, LABELS),
    )
    yield "limited", TfidfVectorizer(max_df=0.9, min_df=2, max_features=5, token_pattern=r"(?u)\b\w+\b"), (TEXT,)
    yield (
        "text-svd",
        make_pipeline(TfidfVectorizer(), TruncatedSVD(3, random_state=0), SGDClassifier(random_state=0)),
        (TEXT, Y),
    )
    both = [("text", TfidfVectorizer(), "text"), ("hot", OneHotEncoder(), ["colour"])]
    yield "text-column", make_pipeline(ColumnTransformer(both), LogisticRegression()), (FRAME, LABELS)


def of_columns():
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    kinds = {
        "names": (["size", "weight"], ["colour", "grade"]),
        "numbers": ([0, 1], slice(4, 6)),
        "flags": ([True] * 3 + [False] * 4, pd.Index(["colour"])),
        "selected": (make_column_selector(dtype_include=np.number), make_column_selector("colour|gr")),
    }
    for name, (first, second) in kinds.items():
        columns = ColumnTransformer([("numbers", numbers, first), ("words", words, second)], n_jobs=1)
        yield f"columns-{name}", Pipeline([("columns", columns), ("model", RandomForestClassifier(3))]), (FRAME, LABELS)
    made = make_column_transformer((StandardScaler(), ["size"]), remainder="drop", verbose_feature_names_out=False)
    yield "columns-in-pandas", made.set_output(transform="pandas"), (FRAME,)
    rest = ColumnTransformer([("a", "passthrough", ["size"])], remainder=OrdinalEncoder(), sparse_threshold=0)
    yield (
        "columns-rest",
        make_pipeline(rest, HistGradientBoostingClassifier(max_iter=2)),
        (FRAME.drop(columns="text"), Y),
    )
    union = FeatureUnion([("a", PCA(2)), ("b", SelectKBest(k=1)), ("c", "drop")], transformer_weights={"a": 2.0})
    yield "union", make_pipeline(union, Ridge()), (FRAME[["size", "count"]], Z)


def searches():
    line, grid = LogisticRegression(), {"C": np.logspace(-1, 1, 2)}
    splits = [
        KFold(2),
        StratifiedKFold(2, shuffle=True, random_state=0),
        ShuffleSplit(2, random_state=0),
        LeaveOneOut(),
        StratifiedShuffleSplit(2, random_state=np.random.RandomState(0)),
        TimeSeriesSplit(3),
        RepeatedStratifiedKFold(n_splits=2, n_repeats=1, random_state=0),
        PredefinedSplit([0, 1] * 30),
        list(KFold(2).split(X)),
    ]
    for split in splits:
        yield f"search-{type(split).__name__}", GridSearchCV(line, grid, cv=split), (X, Y)
    macro = make_scorer(f1_score, average="macro")
    yield "search-scorer", GridSearchCV(line, grid, scoring=macro, cv=2, return_train_score=True), (X, LABELS)
    several = {"f1": macro, "auc": "roc_auc", "error": make_scorer(mean_absolute_error, greater_is_better=False)}
    yield "search-scores", GridSearchCV(line, grid, scoring=several, refit="f1", cv=2), (X, Y)
    steps = Pipeline([("scale", StandardScaler()), ("model", line)])
    choices = [
        {"scale": [StandardScaler(), RobustScaler(), "passthrough"]},
        {"model": [DecisionTreeClassifier(), line]},
    ]
    yield "search-steps", GridSearchCV(steps, choices, cv=2), (FRAME[["size", "count"]], FRAME["grade"])
    for distribution in (loguniform(0.1, 1), uniform(0.1, 2), norm(5, 0.1)):
        name = f"search-{distribution.dist.name}"
        yield name, RandomizedSearchCV(line, {"C": distribution}, n_iter=2, cv=2, random_state=0), (X, Y)
    depth = {"max_depth": randint(1, 4), "criterion": ["gini", "entropy"]}
    yield "search-randint", RandomizedSearchCV(DecisionTreeClassifier(), depth, n_iter=2, cv=2, random_state=0), (X, Y)
    yield "halving", HalvingGridSearchCV(line, grid, cv=2, random_state=0), (X, Y)
    yield "halving-random", HalvingRandomSearchCV(line, {"C": [0.1, 1.0]}, cv=2, random_state=0), (X, Y)
    yield "threshold", TunedThresholdClassifierCV(line, scoring="f1", cv=2, store_cv_results=True), (X, Y)
    with config_context(enable_metadata_routing=True):
        asking = LogisticRegression().set_fit_request(sample_weight=True)
    yield "routed", make_pipeline(StandardScaler(), asking), (X, Y)


GROUPS = (scalers, encoders, imputers, reductions, texts, of_columns, searches)
