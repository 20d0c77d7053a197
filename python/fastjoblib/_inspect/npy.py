"""NumPy's .npy files: whether numbers follow the header, or a pickle may."""

import ast
import re
from typing import IO, Any

from fastjoblib._inspect.archives import Member

__all__ = ["NPY_MAGIC", "may_hold_a_pickle"]

NPY_MAGIC = b"\x93NUMPY"

# Headers that are longer are not parsed.  NumPy's own limit is 10,000 unless it may load pickles.
_LONGEST_HEADER = 2**18
_CHUNK_SIZE = 65536
_STRING = r"""'[^'\\\n]*'|"[^"\\\n]*\""""
# What NumPy writes: strings without escapes, integers (Python 2's with an L), and these three words.
_LITERAL = re.compile(rf"(?:{_STRING}|[0-9]L?|True|False|None|[][(){{}}:, \n])*")
_STRING_OR_L = re.compile(rf"({_STRING})|L")
_NUMBERS = re.compile(r"[<>=|]?(?:[biufcSUV][0-9]+|[mM]8(?:\[[0-9]*[a-zA-Z]+(?:/[0-9]+)?\])?)")


def may_hold_a_pickle(file: IO[bytes] | Member) -> bool:
    """Read the header of an .npy file; tell whether a pickle may follow, in place of numbers.

    Of every header that is not understood to its last letter, it may.
    """
    start = file.read(8)
    width = 2 if start[6:7] == b"\x01" else 4
    length = int.from_bytes(file.read(width), "little")
    header = file.read(min(length, _LONGEST_HEADER))
    left = length - len(header)
    while left and (data := file.read(min(left, _CHUNK_SIZE))):
        left -= len(data)
    if left:
        raise EOFError(f"the file ends in its header, which should have {length} bytes")
    if length > _LONGEST_HEADER:
        return True
    try:
        return not _is_numbers(_parse(header.decode("utf-8" if start[6:7] == b"\x03" else "latin-1")))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return True


def _parse(header: str) -> Any:
    """Return `descr` of a header, as NumPy understands it."""
    if _LITERAL.fullmatch(header) is None:
        raise ValueError("it has more than literals")
    fields = ast.literal_eval(_STRING_OR_L.sub(r"\1", header))
    return fields.get("descr") if isinstance(fields, dict) else None


def _is_numbers(descr: Any) -> bool:
    if isinstance(descr, str):
        return _NUMBERS.fullmatch(descr) is not None
    if isinstance(descr, tuple):  # a type and the shape of an array of it
        return len(descr) == 2 and _is_numbers(descr[0])
    if isinstance(descr, list):  # fields: name, type and maybe a shape
        return all(isinstance(field, tuple) and len(field) in (2, 3) and _is_numbers(field[1]) for field in descr)
    return False
