"""What `inspect` returns: plain data."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Array", "Global", "Part", "Pickle", "Report", "Seal", "repr_pretty"]


def repr_pretty(value: object, printer: Any, cycle: bool) -> None:
    """Show a value in IPython by its short ``str``: notebooks save that beside the HTML, and else its ``repr``.

    A dataclass takes it as ``_repr_pretty_``; a method of a base would come after the ``repr`` of the class itself.
    """
    printer.text(str(value))


@dataclass(frozen=True)
class Global:
    """A class or function that the file names.

    Attributes
    ----------
    module, name : str
        As they are looked up by a load: names of Python 2 and of modules that
        have moved are replaced by today's.
    verdict : {'safe', 'unknown', 'dangerous'}
    count : int
        How often the file refers to it: by name, and by reference where it is
        called.
    uses : tuple of str
        Of 'called' (by the file, or given to something that is called and may
        call it in turn), 'instantiated' and 'value' (put into the object);
        'unused' if it is none of these.
    paths : tuple of str
        Where in the object, at most five places.
    trusted : bool or None
        Whether the policies that `inspect` was given have the name; None if it was
        given none.  `safe_load` also checks what is done with it.
    """

    module: str
    name: str
    verdict: str
    count: int
    uses: tuple[str, ...]
    paths: tuple[str, ...]
    trusted: bool | None = None


@dataclass(frozen=True)
class Array:
    """A NumPy array.

    Attributes
    ----------
    path : str
        Like "model.estimators_[3].tree_.nodes"; '' if it is no part of the
        object.
    dtype : str
        As ``dtype.str``, of structured types as ``str(dtype.descr)``, 'O' for
        objects.  '' if only the side file says it.
    shape : tuple of int
    order : {'C', 'F', 'K'}
        'K': another order of more than two axes.
    nbytes : int
        Of the data; for objects, of their part of the pickle.
    offset : int or None
        Of the data, after decompression; None if it is in a side file, or
        encoded as text.
    kind : {'joblib', 'objects', 'pickle', 'side file'}
        Raw data behind a wrapper; a pickle behind a wrapper; data within the
        pickle, in NumPy's own form; or a file of its own, as joblib before 0.10
        wrote it.
    filename : str or None
        Of the side file.
    """

    path: str
    dtype: str
    shape: tuple[int, ...]
    order: str
    nbytes: int
    offset: int | None
    kind: str
    filename: str | None


@dataclass(frozen=True)
class Part:
    """A part of an object, and the bytes that it takes.

    Numbers and strings of less than 64 bytes are no parts of their own, but
    count to the part that holds them.

    Attributes
    ----------
    name : str
        The last step of its path: ".tree_", "[3]", "['coef']"; "model" at the root.
    kind : str
        'dict', 'list', 'array', ... or the class, as "module.name".
    nbytes : int
        Of it and everything in it, after decompression.  What occurs again counts
        where it is first.
    count : int
        Objects in it, with itself.
    parts : tuple of Part
        The largest ones, at most 64 and the largest first; the rest is summed up
        in one named "and N more".
    """

    name: str
    kind: str
    nbytes: int
    count: int
    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Pickle:
    """One pickle of a file, which usually has one.

    Attributes
    ----------
    protocol : int
    start, end : int
        Positions, after decompression.
    root : Part
    """

    protocol: int
    start: int
    end: int
    root: Part


@dataclass(frozen=True)
class Seal:
    """What the seal of a file says; `fastjoblib.verify` tells whether it is true.

    Attributes
    ----------
    digest : str
        SHA-256 tree hash of the file's first `file_nbytes` bytes, in hexadecimal.
    file_nbytes : int
        Bytes before the seal.
    data_nbytes : int
        Of the object, before compression.
    checksums : int
        How many of its parts have one of their own.
    facts : dict
        ``python``, ``packages``, ``platform``, ``time``, ``metadata`` (the caller's) and
        others.
    """

    digest: str
    file_nbytes: int
    data_nbytes: int
    checksums: int
    facts: dict[str, Any]


@dataclass(frozen=True)
class Report:
    """What is in a file.  See `inspect`.

    Attributes
    ----------
    filename : str
        '' if there is none.
    nbytes : int
        Of the file; of a stream that does not know its size: of the data.
    format : {'joblib', 'pickle', 'joblib before 0.10'}
    protocol : int
        Of the first pickle.
    compressor : str or None
        'zlib', 'gzip', 'lz4', 'bz2', 'xz', 'lzma', 'zstd', a registered one, or 'zf' of
        joblib before 0.10.
    level : str or None
        What the compressed data itself says of it.
    blocks : int or None
        Of the block table or the LZ4 frame.
    data_nbytes : int
        After decompression, as far as it was read.
    pickles : tuple of Pickle
    globals : tuple of Global
        The dangerous ones first, the safe ones last.
    arrays : tuple of Array
        In the order of the file.
    seal : Seal or None
    notes : tuple of str
        What is suspicious about the file besides its globals.
    error : str or None
        Why the file could not be read to its end; what was found before that is
        here.
    """

    filename: str
    nbytes: int
    format: str
    protocol: int
    compressor: str | None
    level: str | None
    blocks: int | None
    data_nbytes: int
    pickles: tuple[Pickle, ...]
    globals: tuple[Global, ...]
    arrays: tuple[Array, ...]
    seal: Seal | None
    notes: tuple[str, ...]
    error: str | None

    @property
    def verdict(self) -> Literal["dangerous", "suspicious", "clean", "unreadable"]:
        """All in a word.

        'dangerous' if a dangerous global is named, 'suspicious' if there are
        notes, 'unreadable' if the file is damaged, 'suspicious' if a global that
        is not known is called or instantiated, else 'clean'.
        """
        if any(found.verdict == "dangerous" for found in self.globals):
            return "dangerous"
        if self.notes:
            return "suspicious"
        if self.error is not None:
            return "unreadable"
        runs = {"called", "instantiated"}
        if any(found.verdict != "safe" and runs & set(found.uses) for found in self.globals):
            return "suspicious"
        return "clean"

    def to_dict(self) -> dict[str, Any]:
        """Return all as dicts, lists, str, int and None."""
        return {**_plain(self), "verdict": self.verdict}

    def to_json(self, indent: int | None = None) -> str:
        """Return all as JSON."""
        import json  # not for every import of the package

        return json.dumps(self.to_dict(), indent=indent)

    def __str__(self) -> str:
        from fastjoblib._inspect.text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from fastjoblib._inspect.html import as_html

        return as_html(self)

    _repr_pretty_ = repr_pretty


def _plain(value: Any) -> Any:
    """Turn dataclasses into dicts and tuples into lists."""
    if dataclasses.is_dataclass(value):
        return {name: _plain(item) for name, item in vars(value).items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
