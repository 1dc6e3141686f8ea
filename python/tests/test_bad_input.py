"""Input that is odd or too large: what becomes of it is said, and never a quiet change.

Keys that equal no key or several, labels and metadata. Bytes that someone
else wrote are in `test_hostile.py`, what has no form in `test_refusals.py`.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from forge import manifest
from roundtrip import round_trip
from strict import assert_same

import stillroom
from stillroom._core import decode

NAN = float("nan")

# ---------------------------------------------------------------- NaN as a key


NAN_KEYS = {
    "one": {NAN: 1},
    "NumPy's": {np.nan: 1, "a": np.nan},
    "several": {NAN: 1, float("nan"): 2, float("nan"): 3},
    "with another sign": {NAN: 1, -float("nan"): 2},
    "in a tuple": {("fold", NAN): 1, ("fold", float("nan")): 2},
    "of NumPy's types": {np.float32("nan"): 1, np.float64("nan"): 2},
    "NaT and NA": {pd.NaT: 1, pd.NA: 2, np.datetime64("NaT", "s"): 3},
}


@pytest.mark.parametrize("value", NAN_KEYS.values(), ids=NAN_KEYS)
@pytest.mark.filterwarnings("ignore:.*datetime64.*:DeprecationWarning")
def test_nan_as_a_key_stays_a_key_of_its_own(store, value):
    assert_same(round_trip(store, value), value)


def test_a_nan_key_is_another_object_after_a_load(store):
    # Python finds a NaN by its identity alone, which no bytes can keep: such a dict is gone through.
    loaded = round_trip(store, {np.nan: 1})

    assert np.nan not in loaded
    assert [value for key, value in loaded.items() if key != key] == [1]


# ---------------------------------------------------------------- equal keys of different types

EQUAL = {
    "1": 1,
    "True": True,
    "1.0": 1.0,
    "1 of NumPy": np.int64(1),
    "1.0 of NumPy": np.float64(1),
    "True of NumPy": np.True_,
    "1+0j": 1 + 0j,
}


@pytest.mark.parametrize("key", EQUAL.values(), ids=EQUAL)
def test_a_key_keeps_the_type_it_came_with(store, key):
    assert_same(round_trip(store, {key: "value", "a": {key: 1}}), {key: "value", "a": {key: 1}})


def test_of_equal_keys_python_keeps_the_first_and_so_do_we(store):
    value: dict = {1: "one"}
    value[True] = "true"
    value[1.0] = "float"

    assert_same(round_trip(store, value), {1: "float"})


def test_equal_keys_in_different_dicts_stay_apart(store):
    value = [{1: "a"}, {True: "b"}, {1.0: "c"}, {(1, True): "d"}, {(True, 1.0): "e"}]

    assert_same(round_trip(store, value), value)


def test_equal_keys_that_no_dict_can_hold_are_damage():
    for keys in ((1, True), (1, 1.0), (True, 1.0), (0, False)):
        with pytest.raises(stillroom.CorruptError, match="equal"):
            decode(manifest([12, 2], keys[0], None, keys[1], None), [], ())


def test_equal_members_of_a_set_are_as_python_keeps_them(store):
    value = [{1, 2}, {True, 2}, {1.0, 2}, frozenset({np.int8(1)})]

    assert_same(round_trip(store, value), value)


def test_equal_labels_of_different_types_stay_apart(store):
    labels = np.array([1, True, 1.0, None], dtype=object)
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index(labels, dtype=object))

    assert_same(round_trip(store, frame), frame)


# ---------------------------------------------------------------- labels

MEGABYTE = "x" * 2**20


@pytest.mark.parametrize("label", [MEGABYTE, "é" * 513, "x" * 1025])
def test_a_label_of_a_megabyte_is_too_large_and_nothing_is_saved(
    store, store_path, store_bytes, label
):
    store.save("page", "key", "before")
    before = store_bytes(store_path)

    with pytest.raises(
        stillroom.TooLargeError, match=r"1024 bytes of the label; shorten it.*: \d+"
    ):
        store.save("page", "key", "after", label=label)

    assert store_bytes(store_path) == before


def test_a_label_up_to_the_limit_is_kept(store):
    store.save("page", "key", 1, label="x" * 1024)

    assert store.history("page", "key")[0].label == "x" * 1024


# ---------------------------------------------------------------- metadata

METADATA = {
    "NaN": {"rmse": NAN},
    "infinities": [float("inf"), -float("inf"), -0.0],
    "NumPy scalars": {
        "rmse": np.float32(0.1),
        "n": np.int64(3),
        "ok": np.True_,
        "nan": np.float64("nan"),
        "when": np.datetime64("2024-01-01"),
        "name": np.str_("ridge"),
    },
    "an array": {"weights": np.arange(3.0)},
    "pandas scalars": [pd.Timestamp(0, tz="UTC"), pd.NaT, pd.NA, pd.Period("2024", freq="Y")],
    "keys of any kind": {1: "a", (1, None): "b", NAN: "c", dt.date(2024, 1, 1): "d"},
    "a small frame": pd.DataFrame({"a": [1, 2]}),
}


@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA)
def test_metadata_is_kept_as_exactly_as_a_value(store, metadata):
    store.save("page", "key", 1, metadata=metadata)

    assert_same(store.history("page", "key")[0].metadata, metadata)


def test_metadata_of_an_object_is_refused_where_it_stands(store):
    with pytest.raises(stillroom.UnsupportedError) as caught:
        store.save("page", "key", 1, metadata={"by": [object()]})

    assert caught.value.path == 'metadata["by"][0]'
    assert store.results() == []
