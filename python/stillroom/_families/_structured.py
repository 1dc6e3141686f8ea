"""NumPy's dtypes with fields, and the arrays and scalars of them.

The items go as raw bytes, and the dtype as a description (docs/format.md,
"structured dtypes"): tuples of plain values, out of which no name is looked
up. Bytes that belong to no field are written as zeros, since NumPy itself does
not always copy them.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from . import Parts, RefusedError
from ._layout import checked, in_memory, laid_out

#: The classes of scalars that such a dtype may have.
_SCALARS = (np.void, np.record)
#: The longest item of each kind of number: what is longer differs between machines.
_LONGEST = {"f": 8, "c": 16}


def describe(dtype: Any) -> tuple[Any, ...] | str:
    """All there is to say of a dtype: of a plain one its text."""
    if dtype.metadata:
        raise RefusedError(
            "can't keep a dtype with metadata; make it anew without, and store that beside the array"
        )
    if dtype.names is None:
        return _describe_plain(dtype)
    if dtype.type not in _SCALARS:
        raise RefusedError(
            f"can't keep fields within an item of another kind; view it as a plain one: {dtype.type.__name__}"
        )
    fields = []
    for name in dtype.names:
        of, offset, *title = dtype.fields[name]
        of, shape = of.subdtype or (of, ())
        fields.append((name, _title(*title), int(offset), tuple(shape), describe(of)))
    return (dtype.itemsize, dtype.isalignedstruct, dtype.type is np.record, tuple(fields))


def _title(title: Any = None) -> str | None:
    if title is None or type(title) is str:
        return title
    raise RefusedError("can't keep a field whose title is no str; give it another")


def _describe_plain(dtype: Any) -> str:
    text: str = dtype.str
    if not _is_plain(dtype) or np.dtype(text).num != dtype.num:
        what = "of objects" if dtype.hasobject else "of this dtype"
        raise RefusedError(
            f"can't keep a field {what}; store it as an array or column of its own: {dtype.name}"
        )
    return text


def _is_plain(dtype: Any) -> bool:
    is_known = dtype.kind in "biufcMmSUV" and not dtype.hasobject and dtype.names is None
    return is_known and dtype.subdtype is None and dtype.itemsize <= _LONGEST.get(dtype.kind, 2**31)


def made(description: Any) -> Any:
    """The dtype of a description.

    Raises:
        Exception: of any class, when no dtype has it.
    """
    if type(description) is str:
        dtype = np.dtype(description)
        if dtype.str != description or not _is_plain(dtype):
            raise ValueError("a field of a dtype that is none")
        return dtype
    item_size, is_aligned, is_record, fields = description
    columns: dict[str, Any] = {"names": [], "titles": [], "offsets": [], "formats": []}
    for name, title, offset, shape, of in fields:
        field = made(of)
        _require_within(item_size, offset, shape, field)
        columns["names"].append(name)
        columns["titles"].append(_title(title))
        columns["offsets"].append(offset)
        columns["formats"].append((field, shape) if shape else field)
    if not any(title is not None for title in columns["titles"]):
        del columns["titles"]
    columns["itemsize"] = item_size
    dtype = np.dtype(cast(Any, columns), align=is_aligned)
    return np.dtype((np.record, dtype)) if is_record else dtype


def _require_within(item_size: Any, offset: Any, shape: Any, of: Any) -> None:
    """Raise ValueError unless a field lies within its item: NumPy adds the two in 32 bits, and sees no more of it."""
    if type(shape) is not tuple or not all(type(axis) is int and axis >= 0 for axis in shape):
        raise ValueError("a field of a shape that is none")
    if (
        type(item_size) is not int
        or type(offset) is not int
        or not 0 <= offset <= item_size < 2**31
    ):
        raise ValueError("a field that begins outside of its item")
    if offset + math.prod(shape) * of.itemsize > item_size:
        raise ValueError("a field that ends outside of its item")


def _described(dtype: Any) -> tuple[Any, ...] | str:
    """The description of a dtype with fields that can be made of it again."""
    description = describe(dtype)
    again = made(description)
    if again != dtype or repr(again) != repr(dtype) or again.alignment != dtype.alignment:
        raise RefusedError(
            "can't keep a dtype with fields that its description does not give again; store them one by one"
        )
    return description


def has_value(dtype: Any) -> Any:
    """Which bytes of an item belong to a field."""
    if dtype.names is None:
        if dtype.subdtype is None:
            return np.ones(dtype.itemsize, bool)
        of, shape = dtype.subdtype
        return np.tile(has_value(of), int(np.prod(shape)))
    held = np.zeros(dtype.itemsize, bool)
    for name in dtype.names:
        of, offset = dtype.fields[name][:2]
        held[offset : offset + of.itemsize] |= has_value(of)
    return held


def raw(array: Any) -> Any:
    """An array as one of raw bytes, zeros where no field is: a view when there are no such bytes."""
    array = np.asarray(array)
    bytes_of_item = np.dtype(f"V{array.dtype.itemsize}")
    held = has_value(array.dtype)
    if held.all() or array.size == 0:
        return array.view(bytes_of_item)
    items, is_fortran = in_memory(array)
    items = items.view(bytes_of_item).view(np.uint8).reshape(-1, len(held)) * held.view(np.uint8)
    return laid_out(items.view(bytes_of_item).reshape(-1), array.shape, is_fortran)


def take_array(array: Any) -> Parts:
    is_recarray = type(array) is np.recarray
    if array.dtype.names is None:
        raise RefusedError(
            "can't keep a recarray without fields; convert it with numpy.asarray(...)"
        )
    description = _described(array.dtype)
    items = raw(array)
    if items.flags.writeable != array.flags.writeable:
        items.setflags(write=array.flags.writeable)
    return Parts("STRUCTURED_ARRAY", [description, items, is_recarray])


def put_array(parts: list[Any], rows: int) -> Any:
    description, items, is_recarray = parts
    array = items.view(_of_items(description, items.dtype))
    if checked(is_recarray) and array.dtype.type is not np.record:
        raise ValueError("a recarray of no records")
    return array.view(np.recarray) if is_recarray else array


def take_scalar(scalar: Any) -> Parts:
    description = _described(scalar.dtype)
    item = raw(np.array(scalar))[()]
    return Parts("STRUCTURED_SCALAR", [description, item, bool(scalar.flags.writeable)])


def put_scalar(parts: list[Any], rows: int) -> Any:
    description, item, is_writeable = parts
    holder = np.array(item)
    holder = holder.view(_of_items(description, holder.dtype))
    holder.setflags(write=checked(is_writeable))
    return holder[()]


def _of_items(description: Any, items: Any) -> Any:
    """The dtype of a description, which must be one of fields over raw items of this dtype."""
    dtype = made(description)
    is_raw = items.kind == "V" and items.names is None and items.itemsize == dtype.itemsize
    if dtype.names is None or dtype.hasobject or not is_raw:
        raise ValueError("items of another size than their dtype")
    return dtype
