"""The judge is judged: a pair that differs in one respect alone is told apart, an equal pair is not."""

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import struct
import uuid
import zoneinfo

import numpy as np
import pandas as pd
import pytest
from pairs import assert_told_apart, each_pair, each_side
from strict import assert_same
from variants import STRING_DTYPES


@dataclasses.dataclass
class Point:
    x: object
    y: object = 0


@dataclasses.dataclass
class Place:
    x: object
    y: object = 0


class Pair(collections.namedtuple("Pair", "x y")):
    __slots__ = ()


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Words(str):
    pass


def nan(payload: int) -> float:
    return struct.unpack(">d", struct.pack(">Q", 0x7FF8_0000_0000_0000 | payload))[0]


def shared(*, once: bool, item=list):
    first = item()
    return [first, first if once else item()]


def with_flags(array: np.ndarray, **flags: bool) -> np.ndarray:
    array.setflags(**flags)
    return array


def unaligned() -> np.ndarray:
    return np.frombuffer(bytearray(9), dtype=np.uint8)[1:].view(np.float64)


def aligned() -> np.ndarray:
    return np.frombuffer(bytearray(8), dtype=np.float64)


def objects(*cells: object) -> np.ndarray:
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def masked(under: int) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.array([1, under]), np.array([False, True]))


def described(value, **attributes):
    for name, attribute in attributes.items():
        setattr(value, name, attribute)
    return value


def unique_labels(value):
    return value.set_flags(allows_duplicate_labels=False)


PARIS, BERLIN = zoneinfo.ZoneInfo("Europe/Paris"), zoneinfo.ZoneInfo("Europe/Berlin")
HOUR = dt.timezone(dt.timedelta(hours=1))
NOON = dt.datetime(2024, 7, 1, 12)

#: One line per respect: the two sides, made anew each time, so that nothing is equal by being one object.
DIFFERENT = {
    "None and False": (lambda: None, lambda: False),
    "None and NaN": (lambda: None, lambda: float("nan")),
    "None and NA": (lambda: None, lambda: pd.NA),
    "NA and NaT": (lambda: pd.NA, lambda: pd.NaT),
    "NaT and NaN": (lambda: pd.NaT, lambda: float("nan")),
    "True and 1": (lambda: True, lambda: 1),
    "1 and 1.0": (lambda: 1, lambda: 1.0),
    "1.0 and 1+0j": (lambda: 1.0, lambda: 1 + 0j),
    "int": (lambda: 10**30, lambda: 10**30 + 1),
    "sign of zero": (lambda: 0.0, lambda: -0.0),
    "NaN payload": (lambda: nan(1), lambda: nan(2)),
    "sign of NaN": (lambda: float("nan"), lambda: -float("nan")),
    "real sign of zero": (lambda: complex(0.0, 1), lambda: complex(-0.0, 1)),
    "imaginary sign of zero": (lambda: complex(1, 0.0), lambda: complex(1, -0.0)),
    "str": (lambda: "a", lambda: "b"),
    "str of another normal form": (lambda: "\u00e9", lambda: "e\u0301"),
    "str and its subclass": (lambda: "a", lambda: Words("a")),
    "str and np.str_": (lambda: "a", lambda: np.str_("a")),
    "str and bytes": (lambda: "a", lambda: b"a"),
    "bytes and bytearray": (lambda: b"a", lambda: bytearray(b"a")),
    "float and np.float64": (lambda: 1.0, lambda: np.float64(1.0)),
    "bool and np.bool": (lambda: True, lambda: np.True_),
    "list and tuple": (lambda: [1], lambda: (1,)),
    "length": (lambda: [1], lambda: [1, 1]),
    "item": (lambda: [1, [2, 3]], lambda: [1, [2, 4]]),
    "tuple and namedtuple": (lambda: (1, 2), lambda: Pair(1, 2)),
    "namedtuple field": (lambda: Pair(1, 2), lambda: Pair(1, 3)),
    "order of keys": (lambda: {"a": 1, "b": 2}, lambda: {"b": 2, "a": 1}),
    "type of a key": (lambda: {1: 0}, lambda: {True: 0}),
    "key in a key": (lambda: {(1, 0.0): 0}, lambda: {(1, -0.0): 0}),
    "value of a key": (lambda: {"a": 1}, lambda: {"a": 2}),
    "dict and OrderedDict": (lambda: {"a": 1}, lambda: collections.OrderedDict(a=1)),
    "dict and defaultdict": (dict, lambda: collections.defaultdict(list)),
    "default_factory": (
        lambda: collections.defaultdict(list),
        lambda: collections.defaultdict(set),
    ),
    "maxlen": (lambda: collections.deque([1], 2), lambda: collections.deque([1], 3)),
    "maxlen and none": (
        lambda: collections.deque([1], 2),
        lambda: collections.deque([1]),
    ),
    "set and frozenset": (lambda: {1}, lambda: frozenset({1})),
    "member": (lambda: {1, 2}, lambda: {1, 3}),
    "type of a member": (lambda: {1, "a"}, lambda: {True, "a"}),
    "bits of a member": (lambda: {nan(1)}, lambda: {nan(2)}),
    "NaN in a tuple in a set": (lambda: {(nan(1), 1)}, lambda: {(nan(1), 2)}),
    "range": (lambda: range(0), lambda: range(1, 1)),
    "slice": (lambda: slice(1), lambda: slice(0, 1)),
    "digits of a Decimal": (
        lambda: decimal.Decimal("1.0"),
        lambda: decimal.Decimal("1.00"),
    ),
    "sign of a Decimal's zero": (
        lambda: decimal.Decimal(0),
        lambda: decimal.Decimal("-0"),
    ),
    "payload of a Decimal's NaN": (
        lambda: decimal.Decimal("NaN1"),
        lambda: decimal.Decimal("NaN2"),
    ),
    "Fraction": (lambda: fractions.Fraction(1, 3), lambda: fractions.Fraction(2, 3)),
    "UUID": (lambda: uuid.UUID(int=1), lambda: uuid.UUID(int=2)),
    "UUID's safety": (
        lambda: uuid.UUID(int=1, is_safe=uuid.SafeUUID.safe),
        lambda: uuid.UUID(int=1, is_safe=uuid.SafeUUID.unsafe),
    ),
    "path": (lambda: pathlib.PurePosixPath("a"), lambda: pathlib.PurePosixPath("b")),
    "type of a path": (
        lambda: pathlib.PurePosixPath("a"),
        lambda: pathlib.PureWindowsPath("a"),
    ),
    "Enum and its value": (lambda: Colour.RED, lambda: 1),
    "Enum member": (lambda: Colour.RED, lambda: Colour.BLUE),
    "class": (lambda: int, lambda: bool),
    "dataclass": (lambda: Point(1), lambda: Place(1)),
    "dataclass field": (lambda: Point(1, 2), lambda: Point(1, 3)),
    "dataclass attribute that is no field": (
        lambda: Point(1),
        lambda: described(Point(1), z=1),
    ),
    "dataclass and dict": (lambda: Point(1), lambda: {"x": 1, "y": 0}),
    "date": (lambda: dt.date(2024, 1, 1), lambda: dt.date(2024, 1, 2)),
    "date and datetime": (lambda: dt.date(2024, 1, 1), lambda: dt.datetime(2024, 1, 1)),
    "microsecond": (lambda: NOON, lambda: NOON.replace(microsecond=1)),
    "fold": (lambda: NOON, lambda: NOON.replace(fold=1)),
    "fold of a time": (lambda: dt.time(2), lambda: dt.time(2, fold=1)),
    "naive and aware": (lambda: NOON, lambda: NOON.replace(tzinfo=dt.UTC)),
    "zone's key": (
        lambda: NOON.replace(tzinfo=PARIS),
        lambda: NOON.replace(tzinfo=BERLIN),
    ),
    "one moment in two zones": (
        lambda: NOON.replace(tzinfo=dt.UTC),
        lambda: NOON.replace(hour=13, tzinfo=HOUR),
    ),
    "type of a zone": (lambda: dt.UTC, lambda: zoneinfo.ZoneInfo("UTC")),
    "name of a fixed zone": (
        lambda: HOUR,
        lambda: dt.timezone(dt.timedelta(hours=1), "CET"),
    ),
    "utc and a zone named so": (
        lambda: dt.UTC,
        lambda: dt.timezone(dt.timedelta(0), "UTC"),
    ),
    "timedelta": (lambda: dt.timedelta(1), lambda: dt.timedelta(1, 0, 1)),
    "shared list": (lambda: shared(once=True), lambda: shared(once=False)),
    "shared array": (
        lambda: shared(once=True, item=lambda: np.zeros(2)),
        lambda: shared(once=False, item=lambda: np.zeros(2)),
    ),
    "shared frame": (
        lambda: shared(once=True, item=pd.DataFrame),
        lambda: shared(once=False, item=pd.DataFrame),
    ),
    "shared dataclass": (
        lambda: shared(once=True, item=lambda: Point(1)),
        lambda: shared(once=False, item=lambda: Point(1)),
    ),
    "shared in object cells": (
        lambda: objects(*shared(once=True)),
        lambda: objects(*shared(once=False)),
    ),
    # NumPy
    "scalar dtype": (lambda: np.int64(1), lambda: np.int32(1)),
    "scalar's unit": (
        lambda: np.datetime64("2024", "Y"),
        lambda: np.datetime64("2024-01", "M"),
    ),
    "scalar bits": (lambda: np.float32(0.0), lambda: np.float32(-0.0)),
    "scalar and 0-d array": (lambda: np.float64(1), lambda: np.array(1.0)),
    "dtype": (lambda: np.zeros(2, "f8"), lambda: np.zeros(2, "i8")),
    "byte order": (lambda: np.zeros(2, "<f8"), lambda: np.zeros(2, ">f8")),
    "datetime64 unit": (lambda: np.zeros(2, "M8[us]"), lambda: np.zeros(2, "M8[ns]")),
    "unit's count": (lambda: np.zeros(2, "M8[s]"), lambda: np.zeros(2, "M8[25s]")),
    "generic unit": (lambda: np.zeros(2, "m8"), lambda: np.zeros(2, "m8[s]")),
    "width of str": (lambda: np.array(["a"], "U1"), lambda: np.array(["a"], "U2")),
    "dtype metadata": (
        lambda: np.zeros(2),
        lambda: np.zeros(2, np.dtype("f8", metadata={"a": 1})),
    ),
    "field names": (
        lambda: np.zeros(2, [("a", "f8")]),
        lambda: np.zeros(2, [("b", "f8")]),
    ),
    "shape": (lambda: np.zeros((2, 3)), lambda: np.zeros((3, 2))),
    "shape of an empty": (lambda: np.zeros((0, 3)), lambda: np.zeros((0, 2))),
    "axes": (lambda: np.zeros(1), lambda: np.zeros((1, 1))),
    "memory order": (lambda: np.zeros((2, 3)), lambda: np.zeros((2, 3), order="F")),
    "strides": (lambda: np.zeros(3), lambda: np.zeros(6)[::2]),
    "writeable": (lambda: np.zeros(2), lambda: with_flags(np.zeros(2), write=False)),
    "aligned": (aligned, unaligned),
    "array bits": (lambda: np.array([1, nan(1)]), lambda: np.array([1, nan(2)])),
    "array sign of zero": (lambda: np.array([0.0]), lambda: np.array([-0.0])),
    "NaT and a count": (
        lambda: np.array(["NaT"], "M8[s]"),
        lambda: np.array([0], "M8[s]"),
    ),
    "array class": (lambda: np.zeros((1, 1)), lambda: np.zeros((1, 1)).view(np.matrix)),
    "None and NaN in cells": (lambda: objects(None), lambda: objects(float("nan"))),
    "NaN and NA in cells": (lambda: objects(float("nan")), lambda: objects(pd.NA)),
    "NA and NaT in cells": (lambda: objects(pd.NA), lambda: objects(pd.NaT)),
    "True and 1 in cells": (lambda: objects(True), lambda: objects(1)),
    "mask": (
        lambda: np.ma.array([1, 2], mask=[0, 1]),
        lambda: np.ma.array([1, 2], mask=[1, 0]),
    ),
    "fill value": (
        lambda: np.ma.array([1], fill_value=1),
        lambda: np.ma.array([1], fill_value=2),
    ),
    # pandas scalars
    "Timestamp and datetime": (lambda: pd.Timestamp(NOON), lambda: NOON),
    "Timestamp unit": (
        lambda: pd.Timestamp(NOON).as_unit("us"),
        lambda: pd.Timestamp(NOON).as_unit("ns"),
    ),
    "Timestamp nanosecond": (lambda: pd.Timestamp(1), lambda: pd.Timestamp(2)),
    "Timestamp zone": (
        lambda: pd.Timestamp(0, tz="Europe/Paris"),
        lambda: pd.Timestamp(0, tz="Europe/Berlin"),
    ),
    "Timestamp fold": (
        lambda: pd.Timestamp(dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS)),
        lambda: pd.Timestamp(dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1)),
    ),
    "Timedelta and timedelta": (
        lambda: pd.Timedelta(1, "s"),
        lambda: dt.timedelta(0, 1),
    ),
    "Timedelta unit": (
        lambda: pd.Timedelta(1, "s").as_unit("s"),
        lambda: pd.Timedelta(1, "s").as_unit("ns"),
    ),
    # pandas arrays
    "extension dtype": (lambda: pd.array([1], "Int64"), lambda: pd.array([1], "Int32")),
    "nullable and not": (
        lambda: pd.Series([1], dtype="Int64"),
        lambda: pd.Series([1], dtype="int64"),
    ),
    "null": (lambda: pd.array([1, None], "Int64"), lambda: pd.array([1, 1], "Int64")),
    "value under a null": (lambda: masked(1), lambda: masked(2)),
    "nullable bool": (
        lambda: pd.array([True], "boolean"),
        lambda: pd.array([False], "boolean"),
    ),
    "nullable float bits": (
        lambda: pd.array([0.0], "Float64"),
        lambda: pd.array([-0.0], "Float64"),
    ),
    "ordered": (
        lambda: pd.Categorical(["a"]),
        lambda: pd.Categorical(["a"], ordered=True),
    ),
    "categories": (
        lambda: pd.Categorical(["a"]),
        lambda: pd.Categorical(["a"], ["a", "b"]),
    ),
    "order of categories": (
        lambda: pd.Categorical(["a"], ["a", "b"]),
        lambda: pd.Categorical(["a"], ["b", "a"]),
    ),
    "dtype of categories": (
        lambda: pd.Categorical.from_codes([0], pd.Index([1], dtype="int64")),
        lambda: pd.Categorical.from_codes([0], pd.Index([1], dtype="int32")),
    ),
    "code": (
        lambda: pd.Categorical(["a"], ["a", "b"]),
        lambda: pd.Categorical(["b"], ["a", "b"]),
    ),
    "string and object": (
        lambda: pd.Series(["a"], dtype="string"),
        lambda: pd.Series(["a"], dtype=object),
    ),
    "string cell": (
        lambda: pd.array(["a", None], "string"),
        lambda: pd.array(["a", "b"], "string"),
    ),
    # pandas containers
    "Series and Index": (lambda: pd.Series([1]), lambda: pd.Index([1])),
    "Series name": (lambda: pd.Series([1], name="a"), lambda: pd.Series([1], name="b")),
    "type of a name": (
        lambda: pd.Series([1], name=1),
        lambda: pd.Series([1], name=True),
    ),
    "name in a tuple": (
        lambda: pd.Series([1], name=("a", 1)),
        lambda: pd.Series([1], name=("a", 1.0)),
    ),
    "Series cell": (lambda: pd.Series([1, 2]), lambda: pd.Series([1, 3])),
    "Series object cell": (
        lambda: pd.Series([1], dtype=object),
        lambda: pd.Series([1.0], dtype=object),
    ),
    "Series sign of zero": (lambda: pd.Series([0.0]), lambda: pd.Series([-0.0])),
    "Series datetime unit": (
        lambda: pd.Series([0], dtype="M8[s]"),
        lambda: pd.Series([0], dtype="M8[ms]"),
    ),
    "Series datetime cell": (
        lambda: pd.Series([0], dtype="M8[s]"),
        lambda: pd.Series([1], dtype="M8[s]"),
    ),
    "Series zone": (
        lambda: pd.Series([0], dtype="datetime64[ns, Europe/Paris]"),
        lambda: pd.Series([0], dtype="datetime64[ns, Europe/Berlin]"),
    ),
    "type of a Series' zone": (
        lambda: pd.Series([0], dtype=pd.DatetimeTZDtype(tz=dt.UTC)),
        lambda: pd.Series([0], dtype=pd.DatetimeTZDtype(tz=zoneinfo.ZoneInfo("UTC"))),
    ),
    "unit with a zone": (
        lambda: pd.Series([0], dtype="datetime64[s, UTC]"),
        lambda: pd.Series([0], dtype="datetime64[ms, UTC]"),
    ),
    "Series index": (
        lambda: pd.Series([1], index=["a"]),
        lambda: pd.Series([1], index=["b"]),
    ),
    "attrs": (
        lambda: described(pd.Series([1]), attrs={"a": 1}),
        lambda: described(pd.Series([1]), attrs={"a": 2}),
    ),
    "no attrs": (
        lambda: pd.Series([1]),
        lambda: described(pd.Series([1]), attrs={"a": 1}),
    ),
    "allows_duplicate_labels": (
        lambda: pd.Series([1]),
        lambda: unique_labels(pd.Series([1])),
    ),
    "Index name": (lambda: pd.Index([1], name="a"), lambda: pd.Index([1])),
    "Index dtype": (
        lambda: pd.Index([1], dtype="int64"),
        lambda: pd.Index([1], dtype="int32"),
    ),
    "Index of objects": (
        lambda: pd.Index([1], dtype="int64"),
        lambda: pd.Index([1], dtype=object),
    ),
    "Index cell": (lambda: pd.Index(["a"]), lambda: pd.Index(["b"])),
    "RangeIndex and Index": (lambda: pd.RangeIndex(2), lambda: pd.Index([0, 1])),
    "stop of an empty range": (lambda: pd.RangeIndex(0), lambda: pd.RangeIndex(1, 1)),
    "step of a range of one": (
        lambda: pd.RangeIndex(0, 1, 1),
        lambda: pd.RangeIndex(0, 1, 2),
    ),
    "RangeIndex name": (lambda: pd.RangeIndex(2, name="a"), lambda: pd.RangeIndex(2)),
    "freq and none": (
        lambda: pd.date_range("2024-01-01", periods=3),
        lambda: pd.DatetimeIndex(list(pd.date_range("2024-01-01", periods=3))),
    ),
    "freq": (
        lambda: pd.date_range("2024-01-01", periods=1, freq="D"),
        lambda: pd.date_range("2024-01-01", periods=1, freq="h"),
    ),
    "freq of timedeltas": (
        lambda: pd.timedelta_range(0, periods=1, freq="D"),
        lambda: pd.timedelta_range(0, periods=1, freq="h"),
    ),
    "DatetimeIndex zone": (
        lambda: pd.DatetimeIndex([0], tz="Europe/Paris"),
        lambda: pd.DatetimeIndex([0], tz="Europe/Berlin"),
    ),
    "level names": (
        lambda: pd.MultiIndex.from_tuples([(1, 2)], names=["a", "b"]),
        lambda: pd.MultiIndex.from_tuples([(1, 2)], names=["a", "c"]),
    ),
    "unused level": (
        lambda: pd.MultiIndex.from_tuples([(1, 2), (3, 4)])[:1],
        lambda: pd.MultiIndex.from_tuples([(1, 2)]),
    ),
    "Series and frame": (
        lambda: pd.Series([1], name="a"),
        lambda: pd.DataFrame({"a": [1]}),
    ),
    "column label": (
        lambda: pd.DataFrame({"a": [1]}),
        lambda: pd.DataFrame({"b": [1]}),
    ),
    "dtype of column labels": (
        lambda: pd.DataFrame([[1]], columns=pd.Index(["a"], dtype=object)),
        lambda: pd.DataFrame([[1]], columns=pd.Index(["a"], dtype="string")),
    ),
    "name of the columns": (
        lambda: pd.DataFrame([[1]], columns=pd.Index(["a"], name="x")),
        lambda: pd.DataFrame([[1]], columns=pd.Index(["a"])),
    ),
    "order of columns": (
        lambda: pd.DataFrame({"a": [1], "b": [1]}),
        lambda: pd.DataFrame({"b": [1], "a": [1]}),
    ),
    "column dtype": (
        lambda: pd.DataFrame({"a": [1]}),
        lambda: pd.DataFrame({"a": [1.0]}),
    ),
    "column cell": (
        lambda: pd.DataFrame({"a": [1], "b": [2]}),
        lambda: pd.DataFrame({"a": [1], "b": [3]}),
    ),
    "rows without columns": (
        lambda: pd.DataFrame(index=range(2)),
        lambda: pd.DataFrame(index=range(3)),
    ),
    "columns without rows": (
        lambda: pd.DataFrame(columns=["a"]),
        lambda: pd.DataFrame(columns=["a", "b"]),
    ),
    "frame attrs": (
        lambda: pd.DataFrame(),
        lambda: described(pd.DataFrame(), attrs={"a": [1]}),
    ),
    "frame flags": (lambda: pd.DataFrame(), lambda: unique_labels(pd.DataFrame())),
    "subclass of a frame": (
        lambda: pd.DataFrame(),
        lambda: type("Frame", (pd.DataFrame,), {})(),
    ),
}


@each_pair(DIFFERENT)
def test_a_pair_that_differs_in_one_respect_is_told_apart(a, b):
    assert_told_apart(a, b)


# A class that each call makes anew is rightly another.
@each_side(DIFFERENT, but=["subclass of a frame, b"])
def test_a_value_made_twice_is_the_same(make):
    assert_same(make(), make())


@pytest.mark.parametrize("a", STRING_DTYPES)
@pytest.mark.parametrize("b", STRING_DTYPES)
def test_storage_and_missing_value_of_strings_are_told_apart(a, b):
    pair = [pd.array(["a", None], dtype=STRING_DTYPES[name]) for name in (a, b)]

    if a == b:
        assert_same(*pair)
    else:
        with pytest.raises(AssertionError):
            assert_same(*pair)


def test_the_failure_names_the_path():
    a = {"cv": [0, {"fold": pd.DataFrame({"x": [1.0, 2.0]})}]}
    b = {"cv": [0, {"fold": pd.DataFrame({"x": [1.0, 3.0]})}]}

    with pytest.raises(
        AssertionError,
        match=r"^value\['cv'\]\[1\]\['fold'\]\.iloc\[:, 0\]: bits differ from \(1,\) on",
    ):
        assert_same(a, b)


def test_depth_is_no_limit():
    a, b = [], []
    for _ in range(20_000):
        a, b = [a], [b]

    assert_same(a, b)


def test_sets_of_nan_are_matched_one_to_one():
    assert_same({nan(1), nan(2), 3}, {3, nan(2), nan(1)})
    with pytest.raises(AssertionError):
        assert_same({nan(1), nan(1)}, {nan(1), nan(2)})


def test_what_it_does_not_know_is_an_error_and_not_equality():
    with pytest.raises(TypeError, match="no strict comparison"):
        assert_same(object(), object())
