# SPDX-License-Identifier: BSD-3-Clause
"""Whatever Python's two readers run, behind data that one of them or ours refuses, is flagged."""

from helpers.run import needs_memory_limit, run_python

PROGRAM = r"""
    import io, os, pickle, pickletools, random, struct, sys, warnings
    import fastjoblib
    from attacks import assemble as a
    warnings.simplefilter("ignore")
    limit_memory(1 << 30)
    ran = []
    os.mark = ran.append
    CALL = a.call(a.named("os", "mark"), b"K\x01") + b"."
    CHARACTERS = b"0123456789 \t+-_xXeELl.\x00\r'\"\\abfinuoO\xff\x0b\x0c"
    # What a number or string says in text, frames, and single opcodes; not buffers, on which pickle itself stumbles.
    OPCODES = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes
               if opcode.name not in ("BYTEARRAY8", "READONLY_BUFFER", "NEXT_BUFFER")]
    choose = random.Random(7)

    def piece():
        kind = choose.random()
        argument = bytes(choose.choice(CHARACTERS) for _ in range(choose.randint(0, 5)))
        if kind < 0.3:
            return choose.choice((b"I", b"L", b"F", b"V", b"P", b"Np")) + argument + b"\n"
        if kind < 0.4:
            return b"S'" + argument + b"'\n"
        if kind < 0.45:
            return b"Np5\n0g" + argument + b"\n"
        if kind < 0.65:
            return struct.pack("<BQ", 0x95, choose.choice((0, 1, 2, 3, 5, 10, 20, 30, 10_000)))
        return choose.choice(OPCODES) + bytes(choose.randrange(8) for _ in range(choose.randint(0, 9)))

    runs, missed = 0, []
    for _ in range(COUNT):
        proto = b"\x80" + bytes([choose.choice((0, 2, 4, 5))]) if choose.random() < 0.7 else b""
        data = proto + b"".join(piece() for _ in range(choose.randint(1, 3))) + CALL + b"N" * choose.choice((0, 40))
        ran.clear()
        for load in (pickle.loads, pickle._loads):
            try:
                load(data)
            except Exception:
                pass
        if not ran:
            continue
        runs += 1
        try:
            verdict = fastjoblib.inspect(io.BytesIO(data)).verdict
        except Exception as error:
            verdict = str(error)
        if verdict != "dangerous":
            missed.append((data, verdict))
    print(runs, missed)
"""


@needs_memory_limit
def test_what_other_readers_run_is_flagged():
    runs, missed = run_python(PROGRAM.replace("COUNT", "15_000")).split(maxsplit=1)
    assert int(runs) > 2000
    assert missed.strip() == "[]"
