"""Names of NumPy that need more than the default rule.

What `csrc/array/guards.c` checks has no check here.
"""

from fastjoblib._safe.checks import masked, random_states
from fastjoblib._safe.rules import ANY_STATE, ARGS, BUILD, CALL, KEY, Rule

__all__ = ["RULES"]

_BIT_GENERATOR = Rule(BUILD | ANY_STATE, check_state=random_states.check_bit_generator_state)

RULES: dict[str, Rule] = {
    "numpy._core.multiarray._reconstruct": Rule(CALL | ARGS),
    "numpy._core.multiarray.scalar": Rule(CALL | ARGS),
    "numpy._core.numeric._frombuffer": Rule(CALL | ARGS),
    "numpy.dtype": Rule(CALL | ARGS | BUILD | ANY_STATE | KEY),
    "numpy.ma.MaskedArray": Rule(BUILD | ANY_STATE, check_state=masked.check_masked_state),
    "numpy.ma.core.MaskedArray": Rule(BUILD | ANY_STATE, check_state=masked.check_masked_state),
    "numpy.ma.core.MaskedConstant": Rule(CALL),
    "numpy.ma.core._mareconstruct": Rule(CALL | ARGS, check_call=masked.check_masked_call),
    "numpy.matrix": Rule(BUILD | ANY_STATE),
    "numpy.matrixlib.defmatrix.matrix": Rule(BUILD | ANY_STATE),
    "numpy.ndarray": Rule(BUILD | ANY_STATE),
    "numpy.random._generator.Generator": Rule(BUILD | ANY_STATE, check_state=random_states.check_generator_state),
    "numpy.random._mt19937.MT19937": _BIT_GENERATOR,
    "numpy.random._pcg64.PCG64": _BIT_GENERATOR,
    "numpy.random._pcg64.PCG64DXSM": _BIT_GENERATOR,
    "numpy.random._philox.Philox": _BIT_GENERATOR,
    "numpy.random._pickle.__bit_generator_ctor": Rule(CALL | ARGS, check_call=random_states.check_bit_generator_call),
    "numpy.random._pickle.__generator_ctor": Rule(CALL | ARGS, check_call=random_states.check_generator_call),
    "numpy.random._pickle.__randomstate_ctor": Rule(CALL | ARGS, check_call=random_states.check_generator_call),
    "numpy.random._sfc64.SFC64": _BIT_GENERATOR,
    "numpy.random.bit_generator.SeedSequence": Rule(
        BUILD | ANY_STATE, check_state=random_states.check_seed_sequence_state
    ),
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence": Rule(
        CALL | ARGS, check_call=random_states.check_seed_sequence_call
    ),
    "numpy.random.mtrand.RandomState": Rule(BUILD | ANY_STATE, check_state=random_states.check_random_state_state),
}
