# SPDX-License-Identifier: BSD-3-Clause
"""What this process has of a file: mappings and descriptors."""

import contextlib
import os


def mappings(path):
    with open("/proc/self/maps") as maps:
        return sum(line.rstrip().endswith(str(path)) for line in maps)


def descriptors(path):
    links = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            links.append(os.readlink(f"/proc/self/fd/{name}"))
    return links.count(str(path))
