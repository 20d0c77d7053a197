# SPDX-License-Identifier: BSD-3-Clause
"""Damage values by seeds, load each, and use what is accepted: `run_forged.py FIRST LAST NAME...`.

A crash ends this process, which is what the test sees; the last line says where.
"""

import io
import pickle
import random
import resource
import sys

import fastjoblib
from attacks import forged, forged_models


def try_one(value, seed):
    """Return whether the damaged value was accepted, or None: it could not be written."""
    try:
        damaged = forged.damaged(value, random.Random(seed))
        file = io.BytesIO()
        fastjoblib.dump(damaged, file)
    except (TypeError, ValueError, AttributeError, OverflowError, pickle.PicklingError):
        return None
    file.seek(0)
    try:
        found = fastjoblib.safe_load(file)
    except fastjoblib.FastjoblibError:
        return False
    forged_models.use(found)
    return True


def main(first, last, *names):
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    for name in names:
        value = forged_models.value(name)
        accepted = []
        for seed in range(int(first), int(last)):
            print(f"{name}: {seed}", file=sys.stderr, flush=True)
            accepted.append(try_one(value, seed))
        print(f"{name}: {accepted.count(True)} accepted, {accepted.count(False)} refused", flush=True)


main(*sys.argv[1:])
