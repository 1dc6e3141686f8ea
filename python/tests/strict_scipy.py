"""Strict equality of scipy's sparse arrays: every array they are made of, and the order of entries."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from strict import Part, Parts, compare, require

ARRAYS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "coo": ("data", "coords"),
    "dia": ("data", "offsets"),
    "lil": ("data", "rows"),
    "dok": (),
}


# Those of a dict are dicts too.
@compare.register(sparse.dok_array)
@compare.register(sparse.dok_matrix)
@compare.register(sparse.sparray)
@compare.register(sparse.spmatrix)
def compare_sparse(a: Any, b: Any, path: str) -> Parts:
    require(path, "shape", a.shape, b.shape)
    yield Part(f"{path}.dtype", np.dtype(a.dtype), np.dtype(b.dtype))
    for name in ARRAYS[a.format]:
        yield Part(f"{path}.{name}", getattr(a, name), getattr(b, name), is_held=False)
    if a.format == "coo":
        require(path, "canonical", a.has_canonical_format, b.has_canonical_format)
    if a.format == "dok":
        require(
            path, "entries", *([(key, value.tobytes()) for key, value in x.items()] for x in (a, b))
        )
