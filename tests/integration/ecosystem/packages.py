# SPDX-License-Identifier: BSD-3-Clause
"""The packages that are tried: where their cases are, and why some of their objects do not come back.

Those reasons are the packages' own: joblib and pickle have the same result.
"""

import importlib
import importlib.metadata
from dataclasses import dataclass, field

__all__ = ["PACKAGES"]

EXTRA = "pip install 'fastjoblib[ecosystem]'"


@dataclass(frozen=True)
class Package:
    """A package by its name at the registry, and others that can be in its place."""

    name: str
    module: str  # as it is imported
    cases: str  # module and function
    others: tuple = ()
    slow: bool = False
    # Cases that joblib does not bring back either.
    reasons: dict = field(default_factory=dict)

    def version(self):
        """Its version, or None: it is not installed."""
        for name in (self.name, *self.others):
            try:
                return importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return None

    def all_cases(self):
        module, function = self.cases.split(":")
        return getattr(importlib.import_module(f"integration.ecosystem.{module}"), function)()


TORCH_STORAGE = "PyTorch cannot load what its own `__reduce__` makes of a storage of this kind: use `torch.save`"
ALL = [
    Package("scikit-learn", "sklearn", "of_sklearn:estimators", slow=True),
    Package("pandas", "pandas", "of_pandas:objects"),
    Package(
        "scipy",
        "scipy",
        "of_scipy:objects",
        reasons={"lu": "a factorization is memory of SuperLU's, and cannot be pickled: save the matrix"},
    ),
    Package("lightgbm", "lightgbm", "of_boosting:lightgbm"),
    Package(
        "xgboost",
        "xgboost",
        "of_boosting:xgboost",
        others=("xgboost-cpu",),
        reasons={"xgb-matrix": "a `DMatrix` is memory of XGBoost's, and cannot be pickled: save the array"},
    ),
    Package(
        "catboost",
        "catboost",
        "of_boosting:catboost",
        reasons={"cat-pool": "a `Pool` is memory of CatBoost's, and cannot be pickled: save the array"},
    ),
    Package("imbalanced-learn", "imblearn", "of_boosting:imblearn", slow=True),
    Package(
        "torch",
        "torch",
        "of_torch:objects",
        reasons={
            "tensor-float8_e4m3fn": TORCH_STORAGE,
            "tensor-uint16": TORCH_STORAGE,
            "tensor-uint32": TORCH_STORAGE,
            "storage": TORCH_STORAGE,
            "module-scripted": "what `torch.jit` has compiled cannot be pickled: use `torch.jit.save`",
        },
    ),
    Package(
        "polars",
        "polars",
        "of_polars:objects",
        reasons=dict.fromkeys(["series-Object", "frame-Object"], "polars writes no Python objects"),
    ),
    Package("pandas with pyarrow", "pyarrow", "of_pandas:arrow", others=("pandas",)),
    Package(
        "pyarrow",
        "pyarrow",
        "of_pyarrow:objects",
        reasons={"tensor": "a `pyarrow.Tensor` cannot be pickled: save `to_numpy()`"},
    ),
    Package(
        "statsmodels",
        "statsmodels",
        "of_statsmodels:objects",
        slow=True,
        reasons={"density": "it holds a function without a name, which statsmodels makes in `Gaussian.__init__`"},
    ),
]
PACKAGES = {package.name: package for package in ALL}
