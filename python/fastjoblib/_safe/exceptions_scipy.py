"""Names of SciPy that need more than the default rule."""

from fastjoblib._inspect.safe_restricted import CHECKED
from fastjoblib._safe.checks.distributions import check_distribution
from fastjoblib._safe.rules import ANY_STATE, BUILD, NEW, Rule

__all__ = ["RULES"]

_DISTRIBUTION = Rule(NEW | BUILD | ANY_STATE, check_state=check_distribution)

RULES: dict[str, Rule] = {
    f"scipy.stats._continuous_distns.{name}": _DISTRIBUTION
    for name in CHECKED["scipy.stats._continuous_distns"].split()
}
