"""Arrow arrays without children: numbers, times, bools, text and bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from . import Lent
from . import _arrow_memory as memory


def _null_apart(array: Any, shown: Any) -> list[Any]:
    return []


def _null_together(of: Any, length: int) -> Any:
    return memory.array_from(of, length, [None])


def _empty_apart(array: Any, shown: Any) -> list[Any]:
    return [memory.packed(memory.valid_of(array, shown))]


def _empty_together(of: Any, length: int, validity: Any) -> Any:
    return memory.array_from(of, length, [memory.validity_of(validity, length), pa.py_buffer(b"")])


def fixed_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    items = memory.items_of(
        array.buffers()[1], memory.dtype_of(array.type), array.offset, len(array)
    )
    return [memory.packed(valid), _zeroed(items, valid)]


def _zeroed(items: Any, valid: Any) -> Any:
    """Items with nothing but zeros under nulls."""
    rows = items.view("u1").reshape(len(items), items.itemsize)
    if valid is None or not rows[~valid].any():
        return items
    return memory.still(np.where(valid[:, None], rows, np.uint8(0)).view(items.dtype).reshape(-1))


def fixed_together(of: Any, length: int, validity: Any, items: Any) -> Any:
    return memory.array_from(
        of,
        length,
        [
            memory.validity_of(validity, length),
            memory.buffer_of(items, memory.dtype_of(of), length),
        ],
    )


def _bool_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    length, offset = len(array), array.offset
    if length == 0:
        return [None, memory.items_of(None, "|u1", 0, 0)]
    if valid is None and offset % 8 == 0:
        bits = memory.items_of(array.buffers()[1], "|u1", offset // 8, (length + 7) // 8)
        if length % 8 == 0 or bits[-1] >> (length % 8) == 0:
            return [None, bits]
    bits = memory.unpacked(array.buffers()[1], offset, length)
    return [memory.packed(valid), memory.packed(bits if valid is None else bits & valid)]


def _bool_together(of: Any, length: int, validity: Any, bits: Any) -> Any:
    return memory.array_from(
        of, length, [memory.validity_of(validity, length), memory.bits_of(bits, length)]
    )


def _text_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    lengths, start, end, hides = memory.lengths_of(array, memory.TEXT[str(array.type)], valid)
    if hides:
        lengths = np.where(valid, lengths, lengths.dtype.type(0))
        array = pa.concat_arrays([array.filter(pa.array(valid))])
        _, start, end, _ = memory.lengths_of(array, memory.TEXT[str(array.type)], None)
    text = array.buffers()[2] if end > start else None
    text = b"" if text is None else Lent(text.slice(start, end - start))
    return [memory.packed(valid), memory.still(lengths), text]


def _text_together(of: Any, length: int, validity: Any, lengths: Any, text: Any) -> Any:
    return _text(of, memory.TEXT[str(of)], length, validity, lengths, text)


def _text(of: Any, dtype: str, length: int, validity: Any, lengths: Any, text: Any) -> Any:
    if type(text) is not bytes:
        raise TypeError("text that is no bytes")
    offsets = memory.offsets_of(lengths, dtype, length, len(text))
    return memory.array_from(
        of, length, [memory.validity_of(validity, length), offsets, pa.py_buffer(text)]
    )


def _view_apart(array: Any, shown: Any) -> list[Any]:
    array = array.cast(getattr(pa, memory.VIEWS[str(array.type)])())
    validity, lengths, text = _text_apart(array, shown)
    return [validity, memory.still(lengths.astype("<i4")), text]


def _view_together(of: Any, length: int, validity: Any, lengths: Any, text: Any) -> Any:
    large = getattr(pa, memory.VIEWS[str(of)])()
    lengths = memory.checked(lengths, "<i4", length).astype("<i8")
    return _text(large, "<i8", length, validity, lengths, text).cast(of)


FLAT: memory.Layouts = {
    "null": (_null_apart, _null_together),
    "bool": (_bool_apart, _bool_together),
    "empty": (_empty_apart, _empty_together),
    "fixed": (fixed_apart, fixed_together),
    "text": (_text_apart, _text_together),
    "view": (_view_apart, _view_together),
}
