# SPDX-License-Identifier: BSD-3-Clause
"""Where the classes are that train.py and the programs that load its files define in `__main__`."""

import numpy as np


class Imputer:
    def fit(self, values):
        self.mean_ = np.nanmean(values, axis=0)
        return self

    def predict(self, values):
        return np.where(np.isnan(values), self.mean_, values)


class Own:
    def __init__(self, factor):
        self.factor = np.array([factor])

    def predict(self, values):
        return values * self.factor
