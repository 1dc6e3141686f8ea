"""str, bytes, bytearray and paths: every character, every byte, short and long."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from roundtrip import refuse, round_trip
from strict import assert_same
from support import Family, by_type

FAMILY = Family("Python", "text, bytes, paths")

LONG = 4096  # bytes from which on text leaves the manifest
VALUES = {
    "empty": "",
    "ascii": "forecast",
    "nul": "a\0b",
    "two bytes": "é",
    "three bytes": "€",
    "four bytes": "𝔘𝔫𝔦",
    "combining": "e\u0301",
    "right to left": "שלום",
    "line ends": "\r\n\u2028",
    "just short": "x" * (LONG - 1),
    "just long": "x" * LONG,
    "long": "forecast " * 100_000,
    "long, not ascii": "прогноз " * 50_000,
    "lone surrogate": "\ud800",
    "surrogates the wrong way round": "\udc00\ud800",
    "surrogate in long text": "x" * 10_000 + "\udfff",
    "pair of surrogates, apart": "\ud83d" + "\ude00",
    "no bytes": b"",
    "bytes": bytes(range(256)),
    "just short bytes": b"x" * (LONG - 1),
    "just long bytes": b"x" * LONG,
    "long bytes": bytes(range(256)) * 4_000,
    "empty bytearray": bytearray(),
    "bytearray": bytearray(b"abc"),
    "long bytearray": bytearray(b"abc") * 100_000,
    "path": Path("results/forecast.csv"),
    "absolute path": Path("/srv/results"),
    "empty path": Path(),
    "path with lone surrogate": Path("/srv/\udcff"),
    "pure posix path": PurePosixPath("a/b"),
    "pure windows path": PureWindowsPath(r"C:\results\forecast.csv"),
    "long path": PurePosixPath("a" * 10_000),
}


@FAMILY.keeps(by_type(VALUES))
def test_text_comes_back_character_by_character(store, value):
    assert_same(round_trip(store, value), value)


@pytest.mark.parametrize("case", VALUES)
def test_text_is_a_key_like_any_other(store, case: str):
    value = VALUES[case]
    if isinstance(value, bytearray):
        value = bytes(value)

    assert_same(round_trip(store, [{value: 1}, {value: 2}]), [{value: 1}, {value: 2}])


def test_a_bytearray_that_is_shared_stays_shared(store):
    shared = bytearray(b"abc")

    first, second = round_trip(store, [shared, shared])

    assert first is second


class Name(str):
    """A str, and more."""


class CustomPath(PurePosixPath):
    """A path, and more."""


def test_a_subclass_of_text_is_refused(store):
    refuse(store, {"names": [Name("a")]}, names="Name", path='results["names"][0]')
    refuse(store, {Name("a"): 1}, names="Name", path="results.keys()[0]")
    refuse(store, CustomPath("a"), names="CustomPath", path="results")
