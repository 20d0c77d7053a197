"""joblib's modules, with what is ours in them: ``joblib.memory.Memory`` of ``import fastjoblib as joblib``."""

from types import ModuleType
from typing import Any

from fastjoblib._later import import_later

__all__ = ["find_module"]

_MEMORY = "fastjoblib._joblib.memory"

# By module what is ours, and where.
_OURS = {
    "hashing": {"hash": "fastjoblib"},
    "memory": dict.fromkeys(("AsyncMemorizedFunc", "MemorizedFunc", "MemorizedResult", "Memory"), _MEMORY),
    "numpy_pickle": {"dump": "fastjoblib", "load": "fastjoblib"},
    "parallel": {"Parallel": "fastjoblib"},
}


class _View(ModuleType):
    """Shows a module with some other names in it; what else is set or deleted is so there, where joblib sees it."""

    __slots__ = ("_module", "_names", "_ours")
    _module: ModuleType
    _names: dict[str, Any]
    _ours: frozenset[str]  # even while one of them is deleted

    def __init__(self, module: ModuleType, names: dict[str, Any]) -> None:
        # Not ModuleType's, which would give it a name and more that is the module's.
        super().__setattr__("_module", module)
        super().__setattr__("_names", names)
        super().__setattr__("_ours", frozenset(names))

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return {**vars(self._module), **self._names}

    def __dir__(self) -> list[str]:
        return sorted(vars(self))

    def __getattr__(self, name: str) -> Any:
        return self._names[name] if name in self._names else getattr(self._module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._ours:
            self._names[name] = value
        else:
            setattr(self._module, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._names:
            del self._names[name]
        else:
            delattr(self._module, name)


def find_module(name: str) -> ModuleType:
    """Return a module of joblib's, or how it looks with ours."""
    module: ModuleType = import_later(f"joblib.{name}")
    if name not in _OURS:
        return module
    names = {each: getattr(import_later(home), each) for each, home in _OURS[name].items()}
    return _View(module, names)
