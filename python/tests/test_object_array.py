"""NumPy arrays of objects: any shape and order, cells of any kind that can be kept, and where one can't."""

import datetime as dt
import decimal
import sys

import numpy as np
import pandas as pd
import pytest
from forge import built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("NumPy", "arrays of objects")


def objects(*cells: object) -> np.ndarray:
    made = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        made[place : place + 1].fill(cell)
    return made


def grid(*shape: int, order: str = "C") -> np.ndarray:
    cells = objects(*[(place, str(place), [place])[place % 3] for place in range(np.prod(shape))])
    return cells.reshape(shape, order=order)


def locked(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


twice = [1]

SHAPES = {
    "one axis": grid(7),
    "two axes": grid(2, 3),
    "two axes, Fortran order": np.asfortranarray(grid(2, 3)),
    "three axes": grid(2, 3, 4),
    "three axes, Fortran order": np.asfortranarray(grid(2, 3, 4)),
    "no axes": np.array(None, dtype=object),
    "no axes, a list inside": np.array(objects([1, 2]), dtype=object).reshape(()),
    "empty": objects(),
    "no rows": np.empty((0, 3), dtype=object),
    "no columns": np.empty((3, 0), dtype=object),
    "one cell in many axes": grid(1, 1, 1, 1),
    "read-only": locked(grid(4)),
    "long": grid(20_000),
    "text, long": objects(*map(str, range(20_000))),
}

CELLS = {
    "text": objects("a", "", "\u00e4"),
    "text and None": objects("a", None),
    "text and NaN": objects("a", float("nan")),
    "text and NA": objects("a", pd.NA),
    "text and NaT": objects("a", pd.NaT),
    "lone surrogates": objects("\ud800", "a"),
    "nothing but None": objects(None, None),
    "numbers": objects(1, 10**30, -0.0, 1j, True),
    "True, 1, 1.0": objects(True, 1, 1.0, np.int64(1), np.float64(1)),
    "NumPy scalars": objects(np.float32(1), np.datetime64("2024"), np.str_("a")),
    "lists": objects([1, 2], [3, 4]),
    "lists of one length": objects([1], [2]),
    "a list twice": objects(twice, twice),
    "dicts": objects({"a": [1]}, {}),
    "arrays": objects(np.arange(3), np.arange(4.0).reshape(2, 2)),
    "arrays of objects": objects(grid(2), grid(2, 2), np.array(None, dtype=object)),
    "frames": objects(pd.DataFrame({"a": [1]}), pd.Series([1.5])),
    "times": objects(dt.date(2024, 1, 1), pd.Timestamp(0), pd.NaT),
    "Decimals": objects(decimal.Decimal("1.00"), decimal.Decimal("NaN")),
    "a type of Python": objects(..., b"a", (1, (2,))),
}


@FAMILY.keeps({"shapes and orders": SHAPES, "cells of any kind": CELLS})
def test_object_array(store, value):
    assert_same(round_trip(store, value), value)


SCATTERED = {
    "every other": grid(20)[::2],
    "backwards": grid(20)[::-1],
    "every other column": grid(4, 6)[:, ::2],
    "turned": grid(2, 3, 4).transpose(2, 0, 1),
    "broadcast": np.broadcast_to(grid(3), (2, 3)),
}


@pytest.mark.parametrize("array", SCATTERED.values(), ids=SCATTERED)
def test_a_view_is_kept_as_a_copy_of_it_would_be(store, array):
    twin = array.copy("K")
    if not (twin.flags.c_contiguous or twin.flags.f_contiguous):
        twin = array.copy("C")
    twin.setflags(write=array.flags.writeable)

    assert_same(round_trip(store, array), twin)


def test_an_array_shared_in_a_value_stays_shared(store):
    array = grid(3)

    assert_same(round_trip(store, [array, {"again": array}]), [array, {"again": array}])


def test_a_loaded_array_is_ones_own(store):
    store.save("page", "key", grid(2, 2))
    loaded = store.load("page", "key")

    loaded[0, 0] = "mine"

    assert loaded[0, 0] == "mine"
    assert_same(store.load("page", "key"), grid(2, 2))


WITHOUT_PANDAS = """
import sys
sys.modules["pandas"] = None  # as if it were not installed
import numpy as np, stillroom
store = stillroom.open(sys.argv[1], signing_key=[])
value = [np.array([["a", None], [1, [2]]], dtype=object), np.array(["a", "b"], dtype=object)]
store.save("page", "key", value)
print([array.tolist() for array in store.load("page", "key")])
"""


def test_an_array_of_objects_needs_no_pandas(tmp_path, run_python):
    printed = run_python(WITHOUT_PANDAS, str(tmp_path / "store"))

    assert printed.strip() == "[[['a', None], [1, [2]]], ['a', 'b']]"


def holding_itself() -> np.ndarray:
    array = objects(1, None)
    array[1] = [array]
    return array


def with_metadata() -> np.ndarray:
    return np.array([1, "a"], dtype=np.dtype("O", metadata={"unit": "m"}))


REFUSED = {
    "an object that can't be kept": (objects(1, object()), "object", "[1]"),
    "in an array of two axes": (objects(1, 2, 3, 4, object(), 6).reshape(2, 3), "object", "[1, 1]"),
    "in Fortran order": (
        np.asfortranarray(objects(1, 2, 3, 4, object(), 6).reshape(2, 3)),
        "object",
        "[1, 1]",
    ),
    "in an array of no axes": (objects(object()).reshape(()), "object", "[()]"),
    "inside a cell": (objects(1, {"a": [object()]}), "object", '[1]["a"][0]'),
    "in an array in an array": (
        objects(objects(1, object()), objects(1)),
        "object",
        "[0][1]",
    ),
    "an array that holds itself": (holding_itself(), "contains itself", "[1][0]"),
    "a dtype with metadata": (with_metadata(), "metadata", ""),
}


@FAMILY.refuses(REFUSED, "value, names, path")
def test_a_cell_that_can_not_be_kept_is_named_by_its_place(store, value, names, path):
    refuse(store, {"cv": value}, names=names, path='results["cv"]' + path)


OBJECTS, CELLS_OF = 70, 45


def cells(*values: object) -> list:
    return tree([CELLS_OF, len(values)], *values)


HOSTILE = {
    "a shape of more cells": built(OBJECTS, (3,), False, True, cells(1, 2)),
    "a shape of fewer cells": built(OBJECTS, (1,), False, True, cells(1, 2)),
    "a shape that asks for what is left": built(OBJECTS, (-1,), False, True, cells(1, 2)),
    "a shape no memory holds": built(OBJECTS, (2**62, 2**62, 0), False, True, cells()),
    "a shape of floats": built(OBJECTS, (2.0,), False, True, cells(1, 2)),
    "a shape of bools": built(OBJECTS, (True, 2), False, True, cells(1, 2)),
    "65 axes": built(OBJECTS, (1,) * 65, False, True, cells(1)),
    "an order that is none": built(OBJECTS, (2,), 1.5, True, cells(1, 2)),
    "a lock that is none": built(OBJECTS, (2,), False, b"no", cells(1, 2)),
    "cells of numbers": built(OBJECTS, (1,), False, True, [40, "<i8", 1, bytes(8)]),
    "cells of dates": built(OBJECTS, (1,), False, True, [40, "<M8[ns]", 1, bytes(8)]),
}


def test_what_is_forged_well_is_an_array():
    made = decode(manifest(*built(OBJECTS, (2,), False, True, cells(1, "a"))), [], ())

    assert_same(made, objects(1, "a"))


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())


def test_references_of_refused_cells_are_given_back(store):
    cell = object()
    before = sys.getrefcount(cell)

    with pytest.raises(stillroom.UnsupportedError):
        store.save("page", "key", objects(cell, [cell]))

    assert sys.getrefcount(cell) == before


def test_an_array_of_numbers_in_a_cell_is_lent(store):
    array = np.arange(100_000)

    loaded = round_trip(store, objects(array))

    assert_same(loaded, objects(array))
    assert not loaded[0].flags.owndata
