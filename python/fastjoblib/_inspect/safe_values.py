"""Names that harmless files hold, by module, but do not call: functions, and types of numbers.

Whoever calls them can do harm.  NumPy's functions ask what they are given for methods
of certain names, and call those; a memory map opens files; a logger is one for the
whole process, which a state would change.  Called, they are unknown.
"""

__all__ = ["OLDER_VALUES", "VALUES"]

# joblib writes memmap for an array that was mapped.
VALUES = {
    "logging": "getLogger",
    "numpy": """
        bool bool_ bytes_ clongdouble complex128 complex64 datetime64 double float16 float32 float64 int16 int32
        int64 int8 intc intp longdouble longlong object_ short single str_ timedelta64 ubyte uint uint16 uint32
        uint64 uint8 uintc uintp ulonglong ushort void character complexfloating flexible floating generic inexact
        integer number signedinteger unsignedinteger memmap abs absolute add all amax amin any arccos arccosh arcsin
        arcsinh arctan arctan2 arctanh argmax argmin argsort around array asarray average bitwise_and bitwise_not
        bitwise_or bitwise_xor cbrt ceil clip column_stack concatenate conj conjugate copysign cos cosh cumprod
        cumsum deg2rad degrees diff digitize divide divmod dot equal exp exp2 expand_dims expm1 fabs flip
        float_power floor floor_divide fmax fmin fmod gcd greater greater_equal heaviside hstack hypot interp invert
        isclose isfinite isinf isnan isnat lcm ldexp less less_equal log log10 log1p log2 logaddexp logaddexp2
        logical_and logical_not logical_or logical_xor matmul max maximum mean median min minimum mod multiply
        nan_to_num nanmax nanmean nanmedian nanmin nanpercentile nanquantile nanstd nansum nanvar negative nextafter
        not_equal ones ones_like percentile positive power prod ptp quantile rad2deg radians ravel reciprocal
        remainder reshape rint roll round sign signbit sin sinh sort sqrt square squeeze stack std subtract sum tan
        tanh transpose true_divide trunc unique var vstack where zeros zeros_like""",
    "numpy._core.memmap": "memmap",
    "scipy.special": """
        boxcox boxcox1p cbrt erf erfc erfinv exp10 exp2 expit expm1 gamma gammaln inv_boxcox inv_boxcox1p log1p
        log_expit log_ndtr logit ndtr ndtri psi xlog1py xlogy""",
    "scipy.special._logsumexp": "log_softmax logsumexp softmax",
    # SciPy 1.17 names them by the module that Python finds first.
    "scipy.special._special_ufuncs": """
        cbrt erf erfc exp10 exp2 expit expm1 gamma gammaln log1p log_expit log_ndtr logit ndtr psi xlog1py xlogy""",
    "scipy.special._ufuncs": """
        boxcox boxcox1p cbrt erf erfc erfinv exp10 exp2 expit expm1 gamma gammaln inv_boxcox inv_boxcox1p log1p
        log_expit log_ndtr logit ndtr ndtri psi xlog1py xlogy""",
    "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
    "sklearn.feature_extraction.text": "strip_accents_ascii strip_accents_unicode strip_tags",
    "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
    "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_oneway f_regression r_regression",
    "sklearn.metrics._classification": """
        accuracy_score balanced_accuracy_score brier_score_loss class_likelihood_ratios classification_report
        cohen_kappa_score confusion_matrix d2_brier_score d2_log_loss_score f1_score fbeta_score hamming_loss hinge_loss
        jaccard_score log_loss matthews_corrcoef precision_score recall_score zero_one_loss""",
    "sklearn.metrics._ranking": """
        auc average_precision_score coverage_error dcg_score label_ranking_average_precision_score label_ranking_loss
        ndcg_score roc_auc_score top_k_accuracy_score""",
    "sklearn.metrics._regression": """
        d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score max_error mean_absolute_error
        mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss mean_poisson_deviance mean_squared_error
        mean_squared_log_error mean_tweedie_deviance median_absolute_error r2_score root_mean_squared_error
        root_mean_squared_log_error""",
    "sklearn.metrics._scorer": "negative_likelihood_ratio positive_likelihood_ratio",
    "sklearn.metrics.cluster._supervised": """
        adjusted_mutual_info_score adjusted_rand_score completeness_score fowlkes_mallows_score homogeneity_score
        mutual_info_score normalized_mutual_info_score rand_score v_measure_score""",
    "sklearn.metrics.cluster._unsupervised": """
        calinski_harabasz_score davies_bouldin_score silhouette_samples silhouette_score""",
    "sklearn.metrics.pairwise": """
        additive_chi2_kernel chi2_kernel cosine_distances cosine_similarity euclidean_distances
        haversine_distances laplacian_kernel linear_kernel manhattan_distances nan_euclidean_distances
        polynomial_kernel rbf_kernel sigmoid_kernel""",
    "sklearn.preprocessing._data": """
        add_dummy_feature binarize maxabs_scale minmax_scale normalize power_transform quantile_transform robust_scale
        scale""",
    "sklearn.utils.validation": "check_array",
}

# Of some versions, see `safe_older`.
OLDER_VALUES = {
    "numpy": "alltrue cumproduct float_ product round_ sometrue string_ trapz unicode_",
    "numpy._core._multiarray_umath": """
        absolute cbrt cos exp exp2 expm1 floor log log10 log1p log2 negative reciprocal rint sign sin sqrt square tan
        tanh""",
    "scipy._external.array_api_compat.numpy._aliases": "asarray",
    "scipy._lib.array_api_compat.numpy._aliases": "asarray",
    # Python 3.10; later ones call signal.Signals.
    "signal": """
        SIGABRT SIGALRM SIGBUS SIGCHLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGKILL SIGPIPE SIGQUIT SIGSEGV SIGSTOP
        SIGTERM SIGTSTP SIGUSR1 SIGUSR2""",
    "sklearn.feature_selection.univariate_selection": "chi2 f_classif f_regression",
    "sklearn.metrics.classification": "accuracy_score f1_score log_loss precision_score recall_score",
    "sklearn.metrics.regression": "mean_absolute_error mean_squared_error median_absolute_error r2_score",
}
