"""The judge is judged on arrays with fields and masks, periods, intervals, sparse arrays and levels."""

import numpy as np
import pandas as pd
from pairs import assert_told_apart, each_pair, each_side
from strict import assert_same
from test_strict import objects, shared

PAIR = np.dtype([("a", "i1"), ("b", "f8")], align=True)


def fields(**of: object) -> np.ndarray:
    names = of.pop("names", ["a"])
    return np.zeros(2, np.dtype({"names": names, "formats": ["i4"] * len(names)} | of))


def with_padding(byte: int) -> np.ndarray:
    array = np.full(PAIR.itemsize, byte, "u1").view(PAIR)
    array["a"], array["b"] = 1, 2.0
    return array


def locked(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def masked(**named: object) -> np.ma.MaskedArray:
    return np.ma.array([1, 2], **named)


def sparse(*cells: object, **named: object) -> pd.arrays.SparseArray:
    return pd.arrays.SparseArray(list(cells), **named)


def levels(**named: object) -> pd.MultiIndex:
    return pd.MultiIndex([[1, 2], [3]], [[0, 1], [0, 0]], **named)


DIFFERENT = {
    # NumPy
    "fields": (lambda: fields(names=["a"]), lambda: fields(names=["a", "b"])),
    "offset": (
        lambda: fields(offsets=[0], itemsize=8),
        lambda: fields(offsets=[4], itemsize=8),
    ),
    "item size": (lambda: fields(itemsize=8), lambda: fields(itemsize=12)),
    "title": (lambda: fields(), lambda: fields(titles=["A"])),
    "another title": (lambda: fields(titles=["A"]), lambda: fields(titles=["B"])),
    "aligned dtype": (
        lambda: np.zeros(2, np.dtype([("a", "i4")])),
        lambda: np.zeros(2, np.dtype([("a", "i4")], align=True)),
    ),
    "shape of a subarray": (
        lambda: np.zeros(2, [("a", "i4", (2, 3))]),
        lambda: np.zeros(2, [("a", "i4", (3, 2))]),
    ),
    "a subarray of one": (
        lambda: np.zeros(2, [("a", "i4")]),
        lambda: np.zeros(2, [("a", "i4", (1,))]),
    ),
    "nested field": (
        lambda: np.zeros(2, [("a", [("b", "i4")])]),
        lambda: np.zeros(2, [("a", [("c", "i4")])]),
    ),
    "byte order of a field": (
        lambda: np.zeros(2, [("a", ">i4")]),
        lambda: np.zeros(2, [("a", "<i4")]),
    ),
    "bits of a field": (
        lambda: np.array([(1, 0.0)], PAIR),
        lambda: np.array([(1, -0.0)], PAIR),
    ),
    "records": (
        lambda: np.zeros(2, PAIR),
        lambda: np.zeros(2, np.dtype((np.record, PAIR))),
    ),
    "recarray": (
        lambda: np.zeros(2, np.dtype((np.record, PAIR))),
        lambda: np.zeros(2, PAIR).view(np.recarray),
    ),
    "scalar with fields": (
        lambda: np.array([(1, 0.0)], PAIR)[0],
        lambda: np.array([(1, -0.0)], PAIR)[0],
    ),
    "writeable scalar": (
        lambda: np.zeros(1, PAIR)[0],
        lambda: locked(np.zeros(1, PAIR))[0],
    ),
    "shared scalar with fields": (
        lambda: shared(once=True, item=lambda: np.zeros(1, PAIR)[0]),
        lambda: shared(once=False, item=lambda: np.zeros(1, PAIR)[0]),
    ),
    "no mask and an empty one": (lambda: masked(), lambda: masked(mask=[False, False])),
    "data under the mask": (
        lambda: np.ma.array([1, 2], mask=[1, 0]),
        lambda: np.ma.array([3, 2], mask=[1, 0]),
    ),
    "hard mask": (lambda: masked(mask=True), lambda: masked(mask=True, hard_mask=True)),
    "type of a fill value": (
        lambda: np.ma.array(objects(1), fill_value=0),
        lambda: np.ma.array(objects(1), fill_value=False),
    ),
    "bits of a fill value": (
        lambda: np.ma.array([1.0], fill_value=0.0),
        lambda: np.ma.array([1.0], fill_value=-0.0),
    ),
    "masked and None": (lambda: np.ma.masked, lambda: None),
    # pandas
    "period": (lambda: pd.Period("2024", "M"), lambda: pd.Period("2025", "M")),
    "freq of a period": (
        lambda: pd.Period("2024", "Y-DEC"),
        lambda: pd.Period(ordinal=pd.Period("2024", "Y-DEC").ordinal, freq="Y-JUN"),
    ),
    "multiple of a freq": (
        lambda: pd.Period(ordinal=5, freq="M"),
        lambda: pd.Period(ordinal=5, freq="2M"),
    ),
    "periods": (
        lambda: pd.PeriodIndex(["2024"], freq="M"),
        lambda: pd.PeriodIndex(["2025"], freq="M"),
    ),
    "freq of periods": (
        lambda: pd.array(pd.PeriodIndex.from_ordinals([5], freq="M")),
        lambda: pd.array(pd.PeriodIndex.from_ordinals([5], freq="2M")),
    ),
    "closed": (lambda: pd.Interval(0, 1, "left"), lambda: pd.Interval(0, 1, "right")),
    "type of a bound": (lambda: pd.Interval(0, 1), lambda: pd.Interval(0, 1.0)),
    "bits of a bound": (lambda: pd.Interval(0.0, 1.0), lambda: pd.Interval(-0.0, 1.0)),
    "closed intervals": (
        lambda: pd.interval_range(0, 2, closed="left"),
        lambda: pd.interval_range(0, 2, closed="both"),
    ),
    "dtype of bounds": (
        lambda: pd.arrays.IntervalArray.from_breaks([0, 1]),
        lambda: pd.arrays.IntervalArray.from_breaks([0.0, 1.0]),
    ),
    "bits of bounds": (
        lambda: pd.arrays.IntervalArray.from_breaks([0.0, 1.0]),
        lambda: pd.arrays.IntervalArray.from_breaks([-0.0, 1.0]),
    ),
    "an offset": (lambda: pd.offsets.Day(1), lambda: pd.offsets.Day(2)),
    "parameters of an offset": (
        lambda: pd.offsets.BDay(offset=pd.Timedelta("1h")),
        lambda: pd.offsets.BDay(offset=pd.Timedelta("1h").to_pytimedelta()),
    ),
    "sparse cell": (lambda: sparse(0, 1, 0), lambda: sparse(0, 2, 0)),
    "place of a sparse cell": (lambda: sparse(0, 1, 0), lambda: sparse(1, 0, 0)),
    "fill value": (
        lambda: sparse(1, 1, fill_value=1),
        lambda: sparse(1, 1, fill_value=0),
    ),
    "type of a sparse fill value": (
        lambda: sparse(0, 1, fill_value=0),
        lambda: sparse(0, 1, fill_value=np.int64(0)),
    ),
    "kind of a sparse index": (
        lambda: sparse(0, 1, kind="integer"),
        lambda: sparse(0, 1, kind="block"),
    ),
    "names of levels": (lambda: levels(), lambda: levels(names=["a", None])),
    "type of a level's name": (
        lambda: levels(names=[1, None]),
        lambda: levels(names=[True, None]),
    ),
    "sort order": (lambda: levels(), lambda: levels(sortorder=0)),
    "unused level": (
        lambda: pd.MultiIndex([[1, 2], [3]], [[0], [0]]),
        lambda: pd.MultiIndex([[1], [3]], [[0], [0]]),
    ),
    "order of a level": (
        lambda: pd.MultiIndex([[1, 2]], [[0, 1]]),
        lambda: pd.MultiIndex([[2, 1]], [[1, 0]]),
    ),
    "freq of a level": (
        lambda: pd.MultiIndex([pd.date_range("2024", periods=2)], [[0]]),
        lambda: pd.MultiIndex([pd.DatetimeIndex(["2024-01-01", "2024-01-02"])], [[0]]),
    ),
    "levels and tuples": (
        lambda: pd.MultiIndex.from_tuples([(1, 2)]),
        lambda: pd.Index(objects((1, 2))),
    ),
}
if hasattr(np.dtypes, "StringDType"):
    of = np.dtypes.StringDType
    DIFFERENT |= {
        "missing text": (
            lambda: np.array(["a"], of()),
            lambda: np.array(["a"], of(na_object=None)),
        ),
        "another missing text": (
            lambda: np.array(["a"], of(na_object=pd.NA)),
            lambda: np.array(["a"], of(na_object=None)),
        ),
        "coercion": (
            lambda: np.array(["a"], of()),
            lambda: np.array(["a"], of(coerce=False)),
        ),
        "text": (lambda: np.array(["a"], of()), lambda: np.array(["b"], of())),
        "text and nothing": (
            lambda: np.array(["None"], of(na_object=None)),
            lambda: np.array([None], of(na_object=None)),
        ),
    }


@each_pair(DIFFERENT)
def test_a_pair_that_differs_in_one_respect_is_told_apart(a, b):
    assert_told_apart(a, b)


@each_side(DIFFERENT)
def test_a_value_made_twice_is_the_same(make):
    assert_same(make(), make())


def test_bytes_between_the_fields_are_nobodys():
    assert_same(with_padding(0), with_padding(255))
    assert_same(with_padding(0)[0], with_padding(255)[0])
