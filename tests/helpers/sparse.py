# SPDX-License-Identifier: BSD-3-Clause
"""Files of joblib in which large arrays are holes: gigabytes that take neither disk nor memory until they are read."""

import os
import pickle

import numpy as np
from joblib.numpy_pickle import NumpyPickler


def hole(shape, dtype="i1"):
    """An array of one zero, seen as one of any shape: `write_sparse` leaves a hole for it."""
    return np.broadcast_to(np.zeros((), dtype), shape)


class SparsePickler(NumpyPickler):
    def save(self, obj, save_persistent_id=True):
        if type(obj) is not np.ndarray or any(obj.strides):
            super().save(obj)
            return
        pickle._Pickler.save(self, self._create_array_wrapper(obj))
        if self.proto >= 4:
            self.framer.commit_frame(force=True)
        padding = 16 - (self.file_handle.tell() + 1) % 16
        self.file_handle.write(bytes([padding]) + b"\xff" * padding)
        self.file_handle.seek(obj.nbytes, os.SEEK_CUR)


def write_sparse(path, value):
    with open(path, "wb") as file:
        SparsePickler(file, pickle.DEFAULT_PROTOCOL).dump(value)
