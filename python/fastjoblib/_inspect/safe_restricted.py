"""Names that only a restricted load trusts, which checks what they are called with, and their states.

Elsewhere they are dangerous, or unknown: with other arguments they run what they are
given.  `inspect` and `scan` look at names only, but for partials.
"""

__all__ = ["CHECKED"]

CHECKED = {
    # Of flags only.
    "_operator": "or_",
    # Of ZoneInfo._unpickle, and of members of enums.
    "builtins": "getattr",
    # Of sklearn.utils.validation.check_array only.
    "functools": "partial",
    # Which execute the text that they are given, unless it is their own.
    "scipy.stats._continuous_distns": """
        beta_gen cauchy_gen chi2_gen expon_gen exponnorm_gen f_gen gamma_gen gumbel_r_gen halfnorm_gen invgamma_gen
        laplace_gen logistic_gen lognorm_gen norm_gen pareto_gen powerlaw_gen rayleigh_gen reciprocal_gen t_gen
        triang_gen truncexpon_gen truncnorm_gen uniform_gen weibull_min_gen""",
    "scipy.stats._distn_infrastructure": "rv_continuous_frozen",
    "sklearn.utils.validation": "check_array",
}
