"""What compressed data says of itself."""

import struct

__all__ = ["count_lz4_blocks", "level_of"]

_MOST_BLOCKS = 1 << 20


def level_of(compressor: str | None, start: bytes) -> str | None:
    """Return what the data says of its level.

    Parameters
    ----------
    compressor : str or None
    start : bytes
        At least the first ten bytes.

    Returns
    -------
    str or None
        zlib: 'fastest', 'fast', 'default' or 'best'; gzip: 'fastest' or 'best', where it
        says so; bz2: '1' to '9'; None for all others.
    """
    if compressor == "zlib" and len(start) > 1:
        return ("fastest", "fast", "default", "best")[start[1] >> 6]
    if compressor == "gzip" and len(start) > 8:
        return {2: "best", 4: "fastest"}.get(start[8])
    if compressor == "bz2" and start[3:4].isdigit():
        return start[3:4].decode()
    return None


def count_lz4_blocks(path: str) -> int | None:
    """Count the blocks of the first LZ4 frame of a file; None if the file is damaged, or has a million."""
    with open(path, "rb") as file:
        head = file.read(6)
        if len(head) < 6:
            return None
        flags = head[4]
        file.seek(6 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1)
        for n in range(_MOST_BLOCKS):
            data = file.read(4)
            if len(data) < 4:
                return None
            (size,) = struct.unpack("<I", data)
            if size == 0:
                return n
            file.seek((size & 0x7FFFFFFF) + (4 if flags & 16 else 0), 1)
    return None
