"""NumPy's arrays and scalars that are more than bytes of one kind.

Arrays of objects, of text of any length, with a mask, and of the dtypes with
fields that `_structured.py` describes. Plain arrays never come here: they lie
as they are (`python/src/types/array.rs`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import Parts, RefusedError, _structured
from ._layout import checked, in_memory, laid_out


def _take_array(array: Any) -> Parts:
    if array.dtype.names is not None:
        return _structured.take_array(array)
    kind = array.dtype.kind
    if array.dtype.metadata:
        raise RefusedError(
            "can't keep a dtype with metadata; drop it with astype(array.dtype.kind), and store it beside the array"
        )
    cells, is_fortran = in_memory(array)
    head = [tuple(array.shape), is_fortran, array.flags.writeable]
    if kind == "O":
        return Parts("OBJECT_ARRAY", [*head, cells])
    missing = getattr(array.dtype, "na_object", ...)
    if missing is ... and hasattr(array.dtype, "na_object"):
        raise RefusedError(
            "can't keep a StringDType whose missing value is ...; make it with another na_object"
        )
    texts = np.fromiter(
        (cell if type(cell) is str else None for cell in cells.astype(object)), object, len(cells)
    )
    return Parts("TEXT_ARRAY", [*head, array.dtype.coerce, missing, texts])


def _put_object_array(parts: list[Any], rows: int) -> Any:
    shape, is_fortran, is_writeable, cells = parts
    return _own(laid_out(_cells(cells), shape, is_fortran), is_writeable)


def _cells(cells: Any) -> Any:
    if cells.dtype != np.dtype("O"):
        raise ValueError("an array of objects whose cells are none")
    return cells


def _put_text_array(parts: list[Any], rows: int) -> Any:
    shape, is_fortran, is_writeable, is_coercing, missing, cells = parts
    named = {} if missing is ... else {"na_object": missing}
    if not hasattr(np.dtypes, "StringDType"):
        # NumPy 1 is no damage.
        raise ModuleNotFoundError("no StringDType", name="numpy>=2")
    dtype = np.dtypes.StringDType(coerce=checked(is_coercing), **named)
    return _own(laid_out(_texts(_cells(cells), dtype, missing), shape, is_fortran), is_writeable)


def _own(array: Any, is_writeable: Any) -> Any:
    array.setflags(write=checked(is_writeable))
    return array


def _texts(cells: Any, dtype: Any, missing: Any) -> Any:
    """An array of one axis of these cells, each a str or None for a missing one."""
    is_missing = np.fromiter((cell is None for cell in cells), bool, len(cells))
    if not all(type(cell) is str for cell in cells[~is_missing]):
        raise ValueError("an array of text whose cells are none")
    if is_missing.any() and missing is ...:
        raise ValueError("a missing text in an array that has none")
    texts = np.where(is_missing, "", cells).astype(dtype)
    for place in np.flatnonzero(is_missing):
        texts[place] = missing
    return texts


#: What a masked array is made of, beside its data. The rest of its `__dict__` would be lost.
_OF_MASKED = {
    "_basedict",
    "_baseclass",
    "_fill_value",
    "_hardmask",
    "_isfield",
    "_mask",
    "_optinfo",
    "_sharedmask",
}


def _take_masked(array: Any) -> Parts:
    if type(array.data) not in (np.ndarray, np.recarray):
        raise RefusedError(
            f"can't keep a mask over an array of another class; convert that with numpy.asarray(...): {type(array.data).__name__}"
        )
    held = vars(array)
    others = [*(set(held) - _OF_MASKED), *held.get("_optinfo", ())]
    if others:
        raise RefusedError(
            f"can't keep a masked array with attributes of its own; store them beside it: {others[0]}"
        )
    # A view, and never of the mask's own class; `nomask` is a scalar.
    mask = None if array.mask is np.ma.nomask else np.asarray(array.mask)
    return Parts("MASKED_ARRAY", [array.data, mask, _own_fill_value(array), bool(array.hardmask)])


def _own_fill_value(array: Any) -> Any:
    """The fill value as an array of no axes; none when it is that of the dtype, which NumPy puts there when
    the array is first printed."""
    own = array._fill_value
    if own is None:
        return None
    with np.errstate(over="ignore"):  # the default of float16 is more than one holds
        fresh: Any = np.ma.array(np.empty(0, array.dtype))
        _ = fresh.fill_value  # makes it remember the default
    default = fresh._fill_value
    # Of objects the default is no object itself, so that any that was set is another.
    is_default = (
        own.dtype == default.dtype and not own.dtype.hasobject and _bits(own) == _bits(default)
    )
    return None if is_default else own


def _bits(item: Any) -> bytes:
    return bytes((item if item.dtype.names is None else _structured.raw(item)).tobytes())


def _put_masked(parts: list[Any], rows: int) -> Any:
    data, mask, fill_value, is_hard = parts
    if isinstance(data, np.ma.MaskedArray) or isinstance(mask, np.ma.MaskedArray):
        raise ValueError("a mask over a mask")
    if mask is not None and (
        mask.shape != data.shape or mask.dtype != np.ma.make_mask_descr(data.dtype)
    ):
        raise ValueError("a mask of another shape or dtype than its array has")
    with np.errstate(over="ignore"):
        made = np.ma.MaskedArray(
            data, np.ma.nomask if mask is None else mask, hard_mask=checked(is_hard)
        )
    if fill_value is not None:
        if fill_value.shape != () or fill_value.dtype != data.dtype:
            raise ValueError("a fill value of another dtype than its array has")
        made.fill_value = fill_value
    return made


def _take_masked_constant(constant: Any) -> Parts:
    return Parts("MASKED_CONSTANT", [])


def _put_masked_constant(parts: list[Any], rows: int) -> Any:
    return np.ma.masked


def _refuse(what: str, advice: str) -> Callable[[Any], Parts]:
    def refuse(_: Any) -> Parts:
        raise RefusedError(f"can't keep a {what}; {advice}")

    return refuse


_MATRIX = _refuse("numpy.matrix", "convert it with numpy.asarray(...)")
_MASKED_RECORDS = _refuse("masked array of records", "convert it with numpy.ma.asarray(...)")

CLASSES = {
    "ndarray": _take_array,
    "memmap": _take_array,
    "recarray": _structured.take_array,
    "void": _structured.take_scalar,
    "record": _structured.take_scalar,
    "MaskedArray": _take_masked,
    "MaskedConstant": _take_masked_constant,
    "matrix": _MATRIX,
    "MaskedRecords": _MASKED_RECORDS,
}
KINDS = {
    "OBJECT_ARRAY": _put_object_array,
    "TEXT_ARRAY": _put_text_array,
    "STRUCTURED_ARRAY": _structured.put_array,
    "STRUCTURED_SCALAR": _structured.put_scalar,
    "MASKED_ARRAY": _put_masked,
    "MASKED_CONSTANT": _put_masked_constant,
}
