# SPDX-License-Identifier: BSD-3-Clause
"""A store of objects in memory that counts what is asked of it, and can fail as real ones do: ``fake://name``."""

import asyncio
import threading

import fsspec
from fsspec.asyn import AsyncFileSystem


class FakeStore(AsyncFileSystem):
    """Objects by name, with a version each.

    Attributes
    ----------
    requests : list of (str, int, int)
        Each range that was asked for.
    most_at_once : int
        How many requests were open side by side.
    before : callable
        Is called with the number of the request and its range before it is answered; what it
        returns is the answer, unless it is None; what it raises is the error.
    """

    protocol = "fake"
    cachable = False
    objects: dict = {}
    requests: list = []
    most_at_once = 0
    before = staticmethod(lambda number, start, end: None)
    delay = 0.0
    _open_now = 0
    _lock = threading.Lock()

    @classmethod
    def clear(cls):
        cls.objects, cls.requests, cls.most_at_once, cls.delay = {}, [], 0, 0.0
        cls.before = staticmethod(lambda number, start, end: None)

    @classmethod
    def put(cls, name, data):
        cls.objects[name] = bytes(data), cls.objects.get(name, (b"", 0))[1] + 1

    @classmethod
    def moved(cls):
        """Return how many bytes were asked for."""
        return sum(end - start for _, start, end in cls.requests)

    async def _info(self, path, **kwargs):
        if path not in self.objects:
            raise FileNotFoundError(path)
        data, version = self.objects[path]
        return {"name": path, "size": len(data), "type": "file", "generation": version}

    async def _cat_file(self, path, start=None, end=None, **kwargs):
        cls = type(self)
        with self._lock:
            number = len(self.requests)
            self.requests.append((path, start, end))
            cls._open_now += 1
            cls.most_at_once = max(self.most_at_once, self._open_now)
        try:
            await asyncio.sleep(self.delay)
            answer = cls.before(number, start, end)
            if answer is None and path not in self.objects:
                raise FileNotFoundError(path)
            return self.objects[path][0][start:end] if answer is None else answer
        finally:
            with self._lock:
                cls._open_now -= 1


fsspec.register_implementation("fake", FakeStore, clobber=True)
