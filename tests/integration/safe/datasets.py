# SPDX-License-Identifier: BSD-3-Clause
"""Small data of each kind that models are fitted to."""

import numpy as np
import pandas as pd
from scipy import sparse

__all__ = [
    "COUNTS",
    "FLAGS",
    "FRAME",
    "LABELS",
    "MANY",
    "NULLABLE",
    "SPARSE",
    "SPARSE_ARRAY",
    "TEXT",
    "THREE",
    "X",
    "Y",
    "Z",
]

RNG = np.random.RandomState(1)
X = np.abs(RNG.normal(size=(60, 4))) + 0.1
Y = (X[:, 0] > X[:, 1]).astype(int)
Z = X[:, 0] + 2 * X[:, 1]
THREE = np.digitize(X[:, 0], [0.6, 1.1])
LABELS = np.array(["low", "middle", "high"])[THREE]
MANY = np.c_[Y, X[:, 2] > X[:, 3]].astype(int)
FLAGS = X > 0.7
COUNTS = RNG.poisson(2, size=(60, 4))
SPARSE = sparse.csr_matrix(np.where(X > 0.9, X, 0))
SPARSE_ARRAY = sparse.csr_array(SPARSE)
TEXT = [f"The word{i % 7} is a text{i % 3}, of some more" for i in range(60)]

# Columns of each kind; what stands in them is of no importance.
FRAME = pd.DataFrame(
    {
        "size": X[:, 0],
        "weight": np.where(X[:, 1] > 2, np.nan, X[:, 1]).astype("float32"),
        "count": COUNTS[:, 0],
        "flag": FLAGS[:, 0],
        "colour": np.array(["red", "green", "blue"])[THREE],
        "grade": pd.Categorical(LABELS, ["low", "middle", "high"], ordered=True),
        "text": TEXT,
    },
    index=pd.date_range("2020-01-01", periods=60, tz="Europe/Berlin"),
)
NULLABLE = pd.DataFrame(
    {
        "whole": pd.array([None, *COUNTS[1:, 0].tolist()], dtype="Int64"),
        "real": pd.array([*X[:-1, 0].tolist(), None], dtype="Float64"),
        "truth": pd.array([None, *FLAGS[1:, 1].tolist()], dtype="boolean"),
    }
)
