"""xarray: Variables, DataArrays and Datasets, with every kind of index that pandas lends them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from forge import array, built, manifest, mapping, tree
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family

import stillroom
from stillroom._core import decode

FAMILY = Family("xarray", "Variables, DataArrays, Datasets")

GRID = xr.Variable(("x", "y"), np.arange(6.0).reshape(2, 3), {"unit": "m", "range": [0, 5]})
LEVELS = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["room", "bed"])
STAYS = xr.Dataset(
    {"n": ("stay", np.arange(4))}, coords=xr.Coordinates.from_pandas_multiindex(LEVELS, "stay")
)
WEATHER = xr.Dataset(
    {"a": GRID, "b": ("x", ["p", "q"]), "c": 5.5},
    coords={"x": [10, 20], "day": ("y", pd.date_range("2024-01-01", periods=3)), "s": 5},
    attrs={"made": "here", "of": (1, None)},
)


def along(labels: object, values: object = (1.5, 2.5)) -> xr.DataArray:
    return xr.DataArray(np.asarray(values), coords={"x": labels}, dims="x", name="n")


def described() -> xr.Dataset:
    dataset = WEATHER.copy()
    dataset["a"].encoding = {
        "dtype": np.dtype("f4"),
        "zlib": True,
        "_FillValue": np.float32(-1),
        "chunks": (2, 3),
    }
    dataset["x"].attrs["unit"] = "m"
    dataset["x"].encoding = {"dtype": np.dtype(">i2")}
    dataset.encoding = {"unlimited_dims": ["x"]}
    return dataset


VARIABLES = {
    "two axes": GRID,
    "no axes": xr.Variable((), 5),
    "dates": xr.Variable("t", pd.date_range("2024-01-01", periods=3).to_numpy()),
    "objects": xr.Variable("x", np.array([1, "a", None], dtype=object)),
    "text": xr.Variable("x", ["a", "bcd"]),
    "in Fortran order": xr.Variable(("x", "y"), np.asfortranarray(np.eye(3))),
    "an extension array": xr.Variable("x", pd.array([1, None], dtype="Int64")),
    "a categorical": xr.Variable("x", pd.Categorical(["a", "b", "a"])),
    "an index": WEATHER.variables["x"],
    "long": xr.Variable("x", np.arange(20_000)),
}
ARRAYS = {
    "without coordinates": xr.DataArray(np.eye(2)),
    "with a name": xr.DataArray([1, 2], name=("a", 1), dims="x"),
    "with coordinates": WEATHER["a"],
    "a coordinate": WEATHER["x"],
    "no axes": xr.DataArray(5),
    "a level": STAYS["room"],
    "all levels": STAYS["stay"],
    "text for labels": along(["a", "b"]),
    "half the precision": along(np.array([1, 2], "f4")),
    "a range": along(pd.RangeIndex(2)),
    "dates": along(pd.date_range("2024-01-01", periods=2)),
    "dates in a zone": along(pd.date_range("2024-01-01", periods=2, tz="Europe/Paris")),
    "durations": along(pd.timedelta_range("1h", periods=2)),
    "categories": along(pd.CategoricalIndex(["a", "b"])),
    "intervals": along(pd.interval_range(0, 2)),
    "labels twice": along([1, 1]),
    "no labels": along([], []),
}
DATASETS = {
    "nothing": xr.Dataset(),
    "variables and coordinates": WEATHER,
    "attrs and encodings": described(),
    "levels": STAYS,
    "no index": WEATHER.drop_indexes("x"),
    "a coordinate for a variable": WEATHER.reset_coords("day"),
    "another order": WEATHER[["b", "a"]].transpose(),
    "two indexes": xr.Dataset(coords={"x": [1, 2], "y": ["a", "b", "c"]}),
    "an index of another name": WEATHER.drop_vars("x").assign_coords(k=("x", [1, 2])).set_xindex("k"),
    "of a frame": pd.DataFrame({"a": [1.5, 2]}, index=pd.Index(["x", "y"], name="i")).to_xarray(),
    "names that are no text": xr.Dataset({1: ("x", [1]), ("a", 2): ("x", [2])}),
}  # fmt: skip


@FAMILY.keeps({"Variables": VARIABLES, "DataArrays": ARRAYS, "Datasets": DATASETS})
def test_it_comes_back_the_same(store, value):
    loaded = round_trip(store, value)

    assert_same(loaded, value)
    assert loaded.identical(value)


def test_a_loaded_dataset_works(store):
    loaded = round_trip(store, WEATHER)

    assert loaded.sel(x=20)["a"].sum() == 12
    assert round_trip(store, STAYS).sel(room="b")["n"].values.tolist() == [2, 3]
    assert (loaded["a"] + WEATHER["a"]).identical(WEATHER["a"] + WEATHER["a"])


def test_a_loaded_dataset_is_ones_own(store):
    store.save("page", "key", WEATHER)
    loaded = store.load("page", "key")

    loaded["a"][0, 0] = 7.5

    assert loaded["a"][0, 0] == 7.5
    assert_same(store.load("page", "key"), WEATHER)


def test_an_array_shared_in_a_value_stays_shared(store):
    assert_same(round_trip(store, [GRID, {"again": GRID}]), [GRID, {"again": GRID}])


class Lazy:
    """An array that says of itself that dask will compute it."""

    __module__ = "dask.array.core"


def with_data(data: object) -> xr.Dataset:
    dataset = WEATHER.copy()
    dataset.variables["a"]._data = data
    return dataset


def with_codec() -> xr.Dataset:
    dataset = WEATHER.copy()
    dataset["a"].encoding = {"compressor": object()}
    return dataset


def unread() -> xr.Dataset:
    from xarray.core.indexing import LazilyIndexedArray, NumpyIndexingAdapter

    return with_data(LazilyIndexedArray(NumpyIndexingAdapter(np.eye(2))))


def encoded(dtype: np.dtype) -> xr.Dataset:
    dataset = xr.Dataset({"a": ("x", [1])})
    dataset["a"].encoding = {"dtype": dtype}
    return dataset


class Own(xr.Dataset):
    __slots__ = ()


REFUSED = {
    "what is not computed": (with_data(Lazy()), r"\.compute\(\)", '["a"]'),
    "what is not read": (unread(), r"\.load\(\)", '["a"]'),
    "an object in a variable": (
        xr.Dataset({"a": ("x", np.array([object()]))}),
        "object",
        '["a"][0]',
    ),
    "a codec": (with_codec(), "drop_encoding", '["a"]'),
    "a dtype with fields in an encoding": (
        encoded(np.dtype([("a", "i4")])),
        "drop_encoding",
        '["a"]',
    ),
    "a dtype with metadata in an encoding": (
        encoded(np.dtype("O", metadata={"vlen": str})),
        "drop_encoding",
        '["a"]',
    ),
    "a tree": (xr.DataTree.from_dict({"/": WEATHER}), "to_dict", ""),
    "a subclass": (Own(), "subclass of xarray.Dataset", ""),
    "an object in attrs": (xr.Dataset(attrs={"a": object()}), "object", '["a"]'),
}


@FAMILY.refuses(REFUSED, "value, names, path")
def test_what_can_not_be_kept_is_named_by_its_path(store, value, names, path):
    refuse(store, {"cv": value}, names=names, path='results["cv"]' + path)


VARIABLE, ARRAY, DATASET = 130, 131, 132


def items(*values: float) -> list:
    return array(np.array(values))


def variable(dims: tuple, data: object, attrs: object = None, encoding: object = None) -> list:
    return built(VARIABLE, dims, data, attrs, encoding)


def index(*labels: int, name: object = "x") -> list:
    return tree([50, None], name, [40, "<i8", len(labels), np.array(labels, "<i8").tobytes()])


def dataset(*named: object, indexes: tuple = (), attrs: object = None) -> list:
    return built(DATASET, attrs, None, indexes, *named)


ONE = variable(("x",), items(1))
TWO = variable(("x",), items(1, 2))
MADE = variable(("x",), None)
OVER = (("x", index(1, 2), None),)
HOSTILE = {
    "fewer names than axes": variable((), items(1)),
    "an index of a word": variable(("x",), (index(1), None, 1.5)),
    "data that is text": variable(("x",), "words"),
    "data that is a list": variable(("x",), tree([8, 1], 1)),
    "an index that is none": variable(("x",), (1, None, True)),
    "an index shown in a dtype unknown": variable(("x",), (index(1), "<q9", True)),
    "attrs that are a list": variable(("x",), items(1), tree([8, 0])),
    "an encoding of a dtype unknown": variable(("x",), items(1), None, (("dtype", True, "<q9"),)),
    "an encoding of several dtypes": variable(("x",), items(1), None, (("dtype", True, "f4,O"),)),
    "an encoding of a dtype of a dict": variable(
        ("x",), items(1), None, (("dtype", True, mapping(names=(), formats=())),)
    ),
    "an index shown in a dtype by another name": variable(("x",), (index(1), "int64", True)),
    "an encoding of pairs": variable(("x",), items(1), None, (("dtype", "f4"),)),
    "variables of two lengths": dataset("a", False, ONE, "b", False, TWO),
    "two variables of one name": dataset("a", False, ONE, "a", False, ONE),
    "a name that has no hash": dataset(tree([8, 0]), False, ONE),
    "a coordinate that is none": dataset("a", 1.5, ONE),
    "attrs of a dataset that are text": dataset(attrs="words"),
    "a variable without data": dataset("a", False, MADE),
    "an index over nothing": dataset(indexes=OVER),
    "an index over a variable of its own": dataset("x", True, TWO, indexes=OVER),
    "an index over what is no coordinate": dataset("x", False, MADE, indexes=OVER),
    "an index twice": dataset("x", True, MADE, indexes=OVER * 2),
    "an index of another length": dataset("x", True, MADE, "a", False, ONE, indexes=OVER),
    "an index along another axis": dataset(
        "x", True, variable(("y",), None), indexes=(("x", index(1, 2), None),)
    ),
    "an index of text": dataset("x", True, MADE, indexes=(("x", "words", None),)),
    "an array with a coordinate of another length": built(ARRAY, "n", ONE, (), "x", TWO),
    "an array with a coordinate of another axis": built(
        ARRAY, "n", ONE, (), "y", variable(("y",), items(1))
    ),
    "an array without data": built(ARRAY, "n", MADE, ()),
}


def test_what_is_forged_well_is_a_dataset():
    made = decode(manifest(*dataset("x", True, MADE, "a", False, TWO, indexes=OVER)), [], ())

    assert made.identical(xr.Dataset({"a": ("x", [1, 2])}, coords={"x": [1, 2]}))


@pytest.mark.parametrize("case", HOSTILE)
def test_a_forged_dataset_is_damage(case):
    with pytest.raises(stillroom.CorruptError):
        decode(manifest(*HOSTILE[case]), [], ())
