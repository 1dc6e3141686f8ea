"""A digest must tell values apart that differ in one thing, or it proves nothing."""

import copy
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

import arrivals
import forecasting
from digests import digest

DAYS = pd.date_range("2024-04-01", periods=3, freq="D", name="day")
FRAME = pd.DataFrame(
    {
        "count": pd.array([1, None, 3], dtype="Int64"),
        "weekday": pd.Categorical(["Mon", "Tue", "Mon"], categories=["Mon", "Tue"]),
        "guess": np.array([1.5, np.nan, -0.0], dtype="float32"),
    },
    index=DAYS.tz_localize("America/Santiago"),
)
OTHER_NAN = np.array([0x7FF8000000000001], dtype="uint64").view("float64")[0]


@dataclass
class Settings:
    trees: int


def fitted(alpha: float) -> Ridge:
    inputs = forecasting.features(arrivals.load_days("Puerto Montt"), 1).fillna(0.0)
    return Ridge(alpha).fit(inputs, inputs["lag_1"])


@pytest.fixture(autouse=True)
def probe_without_gaps(monkeypatch):
    """A bare Ridge refuses NaN, which the demo's own models do not."""
    rows = forecasting.features(arrivals.load_days("Puerto Montt"), 1).fillna(0.0).tail(30)
    monkeypatch.setattr("digests._probe", lambda: rows)


PAIRS = {
    "type of a number": (1, 1.0),
    "bool and int": (True, 1),
    "None and its name": (None, "None"),
    "sign of zero": (0.0, -0.0),
    "bits of a NaN": (np.float64("nan"), OTHER_NAN),
    "scalar dtype": (np.float64(1.5), np.float32(1.5)),
    "scalar and float": (np.float64(1.5), 1.5),
    "list and tuple": ([1, 2], (1, 2)),
    "nesting": ([[1], 2], [[1, 2]]),
    "order of a dict": ({("a", 1): 1, ("b", 1): 2}, {("b", 1): 2, ("a", 1): 1}),
    "member of a set": ({date(2024, 4, 1)}, {date(2024, 4, 2)}),
    "dtype of an array": (np.zeros(2, "int32"), np.zeros(2, "uint32")),
    "shape of an array": (np.zeros((2, 3)), np.zeros((3, 2))),
    "memory order": (np.zeros((2, 3)), np.zeros((2, 3), order="F")),
    "byte order": (np.zeros(2, "<i4"), np.zeros(2, ">i4")),
    "field of a dataclass": (Settings(1), Settings(2)),
    "frame value": (FRAME, FRAME.assign(count=pd.array([1, 0, 3], dtype="Int64"))),
    "missing or zero": (FRAME["count"], FRAME["count"].fillna(0)),
    "frame column order": (FRAME, FRAME[["weekday", "count", "guess"]]),
    "frame column dtype": (FRAME, FRAME.astype({"guess": "float64"})),
    "frame zone": (FRAME, FRAME.tz_convert("UTC")),
    "frame zero sign": (FRAME, FRAME.assign(guess=FRAME["guess"].abs())),
    "unused category": (FRAME, FRAME.assign(weekday=FRAME["weekday"].cat.add_categories("Wed"))),
    "ordered category": (FRAME, FRAME.assign(weekday=FRAME["weekday"].cat.as_ordered())),
    "index name": (FRAME, FRAME.rename_axis("date")),
    "index freq": (FRAME, FRAME.set_axis(FRAME.index._with_freq(None))),
    "series name": (FRAME["count"], FRAME["count"].rename("n")),
    "estimator": (fitted(1.0), fitted(1.000001)),
}


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_tells_apart(one, other):
    assert digest(one) != digest(other)


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_agrees_on_copies(one, other):
    for value in (one, other):
        assert digest(copy.deepcopy(value)) == digest(value)


def test_set_order_does_not_matter():
    assert digest({8, 0}) == digest({0, 8})


def test_refuses_what_it_has_no_rule_for():
    with pytest.raises(TypeError, match="no digest for bytes"):
        digest([b"x"])
