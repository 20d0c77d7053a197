"""Warnings that name the line of the user's program, however deep they arise."""

import sys
import warnings

__all__ = ["warn"]

# contextlib goes between a function of ours and the context manager in which it warns.
_INSIDE = {__name__.partition(".")[0], "contextlib"}


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn in the name of the innermost caller outside this package.

    A DeprecationWarning, which is shown only where it names the main program, is
    shown then whether that called us directly or through a patched joblib.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    level = 1
    frame = sys._getframe()
    while frame.f_back is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _INSIDE:
            break
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)
