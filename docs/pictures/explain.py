# SPDX-License-Identifier: BSD-3-Clause
"""The four pictures of docs/how-it-works.md."""

from svg import Picture

WIDTH = 480


def walk() -> str:
    """A walk with a stack on the heap, beside one of recursive calls."""
    p = Picture(WIDTH, "The walk: one loop in C with a stack of its own, in place of a Python call for each object")
    p.text(0, 18, "joblib: a Python call for each object", "bold")
    calls = ["save(pipeline)", "save(dict)", "save(list)", "save(scaler)", "save(dict)"]
    for i, words in enumerate(calls):
        p.box(16 * i, 30 + 30 * i, 152, 25, "b-pale", "b")
        p.text(16 * i + 10, 47 + 30 * i, words, "mono")
    p.text(252, 52, "Each call is a frame of Python's,")
    p.text(252, 72, "each piece of the file a write() of")
    p.text(252, 92, "its own. Deep objects end in a")
    p.text(252, 112, "RecursionError.")
    p.line(0, 200, WIDTH, 200)
    p.text(0, 226, "fastjoblib: one loop in C", "bold")
    for i, words in enumerate(["dict, item 2 of 4", "list, item 1 of 3", "dict, item 5 of 9"]):
        p.box(0, 298 - 30 * i, 152, 25, "a-pale", "a")
        p.text(10, 315 - 30 * i, words, "mono")
    p.text(0, 344, "the stack, on the heap", "small soft")
    p.arrow(160, 280, 196, 280)
    p.box(200, 262, 62, 36, "a-pale", "a")
    p.text(231, 285, "loop", "bold", "middle")
    p.arrow(268, 280, 304, 280)
    p.box(308, 248, 172, 25, "card", "line")
    p.text(318, 265, "frame of 64 KiB", "mono")
    p.box(308, 278, 172, 25, "card", "line")
    p.text(318, 295, "frame of 64 KiB", "mono")
    p.text(308, 322, "handed to the file", "small soft")
    p.text(308, 338, "in pieces of 256 KiB", "small soft")
    return p.finish(356)


def raw_arrays() -> str:
    """Where the data of an array stands in a file, and where it goes."""
    p = Picture(WIDTH, "Raw arrays: the data of an array is written from its own memory, and read to its final place")
    p.text(0, 18, "the object", "bold")
    p.box(0, 28, 150, 34, "a-pale", "a")
    p.text(75, 50, "model", "mono", "middle")
    p.box(190, 28, 290, 34, "c-pale", "c")
    p.text(335, 50, "the array's memory", "mono", "middle")
    p.line(150, 45, 190, 45, "soft")
    p.arrow(75, 66, 75, 112)
    p.arrow(335, 66, 335, 112, "c")
    p.text(345, 94, "no copy", "small soft")
    p.text(85, 94, "opcodes", "small soft")
    p.box(0, 118, 96, 40, "a-pale", "a", 0)
    p.text(48, 143, "pickle", "mono", "middle")
    p.box(96, 118, 84, 40, "b-pale", "b", 0)
    p.text(138, 143, "wrapper", "mono", "middle")
    p.box(180, 118, 26, 40, "card", "line", 0)
    p.text(193, 143, "FF", "mono", "middle")
    p.box(206, 118, 214, 40, "c-pale", "c", 0)
    p.text(313, 143, "data, raw", "mono", "middle")
    p.box(420, 118, 60, 40, "a-pale", "a", 0)
    p.text(450, 143, "STOP", "mono", "middle")
    p.arrow(245, 162, 245, 208, "c")
    p.arrow(395, 162, 395, 208, "c")
    p.text(236, 190, "load", "mono", "end")
    p.text(386, 190, "mmap_mode", "mono", "end")
    p.box(120, 214, 170, 42, "c-pale", "c")
    p.text(205, 232, "read into new memory,", "small", "middle")
    p.text(205, 248, "by all cores", "small", "middle")
    p.box(310, 214, 170, 42, "card", "c")
    p.text(395, 232, "left in the file;", "small", "middle")
    p.text(395, 248, "one mapping for all", "small", "middle")
    p.text(0, 282, "The wrapper says shape and dtype; bytes FF let the data begin at a", "small soft")
    p.text(0, 299, "multiple of 16 bytes.", "small soft")
    return p.finish(308)


def blocks() -> str:
    """A compressed file: blocks of one stream, and the table behind STOP."""
    p = Picture(WIDTH, "Blocks and table: one stream that any zlib reads, in blocks that all cores code and decode")
    p.text(0, 18, "the pickle, in blocks of 1 MiB", "bold")
    for i in range(4):
        p.box(4 + 92 * i, 30, 86, 32, "a-pale", "a", 2)
        p.text(47 + 92 * i, 51, "1 MiB" if i < 3 else "the rest", "mono", "middle")
        p.arrow(47 + 92 * i, 66, 47 + 92 * i, 90)
        p.box(4 + 92 * i, 94, 86, 28, "card", "soft", 14)
        p.text(47 + 92 * i, 113, f"core {i % 2 + 1}", "small", "middle")
        p.arrow(47 + 92 * i, 126, 47 + 92 * i, 150)
    p.box(0, 156, 20, 42, "b-pale", "b", 0)
    sizes = (74, 64, 78, 56)
    x = 20
    for size in sizes:
        p.box(x, 156, size, 42, "a-pale", "a", 0)
        x += size
    for place, words in zip((57, 126, 197, 264), ("block", "block", "block", "block"), strict=True):
        p.text(place, 181, words, "mono", "middle")
    p.box(x, 156, 120, 42, "c-pale", "c", 0)
    p.text(x + 60, 181, "table", "mono", "middle")
    p.box(x + 120, 156, 480 - x - 120, 42, "b-pale", "b", 0)
    p.text(x + 120 + (480 - x - 120) / 2, 181, "check", "mono", "middle")
    p.line(0, 212, x, 212, "soft")
    p.text(0, 230, "joblib reads this far: one stream of zlib", "small soft")
    p.line(x, 212, x + 120, 212, "c")
    p.text(x + 120, 230, "sizes of the blocks", "small soft", "end")
    p.text(0, 262, "load reads the table first, from the file's end, and decodes all", "small")
    p.text(0, 279, "blocks at once. Anyone may have forged a table: where one block", "small")
    p.text(0, 296, "does not fit, the stream is decoded from its beginning.", "small")
    return p.finish(306)


def seal() -> str:
    """What a seal holds, and where it stands."""
    p = Picture(WIDTH, "The seal: checksums and facts behind the object, where no other reader looks")
    p.text(0, 18, "the file", "bold")
    p.box(0, 28, 320, 40, "a-pale", "a", 0)
    p.text(160, 53, "the object, byte for byte joblib's", "mono small", "middle")
    p.box(320, 28, 160, 40, "c-pale", "c", 0)
    p.text(400, 53, "the seal", "mono", "middle")
    p.line(320, 68, 0, 112, "c", dashed=True)
    p.line(480, 68, 480, 112, "c", dashed=True)
    p.box(0, 112, 480, 132, "card", "c")
    rows = [
        ("tree of SHA-256", "of all bytes before the seal: is it the file?"),
        ("pieces", "a CRC-32 for each array: which one is damaged?"),
        ("facts", "Python, versions of all packages, your metadata"),
        ("sizes, CRC, magic", "both ends: is this a seal, and is it whole?"),
    ]
    for i, (what, why) in enumerate(rows):
        p.text(14, 138 + 28 * i, what, "small bold")
        p.text(150, 138 + 28 * i, why, "small")
    p.text(0, 270, "64 KiB", "small soft")
    for i in range(8):
        p.box(60 + 52 * i, 256, 46, 20, "a-pale", "a", 2)
    for level, count in ((1, 4), (2, 2), (3, 1)):
        width = 416 / count
        for i in range(count):
            centre = 60 + width * (i + 0.5) - 3
            p.box(centre - 14, 256 + 34 * level, 28, 20, "c-pale", "c", 10)
            for side in (-1, 1):
                end = centre + side * width / 4
                p.line(end, 256 + 34 * level - 14, centre, 256 + 34 * level, "soft")
    p.text(0, 372, "root", "small soft")
    p.text(0, 400, "A tree, so that all cores can hash while the file is written.", "small soft")
    return p.finish(410)
