# SPDX-License-Identifier: BSD-3-Clause
"""Let ``import joblib`` mean ``import fastjoblib as joblib`` in a whole process, joblib's own tests included.

``sys.modules["joblib"]`` is fastjoblib, and ``sys.modules["joblib.memory"]`` is ``fastjoblib.memory``, for each of the
modules that fastjoblib has as attributes: what they have of ours is ours for whoever imports it. joblib itself has
been imported before, so its modules go on using each other.

Two things are joblib's only, which code of users has no business with and its tests have: its private modules
(`joblib._store_backends`), and finding what is imported later (`joblib.testing`, `joblib.test`), for which
fastjoblib's folder would be searched.
"""

import importlib.machinery
import sys

import fastjoblib
import joblib


class JoblibsFolder:
    """A finder for what is imported later."""

    path = joblib.__path__

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.startswith("joblib.") and name.count(".") == 1:
            return importlib.machinery.PathFinder.find_spec(name, cls.path)
        return None


def replace():
    """Do so in this process."""
    names = dir(fastjoblib)
    # With all that fastjoblib will ever ask joblib for.
    ours = {name: getattr(fastjoblib, name) for name in vars(joblib) if name in names}
    private = {name for name in vars(joblib) if name.startswith("_") and not name.startswith("__")}
    for name in private:
        setattr(fastjoblib, name, getattr(joblib, name))
    sys.modules["joblib"] = fastjoblib
    for name in list(sys.modules):
        parent, _, last = name.rpartition(".")
        if parent == "joblib" and last in ours:
            sys.modules[name] = ours[last]
    sys.meta_path.insert(0, JoblibsFolder)
