"""Looking after what is stored: labels, pins, going back, moving, deleting, checking, taking elsewhere."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from objects import Model

import stillroom
from stillroom import (
    ConflictError,
    CorruptError,
    DeniedError,
    InvalidError,
    NotFoundError,
    Store,
    UnsupportedError,
    _core,
)

PAGE, KEY = "train_models", "metrics"


@pytest.fixture(params=["memory", "local"])
def any_store(request: pytest.FixtureRequest, store_path: Path) -> Iterator[Store]:
    """A store of each kind; what is promised here is promised by all."""
    with stillroom.open("memory:" if request.param == "memory" else store_path) as opened:
        yield opened


def versions(store: Store, key: str = KEY) -> list[int]:
    return [record.version for record in store.history(PAGE, key)]


def test_update_changes_what_is_named_and_nothing_else(any_store: Store):
    any_store.save(PAGE, KEY, 1, label="first", metadata={"n": np.int64(3)})

    pinned = any_store.update(PAGE, KEY, pinned=True)
    bare = any_store.update(PAGE, KEY, label=None, metadata=None)

    assert (pinned.label, pinned.metadata, pinned.pinned) == ("first", {"n": 3}, True)
    assert (bare.label, bare.metadata, bare.pinned) == (None, None, True)
    assert any_store.load(PAGE, KEY) == 1


@pytest.mark.parametrize("ttl", [timedelta(hours=1), 3600, 3600.0, np.float64(3600)])
def test_a_version_is_kept_for_as_long_as_it_was_given(any_store: Store, ttl: Any):
    receipt = any_store.save(PAGE, KEY, 1, ttl=ttl)

    assert receipt.expires_at is not None
    assert receipt.expires_at - receipt.created_at == timedelta(hours=1)
    assert any_store.update(PAGE, KEY, ttl=None).expires_at is None


def test_what_has_expired_is_gone(any_store: Store):
    any_store.save(PAGE, KEY, 1, ttl=timedelta(microseconds=1))

    with pytest.raises(NotFoundError):
        any_store.load(PAGE, KEY)


@pytest.mark.parametrize("ttl", [0, -1, timedelta(0), float("nan"), 1e300, True, "1h"])
def test_no_length_of_time_is_refused(any_store: Store, ttl: Any):
    with pytest.raises(InvalidError, match="ttl"):
        any_store.save(PAGE, KEY, 1, ttl=ttl)
    assert any_store.results() == []


def test_a_pinned_version_outlives_any_number_of_newer_ones(store_path: Path):
    with stillroom.open(store_path, keep_versions=2) as store:
        store.save(PAGE, KEY, 0, pin=True)
        for value in range(1, 6):
            store.save(PAGE, KEY, value)

        assert versions(store) == [6, 5, 1]
        assert store.load(PAGE, KEY, version=1) == 0


def test_an_unchanged_save_pins_the_version_that_is_there(any_store: Store):
    any_store.save(PAGE, KEY, 1)

    receipt = any_store.save(PAGE, KEY, 1, pin=True, ttl=60)

    assert (receipt.unchanged, receipt.version, receipt.pinned) == (True, 1, True)
    assert receipt.expires_at is not None


def test_rollback_makes_an_older_version_the_newest(any_store: Store):
    frame = pd.DataFrame({"x": np.arange(100_000.0)})
    any_store.save(PAGE, KEY, frame, label="good")
    any_store.save(PAGE, KEY, "spoilt")
    before = any_store.usage().stored_bytes

    receipt = any_store.rollback(PAGE, KEY, 1)

    pd.testing.assert_frame_equal(any_store.load(PAGE, KEY), frame)
    assert (receipt.version, receipt.label, receipt.unchanged) == (3, "good", False)
    assert any_store.usage().stored_bytes == before
    assert versions(any_store) == [3, 2, 1]
    with pytest.raises(NotFoundError):
        any_store.rollback(PAGE, KEY, 7)


def test_rollback_keeps_python_objects_openable(signed_store: Store):
    signed_store.save(PAGE, KEY, Model(2.0))
    signed_store.save(PAGE, KEY, None)
    signed_store.rollback(PAGE, KEY, 1)

    assert signed_store.load(PAGE, KEY).weight == 2.0


def test_rename_moves_a_result_with_its_history(any_store: Store):
    for value in (1, 2):
        any_store.save(PAGE, KEY, value)

    moved = any_store.rename(PAGE, KEY, page_to="models", key_to="scores")

    assert (moved.page, moved.key, moved.version) == ("models", "scores", 2)
    assert any_store.load("models", "scores", version=1) == 1
    assert KEY not in any_store.page(PAGE)
    assert any_store.save(PAGE, KEY, 3).version == 3


def test_rename_takes_no_place_of_another(any_store: Store):
    any_store.save_page(PAGE, {KEY: 1, "taken": 2})

    with pytest.raises(ConflictError):
        any_store.rename(PAGE, KEY, key_to="taken")
    with pytest.raises(InvalidError):
        any_store.rename(PAGE, KEY)
    with pytest.raises(NotFoundError):
        any_store.rename(PAGE, "nothing", key_to="taken")

    assert dict(any_store.load_page(PAGE)) == {KEY: 1, "taken": 2}


def test_undo_brings_back_what_was_deleted(any_store: Store):
    for value in (1, 2, 3):
        any_store.save(PAGE, KEY, value)

    one = any_store.delete(PAGE, KEY, version=2)
    rest = any_store.delete(PAGE, KEY)
    assert (one.versions, rest.versions) == ((2,), (3, 1))

    rest.undo()
    assert versions(any_store) == [3, 1]
    one.undo()
    assert versions(any_store) == [3, 2, 1]
    one.undo()
    assert any_store.load(PAGE, KEY, version=2) == 2


def test_a_delete_is_taken_back_by_what_was_noted_of_it(any_store: Store):
    for value in (1, 2, 3):
        any_store.save(PAGE, KEY, value)
    noted = pickle.dumps(any_store.delete(PAGE, KEY).versions)
    any_store.save(PAGE, KEY, 4)

    any_store.undelete(PAGE, KEY, pickle.loads(noted))

    assert versions(any_store) == [4, 3, 2, 1]
    with pytest.raises(NotFoundError):
        any_store.undelete(PAGE, KEY, [9])


def test_what_gc_erased_does_not_come_back(any_store: Store):
    any_store.save(PAGE, KEY, np.random.default_rng(1).random(50_000))
    any_store.save(PAGE, "other", 1)
    deleted = any_store.delete(PAGE, KEY)

    seen = any_store.gc(dry_run=True)
    swept = any_store.gc()

    assert (swept.versions, swept.blobs > 0, swept.blob_bytes >= 400_000) == (1, True, True)
    assert (seen.versions, seen.blobs, seen.blob_bytes) == (1, swept.blobs, swept.blob_bytes)
    with pytest.raises(NotFoundError):
        deleted.undo()
    assert any_store.load(PAGE, "other") == 1
    assert any_store.gc().versions == 0


def test_diff_says_what_changed_and_where(any_store: Store):
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]})
    any_store.save(PAGE, KEY, {"rmse": 1.21, "n": 30, "frame": frame})
    any_store.save(
        PAGE, KEY, {"rmse": 1.18, "n": 30, "frame": frame.assign(x=[1.0, 3.0]), "new": 1}
    )

    diff = any_store.diff(PAGE, KEY, 1)
    changes = {change.path: change for change in diff.changes}

    assert not diff.is_same
    assert (diff.old.version, diff.new.version) == (1, 2)
    assert changes.keys() == {"", '["rmse"]', '["frame"]["x"]', '["new"]'}
    assert changes['["rmse"]'][1:] == ("changed", "1.21", "1.18")
    assert changes['["new"]'][1:] == ("added", None, "1")
    assert any_store.diff(PAGE, KEY, 2, 2).is_same


def test_preview_shows_the_head_of_a_frame(any_store: Store):
    frame = pd.DataFrame({"x": np.arange(100_000.0), "y": [str(n) for n in range(100_000)]})
    any_store.save(PAGE, KEY, frame)

    preview = any_store.preview(PAGE, KEY, rows=2)

    assert [(column.name, column.dtype) for column in preview.columns[1:]] == [
        ("x", "float64"),
        ("y", str(frame["y"].dtype)),
    ]
    assert preview.rows == [("0", "0.0", "0"), ("1", "1.0", "1")]
    assert "<td>1.0</td>" in preview._repr_html_()


def test_preview_has_the_numbers_of_columns_for_a_chart(any_store: Store):
    frame = pd.DataFrame(
        {
            "float": [0.1 + 0.2, np.nan, np.inf],
            "single": np.array([0.1, 1e-7, 3e20], dtype="float32"),
            "int": [2**62, -1, 0],
            "masked": pd.array([1, None, 3], dtype="Int64"),
            "complex": [1j, 2j, 3j],
            "text": ["1", "2", "3"],
            "flag": [True, False, True],
        },
        index=pd.date_range("2026-03-01", periods=3),
    )
    any_store.save(PAGE, KEY, frame)

    numbers = {one.name: one.numbers for one in any_store.preview(PAGE, KEY).columns}

    assert numbers == {
        "": (None, None, None),
        "float": (0.1 + 0.2, None, np.inf),
        "single": (0.1, 1e-7, 3e20),
        "int": (2.0**62, -1.0, 0.0),
        "masked": (1.0, None, 3.0),
        "complex": (None, None, None),
        "text": (None, None, None),
        "flag": (None, None, None),
    }


def test_preview_has_the_single_values_of_a_dict(any_store: Store):
    value = {"rmse": np.float32(0.1), "cv": {"mae": 1.5, "best": "ridge"}, "x": np.arange(9_000)}
    any_store.save(PAGE, KEY, value)

    preview = any_store.preview(PAGE, KEY)

    assert [tuple(one) for one in preview.scalars] == [
        (("rmse",), "0.1", 0.1),
        (("cv", "mae"), "1.5", 1.5),
        (("cv", "best"), "ridge", None),
    ]
    assert preview.columns == ()


def test_preview_opens_no_python_object(signed_store: Store):
    signed_store.save(PAGE, KEY, Model(0.5))

    preview = signed_store.preview(PAGE, KEY)

    assert preview.columns == ()
    assert preview.record.kind == "objects.Model"


def test_verify_finds_all_whole(any_store: Store):
    any_store.save(PAGE, KEY, np.arange(100_000.0))
    seen: list[tuple[int, int]] = []

    verified = any_store.verify(progress=lambda done, total: seen.append((done, total)))

    assert verified
    assert (verified.versions, verified.problems, verified.discarded) == (1, (), 0)
    assert verified.bytes >= 800_000
    assert seen[-1][0] == seen[-1][1]


def test_verify_names_what_is_damaged_and_repair_lets_it_heal(store: Store, store_path: Path):
    array = np.random.default_rng(1).random(100_000)
    store.save(PAGE, KEY, "before")
    store.save(PAGE, KEY, array)
    pack = next((store_path / "packs").iterdir())
    spoilt = bytearray(pack.read_bytes())
    spoilt[100_000] ^= 1
    pack.write_bytes(spoilt)

    verified = store.verify()
    assert [(one.page, one.key, one.version, one.whole) for one in verified.problems] == [
        (PAGE, KEY, 2, 1)
    ]
    with pytest.raises(CorruptError):
        store.load(PAGE, KEY)

    assert store.verify(repair=True).discarded == 1
    store.save(PAGE, "again", array)
    assert store.verify().ok
    np.testing.assert_array_equal(store.load(PAGE, KEY), array)


@pytest.fixture
def bundle(any_store: Store, tmp_path: Path) -> Path:
    """A store's results in a file."""
    for value in (1.21, 1.18):
        any_store.save(PAGE, KEY, {"rmse": value}, label=f"rmse {value}")
    any_store.save("other", "array", np.arange(50_000.0), metadata={"seed": 7}, pin=True)
    path = tmp_path / "results.bundle"
    exported = any_store.export_to(path)
    assert (exported.results, exported.versions, exported.bytes) == (2, 3, path.stat().st_size)
    return path


def test_what_was_exported_comes_back_in_another_store(bundle: Path):
    with stillroom.open("memory:") as other:
        imported = other.import_from(bundle)
        again = other.import_from(bundle)

        assert (imported.results, imported.versions, imported.present, imported.expired) == (
            2,
            3,
            0,
            0,
        )
        assert (again.versions, again.present) == (0, 3)
        assert [record.label for record in other.history(PAGE, KEY)] == ["rmse 1.18", "rmse 1.21"]
        np.testing.assert_array_equal(other.load("other", "array"), np.arange(50_000.0))
        record = other.results("other")[0]
        assert (record.metadata, record.pinned) == ({"seed": 7}, True)


def test_one_result_is_exported_alone_with_its_history(any_store: Store, tmp_path: Path):
    any_store.save_page(PAGE, {KEY: 1, "other": 2})
    any_store.save(PAGE, KEY, 3)

    exported = any_store.export_to(tmp_path / "bundle", page=PAGE, key=KEY)

    assert (exported.results, exported.versions) == (1, 2)
    with pytest.raises(NotFoundError):
        any_store.export_to(tmp_path / "none", page=PAGE, key="absent")


def test_a_key_is_not_exported_without_its_page(any_store: Store, tmp_path: Path):
    with pytest.raises(InvalidError, match=f'"{KEY}"'):
        any_store.export_to(tmp_path / "bundle", key=KEY)


def test_an_export_writes_over_nothing(any_store: Store, bundle: Path):
    before = bundle.read_bytes()

    with pytest.raises(InvalidError, match=r"results\.bundle"):
        any_store.export_to(bundle)

    assert bundle.read_bytes() == before


SPOILT: dict[str, tuple[Callable[[bytes], bytes], type[Exception]]] = {
    "cut short": (lambda data: data[:-1], CorruptError),
    "cut in half": (lambda data: data[: len(data) // 2], CorruptError),
    "a bit flipped": (
        lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
        CorruptError,
    ),
    "more at its end": (lambda data: data + b"\0", CorruptError),
    "empty": (lambda data: b"", InvalidError),
    "another file": (lambda data: b"PK\3\4" + data[4:], InvalidError),
}


@pytest.mark.parametrize("case", SPOILT)
def test_of_a_spoilt_bundle_nothing_is_imported(bundle: Path, case: str):
    spoil, error = SPOILT[case]
    bundle.write_bytes(spoil(bundle.read_bytes()))

    with stillroom.open("memory:") as other:
        with pytest.raises(error):
            other.import_from(bundle)
        assert other.results() == []


def test_objects_of_another_key_arrive_locked(signed_store: Store, tmp_path: Path):
    signed_store.save(PAGE, KEY, Model(0.5))
    signed_store.export_to(tmp_path / "bundle")

    with stillroom.open(tmp_path / "elsewhere") as other:
        assert other.import_from(tmp_path / "bundle").locked == ((PAGE, KEY),)
        with pytest.raises(DeniedError):
            other.load(PAGE, KEY)


def test_results_are_copied_straight_into_another_store(any_store: Store, tmp_path: Path):
    for value in (1.21, 1.18):
        any_store.save(PAGE, KEY, {"rmse": value}, label=f"rmse {value}")
    any_store.save("other", "array", np.arange(50_000.0), metadata={"seed": 7}, pin=True)
    seen: list[tuple[int, int]] = []

    with stillroom.open(tmp_path / "elsewhere") as other:
        page = any_store.copy_to(other, page="other", progress=lambda *at: seen.append(at))
        copied = any_store.copy_to(other)
        again = any_store.copy_to(other)

        assert (page.results, page.versions) == (1, 1)
        assert (copied.results, copied.versions, copied.present, copied.locked) == (1, 2, 1, ())
        assert (again.versions, again.present, again.new_bytes) == (0, 3, 0)
        assert isinstance(copied, stillroom.Copied)
        assert seen[-1][0] == seen[-1][1] > 0
        assert [record.label for record in other.history(PAGE, KEY)] == ["rmse 1.18", "rmse 1.21"]
        np.testing.assert_array_equal(other.load("other", "array"), np.arange(50_000.0))
        record = other.results("other")[0]
        assert (record.metadata, record.pinned) == ({"seed": 7}, True)


def test_a_copy_goes_to_whom_the_other_store_is_open_for(signed_store: Store, tmp_path: Path):
    signed_store.save(PAGE, KEY, Model(0.5))
    key = [_core.new_signing_key()]

    with stillroom.open(tmp_path / "shared", signing_key=key, types=[Model]) as shared:
        ana, pia = (shared.as_owner(uuid4()) for _ in range(2))
        assert signed_store.copy_to(ana).locked == ()
        assert vars(ana.load(PAGE, KEY)) == vars(Model(0.5))
        assert pia.results() == [] == shared.results()


def test_what_a_copy_can_t_be_is_said(any_store: Store, tmp_path: Path):
    any_store.save(PAGE, KEY, 1)
    closed = stillroom.open("memory:")
    closed.close()
    stillroom.open(tmp_path / "read").close()

    for other in (any_store.location, None, closed):
        with pytest.raises(InvalidError):
            any_store.copy_to(other)
    with stillroom.open("memory:") as other:
        with pytest.raises(NotFoundError):
            any_store.copy_to(other, page="absent")
        with pytest.raises(KeyboardInterrupt):
            any_store.copy_to(other, progress=stop)
        assert any_store.copy_to(other).versions == 1
    with stillroom.open(tmp_path / "read", read_only=True) as reader, pytest.raises(DeniedError):
        any_store.copy_to(reader)


def stop(done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_a_read_only_store_shows_everything_and_takes_nothing(store_path: Path, store_bytes):
    with stillroom.open(store_path) as store:
        store.save(PAGE, KEY, 1)
        store.delete(PAGE, KEY)
        for value in (2, 3):
            store.save(PAGE, KEY, value)
    before = store_bytes(store_path)

    with stillroom.open(store_path, read_only=True) as reader:
        changes: list[Callable[[], object]] = [
            lambda: reader.save(PAGE, KEY, 4),
            lambda: reader.update(PAGE, KEY, label="x"),
            lambda: reader.rollback(PAGE, KEY, 2),
            lambda: reader.rename(PAGE, KEY, key_to="other"),
            lambda: reader.delete(PAGE, KEY),
            lambda: reader.gc(),
            lambda: reader.gc(dry_run=True),
        ]
        for change in changes:
            with pytest.raises(DeniedError):
                change()
        assert reader.load(PAGE, KEY) == 3
        assert reader.verify().ok

    assert store_bytes(store_path) == before


def test_a_read_only_store_is_not_made(store_path: Path):
    with pytest.raises(NotFoundError):
        stillroom.open(store_path, read_only=True)
    assert not store_path.exists()


def test_a_receipt_says_how_long_it_lasts(store_path: Path):
    with stillroom.open("memory:") as store:
        assert store.save(PAGE, KEY, 1).durability == store.durability == "until the process ends"
    with stillroom.open(store_path, durable=True) as store:
        assert store.save(PAGE, KEY, 1).durability == store.durability == "durable"


def test_a_throw_away_disk_is_called_so(caplog: pytest.LogCaptureFixture, monkeypatch, tmp_path):
    # Where the variable of such a host is set; the place itself is as good as any.
    monkeypatch.setenv("SPACE_ID", "someone/app")

    with stillroom.open(tmp_path / "store") as store:
        assert store.save(PAGE, KEY, 1).durability == "until restart"
    assert any("Hugging Face" in message for message in caplog.messages)


def test_a_store_without_a_cache_forgets_nothing(any_store: Store):
    assert any_store.forget_cache() == 0


def test_a_label_of_a_megabyte_is_too_large(any_store: Store):
    with pytest.raises(stillroom.TooLargeError, match="label"):
        any_store.save(PAGE, KEY, 1, label="x" * 2**20)
    assert any_store.results() == []


def test_a_bundle_of_a_newer_release_is_refused_by_name(bundle: Path):
    data = bundle.read_bytes()
    newer = data.replace(b"\x01", b"\x02", 1)
    assert newer != data
    bundle.write_bytes(newer)

    with stillroom.open("memory:") as other, pytest.raises(UnsupportedError, match="newer"):
        other.import_from(bundle)


def test_a_damaged_record_is_listed_as_such_and_hides_no_other(store: Store, store_path: Path):
    store.save_page(PAGE, {KEY: 1, "other": 2})
    with sqlite3.connect(store_path / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE versions SET kind = 'str' WHERE kind = 'int' AND rowid = 1")
    catalog.close()

    damaged, other = store.results(PAGE)

    assert (damaged.key, damaged.is_damaged, other.is_damaged) == (KEY, True, False)
    assert "damaged" in repr(damaged)
    assert "damaged" in damaged._repr_html_()
    assert store.load(PAGE, "other") == 2
    assert [problem.key for problem in store.verify().problems] == [KEY]
