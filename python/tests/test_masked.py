"""NumPy's masked arrays: data under the mask, the mask or none, fill value, hardness."""

import numpy as np
import pytest
from forge import array, built, manifest
from numpy.ma import mrecords
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("NumPy", "masked arrays")

PAIR = np.dtype([("a", "i4"), ("b", "f8")])
CODES = ("?", "i1", ">i2", "u8", "f2", ">f4", "f8", "c16", "S3", "<U2", "V5", "<M8[s]", "m8[ns]")


def masked(code: str, count: int = 4, **named: object) -> np.ma.MaskedArray:
    data = np.ones(count, code) if code[0] in "SUV<m" else np.arange(count).astype(code)
    return np.ma.MaskedArray(data, mask=np.arange(count) % 2 == 1, **named)


def objects(*cells: object) -> np.ndarray:
    made = np.empty(len(cells), dtype=object)
    made[:] = cells
    return made


def pairs(*masks: bool | tuple[bool, bool]) -> np.ma.MaskedArray:
    return np.ma.array([(1, 2.0)] * len(masks), mask=list(masks), dtype=PAIR)


def printed(array: np.ma.MaskedArray) -> np.ma.MaskedArray:
    repr(array)  # makes it remember the default fill value
    return array


def soft(array: np.ma.MaskedArray) -> np.ma.MaskedArray:
    array.harden_mask()
    array.soften_mask()
    return array


DTYPES = {
    **{code: masked(code) for code in CODES},
    "objects": np.ma.MaskedArray(objects(1, "a", None, [1]), mask=[1, 0, 0, 1]),
    "fields": pairs((True, False), (False, True)),
    "fields, nothing masked": pairs(False, False),
    "fields in fields": np.ma.zeros(2, [("a", [("b", "i1")]), ("c", "f4", (2,))]),
    "fields with padding": np.ma.zeros(2, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "records": np.ma.MaskedArray(np.rec.array([(1, 2.0)], dtype=PAIR), mask=[(True, False)]),
}

MASKS = {
    "none": np.ma.array([1, 2]),
    "nothing masked": np.ma.array([1, 2], mask=[False, False]),
    "nothing masked, by one word": np.ma.array([1, 2], mask=False),
    "all masked": np.ma.array([1, 2], mask=True),
    "hard": np.ma.array([1, 2], mask=[True, False], hard_mask=True),
    "hard without a mask": np.ma.array([1, 2], hard_mask=True),
    "made soft again": soft(np.ma.array([1, 2], mask=[True, False])),
    "no axes": np.ma.array(1.5, mask=True),
    "no axes, no mask": np.ma.array(1.5),
    "empty": np.ma.array([], mask=[]),
    "two axes": np.ma.masked_greater(np.arange(6).reshape(2, 3), 3),
    "two axes, Fortran order": np.ma.masked_greater(
        np.asfortranarray(np.arange(6).reshape(2, 3)), 3
    ),
    "mask in another order": np.ma.MaskedArray(
        np.zeros((2, 3)), mask=np.zeros((2, 3), bool, order="F")
    ),
    "NaN and infinities masked": np.ma.masked_invalid([1.0, float("nan"), -0.0, float("inf")]),
    "long": np.ma.masked_equal(np.arange(50_000) % 7, 3),
}

FILLS = {
    "an int": masked("i8", fill_value=-1),
    "zero": masked("i8", fill_value=0),
    "a float": masked("f8", fill_value=-0.0),
    "NaN": masked("f8", fill_value=float("nan")),
    "the default, said outright": masked("i8", fill_value=999999),
    "the default, remembered": printed(masked("f8")),
    "a text": masked("<U2", fill_value="-"),
    "a date": masked("<M8[s]", fill_value=np.datetime64(0, "s")),
    "an object": np.ma.MaskedArray(objects(1, "a"), fill_value=None),
    "an object that is the default": np.ma.MaskedArray(objects(1, "a"), fill_value="?"),
    "of fields": np.ma.array([(1, 2.0)], dtype=PAIR, fill_value=(7, 8.0)),
    "big-endian": masked(">i2", fill_value=3),
}


@FAMILY.keeps({"any dtype": DTYPES, "any mask": MASKS, "any fill value": FILLS})
def test_masked_array(store, value):
    assert_same(round_trip(store, value), value)


@FAMILY.keeps({"numpy.ma.masked": {"alone": np.ma.masked}})
def test_masked_constant(store, value):
    assert round_trip(store, value) is value
    assert round_trip(store, [value, {"a": value}])[1]["a"] is value


def test_looking_at_an_array_is_no_change(store):
    array = masked("f8")
    store.save("page", "key", array)

    assert store.save("page", "key", printed(array)).unchanged


def test_keeping_an_array_warns_of_nothing(store, recwarn):
    array = np.ma.zeros(2, [("a", "f2"), ("b", "i1")])
    made = [str(warning.message) for warning in recwarn]

    round_trip(store, [array, np.ma.zeros(2, "f2")])

    assert [str(warning.message) for warning in recwarn] == made


@pytest.mark.parametrize("name", ["made soft again", "hard"])
def test_a_loaded_array_minds_its_mask_as_before(store, name):
    array = MASKS[name].copy()
    loaded = round_trip(store, array)

    array[0] = loaded[0] = 7

    assert_same(loaded, array)


def test_masked_arrays_shared_in_a_value_stay_shared(store):
    array = masked("i8")

    first, second = round_trip(store, [array, array])
    first[0] = 7

    assert second[0] == 7


def test_a_large_array_is_not_copied_on_its_way(store):
    loaded = round_trip(store, masked("f8", 100_000))

    assert not loaded.data.base.flags.owndata or loaded.data.base is not None
    assert_same(loaded, masked("f8", 100_000))


def with_attribute() -> np.ma.MaskedArray:
    array = masked("i8")
    array.unit = "m"
    return array


class Subclass(np.ma.MaskedArray):
    """No masked array of NumPy's own."""


REFUSED = {
    "masked records": (mrecords.fromarrays([[1], [2.0]], names="a, b"), "numpy.ma.asarray"),
    "a masked item with fields": (pairs((True, False))[0], "mvoid"),
    "attributes of its own": (with_attribute(), "unit"),
    "a matrix below the mask": (np.ma.array(np.zeros((1, 1)).view(np.matrix)), "numpy.asarray"),
    "longdouble": (np.ma.zeros(2, np.longdouble), "longdouble"),
    "an object that can't be kept": (np.ma.MaskedArray(objects(object())), "object"),
    "a subclass": (Subclass([1]), "Subclass"),
}


@FAMILY.refuses(REFUSED)
def test_anything_else_is_refused(store, value, names):
    with pytest.raises(stillroom.UnsupportedError, match=names) as caught:
        store.save("page", "results", {"cv": value})

    assert caught.value.path.startswith('results["cv"]')


def test_a_matrix_is_refused_with_what_to_do(store):
    refuse(store, np.zeros((1, 1)).view(np.matrix), names=r"numpy\.asarray", path="results")


MASKED = 73
DATA, MASK = array(np.arange(2)), array(np.array([True, False]))

HOSTILE = {
    "a mask of another shape": built(MASKED, DATA, array(np.zeros(3, bool)), None, False),
    "a mask of one for all": built(MASKED, DATA, array(np.zeros(1, bool)), None, False),
    "a mask of numbers": built(MASKED, DATA, array(np.zeros(2, "i1")), None, False),
    "a fill value of another dtype": built(MASKED, DATA, MASK, array(np.array(1.5)), False),
    "fill values": built(MASKED, DATA, MASK, array(np.arange(2)), False),
    "a hardness that is none": built(MASKED, DATA, MASK, None, 0.5),
    "a mask over a mask": built(MASKED, built(MASKED, DATA, MASK, None, False), MASK, None, False),
    "a mask that is masked": built(
        MASKED, DATA, built(MASKED, MASK, None, None, False), None, False
    ),
    "no data": built(MASKED, None, MASK, None, False),
}


def test_what_is_forged_well_is_an_array():
    made = decode(manifest(*built(MASKED, DATA, MASK, None, True)), [], ())

    assert_same(made, np.ma.array([0, 1], mask=[True, False], hard_mask=True))


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
