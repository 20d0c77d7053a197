from collections.abc import Callable
from typing import Any

_Map = Callable[..., Any]

def dump_path(
    value: object, filename: str, protocol: int | None, atomic: bool, fsync: bool, /
) -> None: ...
def dump_file(
    value: object, file: object, protocol: int | None, allow_mmap: bool, /
) -> None: ...
def dumps(value: object, protocol: int | None, /) -> bytes: ...
def load_path(
    filename: str,
    native_byte_order: bool,
    map: _Map | None,
    side_files: Callable[[dict[str, Any], int], Any],
    /,
) -> Any: ...
def load_file(
    file: object,
    filename: str,
    native_byte_order: bool,
    side_files: Callable[[dict[str, Any], int], Any] | None,
    /,
) -> Any: ...
def loads(data: object, /) -> Any: ...
