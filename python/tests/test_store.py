"""The store from Python: what each call promises, and what it refuses."""

from __future__ import annotations

import doctest
import inspect
import json
import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import stillroom
from stillroom import (
    ConflictError,
    NotFoundError,
    StillroomError,
    _care,
    _errors,
    _html,
    _open,
    _page,
    _page_load,
    _records,
    _store,
    _upkeep,
)

PAGE, KEY = "train_models", "forecast"


# Saving and loading.


def test_what_was_saved_comes_back_after_a_restart(store_path: Path):
    value = {"rmse": 1.21, (1, "tuple"): [None, True, b"bytes", -0.0]}
    with stillroom.open(store_path) as store:
        store.save(PAGE, KEY, value)

    with stillroom.open(store_path) as store:
        loaded = store.load(PAGE, KEY)

    assert repr(loaded) == repr(value)


def test_a_load_gives_a_new_object_each_time(store: stillroom.Store):
    store.save(PAGE, KEY, [1])

    store.load(PAGE, KEY).append(2)

    assert store.load(PAGE, KEY) == [1]


def test_each_save_is_the_next_version(store: stillroom.Store):
    versions = [store.save(PAGE, KEY, value).version for value in ("a", "b", "a")]

    assert versions == [1, 2, 3]
    assert [store.load(PAGE, KEY, version=version) for version in (1, 2, 3)] == ["a", "b", "a"]


def test_an_unchanged_save_makes_no_version_but_keeps_its_label(store: stillroom.Store):
    store.save(PAGE, KEY, [1.0], label="first")
    receipt = store.save(PAGE, KEY, [1.0], label="second", metadata={"rmse": 1.2})

    assert (receipt.version, receipt.unchanged, receipt.new_bytes) == (1, True, 0)
    (record,) = store.history(PAGE, KEY)
    assert (record.label, record.metadata) == ("second", {"rmse": 1.2})


def test_a_receipt_is_the_record_that_is_listed(store: stillroom.Store):
    receipt = store.save(PAGE, KEY, [1, 2, 3], label="odd", metadata={"odd": (1, 2)})

    (record,) = store.results()
    for name in ("page", "key", "version", "digest", "kind", "shape", "label", "metadata"):
        assert getattr(record, name) == getattr(receipt, name), name
    assert record.kind == "list"
    assert record.created_at.utcoffset().total_seconds() == 0


def test_a_stored_none_is_not_absence(store: stillroom.Store):
    store.save(PAGE, KEY, None)

    assert store.load(PAGE, KEY, default="absent") is None
    assert store.load(PAGE, "other", default="absent") == "absent"
    assert store.load(PAGE, KEY, version=2, default=None) is None
    with pytest.raises(NotFoundError, match="train_models/other"):
        store.load(PAGE, "other")


def test_progress_ends_with_all_bytes_done(store: stillroom.Store):
    calls: list[tuple[int, int]] = []

    store.save(PAGE, KEY, os.urandom(3 << 20), progress=lambda *call: calls.append(call))

    done = [done for done, _ in calls]
    assert done == sorted(done)
    assert calls[-1][0] == calls[-1][1] >= 3 << 20


def test_an_error_of_the_progress_callback_stops_the_save(store: stillroom.Store):
    def fail(done: int, total: int) -> None:
        raise RuntimeError("the tab is gone")

    with pytest.raises(RuntimeError, match="the tab is gone"):
        store.save(PAGE, KEY, os.urandom(3 << 20), progress=fail)

    assert store.results() == []


def test_the_progress_of_a_load_ends_with_all_bytes_read(store: stillroom.Store):
    saved = store.save(PAGE, KEY, os.urandom(3 << 20))
    calls: list[tuple[int, int]] = []

    store.load(PAGE, KEY, progress=lambda *call: calls.append(call))

    assert calls[-1] == (saved.bytes, saved.bytes)


def test_an_error_of_the_progress_callback_stops_the_load(store: stillroom.Store):
    def fail(done: int, total: int) -> None:
        raise RuntimeError("the tab is gone")

    store.save(PAGE, KEY, 1)

    with pytest.raises(RuntimeError, match="the tab is gone"):
        store.load(PAGE, KEY, progress=fail)


# Conditions.


@pytest.mark.parametrize(
    ("saved", "if_version", "passes"),
    [
        (0, None, True),
        (0, 0, True),
        (0, 1, False),
        (1, None, True),
        (1, 0, False),
        (1, 1, True),
        (1, 2, False),
        (2, 1, False),
        (2, 2, True),
    ],
)
def test_a_save_with_a_condition(
    store: stillroom.Store, saved: int, if_version: int | None, passes: bool
):
    for number in range(saved):
        store.save(PAGE, KEY, number)

    if passes:
        assert store.save(PAGE, KEY, "mine", if_version=if_version).version == saved + 1
    else:
        with pytest.raises(ConflictError, match="train_models/forecast"):
            store.save(PAGE, KEY, "mine", if_version=if_version)
        assert len(store.history(PAGE, KEY)) == saved


# Listings and deletion.


def test_results_are_listed_by_page_and_key(store: stillroom.Store):
    for page, key in (("b", "2"), ("a", "1"), ("b", "1")):
        store.save(page, key, 0)

    assert [(one.page, one.key) for one in store.results()] == [("a", "1"), ("b", "1"), ("b", "2")]
    assert [one.key for one in store.results("b")] == ["1", "2"]
    assert store.results("c") == []


def test_history_is_newest_first_and_as_long_as_keep_versions(store_path: Path):
    with stillroom.open(store_path, keep_versions=2) as store:
        for number in range(4):
            store.save(PAGE, KEY, number)

        assert [record.version for record in store.history(PAGE, KEY)] == [4, 3]
        assert store.history(PAGE, "other") == []
        with pytest.raises(NotFoundError, match="version 2"):
            store.load(PAGE, KEY, version=2)


def test_all_versions_stay_when_none_are_to_go(store_path: Path):
    with stillroom.open(store_path, keep_versions=None) as store:
        for number in range(25):
            store.save(PAGE, KEY, number)

        assert len(store.history(PAGE, KEY)) == 25


def test_a_deleted_result_is_gone_and_its_numbers_are_not_reused(store: stillroom.Store):
    for value in ("a", "b"):
        store.save(PAGE, KEY, value)

    deleted = store.delete(PAGE, KEY)

    assert (deleted.key, deleted.versions) == (KEY, (2, 1))
    assert store.results() == []
    with pytest.raises(NotFoundError):
        store.delete(PAGE, KEY)
    assert store.save(PAGE, KEY, "c").version == 3


def test_deleting_the_newest_version_brings_back_the_one_before(store: stillroom.Store):
    for value in ("a", "b"):
        store.save(PAGE, KEY, value)

    assert store.delete(PAGE, KEY, version=2).versions == (2,)

    assert store.load(PAGE, KEY) == "a"


def test_usage_counts_results_versions_and_bytes(store: stillroom.Store):
    for value in (b"a" * 5000, b"b" * 5000):
        store.save(PAGE, KEY, value)

    usage = store.usage()

    assert (usage.results, usage.versions) == (1, 2)
    assert usage.value_bytes >= 10_000
    assert usage.stored_bytes > 0


# Checking.


def test_a_check_names_every_part_that_cant_be_kept(store: stillroom.Store):
    check = store.check({"good": 1, "cv": [0, lambda: 0], "gen": (x for x in ())})

    assert not check.ok
    assert [problem.path for problem in check.problems] == ['value["cv"][1]', 'value["gen"]']


def test_a_check_says_how_large_each_part_is(store: stillroom.Store):
    value = {"large": b"x" * 100_000, "inside": {"large": b"x" * 70_000}, "small": b"x"}

    sizes = {part.path: part.bytes for part in store.check(value).parts}

    assert [round(size, -3) for size in sizes.values()] == [100_000, 70_000, 0]
    assert list(sizes) == [f'value["{key}"]' for key in value]
    assert store.check(value).bytes == pytest.approx(store.save(PAGE, KEY, value).bytes, rel=0.01)


def test_a_check_writes_nothing(store: stillroom.Store, store_path: Path, store_bytes):
    before = store_bytes(store_path)

    assert store.check({"rmse": 1.21, "array": bytes(100_000)}).ok

    assert store_bytes(store_path) == before


# One store, many hands.


def test_a_closed_store_says_so_and_closes_again(store: stillroom.Store):
    store.save(PAGE, KEY, 1)
    store.close()
    store.close()

    with pytest.raises(StillroomError, match="closed"):
        store.load(PAGE, KEY)


def test_threads_share_a_store(store: stillroom.Store):
    def save(number: int) -> int:
        store.save(PAGE, str(number), number)
        return store.load(PAGE, str(number))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(save, range(64))) == list(range(64))
    assert len(store.results(PAGE)) == 64


# Provenance.


def test_provenance_names_versions_of_what_is_imported_and_nothing_else(run_python, tmp_path):
    script = """
import json, sys, types, stillroom
sys.modules["sklearn"] = types.SimpleNamespace(__version__="1.9.1")
store = stillroom.open("memory:")
store.save("p", "k", 1)
print(json.dumps(store.results()[0].provenance))
"""
    provenance = json.loads(run_python(script, cwd=tmp_path))

    assert provenance == {
        "stillroom": stillroom.__version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "libraries": {"scikit-learn": "1.9.1"},
    }


# Documentation.


@pytest.mark.parametrize(
    "module",
    [stillroom, _care, _errors, _html, _open, _page, _page_load, _records, _store, _upkeep],
    ids=lambda module: module.__name__,
)
def test_examples_run(module):
    assert doctest.testmod(module, extraglobs={"stillroom": stillroom}).failed == 0


@pytest.mark.parametrize(
    "name", [name for name, _ in inspect.getmembers(stillroom.Store, inspect.isfunction)]
)
def test_each_method_is_documented(name: str):
    method = getattr(stillroom.Store, name)
    if name.startswith("_"):
        return

    text, signature = inspect.getdoc(method), inspect.signature(method)
    for parameter in list(signature.parameters)[1:]:
        assert parameter in text, parameter
    assert signature.return_annotation == "None" or "Returns\n-------" in text
