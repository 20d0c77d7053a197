# SPDX-License-Identifier: BSD-3-Clause
"""ONNX files as protobuf writes them, byte by byte, for what no exporter would write."""


def field(number, content):
    """Encode a field: of bytes with its length, of an int as a number."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number):
    number &= 2**64 - 1
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def model(graph):
    return field(1, 8) + field(8, field(2, 22)) + field(7, graph)


def tensor(dims, data=b"", **fields):
    """A constant of a graph, of float32."""
    extra = b"".join(field(int(number[1:]), content) for number, content in fields.items())
    return field(5, b"".join(field(1, dim) for dim in dims) + field(2, 1) + (field(9, data) if data else b"") + extra)


def external(dims, location):
    """A constant whose data is in another file."""
    return tensor(dims, _13=field(1, b"location") + field(2, location.encode()), _14=1)
