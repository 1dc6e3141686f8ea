"""The memory of Arrow arrays as a few arrays and bytes, and back.

Own layout rather than Arrow's IPC, whose bytes depend on the library that wrote
them: docs/format.md says what each type is made of. What Arrow leaves open is
settled here, so that equal arrays are equal bytes: a slice holds what it shows
and no more, nothing lies under a null, offsets are lengths, and bitmaps without
a zero are left out.

What is put together is stored data. Every length is checked against the bytes
that are there before Arrow is given an array, and the whole is validated by
Arrow as well (`validated`).
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from . import Parts, RefusedError
from ._arrow_flat import FLAT
from ._arrow_memory import LAYOUTS, VIEWS, apart, together, validated
from ._arrow_nested import NESTED

LAYOUTS.update({**FLAT, **NESTED})


def take_apart(array: Any) -> Parts:
    """The memory of an array whose type is in the grammar.

    Raises:
        RefusedError: for an array whose own memory is at fault.
    """
    if len(array) == 0 and str(array.type) in VIEWS:
        # A slice of nothing, joined by Arrow, begins where no memory is.
        array = pa.array([], array.type)
    try:
        validated(array)
    except ValueError as error:
        step = "make it anew from its values"
        raise RefusedError(
            f"can't keep an array that Arrow finds invalid; {step}: {error}"
        ) from error
    return apart(array, None)


def put_together(of: Any, data: Any) -> Any:
    """The array of a type over memory that was loaded.

    Raises:
        Exception: of any class, for memory that no array of this type has.
    """
    return validated(together(of, data))
