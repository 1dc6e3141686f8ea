"""Several results at once: saved as one, read as one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from objects import Model

import stillroom
from stillroom import (
    ConflictError,
    CorruptError,
    DeniedError,
    NotFoundError,
    UnsupportedError,
    _core,
    _store,
)

PAGE = "train_models"


class Between:
    """A core that lets something happen between a listing and the loads that follow."""

    def __init__(self, core: _core.Core, happen) -> None:
        self._core = core
        self._happen = happen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def results(self, page: str | None) -> list[dict[str, Any]]:
        listed = self._core.results(page)
        self._happen()
        return listed


def test_a_set_is_saved_as_one_and_answered_by_key(store: stillroom.Store):
    receipts = store.save_page(PAGE, {"b": 1, "a": 2}, label="both", if_versions={"a": 0})

    assert list(receipts) == ["b", "a"]
    assert {receipt.label for receipt in receipts.values()} == {"both"}
    assert dict(store.load_page(PAGE)) == {"a": 2, "b": 1}


def test_an_empty_set_is_nothing_to_do(store: stillroom.Store):
    assert store.save_page(PAGE, {}) == {}


def test_one_value_that_cant_be_kept_keeps_the_whole_set_out(
    store: stillroom.Store, store_path: Path, store_bytes
):
    store.save(PAGE, "a", 1)
    before = store_bytes(store_path)

    with pytest.raises(UnsupportedError) as raised:
        store.save_page(PAGE, {"a": 2, "b": [lambda: 0]})

    assert raised.value.path == "b[0]"
    assert store_bytes(store_path) == before


def test_the_progress_of_a_set_counts_the_bytes_of_all_values(store: stillroom.Store):
    calls: list[tuple[int, int]] = []

    store.save_page(
        PAGE,
        {"a": os.urandom(1 << 20), "b": os.urandom(1 << 20)},
        progress=lambda *call: calls.append(call),
    )

    assert calls[-1][0] == calls[-1][1] >= 2 << 20


def test_an_error_of_the_progress_callback_keeps_the_whole_set_out(store: stillroom.Store):
    def fail(done: int, total: int) -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        store.save_page(PAGE, {"a": 1, "b": os.urandom(1 << 20)}, progress=fail)

    assert store.results() == []


@pytest.mark.parametrize("keys", [None, ["model", "b", "a"], ["a", "absent", "model"]])
def test_the_progress_of_a_page_ends_with_the_bytes_of_all_values(
    keys: list[str] | None, signed_store: stillroom.Store, store_path: Path
):
    values = {"a": bytes(100_000), "b": bytes(200_000), "c": 1, "model": Model(0.5)}
    receipts = signed_store.save_page(PAGE, values)
    total = sum(receipts[key].bytes for key in keys or values if key in receipts)
    calls: list[tuple[int, int]] = []
    without_key = stillroom.open(store_path, signing_key=[])

    loaded = without_key.load_page(PAGE, keys, progress=lambda *call: calls.append(call))

    assert len(loaded) < len(keys or values), "one that can't be loaded counts as well"
    assert {of for _, of in calls} == {total}
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})
    assert calls[-1] == (total, total)


def test_what_the_progress_of_a_page_raises_is_not_taken_for_a_damaged_value(
    store: stillroom.Store,
):
    stopped = CorruptError("raised by the app")

    def stop(done: int, total: int) -> None:
        raise stopped

    store.save(PAGE, "a", 1)

    with pytest.raises(CorruptError) as raised:
        store.load_page(PAGE, progress=stop)

    assert raised.value is stopped


def test_a_page_loads_with_its_versions(store: stillroom.Store):
    store.save_page(PAGE, {"a": 1, "b": 1})
    store.save(PAGE, "b", 2)
    store.save("another page", "c", 3)

    loaded = store.load_page(PAGE)

    assert dict(loaded) == {"a": 1, "b": 2}
    assert (loaded.versions, loaded.failed) == ({"a": 1, "b": 2}, {})


def test_a_key_that_is_not_there_fails_alone(store: stillroom.Store):
    store.save(PAGE, "a", 1)

    loaded = store.load_page(PAGE, ["z", "a"])

    assert dict(loaded) == {"a": 1}
    assert isinstance(loaded.failed["z"], NotFoundError)


def test_a_locked_result_fails_alone(store_path: Path):
    with stillroom.open(store_path, signing_key=_core.new_signing_key()) as store:
        store.save_page(PAGE, {"a": 1, "model": Model(0.5)})

    with stillroom.open(store_path, signing_key=_core.new_signing_key()) as store:
        loaded = store.load_page(PAGE)

    assert dict(loaded) == {"a": 1}
    assert isinstance(loaded.failed["model"], DeniedError)


def test_a_page_is_never_read_half_new(store_path: Path):
    with stillroom.open(store_path, signing_key=[], keep_versions=1) as store:
        store.save_page(PAGE, {"a": "old", "b": "old"})
        saves = iter([{"a": "new", "b": "new"}])
        happen = lambda: [store.save_page(PAGE, values) for values in saves]  # noqa: E731

        loaded = _store.Store(Between(store._core, happen), ()).load_page(PAGE)

    assert dict(loaded) == {"a": "new", "b": "new"}
    assert loaded.failed == {}


def test_one_failed_condition_keeps_the_whole_set_out(
    store: stillroom.Store, store_path: Path, store_bytes
):
    store.save(PAGE, "a", 1)
    before = store_bytes(store_path)

    with pytest.raises(ConflictError, match="train_models/a"):
        store.save_page(PAGE, {"a": 2, "b": 2}, if_versions={"a": 0})

    assert store_bytes(store_path) == before
