"""pandas' arrays of Arrow types.

Chunks are joined: pandas shows nowhere where they end, and two arrays that are
the same to it must be the same bytes.
"""

from __future__ import annotations

from typing import Any

from . import Parts, RefusedError


def _take_apart(array: Any) -> Parts:
    import pyarrow as pa

    from . import _arrow_data, _arrow_types

    of = _arrow_types.spell(array.dtype.pyarrow_dtype)
    held = array.__arrow_array__()
    chunks = held.chunks if isinstance(held, pa.ChunkedArray) else [held]
    try:
        whole = (
            chunks[0]
            if len(chunks) == 1
            else pa.concat_arrays(chunks or [pa.array([], array.dtype.pyarrow_dtype)])
        )
    except pa.ArrowInvalid as error:
        step = "convert it with astype(pandas.ArrowDtype(...)) to a large one"
        message = f"can't keep more than 2 GiB in one column of this type; {step}: {array.dtype}"
        raise RefusedError(message) from error
    return Parts("COLUMN_ARROW", [of, _arrow_data.take_apart(whole)], len(array))


def _put_together(parts: list[Any], rows: int) -> Any:
    from pandas.arrays import ArrowExtensionArray

    from . import _arrow_data, _arrow_types

    of, data = parts
    array = _arrow_data.put_together(_arrow_types.parse(of), data)
    if len(array) != rows:
        raise ValueError("a column of another length than it says")
    return ArrowExtensionArray(array)


CLASSES = {"ArrowExtensionArray": _take_apart}
KINDS = {"COLUMN_ARROW": _put_together}
