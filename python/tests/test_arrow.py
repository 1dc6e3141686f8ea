"""pyarrow: arrays of every type, chunks, tables, scalars, types; and pandas' columns of Arrow types."""

import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from arrow_cases import ARRAYS, FIELD, KINDS
from forge import array, built, manifest, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode, encode

FAMILY = Family("pyarrow", "arrays, tables, types")


@FAMILY.keeps(KINDS)
def test_an_array_of_any_type_comes_back_the_same(store, value):
    assert_same(round_trip(store, value), value)


@pytest.mark.parametrize("case", ARRAYS)
def test_a_slice_is_kept_as_what_it_shows_and_no_more(store, case):
    whole = ARRAYS[case]
    for part in (whole[1:], whole[: len(whole) - 1], whole[:0], whole[1:2]):
        assert_same(round_trip(store, part), part)


@pytest.mark.parametrize("case", ARRAYS)
def test_a_slice_and_a_copy_of_it_are_the_same_bytes(case):
    part = ARRAYS[case][1:]
    copied = pa.concat_arrays([part[:1], part[1:]])

    assert encode(part) == encode(copied)


UNDER_NULLS = {
    "numbers": ([1, 2, 3], pa.int32()),
    "text": (["a", "bcd", "e"], pa.string()),
    "text of views": (["a", "bcd" * 9, "e"], pa.string_view()),
    "lists": ([[1], [2, 3], [4]], pa.list_(pa.int8())),
    # Arrow picks from these by no function of its own.
    "lists of views": ([["a"], ["b", "c"], ["d"]], pa.list_(pa.string_view())),
    "lists of structs of views": (
        [[{"a": "b"}], [{"a": "c"}, None], [None]],
        pa.large_list(pa.struct([("a", pa.binary_view())])),
    ),
    "list views": ([[1], [2, 3], [4]], pa.list_view(pa.int8())),
    "lists of a fixed size": ([[1, 2], [2, 3], [4, 5]], pa.list_(pa.int8(), 2)),
    "structs": ([{"a": "x"}, {"a": "yy"}, {"a": "z"}], pa.struct([("a", pa.string())])),
    "structs of lists": (
        [{"a": [1]}, {"a": [2, 3]}, {"a": []}],
        pa.struct([("a", pa.list_view(pa.int8()))]),
    ),
    "bools": ([True, True, True], pa.bool_()),
}


@pytest.mark.parametrize("case", UNDER_NULLS)
def test_what_lies_under_a_null_makes_no_difference(case):
    values, of = UNDER_NULLS[case]
    whole = pa.array(values, of)
    buffers, count = whole.buffers(), 1 + of.num_fields if pa.types.is_struct(of) else None
    own = buffers[: (len(buffers) if count is None else 1) if not of.num_fields else of.num_buffers]
    children = fields_of(whole)
    hiding = pa.Array.from_buffers(of, 3, [pa.py_buffer(b"\5"), *own[1:]], children=children)
    plain = pa.array([values[0], None, values[2]], of)

    assert hiding.to_pylist() == plain.to_pylist()
    assert encode(hiding) == encode(plain)


def test_lists_of_runs_with_something_under_a_null_are_kept(store):
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 5], pa.int32()), ["a", "b", "c"])
    offsets = pa.py_buffer(np.array([0, 1, 3, 5], "<i4"))
    of = pa.list_(runs.type)
    hiding = pa.Array.from_buffers(of, 3, [pa.py_buffer(b"\5"), offsets], children=[runs])

    assert round_trip(store, hiding).to_pylist() == [["a"], None, ["c", "c"]]


def test_no_list_views_of_any_items_are_kept(store):
    of = pa.list_view(pa.run_end_encoded(pa.int32(), pa.int8()))
    buffers = [None, pa.py_buffer(b""), pa.py_buffer(b"")]
    items = pa.RunEndEncodedArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.int8()))
    value = pa.Array.from_buffers(of, 0, buffers, children=[items])

    assert_same(round_trip(store, value), value)


def fields_of(whole: pa.Array) -> list[pa.Array]:
    if pa.types.is_struct(whole.type):
        return whole.flatten()
    return [whole.values] if whole.type.num_fields else []


CHUNKED = {
    "chunks": pa.chunked_array([[1, 2], [3, None], []]),
    "no chunks": pa.chunked_array([], pa.list_(FIELD)),
    "one chunk": pa.chunked_array([["a"]]),
    "chunks of slices": pa.chunked_array([ARRAYS["text: string"][1:3], ARRAYS["text: string"][2:]]),
    "chunks of two dictionaries": pa.chunked_array(
        [
            pa.array(["a", "b"]).dictionary_encode(),
            pa.array(["c", "a"]).dictionary_encode(),
        ]
    ),
}
COLUMNS = {name: pa.chunked_array([of[:1], of[1:2]]) for name, of in ARRAYS.items() if len(of) > 1}
TABLE = pa.table(COLUMNS, metadata={"made": "here", b"\xff": b"\0"})
TABLES = {
    "every type": TABLE,
    "metadata of a field": pa.table([pa.array(["a"])], schema=pa.schema([FIELD])),
    "no columns": TABLE.select([]),
    "no rows": TABLE[:0],
    "two columns of one name": pa.Table.from_arrays([pa.array([1]), pa.array(["a"])], ["a", "a"]),
    "a slice": TABLE[1:],
    "of a frame": pa.Table.from_pandas(pd.DataFrame({"a": [1.5]}, index=pd.Index(["x"], name="i"))),
    "1,000 columns": pa.table({str(place): [place] for place in range(1000)}),
}
BATCHES = {
    "every type": TABLE[:1].combine_chunks().to_batches()[0],
    "no columns": TABLE[:1].combine_chunks().to_batches()[0].select([]),
}
SCALARS = {
    name: of[0]
    for name, of in ARRAYS.items()
    if not any(word in name for word in ("runs", "union"))
} | {"null of a type": pa.scalar(None, pa.int8())}
TYPES = {name: of.type for name, of in ARRAYS.items()}
SCHEMAS = {
    "field": FIELD,
    "schema": TABLE.schema,
    "schema of nothing": pa.schema([]),
    "schema of metadata": pa.schema([], {"a": "b"}),
}


@FAMILY.keeps(
    {
        "chunked arrays": CHUNKED,
        "tables": TABLES,
        "record batches": BATCHES,
        "scalars": SCALARS,
        "types": TYPES,
        "fields and schemas": SCHEMAS,
    }
)
def test_what_is_made_of_arrays_comes_back_the_same(store, value):
    assert_same(round_trip(store, value), value)


IN_PANDAS = Family("pandas", "columns of Arrow types")


def arrow_column(of: pa.Array) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(of), name="x")


@IN_PANDAS.keeps(
    {kind: {name: arrow_column(of) for name, of in table.items()} for kind, table in KINDS.items()}
)
def test_a_column_of_an_arrow_type_comes_back_the_same(store, value):
    assert_same(round_trip(store, value), value)


PLACES = {
    "frame": pd.DataFrame({"a": arrow_column(ARRAYS["text: string"]), "b": range(5)}),
    "index": pd.Index(["a", "b"], dtype=pd.ArrowDtype(pa.string()), name="i"),
    "array": pd.arrays.ArrowExtensionArray(pa.chunked_array([[1], [2, None]])),
    "text beside text of another kind": pd.DataFrame(
        {"a": pd.Series(["x"], dtype=pd.ArrowDtype(pa.string())), "b": pd.Series(["x"], dtype="string[pyarrow]")}
    ),
    "labels": pd.DataFrame([[1, 2]], columns=pd.Index(["a", "b"], dtype=pd.ArrowDtype(pa.string()))),
    "empty": pd.Series([], dtype=pd.ArrowDtype(pa.int8())),
}  # fmt: skip


@IN_PANDAS.keeps({"frames, indexes, arrays": PLACES})
def test_an_arrow_column_stands_wherever_a_column_does(store, value):
    assert_same(round_trip(store, value), value)


def test_chunks_of_a_column_of_pandas_make_no_difference():
    chunked = pd.arrays.ArrowExtensionArray(pa.chunked_array([["a"], ["b", None]]))
    whole = pd.arrays.ArrowExtensionArray(pa.array(["a", "b", None]))

    assert encode(pd.Series(chunked)) == encode(pd.Series(whole))


def test_a_large_array_lies_over_the_loaded_memory(store):
    store.save("page", "key", pa.array(np.arange(1_000_000)))
    before = pa.total_allocated_bytes()

    loaded = store.load("page", "key")

    assert pa.total_allocated_bytes() - before < 100_000
    assert loaded[999_999].as_py() == 999_999


def test_an_appended_row_writes_little(store):
    words = pa.array([f"patient {place}" for place in range(200_000)])
    store.save("page", "key", words)

    receipt = store.save("page", "key", pa.concat_arrays([words, pa.array(["one more"])]))

    assert receipt.new_bytes < 600_000


# ---------------------------------------------------------------- refused


class Celsius(pa.ExtensionType):
    def __init__(self) -> None:
        super().__init__(pa.float64(), "tests.celsius")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        return cls()


def invalid() -> pa.Array:
    return pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    )


WARM = pa.ExtensionArray.from_storage(Celsius(), pa.array([1.5]))
REFUSED = {
    "an extension of the app's": (pa.table({"a": [1], "t": WARM}), "storage", '["t"]'),
    "one in pandas": (pd.DataFrame({"t": arrow_column(WARM)}), "storage", '["t"]'),
    "text that is none": (pa.table({"a": invalid()}), "invalid", '["a"]'),
    "the type of an extension": (pa.list_(Celsius()), "storage", ""),
}  # fmt: skip


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_can_not_be_kept_is_named_by_its_path(store, value, names, path):
    refuse(store, {"cv": value}, names=names, path='results["cv"]' + path)


def test_a_refusal_has_what_was_wrong_with_the_type_as_its_cause(store):
    with pytest.raises(stillroom.UnsupportedError) as caught:
        store.save("page", "results", pa.list_(Celsius()))

    assert repr(caught.value.__cause__) == "KeyError('Celsius')"


# ---------------------------------------------------------------- hostile

DATA, CHUNKS, ARRAY, CHUNKED_TAG, TABLE_TAG, COLUMN = 90, 91, 92, 93, 95, 80


def items(dtype: str, *values: int) -> list:
    return array(np.array(values, dtype))


def arrow(of: tuple, length: int, *parts: object) -> list:
    return built(ARRAY, of, built(DATA, length, *parts))


def ints(length: int, *values: int) -> list:
    return built(DATA, length, None, items("|i1", *values))


BYTE = ("int8",)
ITEM = ("item", BYTE, True, None)
HOSTILE = {
    "fewer values than its length": arrow(BYTE, 2, None, items("|i1", 1)),
    "more values than its length": arrow(BYTE, 1, None, items("|i1", 1, 2)),
    "a length no memory holds": arrow(BYTE, 2**60, None, items("|i1", 1)),
    "a length below 0": arrow(BYTE, -1, None, items("|i1")),
    "a length of 70 bits": arrow(BYTE, [2, False, b"\1" + bytes(8)], None, items("|i1")),
    "values of another dtype": arrow(BYTE, 1, None, items("<i8", 1)),
    "values of two axes": arrow(BYTE, 1, None, array(np.zeros((1, 1), "i1"))),
    "no values": arrow(BYTE, 1, None, None),
    "values that are bytes": arrow(BYTE, 1, None, b"\0"),
    "values that are a bool": arrow(BYTE, 1, None, True),
    "no parts": arrow(BYTE, 0),
    "parts too many": arrow(BYTE, 0, None, items("|i1"), None),
    "a bitmap too short": arrow(BYTE, 9, items("|u1", 1), items("|i1", *range(9))),
    "a bitmap too long": arrow(BYTE, 1, items("|u1", 1, 0), items("|i1", 1)),
    "lengths beyond the text": arrow(("string",), 1, None, items("<i4", 100), b"abc"),
    "lengths short of the text": arrow(("string",), 1, None, items("<i4", 1), b"abc"),
    "lengths below 0": arrow(("string",), 2, None, items("<i4", -1, 4), b"abc"),
    "lengths that overflow": arrow(("large_string",), 2, None, items("<i8", 2**62, 2**62), b"abc"),
    "lengths that come round again": arrow(
        ("large_string",), 5, None, items("<i8", *[2**62] * 4, 3), b"abc"
    ),
    "text that is not UTF-8": arrow(("string",), 1, None, items("<i4", 1), b"\xff"),
    "a word cut in two": arrow(("string",), 2, None, items("<i4", 1, 1), "\u00e4".encode()),
    "text of views that is not UTF-8": arrow(("string_view",), 1, None, items("<i4", 1), b"\xff"),
    "lists beyond their items": arrow(("list", ITEM), 1, None, items("<i4", 9), ints(1, 1)),
    "lists of a length below 0": arrow(("list", ITEM), 2, None, items("<i4", -1, 2), ints(1, 1)),
    "list views beyond their items": arrow(
        ("list_view", ITEM), 1, None, items("<i4", 9), ints(1, 1)
    ),
    "lists of items that are none": arrow(("list", ITEM), 1, None, items("<i4", 1), items("|i1", 1)),
    "lists of a fixed size, items missing": arrow(("fixed_size_list", ITEM, 2), 1, None, ints(1, 1)),
    "lists of a size below 0": arrow(("fixed_size_list", ITEM, -1), 1, None, ints(1, 1)),
    "lists of a size no memory holds": arrow(
        ("fixed_size_list", ("item", ("null",), True, None), 2**31 - 1), 2**40, None, built(DATA, 5)
    ),
    "a struct of a field too short": arrow(("struct", ITEM), 2, None, ints(1, 1)),
    "a struct without its field": arrow(("struct", ITEM), 1, None),
    "a map of null keys": arrow(
        ("map", ("key", BYTE, False, None), ITEM),
        1,
    ),
    "an index past the dictionary": arrow(
        ("dictionary", BYTE, BYTE, False), 1, None, items("|i1", 3), ints(1, 7)
    ),
    "an index below 0": arrow(("dictionary", BYTE, BYTE, False), 1, None, items("|i1", -1), ints(1, 7)),
    "a dictionary indexed by words": arrow(
        ("dictionary", ("string",), BYTE, False), 1, None, items("|i1", 0), ints(1, 7)
    ),
    "runs that end before the end": arrow(
        ("run_end_encoded", ("int16",), BYTE), 3, items("<i2", 2), ints(1, 1)
    ),
    "runs that go back": arrow(
        ("run_end_encoded", ("int16",), BYTE), 3, items("<i2", 5, 3), ints(2, 1, 2)
    ),
    "runs of fewer values": arrow(
        ("run_end_encoded", ("int16",), BYTE), 3, items("<i2", 2, 3), ints(1, 1)
    ),
    "a union of a code unknown": arrow(("sparse_union", (0,), ITEM), 1, items("|i1", 5), ints(1, 1)),
    "a union of fields too short": arrow(("sparse_union", (0,), ITEM), 2, items("|i1", 0, 0), ints(1, 1)),
    "a dense union of fields too short": arrow(
        ("dense_union", (0,), ITEM), 2, items("|i1", 0, 0), ints(1, 1)
    ),
    "a union of the same code twice": arrow(
        ("dense_union", (0, 0), ITEM, ITEM), 1, items("|i1", 0), ints(1, 1), ints(0)
    ),
    "a decimal beyond its precision": arrow(("decimal32", 2, 0), 1, None, items("<i4", 1000)),
    "a type unknown": arrow(("money",), 0),
    "a type of another module": arrow(("os",), 0),
    "a type that is a function": arrow(("cpu_count",), 0),
    "a type of too much": arrow(("int8", 1), 1, None, items("|i1", 1)),
    "a type without a name": arrow((), 0),
    "a unit unknown": arrow(("timestamp", "years", None), 1, None, items("<i8", 1)),
    "a zone that is a number": arrow(("timestamp", "s", 5), 1, None, items("<i8", 1)),
    "a tensor of a shape no memory holds": arrow(
        ("fixed_shape_tensor", BYTE, (2**62, 2**62), None, None), 0, None, ints(0)
    ),
    "a precision of a thousand": arrow(("decimal128", 1000, 0), 0, None, items("|V16")),
    "metadata twice": arrow(
        ("struct", ("a", BYTE, True, ((b"x", b""), (b"x", b"")))), 0, None, ints(0)
    ),
    "metadata of numbers": arrow(("struct", ("a", BYTE, True, ((1, 2),))), 0, None, ints(0)),
    "a table of fewer rows": built(TABLE_TAG, (None, ITEM), 2, built(CHUNKS, ints(1, 1))),
    "a table of fewer columns": built(TABLE_TAG, (None, ITEM, ITEM), 1, built(CHUNKS, ints(1, 1))),
    "a table without columns of rows no memory holds": built(TABLE_TAG, (None,), [2, False, b"\1" + bytes(8)]),
    "a table of no columns but fields": built(TABLE_TAG, (None, ITEM), 0),
    "a column of fewer rows": built(COLUMN, BYTE, ints(1, 1), rows=2),
    "memory alone": ints(1, 1),
    "memory in a list": tree([8, 1], ints(1, 1)),
    "chunks alone": built(CHUNKS),
}  # fmt: skip


def test_what_is_forged_well_is_an_array():
    assert_same(
        decode(manifest(*arrow(BYTE, 2, items("|u1", 1), items("|i1", 7, 0))), [], ()),
        pa.array([7, None], pa.int8()),
    )


@pytest.mark.parametrize("case", HOSTILE)
def test_forged_memory_is_damage_and_never_read(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())


def test_a_type_too_deep_is_an_error_and_no_crash():
    of: tuple = BYTE
    for _ in range(400):
        of = ("list", ("item", of, True, None))

    with pytest.raises(stillroom.StillroomError):
        decode(manifest(*built(97, of)), [], ())


def test_a_decimal_keeps_its_sign_and_scale(store):
    value = pa.array([decimal.Decimal("-0.10")], pa.decimal128(5, 2))

    assert str(round_trip(store, value)[0].as_py()) == "-0.10"


def test_check_sizes_text_in_arrow_s_memory_as_a_save_does(store):
    value = pd.Series(["é" * 3, None, "x" * 5_000] * 1_000, dtype="string[pyarrow]")

    assert abs(store.check(value).bytes - store.save("page", "key", value).bytes) < 1_000
