# SPDX-License-Identifier: BSD-3-Clause
"""File objects that do no more than they must, and some that do less."""

import errno
import io


class NoTell:
    """Has `write` and nothing else."""

    def __init__(self):
        self.chunks = []

    def write(self, data):
        self.chunks.append(bytes(data))
        return len(self.chunks[-1])

    @property
    def content(self):
        return b"".join(self.chunks)


class PositionUnsupported(NoTell):
    def tell(self):
        raise io.UnsupportedOperation("tell")


class PositionEspipe(NoTell):
    """What the file object of a pipe says."""

    def tell(self):
        raise OSError(errno.ESPIPE, "Illegal seek")


class WritesNone(NoTell):
    """Many a user's `write` returns nothing."""

    def write(self, data):
        super().write(data)


class Hoarder(NoTell):
    """Keeps what it is given as it is, and looks at it at the end only, as pickle's writers may."""

    def write(self, data):
        self.chunks.append(data)
        return len(data)


class ShortWriter(io.RawIOBase):
    """A raw stream that takes at most `most` bytes a call, and says how many."""

    def __init__(self, most):
        super().__init__()
        self.most = most
        self.chunks = []

    def writable(self):
        return True

    def write(self, data):
        self.chunks.append(bytes(data)[: self.most])
        return len(self.chunks[-1])

    def tell(self):
        return sum(map(len, self.chunks))

    @property
    def content(self):
        return b"".join(self.chunks)


class Miscounter(NoTell):
    """Takes everything, and returns something else than its size, as some compressing writers do."""

    def write(self, data):
        super().write(data)
        return 1


class FailingWriter(NoTell):
    def __init__(self, room):
        super().__init__()
        self.room = room

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


class OnlyRead:
    """Has `read` and nothing else; must never be asked for all, and counts what it handed out."""

    def __init__(self, data):
        self.data = memoryview(bytes(data))
        self.position = 0

    def read(self, n):
        assert isinstance(n, int) and n >= 0, f"read({n!r}): asked for everything"
        chunk = self.data[self.position : self.position + n]
        self.position += len(chunk)
        return bytes(chunk)

    @property
    def rest(self):
        return bytes(self.data[self.position :])


class ShortReader(OnlyRead):
    """Gives at most `most` bytes a call, as sockets do."""

    def __init__(self, data, most):
        super().__init__(data)
        self.most = most

    def read(self, n):
        return super().read(min(n, self.most))


class ReadAndReadline(OnlyRead):
    """All that pickle.load asks for."""

    def readline(self):
        end = bytes(self.data).index(b"\n", self.position) + 1
        return self.read(end - self.position)


class ReadInto(OnlyRead):
    def readinto(self, buffer):
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class Seekable(OnlyRead):
    """Can be rewound, but has no readinto and no peek."""

    def seek(self, offset, whence=0):
        self.position = (0, self.position, len(self.data))[whence] + offset
        return self.position

    def tell(self):
        return self.position

    def seekable(self):
        return True


class GivesTooMuch(OnlyRead):
    def read(self, n):
        return super().read(n) + b"more than was asked for"


class GivesText(OnlyRead):
    def read(self, n):
        return super().read(n).decode("latin-1")


class FailingReader(OnlyRead):
    def __init__(self, data, fail_at, error):
        super().__init__(data)
        self.fail_at, self.error = fail_at, error

    def read(self, n):
        if self.position + n > self.fail_at:
            raise self.error
        return super().read(n)


class Receiver:
    """`read` and `write` around a socket's recv and sendall."""

    def __init__(self, socket):
        self.socket = socket

    def read(self, n):
        return self.socket.recv(n)

    def write(self, data):
        self.socket.sendall(data)
        return len(data)
