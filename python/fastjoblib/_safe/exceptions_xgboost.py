"""Names of XGBoost that need more than the default rule."""

from fastjoblib._safe.checks.boosters import check_xgboost, check_xgboost_built
from fastjoblib._safe.rules import BUILD, NEW, Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {
    "xgboost.core.Booster": Rule(NEW | BUILD, check_state=check_xgboost, check_final=check_xgboost_built),
}
