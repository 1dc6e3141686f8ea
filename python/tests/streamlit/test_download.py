"""Files to take away: what is offered, what is in them, and where they are made."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from dialogs import choose, labels, open_dialog, press, said, title
from reading import opened, words

import stillroom
from stillroom import _core
from stillroom.streamlit import _access, _dialog_words, _download

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
for key in st.session_state.get("read", []):
    page[key]
page.panel()
"""
FRAME = pd.DataFrame({"a": [1, 2], "t": ["x", None]})
CSV, EVERYTHING, FROM_TAB = "Table as CSV", "Everything, for stillroom", _dialog_words.FROM_TAB


@pytest.fixture(autouse=True)
def buttons(monkeypatch):
    """What each button of the last run was given, by its label."""
    real, given = st.download_button, {}

    def noted(label, **options):
        given[label] = options
        return real(label, **options)

    monkeypatch.setattr(st, "download_button", noted)
    return given


@pytest.fixture
def instead(monkeypatch):
    """`instead(method, error)`: a method of every store raises from now on."""

    def replace(method: str, error: Exception) -> None:
        def raises(*_, **__):
            raise error

        monkeypatch.setattr(stillroom.Store, method, raises)

    return replace


def imported(data: bytes, folder: Path, **options) -> stillroom.Store:
    """Another store, with everything of that file in it."""
    (folder / "taken.stillroom").write_bytes(data)
    store = stillroom.open(folder / "another", **options)
    store.import_from(folder / "taken.stillroom")
    return store


def same(one, other) -> bool:
    return one.equals(other) if isinstance(one, pd.DataFrame) else one == other


# One result.


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


# The page.


@pytest.fixture
def no_writing(monkeypatch):
    """`no_writing(error)`: every store but those in memory can't be written to, or again by None."""
    save = stillroom.Store._save_set

    def fail(error: Exception | None) -> None:
        def refused(self, *values):
            if error is None or self.location == "memory:":
                return save(self, *values)
            raise error

        monkeypatch.setattr(stillroom.Store, "_save_set", refused)

    return fail


@pytest.fixture
def full_disk(new_tab, local_store, no_writing):
    """A tab whose last value could not be saved, because the disk is full."""
    for number in (1, 2):
        local_store.save_page("p", {"metrics": {"rmse": number}, "forecast": FRAME})
    app = new_tab(PAGE, read=["metrics"]).run()
    no_writing(stillroom.DiskFullError("disk is full"))
    app.session_state["forecast"] = FRAME.assign(c=1)
    app.run()
    return app


def test_on_a_full_disk_the_page_is_offered_for_download(full_disk, local_store, buttons, tmp_path):
    press(full_disk, "Download")

    assert title(full_disk) == "Download all results"
    assert labels(full_disk, "download_button") == [EVERYTHING, FROM_TAB]
    assert said(full_disk) == "2 results with all versions"
    with imported(buttons[EVERYTHING]["data"](), tmp_path) as other:
        assert [record.version for record in other.history("p", "metrics")] == [2, 1]


def test_on_a_full_disk_what_is_not_saved_is_in_a_file_of_its_own(full_disk, buttons, tmp_path):
    press(full_disk, "Download")

    assert buttons[FROM_TAB]["file_name"] == "p-unsaved.stillroom"
    with imported(buttons[FROM_TAB]["data"](), tmp_path) as other:
        assert [record.key for record in other.results()] == ["forecast"]
        assert other.load("p", "forecast").equals(FRAME.assign(c=1))


def test_a_full_disk_is_tried_again_by_itself(full_disk, no_writing, later):
    press(full_disk, "Download")
    no_writing(None)
    later(6)

    assert "Can't save right now" not in words(full_disk.run())
    assert said(full_disk) == "2 results with all versions"


def test_a_read_only_store_offers_the_page_for_download_too(new_tab, local_store, no_writing):
    local_store.save("p", "forecast", FRAME)
    no_writing(stillroom.DeniedError("the store is read-only"))
    app = new_tab(PAGE).run()
    app.session_state["forecast"] = FRAME.assign(c=1)
    app.run()

    assert [button.label for button in app.button] == ["Download"]
    press(app, "Download")

    assert labels(app, "download_button") == [EVERYTHING, FROM_TAB]


def test_a_page_whose_store_can_not_be_read_offers_all_that_the_tab_has(
    full_disk, instead, buttons, tmp_path
):
    press(full_disk, "Download")
    full_disk.session_state["_stillroom"]["results"].pages["p"].forget_listing()
    instead("results", stillroom.UnavailableError("connection refused (os error 111)"))

    full_disk.run()

    assert labels(full_disk, "download_button") == [FROM_TAB]
    with imported(buttons[FROM_TAB]["data"](), tmp_path) as other:
        assert other.load("p", "forecast").equals(FRAME.assign(c=1))
        assert other.load("p", "metrics") == {"rmse": 2}


def test_what_no_file_can_hold_is_named(full_disk, buttons, tmp_path):
    full_disk.session_state["forecast"] = lambda: 1
    press(full_disk, "Download")

    assert labels(full_disk, "download_button") == [EVERYTHING]
    assert said(full_disk).endswith("Can't be kept in a file: forecast.")


def test_a_model_in_the_tab_is_signed_with_the_app_s_key(new_tab, secrets, buttons, tmp_path):
    key = _core.new_signing_key()
    secrets(
        f'[connections.results]\nurl = "memory:"\nidentity = "single-user"\nsigning_key = "{key}"'
    )
    script = PAGE.replace(
        "page.panel()",
        """
from sklearn.linear_model import LinearRegression
if "forecast" not in st.session_state:
    st.session_state["forecast"] = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
page.panel()
""",
    ).replace('"])', '"], autosave=False)', 1)
    app = new_tab(script).run()
    open_dialog(app, "forecast", "Download")
    owner = app.session_state["_stillroom"]["results"].owner

    with imported(buttons[FROM_TAB]["data"](), tmp_path, signing_key=key, owner=owner) as other:
        assert other.load("p", "forecast").predict([[1.0]]).round() == [2.0]


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
    "away": (stillroom.UnavailableError("connection refused (os error 111)"), _dialog_words.NOT_MADE),
    "damaged": (stillroom.CorruptError("blob 7 is damaged"), _dialog_words.NOT_MADE_OF_DAMAGED),
    "no temporary folder": (OSError(28, "No space left on device"), _dialog_words.NOT_MADE),
}  # fmt: skip


@pytest.mark.parametrize(("error", "sentence"), FAILING.values(), ids=FAILING)
def test_why_no_file_could_be_made_is_said_without_the_error(
    new_tab, local_store, buttons, instead, caplog, error, sentence
):
    local_store.save("p", "metrics", 1)
    app = new_tab(PAGE).run()
    open_dialog(app, "metrics", "Download")
    instead("export_to", error)

    with pytest.raises(RuntimeError) as raised:
        buttons[EVERYTHING]["data"]()

    assert str(raised.value) == sentence
    assert raised.value.__cause__ is None
    assert str(error) in caplog.text
