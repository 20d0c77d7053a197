"""The bar of ``progress=True`` in a notebook: plain HTML, without widgets, so that a saved notebook still shows it."""

import importlib
from html import escape
from typing import Any

from fastjoblib._progress_shown import Pace, Shown

__all__ = ["NotebookBar"]

# Colours that can be told apart on light and dark pages; the text has the page's own.
_RUNNING, _DONE, _STOPPED = "#1e88e5", "#43a047", "#e53935"
_PIECE = 25  # percent of the bar: what wanders along it while the total is not known
_STEP = 5  # percent that it goes on with each report


def _html(text: str, colour: str, left: float, width: float) -> str:
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:2px 10px;font:13px/1.5 system-ui,sans-serif">'
        '<div style="position:relative;flex:0 1 320px;min-width:120px;height:10px;border-radius:5px;overflow:hidden;'
        'background:rgba(128,128,128,.3)">'
        f'<div style="position:absolute;top:0;height:100%;left:{left:.1f}%;width:{width:.1f}%;background:{colour}">'
        f"</div></div><span>{escape(text)}</span></div>"
    )


class NotebookBar(Shown):
    """A bar that fills, or where the total is not known yet, along which a piece wanders.

    It turns green at the end, and red where an error ends it.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        self._pace = Pace(title)
        self._handle: Any = None
        self._n_reports = 0
        self._last: tuple[int, int | None] = (0, None)

    def __call__(self, done: int, total: int | None) -> None:
        self._last = done, total
        self._n_reports += 1
        self._show(self._pace.line(done, total), _DONE if done == total else _RUNNING)

    def _filled(self) -> tuple[float, float]:
        """Return where the coloured part begins and how wide it is, in percent of the bar."""
        done, total = self._last
        if total is not None:
            return 0.0, 100 * done / total if total else 100.0
        there_and_back = 2 * (100 - _PIECE)
        at = self._n_reports * _STEP % there_and_back
        return min(at, there_and_back - at), _PIECE

    def _show(self, text: str, colour: str) -> None:
        shown = {"text/html": _html(text, colour, *self._filled()), "text/plain": text}
        if self._handle is None:
            display = importlib.import_module("IPython.display").display
            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)

    def close(self, error: BaseException | None) -> None:
        if error is not None and self._handle is not None:
            self._show(f"{self._pace.line(*self._last)}, stopped: {type(error).__name__}", _STOPPED)
