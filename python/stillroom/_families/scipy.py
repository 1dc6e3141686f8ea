"""scipy's sparse matrices and arrays: their format, shape and arrays."""

from __future__ import annotations

from typing import Any

from . import Parts, RefusedError

#: The arrays of each format, in the order of its constructor.
_ARRAYS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "dia": ("data", "offsets"),
}


def _take_apart(obj: Any) -> Parts:
    names = _ARRAYS.get(obj.format)
    if names is None:
        raise RefusedError(f"can't keep a sparse matrix of this format yet; convert it with .tocsr(): {obj.format}")
    is_matrix = type(obj).__name__.endswith("_matrix")
    arrays = [getattr(obj, name) for name in names]
    return Parts("SCIPY_SPARSE", [obj.format, is_matrix, tuple(int(n) for n in obj.shape), *arrays])


def _put_together(parts: list[Any], rows: int) -> Any:
    from scipy import sparse

    form, is_matrix, shape, *arrays = parts
    if form not in _ARRAYS or len(arrays) != len(_ARRAYS[form]) or not isinstance(is_matrix, bool):
        raise ValueError("no sparse matrix has these parts")
    made = getattr(sparse, f"{form}_{'matrix' if is_matrix else 'array'}")(tuple(arrays), shape=shape)
    if hasattr(made, "check_format"):
        made.check_format(full_check=True)
    return made


CLASSES = {f"{form}_{suffix}": _take_apart for form in _ARRAYS for suffix in ("matrix", "array")}
KINDS = {"SCIPY_SPARSE": _put_together}
