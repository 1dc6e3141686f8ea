"""Values kept in fewer bytes: the same values, whichever way they were saved and kept since."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strict import assert_same
from values import TYPES, anything

import stillroom
from stillroom import InvalidError

PAGE, KEY = "train_models", "forecast"
WAYS = ("none", "fast", "small")


def columns(seed: int = 0) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    rows = 50_000
    bits = draw.integers(0, 2**64, rows, dtype="uint64")
    return {
        "walk": np.cumsum(np.rint(draw.normal(0, 4000, rows))),
        "price": np.round(100 + np.cumsum(draw.normal(0, 0.02, rows)), 2),
        "power": (20 + draw.normal(0, 1, rows)).astype("float32"),
        "half": draw.normal(0, 1, rows).astype("float16"),
        "swapped": np.arange(rows, dtype=">i4"),
        "waves": np.exp(1j * np.arange(rows) / 100),
        "ids": np.arange(rows),
        "codes": draw.integers(0, 5, rows).astype("int8"),
        "flags": draw.random(rows) < 0.1,
        "times": (1_700_000_000 + np.arange(rows) * 60).astype("M8[s]"),
        "names": np.array([f"patient {n % 977}" for n in range(rows)]),
        # Not-a-numbers with something to say, infinities, zeros of both signs.
        "odd": bits.view("float64"),
        "nans": (bits | 0x7FF8_0000_0000_0000).view("float64"),
        "zeros": np.where(draw.random(rows) < 0.5, 0.0, -0.0),
    }


@pytest.fixture(params=WAYS)
def store(request: pytest.FixtureRequest, store_path: Path):
    with stillroom.open(
        store_path, compression=request.param, signing_key=[], types=TYPES
    ) as opened:
        yield opened


def test_every_sort_of_column_comes_back_to_the_bit(store):
    value = columns()

    store.save(PAGE, KEY, value)

    assert_same(store.load(PAGE, KEY), value)
    assert store.save(PAGE, KEY, value).unchanged
    assert store.verify().ok


def test_what_one_way_has_kept_all_others_load(store, store_path: Path):
    value = columns()
    store.save(PAGE, KEY, value)

    for way in (*WAYS, "auto"):
        with stillroom.open(store_path, compression=way) as other:
            assert_same(other.load(PAGE, KEY), value)


def test_fewer_bytes_are_kept_the_harder_it_tries(tmp_path: Path):
    bytes_of = {}
    for way in (*WAYS, "auto"):
        with stillroom.open(tmp_path / way, compression=way) as store:
            store.save(PAGE, KEY, columns())
            bytes_of[way] = store.usage().stored_bytes

    assert bytes_of["auto"] == bytes_of["none"]
    assert bytes_of["small"] < bytes_of["fast"] < bytes_of["none"] * 2 / 3


def test_models_are_kept_in_fewer_bytes_too(tmp_path: Path):
    class Model:
        def __init__(self) -> None:
            self.weights = np.round(np.linspace(0, 1, 100_000), 3)

    globals()["Model"] = Model
    Model.__qualname__ = "Model"
    with stillroom.open(tmp_path / "models", compression="small", types=[Model]) as store:
        store.save(PAGE, KEY, Model())

        assert (store.load(PAGE, KEY).weights == Model().weights).all()
        assert store.usage().stored_bytes < 800_000 / 2


def test_gc_compacts_old_versions_and_says_what_it_saved(store_path: Path):
    with stillroom.open(store_path) as store:
        for seed in range(6):
            store.save(PAGE, KEY, columns(seed))
        before = store.usage().stored_bytes
        told = []

        swept = store.gc(compact=True, progress=lambda done, total: told.append((done, total)))

        assert swept.saved_bytes == before - store.usage().stored_bytes
        assert swept.saved_bytes > before / 4
        assert told[-1][0] == told[-1][1] > 0
        for version in range(1, 7):
            assert_same(store.load(PAGE, KEY, version=version), columns(version - 1))
        assert store.gc(compact=True).saved_bytes == 0
        assert "saved by compacting" in swept._repr_html_()


def test_a_dry_run_does_not_compact(store_path: Path):
    with (
        stillroom.open(store_path) as store,
        pytest.raises(InvalidError, match="leave out dry_run"),
    ):
        store.gc(dry_run=True, compact=True)


@pytest.fixture(scope="module")
def stores():
    """One store for each way of keeping, for all cases."""
    opened = [
        stillroom.open("memory:", signing_key=[], types=TYPES, keep_versions=2, compression=way)
        for way in WAYS[1:]
    ]
    yield opened
    for store in opened:
        store.close()


# The same cases each time, as in test_property; long ones, since what is short is not coded.
@settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # of NumPy's own
@given(
    value=anything,
    words=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=40),
    width=st.sampled_from(["u1", "i2", "u4", "i8", "f2", "f4", "f8", "c16", "M8[ns]", "U2"]),
    times=st.integers(100, 3000),
)
def test_any_value_comes_back_the_same_however_it_is_kept(stores, value, words, width, times):
    long = np.frombuffer(np.array(words, dtype="uint64").tobytes() * 2, dtype="u1")
    if width == "U2":
        long = np.array([chr(65 + word % 60) * (word % 3) for word in words], dtype="U2")
    else:
        long = long.view(width)
    whole = {"value": value, "long": np.tile(long, times), "text": "".join(map(str, words)) * times}

    for store in stores:
        store.save("page", "key", whole)

        assert_same(store.load("page", "key"), whole)
        assert store.save("page", "key", whole).unchanged
