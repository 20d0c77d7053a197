from collections.abc import Callable
from typing import Any

_Map = Callable[..., Any]
_SideFiles = Callable[[dict[str, Any], int], Any]
_Other = Callable[[Any, bytes, bool, str, bool, Any], Any]

def dump_path(
    value: object, filename: str, protocol: int | None, atomic: bool, fsync: bool, /
) -> None: ...
def dump_file(
    value: object, file: object, protocol: int | None, allow_mmap: bool, /
) -> None: ...
def write_path(
    write: Callable[[int, str | None], object],
    filename: str,
    atomic: bool,
    fsync: bool,
    named: bool,
    /,
) -> None: ...
def dumps(value: object, protocol: int | None, /) -> bytes: ...
def load_path(
    filename: str,
    native_byte_order: bool,
    map: _Map | None,
    other: _Other | None,
    side_files: _SideFiles,
    /,
) -> Any: ...
def load_file(
    file: object,
    filename: str,
    native_byte_order: bool,
    other: _Other | None,
    side_files: _SideFiles,
    /,
) -> Any: ...
def loads(data: object, other: _Other | None, side_files: _SideFiles, /) -> Any: ...
