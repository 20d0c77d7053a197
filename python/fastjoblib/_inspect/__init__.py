"""What is in a file, found without running any of it."""

from fastjoblib._inspect.machine import inspect
from fastjoblib._inspect.report import Report

__all__ = ["Report", "inspect"]
