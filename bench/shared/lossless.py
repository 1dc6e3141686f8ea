"""Whether what a contender gives back is what it was given, judged as the tests judge stillroom."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from strict import assert_same

from .children import in_child
from .contender import Contender


def loss(contender: type[Contender], value: Any, scratch: Path) -> str | None:
    """What is lost of `value`, or None if nothing is: types, dtypes, order, zones, every bit."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        return in_child(lambda: _loss(contender, value, Path(folder)))


def _loss(contender: type[Contender], value: Any, folder: Path) -> str | None:
    try:
        opened = contender(folder)
        opened.save("value", value)
        opened.close()
        opened = contender(folder)
        loaded = opened.load("value")
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0].replace(str(folder), "…")
    try:
        assert_same(value, loaded)
    except AssertionError as error:
        return str(error).removeprefix("value").lstrip(": ").splitlines()[0]
    return None
