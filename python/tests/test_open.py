"""Opening a store: where it is, whose, with which keys, and what is refused before it is made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from objects import Model

import stillroom
from stillroom import (
    DeniedError,
    InvalidError,
    NotFoundError,
    UnsupportedError,
    _core,
)

PAGE, KEY = "train_models", "forecast"
STRANGER = UUID(int=7)


def test_another_owners_result_looks_absent(store: stillroom.Store):
    store.save(PAGE, KEY, "mine")
    other = store.as_owner(STRANGER)

    assert other.owner == str(STRANGER)
    assert other.results() == []
    with pytest.raises(NotFoundError) as hidden:
        other.load(PAGE, KEY)
    with pytest.raises(NotFoundError) as absent:
        other.load(PAGE, "never saved")
    assert str(hidden.value) == str(absent.value).replace("never saved", KEY)
    assert store.load(PAGE, KEY) == "mine"


def test_an_owner_may_be_a_uuid_or_its_text(store_path: Path):
    for owner in (STRANGER, str(STRANGER)):
        with stillroom.open(store_path, owner=owner) as store:
            assert store.owner == str(STRANGER)


def test_without_a_key_python_objects_are_refused(store: stillroom.Store):
    with pytest.raises(UnsupportedError, match="signing key"):
        store.save(PAGE, KEY, Model(0.5))


def test_a_local_store_has_a_key_of_its_own(signed_store: stillroom.Store):
    signed_store.save(PAGE, KEY, Model(0.5))

    assert signed_store.load(PAGE, KEY).weight == 0.5
    assert signed_store.results()[0].is_signed


def test_after_rotation_the_old_key_still_opens(store_path: Path):
    old, new = _core.new_signing_key(), _core.new_signing_key()
    with stillroom.open(store_path, signing_key=old) as store:
        store.save(PAGE, KEY, Model(0.5))

    with stillroom.open(store_path, signing_key=[new, old]) as store:
        assert store.load(PAGE, KEY).weight == 0.5
        assert not store.save(PAGE, "newly signed", Model(0.25)).unchanged

    with stillroom.open(store_path, signing_key=new) as store:
        assert store.load(PAGE, "newly signed").weight == 0.25
        with pytest.raises(DeniedError):
            store.load(PAGE, KEY)


def test_the_repr_names_the_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")

    with stillroom.open() as store:
        assert store.location == str(tmp_path / ".stillroom")
        assert str(tmp_path / ".stillroom") in repr(store)


def test_the_first_log_line_names_the_absolute_path(store_path: Path, caplog):
    caplog.set_level("INFO", "stillroom")

    with stillroom.open(store_path):
        assert caplog.messages[0] == f"results are kept in {store_path}"


def test_two_programs_that_open_a_new_store_at_once_get_one(store_path: Path):
    script = "import sys, stillroom; print(stillroom.open(sys.argv[1]).owner)"
    command = [sys.executable, "-c", script, str(store_path)]

    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    owners = {process.communicate()[0] for process in started}

    assert [process.returncode for process in started] == [0] * 4
    assert len(owners) == 1


def test_a_store_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with stillroom.open("memory:") as store:
        store.save(PAGE, KEY, b"x" * 100_000)

        assert store.load(PAGE, KEY) == b"x" * 100_000
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_the_store(store_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STILLROOM_URL", str(store_path))

    with stillroom.open() as store:
        assert store.location == str(store_path)


NOT_OPENED = {
    "keep_versions 0": ({"keep_versions": 0}, "keep_versions is not 1 or more: `0`"),
    "keep_versions text": ({"keep_versions": "20"}, "keep_versions is not a whole number: `str`"),
    "compression": ({"compression": "zip"}, '"auto", "none", "fast" or "small": "zip"'),
    "compression of none": ({"compression": None}, "compression is not text: `NoneType`"),
    "verify": ({"verify": "sometimes"}, "sometimes"),
    "cache of less than nothing": ({"cache": -1}, "cache is not 0 or more: `-1`"),
    "cache of bytes": ({"cache": b"/tmp"}, "a number of bytes, True or False: `bytes`"),
    "owner": ({"owner": "me"}, "me"),
    "signing key": ({"signing_key": "hunter2"}, "signing key"),
    "signing key of bytes": ({"signing_key": [b"hunter2"]}, "signing_key is not text: `bytes`"),
    "types": ({"types": Model}, r"write types=\[Model\]"),
}


@pytest.mark.parametrize("case", NOT_OPENED)
def test_not_opened(case: str, store_path: Path):
    arguments, message = NOT_OPENED[case]

    with pytest.raises(InvalidError, match=message) as raised:
        stillroom.open(store_path, **arguments)

    assert "hunter2" not in str(raised.value)
    assert not store_path.exists()


def test_a_path_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "store").write_text("mine")

    with pytest.raises(InvalidError, match=str(tmp_path / "store")):
        stillroom.open(tmp_path / "store")

    assert (tmp_path / "store").read_text() == "mine"


@pytest.mark.parametrize(
    "argument",
    ["blobs"],
)
def test_what_a_later_release_brings_is_not_taken_and_ignored(argument: str, store_path: Path):
    with pytest.raises(TypeError, match=argument):
        stillroom.open(store_path, **{argument: None})
