"""Whether a value is still the object that was saved, at no cost and without keeping it alive."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import numpy as np
import pandas as pd
import pytest

from stillroom.streamlit._session import Seen

VALUES = {
    "int": lambda: 10**9,
    "str": lambda: "text" * 9,
    "bytes": lambda: b"text" * 9,
    "tuple": lambda: (1, [2]),
    "list": lambda: [1, 2],
    "dict": lambda: {"a": 1},
    "set": lambda: {1, 2},
    "array": lambda: np.arange(5.0),
    "frame": lambda: pd.DataFrame({"a": [1, 2]}),
    "series": lambda: pd.Series([1, 2]),
    "object": lambda: Exception("any"),
}


@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES)
def test_same_object_is_still_that_one(make):
    value = make()

    assert Seen(value).is_still(value)


@pytest.mark.parametrize("make", [VALUES[name] for name in ("list", "dict", "array", "frame")])
def test_equal_copy_is_another_one(make):
    value = make()

    assert not Seen(value).is_still(copy.copy(value))


@pytest.mark.parametrize("make", [VALUES[name] for name in ("dict", "array", "frame")])
def test_value_computed_again_is_never_taken_for_the_one_that_is_gone(make):
    # By id alone a dict was taken for the old one 200 of 200 times, a frame 192 of 200.
    for _ in range(200):
        value = make()
        seen = Seen(value)
        del value

        assert not seen.is_still(make())


GROWN = {
    "list": ([1], lambda value: value.append(2)),
    "dict": ({"a": 1}, lambda value: value.update(b=2)),
    "frame": (pd.DataFrame({"a": [1]}), lambda value: value.insert(1, "b", [2])),
    "set": ({1}, lambda value: value.add(2)),
}


@pytest.mark.parametrize(("value", "grow"), GROWN.values(), ids=GROWN)
def test_value_of_another_size_is_changed(value, grow):
    seen = Seen(value)

    grow(value)

    assert not seen.is_still(value)


def test_large_values_are_not_kept_alive():
    value = np.zeros(10)
    alive = weakref.ref(value)
    seen = Seen(value)

    del value
    gc.collect()

    assert alive() is None
    assert not seen.is_still(None)


def test_nothing_of_another_process_is_still_that_one():
    seen = pickle.loads(pickle.dumps(Seen("text")))

    assert not seen.is_still("text")
    assert not seen.is_still(None)


def test_property_of_a_foreign_class_is_not_asked():
    class Slow:
        @property
        def shape(self):
            raise AssertionError("asked")

    value = Slow()

    assert Seen(value).is_still(value)
