"""NumPy's dtypes with fields: offsets, titles, padding and alignment as they were, in arrays, records and scalars."""

import numpy as np
import pytest
from forge import array, built, manifest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("NumPy", "dtypes with fields")

PLAIN = (
    "?",
    "i1",
    ">i2",
    "<u8",
    "<f2",
    ">f8",
    "<c8",
    "S3",
    "<U2",
    ">U2",
    "V5",
    "<M8[s]",
    ">m8[25us]",
)


def filled(dtype: object, *shape: int, order: str = "C") -> np.ndarray:
    """Items of any bits, field by field."""
    array = np.zeros(shape, dtype, order=order)
    fill(array, np.random.default_rng(len(str(dtype))))
    return array


def fill(array: np.ndarray, random: np.random.Generator) -> None:
    if array.dtype.names is not None:
        for name in array.dtype.names:
            fill(array[name], random)
    elif array.dtype.kind == "U":
        array[...] = "\u00e4"
    elif array.dtype.kind == "b":
        array[...] = True
    elif array.dtype.itemsize:
        bits = random.integers(1, 100, (array.size, array.dtype.itemsize), dtype="u1")
        array[...] = bits.reshape(-1).view(array.dtype).reshape(array.shape)


def spread(offsets: list[int], size: int, formats: str = "i4 f8", **others: object) -> np.dtype:
    names = [f"f{place}" for place in range(len(offsets))]
    return np.dtype(
        {"names": names, "formats": formats.split(), "offsets": offsets, "itemsize": size, **others}
    )


DTYPES = {
    **{f"a field {code}": np.dtype([("a", code)]) for code in PLAIN},
    "all of them": np.dtype([(f"f{place}", code) for place, code in enumerate(PLAIN)]),
    "aligned": np.dtype([("a", "i1"), ("b", "f8")], align=True),
    "aligned, padded at the end": np.dtype([("a", "f8"), ("b", "i1")], align=True),
    "offsets": spread([4, 16], 32),
    "offsets in another order": spread([8, 0], 16),
    "fields that overlap": spread([0, 2], 12),
    "two views of the same bytes": spread([0, 0], 8),
    "titles": np.dtype([(("Age in years", "age"), "i4"), ("b", "f8")]),
    "offsets and titles": spread([4, 16], 32, titles=["first", None]),
    "a field of the size 0": spread([0, 4], 8, "i4 S0"),
    "subarrays": np.dtype([("a", "i4", (2, 3)), ("b", "<U2", (1,))]),
    "nested": np.dtype([("a", [("b", "i2"), ("c", [("d", ">f4")])]), ("e", "u1")]),
    "nested, padded": np.dtype(
        [("a", np.dtype([("b", "i1"), ("c", "f8")], align=True)), ("e", "u1")]
    ),
    "nested, in a subarray": np.dtype([("a", [("b", "i1"), ("c", "S2")], (2, 2))]),
    "names of any text": np.dtype([("\u00e4 b", "i1"), ("__class__", "i1"), ("x" * 5000, "i1")]),
    "no fields": np.dtype([]),
    "no fields but bytes": spread([], 8, ""),
    "100 fields": np.dtype([(f"f{place}", "i2") for place in range(100)]),
    "records": np.dtype((np.record, [("a", "i4"), ("b", "f8")])),
    "records, aligned": np.dtype((np.record, np.dtype([("a", "i1"), ("b", "f8")], align=True))),
    "records in a field": np.dtype([("a", np.dtype((np.record, [("b", "i1")])))]),
}

PAIR = DTYPES["aligned"]


def locked(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


LAYOUTS = {
    "no axes": filled(PAIR),
    "empty": filled(PAIR, 0),
    "two axes": filled(PAIR, 2, 3),
    "two axes, Fortran order": filled(PAIR, 2, 3, order="F"),
    "three axes, no columns": filled(PAIR, 2, 0, 3),
    "read-only": locked(filled(PAIR, 3)),
    "read-only, packed": locked(filled(DTYPES["nested"], 3)),
    "long": filled(PAIR, 20_000),
    "long, packed": filled(DTYPES["nested"], 20_000),
}


@FAMILY.keeps(
    {
        "any dtype with fields": {name: filled(dtype, 3) for name, dtype in DTYPES.items()},
        "any shape": LAYOUTS,
    }
)
def test_structured_array(store, value):
    assert_same(round_trip(store, value), value)


RECARRAYS = {
    "of records": np.rec.array([(1, 2.0), (3, 4.0)], names="a, b"),
    "a view of an array": filled(PAIR, 2, 3).view(np.recarray),
    "no axes": filled(PAIR).view(np.recarray),
    "empty": filled(PAIR, 0).view(np.recarray),
}


@FAMILY.keeps({"numpy.recarray": RECARRAYS})
def test_recarray(store, value):
    assert_same(round_trip(store, value), value)


SCALARS = {
    **{name: filled(dtype, 1)[0] for name, dtype in DTYPES.items()},
    "read-only": locked(filled(PAIR, 1))[0],
    "of a recarray": RECARRAYS["of records"][0],
}


@FAMILY.keeps({"scalars: numpy.void, numpy.record": SCALARS})
def test_structured_scalar(store, value):
    assert_same(round_trip(store, value), value)


def test_a_scalar_may_be_a_key_when_it_is_read_only(store):
    key = SCALARS["read-only"]

    assert_same(round_trip(store, {key: 1}), {key: 1})


def test_a_scalar_shared_in_a_value_stays_shared(store):
    scalar = filled(PAIR, 1)[0]

    first, second = round_trip(store, [scalar, scalar])
    first["a"] = 7

    assert second["a"] == 7


SCATTERED = {
    "every other": filled(PAIR, 20)[::2],
    "backwards": filled(PAIR, 20)[::-1],
    "packed, every other column": filled(DTYPES["nested"], 4, 6)[:, ::2],
    "some fields": filled(DTYPES["all of them"], 5)[["f1", "f4"]],
}


@pytest.mark.parametrize("array", SCATTERED.values(), ids=SCATTERED)
def test_a_view_is_kept_as_a_copy_of_it_would_be(store, array):
    assert_same(round_trip(store, array), array.copy("K"))


def give(one: np.ndarray, other: np.ndarray) -> None:
    """Copies the fields, and no byte between them."""
    if one.dtype.names is None:
        other[...] = one
    for name in one.dtype.names or ():
        give(one[name], other[name])


PADDED = ["aligned", "aligned, padded at the end", "offsets", "nested, padded"]


@pytest.mark.parametrize("name", PADDED)
def test_bytes_between_the_fields_are_no_difference(store, name):
    one = filled(DTYPES[name], 3)
    other = np.full(one.nbytes, 0xFF, "u1").view(one.dtype)
    give(one, other)
    assert one.tobytes() != other.tobytes()

    store.save("page", "key", [one, one[0]])

    assert store.save("page", "key", [other, other[0]]).unchanged


def test_fields_without_a_gap_are_not_copied_on_their_way(store):
    array = filled(DTYPES["nested"], 50_000)

    loaded = round_trip(store, array)

    assert_same(loaded, array)
    assert not loaded.flags.owndata


REFUSED = {
    "a field of objects": (np.zeros(1, [("a", "O")]), "objects"),
    "a nested field of objects": (np.zeros(1, [("a", [("b", "O")])]), "objects"),
    "longdouble": (np.zeros(1, [("a", np.longdouble)]), "this dtype"),
    "longlong where int64 is long": (np.zeros(1, [("a", np.longlong)]), "this dtype"),
    "metadata": (np.zeros(1, [("a", np.dtype("i4", metadata={"b": 1}))]), "metadata"),
    "a title that is no str": (np.zeros(1, [(((1, 2), "a"), "i4")]), "title"),
    "fields within a number": (
        np.zeros(1, (np.dtype("i4"), {"low": ("i2", 0), "high": ("i2", 2)})),
        "int32",
    ),
    "a recarray without fields": (np.zeros(3).view(np.recarray), "recarray without fields"),
    "a scalar of objects": (np.zeros(1, [("a", "O")])[0], "objects"),
}


@FAMILY.refuses(REFUSED)
def test_what_has_no_description_is_refused(store, value, names):
    refuse(store, {"cv": [value]}, names=names, path='results["cv"][0]')


STRUCTURED, SCALAR = 71, 72


def items(size: int, *shape: int) -> list:
    return array(np.zeros(shape, f"V{size}"))


def fields(*of: tuple, size: int = 4, aligned: object = False, records: object = False) -> tuple:
    return (size, aligned, records, of)


WELL = ("a", None, 0, (), "<i4")

HOSTILE = {
    "a field of objects": fields(("a", None, 0, (), "|O"), size=8),
    "a field by another name": fields(("a", None, 0, (), "object"), size=8),
    "several in a text": fields(("a", None, 0, (), "i4,O"), size=12),
    "a field of longdouble": fields(("a", None, 0, (), "<f16"), size=16),
    "a field spelt otherwise": fields(("a", None, 0, (), "int32")),
    "a field beyond the item": fields(("a", None, 2, (), "<i4")),
    "a field before the item": fields(("a", None, -1, (), "<i4")),
    "a field that ends beyond 32 bits": fields(("a", None, 2**31 - 1, (), "<i4")),
    "an inner one that ends beyond 32 bits": fields(
        ("a", None, 2**31 - 2, (), fields(("b", None, 0, (), "<i2"), size=2))
    ),
    "a subarray beyond the item": fields(("a", None, 0, (2**40,), "<i4")),
    "a subarray of less than nothing": fields(("a", None, 0, (-1,), "<i4")),
    "an item of another size": fields(WELL, size=8),
    "an item of less than nothing": fields(WELL, size=-4),
    "a name that is no text": fields((1, None, 0, (), "<i4")),
    "a title that is no text": fields(("a", 1, 0, (), "<i4")),
    "the same name twice": fields(WELL, WELL),
    "a dtype that is none": fields(("a", None, 0, (), 7)),
    "a dtype of text": "<i4",
    "a shape that is no tuple": fields(("a", None, 0, 1, "<i4")),
    "no tuple of four": (4, False, (WELL,)),
}


def test_what_is_forged_well_is_an_array():
    made = decode(manifest(*built(STRUCTURED, fields(WELL), items(4, 2), False)), [], ())

    assert_same(made, np.zeros(2, [("a", "<i4")]))


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("kind", ["array", "scalar"])
def test_a_hostile_description_is_an_error(case, kind):
    size = 4 if "objects" not in case else 8
    description = HOSTILE[case] if isinstance(HOSTILE[case], tuple) else (HOSTILE[case],)
    parts = {
        "array": built(STRUCTURED, description, items(size, 1), False),
        "scalar": built(SCALAR, description, [32, f"|V{size}", bytes(size)], True),
    }

    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*parts[kind]), [], ())


HOSTILE_PARTS = {
    "items of numbers": built(STRUCTURED, fields(WELL), array(np.zeros(2, "i4")), False),
    "a recarray of no records": built(STRUCTURED, fields(WELL), items(4, 2), True),
    "a recarray of neither": built(STRUCTURED, fields(WELL), items(4, 2), 0.5),
    "a scalar of a number": built(SCALAR, fields(WELL), [32, "<i4", bytes(4)], True),
    "a lock that is none": built(SCALAR, fields(WELL), [32, "|V4", bytes(4)], b""),
    "nested past all sense": None,
}


def deep(depth: int) -> tuple:
    description: object = "<i4"
    for _ in range(depth):
        description = fields(("a", None, 0, (), description))
    return description


HOSTILE_PARTS["nested past all sense"] = built(STRUCTURED, deep(300), items(4, 1), 0.5)


@pytest.mark.parametrize("case", HOSTILE_PARTS)
def test_hostile_parts_are_an_error(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE_PARTS[case]), [], ())
