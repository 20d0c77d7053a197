"""joblib's modules, with what is ours in them: ``joblib.memory.Memory`` of ``import fastjoblib as joblib``."""

import importlib
from types import ModuleType
from typing import Any

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
    """Shows a module with some other names in it; what else is set or deleted is so in the module, where joblib sees it."""

    def __init__(self, module: ModuleType, names: dict[str, Any]) -> None:
        super().__init__(module.__name__)
        vars(self).clear()  # name and docstring, like all that is not given here, are the module's
        vars(self).update(names, _module=module)

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_module"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in vars(self):
            super().__setattr__(name, value)
        else:
            setattr(vars(self)["_module"], name, value)

    def __delattr__(self, name: str) -> None:
        if name in vars(self):
            super().__delattr__(name)
        else:
            delattr(vars(self)["_module"], name)

    def __dir__(self) -> list[str]:
        return sorted({*vars(self)["_module"].__dict__, *vars(self)} - {"_module"})


def find_module(name: str) -> ModuleType:
    """Return a module of joblib's, or how it looks with ours."""
    module = importlib.import_module(f"joblib.{name}")
    if name not in _OURS:
        return module
    names = {each: getattr(importlib.import_module(home), each) for each, home in _OURS[name].items()}
    return _View(module, names)
