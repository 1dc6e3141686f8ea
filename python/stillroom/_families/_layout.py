"""How the items of a NumPy array lie in memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def in_memory(array: Any) -> tuple[Any, bool]:
    """The items of an array in the order in which `copy(order="K")` has them, and whether it is Fortran's.

    A view where that is possible.
    """
    array = np.asarray(array)
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        array = array.copy("K")
    is_fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
    # What even such a copy leaves gaps in is laid out anew, in C order.
    return (array.T if is_fortran else array).reshape(-1), is_fortran


def laid_out(items: Any, shape: Any, is_fortran: Any) -> Any:
    """`items`, which are of one axis, in this shape.

    Raises:
        Exception: of any class, when they don't fill it.
    """
    if type(shape) is not tuple or not all(type(axis) is int and axis >= 0 for axis in shape):
        raise ValueError("a shape that is none")
    if math.prod(shape) != len(items):
        raise ValueError("a shape of another number of items")
    order = "F" if checked(is_fortran) else "C"
    return items if shape == items.shape else items.reshape(shape, order=order)


def checked(flag: Any) -> bool:
    """A part that must be a bool."""
    if type(flag) is not bool:
        raise ValueError("a flag that is none")
    return flag
