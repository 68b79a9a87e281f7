"""Just enough of the ONNX file format to write one graph, with no dependency.

An ONNX file is one protocol-buffers message. Writing it takes two wire types (varint and
length-delimited) and the field numbers of `onnx.proto` (https://github.com/onnx/onnx, IR version
8); that is less than what the `onnx` package or an exporter would pull into a training
environment, and what is written is what the reader sees in `export.py`, node by node.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Attribute = int | float | Sequence[int]

IR_VERSION: Final = 8
OPSET: Final = 17
FLOAT, INT64, FLOAT16 = 1, 7, 10
_DTYPES: Final = {"float32": FLOAT, "int64": INT64, "float16": FLOAT16}


def _varint(n: int) -> bytes:
    n &= (1 << 64) - 1  # negative numbers travel as 64-bit two's complement
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def _int(number: int, n: int) -> bytes:
    return _varint(number << 3) + _varint(n)


def _bytes(number: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, values: NDArray[np.generic]) -> bytes:
    dims = b"".join(_int(1, d) for d in values.shape)
    kind = _int(2, _DTYPES[values.dtype.name])
    return dims + kind + _bytes(8, name) + _bytes(9, np.ascontiguousarray(values).tobytes())


def _attribute(name: str, value: Attribute) -> bytes:
    head = _bytes(1, name)
    if isinstance(value, int):
        return head + _int(3, value) + _int(20, 2)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _int(20, 1)
    return head + b"".join(_int(8, n) for n in value) + _int(20, 7)


def _value(name: str, dtype: int, dims: Sequence[int | str]) -> bytes:
    each = (_int(1, d) if isinstance(d, int) else _bytes(2, d) for d in dims)
    shape = b"".join(_bytes(1, dim) for dim in each)
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, dtype) + _bytes(2, shape)))


@dataclass(slots=True)
class Graph:
    """A graph under construction: `add` returns the name of the node's (first) output."""

    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)
    _inputs: list[bytes] = field(default_factory=list)
    _outputs: list[bytes] = field(default_factory=list)
    _names: int = 0

    def input(self, name: str, dtype: int, dims: Sequence[int | str]) -> str:
        self._inputs.append(_value(name, dtype, dims))
        return name

    def output(self, name: str, dtype: int, dims: Sequence[int | str]) -> None:
        self._outputs.append(_value(name, dtype, dims))

    def tensor(self, values: NDArray[np.generic], name: str = "") -> str:
        name = name or self._fresh("constant")
        self._tensors.append(_tensor(name, values))
        return name

    def add(self, op: str, *inputs: str, name: str = "", **attributes: Attribute) -> str:
        return self.split(op, *inputs, names=(name or self._fresh(op),), **attributes)[0]

    def split(
        self, op: str, *inputs: str, names: tuple[str, ...], **attributes: Attribute
    ) -> tuple[str, ...]:
        """Add a node with several outputs."""
        self._nodes.append(
            b"".join(_bytes(1, name) for name in inputs)
            + b"".join(_bytes(2, name) for name in names)
            + _bytes(4, op)
            + b"".join(_bytes(5, _attribute(k, v)) for k, v in attributes.items())
        )
        return names

    def file(self, *, metadata: dict[str, str]) -> bytes:
        graph = (
            b"".join(_bytes(1, node) for node in self._nodes)
            + _bytes(2, "builtin")
            + b"".join(_bytes(5, tensor) for tensor in self._tensors)
            + b"".join(_bytes(11, value) for value in self._inputs)
            + b"".join(_bytes(12, value) for value in self._outputs)
        )
        notes = (_bytes(14, _bytes(1, k) + _bytes(2, v)) for k, v in sorted(metadata.items()))
        return (
            _int(1, IR_VERSION)
            + _bytes(2, "stillhouse")
            + _bytes(7, graph)
            + _bytes(8, _bytes(1, "") + _int(2, OPSET))
            + b"".join(notes)
        )

    def _fresh(self, stem: str) -> str:
        self._names += 1
        return f"{stem.lower()}_{self._names}"
