"""Names of XGBoost that need more than the default rule."""

from fastjoblib._safe.rules import Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {}
