"""What `to_onnx` returns."""

from dataclasses import dataclass

from fastjoblib._inspect.text import plural, shown, size
from fastjoblib._models.tables import text_table

__all__ = ["OnnxExport", "OnnxOutput", "OnnxValue"]

_N_ROWS = 10  # of which a text has the numbers


@dataclass(frozen=True)
class OnnxValue:
    """An input or output of an ONNX file.

    Attributes
    ----------
    name : str
    type : str
        Like "float32", or "sequence(map(string, float32))" of other things than arrays.
    shape : tuple of (int or str or None)
        Of an array; None or a name where any number does.
    """

    name: str
    type: str
    shape: tuple[int | str | None, ...]

    def __str__(self) -> str:
        axes = ", ".join("n" if axis is None else str(axis) for axis in self.shape)
        return f"{self.type} ({axes})" if self.shape else self.type


@dataclass(frozen=True)
class OnnxOutput:
    """An output of an exported model, compared with what the model itself says.

    Attributes
    ----------
    value : OnnxValue
    method : str
        Of the model, with which it is compared, as "predict_proba"; '' if the model has none
        for this output.
    largest_absolute, largest_relative : float or None
        The largest difference of two numbers, and the largest in relation to the larger of the
        two; infinite where only one of them is NaN or where the shapes differ.  None for labels,
        and of what is not compared.
    rows : tuple of int
        The numbers of the rows that differ: in a label, or in a number by more than the tolerance.
    """

    value: OnnxValue
    method: str
    largest_absolute: float | None
    largest_relative: float | None
    rows: tuple[int, ...]

    @property
    def equal(self) -> bool:
        """Whether no row differs by more than the tolerance."""
        return not self.rows


@dataclass(frozen=True)
class OnnxExport:
    """An ONNX file that was written, and how its predictions compare; printed, a table.

    Attributes
    ----------
    path : str
    nbytes : int
    n_rows : int
        With which it was compared.
    rtol, atol : float
        The tolerance.
    inputs : tuple of OnnxValue
    outputs : tuple of OnnxOutput
    notes : tuple of str
        Why inputs have other types than `X`, and why predictions differ, where that is known.
    """

    path: str
    nbytes: int
    n_rows: int
    rtol: float
    atol: float
    inputs: tuple[OnnxValue, ...]
    outputs: tuple[OnnxOutput, ...]
    notes: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether all that was compared is equal within the tolerance."""
        return all(output.equal for output in self.outputs)

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of `X` that differ in any output."""
        return tuple(sorted({row for output in self.outputs for row in output.rows}))

    def verdict(self) -> str:
        """Say in one line whether and where predictions differ."""
        tolerance = f"(rtol={self.rtol:g}, atol={self.atol:g})"
        if self.equal:
            return f"the same predictions for {plural(self.n_rows, 'row')} {tolerance}"
        differing = self.rows
        numbers = ", ".join(map(str, differing[:_N_ROWS])) + (", ..." if len(differing) > _N_ROWS else "")
        of = f"{len(differing):,} of {plural(self.n_rows, 'row')}"
        return f"DIFFERENT predictions for {of} {tolerance}: {'row' if len(differing) == 1 else 'rows'} {numbers}"

    def __str__(self) -> str:
        inputs = [(value.name, str(value)) for value in self.inputs]
        heads = ("output", "", "compared with", "largest difference", "relative", "rows that differ")
        outputs = [_row(output) for output in self.outputs]
        lines = [f"{shown(self.path, 200)}: {size(self.nbytes)}", self.verdict(), *self.notes]
        return "\n".join([*lines, text_table(("input", ""), inputs), text_table(heads, outputs, (3, 4, 5))])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _row(output: OnnxOutput) -> tuple[str, ...]:
    numbers = _number(output.largest_absolute), _number(output.largest_relative)
    method = output.method or "nothing"
    return output.value.name, str(output.value), method, *numbers, f"{len(output.rows):,}" if output.method else ""
