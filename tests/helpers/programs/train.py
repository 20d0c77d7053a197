# SPDX-License-Identifier: BSD-3-Clause
"""Saves a model whose class is its own: `python train.py FOLDER`."""

import pathlib
import sys

import fastjoblib
import numpy as np


class Imputer:
    def fit(self, values):
        self.mean_ = column_means(values)
        return self

    def predict(self, values):
        return np.where(np.isnan(values), self.mean_, values)


def column_means(values):
    return np.nanmean(values, axis=0)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    model = Imputer().fit(np.array([[1.0, np.nan], [3.0, 4.0]]))
    fastjoblib.dump(model, folder / "by_reference.joblib")
    fastjoblib.dump(model, folder / "sealed.joblib", seal=True)
    fastjoblib.dump(model, folder / "by_value.joblib", by_value=True)
