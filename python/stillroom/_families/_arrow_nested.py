"""Arrow arrays with children: lists, structs, maps, dictionaries, runs and unions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from . import _arrow_memory as memory
from ._arrow_flat import fixed_apart, fixed_together


def _list_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    lengths, start, end, hides = memory.lengths_of(
        array, memory.LISTS[type(array.type).__name__], valid
    )
    items = array.values.slice(start, end - start)
    if hides:
        items = _taken(items, np.flatnonzero(np.repeat(valid, lengths)))
        lengths = np.where(valid, lengths, lengths.dtype.type(0))
    return [memory.packed(valid), memory.still(lengths), memory.apart(items, None)]


def _taken(items: Any, places: Any) -> Any:
    """The items at these places, in their order."""
    try:
        return items.take(pa.array(places))
    except pa.ArrowNotImplementedError:
        # Of views and runs, also within structs. Slices can be made and joined of any type.
        ends = np.flatnonzero(np.diff(places) != 1) + 1
        runs = np.split(places, ends) if len(places) else []
        return pa.concat_arrays(
            [items.slice(run[0], len(run)) for run in runs] or [items.slice(0, 0)]
        )


def _list_together(of: Any, length: int, validity: Any, lengths: Any, items: Any) -> Any:
    child = (
        _entries(of, items)
        if type(of).__name__ == "MapType"
        else memory.together(of.value_type, items)
    )
    offsets = memory.offsets_of(lengths, memory.LISTS[type(of).__name__], length, len(child))
    return memory.array_from(of, length, [memory.validity_of(validity, length), offsets], [child])


def _entries(of: Any, items: Any) -> Any:
    return memory.together(pa.struct([of.key_field, of.item_field]), items)


def _list_view_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    if valid is not None and shown is not None:
        array = _with_validity(array, valid)
    sizes = memory.items_of(
        array.buffers()[2], memory.LIST_VIEWS[type(array.type).__name__], array.offset, len(array)
    )
    items = array.flatten() if len(array) else array.values.slice(0, 0)
    return [memory.packed(valid), memory.still(sizes if valid is None else np.where(valid, sizes, 0).astype(sizes.dtype)),
            memory.apart(items, None)]  # fmt: skip


def _with_validity(array: Any, valid: Any) -> Any:
    """The same list views, with other nulls."""
    _, offsets, sizes = array.buffers()[:3]
    dtype = memory.LIST_VIEWS[type(array.type).__name__]
    offsets, sizes = (
        memory.items_of(buffer, dtype, array.offset, len(array)) for buffer in (offsets, sizes)
    )
    buffers = [pa.py_buffer(memory.packed(valid)), pa.py_buffer(offsets), pa.py_buffer(sizes)]
    return pa.Array.from_buffers(array.type, len(array), buffers, children=[array.values])


def _list_view_together(of: Any, length: int, validity: Any, lengths: Any, items: Any) -> Any:
    child = memory.together(of.value_type, items)
    dtype = memory.LIST_VIEWS[type(of).__name__]
    offsets = memory.offsets_of(lengths, dtype, length, len(child)).slice(
        0, length * int(dtype[-1])
    )
    return memory.array_from(
        of,
        length,
        [memory.validity_of(validity, length), offsets, memory.buffer_of(lengths, dtype, length)],
        [child],
    )


def _fixed_size_list_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    size = array.type.list_size
    items = array.values.slice(array.offset * size, len(array) * size)
    return [
        memory.packed(valid),
        memory.apart(items, None if valid is None else np.repeat(valid, size)),
    ]


def _fixed_size_list_together(of: Any, length: int, validity: Any, items: Any) -> Any:
    child = memory.together(of.value_type, items)
    if len(child) != length * of.list_size:
        raise ValueError("another number of items than the lists hold")
    return memory.array_from(of, length, [memory.validity_of(validity, length)], [child])


def _struct_apart(array: Any, shown: Any) -> list[Any]:
    valid = memory.valid_of(array, shown)
    return [memory.packed(valid), *(memory.apart(field, valid) for field in _fields(array))]


def _fields(array: Any) -> list[Any]:
    return [array.field(place) for place in range(array.type.num_fields)]


def _struct_together(of: Any, length: int, validity: Any, *fields: Any) -> Any:
    return memory.array_from(
        of, length, [memory.validity_of(validity, length)], _children(of, length, fields)
    )


def _children(of: Any, length: int | None, fields: tuple[Any, ...]) -> list[Any]:
    types = [of.field(place).type for place in range(of.num_fields)]
    children = [memory.together(*pair) for pair in zip(types, fields, strict=True)]
    if length is not None and any(len(child) != length for child in children):
        raise ValueError("fields of another length than what holds them")
    return children


def _dictionary_apart(array: Any, shown: Any) -> list[Any]:
    return [*fixed_apart(array.indices, shown), memory.apart(array.dictionary, None)]


def _dictionary_together(of: Any, length: int, validity: Any, indices: Any, values: Any) -> Any:
    indices = memory.validated(fixed_together(of.index_type, length, validity, indices))
    values = memory.validated(memory.together(of.value_type, values))
    return pa.DictionaryArray.from_arrays(indices, values, ordered=of.ordered, safe=True)


def _run_end_apart(array: Any, shown: Any) -> list[Any]:
    first, count = array.find_physical_offset(), array.find_physical_length()
    dtype = memory.FIXED[str(array.type.run_end_type)]
    ends = np.frombuffer(array.run_ends.buffers()[1], dtype)[array.run_ends.offset :][
        first : first + count
    ]
    ends = np.minimum(ends.astype("<i8") - array.offset, len(array)).astype(dtype)
    return [memory.still(ends), memory.apart(array.values.slice(first, count), None)]


def _run_end_together(of: Any, length: int, ends: Any, values: Any) -> Any:
    dtype = memory.FIXED[str(of.run_end_type)]
    values = memory.together(of.value_type, values)
    ends = memory.checked(ends, dtype, len(values))
    if (int(ends[-1]) if len(ends) else 0) != length or np.any(
        np.diff(ends, prepend=ends.dtype.type(0)) <= 0
    ):
        raise ValueError("runs that do not end one after another")
    run_ends = memory.array_from(of.run_end_type, len(ends), [None, pa.py_buffer(ends)])
    return memory.array_from(of, length, [None], [run_ends, values])


def _codes(array: Any) -> Any:
    return memory.items_of(array.buffers()[1], "|i1", array.offset, len(array))


def _union_codes(of: Any, codes: Any, length: int) -> Any:
    codes = memory.checked(codes, "|i1", length)
    if not np.isin(codes, of.type_codes).all():
        raise ValueError("a union of a code that is none of its fields'")
    return codes


def _sparse_union_apart(array: Any, shown: Any) -> list[Any]:
    codes = _codes(array)
    chosen = (codes == code for code in array.type.type_codes)
    return [codes, *map(memory.apart, _fields(array), chosen)]


def _sparse_union_together(of: Any, length: int, codes: Any, *fields: Any) -> Any:
    codes = pa.py_buffer(_union_codes(of, codes, length))
    return memory.array_from(of, length, [None, codes], _children(of, length, fields))


def _dense_union_apart(array: Any, shown: Any) -> list[Any]:
    codes = _codes(array)
    offsets = memory.items_of(array.buffers()[2], "<i4", array.offset, len(array))
    children = []
    for code, field in zip(array.type.type_codes, _fields(array), strict=True):
        places = offsets[codes == code]
        start = int(places[0]) if len(places) else 0
        if np.array_equal(places, np.arange(start, start + len(places))):
            children.append(memory.apart(field.slice(start, len(places)), None))
        else:
            children.append(memory.apart(_taken(field, places), None))
    return [codes, *children]


def _dense_union_together(of: Any, length: int, codes: Any, *fields: Any) -> Any:
    codes = _union_codes(of, codes, length)
    children = _children(of, None, fields)
    offsets = np.zeros(length, "<i4")
    for code, child in zip(of.type_codes, children, strict=True):
        chosen = codes == code
        if int(chosen.sum()) != len(child):
            raise ValueError("a field of another length than its code is often")
        offsets[chosen] = np.arange(len(child), dtype="<i4")
    return memory.array_from(
        of, length, [None, pa.py_buffer(codes), pa.py_buffer(offsets)], children
    )


NESTED: memory.Layouts = {
    "list": (_list_apart, _list_together),
    "list view": (_list_view_apart, _list_view_together),
    "fixed-size list": (_fixed_size_list_apart, _fixed_size_list_together),
    "struct": (_struct_apart, _struct_together),
    "dictionary": (_dictionary_apart, _dictionary_together),
    "run-end": (_run_end_apart, _run_end_together),
    "sparse union": (_sparse_union_apart, _sparse_union_together),
    "dense union": (_dense_union_apart, _dense_union_together),
}
