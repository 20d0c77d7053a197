"""Names that harmless files of some versions hold, by module, and of others do not.

The rules are those of `safe_python`.
"""

__all__ = ["OLDER"]

OLDER = {
    # NumPy 1, whose numpy.core is written numpy._core here.
    "numpy": "chararray recarray",
    "numpy._core._internal": "_reconstruct",
    "numpy._core.defchararray": "chararray",
    "numpy._core.records": "recarray record",
    "numpy.matrixlib.defmatrix": "matrix",
    "numpy.random": "__RandomState_ctor",
    "numpy.random.mtrand": "__RandomState_ctor",
    # What stands for numpy.random._pickle where NumPy 1 loads a file of NumPy 2.
    "fastjoblib._random_numpy1": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    # SciPy: one or another version from 1.17 on.
    "scipy.interpolate._bsplines": "_BSpline",
    "scipy.interpolate._interpolate": "_BPoly _PPoly",
    # SciPy before 1.8.
    "scipy.interpolate.interpolate": "PPoly interp1d",
    "scipy.sparse.bsr": "bsr_matrix",
    "scipy.sparse.coo": "coo_matrix",
    "scipy.sparse.csc": "csc_matrix",
    "scipy.sparse.csr": "csr_matrix",
    "scipy.sparse.dia": "dia_matrix",
    "scipy.sparse.dok": "dok_matrix",
    "scipy.sparse.lil": "lil_matrix",
    "scipy.spatial.ckdtree": "cKDTree",
    "scipy.spatial.kdtree": "KDTree",
    # pandas before 3; the modules of before 0.20 too.
    "pandas._libs.missing": "NA",
    "pandas._libs.tslibs.nattype": "__nat_unpickle",
    "pandas._libs.tslib": "Timedelta Timestamp _nat_unpickle",
    "pandas.core.arrays.numpy_": "PandasArray",
    "pandas.core.indexes.frozen": "FrozenList",
    "pandas.core.indexes.numeric": "Float64Index Int64Index UInt64Index",
    "pandas.core.internals": "BlockManager SingleBlockManager",
    "pandas.indexes.base": "Index _new_Index",
    "pandas.indexes.range": "RangeIndex",
    # pytz, which pandas before 3 names.
    "pytz": "_UTC _p",
    # What joblib is called in old files; see NDArrayWrapper in `safe_learning`.
    "sklearn.externals.joblib.numpy_pickle": "NDArrayWrapper NumpyArrayWrapper ZNDArrayWrapper",
    # scikit-learn 0.22 to 1.8: moved or gone.
    "sklearn._loss._loss": """
        __pyx_unpickle_CyAbsoluteError __pyx_unpickle_CyExponentialLoss __pyx_unpickle_CyHalfBinomialLoss
        __pyx_unpickle_CyHalfGammaLoss __pyx_unpickle_CyHalfPoissonLoss __pyx_unpickle_CyHalfSquaredError
        __pyx_unpickle_CyHalfTweedieLoss __pyx_unpickle_CyHalfTweedieLossIdentity __pyx_unpickle_CyHuberLoss
        __pyx_unpickle_CyPinballLoss""",
    "sklearn._loss.glm_distribution": "TweedieDistribution",
    "sklearn.ensemble._gb_losses": """
        BinomialDeviance ExponentialLoss HuberLossFunction LeastAbsoluteError LeastSquaresError MultinomialDeviance
        QuantileLossFunction""",
    "sklearn.ensemble._hist_gradient_boosting.loss": """
        AbsoluteError BinaryCrossEntropy CategoricalCrossEntropy LeastSquares Poisson""",
    "sklearn.linear_model._sgd_fast": "Huber Log SquaredLoss",
    "sklearn.metrics._dist_metrics": "EuclideanDistance KulsinskiDistance32 KulsinskiDistance64 ManhattanDistance",
    "sklearn.metrics._scorer": "_PredictScorer _ProbaScorer _ThresholdScorer",
    "sklearn.neighbors._dist_metrics": "EuclideanDistance ManhattanDistance MinkowskiDistance newObj",
    # scikit-learn before 0.22, whose modules had no underscores.
    "sklearn.cluster.dbscan_": "DBSCAN",
    "sklearn.cluster.hierarchical": "AgglomerativeClustering FeatureAgglomeration",
    "sklearn.cluster.k_means_": "KMeans MiniBatchKMeans",
    "sklearn.cluster.mean_shift_": "MeanShift",
    "sklearn.decomposition.factor_analysis": "FactorAnalysis",
    "sklearn.decomposition.fastica_": "FastICA",
    "sklearn.decomposition.incremental_pca": "IncrementalPCA",
    "sklearn.decomposition.kernel_pca": "KernelPCA",
    "sklearn.decomposition.nmf": "NMF",
    "sklearn.decomposition.online_lda": "LatentDirichletAllocation",
    "sklearn.decomposition.pca": "PCA",
    "sklearn.decomposition.truncated_svd": "TruncatedSVD",
    "sklearn.ensemble.bagging": "BaggingClassifier BaggingRegressor",
    "sklearn.ensemble.forest": """
        ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor RandomTreesEmbedding""",
    "sklearn.ensemble.gradient_boosting": """
        BinomialDeviance ExponentialLoss GradientBoostingClassifier GradientBoostingRegressor HuberLossFunction
        LeastAbsoluteError LeastSquaresError LogOddsEstimator MeanEstimator MultinomialDeviance
        PriorProbabilityEstimator QuantileEstimator QuantileLossFunction ScaledLogOddsEstimator ZeroEstimator""",
    "sklearn.ensemble.iforest": "IsolationForest",
    "sklearn.ensemble.voting_classifier": "VotingClassifier",
    "sklearn.ensemble.weight_boosting": "AdaBoostClassifier AdaBoostRegressor",
    "sklearn.feature_extraction.dict_vectorizer": "DictVectorizer",
    "sklearn.feature_extraction.hashing": "FeatureHasher",
    "sklearn.feature_selection.from_model": "SelectFromModel",
    "sklearn.feature_selection.rfe": "RFE RFECV",
    "sklearn.feature_selection.univariate_selection": "SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile",
    "sklearn.feature_selection.variance_threshold": "VarianceThreshold",
    "sklearn.gaussian_process.gpc": "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.gpr": "GaussianProcessRegressor",
    "sklearn.impute": "SimpleImputer",
    "sklearn.linear_model.base": "LinearRegression",
    "sklearn.linear_model.bayes": "ARDRegression BayesianRidge",
    "sklearn.linear_model.coordinate_descent": "ElasticNet ElasticNetCV Lasso LassoCV",
    "sklearn.linear_model.huber": "HuberRegressor",
    "sklearn.linear_model.least_angle": "Lars LarsCV LassoLars LassoLarsCV",
    "sklearn.linear_model.logistic": "LogisticRegression LogisticRegressionCV",
    "sklearn.linear_model.passive_aggressive": "PassiveAggressiveClassifier PassiveAggressiveRegressor",
    "sklearn.linear_model.perceptron": "Perceptron",
    "sklearn.linear_model.ransac": "RANSACRegressor",
    "sklearn.linear_model.ridge": "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
    "sklearn.linear_model.sgd_fast": "EpsilonInsensitive Hinge Huber Log ModifiedHuber SquaredHinge SquaredLoss",
    "sklearn.linear_model.stochastic_gradient": "SGDClassifier SGDRegressor",
    "sklearn.linear_model.theil_sen": "TheilSenRegressor",
    "sklearn.metrics.scorer": "_PredictScorer _ProbaScorer _ThresholdScorer",
    "sklearn.mixture.bayesian_mixture": "BayesianGaussianMixture",
    "sklearn.mixture.gaussian_mixture": "GaussianMixture",
    "sklearn.neighbors.ball_tree": "BallTree newObj",
    "sklearn.neighbors.classification": "KNeighborsClassifier RadiusNeighborsClassifier",
    "sklearn.neighbors.dist_metrics": "EuclideanDistance ManhattanDistance MinkowskiDistance newObj",
    "sklearn.neighbors.kd_tree": "KDTree newObj",
    "sklearn.neighbors.nearest_centroid": "NearestCentroid",
    "sklearn.neighbors.regression": "KNeighborsRegressor RadiusNeighborsRegressor",
    "sklearn.neighbors.unsupervised": "NearestNeighbors",
    "sklearn.neural_network.multilayer_perceptron": "MLPClassifier MLPRegressor",
    "sklearn.preprocessing.data": """
        Binarizer MaxAbsScaler MinMaxScaler Normalizer OneHotEncoder PolynomialFeatures PowerTransformer
        QuantileTransformer RobustScaler StandardScaler""",
    "sklearn.preprocessing.imputation": "Imputer",
    "sklearn.preprocessing.label": "LabelBinarizer LabelEncoder MultiLabelBinarizer",
    "sklearn.svm.classes": "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR",
    "sklearn.tree.tree": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
}
