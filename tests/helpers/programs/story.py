# SPDX-License-Identifier: BSD-3-Clause
"""What a program meets that loads the files of train.py, and saves a model of its own."""

import json
import os
import pathlib
import sys

import fastjoblib
import joblib
import numpy as np

FOLDER = pathlib.Path(os.environ.get("STORY_FOLDER", ""))
VALUES = np.array([[np.nan, np.nan], [5.0, 6.0]])


def message(name):
    try:
        fastjoblib.load(FOLDER / name)
    except AttributeError as error:
        return str(error)
    return "loaded"


def tell(own, by_value=True):
    """Write what happens in this program into a file."""
    renamed = fastjoblib.load(FOLDER / "by_reference.joblib", rename={"__main__.Imputer": "imputers.Imputer"})
    told = {
        "main": repr(sys.modules["__main__"]),
        "message": message("by_reference.joblib"),
        "message of sealed": message("sealed.joblib"),
        "renamed": renamed.predict(VALUES).tolist(),
        "by value": fastjoblib.load(FOLDER / "by_value.joblib").predict(VALUES).tolist(),
        "by value, joblib": joblib.load(FOLDER / "by_value.joblib").predict(VALUES).tolist(),
    }
    out = pathlib.Path(os.environ["STORY_OUT"])
    fastjoblib.dump(own, out / "own_by_reference.joblib")
    fastjoblib.dump(own, out / "own_by_value.joblib", by_value=by_value)
    (out / "told.json").write_text(json.dumps(told))
