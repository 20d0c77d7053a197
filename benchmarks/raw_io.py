# SPDX-License-Identifier: BSD-3-Clause
"""What the system calls alone take: the controls of benchmarks that read and write arrays.

Memory that is read into is fresh, private and of huge pages where the kernel
gives them, as NumPy's is for large arrays. Threads are Python's; each is in a
system call nearly all of the time, without the GIL.
"""

import ctypes
import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MIB = 1 << 20
CHUNK = 8 * MIB


def fresh_memory(nbytes: int) -> mmap.mmap:
    memory = mmap.mmap(-1, nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def in_threads(n_threads: int, function: Callable[[int], object], offsets: range) -> None:
    """Call the function for each offset; a thread that is free takes the next."""
    left = iter(offsets)

    def work() -> None:
        for offset in left:
            function(offset)

    with ThreadPoolExecutor(n_threads) as pool:
        others = [pool.submit(work) for _ in range(min(n_threads, len(offsets)) - 1)]
        work()
        for other in others:
            other.result()


def read(path: Path, n_threads: int) -> mmap.mmap:
    """Read a file into fresh memory, in chunks."""
    fd = os.open(path, os.O_RDONLY)
    try:
        nbytes = os.fstat(fd).st_size
        memory = fresh_memory(nbytes)
        view = memoryview(memory)

        def read_chunk(offset: int) -> None:
            end = min(offset + CHUNK, nbytes)
            while offset < end:
                offset += os.preadv(fd, [view[offset:end]], offset)

        in_threads(n_threads, read_chunk, range(0, nbytes, CHUNK))
        return memory
    finally:
        os.close(fd)


def write(buffers: list[memoryview], path: Path) -> None:
    """Write to a file, an existing one anew: one call for each buffer unless the kernel takes less."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        for buffer in buffers:
            done = 0
            while done < buffer.nbytes:
                done += os.write(fd, buffer[done:])
    finally:
        os.close(fd)


def read_direct(path: Path, n_threads: int, request: int) -> None:
    """Read a file past the page cache, each thread into a buffer of its own, and drop the data."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    try:
        nbytes = os.fstat(fd).st_size
        buffers = [mmap.mmap(-1, request) for _ in range(n_threads)]  # memory of whole pages
        for buffer in buffers:
            buffer.write(bytes(request))  # pages that are there

        def read_request(offset: int) -> None:
            buffer = buffers.pop()
            if os.preadv(fd, [buffer], offset) < min(request, nbytes - offset):
                raise OSError(f"{path}: a direct read at {offset} gave less than there is")
            buffers.append(buffer)

        in_threads(n_threads, read_request, range(0, nbytes, request))
    finally:
        os.close(fd)


def resident_nbytes(path: Path) -> int:
    """How much of a file lies in the page cache."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE) as mapping:
        pages = (len(mapping) + mmap.PAGESIZE - 1) // mmap.PAGESIZE
        flags = (ctypes.c_ubyte * pages)()
        anchor = ctypes.c_char.from_buffer(mapping)
        try:
            if libc.mincore(ctypes.byref(anchor), ctypes.c_size_t(len(mapping)), flags) < 0:
                raise OSError(ctypes.get_errno(), "mincore")
        finally:
            del anchor
        return sum(flag & 1 for flag in flags) * mmap.PAGESIZE


def drop_from_cache(path: Path) -> None:
    """Take a file out of the page cache, and make sure that it is out."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)  # what is not on the disk stays
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)
    left = resident_nbytes(path)
    if left > 0:
        raise SystemExit(f"{path}: {left} bytes stay in the page cache")
