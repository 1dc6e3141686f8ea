"""Files to take away: what is offered, what is in them, and where they are made."""

from __future__ import annotations

import stat

import pandas as pd
import pytest
from dialogs import choose, imported, labels, open_dialog, said, title
from reading import opened

import stillroom
from stillroom.streamlit import _access, _dialog_words, _download

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
page.panel()
"""
FRAME = pd.DataFrame({"a": [1, 2], "t": ["x", None]})
CSV, EVERYTHING, FROM_TAB = "Table as CSV", "Everything, for stillroom", _dialog_words.FROM_TAB


@pytest.fixture
def instead(monkeypatch):
    """`instead(method, error)`: a method of every store raises from now on."""

    def replace(method: str, error: Exception) -> None:
        def raises(*_, **__):
            raise error

        monkeypatch.setattr(stillroom.Store, method, raises)

    return replace


def same(one, other) -> bool:
    return one.equals(other) if isinstance(one, pd.DataFrame) else one == other


def test_a_table_is_offered_as_csv_and_everything_as_a_bundle(new_tab, local_store, buttons):
    for value in (FRAME, FRAME.assign(c=1)):
        local_store.save("p", "forecast", value)

    app = new_tab(PAGE).run()
    open_dialog(app, "forecast", "Download")

    assert title(app) == "Download forecast"
    assert labels(app, "download_button") == [CSV, EVERYTHING]
    assert said(app).startswith("2 versions, ")
    assert buttons[CSV]["file_name"] == "p-forecast.csv"
    assert buttons[CSV]["data"]() == b"a,t,c\n1,x,1\n2,,1\n"
    assert buttons[EVERYTHING]["file_name"] == "p-forecast.stillroom"


def test_a_bundle_holds_all_versions_and_they_come_back_equal(
    new_tab, local_store, buttons, tmp_path
):
    values = [FRAME, FRAME.assign(c=1), {"rmse": 1.5, "at": pd.Timestamp("2026-01-01")}]
    for number, value in enumerate(values):
        local_store.save("p", "forecast", value, label=f"label {number}", pin=number == 0)
    local_store.save("p", "another", 1)
    app = new_tab(PAGE).run()
    open_dialog(app, "forecast", "Download")

    with imported(buttons[EVERYTHING]["data"](), tmp_path) as other:
        found = other.history("p", "forecast")[::-1]
        assert [record.label for record in found] == ["label 0", "label 1", "label 2"]
        assert [record.pinned for record in found] == [True, False, False]
        for record, value in zip(found, values, strict=True):
            assert same(other.load("p", "forecast", version=record.version), value)
        assert [record.key for record in other.results()] == ["forecast"]


def test_an_older_version_is_downloaded_from_the_list(new_tab, local_store, buttons):
    for value in (FRAME, FRAME.assign(c=1)):
        local_store.save("p", "forecast", value)
    app = new_tab(PAGE).run()
    open_dialog(app, "forecast", "Versions")

    choose(app, "Actions for version 1", "Download")

    assert buttons[CSV]["file_name"] == "p-forecast-v1.csv"
    assert buttons[CSV]["data"]() == b"a,t\n1,x\n2,\n"


def test_the_csv_is_of_the_value_in_the_tab(new_tab, local_store, buttons):
    local_store.save("p", "forecast", FRAME)
    app = new_tab(PAGE.replace('"])', '"], autosave=False)', 1)).run()
    app.session_state["forecast"] = FRAME[:1]
    app.run()

    open_dialog(app, "forecast", "Download")

    assert buttons[CSV]["data"]() == b"a,t\n1,x\n"
    assert labels(app, "download_button") == [CSV, EVERYTHING, FROM_TAB]


def test_what_is_no_table_has_no_csv(new_tab, local_store):
    local_store.save("p", "forecast", {"rmse": 1.5})

    app = new_tab(PAGE).run()
    open_dialog(app, "forecast", "Download")

    assert labels(app, "download_button") == [EVERYTHING]


def test_value_that_is_only_in_the_tab_is_downloadable(new_tab, buttons, tmp_path):
    app = new_tab(PAGE.replace('"])', '"], autosave=False)', 1), forecast={"rmse": 1.5}).run()

    open_dialog(app, "forecast", "Download")

    assert labels(app, "download_button") == [FROM_TAB]
    assert buttons[FROM_TAB]["file_name"] == "p-forecast-unsaved.stillroom"
    with imported(buttons[FROM_TAB]["data"](), tmp_path) as other:
        assert other.load("p", "forecast") == {"rmse": 1.5}


def test_while_the_store_is_away_the_tab_s_own_value_is_offered(
    new_tab, local_store, instead, buttons, tmp_path
):
    local_store.save("p", "forecast", {"rmse": 1.5})
    app = new_tab(PAGE).run()
    opened(app)
    instead("history", stillroom.UnavailableError("connection refused (os error 111)"))

    open_dialog(app, "forecast", "Download")

    assert labels(app, "download_button") == [FROM_TAB]
    assert "os error" not in said(app)
    with imported(buttons[FROM_TAB]["data"](), tmp_path) as other:
        assert other.load("p", "forecast") == {"rmse": 1.5}


def test_a_result_that_is_gone_has_nothing_to_download(new_tab, local_store):
    local_store.save("p", "metrics", 1)
    app = new_tab(PAGE).run()
    open_dialog(app, "metrics", "Download")

    local_store.delete("p", "metrics")

    assert said(app.run()) == "There is nothing to download yet."


def test_a_damaged_version_is_said_to_be_in_the_way(new_tab, local_store, damage, buttons):
    for number in (1, 2):
        local_store.save("p", "metrics", number)
    damage(1)
    app = new_tab(PAGE).run()

    open_dialog(app, "metrics", "Download")

    assert labels(app, "download_button") == []
    assert said(app) == "A file of everything can be made once the damaged version is deleted."
    # It is so: a bundle holds only what can be read again.
    with pytest.raises(stillroom.CorruptError):
        _download.bundle(local_store, "p")
    local_store.delete("p", "metrics", version=1)
    app.run()
    assert labels(app, "download_button") == [EVERYTHING]


def test_a_file_is_made_for_whoever_it_was_offered_to(new_tab, local_store, buttons, monkeypatch):
    """The button is pressed on a thread that knows no visitor, while another one may be here."""
    owners = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")
    for owner in owners:
        local_store.as_owner(owner).save("p", "metrics", pd.DataFrame({owner[-1]: [1]}))
    monkeypatch.setattr(_access, "owner_of", lambda *_: owners[0])
    app = new_tab(PAGE).run()
    open_dialog(app, "metrics", "Download")

    monkeypatch.setattr(_access, "owner_of", lambda *_: owners[1])

    assert buttons[CSV]["data"]() == b"a\n1\n"


# How a file is made.


def test_the_folder_of_a_bundle_is_private_and_gone_afterwards(local_store, monkeypatch):
    local_store.save("p", "metrics", 1)
    export, seen = stillroom.Store.export_to, []

    def noted(self, path, **options):
        done = export(self, path, **options)
        seen.append((path.parent, stat.S_IMODE(path.parent.stat().st_mode)))
        return done

    monkeypatch.setattr(stillroom.Store, "export_to", noted)
    _download.bundle(local_store, "p")

    ((folder, mode),) = seen
    assert mode == 0o700
    assert not folder.exists()


def test_on_a_full_disk_a_bundle_is_made_in_memory(local_store, monkeypatch, tmp_path):
    local_store.save("p", "metrics", 1)
    (tmp_path / "memory").mkdir()
    monkeypatch.setattr(_download, "_IN_MEMORY", str(tmp_path / "memory"))
    export, asked = stillroom.Store.export_to, []

    def full_at_first(self, path, **options):
        asked.append(path)
        if len(asked) == 1:
            raise stillroom.DiskFullError("disk is full")
        return export(self, path, **options)

    monkeypatch.setattr(stillroom.Store, "export_to", full_at_first)
    data = _download.bundle(local_store, "p")

    assert asked[1].is_relative_to(tmp_path / "memory")
    assert list((tmp_path / "memory").iterdir()) == []
    with imported(data, tmp_path) as other:
        assert other.load("p", "metrics") == 1


def test_without_room_anywhere_the_error_is_the_store_s(local_store, monkeypatch, tmp_path):
    monkeypatch.setattr(_download, "_IN_MEMORY", str(tmp_path / "absent"))
    local_store.save("p", "metrics", 1)

    def full(*_, **__):
        raise stillroom.DiskFullError("disk is full")

    monkeypatch.setattr(stillroom.Store, "export_to", full)

    with pytest.raises(stillroom.DiskFullError):
        _download.bundle(local_store, "p")


FAILING = {
    "away": stillroom.UnavailableError("connection refused (os error 111)"),
    "damaged": stillroom.CorruptError("blob 7 is damaged"),
    "no temporary folder": OSError(28, "No space left on device"),
}


@pytest.mark.parametrize("error", FAILING.values(), ids=FAILING)
def test_a_file_that_can_not_be_made_says_so_without_the_error(
    new_tab, local_store, buttons, instead, caplog, error
):
    local_store.save("p", "metrics", 1)
    app = new_tab(PAGE).run()
    open_dialog(app, "metrics", "Download")
    instead("export_to", error)

    with pytest.raises(RuntimeError) as raised:
        buttons[EVERYTHING]["data"]()

    assert str(raised.value) == "The file can't be made right now."
    assert raised.value.__cause__ is None
    assert str(error) in caplog.text


def test_cells_of_a_table_that_has_no_csv_are_not_in_the_log(
    new_tab, local_store, buttons, monkeypatch, caplog
):
    local_store.save("p", "forecast", FRAME)
    app = new_tab(PAGE).run()
    open_dialog(app, "forecast", "Download")

    def fails(*_, **__):
        raise ValueError("can't write the cell 'a secret'")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fails)
    with pytest.raises(RuntimeError, match="can't be made right now"):
        buttons[CSV]["data"]()

    assert "a secret" not in caplog.text
