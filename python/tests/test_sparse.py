"""pandas sparse arrays: any fill value, both kinds of index, alone, as columns and indexes."""

import numpy as np
import pandas as pd
import pytest
from forge import array, built, manifest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family
from variants import IS_PANDAS_3

import stillroom
from stillroom._core import decode

FAMILY = Family("pandas", "sparse arrays")

KINDS = ("integer", "block")


def objects(*cells: object) -> np.ndarray:
    made = np.empty(len(cells), dtype=object)
    made[:] = cells
    return made


def sparse(cells: object, fill: object = None, kind: str = "integer") -> pd.arrays.SparseArray:
    return pd.arrays.SparseArray(cells, fill_value=fill, kind=kind)


NAN = float("nan")
CELLS = {
    "ints, 0": ([0, 0, 1, 2, 0], None),
    "ints, NumPy's 0": ([0, 0, 1, 2, 0], np.int64(0)),
    "ints, 7": ([7, 7, 1, 0, 7], 7),
    "small ints": (np.array([0, 1], "i1"), None),
    "big-endian ints": (np.array([0, 1], ">i8"), None),
    "floats, NaN": ([1.5, NAN, NAN, -0.0], None),
    "floats, np.nan": ([1.5, NAN], np.nan),
    "floats, 0": ([0.0, 1.5, NAN, 0.0], 0.0),
    "floats, minus zero": ([0.0, -0.0, 1.5], -0.0),
    "float32": (np.array([0, 1.5], "f4"), 0.0),
    "complex": (np.array([0, 1j]), None),
    "bools, False": ([True, False, False], None),
    "bools, True": ([True, False, True], True),
    "dates": (np.array(["NaT", "2024-01-01"], "M8[ns]"), None),
    "dates in days": (np.array(["NaT", "2024-01-01"], "M8[D]"), None),
    "big-endian dates": (np.array(["NaT", "2024-01-01"], ">M8[s]"), None),
    "dates in seconds": (np.array(["NaT", "2024-01-01"], "M8[s]"), None),
    "durations": (np.array([0, 1], "m8[ns]"), None),
    "text": (objects("a", NAN, "b"), None),
    "text, a text": (objects("a", "", "b"), ""),
    "lists": (objects([1], NAN, {"a": 1}), None),
    "empty": ([], None),
    "empty of ints": (np.array([], "i8"), 0),
    "nothing but the fill value": ([0, 0, 0], 0),
    "nothing of the fill value": ([1, 2, 3], 0),
    "blocks": ([0, 0, 1, 1, 1, 0, 1, 0], 0),
    "long": (np.arange(200_000) % 10 // 9, 0),
    "long and dense": (np.arange(20_000), -1),
}

ARRAYS = {
    f"{name}, {kind}": sparse(cells, fill, kind)
    for name, (cells, fill) in CELLS.items()
    for kind in KINDS
}
ARRAYS["values that are the fill value"] = sparse([1, 1, 0], 0)
ARRAYS["values that are the fill value"].sp_values[0] = 0
ARRAYS["every other"] = ARRAYS["blocks, block"][::2]

SERIES = {name: pd.Series(array, name="s") for name, array in ARRAYS.items()}
IN_OTHERS = {
    "frame": pd.DataFrame({"a": sparse([0, 1]), "b": sparse([NAN, 1.5]), "c": [1, 2]}),
    "dummies": pd.get_dummies(pd.Series(["a", "b", "a"]), sparse=True),
    "frame of one dtype": pd.DataFrame(np.eye(4)).astype(pd.SparseDtype(float, 0.0)),
    "index": pd.Index(sparse([0, 1, 0])),
    "column labels": pd.DataFrame([[1, 2]], columns=pd.Index(sparse([0, 1]))),
}


@FAMILY.keeps({"array": ARRAYS, "Series": SERIES, "in others": IN_OTHERS})
def test_sparse(store, value):
    assert_same(round_trip(store, value), value)


def test_a_column_of_few_values_takes_little(store):
    column = sparse(np.zeros(1_000_000, "i8"))

    receipt = store.save("page", "key", pd.Series(column))

    assert receipt.bytes < 2_000


def test_an_array_shared_in_a_value_stays_shared(store):
    array = sparse([0, 1])

    assert_same(round_trip(store, [array, array]), [array, array])


def test_blocks_side_by_side_are_kept_as_one(store):
    index = type(sparse([0], kind="block").sp_index)
    apart = index(4, np.array([0, 2], "i4"), np.array([2, 1], "i4"))
    of_blocks = pd.arrays.SparseArray._simple_new(
        np.array([1, 2, 3]), apart, pd.SparseDtype(int, 0)
    )

    assert_same(round_trip(store, of_blocks), sparse([1, 2, 3, 0], 0, "block"))


REFUSED = {
    "a cell that can't be kept": (sparse(objects(1, object(), NAN)), "object"),
    "longdouble": (sparse(np.zeros(2, np.longdouble)), "longdouble"),
}


@FAMILY.refuses(REFUSED)
def test_what_can_not_be_kept_is_refused(store, value, names):
    with pytest.raises(stillroom.UnsupportedError, match=names) as caught:
        store.save("page", "results", [value])

    assert caught.value.path.startswith("results[0]")


def test_a_refused_column_is_named(store):
    frame = pd.DataFrame({"a": sparse(np.zeros(2, np.longdouble))})

    refuse(store, frame, names="longdouble", path='results["a"]')


SPARSE = 79


def positions(*places: int, dtype: str = "i4") -> list:
    return array(np.array(places, dtype))


VALUES = array(np.array([1, 2]))

HOSTILE = {
    "a kind that is none": built(SPARSE, "dense", 0, VALUES, positions(0, 2), rows=3),
    "more positions": built(SPARSE, "integer", 0, VALUES, positions(0, 1, 2), rows=3),
    "fewer positions": built(SPARSE, "integer", 0, VALUES, positions(0), rows=3),
    "a position beyond the rows": built(SPARSE, "integer", 0, VALUES, positions(0, 3), rows=3),
    "a position beyond the rows, in blocks": built(
        SPARSE, "block", 0, VALUES, positions(2, 3), rows=3
    ),
    "a position before the rows": built(SPARSE, "block", 0, VALUES, positions(-1, 0), rows=3),
    "positions that descend": built(SPARSE, "integer", 0, VALUES, positions(2, 0), rows=3),
    "a position twice": built(SPARSE, "block", 0, VALUES, positions(1, 1), rows=3),
    "positions of 64 bits": built(
        SPARSE, "integer", 0, VALUES, positions(0, 2, dtype="i8"), rows=3
    ),
    "positions in two axes": built(
        SPARSE, "integer", 0, VALUES, array(np.zeros((2, 1), "i4")), rows=3
    ),
    "a fill value that is a list": built(
        SPARSE, "integer", [8, 0], VALUES, positions(0, 2), rows=3
    ),
    "rows no memory holds": built(SPARSE, "integer", 0, VALUES, positions(0, 2), rows=2**40),
    "values in two axes": built(
        SPARSE, "integer", 0, array(np.zeros((2, 1))), positions(0, 2), rows=3
    ),
    "values without axes": built(SPARSE, "integer", 0, array(np.array(1)), positions(0), rows=3),
    "values that are masked": built(
        SPARSE, "integer", 0, built(73, VALUES, None, None, False), positions(0, 2), rows=3
    ),
    "values with fields": built(
        SPARSE,
        "integer",
        0,
        built(71, (2, False, False, (("a", None, 0, (), "<i2"),)), array(np.zeros(2, "V2")), False),
        positions(0, 2),
        rows=3,
    ),
}


def test_what_is_forged_well_is_an_array():
    made = decode(manifest(*built(SPARSE, "block", 0, VALUES, positions(0, 2), rows=3)), [], ())

    assert_same(made, sparse([1, 0, 2], 0, "block"))


def test_dates_that_only_pandas_2_has_ask_for_it():
    days = array(np.array(["2024-01-01"], "M8[D]"))
    bytes_ = manifest(*built(SPARSE, "integer", [62], days, positions(1), rows=3))

    if IS_PANDAS_3:
        with pytest.raises(stillroom.InvalidError, match="pandas<3"):
            decode(bytes_, [], ())
    else:
        assert decode(bytes_, [], ()).dtype.subtype == np.dtype("M8[D]")


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
