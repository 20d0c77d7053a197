# SPDX-License-Identifier: BSD-3-Clause
"""Damaged files of the corpus: looking at them ends, within bounds, in a finding, and runs nothing."""

import pytest
from helpers.run import needs_memory_limit, run_python

PROGRAM = r"""
    import pathlib, random, sys
    from attacks import corpus
    from fastjoblib._inspect.scan import scan

    folder = pathlib.Path(sys.argv[1])
    marker = folder / "marker"
    attacks = [attack for attack in corpus.attacks(marker, folder / "second") if len(attack.data) < 1_000_000]
    choose = random.Random(3)
    limit_memory(1 << 30)

    def damaged(data):
        data = bytearray(data)
        for _ in range(choose.choice((1, 1, 2, 5))):
            at, kind = choose.randrange(len(data)), choose.randrange(4)
            if kind == 0:
                data[at] = choose.randrange(256)
            elif kind == 1:
                data[at] ^= 1 << choose.randrange(8)
            elif kind == 2:
                data[at : at + choose.choice((1, 4, 50))] = b""
            else:
                data[at:at] = choose.randbytes(choose.choice((1, 4)))
            data = data or bytearray(b".")
        return bytes(data)

    for number in range(COUNT):
        attack = choose.choice(attacks)
        path = folder / f"file{attack.suffix}"
        path.write_bytes(damaged(attack.data))
        try:
            assert list(scan(str(path)))
        except BaseException:
            print(number, attack.name, path.read_bytes()[:200])
            raise
    print(marker.exists())
"""


@needs_memory_limit
@pytest.mark.parametrize("count", [1000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_damaged_attacks(tmp_path, count):
    assert run_python(PROGRAM.replace("COUNT", str(count)), arguments=[tmp_path]).strip() == "False"
