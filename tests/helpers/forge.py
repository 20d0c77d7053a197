# SPDX-License-Identifier: BSD-3-Clause
"""Files that joblib would not write: array wrappers with attributes changed or taken away."""

import copy
import io
import pickle

import numpy as np
from joblib.numpy_pickle import NumpyPickler


class ForgingPickler(NumpyPickler):
    def __init__(self, file, protocol, changes, remove):
        super().__init__(file, protocol)
        self.changes, self.remove = changes, remove

    def save(self, obj, save_persistent_id=True):
        if type(obj) is not np.ndarray:
            pickle._Pickler.save(self, obj)
            return
        honest = self._create_array_wrapper(obj)  # it writes the data
        forged = copy.copy(honest)
        forged.__dict__.update(self.changes)
        for name in self.remove:
            del forged.__dict__[name]
        honest.numpy_array_alignment_bytes = getattr(forged, "numpy_array_alignment_bytes", None)
        pickle._Pickler.save(self, forged)
        if self.proto >= 4:
            self.framer.commit_frame(force=True)
        honest.write_array(obj, self)


def forge(value, protocol=4, remove=(), **changes):
    """What joblib would write, but with these attributes of its wrappers changed, those of `remove` deleted.

    The arrays' data and padding are written as for the honest wrapper.
    """
    buffer = io.BytesIO()
    ForgingPickler(buffer, protocol, changes, list(remove)).dump(value)
    return buffer.getvalue()
