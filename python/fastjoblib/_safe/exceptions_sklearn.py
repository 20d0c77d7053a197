"""Names of scikit-learn that need more than the default rule."""

from fastjoblib import _core
from fastjoblib._safe.checks import clusters, encoders, histogram, multiclass, neighbors, numbers, svm, trees
from fastjoblib._safe.rules import ANY_STATE, ARGS, BUILD, CALL, NEW, SETITEM, Rule

__all__ = ["RULES"]


def _final(check: object, *names: str) -> dict[str, Rule]:
    """Instances as others, with a check at the end."""
    return {name: Rule(NEW | BUILD, check_final=check) for name in names}  # type: ignore[arg-type]


def _metrics() -> dict[str, Rule]:
    words = """BrayCurtis Canberra Chebyshev Dice Euclidean Hamming Haversine Jaccard Kulsinski Mahalanobis Manhattan
        Matching Minkowski RogersTanimoto RussellRao SEuclidean SokalMichener SokalSneath"""
    found: dict[str, Rule] = {}
    for word in words.split():
        rule = Rule(BUILD | ANY_STATE, check_state=neighbors.check_metric_state)
        found |= {f"sklearn.metrics._dist_metrics.{word}Distance{bits}": rule for bits in (32, 64)}
    return found


_NUMBERS = Rule(CALL | ARGS, check_call=numbers.check_numbers_call)
_NEW_OBJECT = Rule(CALL | ARGS, check_call=neighbors.check_new_object, check_final=neighbors.check_new_objects)
_NAMED_TUPLE = Rule(NEW | ARGS)
_SEARCH_TREE = Rule(BUILD | ANY_STATE, check_state=neighbors.check_search_tree_state)

RULES: dict[str, Rule] = {
    **{
        f"sklearn._loss._loss.Cy{name}": _NUMBERS
        for name in """AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss
            HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss PinballLoss""".split()
    },
    **{
        f"sklearn.linear_model._sgd_fast.{name}": _NUMBERS
        for name in "EpsilonInsensitive Hinge ModifiedHuber SquaredEpsilonInsensitive SquaredHinge".split()
    },
    **{
        f"sklearn.neighbors._{module}.{name}{bits}": _SEARCH_TREE
        for module, name in (("ball_tree", "BallTree"), ("kd_tree", "KDTree"))
        for bits in ("", "32", "64")
    },
    **_metrics(),
    **_final(clusters.check_birch, "sklearn.cluster._birch.Birch"),
    **_final(clusters.check_bisecting_k_means, "sklearn.cluster._bisect_k_means.BisectingKMeans"),
    **_final(clusters.check_hdbscan, "sklearn.cluster._hdbscan.hdbscan.HDBSCAN"),
    **_final(clusters.check_k_means, "sklearn.cluster._kmeans.KMeans", "sklearn.cluster._kmeans.MiniBatchKMeans"),
    **_final(
        trees.check_gradient_boosting,
        "sklearn.ensemble._gb.GradientBoostingClassifier",
        "sklearn.ensemble._gb.GradientBoostingRegressor",
    ),
    **_final(histogram.check_bin_mappers, "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper"),
    **_final(
        histogram.check_histogram_boosting,
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier",
        "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor",
    ),
    **_final(histogram.check_predictors, "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"),
    **_final(
        encoders.check_dict_vectorizers,
        "sklearn.feature_extraction._dict_vectorizer.DictVectorizer",
    ),
    **_final(
        encoders.check_text_vectorizers,
        "sklearn.feature_extraction.text.CountVectorizer",
        "sklearn.feature_extraction.text.TfidfVectorizer",
    ),
    **_final(encoders.check_hashers, "sklearn.feature_extraction._hash.FeatureHasher"),
    **_final(encoders.check_text_hashers, "sklearn.feature_extraction.text.HashingVectorizer"),
    **_final(multiclass.check_constants, "sklearn.multiclass._ConstantPredictor"),
    **_final(multiclass.check_one_vs_rest, "sklearn.multiclass.OneVsRestClassifier"),
    **_final(
        neighbors.check_neighbors_classifiers,
        "sklearn.neighbors._classification.KNeighborsClassifier",
        "sklearn.neighbors._classification.RadiusNeighborsClassifier",
    ),
    **_final(
        neighbors.check_neighbors,
        "sklearn.neighbors._graph.KNeighborsTransformer",
        "sklearn.neighbors._graph.RadiusNeighborsTransformer",
        "sklearn.neighbors._lof.LocalOutlierFactor",
        "sklearn.neighbors._regression.KNeighborsRegressor",
        "sklearn.neighbors._regression.RadiusNeighborsRegressor",
        "sklearn.neighbors._unsupervised.NearestNeighbors",
    ),
    **_final(encoders.check_one_hot_encoders, "sklearn.preprocessing._encoders.OneHotEncoder"),
    **_final(encoders.check_label_binarizers, "sklearn.preprocessing._label.MultiLabelBinarizer"),
    **_final(svm.check_classifiers, "sklearn.svm._classes.NuSVC", "sklearn.svm._classes.SVC"),
    **_final(
        svm.check_regressors,
        "sklearn.svm._classes.NuSVR",
        "sklearn.svm._classes.OneClassSVM",
        "sklearn.svm._classes.SVR",
    ),
    **_final(
        trees.check_decision_trees,
        "sklearn.tree._classes.DecisionTreeClassifier",
        "sklearn.tree._classes.DecisionTreeRegressor",
        "sklearn.tree._classes.ExtraTreeClassifier",
        "sklearn.tree._classes.ExtraTreeRegressor",
    ),
    "sklearn._loss._loss.__pyx_unpickle_CyHalfMultinomialLoss": Rule(
        CALL | ARGS, check_call=numbers.check_multinomial_call
    ),
    "sklearn.impute._iterative._ImputerTriplet": _NAMED_TUPLE,
    "sklearn.metrics._dist_metrics.newObj": _NEW_OBJECT,
    "sklearn.neighbors._ball_tree.newObj": _NEW_OBJECT,
    "sklearn.neighbors._kd_tree.newObj": _NEW_OBJECT,
    "sklearn.tree._tree.Tree": Rule(
        CALL | ARGS | BUILD,
        check_call=_core.check_tree_arguments,
        check_state=_core.check_tree_state,
        check_final=trees.check_trees,
    ),
    "sklearn.utils._bunch.Bunch": Rule(NEW | BUILD | SETITEM),
    "sklearn.utils._encode.MissingValues": _NAMED_TUPLE,
    "sklearn.utils._encode._NaNCounter": Rule(NEW | BUILD | SETITEM),
    "sklearn.utils._encode._nandict": Rule(NEW | BUILD | SETITEM),
    "sklearn.utils._metadata_requests.MethodPair": _NAMED_TUPLE,
    "sklearn.utils._metadata_requests.RouterMappingPair": _NAMED_TUPLE,
}
