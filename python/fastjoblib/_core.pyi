from collections.abc import Callable, Iterable, Mapping
from mmap import mmap
from pickle import PickleBuffer
from typing import Any, Protocol, type_check_only

from typing_extensions import disjoint_base

_SideFiles = Callable[[dict[str, Any], int], Any]
_Threads = Callable[[], int]
_Compression = tuple[str, int, int]
_Report = Callable[[int, int | None], object]
_Fallback = Callable[[Any, bytes, int], Any]
_Seal = Callable[[set[tuple[str, str]], bytes, bytes, int, int, int], bytes]

_Rules = tuple[Callable[[Any], Any], Mapping[type, Callable[[Any], str | tuple[Any, ...]]]]

_Found = tuple[Any, int, Any, Any, Any, Any, Any]
_Restrictions = tuple[
    Callable[[str, str], _Found | None],
    Callable[[type], _Found | None],
    dict[tuple[str, str], _Found],
    dict[type, _Found],
    int,
    float,
    int,
    int,
    int,
    float,
]

class _Mapper(Protocol):
    def open(self, descriptor: int, needed: int, /) -> tuple[mmap, str, str]: ...
    def warn_unaligned(self, array: Any, /) -> None: ...

class _Writable(Protocol):
    def write(self, data: bytes, /) -> object: ...

class _ReadableByLines(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self) -> bytes: ...

def hash(obj: object, update: Callable[[Any], object], hash: Callable[[Any], str], coerce_mmap: bool, /) -> None: ...
def finish() -> None: ...
def library_versions() -> dict[str, str | None]: ...
def before_fork() -> None: ...
def after_fork(in_child: bool, /) -> None: ...
def dump_path(
    value: object,
    filename: str,
    protocol: int | None,
    share_arrays: bool,
    compression: _Compression | None,
    atomic: bool,
    fsync: bool,
    threads: _Threads | None,
    progress: _Report | None,
    seal: _Seal | None,
    rules: _Rules | None,
    /,
) -> None: ...
def dump_file(
    value: object,
    file: object,
    protocol: int | None,
    share_arrays: bool,
    compression: _Compression | None,
    allow_mmap: bool,
    threads: _Threads | None,
    progress: _Report | None,
    seal: _Seal | None,
    rules: _Rules | None,
    /,
) -> int: ...
def write_path(
    write: Callable[[int, str | None], object],
    filename: str,
    atomic: bool,
    fsync: bool,
    named: bool,
    /,
) -> None: ...
def convert(
    origin: object,
    codec: str | None,
    filename: str,
    target: object,
    target_name: str,
    compression: _Compression | None,
    /,
) -> int: ...
def dumps(value: object, protocol: int | None, /) -> bytes: ...
def find_unpicklable(
    value: object,
    protocol: int | None,
    report: Callable[[str, Any, Exception], object],
    judge: Callable[[Any, str, str], object] | None,
    /,
) -> None: ...
def load_path(
    filename: str,
    native_byte_order: bool,
    mapper: _Mapper | None,
    fallback: _Fallback | None,
    side_files: _SideFiles,
    threads: _Threads | None,
    progress: _Report | None,
    sealed: Callable[[bytes], object] | None,
    restrictions: _Restrictions | None,
    rename: Callable[[str, str], tuple[str, str]] | None,
    /,
) -> Any: ...
def load_file(
    file: object,
    filename: str,
    native_byte_order: bool,
    fallback: _Fallback | None,
    side_files: _SideFiles,
    threads: _Threads | None,
    progress: _Report | None,
    restrictions: _Restrictions | None,
    rename: Callable[[str, str], tuple[str, str]] | None,
    /,
) -> Any: ...
def inspect(
    file: object,
    filename: str,
    found: dict[str, Any],
    describe: Callable[[Any, Any], Any],
    fallback: _Fallback,
    threads: _Threads,
    /,
) -> None: ...
def loads(data: object, fallback: _Fallback | None, side_files: _SideFiles, /) -> Any: ...

def physical_memory() -> int: ...
def open_left_over(directory: int, name: str, /) -> int: ...
def find_seal(file: object, codec: str | None, /) -> tuple[bytes, int, bool] | None: ...
def tree_hash(descriptor: int, offset: int, nbytes: int, n_threads: int, /) -> bytes: ...

# Of fastjoblib._safe.
def are_columns(columns: dict[Any, Any], /) -> bool: ...
def is_array(value: object, ndim: int, kinds: str, shape: tuple[int, ...] | None, /) -> bool: ...
def are_indices(array: Any, first: int, below: int, /) -> bool: ...
def fit_features(models: list[Any], tree_type: type, /) -> bool: ...
def share_places(vectors: list[Any], n: int, /) -> bool: ...
def share_points(nodes: Any, n_points: int, /) -> bool: ...
def are_fitted(models: list[Any], cls: type, n_features: int, /) -> bool: ...
def check_tree_arguments(args: tuple[Any, ...], /) -> None: ...
def check_tree_state(tree: Any, state: Any, /) -> None: ...
def check_predictors(predictors: list[Any], dtype: Any, /) -> None: ...
def check_split_features(predictors: list[Any], cls: type, dtype: Any, n_features: int, /) -> bool: ...

# fastjoblib.pickle

def pickle_dump(
    obj: object,
    file: _Writable,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[PickleBuffer], object] | None = None,
) -> None: ...
def pickle_dumps(
    obj: object,
    protocol: int | None = None,
    *,
    fix_imports: bool = True,
    buffer_callback: Callable[[PickleBuffer], object] | None = None,
) -> bytes: ...
def pickle_load(
    file: _ReadableByLines,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[object] | None = (),
) -> Any: ...
def pickle_loads(
    data: bytes | bytearray | memoryview,
    /,
    *,
    fix_imports: bool = True,
    encoding: str = "ASCII",
    errors: str = "strict",
    buffers: Iterable[object] | None = (),
) -> Any: ...

@type_check_only
class PicklerMemoProxy:
    def copy(self, /) -> dict[int, tuple[int, Any]]: ...
    def clear(self, /) -> None: ...

@disjoint_base
class Pickler:
    fast: bool
    bin: bool
    dispatch_table: Mapping[type, Callable[[Any], str | tuple[Any, ...]]]
    reducer_override: Callable[[Any], Any]
    def __init__(
        self,
        file: _Writable,
        protocol: int | None = None,
        fix_imports: bool = True,
        buffer_callback: Callable[[PickleBuffer], object] | None = None,
    ) -> None: ...
    @property
    def memo(self) -> PicklerMemoProxy: ...
    @memo.setter
    def memo(self, value: PicklerMemoProxy | dict[int, tuple[int, Any]]) -> None: ...
    def dump(self, obj: object, /) -> None: ...
    def clear_memo(self, /) -> None: ...
    def persistent_id(self, obj: Any, /) -> Any: ...

@type_check_only
class UnpicklerMemoProxy:
    def copy(self, /) -> dict[int, Any]: ...
    def clear(self, /) -> None: ...

@disjoint_base
class Unpickler:
    def __init__(
        self,
        file: _ReadableByLines,
        *,
        fix_imports: bool = True,
        encoding: str = "ASCII",
        errors: str = "strict",
        buffers: Iterable[object] | None = (),
    ) -> None: ...
    @property
    def memo(self) -> UnpicklerMemoProxy: ...
    @memo.setter
    def memo(self, value: UnpicklerMemoProxy | dict[int, Any]) -> None: ...
    def load(self, /) -> Any: ...
    def find_class(self, module_name: str, global_name: str, /) -> Any: ...
    def persistent_load(self, pid: Any, /) -> Any: ...
