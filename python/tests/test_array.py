"""NumPy scalars and plain arrays come back to the bit; what is no plain array is refused by name."""

import struct
import warnings

import numpy as np
import pytest
from roundtrip import most_allocated, refuse, round_trip
from strict import assert_same
from support import Family

FAMILY = Family("NumPy", "plain arrays and scalars")

#: Every plain dtype as the array protocol spells it, in the byte orders it has.
DTYPES = [
    *("|b1", "|i1", "|u1"),
    *(f"{order}{code}" for code in ("i2", "i4", "i8", "u2", "u4", "u8") for order in "<>"),
    *(f"{order}{code}" for code in ("f2", "f4", "f8", "c8", "c16") for order in "<>"),
    *(
        f"{order}{kind}8[{unit}]"
        for kind in "Mm"
        for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")
        for order in "<"
    ),
    *("<M8", ">M8", "<m8", ">m8", ">M8[us]", ">m8[ns]"),
    *("<M8[25s]", ">M8[25s]", "<m8[7D]", "<M8[100ns]"),
    *("|S1", "|S7", "<U1", ">U1", "<U7", ">U7", "|V1", "|V16"),
]

#: Bytes that make other values of each dtype: zeros of both signs, infinities, NaN with a payload, NaT.
PATTERN = bytes(range(256)) + b"".join(
    struct.pack(order + "d", value)
    for order in "<>"
    for value in (0.0, -0.0, float("inf"), -float("inf"), float("nan"), 5e-324)
)


def filled(dtype: str, count: int = 6) -> np.ndarray:
    """`count` items of `dtype` with all kinds of bits in them."""
    items = np.dtype(dtype)
    if items.kind == "b":
        return np.arange(count) % 2 == 0
    if items.kind == "U":
        return np.array(["", "\u00e4", "\U0001f600", "b", "\ud800", "c"][:count], items)
    raw = PATTERN * (count * items.itemsize // len(PATTERN) + 1)
    return np.frombuffer(raw[: count * items.itemsize], items).copy()


@FAMILY.keeps(
    {
        "arrays of every dtype": {dtype: filled(dtype) for dtype in DTYPES},
        "arrays without rows": {dtype: np.zeros((0, 3), dtype) for dtype in DTYPES},
        "arrays without axes": {dtype: filled(dtype)[5:].reshape(()) for dtype in DTYPES},
    }
)
def test_array_of_dtype(store, value):
    assert_same(round_trip(store, value), value)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scalar_of_dtype(store, dtype):
    for scalar in filled(dtype)[...]:
        assert_same(round_trip(store, scalar), scalar)


def nan(payload: int) -> float:
    return struct.unpack(">d", struct.pack(">Q", 0x7FF8_0000_0000_0000 | payload))[0]


#: Units that NumPy 2.5 calls deprecated, made without being told so.
with warnings.catch_warnings(action="ignore"):
    WITHOUT_UNIT = {
        "NaT": np.datetime64("NaT"),
        "timedelta": np.timedelta64(7),
        "timedelta NaT": np.timedelta64("NaT"),
    }
    CHARS = np.array(["a"]).view(np.char.chararray)

SCALARS = {
    **{f"without unit: {name}": scalar for name, scalar in WITHOUT_UNIT.items()},
    "True": np.True_,
    "False": np.False_,
    "minus zero": np.float64(-0.0),
    "NaN with a payload": np.float64(nan(0xBEEF)),
    "half": np.float16(-0.0),
    "complex zeros": np.complex64(complex(-0.0, -0.0)),
    "NaT with a unit": np.datetime64("NaT", "as"),
    "timedelta NaT": np.timedelta64("NaT", "us"),
    "date": np.datetime64("2024-02-29"),
    "before 1970": np.datetime64("-4713-11-24", "D"),
    "25 seconds": np.datetime64(3, ("s", 25)),
    "str": np.str_("\u00e4\U0001f600"),
    "empty str": np.str_(""),
    "str with NULs": np.str_("a\0b\0"),
    "str with lone surrogates": np.str_("\ud800a"),
    "long str": np.str_("x" * 5000),
    "bytes with NULs": np.bytes_(b"a\0b\0"),
    "empty bytes": np.bytes_(b""),
    "void": np.void(b"\0\1\0"),
    "empty void": np.void(b""),
    "long void": np.void(bytes(5000)),
}


@FAMILY.keeps({"scalars": SCALARS})
def test_scalar(store, value):
    assert_same(round_trip(store, value), value)


def read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def unaligned(dtype: str, count: int) -> np.ndarray:
    raw = np.frombuffer(bytearray(count * np.dtype(dtype).itemsize + 1), np.uint8)[1:]
    raw[:] = np.arange(len(raw)) % 251
    return raw.view(dtype)


GRID = np.arange(24.0).reshape(4, 6)
CUBE = np.arange(24.0).reshape(2, 3, 4)

#: What is saved, by what is out of the ordinary about how it lies in memory.
LAYOUTS = {
    "1 item": np.arange(1.0),
    "1 row": GRID[:1],
    "1 column": GRID[:, :1].copy(),
    "C order": GRID,
    "Fortran order": np.asfortranarray(GRID),
    "3 axes in Fortran order": np.asfortranarray(CUBE),
    "transposed": GRID.T,
    "read-only": read_only(GRID.copy()),
    "read-only Fortran": read_only(np.asfortranarray(GRID)),
    "without rows": np.zeros((0, 3)),
    "without columns": np.zeros((3, 0)),
    "without rows in Fortran order": np.zeros((0, 3), order="F"),
    "64 KiB to the byte": np.arange(8192.0),
    "one item over 64 KiB": np.arange(8193.0),
    "1 MiB": np.arange(131072.0),
    "1 MiB in Fortran order": np.asfortranarray(np.arange(131072.0).reshape(512, 256)),
    "1 MiB read-only": read_only(np.arange(131072.0)),
    "raw bytes of no width": np.ndarray((3,), "V0"),
    "str of no width": np.ndarray((3,), "U0"),
    "bytes of no width, no rows": np.ndarray((0, 2), "S0"),
    "32 axes": np.zeros((1,) * 32),
    "a bool that is neither 0 nor 1": np.array([0, 1, 2, 255], np.uint8).view(bool),
    "str with lone surrogates": np.array(["\ud800", "a\udfff"]),
    "bytes that end in NUL": np.array([b"a\0", b"\0"], "S4"),
}


@FAMILY.keeps({"any shape and order": LAYOUTS}, "array")
def test_array_lies_as_it_lay(store, array):
    loaded = round_trip(store, array)

    assert_same(loaded, array)
    assert not np.shares_memory(loaded, array)


#: Neither C nor Fortran order, or not where NumPy would put it: kept as `copy(order="K")` lies.
SCATTERED = {
    "every other item": np.arange(10.0)[::2],
    "backwards": np.arange(10.0)[::-1],
    "a column": GRID[:, 2],
    "inner columns": GRID[:, 1:4],
    "inner columns of a Fortran array": np.asfortranarray(GRID)[1:3],
    "rows backwards": GRID[::-1],
    "axes swapped": CUBE.swapaxes(0, 1),
    "axes rolled": np.moveaxis(CUBE, 1, 0),
    "broadcast": np.broadcast_to(np.arange(3.0), (4, 3)),
    "broadcast along the last axis": np.broadcast_to(np.arange(3.0)[:, None], (3, 4)),
    "unaligned": unaligned("f8", 4),
    "unaligned and large": unaligned("c16", 10_000),
    "every other of many": np.arange(200_000.0)[::2],
    "read-only and every other": read_only(np.arange(10.0)[::2]),
    "every other date": np.arange(10).astype("M8[s]")[::2],
    "every other str": np.array(["a", "bb", "ccc"])[::2],
    "every other half": np.arange(10, dtype="f2")[::2],
}


@pytest.mark.parametrize("array", SCATTERED.values(), ids=SCATTERED)
def test_scattered_array_comes_back_gathered(store, array):
    expected = array.copy(order="K")
    if not (expected.flags.c_contiguous or expected.flags.f_contiguous):
        expected = array.copy(order="C")
    expected.setflags(write=array.flags.writeable)

    assert_same(round_trip(store, array), expected)


@pytest.mark.parametrize("count", [3, 100_000])
def test_loaded_array_is_ones_own(store, count):
    store.save("page", "key", np.zeros(count))
    loaded = store.load("page", "key")

    loaded[0] = 1.0

    assert store.load("page", "key")[0] == 0.0


LARGE = {
    "C order": np.zeros((1000, 1000)),
    "Fortran order": np.zeros((1000, 1000), order="F"),
    "dates": np.zeros(1_000_000, "M8[s]"),
    "text": np.zeros(250_000, "U8"),
    "every other": np.zeros(2_000_000)[::2],
}


@pytest.mark.parametrize("array", LARGE.values(), ids=LARGE)
def test_large_array_is_not_copied_on_its_way(store, array):
    saving = most_allocated(lambda: store.save("page", "key", array))
    loading = most_allocated(lambda: store.load("page", "key"))

    assert saving < array.nbytes / 10
    assert loading < array.nbytes / 10


def test_array_shared_in_a_value_stays_shared(store):
    array = np.arange(3)
    loaded = round_trip(store, {"a": array, "b": [array], "c": array.copy()})

    assert_same(loaded, {"a": (twin := np.arange(3)), "b": [twin], "c": np.arange(3)})


def test_memmap_comes_back_as_a_plain_array(store, tmp_path):
    mapped = np.memmap(tmp_path / "items", dtype="<f4", mode="w+", shape=(3, 4))
    mapped[:] = np.arange(12).reshape(3, 4)

    assert_same(round_trip(store, mapped), np.arange(12, dtype="<f4").reshape(3, 4))


LOAD_AND_LIST = """
import sys, stillroom
stillroom.open(sys.argv[1], signing_key=[]).load("page", "key")
print("numpy" in sys.modules, "pandas" in sys.modules)
"""


def test_array_brings_in_numpy_and_no_more(store, store_path, run_python):
    store.save("page", "key", {"array": np.arange(3), "scalar": np.float32(1)})

    assert run_python(LOAD_AND_LIST, str(store_path)).split() == ["True", "False"]


class Subclass(np.ndarray):
    """No array of NumPy's own."""


REFUSED = {
    "matrix": (np.zeros((1, 1)).view(np.matrix), r"numpy\.asarray"),
    "chararray": (CHARS, "chararray"),
    "a subclass": (np.zeros(2).view(Subclass), "Subclass"),
    "longdouble": (np.zeros(2, np.longdouble), "longdouble"),
    "clongdouble": (np.zeros(2, np.clongdouble), "longdouble"),
    "a longdouble": (np.longdouble(1), "longdouble"),
    "a clongdouble": (np.clongdouble(1), "longdouble"),
    "dtype with metadata": (np.zeros(2, np.dtype("f8", metadata={"unit": "m"})), "metadata"),
    "longlong where int64 is long": (np.zeros(2, np.longlong), 'astype\\("<i8"\\): longlong'),
    "a longlong": (np.longlong(1), "longlong"),
    "a dtype": (np.dtype("f8"), "dtype"),
    "a random generator": (np.random.default_rng(0), "numpy.random"),
    "a ufunc": (np.add, "ufunc"),
}


@FAMILY.refuses(REFUSED)
def test_anything_else_of_numpy_is_refused(store, value, names):
    refuse(store, {"cv": [0, value]}, names=names, path='results["cv"][1]')
