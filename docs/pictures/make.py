# SPDX-License-Identifier: BSD-3-Clause
"""Draw the pictures of the pages, `python docs/pictures/make.py`; with `--check`, only say which are out of date."""

import pathlib
import sys

import charts
import explain

PLACE = pathlib.Path(__file__).resolve().parent


def pictures() -> dict[str, str]:
    """Return the text of each file by its name."""
    return {
        "objects.svg": charts.objects("joblib"),
        "objects-pickle.svg": charts.objects("pickle"),
        "arrays.svg": charts.arrays("joblib"),
        "arrays-pickle.svg": charts.arrays("pickle"),
        "compressed.svg": charts.compressed(),
        "pickles.svg": charts.pickles(),
        "restricted.svg": charts.restricted(),
        "walk.svg": explain.walk(),
        "raw-arrays.svg": explain.raw_arrays(),
        "blocks.svg": explain.blocks(),
        "seal.svg": explain.seal(),
    }


def main() -> int:
    """Write what differs; with --check, only name it and fail."""
    check = "--check" in sys.argv[1:]
    old = []
    for name, text in pictures().items():
        path = PLACE / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            old.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    unknown = sorted({path.name for path in PLACE.glob("*.svg")} - pictures().keys())
    print(f"{'to be drawn anew' if check else 'drawn'}: {', '.join(old) or 'none'}")
    if unknown:
        print(f"nobody draws these: {', '.join(unknown)}")
    return int(bool(unknown or (check and old)))


if __name__ == "__main__":
    sys.exit(main())
