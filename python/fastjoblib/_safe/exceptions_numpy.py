"""Names of NumPy that need more than the default rule.

What `csrc/array/guards.c` checks has no check here.
"""

from fastjoblib._safe.rules import ANY_STATE, ARGS, BUILD, CALL, KEY, Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {
    "numpy._core.multiarray._reconstruct": Rule(CALL | ARGS),
    "numpy._core.multiarray.scalar": Rule(CALL | ARGS),
    "numpy._core.numeric._frombuffer": Rule(CALL | ARGS),
    "numpy.dtype": Rule(CALL | ARGS | BUILD | ANY_STATE | KEY),
    "numpy.ndarray": Rule(BUILD | ANY_STATE),
}
