"""Restricted loading: `safe_load`, its policies and its limits."""

from fastjoblib._safe.limits import Limits
from fastjoblib._safe.loading import safe_load

__all__ = ["Limits", "safe_load"]
