# SPDX-License-Identifier: BSD-3-Clause
"""The block table at the end of zlib and gzip files (csrc/codec/block_table.h): taken apart, forged, put together."""

import struct
import zlib

BLOCK = 1 << 20
FOOTER = struct.Struct("<QIII4s")
WBITS = {"zlib": 15, "gzip": 31}
HEAD_SIZE = {"zlib": 2, "gzip": 10}
TRAILER_SIZE = {"zlib": 4, "gzip": 8}


def serial(data, method):
    """What a decoder that knows of no tables gives: the bytes and what follows the stream, or None if it is damaged."""
    decoder = zlib.decompressobj(WBITS[method])
    try:
        content = decoder.decompress(data)
    except zlib.error:
        return None
    return (content, decoder.unused_data) if decoder.eof else None


def table_of(sizes, nbytes, n_blocks=None, version=1, crc=None, magic=b"fjbt"):
    """The table as it stands in the data."""
    n_blocks = len(sizes) if n_blocks is None else n_blocks
    entries = b"".join(struct.pack("<I", size) for size in sizes)
    checked = entries + struct.pack("<QII", nbytes, n_blocks, version)
    return checked + struct.pack("<I4s", zlib.crc32(checked) if crc is None else crc, magic)


def stored(data, last=True):
    """Deflate blocks that hold the data as it is."""
    pieces = [data[i : i + 65535] for i in range(0, len(data), 65535)]
    heads = [struct.pack("<BHH", last and p is pieces[-1], len(p), len(p) ^ 0xFFFF) for p in pieces]
    return b"".join(head + piece for head, piece in zip(heads, pieces, strict=True))


def trailer_of(content, method):
    if method == "zlib":
        return struct.pack(">I", zlib.adler32(content))
    return struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


class Tabled:
    """A file that ends with a table: what it is made of."""

    def __init__(self, data, method):
        self.method = method
        trailer = len(data) - TRAILER_SIZE[method]
        nbytes, n_blocks, version, crc, magic = FOOTER.unpack(data[trailer - FOOTER.size : trailer])
        assert (version, magic) == (1, b"fjbt")
        self.table_start = trailer - FOOTER.size - 4 * n_blocks - 5
        table = data[self.table_start + 5 : trailer]
        self.sizes = list(struct.unpack(f"<{n_blocks}I", table[: 4 * n_blocks]))
        assert table == table_of(self.sizes, nbytes) and crc == zlib.crc32(table[:-8])
        self.nbytes = nbytes
        self.head = data[: HEAD_SIZE[method]]
        self.blocks = data[HEAD_SIZE[method] : self.table_start]
        assert len(self.blocks) == sum(self.sizes)
        self.content = zlib.decompress(data, WBITS[method])[: -len(table)]

    def forged(self, table, head=None, blocks=None, content=None, trailer=None):
        """The file with another table, which need not fit, and with the trailer that belongs to it."""
        content = self.content if content is None else content
        return b"".join(
            [
                self.head if head is None else head,
                self.blocks if blocks is None else blocks,
                stored(table),
                trailer_of(content + table, self.method) if trailer is None else trailer,
            ]
        )
