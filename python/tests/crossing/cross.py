"""One side of a crossing: `cross.py write FOLDER`, then on the other side `cross.py read FOLDER`.

Run with the folder of the tests on the path. Reading prints the names of the
values that are not what they should be, and why, as JSON.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crossed import Refusal, to_find, to_write
from golden_words import TYPES
from objects import Model
from strict import Part, assert_same, compare

import stillroom

PAGE = "crossing"


@compare.register
def compare_model(a: Model, b: Model, path: str) -> Iterator[Part]:
    yield Part(f"{path}.weight", a.weight, b.weight)


def write(folder: Path) -> None:
    """Saves everything of this side, one result each."""
    with stillroom.open(folder, types=TYPES) as store:
        for name, value in to_write().items():
            store.save(PAGE, name, value)


def read(folder: Path) -> dict[str, str]:
    """What is wrong, by the names of the values; nothing when all is as it must be."""
    wanted = to_find()
    wrong = {}
    with stillroom.open(folder, types=TYPES) as store:
        stored = {record.key for record in store.results(PAGE)}
        for name in stored ^ wanted.keys():
            wrong[name] = "on one side alone"
        for name in sorted(stored & wanted.keys()):
            try:
                check(store, name, wanted[name])
            # How pytest says that nothing was raised is no Exception.
            except (Exception, pytest.fail.Exception):
                wrong[name] = traceback.format_exc(limit=2)
    return wrong


def check(store: stillroom.Store, name: str, wanted: Any) -> None:
    if isinstance(wanted, Refusal):
        with pytest.raises(wanted.error, match=wanted.words):
            store.load(PAGE, name)
    else:
        assert_same(store.load(PAGE, name), wanted)


if __name__ == "__main__":
    action, folder = sys.argv[1:]
    if action == "write":
        write(Path(folder))
    else:
        json.dump(read(Path(folder)), sys.stdout)
