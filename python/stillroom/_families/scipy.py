"""scipy's sparse matrices and arrays: their format, shape and arrays.

Index arrays keep their dtype and order, duplicates and explicit zeros stay.
What scipy finds out from them and remembers (whether indices are sorted) is
not kept; a coo array's word that it is canonical is, since nothing tells it
from the arrays. scipy trusts index arrays without looking, so they are looked
at here, before they are kept and before an array is made of them.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import sparse

from . import Parts, RefusedError

_COMPRESSED = ("data", "indices", "indptr")
#: What the index arrays of each format are called.
_INDEXES = {
    "csr": _COMPRESSED,
    "csc": _COMPRESSED,
    "bsr": _COMPRESSED,
    "coo": ("data", "coords"),
    "dia": ("data", "offsets"),
    "dok": ("data", "coords"),
    "lil": _COMPRESSED,
}


def _take_apart(obj: Any) -> Parts:
    form = obj.format
    shape = tuple(int(axis) for axis in obj.shape)
    arrays = _TAKE[form](obj)
    try:
        _check(form, shape, arrays)
    except ValueError as error:
        step = "build it anew from its entries"
        raise RefusedError(
            f"can't keep a sparse array of arrays that don't fit; {step}: {error}"
        ) from error
    is_matrix = isinstance(obj, sparse.spmatrix)
    is_canonical = form == "coo" and bool(obj.has_canonical_format)
    return Parts("SCIPY_SPARSE", [form, is_matrix, shape, is_canonical, *arrays])


def _take_compressed(obj: Any) -> list[Any]:
    return [obj.data, obj.indices, obj.indptr]


def _take_dok(obj: Any) -> list[Any]:
    entries = dict(obj.items())
    if any(type(value) is not obj.dtype.type for value in entries.values()):
        raise RefusedError("can't keep entries of another dtype than their array; assign them anew")
    keys = entries if obj.ndim > 1 else ((key,) for key in entries)
    coords = np.array([*keys], dtype="<i8").reshape(len(entries), obj.ndim)
    data = np.array([*entries.values()], dtype=obj.dtype)
    return [data, *(np.ascontiguousarray(axis) for axis in coords.T)]


def _take_lil(obj: Any) -> list[Any]:
    lengths = [len(row) for row in obj.rows]
    if lengths != [len(row) for row in obj.data]:
        raise RefusedError("can't keep rows of other lengths than their indices; assign them anew")
    indices = np.array([*itertools.chain(*obj.rows)], dtype="<i8")
    data = np.array([*itertools.chain(*obj.data)], dtype=obj.dtype)
    return [data, indices, np.cumsum([0, *lengths], dtype="<i8")]


_TAKE = {
    "csr": _take_compressed,
    "csc": _take_compressed,
    "bsr": _take_compressed,
    "coo": lambda obj: [obj.data, *obj.coords],
    "dia": lambda obj: [obj.data, obj.offsets],
    "dok": _take_dok,
    "lil": _take_lil,
}


# ---------------------------------------------------------------- what fits


def _check(form: str, shape: tuple[int, ...], arrays: list[Any]) -> None:
    """Raise ValueError unless no entry lies outside of the shape."""
    data, *indexes = arrays
    if form in ("coo", "dok"):
        _check_coords(shape, data, indexes)
    elif form == "dia":
        _check_diagonals(shape, data, *indexes)
    else:
        _check_compressed(form, shape, data, *indexes)


def _require(fits: Any, what: str) -> None:
    if not fits:
        raise ValueError(what)


def _check_index(array: Any, low: int, high: int) -> None:
    """An index array, each of whose items is `low` or more and below `high`."""
    _require(
        array.ndim == 1 and array.dtype in (np.dtype("i4"), np.dtype("i8")),
        "an index of another dtype",
    )
    _require(
        not array.size or (array.min() >= low and array.max() < high), "an index out of bounds"
    )


def _check_coords(shape: tuple[int, ...], data: Any, coords: list[Any]) -> None:
    _require(
        len(coords) == len(shape) and data.ndim == 1, "coordinates of other axes than the shape"
    )
    for axis, size in zip(coords, shape, strict=True):
        _check_index(axis, 0, size)
        _require(len(axis) == len(data), "another number of coordinates than entries")


def _check_diagonals(shape: tuple[int, ...], data: Any, offsets: Any) -> None:
    _require(len(shape) == 2 and data.ndim == 2, "diagonals of other than two axes")
    _check_index(offsets, -max(shape, default=0), max(shape, default=0) + 1)
    _require(len(offsets) == len(data), "another number of offsets than diagonals")
    _require(len(np.unique(offsets)) == len(offsets), "the same diagonal twice")


def _check_compressed(
    form: str, shape: tuple[int, ...], data: Any, indices: Any, indptr: Any
) -> None:
    blocks = (1, 1)
    if form == "bsr":
        _require(
            data.ndim == 3 and len(shape) == 2 and min(data.shape[1:]) > 0, "blocks of other axes"
        )
        blocks = data.shape[1:]
        _require(
            shape[0] % blocks[0] == 0 and shape[1] % blocks[1] == 0,
            "blocks that don't fill the shape",
        )
    else:
        _require(
            data.ndim == 1 and len(shape) in ((1, 2) if form == "csr" else (2,)),
            "data of other axes",
        )
    major, minor = shape if len(shape) == 2 else (1, *shape)
    if form == "csc":
        major, minor = minor, major
    major, minor = major // blocks[0], minor // blocks[1]
    _check_index(indptr, 0, len(indices) + 1)
    _require(len(indptr) == major + 1 and indptr[0] == 0, "pointers of other rows than the shape")
    _require(np.all(indptr[1:] >= indptr[:-1]), "pointers that go back")
    _require(len(indices) == len(data), "another number of indices than entries")
    _check_index(indices[: indptr[-1]], 0, minor)


# ---------------------------------------------------------------- putting together


def _put_together(parts: list[Any], rows: int) -> Any:
    form, is_matrix, shape, is_canonical, *arrays = parts
    if (
        form not in _INDEXES
        or not isinstance(is_matrix, bool)
        or not isinstance(is_canonical, bool)
    ):
        raise ValueError("no sparse array has these parts")
    if any(type(axis) is not int or not 0 <= axis < 2**63 for axis in shape) or not arrays:
        raise ValueError("a shape that is none")
    _check(form, shape, arrays)
    if is_matrix and len(shape) != 2:
        raise ValueError("a matrix of other than two axes")
    if is_canonical and form != "coo":
        raise ValueError("a word of its entries that no other format gives")
    # Empty first: a constructor given arrays would copy them, and choose dtypes for indices.
    cls = getattr(sparse, f"{form}_{'matrix' if is_matrix else 'array'}")
    blocks = {"blocksize": arrays[0].shape[1:]} if form == "bsr" else {}
    made = cls(shape, dtype=arrays[0].dtype, **blocks)
    _PUT[form](made, *arrays)
    if made.dtype != arrays[0].dtype or made.shape != shape:
        raise ValueError("entries of a dtype that scipy has not")
    if form == "coo":
        made.has_canonical_format = is_canonical
    return made


def _put_compressed(made: Any, data: Any, indices: Any, indptr: Any) -> None:
    made.data, made.indices, made.indptr = data, indices, indptr


def _put_coo(made: Any, data: Any, *coords: Any) -> None:
    made.data, made.coords = data, coords


def _put_dia(made: Any, data: Any, offsets: Any) -> None:
    made.data, made.offsets = data, offsets


def _put_dok(made: Any, data: Any, *coords: Any) -> None:
    axes = [axis.tolist() for axis in coords]
    keys = zip(*axes, strict=True) if len(axes) > 1 else axes[0]
    entries = dict(zip(keys, data, strict=True))
    if len(entries) != len(data):
        raise ValueError("the same entry twice")
    made._dict = entries


def _put_lil(made: Any, data: Any, indices: Any, indptr: Any) -> None:
    for row, (start, end) in enumerate(itertools.pairwise(indptr.tolist())):
        made.rows[row] = indices[start:end].tolist()
        made.data[row] = data[start:end].tolist()


_PUT = {
    "csr": _put_compressed,
    "csc": _put_compressed,
    "bsr": _put_compressed,
    "coo": _put_coo,
    "dia": _put_dia,
    "dok": _put_dok,
    "lil": _put_lil,
}

CLASSES = {f"{form}_{suffix}": _take_apart for form in _INDEXES for suffix in ("matrix", "array")}
KINDS = {"SCIPY_SPARSE": _put_together}
