# SPDX-License-Identifier: BSD-3-Clause
"""A proxy between a client and a server that cuts connections as networks do: with a reset, at any byte."""

import contextlib
import random
import socket
import struct
import threading

_TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes bytes to a port and back.

    Attributes
    ----------
    cut : float
        The chance that a piece of up to 64 KiB, in either direction, is the last of its connection.
    too_many : float
        The chance that a request for data is answered with 429.
    n_cuts, n_too_many : int
        How often that was so.
    """

    def __init__(self, port):
        self._upstream = ("127.0.0.1", port)
        self._chance = random.Random(0)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.calm()
        threading.Thread(target=self._accept, daemon=True).start()

    def calm(self):
        """End all faults, and count anew."""
        self.cut = self.too_many = 0.0
        self.n_cuts = self.n_too_many = 0

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(self._upstream) as server:
            answers = threading.Thread(target=self._guarded, args=(self._answers, client, server), daemon=True)
            answers.start()
            self._guarded(self._requests, client, server)
            answers.join()

    @staticmethod
    def _guarded(pump, client, server):
        with contextlib.suppress(OSError):
            pump(client, server)
        for each in (client, server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _requests(self, client, server):
        while data := client.recv(1 << 16):
            if data.startswith(b"GET ") and self._happens("too_many"):
                client.sendall(_TOO_MANY)
                return
            if self._happens("cut"):
                self._reset(client)
                return
            server.sendall(data)

    def _answers(self, client, server):
        while data := server.recv(1 << 16):
            if self._happens("cut"):
                client.sendall(data[: len(data) // 2])
                self._reset(client)
                return
            client.sendall(data)

    def _happens(self, what):
        with self._lock:
            happens = self._chance.random() < getattr(self, what)
            if happens:
                name = {"cut": "n_cuts", "too_many": "n_too_many"}[what]
                setattr(self, name, getattr(self, name) + 1)
            return happens

    @staticmethod
    def _reset(client):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
