"""NumPy arrays of StringDType: text of any length, with and without a missing one. NumPy 2 has them."""

import numpy as np
import pandas as pd
import pytest
from forge import built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

StringDType = np.dtypes.StringDType

FAMILY = Family("NumPy", "arrays of StringDType")

WORDS = ["a", "", "\u00e4\U0001f600", "a\0b", "\0", "x" * 100, "ends in\0"]

MISSING = {
    "None": None,
    "NaN": np.nan,
    "another NaN": float("nan"),
    "NA": pd.NA,
    "NaT": pd.NaT,
    "a str": "nothing",
    "an empty str": "",
    "an int": 7,
    "a tuple": ("no", 1),
}


def texts(*cells: object, **named: object) -> np.ndarray:
    made = np.full(len(cells), "", dtype=StringDType(**named))
    for place, cell in enumerate(cells):
        made[place] = cell
    return made


def locked(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


SHAPES = {
    "text": texts(*WORDS),
    "empty": texts(),
    "no axes": np.array("a", dtype=StringDType()),
    "two axes": texts(*"abcdef").reshape(2, 3),
    "two axes, Fortran order": np.asfortranarray(texts(*"abcdef").reshape(2, 3)),
    "no rows": texts().reshape(0, 3),
    "read-only": locked(texts("a")),
    "no coercion": texts("a", coerce=False),
    "long": texts(*map(str, range(20_000))),
    "one long text": texts("x" * 100_000),
}

MISSINGS = {
    **{f"{name}, one is missing": texts("a", na, na_object=na) for name, na in MISSING.items()},
    **{f"{name}, none is missing": texts("a", na_object=na) for name, na in MISSING.items()},
    **{
        f"{name}, no coercion": texts("a", na, na_object=na, coerce=False)
        for name, na in MISSING.items()
    },
    "all missing, two axes": texts(None, None, na_object=None).reshape(2, 1),
}


@FAMILY.keeps({"any shape": SHAPES, "any missing value": MISSINGS})
def test_text_array(store, value):
    assert_same(round_trip(store, value), value)


@pytest.mark.parametrize("name", [name for name in MISSING if "str" not in name])
def test_what_is_missing_stays_missing(store, name):
    na = MISSING[name]
    loaded = round_trip(store, texts("a", na, "nan", "None", "", na_object=na))

    assert [type(cell) is str for cell in loaded] == [True, False, True, True, True]


SCATTERED = {
    "every other": texts(*map(str, range(20)))[::2],
    "backwards": texts(*map(str, range(20)))[::-1],
    "every other column": texts(*map(str, range(24))).reshape(4, 6)[:, ::2],
}


@pytest.mark.parametrize("array", SCATTERED.values(), ids=SCATTERED)
def test_a_view_is_kept_as_a_copy_of_it_would_be(store, array):
    assert_same(round_trip(store, array), array.copy("K"))


def test_an_array_shared_in_a_value_stays_shared(store):
    array = texts("a", "b")

    assert_same(round_trip(store, [array, array]), [array, array])


REFUSED = {
    "a missing value that can't be kept": (texts("a", na_object=object()), "object"),
    "a missing value of ...": (texts("a", na_object=...), "na_object"),
}


@FAMILY.refuses(REFUSED)
def test_anything_else_is_refused(store, value, names):
    refuse(store, [value], names=names, path="results[0]")


TEXTS, ELLIPSIS = 75, [31]


def cells(*values: object) -> list:
    return tree([45, len(values)], *values)


#: A column of the texts "a" and "b", and one of "a" and nothing.
AB = [43, 0, 0, False, 2, (1).to_bytes(4, "little") * 2, b"ab", None]
A_AND_NONE = [43, 0, 0, False, 2, b"\1\0\0\0\0\0\0\0", b"a", b"\1"]

HOSTILE = {
    "a missing text in an array that has none": built(
        TEXTS, (2,), False, True, True, ELLIPSIS, A_AND_NONE
    ),
    "cells of numbers": built(TEXTS, (2,), False, True, True, None, cells(1, 2)),
    "cells of text and others": built(TEXTS, (2,), False, True, True, None, cells("a", 2)),
    "a shape of more cells": built(TEXTS, (3,), False, True, True, None, AB),
    "a coercion that is none": built(TEXTS, (2,), False, True, 0.5, None, AB),
    "a column of ints": built(TEXTS, (1,), False, True, True, None, [40, "<i8", 1, bytes(8)]),
}


def test_what_is_forged_well_is_an_array():
    with_none = decode(manifest(*built(TEXTS, (2,), False, True, True, None, A_AND_NONE)), [], ())
    without = decode(manifest(*built(TEXTS, (2,), False, True, True, ELLIPSIS, AB)), [], ())

    assert_same(with_none, texts("a", None, na_object=None))
    assert_same(without, texts("a", "b"))


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
