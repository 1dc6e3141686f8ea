"""Hypothesis strategies for Arrow's arrays of any type, sliced and with nulls, and what is made of them."""

import decimal
import string

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from values_python import evenly

words = st.text(string.ascii_letters + "\u00e4\U0001f600", max_size=15)


def ints(of: pa.DataType, bits: int) -> tuple[pa.DataType, st.SearchStrategy]:
    return of, st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def decimals(of: pa.DataType) -> tuple[pa.DataType, st.SearchStrategy]:
    digits = st.integers(-(10**of.precision) + 1, 10**of.precision - 1)
    exact = decimal.Context(prec=of.precision)
    return of, digits.map(lambda number: exact.scaleb(decimal.Decimal(number), -of.scale))


small = st.integers(0, 1000)
#: Types without children, and what their values are made from.
PLAIN = [
    (pa.null(), st.none()),
    (pa.bool_(), st.booleans()),
    ints(pa.int8(), 8),
    ints(pa.int16(), 16),
    ints(pa.int64(), 64),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), st.floats()),
    decimals(pa.decimal32(5, 2)),
    decimals(pa.decimal128(30, 4)),
    decimals(pa.decimal256(70, 0)),
    (pa.date32(), small),
    (pa.date64(), small.map(lambda days: days * 86_400_000)),
    (pa.time32("s"), small),
    (pa.time64("ns"), small),
    ints(pa.timestamp("ns", "Europe/Paris"), 62),
    ints(pa.timestamp("s"), 40),
    ints(pa.duration("us"), 62),
    (pa.month_day_nano_interval(), st.tuples(small, small, small)),
    *((of, words) for of in (pa.string(), pa.large_string(), pa.string_view())),
    *((of, st.binary(max_size=15)) for of in (pa.binary(), pa.large_binary(), pa.binary_view())),
    (pa.binary(3), st.binary(min_size=3, max_size=3)),
]
LISTS = [pa.list_, pa.large_list, pa.list_view, pa.large_list_view]


@st.composite
def kinds(draw, depth: int = 2):
    """A type, and a strategy of what its values are made from."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(PLAIN))
    of, cells = draw(kinds(depth - 1))
    cells = st.one_of(st.none(), cells)
    match draw(st.integers(0, 3)):
        case 0:
            return draw(st.sampled_from(LISTS))(pa.field("it", of)), st.lists(cells, max_size=3)
        case 1:
            size = draw(st.integers(0, 2))
            return pa.list_(of, size), st.lists(cells, min_size=size, max_size=size)
        case 2:
            other, others = draw(kinds(depth - 1))
            made = pa.struct([pa.field("a", of, metadata={"unit": "m"}), pa.field("b", other)])
            return made, st.fixed_dictionaries({"a": cells, "b": st.one_of(st.none(), others)})
        case _:
            return pa.map_(pa.string(), of), st.lists(st.tuples(words, cells), max_size=3)


@st.composite
def arrow_arrays(draw, count: int | None = None):
    """An array of any type, which may be a slice of a longer one."""
    of, cells = draw(kinds())
    size = draw(st.integers(0, 6)) if count is None else count + 3
    values = draw(st.lists(st.one_of(st.none(), cells), min_size=size, max_size=size))
    array = draw(st.sampled_from([as_it_is, encoded, in_runs, hidden]))(pa.array(values, of))
    if count is not None:
        return array.slice(draw(st.integers(0, 3)), count)
    start = draw(st.integers(0, size))
    return array[start : draw(st.integers(start, size))]


def as_it_is(array: pa.Array) -> pa.Array:
    return array


def encoded(array: pa.Array) -> pa.Array:
    """In a dictionary, where Arrow makes one of this type."""
    try:
        return array.dictionary_encode()
    except pa.ArrowNotImplementedError:
        return array


def in_runs(array: pa.Array) -> pa.Array:
    ends = pa.array(range(2, 2 * len(array) + 2, 2), pa.int32())
    return pa.RunEndEncodedArray.from_arrays(ends, array)[: len(array)]


def hidden(array: pa.Array) -> pa.Array:
    """In a struct that has nulls of its own over values that are there."""
    mask = pa.array([place % 3 == 1 for place in range(len(array))], pa.bool_())
    return pa.StructArray.from_arrays([array], ["a"], mask=mask)


@st.composite
def arrow_tables(draw):
    count = draw(st.integers(0, 4))
    columns = draw(st.lists(arrow_arrays(count), max_size=3))
    names = [draw(words) for _ in columns]
    metadata = draw(st.one_of(st.none(), st.dictionaries(words, words, max_size=2)))
    fields = [pa.field(name, array.type) for name, array in zip(names, columns, strict=True)]
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata))
    if draw(st.booleans()):
        table = pa.concat_tables([table, table])
    return table


def chunked(array: pa.Array) -> pa.ChunkedArray:
    return pa.chunked_array([array[:1], array[1:]], array.type)


def arrow_column(array: pa.Array) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(array), name="arrow")


arrow_values = evenly(
    arrow_arrays(),
    arrow_arrays().map(chunked),
    arrow_tables(),
    arrow_tables().filter(lambda table: table.num_rows).map(lambda table: table.to_batches()[0]),
    kinds().map(lambda kind: kind[0]),
    arrow_tables().map(lambda table: table.schema),
    arrow_arrays().map(arrow_column),
    arrow_arrays().map(
        lambda array: pd.DataFrame({"a": arrow_column(array), "b": range(len(array))})
    ),
)
