"""Refusals: the class, what the message names, and the store byte for byte as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from objects import Model

import stillroom
from stillroom import InvalidError, StillroomError, TooLargeError, UnsupportedError

PAGE, KEY = "train_models", "forecast"
LONE = "\ud800"


def deep_list(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def cycle() -> dict:
    value: dict = {}
    value["self"] = [value]
    return value


REFUSED = {
    "empty page": (lambda store: store.save("", KEY, 1), InvalidError, "page is empty"),
    "empty key": (lambda store: store.save(PAGE, "", 1), InvalidError, "key is empty"),
    "page too long": (lambda store: store.save("é" * 257, KEY, 1), InvalidError, "page .* 514"),
    "key too long": (lambda store: store.save(PAGE, "k" * 513, 1), InvalidError, "key .* 513"),
    "control in page": (lambda store: store.save("a\nb", KEY, 1), InvalidError, "page .*control"),
    "control in key": (lambda store: store.save(PAGE, "a\0b", 1), InvalidError, "key .*control"),
    "surrogate in key": (lambda store: store.save(PAGE, LONE, 1), InvalidError, "key .*surrogate"),
    "key not text": (lambda store: store.save(PAGE, 1, 1), InvalidError, "key is not text: `int`"),
    "page not text": (lambda store: store.load(None, KEY), InvalidError, "page is not text"),
    "empty page in load": (lambda store: store.load("", KEY), InvalidError, "page is empty"),
    "empty page in results": (lambda store: store.results(""), InvalidError, "page is empty"),
    "empty key in history": (lambda store: store.history(PAGE, ""), InvalidError, "key is empty"),
    "empty key in delete": (lambda store: store.delete(PAGE, ""), InvalidError, "key is empty"),
    "label not text": (lambda s: s.save(PAGE, KEY, 1, label=1), InvalidError, "label is not text"),
    "version 0": (lambda s: s.load(PAGE, KEY, version=0), InvalidError, "version is not 1 or more"),
    "version True": (lambda s: s.load(PAGE, KEY, version=True), InvalidError, "version .*`bool`"),
    "version text": (lambda s: s.delete(PAGE, KEY, version="1"), InvalidError, "version .*`str`"),
    "version past u64": (lambda s: s.load(PAGE, KEY, version=2**64), InvalidError, "version"),
    "if_version -1": (lambda s: s.save(PAGE, KEY, 1, if_version=-1), InvalidError, "if_version"),
    "condition on another key": (
        lambda store: store.save_page(PAGE, {"a": 1}, if_versions={"b": 1}),
        InvalidError,
        "if_versions names a key that is not being saved: `b`",
    ),
    "keys as one text": (
        lambda store: store.load_page(PAGE, "forecast"),
        InvalidError,
        r"write keys=\['forecast'\]",
    ),
    "versions as one number": (
        lambda store: store.undelete(PAGE, KEY, 1),
        InvalidError,
        r"write versions=\[1\]",
    ),
    "version 0 among others": (
        lambda store: store.undelete(PAGE, KEY, [1, 0]),
        InvalidError,
        "versions is not 1 or more: `0`",
    ),
    "types as one class": (
        lambda store: store.load(PAGE, KEY, types=Model),
        InvalidError,
        r"write types=\[Model\]",
    ),
    "types of instances": (
        lambda store: store.page(PAGE, types=[Model(0.5)]),
        InvalidError,
        "types takes classes, not instances: `Model`",
    ),
    "owner not a UUID": (lambda store: store.as_owner("me"), InvalidError, "me"),
    "metadata too large": (
        lambda store: store.save(PAGE, KEY, 1, metadata=b"x" * 70_000),
        TooLargeError,
        "metadata",
    ),
    "10,000-deep list": (
        lambda store: store.save(PAGE, KEY, deep_list(10_000)),
        TooLargeError,
        r"1,?000.*\[0\]\[0\]",
    ),
    "deep metadata": (
        lambda store: store.save(PAGE, KEY, 1, metadata=deep_list(10_000)),
        TooLargeError,
        r"1,?000",
    ),
    "dict that holds itself": (
        lambda store: store.save(PAGE, KEY, cycle()),
        UnsupportedError,
        r'at .*\["self"\]\[0\]',
    ),
    "lambda": (lambda store: store.save(PAGE, KEY, lambda: 0), UnsupportedError, "lambda"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, store: stillroom.Store, store_path: Path, store_bytes):
    call, error, message = REFUSED[case]
    store.save(PAGE, KEY, "before")
    before = store_bytes(store_path)

    with pytest.raises(error, match=message) as raised:
        call(store)

    assert isinstance(raised.value, StillroomError)
    assert store_bytes(store_path) == before
