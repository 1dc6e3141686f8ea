"""A user can write any bytes into their own rows: loading them runs, imports and opens nothing.

Every manifest here is sealed and stored as a real one would be (`forge.py`);
what stands between it and the process is the reader alone.
"""

import builtins
import contextlib
import pickle
import random
import sys
import uuid
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from forge import Row, cbor, manifest
from objects import Model, Ran, happened
from test_class import CLASSES, Point, RunConfig

import stillroom
from stillroom import CorruptError, DeniedError, InvalidError, TooLargeError, UnsupportedError
from stillroom._core import decode, encode

# The nodes of docs/format.md that are named here.
SHARED, KEY, LIST, TUPLE, SET, DICT, DEFAULT_DICT = 0, 1, 8, 9, 10, 12, 14
RANGE, DECIMAL, FRACTION, UUID, DATE, ZONE = 16, 18, 19, 20, 22, 26
DATACLASS, NAMED_TUPLE, ENUM, OPAQUE, ARRAY = 27, 28, 29, 30, 33

MODULE = RunConfig.__module__


@pytest.fixture
def load_forged(store, store_path):
    """Loads what another manifest says in place of an honest one."""

    def load(root: bytes, signature: bytes | None = None) -> Any:
        store.save("page", "key", "honest")
        Row(store_path).forge(root, signature)
        return store.load("page", "key", types=CLASSES)

    return load


def test_a_forged_row_is_read_when_it_is_well_formed(load_forged):
    # Were the seal wrong, every case below would pass for the wrong reason.
    assert load_forged(manifest([LIST, 2], 1, [TUPLE, 0])) == [1, ()]


HOSTILE = {
    "list within itself": (manifest([LIST, 1], [SHARED, 0], shared=[0]), CorruptError, "damaged"),
    "shared node that is not there": (manifest([LIST, 1], [SHARED, 7], shared=[7]), CorruptError, "damaged"),
    "count beyond the bytes": (manifest([LIST, 2**60]), CorruptError, "more items than bytes"),
    "10,000 deep": (manifest(*[[LIST, 1]] * 10_000, None), TooLargeError, "depth"),
    "keys that are equal": (manifest([DICT, 2], 1, "a", 1.0, "b"), CorruptError, "equal"),
    "members that are equal": (manifest([SET, 2], 1, 1.0), CorruptError, "equal"),
    "key that can't be one": (manifest([DICT, 1], [LIST, 0], 1), CorruptError, "rebuilt"),
    "member that can't be one": (manifest([SET, 1], [LIST, 0]), CorruptError, "rebuilt"),
    "factory that is a function": (manifest([DEFAULT_DICT, "eval", 0]), CorruptError, "factory"),
    "range without step": (manifest([RANGE], 0, 1, 0), CorruptError, "rebuilt"),
    "fraction over nothing": (manifest([FRACTION], 1, 0), CorruptError, "rebuilt"),
    "decimal of words": (manifest([DECIMAL], "one"), CorruptError, "rebuilt"),
    "uuid of a safety unknown": (manifest([UUID, b"u" * 16, 5]), CorruptError, "rebuilt"),
    "day that never was": (manifest([DATE, 2023, 2, 29]), CorruptError, "damaged|rebuilt"),
    "zone that is a path": (manifest([ZONE, 2, "../../../etc/passwd"]), CorruptError, "time zone"),
    "zone that is an absolute path": (manifest([ZONE, 2, "/etc/passwd"]), CorruptError, "time zone"),
    "zone that is a module": (manifest([ZONE, 2, "antigravity/__init__.py"]), CorruptError, "time zone"),
    "zone that is nowhere": (manifest([ZONE, 2, "Nowhere/Nothing"]), InvalidError, "Nowhere/Nothing"),
    "function as a class": (manifest([ENUM, "os", "system", ["x"]]), InvalidError, r"os\.system"),
    "class of the standard library": (
        manifest([DATACLASS, "subprocess", "Popen", 1], [KEY, "args"], "true"),
        InvalidError,
        r"subprocess\.Popen",
    ),
    "module that is not imported": (
        manifest([DATACLASS, "antigravity", "Fly", 0]),
        InvalidError,
        r"antigravity\.Fly",
    ),
    "built-in as a dataclass": (manifest([DATACLASS, "builtins", "dict", 0]), InvalidError, "builtins.dict"),
    "name with dots that lead on": (
        manifest([DATACLASS, "__main__", "__builtins__.eval", 0]),
        InvalidError,
        "eval",
    ),
    "attributes of the object's own": (
        manifest([DATACLASS, MODULE, "RunConfig", 3], [KEY, "model"], 1, [KEY, "__class__"], 2, [KEY, "__dict__"], 3),
        InvalidError,
        "gone: __class__, __dict__",
    ),
    "the same field twice": (
        manifest([DATACLASS, MODULE, "RunConfig", 3], [KEY, "model"], 1, [KEY, 0], 2, [KEY, "tags"], 3),
        InvalidError,
        "new: horizon",
    ),
    "namedtuple as a dataclass": (
        manifest([DATACLASS, MODULE, "Point", 2], [KEY, "x"], 1.0, [KEY, "y"], 2.0),
        InvalidError,
        "another kind",
    ),
    "member of an enum by two names": (
        manifest([ENUM, MODULE, "Model", ["RIDGE", "FOREST"]]),
        CorruptError,
        "several names",
    ),
    "member that is an attribute": (
        manifest([ENUM, MODULE, "Model", ["__class__"]]),
        InvalidError,
        "no such member",
    ),
    "newer format": (manifest(None).replace(cbor("stillroom") + b"\1", cbor("stillroom") + b"\7"),
                     UnsupportedError, "version 7"),
    "nothing": (b"", CorruptError, "damaged"),
    "not a manifest": (cbor([1, 2, 3]), CorruptError, "damaged"),
    "a value cut short": (manifest([LIST, 2], 1), CorruptError, "damaged"),
    "a value and more": (manifest(1, 2), CorruptError, "damaged"),
    "array of objects": (manifest([ARRAY, "|O8", [1], False, True, b"\1" * 8]), CorruptError, "dtype"),
    "array larger than its bytes": (manifest([ARRAY, "<f8", [2**40], False, True, b""]), CorruptError, "damaged"),
    "array of a shape no memory holds": (
        manifest([ARRAY, "<f8", [2**62, 2**62, 0], False, True, b""]),
        CorruptError,
        "damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_manifest_is_an_error_of_its_own_kind(load_forged, monkeypatch, case: str):
    root, error, message = HOSTILE[case]
    opened: list[str] = []
    monkeypatch.setattr(builtins, "open", lambda *args, **_: opened.append(args))
    before = set(sys.modules)

    with pytest.raises(error, match=message):
        load_forged(root)

    assert not opened
    assert not [
        name for name in set(sys.modules) - before if not name.startswith(("zoneinfo", "tzdata"))
    ]


def test_values_are_made_of_fields_alone(load_forged):
    loaded = load_forged(
        manifest([NAMED_TUPLE, MODULE, "Point", 2], [KEY, "y"], 2.0, [KEY, "x"], [LIST, 0])
    )

    assert loaded == Point([], 2.0)  # type: ignore[arg-type]


# ------------------------------------------------------------------ pickles


def opaque(payload: bytes) -> bytes:
    return manifest([OPAQUE, "objects", "Model", payload, [], ["numpy", "1.0"]])


HARMFUL = pickle.dumps(Ran())


@pytest.fixture
def keyed(signed_store):
    """A store that holds a key, and has signed one object with it."""
    signed_store.save("page", "signed", Model(0.5))
    signed_store.save("page", "key", "honest")
    return signed_store


def signatures(keyed, store_path) -> dict[str, bytes | None]:
    honest = Row(store_path, key="signed").signature
    assert honest is not None
    return {
        "none": None,
        "made up": b"\0" * 40,
        "the key's id and no more": honest[:8] + b"\0" * 32,
        "another object's": honest,
    }


@pytest.mark.parametrize(
    "which", ["none", "made up", "the key's id and no more", "another object's"]
)
def test_a_pickle_that_this_app_did_not_sign_is_not_opened(keyed, store_path, which: str):
    Row(store_path).forge(opaque(HARMFUL), signatures(keyed, store_path)[which])
    happened.clear()

    with pytest.raises(DeniedError, match=r"objects\.Model can't be opened here"):
        keyed.load("page", "key")

    assert happened == []
    assert pickle.loads(HARMFUL) is None
    assert happened == ["unpickled"], "the pickle is harmless, and proves nothing"


def test_an_object_copied_from_another_owner_is_not_opened(keyed, store_path):
    thief = uuid.uuid4()
    row = Row(store_path, key="signed")
    row.give_to(thief)

    with pytest.raises(DeniedError, match="another app, key or owner"):
        keyed.as_owner(thief).load("page", "signed")

    row.give_to(uuid.UUID(keyed.owner))
    assert keyed.load("page", "signed").weight == 0.5


def test_what_was_denied_stays(keyed, store_path):
    row = Row(store_path)
    row.forge(opaque(HARMFUL))

    with pytest.raises(DeniedError):
        keyed.load("page", "key")

    assert row.root == opaque(HARMFUL)
    assert [record.key for record in keyed.results()] == ["key", "signed"]


# ------------------------------------------------------------------ noise


def honest_values() -> dict[str, Any]:
    """Small values of many families: their manifests are what is spoilt."""
    index = pd.date_range("2024-01-01", periods=3, tz="Europe/Paris", name="when")
    frame = pd.DataFrame(
        {"a": [1, 2, 3], "b": ["x", None, "z"], "c": pd.Categorical(list("aba"))}, index=index
    )
    frame["d"] = pd.array([1, None, 3], dtype="Int64")
    levels = pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["a", None])
    fields = np.zeros(2, np.dtype([("a", "i1"), ("b", "f8", (2,))], align=True))
    return {
        "containers": [1, {"a": (2.5, None), "b": {1, 2}}, "text", RunConfig("m"), Point(1.0)],
        "array": np.arange(6, dtype=">i2").reshape(2, 3),
        "frame": frame,
        "series": frame["b"],
        "moments": [
            pd.Timestamp("2024-01-01", tz="UTC"),
            pd.Timedelta("1s"),
            pd.NaT,
            np.float32(1),
        ],
        "array of objects": np.array([["a", 1], [None, [2]]], dtype=object),
        "fields": [fields, fields[0], fields.view(np.recarray)],
        "masked": np.ma.array([1.5, 2.5], mask=[True, False], fill_value=-1.0),
        "masked fields": np.ma.array(fields, mask=[(True, False), (False, True)]),
        "periods": [pd.period_range("2024", periods=3, freq="M"), pd.Period("2024", freq="Q")],
        "intervals": [pd.interval_range(0, 3, closed="both"), pd.Interval(0, 1.5)],
        "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 7, 0, 8])),
        "levels": pd.DataFrame(np.zeros((4, 4)), index=levels, columns=levels),
        "offsets": [pd.offsets.MonthEnd(3), "and a text that may be any other"],
    }


def spoilt(honest: bytes, rng: random.Random) -> bytes:
    """A manifest with some of its bytes changed, to what is often something else of the format."""
    changed = bytearray(honest)
    for _ in range(rng.randint(1, 3)):
        changed[rng.randrange(13, len(changed))] = rng.choice((rng.randrange(256), 0, 0xF6, 0x60))
    return bytes(changed)


@pytest.mark.parametrize("which", ["containers", "frame"])
@pytest.mark.filterwarnings("ignore")
def test_a_spoilt_manifest_in_a_store_is_a_value_or_an_error_of_ours(store_path, which: str):
    store = stillroom.open(store_path, signing_key=[], types=CLASSES)
    store.save("page", "key", honest_values()[which])
    row, rng = Row(store_path), random.Random(which)
    honest = row.root

    for _ in range(100):
        row.forge(spoilt(honest, rng))
        with contextlib.suppress(stillroom.StillroomError):
            store.check(store.load("page", "key"))


@pytest.mark.parametrize("which", honest_values())
@pytest.mark.filterwarnings("ignore")
def test_a_spoilt_manifest_is_a_value_or_an_error_of_ours(store, which: str):
    honest, blobs = encode(honest_values()[which])
    rng = random.Random(which)
    outcomes = {"value": 0, "error": 0}

    for _ in range(1_000):
        try:
            store.check(decode(spoilt(honest, rng), blobs, CLASSES))
            outcomes["value"] += 1
        except stillroom.StillroomError:
            outcomes["error"] += 1

    assert min(outcomes.values()) > 0, outcomes


def test_nothing_here_warns_of_what_it_loaded(load_forged):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_forged(manifest("plain")) == "plain"
