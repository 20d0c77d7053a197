"""Names of LightGBM that need more than the default rule."""

from fastjoblib._safe.checks.boosters import check_lightgbm, check_lightgbm_built
from fastjoblib._safe.rules import BUILD, NEW, Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {
    "lightgbm.basic.Booster": Rule(NEW | BUILD, check_state=check_lightgbm, check_final=check_lightgbm_built),
}
